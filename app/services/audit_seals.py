"""Seals: the audit entries as a chain, each link a hash of its entry and of the link before.

Entries are sealed after they are committed, outside of requests: a chain inside them would let every writer wait for
every other. Their places in the chain are those in which rounds of sealing have found them: who commits late comes
late, whatever number his entry got when it was written. Nothing is ever put in between.
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Text, cast, func, insert, select, update

from app.database import session
from app.errors import Invalid
from app.models import AuditEntry, AuditMark, AuditSeal
from app.services import cursors

CHUNK = 1_000
"""Entries that are sealed, or verified, at once."""

TURN = "audit seals"
"""A chain has one end: see `app.services.turns`."""

BEGINNING = hashlib.sha256(b"audit").digest()
"""What stands before the first link."""

_SEAL = select(AuditSeal.position).where(AuditSeal.entry_id == AuditEntry.id).exists()

# Before and after as texts of the database, which keep the digits of numbers.
_CONTENT = (
    AuditEntry.id, AuditEntry.at, AuditEntry.written_in, AuditEntry.subject, AuditEntry.request_id, AuditEntry.verb,
    AuditEntry.noun, AuditEntry.row_id, AuditEntry.event_id,
    cast(AuditEntry.before, Text).label("before"), cast(AuditEntry.after, Text).label("after"),
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """The end of the chain; to be kept elsewhere, since who owns the database can write the chain anew."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        """As `parsed` reads it."""
        return f"{self.position}:{self.hash.hex()}"


@dataclass(frozen=True)
class Round:
    """How far a round of sealing has come: it goes on behind the entry ``after``. What it found out when it began is
    written down when it is over: see `app.models.audit_entries.AuditMark`."""

    after: int
    noted: dict[str, int]


@dataclass(frozen=True)
class Sealed:
    """What a call of `seal` has done: how many entries, up to which place; and how to go on, or None at the end."""

    entries: int
    head: Head
    rest: Round | None


@dataclass(frozen=True)
class Link:
    """A verified stretch of the chain: where it ends, in which entry, and of when that is."""

    head: Head
    entry_id: int | None = None
    at: datetime | None = None


class Broken(Exception):
    """The chain does not fit at a ``position``; the text is one sentence that says why."""

    def __init__(self, position: int, why: str):
        super().__init__(f"Position {position}: {why}")
        self.position = position


def seal(begun: Round | None = None) -> Sealed:
    """Seals up to `CHUNK` entries that wait for it, in the order of their ids; ``begun`` is `Sealed.rest` of the call
    before, if this one goes on with its round. Who calls it has the `TURN`.

    Only what is committed is seen, and what is seen is sealed: nothing has to wait for a transaction that stays open.
    """
    this = begun or _new_round()
    waiting = select(*_CONTENT).where(AuditEntry.id > this.after, ~_SEAL)
    rows = session().execute(waiting.order_by(AuditEntry.id).limit(CHUNK)).all()
    head, seals = newest(), []
    for row in rows:
        head = _next(head, row)
        seals.append({"position": head.position, "entry_id": row.id, "hash": head.hash})
    if seals:
        session().execute(insert(AuditSeal), seals)
    if len(rows) == CHUNK:
        return Sealed(CHUNK, head, replace(this, after=rows[-1].id))
    if this.noted:
        session().execute(update(AuditMark).values(**this.noted))
    return Sealed(len(rows), head, None)


def newest() -> Head:
    """The end of the chain as it is stored."""
    row = session().execute(select(AuditSeal.position, AuditSeal.hash).order_by(AuditSeal.position.desc()).limit(1))
    found = row.one_or_none()
    return Head(0, BEGINNING) if found is None else Head(found.position, bytes(found.hash))


def verify(kept: Head | None = None) -> Link:
    """Walks through the chain, a stretch in memory at a time, and gives its end. Raises `Broken` at the first place
    that does not fit, and where it does not lead through ``kept``."""
    link = Link(Head(0, BEGINNING))
    while (further := _verified(link)) is not None:
        link = further
    if kept is not None:
        _require(kept)
    return link


def unsealed() -> int:
    """How many entries wait for their seal. Raises `Broken` where one without a seal is older than what has been sealed
    to the last one, and where the end of the chain is missing."""
    settled = session().scalars(select(AuditMark.sealed_to)).one()
    newest_id = session().scalar(select(func.max(AuditSeal.entry_id))) or 0
    number, first = session().execute(select(func.count(), func.min(AuditEntry.id)).where(~_SEAL)).one()
    if newest_id < settled or (first is not None and first <= settled):
        told = "the chain was cut off there." if first is None else f"entry {first} should long have been sealed there."
        raise Broken(newest().position + 1, told)
    return int(number)


def parsed(text: str) -> Head:
    """The head that ``text`` names. Raises `Invalid`."""
    position, _, digits = text.partition(":")
    if not (position.isascii() and position.isdigit() and re.fullmatch(r"[0-9a-f]{64}", digits)):
        raise Invalid(f"{text} is no head: send it as it was printed, POSITION:HASH.")
    return Head(int(position), bytes.fromhex(digits))


def _verified(link: Link) -> Link | None:
    stretch = select(AuditSeal.position, AuditSeal.entry_id, AuditSeal.hash, *_CONTENT)
    stretch = stretch.outerjoin_from(AuditSeal, AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    after = AuditSeal.position > link.head.position
    rows = session().execute(stretch.where(after).order_by(AuditSeal.position).limit(CHUNK)).all()
    head = link.head
    for row in rows:
        if row.position != head.position + 1:
            raise Broken(head.position + 1, "it is missing in the chain.")
        if row.id is None:
            raise Broken(row.position, f"its entry, {row.entry_id}, is missing.")
        head = _next(head, row)
        if head.hash != bytes(row.hash):
            raise Broken(row.position, f"entry {row.id} or its place is not what was sealed.")
    return Link(head, rows[-1].id, rows[-1].at) if rows else None


def _require(kept: Head) -> None:
    found = session().scalar(select(AuditSeal.hash).where(AuditSeal.position == kept.position))
    if found is None:
        raise Broken(kept.position, "it is not there: the chain was cut off, or this is an older copy of the database.")
    if bytes(found) != kept.hash:
        raise Broken(kept.position, "it is not the head that was kept: the chain was written anew.")


def _new_round() -> Round:
    """Looks from where everything before has been sealed, and finds out from where the rounds to come will have to.

    Ids are given out before the commit, so a small one may come late, but not later than its transaction: those up to
    ``seen_to`` are all there, or never will be, once the transactions that ran when it was seen are over.
    """
    mark = session().scalars(select(AuditMark).execution_options(populate_existing=True)).one()
    seen = select(func.coalesce(func.max(AuditEntry.id), 0)).scalar_subquery()
    running, not_begun, newest_id = session().execute(select(cursors.SETTLED_BELOW, cursors.NOT_BEGUN, seen)).one()
    # A number that was not given out yet is another server's, of which this is a restored copy: nothing of it runs.
    if not (mark.seen_before <= running or mark.seen_before > not_begun):
        return Round(mark.sealed_to, {})
    return Round(mark.sealed_to, {"sealed_to": mark.seen_to, "seen_to": newest_id, "seen_before": not_begun})


def _next(head: Head, row: Any) -> Head:
    told = [getattr(row, column.key) for column in _CONTENT]
    canonical = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=_instant).encode()
    return Head(head.position + 1, hashlib.sha256(head.hash + canonical).digest())


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()
