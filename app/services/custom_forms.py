"""Custom forms: which fields there may be, and whether the attendees of an order have answered.

An attendee is asked the fields of the form that his ticket names (``form-id``; without one, the default form). Only a
buyer is asked, when he has filled his order in: nobody at the door.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from app.database import session
from app.errors import Conflict, FormsNotFilledIn, Invalid
from app.models import CustomForm, Order, Ticket, TicketHolder
from app.models.attendees import NAMELESS
from app.models.custom_forms import ATTENDEE, FILE_TYPES, FIXED, KNOWN, MOST_COMPLEX, python_name

FIELD_TAKEN = "This form has this field already. Change that one."


def create_fixed(event_id: int) -> None:
    """The fields that a new event begins with, in the order in which clients show them."""
    session().add_all([_fixed(event_id, identifier) for identifier in FIXED])
    session().flush()


def create(data: dict[str, Any]) -> CustomForm:
    """A new field; one that is known gets its usual name.

    Raises `Invalid` for a field of the organizer's own without a name, or one too many of them, and `Conflict` for one
    that is there already.
    """
    field = CustomForm(**data)
    known = KNOWN[field.form].get(field.attribute)
    field.is_complex = known is None
    field.name = known or _own_name(data.get("name"))
    if _is_fixed(field):
        field.is_fixed = field.is_included = True
    _require_new(field)
    if field.is_complex:
        _require_room(field)
    session().add(field)
    session().flush()
    return field


def update(field: CustomForm, data: dict[str, Any]) -> None:
    """Checks a change. Raises `Conflict` for another name of a fixed field, or leaving it out, and `Invalid` for a
    field of the organizer's own that is to lose its name."""
    if field.is_fixed:
        _require_fixed(field, data)
    if not field.is_complex:
        data.pop("name", None)
    elif "name" in data:
        data["name"] = _own_name(data["name"])


def delete(field: CustomForm) -> None:
    """Removes a field; what was answered stays with the attendees. Raises `Conflict` for a fixed one."""
    if field.is_fixed:
        raise Conflict(
            f"Every event asks for '{field.name}': this field cannot be deleted. It need not be required.",
            pointer="/data",
        )
    session().delete(field)
    session().flush()


def known_answers(ticket: Ticket, answers: dict[str, Any]) -> dict[str, Any]:
    """Those of an attendee's ``answers`` whose fields his form has, each under its field's identifier.

    All of them while the form has no fields of the organizer's own. Raises `Invalid` for an answer that would be a
    file.
    """
    fields = _fields_of(ticket.event_id, CustomForm.is_complex, _in_form(ticket.form_id))
    if not fields:
        return answers
    by_name = {field.attribute: field for field in fields}
    kept = {}
    for key, answer in answers.items():
        field = by_name.get(python_name(key))
        if field is None:
            continue
        if field.type in FILE_TYPES:
            raise Invalid(
                f"Invalid Field Type: {field.type}. Files cannot be answers; leave '{key}' out.",
                pointer="/data/attributes/complex-field-values",
            )
        kept[field.field_identifier] = answer
    return kept


def require_answers(order: Order) -> None:
    """Raises `FormsNotFilledIn` unless every attendee of the order has answered what his form requires: it says who
    has left out what."""
    required = _fields_of(order.event_id, CustomForm.is_required, CustomForm.is_included)
    if not required:
        return
    guests = session().execute(
        select(TicketHolder, Ticket.form_id)
        .join(TicketHolder.ticket)
        .where(TicketHolder.order_id == order.id, TicketHolder.deleted_at.is_(None))
        .order_by(TicketHolder.id)
    )
    missing = {guest.id: _missing(guest, form_id, required) for guest, form_id in guests}
    names = {field.id: field.name for fields in missing.values() for field in fields}
    if names:
        raise FormsNotFilledIn(
            f"Missing required fields {[field.name for field in required if field.id in names]}. "
            "Fill them in, then send the order again.",
            pointer="/data/attributes",
            missing={
                guest_id: [field.field_identifier for field in fields] for guest_id, fields in missing.items() if fields
            },
        )


def _missing(guest: TicketHolder, form_id: str | None, required: Sequence[CustomForm]) -> list[CustomForm]:
    asked = [field for field in required if field.form_id == (form_id or None)]
    return [field for field in asked if _is_empty(_answer(guest, field))]


def _answer(guest: TicketHolder, field: CustomForm) -> Any:
    if field.is_complex:
        return (guest.complex_field_values or {}).get(field.field_identifier)
    answer = getattr(guest, field.attribute)
    # What an attendee is called before anybody has filled him in is no answer; with a last name it is what the buyer
    # left in the web app's form.
    nameless = field.attribute == "firstname" and answer == NAMELESS and _is_empty(guest.lastname)
    return None if nameless else answer


def _is_empty(answer: Any) -> bool:
    return answer is None or (isinstance(answer, str) and not answer.strip())


def _fields_of(event_id: int, *conditions: Any) -> Sequence[CustomForm]:
    """Fields of the event's attendees."""
    of_attendees = select(CustomForm).where(CustomForm.event_id == event_id, CustomForm.form == ATTENDEE)
    return session().scalars(of_attendees.where(*conditions).order_by(CustomForm.position, CustomForm.id)).all()


def _in_form(form_id: str | None) -> Any:
    return CustomForm.form_id == form_id if form_id else CustomForm.form_id.is_(None)


def _fixed(event_id: int, identifier: str) -> CustomForm:
    return CustomForm(
        event_id=event_id,
        form=ATTENDEE,
        field_identifier=identifier,
        type="email" if identifier == "email" else "text",
        name=KNOWN[ATTENDEE][identifier],
        is_required=True,
        is_included=True,
        is_fixed=True,
    )


def _is_fixed(field: CustomForm) -> bool:
    """Also when somebody makes it anew: events of an older release may lack it."""
    return field.form == ATTENDEE and field.form_id is None and field.field_identifier in FIXED


def _require_fixed(field: CustomForm, data: dict[str, Any]) -> None:
    if data.get("name") not in (None, "", field.name):
        raise Conflict(
            f"'{field.name}' is called so at every event. Leave its name as it is.", pointer="/data/attributes/name"
        )
    if not data.get("is_included", True):
        raise Conflict(
            f"Every event asks for '{field.name}'. It need not be required, but it is included.",
            pointer="/data/attributes/is-included",
        )


def _own_name(name: str | None) -> str:
    if not (name or "").strip():
        known = "This field is none of those that are known"
        raise Invalid(f"{known}: say what it is called. Send a name.", pointer="/data/attributes/name")
    assert name is not None
    return name


def _require_new(field: CustomForm) -> None:
    # A race past this check is caught by the unique indexes, with the same answer.
    if session().scalar(_alike(field).where(CustomForm.field_identifier == field.field_identifier)):
        raise Conflict(FIELD_TAKEN, pointer="/data/attributes/field-identifier")


def _require_room(field: CustomForm) -> None:
    own = _alike(field).where(CustomForm.is_complex).with_only_columns(func.count(CustomForm.id))
    if (session().scalar(own) or 0) >= MOST_COMPLEX:
        raise Invalid(f"A form may have {MOST_COMPLEX} fields of your own at most. Delete one first.", pointer="/data")


def _alike(field: CustomForm) -> Any:
    """The fields of the same form."""
    same = (CustomForm.event_id == field.event_id, CustomForm.form == field.form, _in_form(field.form_id))
    return select(CustomForm.id).where(*same)
