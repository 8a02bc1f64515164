"""Seats: the one place that changes ``tickets.sold``.

Locks, everywhere in this order: attendees' rows or the order's row first, then the tickets' rows, by id, in one
statement, FOR NO KEY UPDATE (a foreign key to a ticket already holds a share lock, and FOR UPDATE after it would
deadlock two sellers).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.clock import utcnow
from app.database import Closing, at_last, session
from app.errors import Conflict, DomainError, SoldOut
from app.models import Order, OrderLine, Ticket, TicketHolder
from app.models.orders import EXPIRED, HOLDING, INITIALIZING, PENDING
from app.plans import planned_once
from app.services import recordsets

PAYING = timedelta(minutes=30)
"""How much longer an order that is being paid online holds its seats."""

BATCH = 500
"""Orders, and attendees, that are ended in one transaction."""


@dataclass(frozen=True)
class Expired:
    """What was ended: orders, attendees that never got one, and the seats that this has freed."""

    orders: int
    attendees: int
    seats: int


_tickets = recordsets.table(Ticket)
_ids = bindparam("ids", type_=ARRAY(BigInteger))
_wanted = recordsets.named("wanted", {"id": BigInteger(), "seats": Integer()})
_living = and_(_tickets.c.id == any_(_ids), _tickets.c.deleted_at.is_(None))
_locked = (
    select(_tickets.c.id, _tickets.c.quantity, _tickets.c.sold)
    .where(_living)
    .order_by(_tickets.c.id)
    .with_for_update(key_share=True)
    .cte("locked")
)
# Whether every ticket is there and has the seats: asked of the rows as they are once they are locked, all together.
_fits = func.bool_and(_locked.c.sold + _wanted.c.seats <= _locked.c.quantity).over()
_all = func.count().over() == func.cardinality(_ids)
_asked = select(_wanted.c.id, _wanted.c.seats, and_(_fits, _all).label("fits"))
_taken = _asked.join(_locked, _locked.c.id == _wanted.c.id).subquery("taken")
_reserved = (
    update(_tickets)
    .where(_tickets.c.id == _taken.c.id, _taken.c.fits)
    # Asked of the row as the statement's snapshot has it, too: PostgreSQL makes the new row from that one, checks it,
    # and only then, where another seller had to be waited for, makes it again from the newest.
    .where(_tickets.c.sold + _taken.c.seats <= _tickets.c.quantity)
    .values(sold=_tickets.c.sold + _taken.c.seats)
    .returning(_tickets.c.id)
)
_RESERVE = planned_once(_reserved)
# All seats or an error, which nobody has to look for in what the statement gives: see `app.database.Closing`.
_all_taken = cast(func.count() == func.cardinality(_ids), Integer)
_RESERVE_OR_FAIL = planned_once(select(literal_column("1").op("/")(_all_taken)).select_from(_reserved.cte("reserved")))
_LEFT = select(_tickets.c.id, _tickets.c.quantity, _tickets.c.sold).where(_living).order_by(_tickets.c.id)

_LOCK = select(_tickets.c.id).where(_tickets.c.id == any_(_ids)).order_by(_tickets.c.id).with_for_update(key_share=True)
_RELEASE = update(_tickets).where(_tickets.c.id == _wanted.c.id).values(sold=_tickets.c.sold - _wanted.c.seats)


def reserve(wanted: Mapping[int, int], *, pointer: str | None = None) -> None:
    """Takes ``wanted`` seats (ticket id → number) or none at all. One statement, unless they were not there when it
    began.

    Locks the tickets until the transaction ends. Raises `SoldOut`, one error for each ticket that is short (its
    ``meta`` says how many are left), and `Conflict` for a ticket that somebody has just deleted.
    """
    taken = set(session().scalars(_RESERVE, _seats(wanted)))
    # Where something is left, all are locked by now: either the seats are not there, or they have come while we waited,
    # and are there when the statement begins anew.
    left = {ticket_id: number for ticket_id, number in wanted.items() if ticket_id not in taken}
    if left and not session().execute(_RESERVE, _seats(left)).all():
        raise _refusal(left, pointer)


def reserve_at_last(wanted: Mapping[int, int], *, pointer: str | None = None) -> None:
    """`reserve` when all else is done (`app.database.at_last`), in one message with the COMMIT where the seats are
    there: so the tickets are locked as short as possible. What it raises, the transaction raises."""
    closing = Closing(_RESERVE_OR_FAIL, _seats(wanted))
    at_last(lambda: reserve(wanted, pointer=pointer), closing=closing)


def release(freed: Mapping[int, int]) -> None:
    """Gives ``freed`` seats (ticket id → number) back. Takes the same locks as `reserve`."""
    if freed:
        seats = _seats(freed)
        session().execute(_LOCK, {"ids": seats["ids"]})
        session().execute(_RELEASE, {"wanted": seats["wanted"]})


def _seats(numbers: Mapping[int, int]) -> dict[str, Any]:
    rows = recordsets.rows({"id": ticket_id, "seats": number} for ticket_id, number in numbers.items())
    return {"ids": list(numbers), "wanted": rows}


def _refusal(wanted: Mapping[int, int], pointer: str | None) -> DomainError:
    """Why seats cannot be had; the tickets are locked."""
    left = session().execute(_LEFT, {"ids": list(wanted)}).all()
    if len(left) < len(wanted):
        return Conflict("A ticket of this sale has just been deleted. Load the tickets again.", pointer=pointer)
    short: list[DomainError] = [
        SoldOut(
            f"Ticket with id: {ticket_id} already sold out. You can buy at most {quantity - sold} tickets.",
            ticket_id=ticket_id,
            requested=wanted[ticket_id],
            available=quantity - sold,
            pointer=pointer,
        )
        for ticket_id, quantity, sold in left
        if sold + wanted[ticket_id] > quantity
    ]
    return DomainError.many(short)


def holds_a_seat() -> ColumnElement[bool]:
    """An attendee, outer-joined to his order, holds a seat: alive, and the order (if any) not ended."""
    return and_(TicketHolder.deleted_at.is_(None), or_(Order.id.is_(None), Order.status.in_(HOLDING)))


def release_order(order_id: int) -> None:
    """Gives the seats of an order back; its row is locked, and it has held them until now."""
    release(_seats_of([order_id]))


def is_overdue(order: Order, *, held_for: timedelta) -> bool:
    """The order's time has run out, whether or not anybody has ended it yet (the same rule as `_overdue_orders`)."""
    if order.status == INITIALIZING:
        return order.created_at < utcnow() - held_for
    return order.status == PENDING and order.is_sold_online and order.created_at < utcnow() - held_for - PAYING


