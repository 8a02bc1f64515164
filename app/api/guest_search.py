"""Finding guests at the door, over HTTP: plain documents of a type of their own, which show no more than they must."""

from typing import Any, Literal

from flask import Blueprint, Response, request

from app.api.calls import ABSENT, Absent, Dashed, Filled, Many, Parameter, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import permitted_parent
from app.errors import BadRequest, Invalid
from app.models import Event
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas.fields import NO_NUL
from app.services import guest_search

guest_search_calls = Blueprint("guest_search", __name__)


class FoundGuest(Dashed):
    """What who searches may know: names as far as his abilities go, addresses and orders only with an account."""

    name: str
    ticket_name: str
    is_admitted: bool
    is_checked_in: bool
    is_checked_out: bool
    firstname: str | Absent | None = ABSENT
    lastname: str | Absent | None = ABSENT
    company: str | Absent | None = ABSENT
    email: str | Absent | None = ABSENT
    order_identifier: str | Absent | None = ABSENT


class Guest(Shape):
    """A guest who was found."""

    type: Literal["guest"]
    id: str
    attributes: FoundGuest


SEARCH = Parameter("search", "What is known of the guest.", of=Filled, is_required=True)


@guest_search_calls.get("/v1/events/<id:event_id>/guests")
@guest_search_calls.get("/v1/events/<identifier:event_identifier>/guests")
@call("searchGuests", gives=Many(Guest), needs=P.GUEST_SEARCH, parameters=(SEARCH,), refuses=(Invalid,))
def of_event(**view_kwargs: Any) -> Response:
    """The guests whom ``search`` finds, 20 at most."""
    actor = current_actor()
    event: Event = permitted_parent(actor, P.GUEST_SEARCH, view_kwargs)
    documents.require_media_types()
    may_name, may_read = permits(actor, P.GUEST_NAME, event), permits(actor, P.ATTENDEE_LIST, event)
    text = request.args.get("search", "")
    if "\x00" in text:
        raise BadRequest(NO_NUL, parameter="search")
    found = guest_search.find(event, text, may_name=may_name, may_read=may_read)
    data = [_resource(row.TicketHolder, row.ticket_name, may_name=may_name, may_read=may_read) for row in found]
    links = {"self": request.full_path.rstrip("?")}
    return rendering.respond({"data": data, "links": links, "meta": {"count": len(data)}})


def _resource(guest: Any, ticket_name: str, *, may_name: bool, may_read: bool) -> dict[str, Any]:
    attributes = {
        "name": guest.full_name if may_name else guest.short_name,
        "ticket-name": ticket_name,
        "is-admitted": guest.is_admitted,
        "is-checked-in": guest.is_checked_in,
        "is-checked-out": guest.is_checked_out,
    }
    if may_name:
        attributes |= {"firstname": guest.firstname, "lastname": guest.lastname, "company": guest.company}
    if may_read:
        attributes |= {"email": guest.email, "order-identifier": guest.order and guest.order.identifier}
    return {"type": "guest", "id": str(guest.id), "attributes": attributes}
