"""Scans that contradict another movement: what most likely happened, and the rows that ask a supervisor about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.models import CheckInConflict, Movement, TicketHolder
from app.models.check_in_conflicts import (
    DOUBLE_READ,
    LOST_ENTRY,
    LOST_EXIT,
    MISSING,
    OPEN,
    RESOLVED,
    SHARED_TICKET,
    WITHDRAWN,
)
from app.models.movements import AUTOMATIC, OUT

SECOND_TAP = timedelta(seconds=10)
"""Within it the same scan at the same device is the same scan."""

NEAR = timedelta(minutes=2)
"""Within it a ticket is read twice, and nobody has gone out and come back."""

IN_THE_QUEUE = timedelta(minutes=30)
"""Within it a ticket reaches the next one in the queue."""

Contradictions = Mapping[Movement, Movement | None]
"""By scan that does not count: the movement that it contradicts."""


class Tap(Protocol):
    """A scan at a device."""

    @property
    def direction(self) -> str:
        """`IN` or `OUT`."""

    @property
    def microlocation_id(self) -> int | None:
        """Where."""

    @property
    def device(self) -> str | None:
        """At what; None when nobody has said."""


def is_same_tap(first: Tap, second: Tap) -> bool:
    """Whether two scans of a guest are the same way at the same place and device: a second tap, when they are near."""
    same_place = (first.direction, first.microlocation_id) == (second.direction, second.microlocation_id)
    return same_place and first.device is not None and first.device == second.device


def is_second_tap(first: Movement, second: Movement) -> bool:
    """Whether a scan is the one next to it, made once more, by the times that count."""
    return is_same_tap(first, second) and abs(second.occurred_at - first.occurred_at) <= SECOND_TAP


def suggestion(first: Movement | None, second: Movement) -> str:
    """What most likely happened."""
    apart = None if first is None else second.occurred_at - first.occurred_at
    if apart is not None and apart <= NEAR:
        return DOUBLE_READ
    if second.direction == OUT:
        return LOST_ENTRY
    if apart is not None and apart <= IN_THE_QUEUE and _is_elsewhere(first, second):
        return SHARED_TICKET
    return LOST_EXIT


def _is_elsewhere(first: Movement | None, second: Movement) -> bool:
    """Another device, or another gate. What nobody has named is not another."""
    named = ((getattr(first, name), getattr(second, name)) for name in ("device", "gate"))
    return any(None not in pair and pair[0] != pair[1] for pair in named)


def of_attendees(attendee_ids: list[int]) -> list[CheckInConflict]:
    """What was ever asked about the scans of attendees."""
    statement = select(CheckInConflict).where(CheckInConflict.attendee_id.in_(attendee_ids))
    return list(session().scalars(statement.order_by(CheckInConflict.id)))


def keep(attendee: TicketHolder, found: Contradictions) -> None:
    """Asks about each contradiction that there is now, and withdraws the questions that have none any more.

    ``attendee``'s row must be locked, and his movements stored; ``found`` are all contradictions of his. One statement
    where nothing has changed.
    """
    known = {row.second_id: row for row in of_attendees([attendee.id])}
    for second, first in _asked(found).items():
        row = known.pop(second.id, None)
        if row is None:
            row = CheckInConflict(event_id=attendee.event_id, attendee_id=attendee.id, second_id=second.id)
            session().add(row)
        if not _is_settled(row):
            _ask(row, first, second)
    for row in known.values():
        if row.state == OPEN:
            row.state, row.withdrawn_at = WITHDRAWN, utcnow()
    session().flush()


def are_kept(rows: list[CheckInConflict], found: Contradictions) -> bool:
    """Whether the rows of an attendee are those that `keep` leaves."""
    known = {row.second_id: row for row in rows}
    for second, first in _asked(found).items():
        row = known.pop(second.id, None)
        if row is None or not (_is_settled(row) or _says(row) == (OPEN, *_facts(first, second))):
            return False
    return all(row.state != OPEN for row in known.values())


def _asked(found: Contradictions) -> dict[Movement, Movement | None]:
    """Those that are worth a person's time: not what the server did itself."""
    return {second: first for second, first in found.items() if second.source != AUTOMATIC}


def _is_settled(row: CheckInConflict) -> bool:
    """It was decided that the scan does not count, and it does not. A missing movement that was added has made it
    count: when it contradicts all the same, that is a new question."""
    return row.state == RESOLVED and row.resolution not in MISSING


def _ask(row: CheckInConflict, first: Movement | None, second: Movement) -> None:
    row.state, row.withdrawn_at = OPEN, None
    row.first_id, row.seconds_apart, row.suggestion = _facts(first, second)


def _facts(first: Movement | None, second: Movement) -> tuple[int | None, int | None, str]:
    apart = None if first is None else _whole_seconds(first.occurred_at, second.occurred_at)
    return first.id if first is not None else None, apart, suggestion(first, second)


def _says(row: CheckInConflict) -> tuple[str, int | None, int | None, str]:
    return row.state, row.first_id, row.seconds_apart, row.suggestion


def _whole_seconds(first: datetime, second: datetime) -> int:
    return (second - first) // timedelta(seconds=1)
