"""Data for devices that may be offline, over HTTP: the guests of an event, and what has changed of them."""

from hashlib import sha256
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from msgspec import Meta, field

from app.api.calls import ABSENT, Absent, Dashed, Many, Parameter, Shape, call
from app.api.edge.actor import current_actor
from app.api.edge.compression import compressed
from app.api.jsonapi import documents, querystring, rendering
from app.api.jsonapi.parents import permitted_parent
from app.errors import CursorExpired
from app.models import Event
from app.models.orders import ADMITTING, door_code
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.services import attendee_deltas, cursors

attendee_delta_calls = Blueprint("attendee_deltas", __name__)

TYPE = "attendee-delta"


class GuestFacts(Dashed):
    """What a door needs of a guest. Of one who is gone there is only `deleted`; a phone with a door pass is told as
    much as it may know."""

    deleted: bool
    firstname: str | Absent | None = ABSENT
    lastname: str | Absent | None = ABSENT
    ticket_id: str | Absent = ABSENT
    order_identifier: str | Absent | None = ABSENT
    code: str | Absent | None = ABSENT
    code_sha256: str | Absent | None = field(name="code-sha256", default=ABSENT)
    is_admitted: bool | Absent = ABSENT
    is_checked_in: bool | Absent | None = ABSENT
    is_checked_out: bool | Absent | None = ABSENT
    last_movement_at: str | Absent | None = ABSENT


class AttendeeDelta(Shape):
    """A guest who was written since."""

    type: Literal["attendee-delta"]
    id: str
    attributes: GuestFacts


class Since(Shape):
    """Where to go on, and whether to ask again at once; all tickets' names by their ids."""

    cursor: str
    more: bool
    tickets: dict[str, str]


CURSOR = Parameter(cursors.PARAMETER, "The `cursor` of the answer before; without it all.")
SIZE = Parameter("page[size]", "So many rows at most.", Annotated[int, Meta(ge=0, le=999_999_999)])


@attendee_delta_calls.get("/v1/events/<id:event_id>/attendees/delta")
@attendee_delta_calls.get("/v1/events/<identifier:event_identifier>/attendees/delta")
@call(
    "getAttendeeDelta",
    gives=Many(AttendeeDelta, Since),
    needs=P.ATTENDEE_DELTA_READ,
    parameters=(CURSOR, SIZE),
    refuses=(CursorExpired,),
)
def of_event(**view_kwargs: Any) -> Response:
    """The guests that were written since the cursor, and the names of all tickets."""
    documents.require_media_types()
    actor = current_actor()
    event = permitted_parent(actor, P.ATTENDEE_DELTA_READ, view_kwargs)
    size = querystring.stretch_size(request.args, default=cursors.MOST)
    found = attendee_deltas.since(event, request.args.get(cursors.PARAMETER, ""), size)
    meta = rendering.stretch_meta(found) | {"tickets": attendee_deltas.ticket_names(event)}
    hidden = _hidden(actor, event)
    data = [_resource(row, hidden) for row in found.rows]
    links = {"self": request.full_path.rstrip("?")}
    return compressed(rendering.respond({"data": data, "links": links, "meta": meta}))


def _hidden(actor: Actor, event: Event) -> set[str]:
    """What a phone with a door pass is not told of all guests at once. With a hash of the code it knows whom a ticket
    lets in, and who finds the phone can print none."""
    if actor.door_pass is None:
        return {"code-sha256"}
    names = set() if permits(actor, P.GUEST_NAME, event) else {"firstname", "lastname"}
    return {"code", "order-identifier"} | names


def _resource(row: Any, hidden: set[str]) -> dict[str, Any]:
    shown = {"deleted": True} if row.deleted_at is not None else _attributes(row)
    attributes = {name: value for name, value in shown.items() if name not in hidden}
    return {"type": TYPE, "id": str(row.id), "attributes": attributes}


def _attributes(row: Any) -> dict[str, Any]:
    identifier = row.order_identifier
    printed = None if identifier is None else door_code(identifier, row.id)
    code = printed if row.secret_rotated_at is None else row.secret
    moved = row.checkin_times if row.is_checked_in else row.checkout_times if row.is_checked_out else None
    return {
        "deleted": False,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "ticket-id": str(row.ticket_id),
        "order-identifier": identifier,
        "code": code,
        "code-sha256": code and sha256(code.encode()).hexdigest(),
        "is-admitted": row.order_status in ADMITTING,
        "is-checked-in": row.is_checked_in,
        "is-checked-out": row.is_checked_out,
        "last-movement-at": None if moved is None else moved.rpartition(",")[2],
    }
