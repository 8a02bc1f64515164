"""Time on site: how long each guest was there, between what was seen for sure and what may have been."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Any, Protocol

from sqlalchemy import ARRAY, BigInteger, Select, SQLColumnExpression, and_, any_, bindparam, select

from app.clock import start_of_local_day, utcnow
from app.database import session
from app.models import Event, Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, IN, OUT
from app.services import closing, spreadsheets
from app.services.fold import EXIT_WITHOUT_ENTRY, Scan
from app.streaming import streamed

HEADINGS = (
    "Attendee ID", "First Name", "Last Name", "Visits", "Minutes", "Minutes Lower", "Minutes Upper",
    "Inferred Minutes", "Still Inside",
)  # fmt: skip

ZERO = timedelta(0)


class Counted(Scan, Protocol):
    """A movement that counts."""

    @property
    def uncertainty_ms(self) -> int | None:
        """By how many milliseconds the time may be wrong; None: not at all."""

    @property
    def is_inferred(self) -> bool:
        """Nobody scanned it."""

    @property
    def reason(self) -> str | None:
        """What it was concluded from."""


@dataclass(frozen=True)
class Stay:
    """How long a guest was there: ``told`` is what his columns say, ``lower`` what was seen for sure, ``upper`` what
    may have been, both as far as times may be wrong. In this order none is shorter: ``lower``, ``told``, ``upper``."""

    visits: int = 0
    told: timedelta = ZERO
    lower: timedelta = ZERO
    upper: timedelta = ZERO
    is_inside: bool = False

    @property
    def inferred(self) -> timedelta:
        """The part of ``told`` that nobody has seen."""
        return self.told - self.lower

    def __add__(self, other: "Stay") -> "Stay":
        return Stay(
            self.visits + other.visits,
            self.told + other.told,
            self.lower + other.lower,
            self.upper + other.upper,
            self.is_inside or other.is_inside,
        )


@dataclass(frozen=True)
class Guest:
    """Who was there, and how long."""

    id: int
    firstname: str
    lastname: str | None
    stay: Stay


def stay(movements: Iterable[Counted], *, starts_at: datetime, timezone: str, now: datetime) -> Stay:
    """The sum of a guest's visits. ``movements`` are those that count, rooms too, in whatever order; the event began at
    ``starts_at``, and its days are those of ``timezone``."""
    every = sorted(movements, key=lambda movement: movement.occurred_at)
    entries = [movement for movement in every if movement.microlocation_id is None and movement.direction == IN]
    exits = [movement for movement in every if movement.microlocation_id is None and movement.direction == OUT]
    in_rooms = [movement for movement in every if movement.microlocation_id is not None and _is_seen(movement)]
    # Entries and exits take turns, and an entry is the first.
    pairs = [(entry, left) for entry, left in zip_longest(entries, exits) if entry is not None]
    visits = [_visit(entry, left, in_rooms, starts_at, timezone, now) for entry, left in pairs]
    total, free = Stay(), timedelta.max
    for visit, following in zip_longest(visits, visits[1:]):
        # He may have left later and come back earlier, but was outside between the two: what is free is used once.
        until = now if following is None else following.begin
        late = max(min(visit.late, until - visit.end), ZERO)
        told = visit.end - visit.begin
        upper = min(visit.early, free) + told + late
        total += Stay(1, told, visit.seen, upper, visit.is_inside)
        free = max(until - visit.end - late, ZERO)
    return total


def minutes(duration: timedelta) -> float:
    """A duration in minutes, to a tenth."""
    return round(duration / timedelta(minutes=1), 1)


def of_event(event: Event) -> dict[str, Any]:
    """The parameters of `WHO_WAS_THERE`."""
    return {_EVENT.key: event.id}


def of_guests(event: Event, ids: Sequence[int]) -> list[Guest]:
    """How long the attendees with these ids were there. One statement."""
    found = session().execute(_MOVEMENTS_OF_GUESTS, {_GUESTS.key: list(ids)})
    by_id = {guest.id: guest for guest in _guests(event, found)}
    return [by_id[row_id] for row_id in ids if row_id in by_id]


def as_csv(event: Event) -> Iterator[bytes]:
    """All who were ever inside as a CSV file, in pieces."""
    rows = streamed(_ALL_MOVEMENTS.params(of_event(event)))
    return spreadsheets.lines(HEADINGS, (_cells(guest) for guest in _guests(event, rows)))


# --- how ---------------------------------------------------------------------------------------------------------

_COLUMNS: tuple[SQLColumnExpression[Any], ...] = (
    TicketHolder.id,
    TicketHolder.firstname,
    TicketHolder.lastname,
    Movement.direction,
    Movement.occurred_at,
    Movement.microlocation_id,
    Movement.uncertainty_ms,
    Movement.source,
    Movement.is_inferred,
    Movement.reason,
)
_COUNTS = and_(Movement.attendee_id == TicketHolder.id, Movement.verdict == ACCEPTED)
_MOVEMENTS: Select[Any] = select(*_COLUMNS).join(Movement, _COUNTS).order_by(TicketHolder.id, Movement.occurred_at)
"""What counts, of each guest, with his name."""


_EVENT = bindparam("event_id", type_=BigInteger, required=True)
_GUESTS = bindparam("guest_ids", type_=ARRAY(BigInteger), required=True)
_CAME = (
    TicketHolder.event_id == _EVENT,
    TicketHolder.checkin_times.is_not(None),
    TicketHolder.deleted_at.is_(None),
)
_MOVEMENTS_OF_GUESTS = _MOVEMENTS.where(TicketHolder.id == any_(_GUESTS))
_ALL_MOVEMENTS = _MOVEMENTS.where(*_CAME)

WHO_WAS_THERE: Select[Any] = select(TicketHolder).where(*_CAME)
"""The attendees of an event who were ever inside. The event is a parameter (`of_event`): statements of lists are kept,
and one for each request would drive out all others."""


def _guests(event: Event, rows: Iterable[Any]) -> Iterator[Guest]:
    """``rows`` hold an attendee and a movement each, an attendee's one after the other."""
    starts_at, timezone, now = event.starts_at, event.timezone, min(utcnow(), closing.over(event))
    for guest, movements in groupby(rows, key=lambda row: (row.id, row.firstname, row.lastname)):
        yield Guest(*guest, stay(movements, starts_at=starts_at, timezone=timezone, now=now))


