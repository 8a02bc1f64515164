"""Badge forms, and badges: what is on them, and that they were printed."""

import re
from typing import Any

from reportlab.lib.pagesizes import A6, landscape
from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.errors import NotFound
from app.models import BadgeForm, Ticket, TicketHolder
from app.models.badge_forms import LANDSCAPE
from app.services.sheets import CENTRE, LEFT, RIGHT, Sheet

MARGIN = 20.0
QR_SIDE = 100.0
LARGEST, SMALLEST = 60.0, 8.0
"""Points: what a form may ask of its letters."""

SHOWN_FIRST = ("firstname", "lastname")
"""What stands on a badge when nobody says what should."""

SIZES = {"firstname": 34.0, "lastname": 28.0}
SIZE = 18.0

PRINTABLE = (
    "firstname", "lastname", "email", "company", "job_title", "phone", "address", "city", "state", "country", "gender",
    "age_group", "website", "blog", "twitter", "facebook", "github", "instagram", "linkedin", "tax_business_info",
    "work_address", "work_phone", "native_language", "fluent_language",
)  # fmt: skip
"""Columns of an attendee that may stand on his badge; besides them, his answers to the organizer's own questions."""

ALIGNMENTS = {"left": LEFT, "right": RIGHT}
LONGEST_NAME = 80
"""Characters of a name in the QR code, so that a phone can still read it."""


def create(data: dict[str, Any]) -> BadgeForm:
    """A new badge form."""
    form = BadgeForm(**data)
    session().add(form)
    session().flush()
    return form


def delete(form: BadgeForm) -> None:
    """Removes a badge form; tickets that refer to it get the plain badge."""
    session().delete(form)
    session().flush()


def of_ticket(ticket: Ticket) -> BadgeForm | None:
    """The form that the ticket's ``badge-id`` means: the newest, where several are called so."""
    if ticket.badge_id is None:
        return None
    called = select(BadgeForm).where(BadgeForm.event_id == ticket.event_id, BadgeForm.badge_id == ticket.badge_id)
    return session().scalar(called.order_by(BadgeForm.id.desc()).limit(1))


def fields_of(form: BadgeForm | None) -> list[dict[str, Any]]:
    """The fields of a form that nobody has taken off it."""
    return [] if form is None else [field for field in form.badge_fields if field.get("is_deleted") is not True]


def mark_printed(guest: TicketHolder) -> None:
    """Notes that the guest has a badge, and since when."""
    guest.is_badge_printed, guest.badge_printed_at = True, utcnow()
    session().flush()


def find_guest(attendee_id: int) -> TicketHolder:
    """The living attendee of a living event. Raises `NotFound`."""
    guest = session().get(TicketHolder, attendee_id)
    if guest is None or guest.deleted_at is not None or guest.event.deleted_at is not None:
        raise NotFound.of("Attendee", attendee_id, parameter="attendee_id")
    return guest


def badge(guest: TicketHolder, shown: tuple[str, ...]) -> bytes:
    """The badge of a guest on one page: the fields of his ticket's form that are asked for, and the kiosk's QR code.

    A badge is A6, whatever its form calls its size: printers fit it to their paper.
    """
    form = of_ticket(guest.ticket)
    size = landscape(A6) if form and form.badge_orientation == LANDSCAPE else A6
    sheet = Sheet(f"Badge {guest.full_name}", size=size, margin=MARGIN)
    styles = {_name(field): field for field in fields_of(form)}
    for name in dict.fromkeys(shown or SHOWN_FIRST):
        value, style = value_of(guest, name), styles.get(name, {})
        height = _size(style.get("font_size"), SIZES.get(name, SIZE))
        if value and sheet.y - height * 2 > MARGIN + QR_SIDE:  # what is too much for one page is left out
            sheet.line(value, height, stands=ALIGNMENTS.get(str(style.get("text_alignment")).lower(), CENTRE))
    sheet.y = MARGIN + QR_SIDE
    sheet.qr(contact(guest), QR_SIDE, stands=CENTRE)
    return sheet.finish()


def contact(guest: TicketHolder) -> str:
    """The vCard in a badge's QR code; the kiosk looks for the line with the attendee's id."""
    first, last = (_escaped(part) for part in (guest.firstname, guest.lastname))
    name = f"N:{last};{first}", f"FN:{' '.join(filter(None, (first, last)))}"
    return "\n".join(("BEGIN:VCARD", "VERSION:3.0", *name, f"EVENTYAY:{guest.id}", "END:VCARD"))


def value_of(guest: TicketHolder, name: str) -> str:
    """What a field of a badge says about a guest; nothing for fields that there are not."""
    column = re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower().replace("-", "_")
    if column in PRINTABLE:
        return getattr(guest, column) or ""
    answer = (guest.complex_field_values or {}).get(name)
    return "" if answer is None else str(answer)


def _name(field: dict[str, Any]) -> str:
    return str(field.get("field_identifier") or field.get("custom_field"))


def _size(asked: Any, usual: float) -> float:
    digits = re.fullmatch(r"([0-9]{1,3})(?:\.[0-9]+)?(?: ?(?:px|pt))?", str(asked).strip())
    return min(max(float(digits[1]), SMALLEST), LARGEST) if digits else usual


def _escaped(part: str | None) -> str:
    plain = " ".join((part or "").split())[:LONGEST_NAME]
    return re.sub(r"([\\;,])", r"\\\1", plain)
