"""What a guest's scans amount to, taken together: where he is, and what must have happened that nobody scanned.

A fold over the scans in order of time, and nothing else: no database, no clock. The same scans give the same story, in
whatever order they arrived.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.clock import TICK
from app.models.movements import AUTOMATIC, IN, OUT
from app.services.closing import Days

ALREADY_INSIDE = "already-inside"
NOT_INSIDE = "not-inside"
NEEDLESS = "needless"
"""Why a scan does not count; `NEEDLESS`: an automatic check-out of a guest who was seen leaving."""

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

    @property
    def source(self) -> str:
        """`AUTOMATIC`: nobody was seen, the server checked him out at closing time."""


@dataclass(frozen=True, slots=True)
class Concluded:
    """A movement that nobody scanned, and why it must have been."""

    direction: str
    occurred_at: datetime
    microlocation_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one scan amounts to: why it does not count (None when it does), and what was concluded just before it.

    ``outlasts``: it says that the guest was still there after he was checked out automatically, which was needless.
    """

    reason: str | None
    before: tuple[Concluded, ...] = ()
    outlasts: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Where a guest is, as far as scans tell.

    ``seen`` is the last scan that counts, None when he never came; ``room`` the room that he is in. After an automatic
    check-out ``at_closing`` is where he was before it: a scan that says so is to be believed more.
    """

    seen: datetime | None = None
    is_inside: bool = False
    room: int | None = None
    at_closing: "Where | None" = None

    def is_still_inside(self, moment: datetime, days: Days) -> bool:
        """He is inside and was seen that day: who was seen on earlier days only has left without a scan."""
        return self.is_inside and self.seen is not None and moment <= days.end(self.seen)


def story(scans: Iterable[Scan], days: Days) -> list[tuple[Where, Reading]]:
    """After each scan, where the guest is, and what the scan amounts to. ``scans`` are in order of time; ``days`` are
    the event's."""
    where, told, closed = Where(), list[tuple[Where, Reading]](), 0
    for place, scan in enumerate(scans):
        before = where
        where, reading = read(where, scan, days)
        if reading.outlasts:
            assert before.at_closing is not None
            told[closed] = before.at_closing, Reading(NEEDLESS)
        elif scan.source == AUTOMATIC and reading.reason is None:
            closed = place
        told.append((where, reading))
    return told


def read(where: Where, scan: Scan, days: Days) -> tuple[Where, Reading]:
    """Where the guest is after a scan that is later than all others, and the scan's reading."""
    closed: tuple[Concluded, ...] = ()
    if scan.direction == IN and where.is_inside and not where.is_still_inside(scan.occurred_at, days):
        where, closed = _gone_overnight(where, scan, days)
    outlasts = _outlasts(where, scan)
    if outlasts and where.at_closing is not None:
        where = where.at_closing
    where, reading = _STEPS[scan.direction, scan.microlocation_id is None](where, scan)
    return where, replace(reading, before=closed + reading.before, outlasts=outlasts)


def _gone_overnight(where: Where, scan: Scan, days: Days) -> tuple[Where, tuple[Concluded, ...]]:
    """Who enters on a later day has left in between: at the end of the day he was seen, as far as we know."""
    assert where.seen is not None
    at = max(min(days.end(where.seen), scan.occurred_at - TICK), where.seen)
    return Where(seen=at), (*_out_of_room(where, at, FORGOTTEN_EXIT), Concluded(OUT, at, None, FORGOTTEN_EXIT))


def _outlasts(where: Where, scan: Scan) -> bool:
    """Who is seen leaving the venue, or his room, had not left before."""
    if where.at_closing is None or scan.direction != OUT or scan.source == AUTOMATIC:
        return False
    return scan.microlocation_id in {None, where.at_closing.room}


def _into_venue(where: Where, scan: Scan) -> tuple[Where, Reading]:
    if where.is_inside:
        return where, Reading(ALREADY_INSIDE)
    return Where(seen=scan.occurred_at, is_inside=True), Reading(None)


def _out_of_venue(where: Where, scan: Scan) -> tuple[Where, Reading]:
    at = scan.occurred_at
    if where.is_inside:
        left = Where(seen=at, at_closing=where if scan.source == AUTOMATIC else None)
        return left, Reading(None, _out_of_room(where, at, LEFT_VENUE))
    if scan.source == AUTOMATIC:
        return where, Reading(NEEDLESS)
    if where.seen is not None:
        return where, Reading(NOT_INSIDE)
    # Who leaves without ever having come in was let in by nobody; an entry keeps the counts right.
    return Where(seen=at), Reading(None, (Concluded(IN, at, None, EXIT_WITHOUT_ENTRY),))


def _into_room(where: Where, scan: Scan) -> tuple[Where, Reading]:
    at = scan.occurred_at
    if where.room == scan.microlocation_id:
        return where, Reading(ALREADY_INSIDE)
    inside = Where(seen=at, is_inside=True, room=scan.microlocation_id)
    if where.is_inside:
        return inside, Reading(None, _out_of_room(where, at, OTHER_ROOM))
    return inside, Reading(None, (Concluded(IN, at, None, ROOM_ENTRY),))


def _from_room(where: Where, scan: Scan) -> tuple[Where, Reading]:
    if where.room != scan.microlocation_id:
        return where, Reading(NOT_INSIDE)
    return Where(seen=scan.occurred_at, is_inside=True), Reading(None)


_STEPS: dict[tuple[str, bool], Callable[[Where, Scan], tuple[Where, Reading]]] = {
    (IN, True): _into_venue,
    (OUT, True): _out_of_venue,
    (IN, False): _into_room,
    (OUT, False): _from_room,
}
"""By direction, and whether it is the venue's door."""


def _out_of_room(where: Where, at: datetime, reason: str) -> tuple[Concluded, ...]:
    return () if where.room is None else (Concluded(OUT, at, where.room, reason),)