def _cells(guest: Guest) -> Iterator[str]:
    stay = guest.stay
    durations = (stay.told, stay.lower, stay.upper, stay.inferred)
    yield from (str(guest.id), guest.firstname, guest.lastname or "", str(stay.visits))
    yield from (str(minutes(duration)) for duration in durations)
    yield "Yes" if stay.is_inside else "No"


def _is_seen(movement: Counted) -> bool:
    """Somebody scanned it; a check-out at closing time nobody did."""
    return not movement.is_inferred and movement.source != AUTOMATIC


@dataclass(frozen=True)
class _Visit:
    """A visit as the columns have it; it may have begun so much earlier (``early``) and ended so much later (``late``).
    ``seen`` is the part of it that is sure."""

    begin: datetime
    end: datetime
    is_inside: bool
    seen: timedelta
    early: timedelta
    late: timedelta


def _visit(
    entry: Counted, left: Counted | None, in_rooms: list[Counted], starts_at: datetime, timezone: str, now: datetime
) -> _Visit:
    begin = entry.occurred_at
    end = left.occurred_at if left is not None else max(begin, now, *(movement.occurred_at for movement in in_rooms))
    within = [movement for movement in in_rooms if begin <= movement.occurred_at <= end]
    ends = [entry] if left is None else [entry, left]
    # An entry concluded from a scan was made when that was, as far as that is known.
    early = max(_error(movement) for movement in ends + within if movement.occurred_at == begin)
    if entry.reason == EXIT_WITHOUT_ENTRY:
        early = max(early, begin - max(start_of_local_day(begin, timezone), starts_at))
    late = ZERO if left is None else _error(left)
    seen = _surely([movement for movement in ends + within if _is_seen(movement)], begin)
    return _Visit(begin, end, left is None, seen, early, late)


def _surely(seen: list[Counted], begin: datetime) -> timedelta:
    """From when he was seen first, at the latest, until he was seen last, at the earliest. Durations, not instants: a
    clock may be wrong by more years than there are before us."""
    first = min((movement.occurred_at - begin + _error(movement) for movement in seen), default=ZERO)
    last = max((movement.occurred_at - begin - _error(movement) for movement in seen), default=ZERO)
    return max(last - first, ZERO)


def _error(movement: Counted) -> timedelta:
    return timedelta(milliseconds=movement.uncertainty_ms or 0)
