"""Buying online: what a cart costs, and the order that its buyer then fills in."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import contains_eager

from app.database import session
from app.errors import DomainError, Invalid, NotFound
from app.models import Event, Ticket
from app.models.orders import INITIALIZING
from app.services import orders
from app.services.orders import MOST_SEATS, TOO_MANY_SEATS, Item, Line, Placed
from app.services.tickets import require_on_sale

log = logging.getLogger(__name__)

TICKETS = "/tickets"
"""Where the rows stand in the body."""

NO_TICKETS = "Tickets missing in Order request. Send an array of them, each with id and quantity."


@dataclass(frozen=True)
class Cart:
    """Tickets of one event, by id, with today's prices."""

    lines: tuple[Line, ...]
    pointers: dict[int, str]
    """Ticket id → its row in the body."""

    @property
    def event(self) -> Event:
        """The tickets' event. Raises `Invalid` while there are no tickets."""
        if not self.lines:
            raise Invalid(NO_TICKETS, pointer=TICKETS)
        return self.lines[0].ticket.event


def fill(items: Sequence[Item], *, seen: ColumnElement[bool], to_order: bool = False) -> Cart:
    """The cart of these rows. ``seen`` is the condition for tickets that the buyer may know of; ``to_order`` keeps
    their event from being deleted until the transaction ends, as `app.services.events.creation_event` does.

    Raises `NotFound` for the others, and `Invalid` (a ticket twice, tickets of several events, a donation without a
    price or out of its bounds).
    """
    by_ticket = {item.ticket_id: item for item in items}
    twice = next((item for item in items if by_ticket[item.ticket_id] is not item), None)
    if twice is not None:
        raise Invalid(f"Ticket {twice.ticket_id} is there twice. Send it once.", pointer=twice.pointer("id"))
    tickets = _tickets(by_ticket, seen, to_order=to_order)
    if len({ticket.event_id for ticket in tickets}) > 1:
        raise Invalid("All tickets must belong to same event. Make an order for each event.", pointer=TICKETS)
    lines = tuple(_line_of(by_ticket[ticket.id], ticket) for ticket in tickets)
    return Cart(lines, {item.ticket_id: f"{item.at}/{item.index}" for item in items})


def place(cart: Cart, *, user_id: int, sells: bool, amount: Decimal | None) -> Placed:
    """The order of a cart with its attendees and seats; it waits for its buyer to fill it in.

    Who ``sells`` may take hidden tickets too. ``amount`` is a total that a team member has set; None is the computed
    one. Raises `Invalid` (nothing in the cart, limits, not on sale) and `SoldOut`.
    """
    _require_sellable(cart, sells=sells)
    computed = orders.amount_of(cart.lines)
    overridden = amount is not None and amount != computed
    facts = {
        "user_id": user_id,
        "status": INITIALIZING,
        "amount": amount if overridden else computed,
        "amount_override_by_id": user_id if overridden else None,
    }
    order = orders.insert_order(cart.event, cart.lines, facts)
    placed = orders.take_seats(order, cart.lines, created_by_id=user_id, walk_in=False, pointer=TICKETS)
    if overridden:
        log.info("order %s: user %s sets the amount to %s; its tickets cost %s", order.id, user_id, amount, computed)
    return placed


def _tickets(by_ticket: dict[int, Item], seen: ColumnElement[bool], *, to_order: bool) -> Sequence[Ticket]:
    statement = (
        select(Ticket)
        .join(Ticket.event)
        .where(Ticket.id.in_(by_ticket), Ticket.deleted_at.is_(None), Event.deleted_at.is_(None), seen)
        .options(contains_eager(Ticket.event))
        .order_by(Ticket.id)
    )
    if to_order:
        statement = statement.with_for_update(of=Event, read=True, key_share=True)
    tickets = session().scalars(statement).all() if by_ticket else []
    found = {ticket.id for ticket in tickets}
    unknown: list[DomainError] = [
        NotFound.of("Ticket", item.ticket_id, pointer=item.pointer("id"))
        for item in by_ticket.values()
        if item.ticket_id not in found
    ]
    if unknown:
        raise DomainError.many(unknown)
    return tickets


def _line_of(item: Item, ticket: Ticket) -> Line:
    if ticket.is_donation and item.price is None:
        raise Invalid(f"Say what you give for ticket '{ticket.name}': send its price.", pointer=item.pointer("price"))
    return orders.line_of(item, ticket)


def _require_sellable(cart: Cart, *, sells: bool) -> None:
    for line in cart.lines:
        row = cart.pointers[line.ticket.id]
        require_on_sale(cart.event, line.ticket, pointer=f"{row}/id", hidden_too=sells)
        orders.require_order_limits(line.ticket, line.quantity, f"{row}/quantity")
    if sum(line.quantity for line in cart.lines) > MOST_SEATS:
        raise Invalid(TOO_MANY_SEATS, pointer=TICKETS)
