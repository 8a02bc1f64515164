"""Data for devices that may be offline, over HTTP: the guests of an event, and what has changed of them."""

from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request

from app.api import documents, querystring, rendering
from app.api.actor import current_actor
from app.api.compression import compressed
from app.api.parents import permitted_parent
from app.models import Event
from app.models.orders import ADMITTING, door_code
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.services import attendee_deltas, cursors

attendee_delta_calls = Blueprint("attendee_deltas", __name__)

TYPE = "attendee-delta"


@attendee_delta_calls.get("/v1/events/<id:event_id>/attendees/delta")
@attendee_delta_calls.get("/v1/events/<identifier:event_identifier>/attendees/delta")
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
