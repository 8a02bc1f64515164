"""Statistics: read-only classes over SELECTs that count, with one row for each living event or ticket.

Includes, conditions and addresses treat the classes like any table's. What was ordered is summed from the counts that
the database keeps (`app.models.counts`), so that it costs the same however much was; the programme is counted where it
is read. Either stands in LATERAL subqueries: PostgreSQL looks at the rows that are asked for and at no others.
"""

from typing import Any

from sqlalchemy import and_, func, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, synonym

from app.database import Base
from app.models.counts import OrderCount, SaleCount
from app.models.events import Event
from app.models.orders import STATUSES
from app.models.sessions import STATES, Session
from app.models.speakers import Speaker, sessions_speakers
from app.models.sponsors import Sponsor
from app.models.tickets import Ticket

NEVER = ("draft",)
"""Statuses of orders that the wire has a key for and no order ever has."""

STATES_OF_SPEAKERS = ("accepted", "confirmed", "pending", "rejected", "withdrawn", "canceled")

# Tables, not classes: a join along a relationship would need all models before the first of these is defined.
_events, _tickets, _orders, _sales, _sessions, _speakers, _sponsors = (
    model.__table__ for model in (Event, Ticket, OrderCount, SaleCount, Session, Speaker, Sponsor)
)
_sold = _tickets.alias()
"""What was sold: an order and its tickets are of one event, and no other event's are told."""


def _object(numbers: dict[str, Any]) -> Any:
    return func.jsonb_build_object(*(part for pair in numbers.items() for part in pair), type_=JSONB)


def _by_status(counts: Any, number: str) -> Any:
    """A number of a table of counts for every status of orders, and ``total`` for all of them together."""
    total = func.sum(counts.c[number])
    numbers = {status: func.coalesce(total.filter(counts.c.status == status), 0) for status in STATUSES}
    return _object(numbers | dict.fromkeys(NEVER, 0) | {"total": func.coalesce(total, 0)})


_orders_of_event = (
    select(_by_status(_orders, "orders").label("orders"), _by_status(_orders, "amount").label("sales"))
    .where(_orders.c.event_id == _events.c.id)
    .lateral("counted_orders")
)
_seats_of_event = (
    select(_by_status(_sales, "seats").label("tickets"))
    .select_from(_sales.join(_sold, _sold.c.id == _sales.c.ticket_id))
    .where(_sales.c.event_id == _events.c.id, _sold.c.event_id == _events.c.id)
    .lateral("counted_seats")
)
_most_seats_of_event = (
    select(_object({"max": func.coalesce(func.sum(_tickets.c.quantity), 0)}))
    .where(_tickets.c.event_id == _events.c.id, _tickets.c.deleted_at.is_(None))
    .scalar_subquery()
)
_sales_of_ticket = (
    select(
        _by_status(_sales, "orders").label("orders"),
        _by_status(_sales, "seats").label("tickets"),
        _by_status(_sales, "amount").label("sales"),
    )
    .where(_sales.c.ticket_id == _tickets.c.id, _sales.c.event_id == _tickets.c.event_id)
    .lateral("counted_sales")
)
_sessions_of_event = (
    select(
        func.count().label("sessions"),
        *(func.count().filter(_sessions.c.state == state).label(f"sessions_{state}") for state in STATES),
    )
    .where(_sessions.c.event_id == _events.c.id, _sessions.c.deleted_at.is_(None))
    .lateral("counted_sessions")
)
_number_of_speakers = func.count(_speakers.c.id.distinct())
_speakers_of_event = (
    select(
        _object(
            {state: _number_of_speakers.filter(_sessions.c.state == state) for state in STATES_OF_SPEAKERS}
            | {"total": _number_of_speakers}  # also those without a session
        ).label("speakers")
    )
    .select_from(
        _speakers.outerjoin(sessions_speakers, sessions_speakers.c.speaker_id == _speakers.c.id).outerjoin(
            _sessions, and_(_sessions.c.id == sessions_speakers.c.session_id, _sessions.c.deleted_at.is_(None))
        )
    )
    .where(_speakers.c.event_id == _events.c.id, _speakers.c.deleted_at.is_(None))
    .lateral("counted_speakers")
)
_number_of_sponsors = (
    select(func.count()).where(_sponsors.c.event_id == _events.c.id, _sponsors.c.deleted_at.is_(None)).scalar_subquery()
)


class OrderStatisticsEvent(Base):
    """What was ordered at an event: ``orders`` and ``tickets`` (numbers) and ``sales`` (amounts), each by status and in
    ``total``. ``tickets`` also has ``max``: the seats of all living tickets."""

    __table__ = (
        select(
            _events.c.id,
            _orders_of_event.c.orders,
            _seats_of_event.c.tickets.op("||")(_most_seats_of_event).label("tickets"),
            _orders_of_event.c.sales,
        )
        .select_from(_events.join(_orders_of_event, true()).join(_seats_of_event, true()))
        .where(_events.c.deleted_at.is_(None))
        .subquery("order_statistics_event")
    )

    id: Mapped[int]
    event_id: Mapped[int] = synonym("id")
    orders: Mapped[dict[str, float]]
    tickets: Mapped[dict[str, float]]
    sales: Mapped[dict[str, float]]


class OrderStatisticsTicket(Base):
    """The same for one ticket, at the prices of its sales; without ``max``."""

    __table__ = (
        select(_tickets.c.id, _tickets.c.event_id, *_sales_of_ticket.c)
        .select_from(_tickets.join(_sales_of_ticket, true()))
        .where(_tickets.c.deleted_at.is_(None))
        .subquery("order_statistics_ticket")
    )

    id: Mapped[int]
    event_id: Mapped[int]
    orders: Mapped[dict[str, float]]
    tickets: Mapped[dict[str, float]]
    sales: Mapped[dict[str, float]]


class EventStatisticsGeneral(Base):
    """How far the programme is: sessions by state (``sessions`` and ``sessions_submitted`` are all of them), and
    how many speakers have one in which state; how many sponsors there are."""

    __table__ = (
        select(
            _events.c.id,
            _events.c.identifier,
            *_sessions_of_event.c,
            _sessions_of_event.c.sessions.label("sessions_submitted"),
            _speakers_of_event.c.speakers,
            _number_of_sponsors.label("sponsors"),
        )
        .select_from(_events.join(_sessions_of_event, true()).join(_speakers_of_event, true()))
        .where(_events.c.deleted_at.is_(None))
        .subquery("event_statistics_general")
    )

    id: Mapped[int]
    event_id: Mapped[int] = synonym("id")
    identifier: Mapped[str]
    sessions: Mapped[int]
    sessions_submitted: Mapped[int]
    speakers: Mapped[dict[str, int]]
    sponsors: Mapped[int]
