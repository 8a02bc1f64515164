"""What a buyer gets on paper, made when somebody asks for it: tickets and the invoice, as PDF."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.database import session
from app.errors import Conflict, Invalid
from app.models import Event, Order, OrderLine, TicketHolder, User
from app.models.columns import ZERO
from app.models.orders import ONSITE, PLACED
from app.services.sheets import CENTRE, LEFT, RIGHT, Sheet

QR_SIDE = 190.0
"""Points: a phone reads it from an arm's length, and from a screen."""

MOST_TICKETS = 200
"""Pages of one file: it is made while its request waits, some ten milliseconds of processor time a page."""

ONE_BY_ONE = "/v1/orders/attendees/<attendee id>.pdf"

COLUMNS = [5.0, 1.0, 2.0, 2.0]
STANDS = [LEFT, RIGHT, RIGHT, RIGHT]


def tickets_of_order(order: Order) -> bytes:
    """A page for each of the order's guests. Raises `Conflict` unless it is placed or completed and has guests, and
    `Invalid` if they are too many."""
    _require_valid(order, "Tickets")
    living = select(TicketHolder).where(TicketHolder.order_id == order.id, TicketHolder.deleted_at.is_(None))
    guests = (
        session()
        .scalars(living.options(joinedload(TicketHolder.ticket)).order_by(TicketHolder.id).limit(MOST_TICKETS + 1))
        .all()
    )
    if not guests:
        raise Conflict("This order has no attendees (any more), and so no tickets. Make a new order.")
    if len(guests) > MOST_TICKETS:
        raise Invalid(f"More than {MOST_TICKETS} tickets are too many for one PDF. Take them one by one: {ONE_BY_ONE}.")
    return _tickets(order, list(guests))


def ticket_of(guest: TicketHolder) -> bytes:
    """The page of one guest. Raises `Conflict` unless his order is placed or completed."""
    if guest.order is None:
        raise Conflict("This attendee has no order yet. Order the attendee first.")
    _require_valid(guest.order, "Tickets")
    return _tickets(guest.order, [guest])


def invoice(order: Order, *, buyer: User | None) -> bytes:
    """What was bought, by whom, of whom, for how much. Raises `Conflict` unless it is placed or completed.

    ``buyer`` is the order's account if the reader may know it: anybody may be named in a sale at the door.
    """
    _require_valid(order, "Invoices")
    event, sheet = order.event, Sheet(f"Invoice {order.number}")
    sheet.line("Invoice", 24)
    sheet.space(8)
    sheet.fact("Number", order.number)
    sheet.fact("Date", _day(order.completed_at or order.created_at, event))
    sheet.fact("Status", _status(order))
    sheet.fact("Seller", event.owner_name or event.name)
    if event.owner_description:
        sheet.paragraph(event.owner_description, 9, most_lines=8)
    sheet.fact("Event", f"{event.name}, {when(event)}")
    sheet.space(8)
    _billed(sheet, order, buyer)
    _lines(sheet, order)
    if order.status == PLACED and (details := _how_to_pay(order)):
        sheet.space(12)
        sheet.paragraph(details, 9)
    return sheet.finish()


def when(event: Event) -> str:
    """The days and hours of an event as its visitors' clocks show them."""
    zone = ZoneInfo(event.timezone)
    starts, ends = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    last = f"{ends:%H:%M}" if starts.date() == ends.date() else f"{ends:%a %d %b %Y, %H:%M}"
    return f"{starts:%a %d %b %Y, %H:%M} – {last} ({event.timezone})"


def where(event: Event) -> str:
    """The place of an event."""
    return event.location_name or event.searchable_location_name or ("Online" if event.online else "")


def price_in_words(price: Decimal, event: Event) -> str:
    """An amount with its currency."""
    return f"{price:,.2f} {event.payment_currency}" if price else "Free"


def _require_valid(order: Order, what: str) -> None:
    if not order.admits:
        raise Conflict(
            f"{what} are there once an order is placed or completed; this one is {order.status}. Complete it first."
        )


def _tickets(order: Order, guests: list[TicketHolder]) -> bytes:
    paid = {line.ticket_id: line.price for line in order.lines}
    sheet = Sheet(f"Tickets {order.event.name}")
    for index, guest in enumerate(guests):
        if index:
            sheet.new_page()
        _ticket(sheet, order, guest, paid.get(guest.ticket_id, guest.ticket.unit_price))
    return sheet.finish()


def _ticket(sheet: Sheet, order: Order, guest: TicketHolder, price: Decimal) -> None:
    event, code = order.event, guest.code or ""
    sheet.paragraph(event.name, 24, most_lines=3)
    sheet.space(6)
    sheet.paragraph(when(event), 12, most_lines=2)
    if place := where(event):
        sheet.paragraph(place, 12, most_lines=3)
    sheet.rule()
    sheet.space(14)
    sheet.fact("Attendee", guest.full_name, 20)
    sheet.fact("Ticket", f"{guest.ticket.name} · {price_in_words(price, event)}", 14)
    sheet.fact("Order", f"{order.number} · {_status(order)}")
    sheet.space(20)
    sheet.qr(code, QR_SIDE, stands=CENTRE)
    sheet.line(code, 8, stands=CENTRE)


def _how_to_pay(order: Order) -> str | None:
    """What the event says of the payment mode that the buyer has chosen."""
    event = order.event
    return {
        "bank": event.bank_details,
        "cheque": event.cheque_details,
        "invoice": event.invoice_details,
        ONSITE: event.onsite_details,
    }.get(order.payment_mode or "")


def _billed(sheet: Sheet, order: Order, buyer: User | None) -> None:
    city = " ".join(filter(None, (order.zipcode, order.city)))
    account = [buyer.full_name, buyer.email] if buyer else []
    facts = [*filter(None, [order.company, *account, order.address, city, order.state, order.country])]
    if order.tax_business_info:
        facts.append(f"Tax ID {order.tax_business_info}")
    sheet.fact("Billed to", facts[0] if facts else "–")
    for fact in facts[1:]:
        sheet.paragraph(fact, most_lines=4)


def _lines(sheet: Sheet, order: Order) -> None:
    lines = session().scalars(
        select(OrderLine).where(OrderLine.order_id == order.id).options(joinedload(OrderLine.ticket))
    )
    currency, sum_of_lines = order.event.payment_currency, ZERO
    sheet.space(12)
    sheet.row(["Ticket", "Quantity", "Price", f"Total ({currency})"], COLUMNS, stands=STANDS)
    sheet.rule()
    for line in sorted(lines, key=lambda line: line.ticket_id):
        total = line.price * line.quantity
        sum_of_lines += total
        sheet.require_space(20)
        sheet.row([line.ticket.name, str(line.quantity), f"{line.price:,.2f}", f"{total:,.2f}"], COLUMNS, stands=STANDS)
    if sum_of_lines != order.amount:
        sheet.row(["Agreed price instead", "", "", f"{order.amount - sum_of_lines:,.2f}"], COLUMNS, stands=STANDS)
    sheet.rule()
    sheet.require_space(20)
    sheet.row(["Total", "", "", f"{order.amount:,.2f} {currency}"], COLUMNS, 11, stands=STANDS)


def _status(order: Order) -> str:
    return order.status.capitalize()


def _day(moment: datetime, event: Event) -> str:
    return f"{moment.astimezone(ZoneInfo(event.timezone)):%d %b %Y}"
