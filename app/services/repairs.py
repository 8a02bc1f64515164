"""Repairs: a device was in the wrong mode for a while, and all of its scans are turned round in one step.

Which ones: the facts of the event with the device's name whose counted time (``occurred_at``, which is what a clock on
the wall says; the device's own may be wrong) lies in the stretch, and whose direction is the other one. A station's
scans are left out: what a station is for is said at the station, and each has a resource of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid
from app.models import Amendment, Event, Movement, Repair
from app.models.amendments import REPAIR, RESTORE
from app.models.movements import IN, LIVE, OUT, UNDONE
from app.services import amendments, ledger
from app.services.amendments import Author
from app.services.ledger import Ledger

MOST = 2_000
"""So many movements are repaired in one step: their guests' rows are locked meanwhile."""


@dataclass(frozen=True)
class Asked:
    """The scans of ``device`` from ``since`` to just before ``until`` should have been of ``direction``."""

    device: str
    since: datetime
    until: datetime
    direction: str


class Part:
    """One guest's share of a repair: his wrong scans, what stands in their place, his columns before and after."""

    def __init__(self, book: Ledger, wrong: list[Movement], asked: Asked, author: Author):
        self.book, self.wrong = book, wrong
        self.before = book.picture()
        contradicted = book.contradictions.keys()
        self.replacements = [
            amendments.stand_in(book, row, author, direction=asked.direction, at=row.occurred_at) for row in wrong
        ]
        book.replace(wrong, self.replacements)
        self.after = book.picture()
        self.conflicts = len(book.contradictions.keys() - contradicted)


@dataclass(frozen=True)
class Plan:
    """What a repair does. ``station_scans``: how many scans of stations it leaves alone."""

    asked: Asked
    parts: list[Part]
    station_scans: int

    @property
    def movement_ids(self) -> list[int]:
        """The movements that are turned round."""
        return sorted(row.id for part in self.parts for row in part.wrong)

    @property
    def conflicts(self) -> int:
        """How many facts contradict their guest's others then that did not before."""
        return sum(part.conflicts for part in self.parts)

    @property
    def token(self) -> str:
        """Names this very set of changes."""
        return sha256(f"{self.asked.direction} {self.movement_ids}".encode()).hexdigest()


@dataclass(frozen=True)
class Undone:
    """What became of a repair's movements: how many stand again, and those that were amended since."""

    restored: int
    left: list[Movement]


def plan(event: Event, asked: Asked, author: Author, *, locked: bool = False) -> Plan:
    """What a repair would do; changes nothing. Raises `Invalid` when there is too much to do, and for an empty
    stretch."""
    if asked.since >= asked.until:
        raise Invalid("`until` must be later than `from`. Send a later one.", pointer="/data/attributes/until")
    found = session().execute(_wrong(event, asked, ~amendments.of_stations()).limit(MOST + 1)).all()
    if len(found) > MOST:
        raise Invalid(
            f"More than {MOST} movements. Repair a shorter stretch, then the rest.", pointer="/data/attributes/until"
        )
    ids = {movement_id for movement_id, _ in found}
    books = amendments.opened({attendee_id for _, attendee_id in found}, locked=locked)
    shares = [(book, [row for row in book.scans if row.id in ids]) for book in books]
    parts = [Part(book, wrong, asked, author) for book, wrong in shares if wrong]
    of_stations = _wrong(event, asked, amendments.of_stations()).with_only_columns(func.count())
    return Plan(asked, parts, session().scalar(of_stations) or 0)


