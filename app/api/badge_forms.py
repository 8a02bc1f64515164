"""Badge forms over HTTP, and the kiosk's calls for badges, in plain JSON."""

from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request
from msgspec import Meta

from app.api.calls import TOLD_ID, After, Parameter, Shape, call
from app.api.edge.actor import current_actor
from app.api.edge.files import PDF, attached
from app.api.edge.transactions import in_transaction
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.parents import permitted_parent
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.tasks import Started, makes, started
from app.errors import BadRequest, NotFound
from app.models import BadgeForm, Ticket, TicketHolder
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.refusals import require, require_login
from app.schemas import BadgeFormSchema
from app.schemas.fields import ROW_ID
from app.services import badge_forms

badges = Blueprint("badges", __name__)


class FieldOfTicket(Shape):
    """What can stand on a badge."""

    id: int | str | None
    field_identifier: str | None
    custom_field: str | None


LONGEST_LIST = 1_000
"""Characters; the list goes into the address of the badge."""

WHOSE = Parameter(
    "attendee_id", "The attendee's id.", Annotated[str, Meta(pattern=f"^{ROW_ID.pattern}$")], is_required=True
)
WHAT = Parameter("list_field_show", "Identifiers of fields, separated by commas: what stands on the badge.")


class BadgeForms(DataLayer):
    """Rows of badge forms."""

    model = BadgeForm

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> BadgeForm:
        """Makes the form."""
        return badge_forms.create(data)

    def before_update_object(self, obj: BadgeForm, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Every change is allowed."""

    def before_delete_object(self, obj: BadgeForm, view_kwargs: dict[str, Any]) -> None:
        """Removes the form."""
        badge_forms.delete(obj)


class BadgeFormList(ResourceList):
    """Badge forms of an event."""

    schema = BadgeFormSchema
    data_layer = {"class": BadgeForms}
    permissions = {"GET": P.BADGE_FORM_READ}


class BadgeFormListPost(ResourceList):
    """Creation."""

    schema = BadgeFormSchema
    data_layer = {"class": BadgeForms}
    permissions = {"POST": P.BADGE_FORM_WRITE}


class BadgeFormDetail(ResourceDetail):
    """One badge form."""

    schema = BadgeFormSchema
    data_layer = {"class": BadgeForms}
    permissions = {"GET": P.BADGE_FORM_READ, "PATCH": P.BADGE_FORM_WRITE, "DELETE": P.BADGE_FORM_WRITE}


class BadgeFormRelationship(ResourceRelationship):
    """What a badge form is linked to."""

    schema = BadgeFormSchema
    data_layer = {"class": BadgeForms}
    permissions = {"GET": P.BADGE_FORM_READ}


@badges.get("/v1/tickets/<id:ticket_id>/badge-forms")
@call("listBadgeFieldsOfTicket", gives=list[FieldOfTicket], needs=P.BADGE_FORM_READ)
def fields_of_ticket(**view_kwargs: Any) -> Response:
    """What a kiosk can put on the badges of a ticket: a bare list."""
    ticket: Ticket = permitted_parent(current_actor(), P.BADGE_FORM_READ, view_kwargs)
    found = badge_forms.fields_of(badge_forms.of_ticket(ticket))
    return jsonify([{key: field.get(key) for key in ("id", "field_identifier", "custom_field")} for field in found])


@badges.get("/v1/badge-forms/print-badge-pdf")
@call(
    "printBadge",
    gives=Started,
    needs=P.BADGE_PRINT,
    parameters=(WHOSE, WHAT),
    refuses=(NotFound,),
    after=After(TicketHolder, {WHOSE.name: TOLD_ID}),
)
def print_badge() -> Response:
    """The task of a badge. The guest counts as having one from now on: this is the request of the person who prints
    it, whereas its link may be opened by anything that looks at links, and as often as it likes."""
    actor = current_actor()
    require_login(actor, P.BADGE_PRINT)
    guest_id, shown = _guest_id(), _shown()
    return in_transaction(lambda: _start(actor, guest_id, shown))


@makes("badge")
def badge_file(actor: Actor, attendee_id: int, shown: tuple[str, ...]) -> Response:
    """The badge, to be shown in the kiosk's frame, which prints it from there."""
    guest = _guest(actor, attendee_id)
    return attached(badge_forms.badge(guest, shown), PDF, f"badge-{guest.id}.pdf", disposition="inline")


def _start(actor: Actor, guest_id: int, shown: tuple[str, ...]) -> Response:
    guest = _guest(actor, guest_id)
    badge_forms.mark_printed(guest)
    return started("badge", guest.id, *shown)


def _guest(actor: Actor, attendee_id: int) -> TicketHolder:
    guest = badge_forms.find_guest(attendee_id)
    absent = NotFound.of("Attendee", attendee_id, parameter="attendee_id")
    require(actor, P.BADGE_PRINT, guest, absent=absent)
    return guest


def _guest_id() -> int:
    value = request.args.get("attendee_id", "")
    if not ROW_ID.fullmatch(value):
        raise BadRequest("attendee_id must be the numeric id of an attendee.", parameter="attendee_id")
    return int(value)


def _shown() -> tuple[str, ...]:
    asked = request.args.get("list_field_show", "")
    if len(asked) > LONGEST_LIST:
        raise BadRequest(
            f"list_field_show may be {LONGEST_LIST} characters long. Name fewer fields.", parameter="list_field_show"
        )
    return tuple(name.strip() for name in asked.split(",") if name.strip())
