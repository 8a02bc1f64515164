"""Seats: the one place that changes ``tickets.sold``.

Locks, everywhere in this order: attendees' rows or the order's row first, then the tickets' rows, by id, in one
statement, FOR NO KEY UPDATE (a foreign key to a ticket already holds a share lock, and FOR UPDATE after it would
deadlock two sellers).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, DomainError, SoldOut
from app.models import Order, OrderLine, Ticket, TicketHolder
from app.models.orders import EXPIRED, HOLDING, INITIALIZING


def reserve(wanted: Mapping[int, int], *, pointer: str | None = None) -> None:
    """Takes ``wanted`` seats (ticket id → number) or none at all.

    Locks the tickets until the transaction ends. Raises `SoldOut`, one error for each ticket that is short (its
    ``meta`` says how many are left), and `Conflict` for a ticket that somebody has just deleted.
    """
    locked = _lock(wanted)
    if len(locked) < len(wanted):
        raise Conflict("A ticket of this sale has just been deleted. Load the tickets again.", pointer=pointer)
    short: list[DomainError] = [
        SoldOut(
            f"Ticket with id: {ticket_id} already sold out. You can buy at most {quantity - sold} tickets",
            ticket_id=ticket_id,
            requested=wanted[ticket_id],
            available=quantity - sold,
            pointer=pointer,
        )
        for ticket_id, quantity, sold in locked
        if sold + wanted[ticket_id] > quantity
    ]
    if short:
        raise DomainError.many(short)
    _add(wanted)


def release(freed: Mapping[int, int]) -> None:
    """Gives ``freed`` seats (ticket id → number) back. Takes the same locks as `reserve`."""
    if freed:
        _lock(freed)
        _add({ticket_id: -number for ticket_id, number in freed.items()})


def holds_a_seat() -> ColumnElement[bool]:
    """An attendee, outer-joined to his order, holds a seat: alive, and the order (if any) not ended."""
    return and_(TicketHolder.deleted_at.is_(None), or_(Order.id.is_(None), Order.status.in_(HOLDING)))


def expire_overdue(ticket_ids: Collection[int], *, held_for: timedelta) -> int:
    """Ends what has held seats of these tickets for longer than ``held_for`` without being finished.

    That is orders that are still being filled in (they become ``expired``) and attendees that never got an order
    (they are deleted). Waits for whoever is working on the same rows: he may be just freeing them, or just finishing
    them. Gives the number of seats freed.
    """
    before = utcnow() - held_for
    freed = _expire_orders(ticket_ids, before) + _expire_attendees(ticket_ids, before)
    release(freed)
    return freed.total()


def _expire_orders(ticket_ids: Collection[int], before: datetime) -> Counter[int]:
    overdue = (
        select(Order.id)
        .where(Order.status == INITIALIZING, Order.created_at < before)
        .where(Order.lines.any(OrderLine.ticket_id.in_(ticket_ids)))
        .order_by(Order.id)
        .with_for_update(key_share=True)
    )
    order_ids = session().scalars(overdue).all()
    if not order_ids:
        return Counter()
    session().execute(update(Order).where(Order.id.in_(order_ids)).values(status=EXPIRED))
    lines = select(OrderLine.ticket_id, OrderLine.quantity).where(OrderLine.order_id.in_(order_ids))
    freed: Counter[int] = Counter()
    for ticket_id, quantity in session().execute(lines):
        freed[ticket_id] += quantity
    return freed


def _expire_attendees(ticket_ids: Collection[int], before: datetime) -> Counter[int]:
    overdue = (
        select(TicketHolder.id, TicketHolder.ticket_id)
        .where(TicketHolder.ticket_id.in_(ticket_ids), TicketHolder.order_id.is_(None))
        .where(TicketHolder.deleted_at.is_(None), TicketHolder.created_at < before)
        .order_by(TicketHolder.id)
        .with_for_update(key_share=True)
    )
    rows = session().execute(overdue).all()
    if rows:
        ids = [row.id for row in rows]
        session().execute(update(TicketHolder).where(TicketHolder.id.in_(ids)).values(deleted_at=utcnow()))
    return Counter(row.ticket_id for row in rows)


def _lock(ticket_ids: Collection[int]) -> list[tuple[int, int, int]]:
    statement = (
        select(Ticket.id, Ticket.quantity, Ticket.sold)
        .where(Ticket.id.in_(ticket_ids), Ticket.deleted_at.is_(None))
        .order_by(Ticket.id)
        .with_for_update(key_share=True)
    )
    return [(row.id, row.quantity, row.sold) for row in session().execute(statement)]


def _add(change: Mapping[int, int]) -> None:
    session().execute(
        update(Ticket)
        .where(Ticket.id.in_(change))
        .values(sold=Ticket.sold + case(dict(change), value=Ticket.id))
        .execution_options(synchronize_session=False)
    )
