"""Forgotten exits: guests whom nobody has scanned out by closing time are checked out, as a fact of its own source.

It is a guess, and gives way to every scan that knows better (`app.services.fold`).
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.clock import utcnow
from app.database import session
from app.models import Event, Movement, OccupancyCount, TicketHolder
from app.models.movements import AUTOMATIC, LIVE, OUT
from app.services import closing, ledger
from app.services.closing import Due
from app.services.events import LONGEST
from app.services.ledger import Ledger, Origin

BATCH = 200
"""Guests that are checked out in one transaction."""

RECENT = timedelta(days=7)
"""Events that ended longer ago are left as they are: nobody counts on who is inside, and their history is told."""

TURN = "forgotten exits"
"""Workers need not look for the same guests: see `app.services.turns`."""


@dataclass(frozen=True)
class Batch:
    """How many were checked out, and after whom to go on; None: there are no more."""

    checked_out: int
    last: int | None


def due_events(*, grace: timedelta) -> list[tuple[int, Due]]:
    """Events with somebody inside whose doors have closed at least ``grace`` ago: their ids, and who is due. One
    statement."""
    now = utcnow()
    inside = (
        select(func.sum(OccupancyCount.entries - OccupancyCount.exits))
        .where(OccupancyCount.event_id == Event.id, OccupancyCount.microlocation_id.is_(None))
        .correlate(Event)
        .scalar_subquery()
    )
    times = (Event.starts_at, Event.ends_at, Event.timezone, Event.closing_time)
    running = (Event.ends_at > now - RECENT, Event.ends_at < now + LONGEST, Event.starts_at < now)
    found = session().execute(select(Event.id, *times).where(*running, inside > 0).order_by(Event.id))
    every = [
        (row.id, closing.due(row.starts_at, row.ends_at, row.timezone, row.closing_time, until=now - grace))
        for row in found
    ]
    return [(event_id, due) for event_id, due in every if due is not None]


def check_out(event_id: int, due: Due, *, after: int = 0, most: int | None = None) -> Batch:
    """Checks out guests of an event who are due, at most so many (`BATCH`), those with ids above ``after``.

    Locks their rows, by id, and passes over those that somebody is working on: the next round finds them again.
    """
    guests = session().scalars(_forgotten(event_id, due, after).limit(most or BATCH)).all()
    if not guests:
        return Batch(0, None)
    # Who was locked only now may have been seen since he was looked for.
    books = [book for book in ledger.books(guests) if _is_due(book, due)]
    origin = Origin(AUTOMATIC, None, utcnow())
    for book in books:
        book.scan(origin, OUT, book.after_all(due.closing))
    ledger.write_together(books)
    return Batch(len(books), guests[-1].id)


def _forgotten(event_id: int, due: Due, after: int) -> Select[TicketHolder]:
    seen = and_(Movement.verdict.in_(LIVE), Movement.occurred_at >= due.seen_before)
    known = select(Movement.id).where(Movement.attendee_id == TicketHolder.id, or_(seen, _is_told(due)))
    return (
        select(TicketHolder)
        .where(TicketHolder.event_id == event_id, TicketHolder.id > after, TicketHolder.is_checked_in)
        .where(~known.correlate(TicketHolder).exists())
        .order_by(TicketHolder.id)
        .with_for_update(of=TicketHolder, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _is_told(due: Due) -> ColumnElement[bool]:
    """He was checked out for this closing already: whoever took that back knows better."""
    return and_(Movement.source == AUTOMATIC, Movement.is_inferred.is_(False), Movement.recorded_at >= due.seen_before)


def _is_due(book: Ledger, due: Due) -> bool:
    latest = book.latest()
    return book.where.is_inside and latest is not None and latest < due.seen_before
