"""What scans amount to, by docs/api.md («The ledger») and by nothing else: who is inside, and what contradicts itself.

Written a second time on purpose: the server's own fold is what it is compared with.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.door_simulator.plan import IN, OUT

ALREADY_INSIDE, NOT_INSIDE = "already-inside", "not-inside"

SECOND_TAP = timedelta(seconds=10)

Way = tuple[int | None, str | None, str]
"""A room (None: the venue), a gate (None: nobody was scanned there), and a direction."""

Place = Callable[[Way], bool]
"""Which ways lead through it."""


@dataclass(frozen=True)
class Fact:
    """A scan that the server keeps as a fact. ``at`` is when it counts, as the server says; ``made`` when it was
    really made. ``room`` is a number of `plan.ROOMS`."""

    movement: str
    name: str
    guest: int
    direction: str
    room: int | None
    gate: str
    device: str
    at: datetime
    made: datetime


@dataclass(frozen=True)
class Where:
    """Where a guest is."""

    inside: bool = False
    room: int | None = None
    was_seen: bool = False


@dataclass
class Story:
    """What all scans amount to."""

    passed: Counter[Way] = field(default_factory=Counter)
    concluded: int = 0
    conflicts: int = 0
    second_taps: int = 0
    inside: set[int] = field(default_factory=set)

    def passages(self, place: Place) -> tuple[int, int]:
        """Entries to a place and exits from it."""
        ins = sum(number for way, number in self.passed.items() if place(way) and way[2] == IN)
        outs = sum(number for way, number in self.passed.items() if place(way) and way[2] == OUT)
        return ins, outs


def counted(fact: Fact) -> tuple[datetime, str]:
    """The order in which the server counts."""
    return fact.at, fact.name


def made(fact: Fact) -> tuple[datetime, str]:
    """The order in which it was."""
    return fact.made, fact.name


def tell(facts: Iterable[Fact], order: Callable[[Fact], tuple[datetime, str]] = counted) -> Story:
    """The story of all guests."""
    by_guest: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_guest[fact.guest].append(fact)
    story = Story()
    for guest, own in by_guest.items():
        if _follow(sorted(own, key=order), story).inside:
            story.inside.add(guest)
    return story


def changed_places(facts: Iterable[Fact]) -> set[int]:
    """Guests whose scans count in another order than they were made."""
    by_guest: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        by_guest[fact.guest].append(fact)
    return {guest for guest, own in by_guest.items() if sorted(own, key=counted) != sorted(own, key=made)}


def refusal(facts: Iterable[Fact], direction: str, room: int | None) -> str | None:
    """Why one more scan of a guest, of whom these are known, would not count; None when it would."""
    return step(_follow(sorted(facts, key=counted), Story()), direction, room)[1]


def step(where: Where, direction: str, room: int | None) -> tuple[Where, str | None, list[tuple[int | None, str]]]:
    """Where a guest is after a scan, why it does not count (None when it does), and what must have been before it:
    rooms and directions."""
    out_of_room: list[tuple[int | None, str]] = [] if where.room is None else [(where.room, OUT)]
    if direction == IN and room is None:
        return (where, ALREADY_INSIDE, []) if where.inside else (Where(True, None, True), None, [])
    if direction == IN:
        if where.room == room:
            return where, ALREADY_INSIDE, []
        return Where(True, room, True), None, out_of_room if where.inside else [(None, IN)]
    if room is not None:
        return (where, NOT_INSIDE, []) if where.room != room else (Where(True, None, True), None, [])
    if where.inside:
        return Where(False, None, True), None, out_of_room
    return (where, NOT_INSIDE, []) if where.was_seen else (Where(False, None, True), None, [(None, IN)])


def _follow(own: list[Fact], story: Story) -> Where:
    where, before = Where(), None
    for fact in own:
        where, reason, concluded = step(where, fact.direction, fact.room)
        for room, direction in concluded:
            story.passed[room, None, direction] += 1
            story.concluded += 1
        if reason is None:
            story.passed[fact.room, fact.gate, fact.direction] += 1
        elif before is not None and _is_second_tap(before, fact):
            story.second_taps += 1
        else:
            story.conflicts += 1
        before = fact
    return where


def _is_second_tap(first: Fact, second: Fact) -> bool:
    same = (first.direction, first.room, first.device) == (second.direction, second.room, second.device)
    return same and abs(second.at - first.at) <= SECOND_TAP
