"""Every guest's story told anew from his scans, beside what is kept of it: times, flags, verdicts, open questions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, select

from app.database import session
from app.models import CheckInConflict, Event, Movement, TicketHolder
from app.models.movements import ACCEPTED, LIVE
from app.services import contradictions, pictures
from app.services.ledger import Ledger
from app.services.ledger_rows import Standing
from app.services.recounts import of_event

TIMES = ("checkin_times", "checkout_times", "device_name_checkin")
FLAGS = ("is_checked_in", "is_checked_out")

FACTS = (
    "id", "attendee_id", "microlocation_id", "direction", "occurred_at", "recorded_at", "recorded_by_id", "device",
    "gate", "client_uuid", "source", "verdict", "reason", "is_inferred", "door_pass_id",
)  # fmt: skip
"""What a story is read from."""

BATCH = 1000
"""Rows in memory at a time."""

Row = TypeVar("Row")


@dataclass(slots=True)
class Guest:
    """What is kept of an attendee, by the names of `TicketHolder`. Of his event only what its days are.

    No entity: to make one, of some 60 columns, took more than a third of the time that a story takes.
    """

    event: Any
    id: int
    event_id: int
    checkin_times: str | None
    checkout_times: str | None
    device_name_checkin: str | None
    is_checked_in: bool
    is_checked_out: bool


class Story:
    """What is recorded of a guest. Each question gives whether it holds."""

    def __init__(self, attendee: Any, rows: list[Movement], asked: list[CheckInConflict]):
        self.attendee = attendee
        self._rows, self._asked = rows, asked
        self._book = Ledger(attendee, Standing(attendee.event, None, rows))  # nobody asks to be let in

    def are_times_told(self) -> bool:
        """The columns with the times are those of the movements that were accepted at the venue's door."""
        # Of one moment, what is concluded comes before the scan that it is concluded from.
        accepted = sorted(
            (row for row in self._rows if row.verdict == ACCEPTED),
            key=lambda row: (row.occurred_at, not row.is_inferred, row.id),
        )
        return self._shows(pictures.of(pictures.at_the_venue(accepted)), TIMES)

    def are_flags_told(self) -> bool:
        """He is shown inside, or gone, as all scans together tell."""
        return self._shows(pictures.of(self._book.history[-1:]), FLAGS)

    def is_judged(self) -> bool:
        """Each scan counts, or does not, as all scans together tell."""
        return self._book.is_judged()

    def is_asked_about(self) -> bool:
        """There is a question about each contradiction, and none without."""
        return contradictions.are_kept(self._asked, self._book.contradictions)

    def _shows(self, picture: pictures.Picture, columns: tuple[str, ...]) -> bool:
        return all(getattr(self.attendee, name) == picture[name] for name in columns)


def of_guests(event_id: int | None) -> Iterator[Story]:
    """The stories of all guests of an event, or of the server (None), by id. Four statements, read as they are
    consumed."""
    days = select(Event.id, Event.ends_at, Event.timezone, Event.closing_time)
    events = {row.id: row for row in session().execute(days.where(of_event(Event.id, event_id)))}
    columns = [getattr(TicketHolder, name) for name in ("id", "event_id", *TIMES, *FLAGS)]
    attendees = select(*columns).where(of_event(TicketHolder.event_id, event_id)).order_by(TicketHolder.id)
    whose = attrgetter("attendee_id")
    movements = Groups(_in_batches(_movements(event_id)), whose)
    asked = select(CheckInConflict).join(CheckInConflict.attendee).where(of_event(TicketHolder.event_id, event_id))
    questions = Groups(_scalars(asked.order_by(CheckInConflict.attendee_id, CheckInConflict.id)), whose)
    for row in _in_batches(attendees):
        guest = Guest(events[row.event_id], *row)
        yield Story(guest, movements.of(guest.id), questions.of(guest.id))


class Groups(Generic[Row]):
    """Rows in order of whose they are, handed out in that order."""

    def __init__(self, rows: Iterator[Row], whose: Callable[[Row], int]):
        self._groups = groupby(rows, whose)
        self._next = next(self._groups, None)

    def of(self, number: int) -> list[Row]:
        """The rows of one; numbers may only grow."""
        while self._next is not None and self._next[0] < number:
            self._next = next(self._groups, None)
        return list(self._next[1]) if self._next is not None and self._next[0] == number else []


def _movements(event_id: int | None) -> Select[Any]:
    """The movements of `app.services.ledger_rows.standings`, as plain rows: nothing is written, and the session would
    take most of the time to keep them."""
    found = select(*(getattr(Movement, name) for name in FACTS)).join(Movement.attendee)
    found = found.where(of_event(TicketHolder.event_id, event_id), Movement.verdict.in_(LIVE))
    return found.order_by(Movement.attendee_id, Movement.occurred_at, Movement.id)


def _in_batches(statement: Select[Any]) -> Iterator[Any]:
    return iter(session().execute(statement, execution_options={"yield_per": BATCH}))


def _scalars(statement: Select[Any]) -> Iterator[Any]:
    return (row[0] for row in _in_batches(statement))
