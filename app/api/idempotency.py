"""``Idempotency-Key`` over HTTP: who has not heard the answer sends the same again, and is told what it was."""

import hashlib
import re
from collections.abc import Callable

from flask import Response, request

from app.api.actor import current_actor
from app.errors import BadRequest
from app.permissions.actors import Actor
from app.services import idempotency_keys
from app.services.idempotency_keys import Answer, Sent

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

WRITES = {"POST", "PATCH", "DELETE"}
"""Methods whose requests may have a key; what reads may be repeated without one."""

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def once(work: Callable[[], Response]) -> Response:
    """The answer that ``work`` gives, kept if it is a success; or the one that the same request got before, and then
    nothing is done. Runs in the transaction of ``work``.

    Raises `BadRequest` for a key that is none, and as `app.services.idempotency_keys.recall`.
    """
    sent = _sent()
    if sent is None:
        return work()
    before = idempotency_keys.recall(sent)
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
    before = idempotency_keys.recall(sent) if sent else None
    return _replayed(before) if before else None


def _sent() -> Sent | None:
    if request.method not in WRITES or HEADER not in request.headers:
        return None
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise BadRequest(
            f"{HEADER} must be 1 to 255 printable ASCII characters; a random UUID is best.", parameter=HEADER
        )
    return Sent(_scope(current_actor()), key, _fingerprint())


def _scope(actor: Actor) -> str:
    """Whose key it is: nobody learns what another was answered."""
    return "anonymous" if actor.user_id is None else f"user:{actor.user_id}"


def _fingerprint() -> bytes:
    named = (request.method.encode(), request.path.encode(), request.query_string, request.get_data())
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in named)).digest()


def _kept(response: Response) -> Answer:
    """The answer as it is stored: without its body if that may not be (``Cache-Control: no-store``, for secrets)."""
    body = None if response.cache_control.no_store else response.get_data()
    headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    return Answer(response.status_code, headers, body)


def _replayed(answer: Answer) -> Response:
    return Response(answer.body, answer.status, [*answer.headers, (REPLAYED, "true")])
