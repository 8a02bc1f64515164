"""``Idempotency-Key`` over HTTP: who has not heard the answer sends the same again, and is told what it was."""

import hashlib
import hmac
import re
from collections.abc import Callable

from flask import Response, request

from app.api.edge.actor import current_actor
from app.api.edge.tokens import secret_key
from app.errors import AnswerErased, BadRequest, KeyReused, StillRunning
from app.services import idempotency_keys
from app.services.idempotency_keys import Answer, Sent

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
"""The header of an answer that was given before."""

WRITES = {"POST", "PATCH", "DELETE"}
"""Methods whose requests may have a key; what reads may be repeated without one."""

LONGEST_KEPT = 256 * 1024
"""Bytes of an answer that is kept. A sale of 500 tickets, or a batch of 1,000 scans, is shorter."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def once(work: Callable[[], Response]) -> Response:
    """The answer that ``work`` gives, kept if it is a success; or the one that the same request got before, and then
    nothing is done. Runs in the transaction of ``work``.

    Raises `BadRequest` for a key that is none, and as `app.services.idempotency_keys.recall`.
    """
    sent = _sent()
    if sent is None:
        return work()
    before = _recalled(sent)
    if before is not None:
        return _replayed(before)
    response = work()
    if 200 <= response.status_code < 300:
        idempotency_keys.keep(sent, _kept(response))
    return response


def recall() -> Response | None:
    """The answer that this request got before, if any: for what is more than one transaction, and looks before the
    first. Raises as `once`."""
    sent = _sent()
    before = _recalled(sent) if sent else None
    return _replayed(before) if before else None


def _recalled(sent: Sent) -> Answer | None:
    try:
        return idempotency_keys.recall(sent)
    except (AnswerErased, KeyReused, StillRunning) as refusal:
        refusal.parameter = HEADER
        raise


def _sent() -> Sent | None:
    if request.method not in WRITES or HEADER not in request.headers:
        return None
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise BadRequest(
            f"{HEADER} must be 1 to 255 printable ASCII characters; a random UUID is best.", parameter=HEADER
        )
    return Sent(current_actor().subject, key, _fingerprint())  # nobody learns what another was answered


def _fingerprint() -> bytes:
    named = (request.method.encode(), request.path.encode(), request.query_string, request.get_data())
    parts = b"".join(hashlib.sha256(part).digest() for part in named)
    # With a key of ours: bodies hold passwords, and nobody should guess them from what is stored.
    return hmac.new(secret_key().encode(), parts, hashlib.sha256).digest()


def _kept(response: Response) -> Answer:
    """The answer as it is stored: without its body if that may not be (``Cache-Control: no-store``, for secrets), or is
    too long."""
    data = response.get_data()
    body = None if response.cache_control.no_store or len(data) > LONGEST_KEPT else data
    headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    return Answer(response.status_code, headers, body)


def _replayed(answer: Answer) -> Response:
    return Response(answer.body, answer.status, [*answer.headers, (REPLAYED, "true")])