def overdue_seats(ticket_ids: Collection[int], *, held_for: timedelta) -> Counter[int]:
    """Seats of these tickets whose time has run out: the next sale that needs them gets them."""
    lines = (
        select(OrderLine.ticket_id, OrderLine.quantity)
        .join(OrderLine.order)
        .where(OrderLine.ticket_id.in_(ticket_ids), _order_is_overdue(held_for))
    )
    loose = select(TicketHolder.ticket_id, literal(1)).where(
        TicketHolder.ticket_id.in_(ticket_ids), _attendee_is_overdue(held_for)
    )
    return _counted(lines.union_all(loose))


def expire_overdue(ticket_ids: Collection[int], *, held_for: timedelta) -> int:
    """Ends what has held seats of these tickets for too long without being finished: see `_end`.

    Waits for whoever is working on the same rows: he may be just freeing them, or just finishing them. Gives the number
    of seats freed.
    """
    orders = _overdue_orders(held_for).where(Order.lines.any(OrderLine.ticket_id.in_(ticket_ids)))
    attendees = _overdue_attendees(held_for).where(TicketHolder.ticket_id.in_(ticket_ids))
    return _end(orders.with_for_update(key_share=True), attendees.with_for_update(key_share=True)).seats


def expire_batch(*, held_for: timedelta, most: int = BATCH) -> Expired:
    """The same for whatever tickets, at most so many orders and attendees at once.

    Passes over rows that somebody is working on: the next run finds them again.
    """
    orders, attendees = _overdue_orders(held_for).limit(most), _overdue_attendees(held_for).limit(most)
    return _end(
        orders.with_for_update(key_share=True, skip_locked=True),
        attendees.with_for_update(key_share=True, skip_locked=True),
    )


def _end(orders: Select[int], attendees: Select[int]) -> Expired:
    """Ends the orders (``expired``; their attendees stay) and deletes the attendees, who never got an order."""
    order_ids = session().scalars(orders).all()
    attendee_ids = session().scalars(attendees).all()
    freed = _seats_of(order_ids)
    if order_ids:
        session().execute(update(Order).where(Order.id.in_(order_ids)).values(status=EXPIRED))
    if attendee_ids:
        ended = update(TicketHolder).where(TicketHolder.id.in_(attendee_ids)).values(deleted_at=utcnow())
        freed += Counter(session().scalars(ended.returning(TicketHolder.ticket_id)))
    release(freed)
    return Expired(len(order_ids), len(attendee_ids), freed.total())


def _overdue_orders(held_for: timedelta) -> Select[int]:
    return select(Order.id).where(_order_is_overdue(held_for)).order_by(Order.id)


def _overdue_attendees(held_for: timedelta) -> Select[int]:
    return select(TicketHolder.id).where(_attendee_is_overdue(held_for)).order_by(TicketHolder.id)


def _order_is_overdue(held_for: timedelta) -> ColumnElement[bool]:
    """Being filled in for too long, or being paid for too long; at the door a pending order waits for its money."""
    before = utcnow() - held_for
    paying = and_(Order.status == PENDING, Order.is_sold_online, Order.created_at < before - PAYING)
    return or_(and_(Order.status == INITIALIZING, Order.created_at < before), paying)


def _attendee_is_overdue(held_for: timedelta) -> ColumnElement[bool]:
    return and_(
        TicketHolder.order_id.is_(None),
        TicketHolder.deleted_at.is_(None),
        TicketHolder.created_at < utcnow() - held_for,
    )


def _seats_of(order_ids: Collection[int]) -> Counter[int]:
    if not order_ids:
        return Counter()
    lines = select(OrderLine.ticket_id, OrderLine.quantity).where(OrderLine.order_id.in_(order_ids))
    return _counted(lines)


def _counted(seats: Executable) -> Counter[int]:
    """Ticket id → seats, of a statement that finds pairs of them."""
    counted: Counter[int] = Counter()
    for ticket_id, number in session().execute(seats):
        counted[ticket_id] += number
    return counted
