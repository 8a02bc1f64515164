"""What buyers and guests are told of their orders by mail."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.database import session
from app.errors import Conflict, Invalid
from app.models import Event, Order, OrderLine, Ticket, TicketHolder, User
from app.models.columns import ZERO
from app.models.orders import CANCELLED, COMPLETED, PLACED
from app.services import mails

LONGEST_NOTE = 200
"""More of the note of who cancels an order is not told."""


def tell_buyer(order: Order) -> None:
    """What has become of the order, for its buyer; nothing when it has none, and of states in between."""
    mails.queue_all(_to_buyer(order))


def send_receipts(order: Order) -> bool:
    """To each attendee with an address: that he has a ticket. Raises `Conflict` unless his order admits him.

    Gives False when all were told so a moment ago, and nothing is sent.
    """
    if not order.admits:
        raise Conflict("Cannot send receipt for an incomplete order. Complete it first.")
    receipts = _to_attendees(order)
    return not receipts or mails.queue_all(receipts, kind=_receipts(order)) > 0


def send_again(order: Order) -> None:
    """What its buyer and its attendees were told before.

    Raises `Invalid` unless the order is placed or completed, and `Conflict` when all were told a moment ago.
    """
    if not order.admits:
        raise Invalid(
            "Only orders that are placed or completed have mails to send again. Complete it first.",
            pointer="/data/order",
        )
    for_buyer, for_attendees = _to_buyer(order), _to_attendees(order)
    queued = mails.queue_all(for_buyer, kind=f"order {order.id} {order.status} again")
    queued += mails.queue_all(for_attendees, kind=_receipts(order))
    if not queued and (for_buyer or for_attendees):
        raise Conflict("These mails were sent a few minutes ago. Wait a little before you send them again.")


def _receipts(order: Order) -> str:
    return f"receipts {order.id}"


def _to_buyer(order: Order) -> list[dict[str, Any]]:
    texts = {PLACED: _placed, COMPLETED: _completed, CANCELLED: _cancelled}
    email = _address_of_buyer(order)
    if email is None or order.status not in texts:
        return []
    subject, paragraphs = texts[order.status](order)
    subject, text = f"{subject} {_event(order)}", "\n\n".join(paragraphs)
    return [{"recipient": email, "subject": subject, "text": text, "page": _page(order)}]


def _to_attendees(order: Order) -> list[dict[str, Any]]:
    statement = (
        select(TicketHolder, Ticket.name)
        .join(TicketHolder.ticket)
        .where(TicketHolder.order_id == order.id, TicketHolder.deleted_at.is_(None), TicketHolder.email.is_not(None))
        .order_by(TicketHolder.id)
    )
    subject = f"Your ticket for {_event(order)}"
    return [
        {"recipient": guest.email, "subject": subject, "text": _receipt(order, guest, ticket), "page": None}
        for guest, ticket in session().execute(statement)
    ]


def _address_of_buyer(order: Order) -> str | None:
    if order.user_id is None:
        return None
    return session().scalar(select(User.email).where(User.id == order.user_id, User.deleted_at.is_(None)))


def _page(order: Order) -> str:
    return f"/orders/{order.identifier}/view"


def _placed(order: Order) -> tuple[str, list[str]]:
    return "Your order for", [
        f"Thank you for your order {order.identifier} for {_event(order)}.",
        _when_and_where(order.event),
        _list(order),
        _price(order, "To be paid"),
        "Your order:",
    ]


def _completed(order: Order) -> tuple[str, list[str]]:
    return "Your tickets for", [
        f"Your order {order.identifier} for {_event(order)} is complete.",
        _when_and_where(order.event),
        _list(order),
        _price(order, "Paid"),
        "Your order:",
    ]


def _cancelled(order: Order) -> tuple[str, list[str]]:
    note = [mails.name_of(order.cancel_note, longest=LONGEST_NOTE)] if order.cancel_note else []
    return "Your order was cancelled:", [
        f"Your order {order.identifier} for {_event(order)} was cancelled. Its tickets are not valid any more.",
        _list(order),
        *note,
        "Your order:",
    ]


def _receipt(order: Order, guest: TicketHolder, ticket: str) -> str:
    # Our words come first: what the buyer calls his guests is his choice, and so are their addresses.
    return "\n\n".join(
        [
            f"You have a ticket for {_event(order)}: {mails.name_of(ticket)}.",
            _when_and_where(order.event),
            f"Name: {mails.name_of(guest.full_name)}\nOrder: {order.identifier}\nYour code at the door: {guest.code}",
        ]
    )


def _event(order: Order) -> str:
    return mails.name_of(order.event.name)


def _when_and_where(event: Event) -> str:
    begins = event.starts_at.astimezone(ZoneInfo(event.timezone))
    when = f"It begins on {begins:%d %b %Y} at {begins:%H:%M} ({event.timezone})."
    return f"{when}\n{mails.name_of(event.location_name)}" if event.location_name else when


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
        yield f"{quantity} x {mails.name_of(name)}"


def _price(order: Order, told: str) -> str:
    if order.amount == ZERO:
        return "Nothing is to be paid."
    mode = f" ({order.payment_mode})" if order.payment_mode else ""
    return f"{told}: {order.amount:.2f} {order.event.payment_currency}{mode}."
