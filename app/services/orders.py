"""Orders: sold at the door with their attendees, or placed for attendees that exist already. What both are made of (and
`app.services.checkout`'s orders too) stands here.

One call creates everything in the request's one transaction: order, lines, attendees, seats. Whatever fails, nothing
of it is there.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, any_, bindparam, insert, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm.attributes import set_committed_value

from app.clock import utcnow
from app.database import session
from app.errors import AmountMismatch, DomainError, Invalid
from app.models import Event, Order, OrderLine, Ticket, TicketHolder
from app.models.columns import ZERO
from app.models.orders import COMPLETED, FREE, INITIALIZING, ONSITE, PENDING, PLACED
from app.plans import Constant, planned_once
from app.services import attendees, inventory, order_mails, recordsets, users

MOST_SEATS = 500
"""Seats in one order."""

TOO_MANY_SEATS = f"An order may hold {MOST_SEATS} seats at most. Make several orders."

TOLERANCE = Decimal("0.01")
"""How far a client's total may be off: the Android app adds 32-bit floats."""

AT_THE_DOOR = (COMPLETED, PLACED, PENDING)
"""States that an on-site order may start in."""

ITEMS = "/data/attributes/on_site_tickets"
HOLDERS = "/data/relationships/attendees/data"

NOTHING_TO_SELL = 'on_site_tickets info missing. Send on-site-tickets: [{"id": "…", "quantity": 1}].'


_ORDERS = recordsets.NewRows(Order)
_order, _lines = _ORDERS.named("order"), recordsets.of_columns("lines", OrderLine, ("ticket_id", "quantity", "price"))
_orders, _order_lines = recordsets.table(Order), recordsets.table(OrderLine)
_made = (
    insert(_orders)
    .from_select(_ORDERS.names, select(*(_order.c[name] for name in _ORDERS.names)))
    .returning(_orders.c.id)
    .cte("made")
)
_INSERT = Constant(
    insert(_order_lines)
    .from_select(
        ["order_id", "ticket_id", "quantity", "price"],
        select(_made.c.id, _lines.c.ticket_id, _lines.c.quantity, _lines.c.price).join(_lines, true()),
    )
    .returning(_order_lines.c.order_id)
)
"""An order with its lines, of which it has one at least."""

_TICKETS = planned_once(
    select(Ticket).where(
        Ticket.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        Ticket.event_id == bindparam("event"),
        Ticket.deleted_at.is_(None),
    )
)


@dataclass(frozen=True)
class Item:
    """So many of a ticket are wanted: row ``index`` of the body's list ``at``; ``price`` is a donation's."""

    index: int
    ticket_id: int
    quantity: int
    price: Decimal | None = None
    at: str = ITEMS

    def pointer(self, member: str) -> str:
        """Where the row's member stands in the body."""
        return f"{self.at}/{self.index}/{member}"


class Placed(NamedTuple):
    """An order that was just made with its guests: their ids, so that nobody reads them who only names them."""

    order: Order
    attendee_ids: Sequence[int]


@dataclass(frozen=True)
class Line:
    """So many seats of a ticket at a price."""

    ticket: Ticket
    quantity: int
    price: Decimal


def place_onsite(
    event: Event, data: dict[str, Any], *, sold_by_id: int | None, sold_by_pass_id: int | None = None
) -> Placed:
    """Sells at the door: the order of ``data["on_site_tickets"]`` (rows of `Item`) with exactly that many attendees.

    An account sells, or a door pass.

    Of rows that name the same ticket the last one counts. Hidden tickets and those out of their sales time are sold
    too. A buyer who is named gets a mail. Raises `Invalid` (nothing left to sell, unknown tickets, limits, donation
    bounds, status) and `AmountMismatch`, and as `take_seats`.
    """
    lines = _lines_at_the_door(event, _last_rows(data.pop("on_site_tickets", None) or []))
    data.pop("attendee_ids", None)  # guests that exist already are not asked: the guests of this order are made here
    status = data.pop("status", None) or COMPLETED
    if status not in AT_THE_DOOR:
        raise Invalid(f"An on-site order starts as one of {', '.join(AT_THE_DOOR)}.", pointer="/data/attributes/status")
    order = _sell(event, lines, data | {"sold_by_pass_id": sold_by_pass_id}, status=status, sold_by_id=sold_by_id)
    order_mails.tell_buyer(order)
    return take_seats(order, lines, created_by_id=sold_by_id, walk_in=True, pointer=ITEMS)


