"""Counts of attendees, orders and sales, which the database keeps (`app.models.counts`): read, compared with the rows
that they count, and counted anew."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, delete, func, insert, or_, select
from sqlalchemy import text as sql

from app.database import session
from app.models import AttendeeCount, Event, Order, OrderCount, OrderLine, SaleCount, Ticket, TicketHolder
from app.services import recounts


def attendees_of(parent: type, parent_id: ColumnElement[int]) -> ColumnElement[int] | None:
    """How many attendees an event or a ticket has, as SQL; None when that is not kept of a ``parent`` of this model."""
    columns: dict[type, Any] = {Event: AttendeeCount.event_id, Ticket: AttendeeCount.ticket_id}
    return _sum(AttendeeCount.attendees, columns[parent] == parent_id) if parent in columns else None


def orders_of(parent: type, parent_id: ColumnElement[int]) -> ColumnElement[int] | None:
    """How many orders an event has, as SQL; None when that is not kept of a ``parent`` of this model."""
    return _sum(OrderCount.orders, OrderCount.event_id == parent_id) if parent is Event else None


def _sum(number: Any, condition: Any) -> ColumnElement[int]:
    total = cast(func.coalesce(func.sum(number), 0), BigInteger)
    return select(total).where(condition).scalar_subquery()


@dataclass(frozen=True)
class Kept:
    """A table of counts: the columns that say of what, those that say how many, and a statement that counts the rows
    themselves, with the same names."""

    model: Any
    key: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: Any


ATTENDEES = Kept(
    AttendeeCount,
    ("event_id", "ticket_id"),
    ("attendees",),
    select(TicketHolder.event_id, TicketHolder.ticket_id, func.count().label("attendees"))
    .where(TicketHolder.deleted_at.is_(None))
    .group_by(TicketHolder.event_id, TicketHolder.ticket_id),
)
ORDERS = Kept(
    OrderCount,
    ("event_id", "status"),
    ("orders", "amount"),
    select(Order.event_id, Order.status, func.count().label("orders"), func.sum(Order.amount).label("amount")).group_by(
        Order.event_id, Order.status
    ),
)
SALES = Kept(
    SaleCount,
    ("event_id", "ticket_id", "status"),
    ("orders", "seats", "amount"),
    select(
        Order.event_id,
        OrderLine.ticket_id,
        Order.status,
        func.count().label("orders"),
        func.sum(OrderLine.quantity).label("seats"),
        func.sum(OrderLine.price * OrderLine.quantity).label("amount"),
    )
    .join(OrderLine.order)
    .group_by(Order.event_id, OrderLine.ticket_id, Order.status),
)
ALL = (ATTENDEES, ORDERS, SALES)


def miscounted(kept: Kept, event_id: int | None = None) -> Select[int]:
    """Ids of events whose counts differ from their rows: of all events, or that one if it is such a one."""
    columns = kept.model.__table__.c
    key = [columns[name] for name in kept.key]
    sums = (func.sum(columns[name]).label(name) for name in kept.numbers)
    told = select(*key, *sums).where(recounts.of_event(columns.event_id, event_id)).group_by(*key).subquery()
    of_it = recounts.of_event(kept.rows.selected_columns.event_id, event_id)
    there = kept.rows.where(of_it).subquery()
    same = and_(*(told.c[name] == there.c[name] for name in kept.key))
    differs = or_(*(func.coalesce(told.c[name], 0) != func.coalesce(there.c[name], 0) for name in kept.numbers))
    either = func.coalesce(told.c.event_id, there.c.event_id)
    return select(either).select_from(told).join(there, same, full=True).where(differs).distinct().order_by(either)


def recount(kept: Kept) -> int:
    """Replaces the counts that differ from the rows, and gives how many events had such ones.

    Who writes rows waits until the transaction ends, which therefore recounts one table and no more: two tables would
    be waited for in the order of somebody else. He counts after he has written: what is committed before the lock is in
    both, and what is written behind it is counted on top.
    """
    session().execute(sql(f"LOCK TABLE {kept.model.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    events = list(session().scalars(miscounted(kept)))
    session().execute(delete(kept.model).where(kept.model.event_id.in_(events)))
    counted = kept.rows.where(kept.rows.selected_columns.event_id.in_(events))
    session().execute(insert(kept.model).from_select([*kept.key, *kept.numbers], counted))
    return len(events)