def repair(event: Event, asked: Asked, author: Author, *, token: str | None) -> tuple[Repair, Plan]:
    """Turns the scans round, in one step. ``token``: the plan that somebody has looked at.

    Raises as `plan`, `Invalid` when there is nothing to repair, and `Conflict` when it is another plan by now.
    """
    planned = plan(event, asked, author, locked=True)
    if token not in {None, planned.token}:
        raise Conflict(
            "Other movements would be repaired now than in the preview. Look at a new preview.",
            pointer="/data/attributes/preview",
        )
    if not planned.parts:
        raise Invalid(
            f"This device has no scan of the direction '{_other(asked.direction)}' there. Look at the movements of the "
            "event: check the device's name, and the time as counted (occurred-at).",
            pointer="/data/attributes/device",
        )
    row = Repair(
        event_id=event.id,
        device=asked.device,
        since=asked.since,
        until=asked.until,
        direction=asked.direction,
        reason=author.reason,
        author_id=author.user_id,
        movement_count=len(planned.movement_ids),
        attendee_count=len(planned.parts),
    )
    ledger.write_together([part.book for part in planned.parts])
    pairs = [pair for part in planned.parts for pair in zip(part.wrong, part.replacements, strict=True)]
    _enter(pairs, author, row, kind=REPAIR)
    return row, planned


def undo(row: Repair, author: Author) -> Undone:
    """Takes a repair back: what it put in a movement's place is undone, and the movement stands again.

    What somebody has amended since is left alone. Raises `Conflict` when it was undone already.
    """
    session().refresh(row, with_for_update={"key_share": True})
    if row.undone_at is not None:
        raise Conflict("This repair was undone already. Repair again, if it should stand.", pointer="/data")
    of_repair = (Amendment.repair_id == row.id, Amendment.kind == REPAIR)
    guests = select(Movement.attendee_id).join(Amendment, Amendment.movement_id == Movement.id).where(*of_repair)
    books = {book.attendee.id: book for book in amendments.opened(set(session().scalars(guests)))}
    statement = select(Amendment).where(*of_repair).order_by(Amendment.id)
    statement = statement.options(joinedload(Amendment.movement), joinedload(Amendment.replacement))
    done = list(session().scalars(statement.execution_options(populate_existing=True)))
    standing = [each for each in done if _stands(each)]
    _restore(standing, books, author, row)
    row.undone_at, row.undone_by_id, row.undo_reason = utcnow(), author.user_id, author.reason
    session().flush()
    return Undone(len(standing), [each.movement for each in done if each not in set(standing)])


def _restore(standing: list[Amendment], books: dict[int, Ledger], author: Author, row: Repair) -> None:
    pairs = [(each.replacement, each.movement) for each in standing if each.replacement is not None]
    shares: dict[int | None, list[tuple[Movement, Movement]]] = {}
    for pair in pairs:
        shares.setdefault(pair[0].attendee_id, []).append(pair)
    changed = [book for attendee_id, book in books.items() if attendee_id in shares]
    for book in changed:
        share = shares[book.attendee.id]
        book.replace([replacement for replacement, _ in share], [movement for _, movement in share])
    if changed:
        ledger.write_together(changed)
        _enter(pairs, author, row, kind=RESTORE)


def _stands(done: Amendment) -> bool:
    """Nobody has amended what the repair did."""
    return done.replacement is not None and done.replacement.verdict in LIVE and done.movement.verdict == UNDONE


def _enter(pairs: Iterable[tuple[Movement, Movement]], author: Author, row: Repair, *, kind: str) -> None:
    session().add(row)
    session().add_all(
        amendments.entry(movement, author, kind=kind, replacement=replacement, repair=row)
        for movement, replacement in pairs
    )
    session().flush()


def _wrong(event: Event, asked: Asked, condition: ColumnElement[bool]) -> Select[int, int | None]:
    """Ids of movements and attendees."""
    return select(Movement.id, Movement.attendee_id).where(
        Movement.event_id == event.id,
        Movement.device == asked.device,
        Movement.direction == _other(asked.direction),
        Movement.occurred_at >= asked.since,
        Movement.occurred_at < asked.until,
        Movement.verdict.in_(LIVE),
        Movement.is_inferred.is_(False),
        condition,
    )


def _other(direction: str) -> str:
    return OUT if direction == IN else IN