def place(event: Event, data: dict[str, Any], *, user_id: int, may_sell: Callable[[int], bool]) -> Order:
    """Orders for attendees made before (``data["attendee_ids"]``), whose seats are held; it starts initializing.

    Each must be alive, without an order, of this event, and made by the caller or by someone who ``may_sell`` (asked
    with a user's id). The caller is the buyer; a status asks for nothing here. Raises `Invalid`
    and `AmountMismatch`.
    """
    data.pop("status", None)
    holders = _claimable(event, data.pop("attendee_ids", None) or [], user_id, may_sell)
    lines = _lines_of(holders)
    order = _sell(event, lines, data | {"user_id": user_id}, status=INITIALIZING, sold_by_id=None)
    for holder in holders:
        holder.order_id = order.id
    set_committed_value(order, "attendees", holders)
    session().flush()
    return order


def amount_of(lines: Iterable[Line]) -> Decimal:
    """What the lines cost together."""
    return sum((line.price * line.quantity for line in lines), start=ZERO)


def line_of(item: Item, ticket: Ticket) -> Line:
    """The line that a row asks for, at the price of this moment.

    A donation costs what the row says, or the least it may. Raises `Invalid` outside its bounds.
    """
    price = ticket.unit_price
    if ticket.is_donation and item.price is not None:
        price = item.price
        if price < ticket.min_price or (ticket.max_price is not None and price > ticket.max_price):
            upper = "" if ticket.max_price is None else f" and at most {ticket.max_price}"
            bounds = f"at least {ticket.min_price}{upper}"
            raise Invalid(f"The price of ticket '{ticket.name}' must be {bounds}.", pointer=item.pointer("price"))
    return Line(ticket, item.quantity, price)


def require_order_limits(ticket: Ticket, quantity: int, pointer: str) -> None:
    """Raises `Invalid` unless so many of a ticket may be ordered at once."""
    if not ticket.min_order <= quantity <= ticket.max_order:
        raise Invalid(
            f"{quantity} of ticket '{ticket.name}' cannot be ordered at once: at least {ticket.min_order} and at most "
            f"{ticket.max_order}.",
            pointer=pointer,
        )


def insert_order(event: Event, lines: Sequence[Line], facts: dict[str, Any]) -> Order:
    """A new order with its lines; ``facts`` are its columns. Nobody holds its seats yet."""
    order = Order(**facts | {"event_id": event.id})
    rows = [{"ticket_id": line.ticket.id, "quantity": line.quantity, "price": line.price} for line in lines]
    sent = {"order": _ORDERS.sent([order]), "lines": recordsets.rows(rows)}
    _ORDERS.are_stored([order], set(_INSERT.rows(session().connection(), sent)))
    set_committed_value(order, "event", event)
    return order


def take_seats(
    order: Order, lines: Sequence[Line], *, created_by_id: int | None, walk_in: bool, pointer: str
) -> Placed:
    """Exactly as many attendees as the lines say, and their seats: these `at_last`. Raises `SoldOut`, then."""
    seats = [line.ticket.id for line in lines for _ in range(line.quantity)]
    guests = attendees.create_guests(
        event_id=order.event_id, order_id=order.id, ticket_ids=seats, created_by_id=created_by_id, walk_in=walk_in
    )
    # At last: every other seller of the tickets waits there, and the answer tells nothing that the lock protects.
    inventory.reserve_at_last({line.ticket.id: line.quantity for line in lines}, pointer=pointer)
    return Placed(order, guests)


def usual_payment_mode(sent: str | None, amount: Decimal) -> str:
    """How an order is paid when nobody says otherwise: not at all, or at the door."""
    if amount == ZERO:
        return sent or FREE
    return ONSITE if sent in (None, FREE) else sent


