"""Who is inside: counts of entries and exits for the venue, its rooms and its gates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from app.clock import utcnow
from app.database import session
from app.models import CheckInConflict, Device, Event, Microlocation, Movement, OccupancyCount
from app.models.check_in_conflicts import OPEN, RESOLVED, SHARED_TICKET
from app.models.movements import ACCEPTED, HELD, IN, OUT
from app.models.occupancy import SLOTS
from app.services import devices, recordsets, recounts
from app.services.devices import Seen

ROOM_FULL = "room-full"
VENUE_FULL = "venue-full"

CHANGED = "occupancy changed"
"""In the session's ``info``: the ids of the events whose counts the transaction has changed."""


class Full(Enum):
    """Whether a room has room."""

    NOT = auto()
    SOFT = auto()
    """Full, and the door is told."""
    HARD = auto()
    """Full, and nobody is let in."""


Place = tuple[int | None, str | None]
"""A room (None: the venue) and a gate (None: none was named)."""

Way = tuple[int | None, str | None, str]
"""A place, and the direction in which it was passed."""


@dataclass(frozen=True)
class Count:
    """How many went in and out. ``inside`` of a gate may be negative: people leave by another than they came."""

    entries: int = 0
    exits: int = 0

    @property
    def inside(self) -> int:
        """How many are inside now."""
        return self.entries - self.exits

    def __add__(self, other: "Count") -> "Count":
        return Count(self.entries + other.entries, self.exits + other.exits)


def by_place(event_id: int) -> dict[Place, Count]:
    """The counts of an event: one row for each place, however many movements there are."""
    statement = (
        select(
            OccupancyCount.microlocation_id,
            OccupancyCount.gate,
            func.sum(OccupancyCount.entries),
            func.sum(OccupancyCount.exits),
        )
        .where(OccupancyCount.event_id == event_id)
        .group_by(OccupancyCount.microlocation_id, OccupancyCount.gate)
    )
    return {(room, gate): Count(int(ins), int(outs)) for room, gate, ins, outs in session().execute(statement)}


@dataclass(frozen=True)
class Line:
    """A place and its count; ``facts`` are what names it, and its ``capacity`` (null: nobody has said)."""

    facts: dict[str, Any]
    count: Count


@dataclass(frozen=True)
class Doubts:
    """What the counts leave out: how sure they are."""

    conflicts: int
    """Contradictions that nobody has resolved, and tickets with which a second person came."""
    held: int
    """Scans whose time waits for review."""
    backlog: int | None
    """Scans that devices have said they still have to send; None when none has said."""


@dataclass(frozen=True)
class Occupancy:
    """Who is inside an event: in every line, and in the venue's, entries less exits are those inside, and the lines of
    `gates` together are the venue's. What a device has scanned that is silent (`devices`) is in none."""

    venue: Line
    doubts: Doubts
    rooms: list[Line]
    gates: list[Line]
    devices: list[Seen]
    as_of: datetime = field(compare=False)
    """When it was read, which is no part of what it says."""


def of_event(event: Event) -> Occupancy:
    """The venue, all of its rooms, its gates (None: where none was named), and the devices; six statements, however
    much was scanned."""
    as_of = utcnow()
    counts = by_place(event.id)
    rooms = select(Microlocation).where(Microlocation.event_id == event.id, Microlocation.deleted_at.is_(None))
    found = session().scalars(rooms.order_by(Microlocation.position, Microlocation.id))
    gates = sorted((gate for room, gate in counts if room is None), key=lambda gate: (gate is None, gate or ""))
    return Occupancy(
        Line({"capacity": event.capacity}, together(count for (room, _), count in counts.items() if room is None)),
        _doubts(event.id),
        [
            Line(
                {"id": str(room.id), "name": room.name, "capacity": room.capacity},
                together(count for (room_id, _), count in counts.items() if room_id == room.id),
            )
            for room in found
        ],
        [Line({"gate": gate}, counts[None, gate]) for gate in gates],
        devices.lately(event.id),
        as_of,
    )


def _doubts(event_id: int) -> Doubts:
    """One statement, through indexes of what there is to decide."""
    asked = or_(
        CheckInConflict.state == OPEN,
        and_(CheckInConflict.state == RESOLVED, CheckInConflict.resolution == SHARED_TICKET),
    )
    conflicts = select(func.count()).select_from(CheckInConflict).where(CheckInConflict.event_id == event_id, asked)
    held = select(func.count()).select_from(Movement).where(Movement.event_id == event_id, Movement.verdict == HELD)
    backlog = select(func.sum(Device.backlog)).where(Device.event_id == event_id)
    found = select(*(each.scalar_subquery() for each in (conflicts, held, backlog)))
    return Doubts(*session().execute(found).one())


def is_venue_full(event: Event) -> bool:
    """Whether one more would be too many in the venue, which refuses nobody. One statement; none where the event has no
    `capacity`."""
    return event.capacity is not None and inside(event.id, None) >= event.capacity


def inside(event_id: int, microlocation_id: int | None) -> int:
    """How many are inside a room, or the venue (None). One statement."""
    statement = select(func.sum(OccupancyCount.entries - OccupancyCount.exits)).where(
        OccupancyCount.event_id == event_id, OccupancyCount.microlocation_id == microlocation_id
    )
    return int(session().scalar(statement) or 0)


