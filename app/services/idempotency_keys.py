"""Requests that carry a key of their client's own are done once, however often they are sent.

Two guards: a lock on the key, which is not waited for, and the row's primary key. The row is written in the transaction
of what the request does, so that a server that dies at any moment leaves both or neither.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, insert, select, tuple_

from app.clock import utcnow
from app.database import session
from app.errors import AnswerErased, KeyReused, StillRunning
from app.models import IdempotencyKey
from app.services import turns

KEPT = timedelta(hours=24)
"""How long an answer is kept; after that the key is as good as new."""

BATCH = 1000
"""Rows that are purged in one transaction."""


@dataclass(frozen=True)
class Sent:
    """A request with a key: whose key it is, and what tells the request from others."""

    scope: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    """What a request was answered; ``body`` is None if it is not kept."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | None


def recall(sent: Sent) -> Answer | None:
    """The answer that the request got before; None: it has got none, and is nobody else's to do until the transaction
    ends.

    Two statements: one that both locked and read would read what was there before it had the lock. Raises
    `StillRunning`, `KeyReused` when the key is another request's, and `AnswerErased`.
    """
    if not turns.is_ours(f"idempotency {sent.scope} {sent.key}"):
        raise StillRunning(
            "The request with this Idempotency-Key is still being done. Send the same again in a moment."
        )
    row = session().execute(_find(sent)).one_or_none()
    if row is None:
        return None
    if row.created_at <= utcnow() - KEPT:
        session().execute(delete(IdempotencyKey).where(_is_of(sent)))
        return None
    if row.fingerprint != sent.fingerprint:
        raise KeyReused(
            "Another request had this Idempotency-Key: another method, address or body. Give each request a key of its "
            "own, and send it again with that key only."
        )
    if row.body is None:
        raise AnswerErased(
            "This request was done before, and its answer is not kept (any more). Look at what is there."
        )
    return Answer(row.status, [(name, value) for name, value in row.headers], row.body)


def keep(sent: Sent, answer: Answer) -> None:
    """Stores the answer that the request gets. Two who come here at once break the primary key, which lets the later
    one try again (`app.api.edge.transactions`)."""
    facts = {"fingerprint": sent.fingerprint, "status": answer.status, "headers": answer.headers, "body": answer.body}
    session().execute(insert(IdempotencyKey).values(scope=sent.scope, key=sent.key, **facts))


def purge() -> int:
    """Deletes a `BATCH` of answers that are old enough, and gives how many these were."""
    name = tuple_(IdempotencyKey.scope, IdempotencyKey.key)
    old = select(IdempotencyKey.scope, IdempotencyKey.key).where(IdempotencyKey.created_at <= utcnow() - KEPT)
    # Passes over what somebody else purges, or is using anew at this moment.
    taken = old.order_by(IdempotencyKey.created_at).limit(BATCH).with_for_update(skip_locked=True)
    statement = delete(IdempotencyKey).where(name.in_(taken)).returning(IdempotencyKey.key)
    return len(session().execute(statement, execution_options={"synchronize_session": False}).all())


def _find(sent: Sent) -> Select[tuple[bytes, int, list[list[str]], bytes | None, object]]:
    row = IdempotencyKey
    return select(row.fingerprint, row.status, row.headers, row.body, row.created_at).where(_is_of(sent))


def _is_of(sent: Sent) -> ColumnElement[bool]:
    return and_(IdempotencyKey.scope == sent.scope, IdempotencyKey.key == sent.key)
