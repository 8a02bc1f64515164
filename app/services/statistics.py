"""Counts that organizers look at: what was ordered and for how much, and how far the programme is."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.database import session
from app.models import Event, Order, OrderLine, Session, Sponsor, Ticket
from app.models.orders import STATUSES
from app.models.sessions import STATES

NEVER = ("draft",)
"""Statuses that the wire has a key for and no order ever has."""

SPEAKERS = ("accepted", "confirmed", "pending", "rejected", "withdrawn", "canceled", "total")


def of_orders(event: Event) -> dict[str, dict[str, Any]]:
    """An event's ``orders`` and ``tickets`` (numbers) and ``sales`` (amounts), each by status and in ``total``.

    Three statements, whatever the event's size. ``tickets`` also has ``max``: the seats of all living tickets.
    """
    amounts = select(Order.status, func.count(), func.sum(Order.amount)).where(Order.event_id == event.id)
    most = select(func.coalesce(func.sum(Ticket.quantity), 0)).where(
        Ticket.event_id == event.id, Ticket.deleted_at.is_(None)
    )
    by_status = {row[0]: row[1:] for row in session().execute(amounts.group_by(Order.status))}
    found = session().execute(_seats(Order.event_id == event.id)).all()
    return {
        "orders": _totalled({status: number for status, (number, _) in by_status.items()}),
        "tickets": _totalled({row[0]: row[2] for row in found}) | {"max": session().scalar(most)},
        "sales": _totalled({status: amount for status, (_, amount) in by_status.items()}),
    }


def of_ticket(ticket: Ticket) -> dict[str, dict[str, Any]]:
    """The same for one ticket, at the prices of its sales; without ``max``."""
    found = session().execute(_seats(OrderLine.ticket_id == ticket.id)).all()
    return {
        "orders": _totalled({row[0]: row[1] for row in found}),
        "tickets": _totalled({row[0]: row[2] for row in found}),
        "sales": _totalled({row[0]: row[3] for row in found}),
    }


def of_programme(event: Event) -> dict[str, Any]:
    """How many sessions are in which state (``sessions`` and ``sessions_submitted`` are all of them), and how many
    sponsors there are."""
    living = select(Session.state, func.count()).where(Session.event_id == event.id, Session.deleted_at.is_(None))
    by_state: dict[str, int] = {row[0]: row[1] for row in session().execute(living.group_by(Session.state))}
    every = sum(by_state.values())
    sponsors = select(func.count()).where(Sponsor.event_id == event.id, Sponsor.deleted_at.is_(None))
    return {
        "identifier": event.identifier,
        "sessions": every,
        "sessions_submitted": every,
        **{f"sessions_{state}": by_state.get(state, 0) for state in STATES},
        "speakers": dict.fromkeys(SPEAKERS, 0),
        "sponsors": session().scalar(sponsors),
    }


def _seats(which: ColumnElement[bool]) -> Select[str, int, int, Decimal]:
    """Rows of status, number of orders, of seats, and their price."""
    return (
        select(
            Order.status,
            func.count(Order.id.distinct()),
            func.sum(OrderLine.quantity),
            func.sum(OrderLine.price * OrderLine.quantity),
        )
        .join(OrderLine.order)
        .where(which)
        .group_by(Order.status)
    )


def _totalled(by_status: dict[str, Any]) -> dict[str, Any]:
    """A number for every status, and ``total``; amounts as JSON numbers."""
    numbers = {status: by_status.get(status) or 0 for status in (*STATUSES, *NEVER)}
    numbers["total"] = sum(numbers.values())
    return {name: float(number) if isinstance(number, Decimal) else number for name, number in numbers.items()}
