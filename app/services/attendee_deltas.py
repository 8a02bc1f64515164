"""What a device at the door must know of its guests to go on without the server, and what has changed of it."""

from typing import Any

from sqlalchemy import Select, select

from app.database import session
from app.models import Event, Order, Ticket, TicketHolder
from app.services import cursors
from app.services.cursors import Stretch


def since(event: Event, cursor: str, size: int) -> Stretch:
    """The guests of an event that were written after ``cursor`` (empty: all), deleted ones too; ``size`` at most.

    Rows are plain columns, since a device reads tens of thousands. Raises as `app.services.cursors.at`.
    """
    return cursors.read(guests(event.id), TicketHolder, cursors.at(cursor, TicketHolder, f"guests {event.id}"), size)


def ticket_names(event: Event) -> dict[str, str]:
    """What the event's tickets are called, by their id; deleted ones too.

    Told as a whole each time: were they part of each guest, a ticket's new name would lock and write all who have it.
    """
    statement = select(Ticket.id, Ticket.name).where(Ticket.event_id == event.id).order_by(Ticket.id)
    return {str(ticket_id): name for ticket_id, name in session().execute(statement)}


def guests(event_id: int) -> Select[Any]:
    """What is told of an event's guests. Of other tables only what a trigger keeps an eye on: see
    ``ticket_holders.written_in``."""
    columns: tuple[Any, ...] = (
        TicketHolder.id,
        TicketHolder.deleted_at,
        TicketHolder.firstname,
        TicketHolder.lastname,
        TicketHolder.ticket_id,
        TicketHolder.is_checked_in,
        TicketHolder.is_checked_out,
        TicketHolder.checkin_times,
        TicketHolder.checkout_times,
        TicketHolder.secret,
        TicketHolder.secret_rotated_at,
        Order.identifier.label("order_identifier"),
        Order.status.label("order_status"),
    )
    return select(*columns).outerjoin(TicketHolder.order).where(TicketHolder.event_id == event_id)
