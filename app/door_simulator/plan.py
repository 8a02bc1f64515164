"""Who does what at the door, decided beforehand: sales, and every guest's scans at every gate. Pure; the same options
give the same plan."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

IN, OUT = "in", "out"

SAME, NEW = "same", "new"
"""A second tap has the name of the first, or one of its own."""

LARGEST_ORDER = 4
"""Tickets in one sale."""

STRETCH = 40
"""So many scans of a phone have one stretch without a network among them, which ends with a batch."""

SHARED = 0.03
"""Of so many guests the ticket is shown a second time, at another gate."""

UNKNOWN = 0.01
"""For each guest so many codes are scanned that are nobody's ticket."""

VISITS = 0.3
"""Of so many guests a room sees something."""

LEAVE, UNSEEN = 0.8, 0.05
"""So many guests are scanned when they leave, and so many leave without a scan. The others stay."""


@dataclass(frozen=True)
class Options:
    """What was asked for; shares are between 0 and 1, ``skew`` is in seconds."""

    guests: int
    gates: int = 6
    sellers: int = 4
    offline: float = 0.2
    skew: float = 90.0
    double_tap: float = 0.1
    seed: int = 1


@dataclass(frozen=True)
class Room:
    """A room holds ``share`` of all guests (None: whoever comes); with ``is_hard`` nobody is let in beyond that."""

    name: str
    share: float | None
    is_hard: bool = False

    def capacity(self, guests: int) -> int | None:
        """How many it holds, of so many guests."""
        return None if self.share is None else max(1, round(self.share * guests))


ROOMS = (Room("Great Hall", 0.05), Room("Harbour Room", 0.02, is_hard=True), Room("Gallery", None))

SOFT = tuple(number for number, room in enumerate(ROOMS) if not room.is_hard)
"""Rooms whose doors may be scanned without a network: of a room that is full for sure the server has to be asked."""


@dataclass(frozen=True)
class Offer:
    """A kind of ticket, and what it costs in cents."""

    name: str
    cents: int


OFFERS = (Offer("Free entry", 0), Offer("Day ticket", 2500), Offer("Reduced", 1250))


@dataclass(frozen=True)
class Sale:
    """One order: ``tickets`` are the kinds (of `OFFERS`) that the guests of these numbers get."""

    number: int
    guests: tuple[int, ...]
    tickets: tuple[int, ...]

    @property
    def cents(self) -> int:
        """What it costs."""
        return sum(OFFERS[kind].cents for kind in self.tickets)


@dataclass(frozen=True)
class Scan:
    """One scan. ``guest`` is None for a code that is nobody's; ``turn`` is its place among the guest's scans, from 0.

    ``second_tap``: None, or under which name it comes a second time.
    ``delivers``: the phone has a network after it, and sends what it holds.
    """

    number: int
    at: float
    gate: int
    guest: int | None
    turn: int
    direction: str
    room: int | None = None
    by_code: bool = False
    is_offline: bool = False
    second_tap: str | None = None
    delivers: bool = False


@dataclass(frozen=True)
class Plan:
    """All of it: a list of sales for each seller, a list of scans and a clock (seconds ahead) for each gate.

    ``unseen`` are guests who leave without a scan: they are outside, and no server can know.
    """

    options: Options
    sales: list[list[Sale]]
    scans: list[list[Scan]]
    clocks: list[float]
    unseen: frozenset[int]

    @property
    def number(self) -> int:
        """How many things are to be done."""
        return sum(map(len, self.sales)) + sum(map(len, self.scans))


def make(options: Options) -> Plan:
    """The plan."""
    clocks, sales, scans = (
        Random(f"{options.seed} {purpose}")  # noqa: S311  # it has to be guessed: the same seed gives the same plan
        for purpose in ("clocks", "sales", "scans")
    )
    journeys = [_journey(guest, options, scans) for guest in range(options.guests)]
    stayed = [guest for guest, journey in enumerate(journeys) if journey[-1].direction == IN or journey[-1].room == 0]
    return Plan(
        options,
        _sales(options, sales),
        _scans([scan for journey in journeys for scan in journey], options, scans),
        [clocks.uniform(-options.skew, options.skew) for _ in range(options.gates)],
        frozenset(scans.sample(stayed, min(len(stayed), round(UNSEEN * options.guests)))),
    )


