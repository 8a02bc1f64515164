"""What buyers and guests are told of their orders by mail."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.database import session
from app.errors import Conflict, Invalid
from app.models import Event, Order, OrderLine, Ticket, TicketHolder, User
from app.models.columns import ZERO
from app.models.orders import CANCELLED, COMPLETED, PLACED
from app.services import mails


def tell_buyer(order: Order) -> None:
    """What has become of the order, for its buyer; nothing when it has none, and of states in between."""
    texts = {PLACED: _placed, COMPLETED: _completed, CANCELLED: _cancelled}
    email = _address_of_buyer(order)
    if email is None or order.status not in texts:
        return
    subject, paragraphs = texts[order.status](order)
    mails.queue(email, f"{subject} {order.event.name}", "\n\n".join(paragraphs), page=_page(order))


def send_receipts(order: Order) -> None:
    """To each attendee with an address: that he has a ticket. Raises `Conflict` unless his order admits him."""
    if not order.admits:
        raise Conflict("Cannot send receipt for an incomplete order")
    _tell_attendees(order)


def send_again(order: Order) -> None:
    """What its buyer and its attendees were told before. Raises `Invalid` unless the order is placed or completed."""
    if not order.admits:
        raise Invalid("Only orders that are placed or completed have mails to send again.", pointer="/data/order")
    tell_buyer(order)
    _tell_attendees(order)


def _tell_attendees(order: Order) -> None:
    statement = (
        select(TicketHolder, Ticket.name)
        .join(TicketHolder.ticket)
        .where(TicketHolder.order_id == order.id, TicketHolder.deleted_at.is_(None), TicketHolder.email.is_not(None))
        .order_by(TicketHolder.id)
    )
    subject = f"Your ticket for {order.event.name}"
    mails.queue_all(
        [
            {"recipient": guest.email, "subject": subject, "text": _receipt(order, guest, ticket), "page": None}
            for guest, ticket in session().execute(statement)
        ]
    )


def _address_of_buyer(order: Order) -> str | None:
    if order.user_id is None:
        return None
    return session().scalar(select(User.email).where(User.id == order.user_id, User.deleted_at.is_(None)))


def _page(order: Order) -> str:
    return f"/orders/{order.identifier}/view"


def _placed(order: Order) -> tuple[str, list[str]]:
    return "Your order for", [
        f"Thank you for your order {order.identifier} for {order.event.name}.",
        _when_and_where(order.event),
        _list(order),
        _price(order, "To be paid"),
        "Your order:",
    ]


def _completed(order: Order) -> tuple[str, list[str]]:
    return "Your tickets for", [
        f"Your order {order.identifier} for {order.event.name} is complete.",
        _when_and_where(order.event),
        _list(order),
        _price(order, "Paid"),
        "Your order:",
    ]


def _cancelled(order: Order) -> tuple[str, list[str]]:
    note = [order.cancel_note] if order.cancel_note else []
    return "Your order was cancelled:", [
        f"Your order {order.identifier} for {order.event.name} was cancelled. Its tickets are not valid any more.",
        _list(order),
        *note,
        "Your order:",
    ]


def _receipt(order: Order, guest: TicketHolder, ticket: str) -> str:
    return "\n\n".join(
        [
            f"{' '.join(name for name in (guest.firstname, guest.lastname) if name)}, you have a ticket for "
            f"{order.event.name}: {ticket}.",
            _when_and_where(order.event),
            f"Order: {order.identifier}\nYour code at the door: {order.identifier}-{guest.id}",
        ]
    )


def _when_and_where(event: Event) -> str:
    begins = event.starts_at.astimezone(ZoneInfo(event.timezone))
    when = f"It begins on {begins:%d %b %Y} at {begins:%H:%M} ({event.timezone})."
    return f"{when}\n{event.location_name}" if event.location_name else when


def _list(order: Order) -> str:
    return "\n".join(_lines(order))


def _lines(order: Order) -> Iterator[str]:
    statement = (
        select(OrderLine.quantity, Ticket.name)
        .join(OrderLine.ticket)
        .where(OrderLine.order_id == order.id)
        .order_by(Ticket.id)
    )
    for quantity, name in session().execute(statement):
        yield f"{quantity} x {name}"


def _price(order: Order, told: str) -> str:
    if order.amount == ZERO:
        return "Nothing is to be paid."
    mode = f" ({order.payment_mode})" if order.payment_mode else ""
    return f"{told}: {order.amount:.2f} {order.event.payment_currency}{mode}."
