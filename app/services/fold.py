"""What a guest's scans amount to, taken together: where he is, and what must have happened that nobody scanned.

A fold over the scans in order of time, and nothing else: no database, no clock. The same scans give the same story, in
whatever order they arrived.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.clock import TICK, end_of_local_day, local_day
from app.models.movements import IN, OUT

ALREADY_INSIDE = "already-inside"
NOT_INSIDE = "not-inside"
"""Why a scan does not count."""

FORGOTTEN_EXIT = "forgotten-exit"
EXIT_WITHOUT_ENTRY = "exit-without-entry"
ROOM_ENTRY = "room-entry"
OTHER_ROOM = "other-room"
LEFT_VENUE = "left-venue"
"""Why a movement was concluded."""


class Scan(Protocol):
    """A fact: a guest was seen going in or out. ``microlocation_id`` names the room, None the venue's own door."""

    @property
    def direction(self) -> str:
        """`IN` or `OUT`."""

    @property
    def occurred_at(self) -> datetime:
        """The time as counted."""

    @property
    def microlocation_id(self) -> int | None:
        """Where."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """A movement that nobody scanned, and why it must have been."""

    direction: str
    occurred_at: datetime
    microlocation_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one scan amounts to: why it does not count (None when it does), and what was concluded just before it."""

    reason: str | None
    before: tuple[Concluded, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Where a guest is: inside the venue since some time (None: outside), perhaps in a room; whether he ever came."""

    has_come: bool = False
    since: datetime | None = None
    room: int | None = None


def story(scans: Iterable[Scan], timezone: str) -> Iterator[Reading]:
    """The reading of each scan, in their order. ``scans`` are in order of time; days are those of ``timezone``."""
    where = Where()
    for scan in scans:
        where, reading = read(where, scan, timezone)
        yield reading


def read(where: Where, scan: Scan, timezone: str) -> tuple[Where, Reading]:
    """Where the guest is after a scan that is later than all others, and the scan's reading."""
    closed: tuple[Concluded, ...] = ()
    if (
        scan.direction == IN
        and where.since
        and local_day(where.since, timezone) < local_day(scan.occurred_at, timezone)
    ):
        where, closed = _gone_overnight(where, scan, timezone)
    step = _STEPS[scan.direction, scan.microlocation_id is None]
    where, reading = step(where, scan)
    return where, replace(reading, before=closed + reading.before)


def _on_later_day(start: datetime, end: datetime, timezone: str) -> bool:
    """``end`` is on a later day than ``start``."""
    return local_day(start, timezone) < local_day(end, timezone)


def _gone_overnight(where: Where, scan: Scan, timezone: str) -> tuple[Where, tuple[Concluded, ...]]:
    """Who enters on another day than he came has left in between: at the end of his day, as far as we know."""
    assert where.since is not None
    closing = end_of_local_day(where.since, timezone)
    at = max(min(closing, scan.occurred_at - TICK), where.since)
    return Where(has_come=True), (*_out_of_room(where, at, FORGOTTEN_EXIT), Concluded(OUT, at, None, FORGOTTEN_EXIT))


def _into_venue(where: Where, scan: Scan) -> tuple[Where, Reading]:
    if where.since is not None:
        return where, Reading(ALREADY_INSIDE)
    return Where(has_come=True, since=scan.occurred_at), Reading(None)


def _out_of_venue(where: Where, scan: Scan) -> tuple[Where, Reading]:
    outside = Where(has_come=True)
    if where.since is not None:
        return outside, Reading(None, _out_of_room(where, scan.occurred_at, LEFT_VENUE))
    if where.has_come:
        return where, Reading(NOT_INSIDE)
    # Who leaves without ever having come in was let in by nobody; an entry keeps the counts right.
    return outside, Reading(None, (Concluded(IN, scan.occurred_at, None, EXIT_WITHOUT_ENTRY),))


def _into_room(where: Where, scan: Scan) -> tuple[Where, Reading]:
    if where.room == scan.microlocation_id:
        return where, Reading(ALREADY_INSIDE)
    inside = Where(has_come=True, since=where.since or scan.occurred_at, room=scan.microlocation_id)
    if where.since is None:
        return inside, Reading(None, (Concluded(IN, scan.occurred_at, None, ROOM_ENTRY),))
    return inside, Reading(None, _out_of_room(where, scan.occurred_at, OTHER_ROOM))


def _out_of_room_by_scan(where: Where, scan: Scan) -> tuple[Where, Reading]:
    if where.room != scan.microlocation_id:
        return where, Reading(NOT_INSIDE)
    return replace(where, room=None), Reading(None)


_STEPS: dict[tuple[str, bool], Callable[[Where, Scan], tuple[Where, Reading]]] = {
    (IN, True): _into_venue,
    (OUT, True): _out_of_venue,
    (IN, False): _into_room,
    (OUT, False): _out_of_room_by_scan,
}
"""By direction, and whether it is the venue's door."""


def _out_of_room(where: Where, at: datetime, reason: str) -> tuple[Concluded, ...]:
    return () if where.room is None else (Concluded(OUT, at, where.room, reason),)