def _sales(options: Options, chance: Random) -> list[list[Sale]]:
    sales: list[list[Sale]] = [[] for _ in range(options.sellers)]
    sold, number = 0, 0
    while sold < options.guests:
        size = min(chance.randint(1, LARGEST_ORDER), options.guests - sold)
        guests = tuple(range(sold, sold + size))
        kinds = tuple(chance.randrange(len(OFFERS)) for _ in guests)
        sales[number % options.sellers].append(Sale(number, guests, kinds))
        sold, number = sold + size, number + 1
    return sales


def _scans(scans: list[Scan], options: Options, chance: Random) -> list[list[Scan]]:
    for _ in range(round(UNKNOWN * options.guests)):
        gate = chance.randrange(options.gates)
        scans.append(Scan(0, chance.uniform(0, options.guests), gate, None, 0, IN, by_code=True))
    # One order for all gates: whoever waits for a guest's scan at another gate waits for an earlier one, so that nobody
    # waits in a circle.
    scans.sort(key=lambda scan: (scan.at, -1 if scan.guest is None else scan.guest, scan.turn))
    scans = [replace(scan, number=number) for number, scan in enumerate(scans)]
    by_gate = [[scan for scan in scans if scan.gate == gate] for gate in range(options.gates)]
    by_gate = [_without_network(own, options.offline, chance) for own in by_gate]
    return _tapped(_in_rooms(by_gate, chance), options, chance)


def _journey(guest: int, options: Options, chance: Random) -> list[Scan]:
    """A guest's scans, without the rooms' names (any visit is to room 0)."""
    came = guest + chance.random()
    stay = options.guests * chance.uniform(0.1, 0.6) + 5
    gate = chance.randrange(options.gates)
    steps: list[tuple[float, int, str, int | None]] = [(came, gate, IN, None)]

    def see(after: float, direction: str, room: int | None) -> None:
        steps.append((came + after * stay, chance.randrange(options.gates), direction, room))

    if options.gates > 1 and chance.random() < SHARED:
        other = (gate + chance.randrange(1, options.gates)) % options.gates
        steps.append((came + chance.uniform(0.01, 0.2) * stay, other, IN, None))
    if chance.random() < VISITS:
        see(chance.uniform(0.25, 0.4), IN, 0)
        following = chance.choice([None, IN, OUT, OUT])
        if following is not None:
            see(chance.uniform(0.5, 0.8), following, 0)
    if chance.random() < LEAVE:
        see(1, OUT, None)
    return [
        Scan(0, at, gate, guest, turn, direction, room, by_code=chance.random() < 0.5)
        for turn, (at, gate, direction, room) in enumerate(steps)
    ]


def _without_network(scans: Sequence[Scan], share: float, chance: Random) -> list[Scan]:
    """A phone's scans, with the given share of them offline: in each `STRETCH` one piece, sent some time after it."""
    found, offline = list(scans), 0
    for start in range(0, len(found), STRETCH):
        size = min(STRETCH, len(found) - start)
        wanted = round(share * (start + size)) - offline
        first = start + chance.randint(0, size - wanted)
        for place in range(first, first + wanted):
            found[place] = replace(found[place], is_offline=True)
        offline += wanted
        if wanted:
            sent = min(first + wanted - 1 + chance.randint(0, STRETCH), len(found) - 1)
            found[sent] = replace(found[sent], delivers=True)
    return found


def _in_rooms(by_gate: list[list[Scan]], chance: Random) -> list[list[Scan]]:
    """The same with a room for each visit; who moves on goes to another one."""
    visits = sorted(
        (scan for scans in by_gate for scan in scans if scan.room is not None),
        key=lambda scan: (scan.guest, scan.turn),
    )
    rooms: dict[int, int] = {}
    last: dict[int | None, int] = defaultdict(lambda: -1)
    for scan in visits:
        if scan.direction == IN:
            open_to = SOFT if scan.is_offline else range(len(ROOMS))
            last[scan.guest] = chance.choice([room for room in open_to if room != last[scan.guest]])
        rooms[scan.number] = last[scan.guest]
    return [[replace(scan, room=rooms.get(scan.number)) for scan in scans] for scans in by_gate]


def _tapped(by_gate: list[list[Scan]], options: Options, chance: Random) -> list[list[Scan]]:
    """The same with second taps: of the live scans the given share, half of them under a new name."""
    live = [scan.number for scans in by_gate for scan in scans if not scan.is_offline]
    tapped = chance.sample(live, round(options.double_tap * len(live)))
    ways = {number: (SAME, NEW)[place % 2] for place, number in enumerate(tapped)}
    return [[replace(scan, second_tap=ways.get(scan.number)) for scan in scans] for scans in by_gate]
