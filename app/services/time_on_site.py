"""Time on site: how long each guest was there, between what was seen for sure and what may have been."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, select

from app.clock import start_of_local_day, utcnow
from app.database import session, streamed
from app.models import Event, Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, IN, OUT
from app.services import spreadsheets
from app.services.fold import EXIT_WITHOUT_ENTRY

HEADINGS = (
    "Attendee ID", "First Name", "Last Name", "Visits", "Minutes", "Minutes Lower", "Minutes Upper",
    "Inferred Minutes", "Still Inside",
)  # fmt: skip

ZERO = timedelta(0)


class Counted(Protocol):
    """A movement that counts."""

    @property
    def direction(self) -> str:
        """`IN` or `OUT`."""

    @property
    def occurred_at(self) -> datetime:
        """The time as counted."""

    @property
    def microlocation_id(self) -> int | None:
        """The room; None: the venue's door."""

    @property
    def source(self) -> str:
        """`AUTOMATIC`: at closing time."""

    @property
    def is_inferred(self) -> bool:
        """Nobody scanned it."""

    @property
    def reason(self) -> str | None:
        """What it was concluded from."""


@dataclass(frozen=True)
class Stay:
    """How long a guest was there: ``told`` is what his columns say, ``lower`` what was seen for sure, ``upper`` what
    may have been; each at least as long as the one before it: ``lower``, ``told``, ``upper``."""

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
    seen = [movement.occurred_at for movement in every if _is_seen(movement)]
    # Entries and exits take turns, and an entry is the first.
    visits = (
        _visit(entry, left, seen, starts_at, timezone, now) for entry, left in zip_longest(entries, exits) if entry
    )
    return sum(visits, Stay())


def minutes(duration: timedelta) -> float:
    """A duration in minutes, to a tenth."""
    return round(duration / timedelta(minutes=1), 1)


def who_was_there(event: Event) -> Select[Any]:
    """The attendees of an event who were ever inside."""
    return select(TicketHolder).where(*_came(event))


def of_guests(event: Event, guests: Sequence[TicketHolder]) -> list[Guest]:
    """How long these were there. One statement."""
    found = session().execute(_MOVEMENTS.where(TicketHolder.id.in_([guest.id for guest in guests])))
    by_id = {guest.id: guest for guest in _guests(event, found)}
    return [by_id[guest.id] for guest in guests if guest.id in by_id]


def as_csv(event: Event) -> Iterator[bytes]:
    """All who were ever inside as a CSV file, in pieces."""
    rows = streamed(_MOVEMENTS.where(*_came(event)))
    return spreadsheets.lines(HEADINGS, (_cells(guest) for guest in _guests(event, rows)))


# --- how ---------------------------------------------------------------------------------------------------------

_COLUMNS: tuple[SQLColumnExpression[Any], ...] = (
    TicketHolder.id,
    TicketHolder.firstname,
    TicketHolder.lastname,
    Movement.direction,
    Movement.occurred_at,
    Movement.microlocation_id,
    Movement.source,
    Movement.is_inferred,
    Movement.reason,
)
_COUNTS = and_(Movement.attendee_id == TicketHolder.id, Movement.verdict == ACCEPTED)
_MOVEMENTS: Select[Any] = select(*_COLUMNS).join(Movement, _COUNTS).order_by(TicketHolder.id, Movement.occurred_at)
"""What counts, of each guest, with his name."""


def _came(event: Event) -> tuple[ColumnElement[bool], ...]:
    return (
        TicketHolder.event_id == event.id,
        TicketHolder.checkin_times.is_not(None),
        TicketHolder.deleted_at.is_(None),
    )


def _guests(event: Event, rows: Iterable[Any]) -> Iterator[Guest]:
    """``rows`` hold an attendee and a movement each, an attendee's one after the other."""
    starts_at, timezone, now = event.starts_at, event.timezone, utcnow()
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


def _visit(
    entry: Counted, left: Counted | None, seen: list[datetime], starts_at: datetime, timezone: str, now: datetime
) -> Stay:
    begin = entry.occurred_at
    end = left.occurred_at if left is not None else max(begin, now, *seen)
    # An entry concluded from a scan in a room was seen: by then he had come in.
    last_seen = max((moment for moment in seen if begin <= moment <= end), default=begin)
    earliest = begin
    if entry.reason == EXIT_WITHOUT_ENTRY:
        earliest = min(max(start_of_local_day(begin, timezone), starts_at), begin)
    return Stay(1, end - begin, last_seen - begin, end - earliest, is_inside=left is None)