def fullness(microlocation_id: int) -> Full:
    """Whether one more would be too many in a room.

    A room with a hard limit is locked until the transaction ends, so that of two who come for the last place one is
    let in. It is taken after the attendee's lock; only counts are locked later.
    """
    room = session().get_one(Microlocation, microlocation_id)
    if room.is_capacity_hard:
        session().refresh(room, with_for_update={"key_share": True})
    if room.capacity is None:
        return Full.NOT
    if inside(room.event_id, room.id) < room.capacity:
        return Full.NOT
    return Full.HARD if room.is_capacity_hard else Full.SOFT


def together(counts: Iterable[Count]) -> Count:
    """The sum of several places."""
    return sum(counts, Count())


SLOT = ("event_id", "microlocation_id", "gate", "slot")

_counts = recordsets.table(OccupancyCount)
_more = recordsets.of_columns("more", OccupancyCount, ("event_id", "microlocation_id", "gate", "entries", "exits"))
_slot = (
    _more.c.event_id,
    _more.c.microlocation_id,
    _more.c.gate,
    func.pg_backend_pid() % literal_column(str(SLOTS)),
)
_add = postgresql.insert(_counts).from_select(
    [*SLOT, "entries", "exits"], select(*_slot, _more.c.entries, _more.c.exits).order_by(_more.c.place)
)
COUNT = _add.on_conflict_do_update(
    index_elements=SLOT, set_={name: _counts.c[name] + _add.excluded[name] for name in ("entries", "exits")}
)
"""Adds ``more``, made by `more`, to the counts, in the statement that writes the movements.

Rows are taken in one order, so that two connections that share a slot wait for each other and no more.
"""


def more(event_id: int, changes: Mapping[Way, int]) -> list[dict[str, Any]]:
    """How much more is counted of an event, in the order in which rows are taken.

    ``changes``: how many more movements count than before, by room, gate and direction; may be negative.
    """
    places: dict[Place, dict[str, int]] = {}
    for (room, gate, direction), number in changes.items():
        if number:
            place = places.setdefault((room, gate), {"entries": 0, "exits": 0})
            place["entries" if direction == IN else "exits"] += number
    if places:
        session().info.setdefault(CHANGED, set()).add(event_id)
    ordered = sorted(places.items(), key=lambda item: (item[0][0] or 0, item[0][1] or ""))
    return [{"event_id": event_id, "microlocation_id": room, "gate": gate, **told} for (room, gate), told in ordered]


def recount() -> int:
    """Replaces the counts that differ from the movements, and gives how many events had such ones.

    Who writes movements waits until the transaction ends. He counts after he has written: whatever is committed before
    the lock is in both, and whatever is written behind it is counted on top of the new rows.
    """
    session().execute(sql("LOCK TABLE occupancy_counts IN SHARE ROW EXCLUSIVE MODE"))
    events = list(session().scalars(miscounted()))
    session().execute(delete(OccupancyCount).where(OccupancyCount.event_id.in_(events)))
    place = (Movement.event_id, Movement.microlocation_id, Movement.gate)
    numbers = (func.count(case((Movement.direction == way, 1))) for way in (IN, OUT))
    counted = select(*place, literal(0), *numbers).where(Movement.verdict == ACCEPTED, Movement.event_id.in_(events))
    session().execute(insert(OccupancyCount).from_select([*SLOT, "entries", "exits"], counted.group_by(*place)))
    return len(events)


def miscounted(event_id: int | None = None) -> Select[int]:
    """Ids of events whose counts differ from their movements: of all events, or that one if it is such a one."""
    written = (
        select(
            OccupancyCount.event_id,
            OccupancyCount.microlocation_id,
            OccupancyCount.gate,
            func.sum(OccupancyCount.entries).label("entries"),
            func.sum(OccupancyCount.exits).label("exits"),
        )
        .where(recounts.of_event(OccupancyCount.event_id, event_id))
        .group_by(OccupancyCount.event_id, OccupancyCount.microlocation_id, OccupancyCount.gate)
        .subquery()
    )
    happened = (
        select(
            Movement.event_id,
            Movement.microlocation_id,
            Movement.gate,
            func.count(case((Movement.direction == IN, 1))).label("entries"),
            func.count(case((Movement.direction == OUT, 1))).label("exits"),
        )
        .where(Movement.verdict == ACCEPTED, recounts.of_event(Movement.event_id, event_id))
        .group_by(Movement.event_id, Movement.microlocation_id, Movement.gate)
        .subquery()
    )
    same = (
        (written.c.event_id == happened.c.event_id)
        & written.c.microlocation_id.is_not_distinct_from(happened.c.microlocation_id)
        & written.c.gate.is_not_distinct_from(happened.c.gate)
    )
    differs = (func.coalesce(written.c.entries, 0) != func.coalesce(happened.c.entries, 0)) | (
        func.coalesce(written.c.exits, 0) != func.coalesce(happened.c.exits, 0)
    )
    either = func.coalesce(written.c.event_id, happened.c.event_id)
    return (
        select(either).select_from(written).join(happened, same, full=True).where(differs).distinct().order_by(either)
    )
