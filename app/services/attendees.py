"""Attendees: made one by one before their order exists, or all at once with it, and their end."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Text, bindparam, case, cast, func, insert, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid, NotFound, OrderNotPaid
from app.models import Event, Tag, Ticket, TicketHolder
from app.models.attendees import NAMELESS
from app.plans import Constant
from app.services import attendance, custom_forms, inventory, recordsets, references
from app.services.attendance_members import MEMBERS
from app.services.tickets import require_on_sale
from app.services.venue_door import Scanner

WALK_IN = "Walk-in"
"""First name of a guest whose ticket was sold at the door; his own number is the last name."""

THE_DOORS = ("tag_id", "is_badge_printed", "badge_printed_at")
"""Attributes that only who keeps the door writes. From anybody else they are ignored: clients send whole attendees."""


_holders = recordsets.table(TicketHolder)
_number = func.nextval(func.pg_get_serial_sequence("ticket_holders", "id")).label("id")
_ticket_ids = bindparam("ticket_ids", type_=ARRAY(BigInteger))
# A volatile function in a subquery is evaluated once a row, so id and last name are the same number.
_seats = select(_number, func.unnest(_ticket_ids, type_=BigInteger()).label("ticket_id")).subquery()
_facts = {
    "id": _seats.c.id,
    "ticket_id": _seats.c.ticket_id,
    "lastname": case((bindparam("is_numbered", type_=Boolean), cast(_seats.c.id, Text))),
    "firstname": bindparam("firstname", type_=Text),
    "event_id": bindparam("event", type_=BigInteger),
    "order_id": bindparam("order", type_=BigInteger),
    "created_by_id": bindparam("created_by", type_=BigInteger),
    "created_at": bindparam("created_at", type_=DateTime(timezone=True)),
}
_made = insert(_holders).from_select(list(_facts), select(*_facts.values()), include_defaults=False)
_CREATE_GUESTS = Constant(_made.returning(_holders.c.id))


def create(event: Event, data: dict[str, Any], *, created_by_id: int, sells: bool) -> TicketHolder:
    """An attendee without an order, who holds one seat for a while.

    Raises `Invalid` when the ticket is not of this event or not on sale (who ``sells`` may take hidden ones and those
    out of their sales time), or the tag of another event, and `SoldOut`.
    """
    ticket = session().get(Ticket, data["ticket_id"])
    if (
        ticket is None
        or ticket.event_id != event.id
        or ticket.deleted_at is not None
        or (ticket.is_hidden and not sells)
    ):
        raise Invalid(
            f"Event {event.id} has no ticket with id {data['ticket_id']}. Load its tickets again.",
            pointer="/data/relationships/ticket/data",
        )
    if not sells:
        require_on_sale(event, ticket, pointer="/data/relationships/ticket/data")
        _leave_the_doors(data)
    references.require_of_event(event.id, Tag, data.get("tag_id"), "tag")
    facts = {name: value for name, value in data.items() if name not in MEMBERS}  # nobody is born inside
    if facts.get("complex_field_values"):
        facts["complex_field_values"] = custom_forms.known_answers(ticket, facts["complex_field_values"])
    attendee = TicketHolder(**{"firstname": NAMELESS, **facts}, created_by_id=created_by_id)
    session().add(attendee)
    session().flush()
    inventory.reserve({ticket.id: 1}, pointer="/data/relationships/ticket/data")
    return attendee


def update(attendee: TicketHolder, data: dict[str, Any], scanner: Scanner) -> dict[str, Any] | OrderNotPaid | None:
    """Does what a PATCH asks, but for the personal fields, which it leaves in ``data``; of answers to the event's own
    fields those that are asked for.

    Gives and raises as `app.services.attendance.patch` and `app.services.custom_forms.known_answers`, and raises
    `Invalid` for a tag of another event.
    """
    if not scanner.may_scan:
        _leave_the_doors(data)
    if data.get("tag_id", attendee.tag_id) != attendee.tag_id:
        references.require_of_event(attendee.event_id, Tag, data.get("tag_id"), "tag")
    answers = data.get("complex_field_values")
    if answers and answers != attendee.complex_field_values:
        data["complex_field_values"] = custom_forms.known_answers(attendee.ticket, answers)
    return attendance.patch(attendee, data, scanner)


def create_guests(
    *, event_id: int, order_id: int, ticket_ids: Sequence[int], created_by_id: int | None, walk_in: bool
) -> list[int]:
    """A guest of the order for each of ``ticket_ids`` (a ticket may occur often), in one statement; gives their ids.

    At the door nobody asks for names: a ``walk_in`` is called by his number. No e-mail is invented: whoever registered
    the invented address would see the guests.
    """
    facts = {
        "ticket_ids": list(ticket_ids),
        "event": event_id,
        "order": order_id,
        "created_by": created_by_id,
        "created_at": utcnow(),
        "firstname": WALK_IN if walk_in else NAMELESS,
        "is_numbered": walk_in,
    }
    return sorted(row_id for (row_id,) in _CREATE_GUESTS.rows(session().connection(), facts))


def find(event: Event, attendee_id: int, *, parameter: str) -> TicketHolder:
    """The event's living attendee. Raises `NotFound`, and `Invalid` for one of another event, both about ``parameter``
    of the query."""
    attendee = session().get(TicketHolder, attendee_id)
    if attendee is None or attendee.deleted_at is not None:
        raise NotFound.of("Attendee", attendee_id, parameter=parameter)
    if attendee.event_id != event.id:
        raise Invalid("Attendee not belong to this event. Check both ids.", parameter=parameter)
    return attendee


def search(event: Event, *, name: str = "", email: str = "") -> Sequence[TicketHolder]:
    """The event's attendees whose first or last name contains ``name`` and whose e-mail contains ``email``, in any
    case; the newest first."""
    statement = select(TicketHolder).where(TicketHolder.event_id == event.id, TicketHolder.deleted_at.is_(None))
    if name:
        names = (TicketHolder.firstname, TicketHolder.lastname)
        statement = statement.where(or_(*(column.icontains(name, autoescape=True) for column in names)))
    if email:
        statement = statement.where(TicketHolder.email.icontains(email, autoescape=True))
    return session().scalars(statement.order_by(TicketHolder.id.desc())).all()


def delete(attendee: TicketHolder) -> None:
    """Gives the seat of an attendee without an order back. Raises `Conflict` when he belongs to an order."""
    if attendee.order_id is not None:
        raise Conflict("This attendee belongs to an order. Cancel the order to free the seat.", pointer="/data")
    attendee.deleted_at = utcnow()
    inventory.release({attendee.ticket_id: 1})
    session().flush()


def _leave_the_doors(data: dict[str, Any]) -> None:
    for name in THE_DOORS:
        data.pop(name, None)
