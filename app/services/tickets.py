"""Tickets: what may be offered for sale."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, select

from app.clock import format_instant, utcnow
from app.database import session
from app.errors import Conflict, Forbidden, Invalid
from app.models import Event, Order, Ticket, TicketHolder
from app.models.tickets import FREE_TYPES, PAID_TYPES, TYPES
from app.services import inventory

RULED = (
    "type", "price", "min_price", "max_price", "quantity", "min_order", "max_order", "sales_starts_at", "sales_ends_at",
)  # fmt: skip

NAME_TAKEN = "Ticket already exists. Choose another name."


def create(event: Event, data: dict[str, Any]) -> Ticket:
    """A new ticket of ``event``. Raises `Invalid` and `Conflict`: see `update`."""
    _require_free_name(event.id, data["name"])
    ruled = {name: data.get(name, _default(name)) for name in RULED}
    _require_valid(event, Ticket(**ruled), sent=data)
    ticket = Ticket(**data)
    session().add(ticket)
    session().flush()
    return ticket


def update(ticket: Ticket, data: dict[str, Any]) -> None:
    """Checks a change.

    Raises `Invalid` for prices, limits and sales times that contradict each other or the event, and
    `Conflict` for a name that is taken and a quantity below what is sold.
    """
    if data.get("name", ticket.name) != ticket.name:
        _require_free_name(ticket.event_id, data["name"])
    if data.get("quantity", ticket.quantity) < ticket.sold:
        raise Conflict(
            f"{ticket.sold} of this ticket are sold; the quantity cannot be less. Send that number or more.",
            pointer="/data/attributes/quantity",
        )
    ruled = {name: data.get(name, getattr(ticket, name)) for name in RULED}
    if any(ruled[name] != getattr(ticket, name) for name in RULED):
        _require_valid(ticket.event, Ticket(**ruled), sent=data)


def delete(ticket: Ticket) -> None:
    """Hides a ticket. Raises `Forbidden` while running orders hold seats of it."""
    held = (
        select(TicketHolder.id)
        .outerjoin(Order, TicketHolder.order_id == Order.id)
        .where(TicketHolder.ticket_id == ticket.id, inventory.holds_a_seat())
    )
    if session().scalar(held.limit(1)):
        raise Forbidden("Can't delete a ticket that has sales. Hide it instead (is-hidden).", pointer="/data")
    ticket.deleted_at = utcnow()
    session().flush()


def availability(event: Event, *, seen: ColumnElement[bool], held_for: timedelta) -> list[tuple[Ticket, int]]:
    """The event's tickets that fulfil ``seen``, each with the seats that a buyer can have now.

    Seats held by orders that nobody has finished in time count as free: a sale takes them.
    """
    living = select(Ticket).where(Ticket.event_id == event.id, Ticket.deleted_at.is_(None), seen).order_by(Ticket.id)
    tickets = session().scalars(living).all()
    overdue = inventory.overdue_seats([ticket.id for ticket in tickets], held_for=held_for)
    return [(ticket, ticket.available + overdue[ticket.id]) for ticket in tickets]


def require_on_sale(event: Event, ticket: Ticket, *, pointer: str, hidden_too: bool = False) -> None:
    """Raises `Invalid` unless the public can buy the ticket now; ``hidden_too`` lets hidden ones pass."""
    if reason := _not_on_sale(event, ticket, hidden_too=hidden_too):
        raise Invalid(f"Ticket '{ticket.name}' is not on sale now: {reason}. Ask the organizers.", pointer=pointer)


def _not_on_sale(event: Event, ticket: Ticket, *, hidden_too: bool) -> str | None:
    now = utcnow()
    if event.state != "published":
        return "the event is not published"
    if now > event.ends_at:
        return "the event is over"
    if now < ticket.sales_starts_at:
        return f"its sale begins at {format_instant(ticket.sales_starts_at)}"
    if now > ticket.sales_ends_at:
        return "its sale has ended"
    return "it is not sold to everybody" if ticket.is_hidden and not hidden_too else None


def _default(name: str) -> Any:
    """Column defaults come with the INSERT; the rules need them before."""
    default = Ticket.__table__.c[name].default
    return None if default is None else default.arg


def _require_valid(event: Event, ticket: Ticket, *, sent: dict[str, Any]) -> None:
    _require_kind(event, ticket)
    if ticket.sales_starts_at >= ticket.sales_ends_at:
        raise _invalid("sales-ends-at", "sales-ends-at should be after sales-starts-at. Send a later one.")
    if "sales_ends_at" in sent and ticket.sales_ends_at > event.ends_at:
        raise _invalid(
            "sales-ends-at",
            "End of ticket sales date cannot be after end of event date. Send an earlier sales-ends-at.",
        )
    if ticket.min_order > ticket.max_order:
        raise _invalid("max-order", "max-order should be greater than or equal to min-order. Change one of them.")
    if ticket.quantity < 1:
        raise _invalid(
            "quantity", "quantity should be greater than 0. Hide a ticket that is not to be sold (is-hidden)."
        )
    for limit in ("min_order", "max_order"):
        if limit in sent and ticket.quantity < getattr(ticket, limit):
            raise _invalid(
                "quantity",
                f"quantity should be greater than or equal to {limit.replace('_', '-')}. Change one of them.",
            )


def _require_kind(event: Event, ticket: Ticket) -> None:
    if ticket.type not in TYPES:
        raise _invalid("type", f"Unknown ticket type. Use one of {', '.join(TYPES)}.")
    if ticket.type not in FREE_TYPES and not _takes_payment(event):
        raise _invalid(
            "type", "Event having paid ticket must have a payment method. Choose one of the event first (can-pay-…)."
        )
    if ticket.type in PAID_TYPES and ticket.price <= Decimal(0):
        raise _invalid("price", "A paid ticket needs a price greater than 0. Send one, or make the ticket free.")
    if ticket.is_donation and ticket.max_price is not None and ticket.min_price > ticket.max_price:
        raise _invalid("min-price", "min-price should be lesser than or equal to max-price. Change one of them.")


def _takes_payment(event: Event) -> bool:
    return any(getattr(event, column.name) for column in Event.__table__.c if column.name.startswith("can_pay_"))


def _require_free_name(event_id: int, name: str) -> None:
    # A race past this check is caught by the unique index, with the same answer.
    taken = select(Ticket.id).where(Ticket.event_id == event_id, Ticket.name == name, Ticket.deleted_at.is_(None))
    if session().scalar(taken):
        raise Conflict(NAME_TAKEN, pointer="/data/attributes/name")


def _invalid(member: str, detail: str) -> Invalid:
    return Invalid(detail, pointer=f"/data/attributes/{member}")