def _last_rows(items: Iterable[Item]) -> list[Item]:
    """The rows to sell: the last one of each ticket, without zeros. Raises `Invalid` for none and for too many."""
    by_ticket = {item.ticket_id: item for item in items}
    wanted = [item for item in by_ticket.values() if item.quantity]
    if not wanted:
        raise Invalid(NOTHING_TO_SELL, pointer=ITEMS)
    seats = 0
    for item in sorted(wanted, key=lambda item: item.index):
        seats += item.quantity
        if seats > MOST_SEATS:
            raise Invalid(TOO_MANY_SEATS, pointer=item.pointer("quantity"))
    return wanted


def _lines_at_the_door(event: Event, items: Sequence[Item]) -> list[Line]:
    asked = {"ids": [item.ticket_id for item in items], "event": event.id}
    tickets = {ticket.id: ticket for ticket in session().scalars(_TICKETS, asked)}
    unknown: list[DomainError] = [
        Invalid(
            f"Event {event.id} has no ticket with id {item.ticket_id}. Load its tickets again.",
            pointer=item.pointer("id"),
        )
        for item in items
        if item.ticket_id not in tickets
    ]
    if unknown:
        raise DomainError.many(unknown)
    for item in items:
        require_order_limits(tickets[item.ticket_id], item.quantity, item.pointer("quantity"))
    lines = [line_of(item, tickets[item.ticket_id]) for item in items]
    return sorted(lines, key=lambda line: line.ticket.id)


def _claimable(
    event: Event, attendee_ids: Sequence[int], user_id: int, may_sell: Callable[[int], bool]
) -> list[TicketHolder]:
    if len(attendee_ids) > MOST_SEATS:
        raise Invalid(TOO_MANY_SEATS, pointer=HOLDERS)
    if not attendee_ids:
        raise Invalid(
            "A valid relationship with ticket_holders resource is required. Name one attendee at least.",
            pointer=HOLDERS,
        )
    statement = (
        select(TicketHolder)
        .where(TicketHolder.id.in_(attendee_ids), TicketHolder.event_id == event.id)
        .where(TicketHolder.deleted_at.is_(None), TicketHolder.order_id.is_(None))
        .order_by(TicketHolder.id)
        .with_for_update(key_share=True)
    )
    found = list(session().scalars(statement))
    makers = {holder.created_by_id for holder in found if holder.created_by_id is not None}
    trusted = {maker for maker in makers if maker == user_id or may_sell(maker)}
    missing = set(attendee_ids) - {holder.id for holder in found if holder.created_by_id in trusted}
    if missing:
        listed = ", ".join(str(attendee_id) for attendee_id in sorted(missing))
        raise Invalid(
            f"These attendees cannot be ordered: {listed}. Each must be one of this event, made by you, and without an "
            "order; an unfinished one is given up after a while.",
            pointer=HOLDERS,
        )
    return found


def _lines_of(holders: Sequence[TicketHolder]) -> list[Line]:
    counted = Counter(holder.ticket_id for holder in holders)
    tickets = session().scalars(select(Ticket).where(Ticket.id.in_(counted)).order_by(Ticket.id))
    lines = [Line(ticket, counted[ticket.id], ticket.unit_price) for ticket in tickets]
    for line in lines:
        require_order_limits(line.ticket, line.quantity, HOLDERS)
    return lines


def _sell(event: Event, lines: Sequence[Line], data: dict[str, Any], *, status: str, sold_by_id: int | None) -> Order:
    amount = amount_of(lines)
    _require_same_amount(data.pop("amount", None), amount)
    if data.get("user_id") is not None:
        users.require_living(data["user_id"])
    now = utcnow()
    facts = {
        "payment_mode": usual_payment_mode(data.get("payment_mode"), amount),
        "status": status,
        "amount": amount,
        "sold_by_id": sold_by_id,
        "created_at": now,
        "completed_at": now if status == COMPLETED else None,
    }
    return insert_order(event, lines, data | facts)


def _require_same_amount(sent: Decimal | None, amount: Decimal) -> None:
    if sent is not None and abs(sent - amount) > TOLERANCE:
        raise AmountMismatch(
            f"The amount sent is {sent}, the tickets cost {amount}. Load the tickets again and tell the guest the new "
            "price.",
            pointer="/data/attributes/amount",
            sent=float(sent),
            computed=float(amount),
        )
