"""Seats, money and registrations counted anew, beside what is kept of them: each finds the rows that differ.

All look at one event, or at the whole server (None), in one statement.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from app.models import Order, OrderLine, Ticket, TicketHolder, UserCheckIn
from app.models.stations import REGISTRATION
from app.services.inventory import holds_a_seat


def of_event(column: Any, event_id: int | None) -> ColumnElement[bool]:
    """The condition that a row is of the event; any row will do for the whole server."""
    return true() if event_id is None else column == event_id


def sold(event_id: int | None) -> Select[int]:
    """Ids of tickets whose ``sold`` is not the number of seats that are held."""
    return _tickets(event_id).where(Ticket.sold != _held())


def oversold(event_id: int | None) -> Select[int]:
    """Ids of tickets of which more seats are held than there are."""
    return _tickets(event_id).where(Ticket.quantity < _held())


def deleted_with_seats(event_id: int | None) -> Select[int]:
    """Ids of deleted tickets of which seats are held."""
    return _tickets(event_id).where(Ticket.deleted_at.is_not(None), _held() > 0)


def amounts(event_id: int | None) -> Select[int]:
    """Ids of orders whose amount is not the sum of their lines."""
    total = (
        select(func.coalesce(func.sum(OrderLine.quantity * OrderLine.price), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    computed = Order.amount_override_by_id.is_(None)  # a total that a team member has set is nobody's sum
    return _orders(event_id).where(computed, Order.amount != total)


def guests_of_orders(event_id: int | None) -> Select[int]:
    """Ids of orders that have not as many attendees of each ticket as their lines say."""
    guests = (
        select(TicketHolder.order_id, TicketHolder.ticket_id, func.count().label("number"))
        .join(TicketHolder.order)
        .where(TicketHolder.deleted_at.is_(None), of_event(Order.event_id, event_id))
        .group_by(TicketHolder.order_id, TicketHolder.ticket_id)
        .subquery()
    )
    lines = (
        select(OrderLine.order_id, OrderLine.ticket_id, OrderLine.quantity)
        .join(OrderLine.order)
        .where(of_event(Order.event_id, event_id))
        .subquery()
    )
    same = and_(guests.c.order_id == lines.c.order_id, guests.c.ticket_id == lines.c.ticket_id)
    either = (
        select(func.coalesce(lines.c.order_id, guests.c.order_id).label("id"))
        .select_from(lines)
        .join(guests, same, full=True)
        .where(func.coalesce(lines.c.quantity, 0) != func.coalesce(guests.c.number, 0))
        .subquery()
    )
    return select(either.c.id).distinct().order_by(either.c.id)


def registrations(event_id: int | None) -> Select[int]:
    """Ids of attendees who show a registration that no station has scanned, or do not show one that was."""
    scanned = (
        select(UserCheckIn.id)
        .where(
            UserCheckIn.ticket_holder_id == TicketHolder.id,
            UserCheckIn.station_type == REGISTRATION,
            UserCheckIn.deleted_at.is_(None),
        )
        .correlate(TicketHolder)
        .exists()
    )
    shown = or_(TicketHolder.is_registered != scanned, TicketHolder.register_times.is_not(None) != scanned)
    of_it = of_event(TicketHolder.event_id, event_id)
    return select(TicketHolder.id).where(of_it, shown).order_by(TicketHolder.id)


def _tickets(event_id: int | None) -> Select[int]:
    return select(Ticket.id).where(of_event(Ticket.event_id, event_id)).order_by(Ticket.id)


def _orders(event_id: int | None) -> Select[int]:
    return select(Order.id).where(of_event(Order.event_id, event_id)).order_by(Order.id)


def _held() -> Any:
    return (
        select(func.count())
        .select_from(TicketHolder)
        .outerjoin(Order, TicketHolder.order_id == Order.id)
        .where(TicketHolder.ticket_id == Ticket.id, holds_a_seat())
        .correlate(Ticket)
        .scalar_subquery()
    )
