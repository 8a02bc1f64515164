"""Data for devices that may be offline, over HTTP: the guests of an event, and what has changed of them."""

from typing import Any

from flask import Blueprint, Response, request

from app.api import documents, querystring, rendering
from app.api.actor import current_actor
from app.api.compression import compressed
from app.api.parents import permitted_parent
from app.models.orders import ADMITTING, door_code
from app.permissions.policy import Permission as P
from app.services import attendee_deltas, cursors

attendee_delta_calls = Blueprint("attendee_deltas", __name__)

TYPE = "attendee-delta"


@attendee_delta_calls.get("/v1/events/<id:event_id>/attendees/delta")
@attendee_delta_calls.get("/v1/events/<identifier:event_identifier>/attendees/delta")
def of_event(**view_kwargs: Any) -> Response:
    """The guests that were written since the cursor, and the names of all tickets."""
    documents.require_media_types()
    event = permitted_parent(current_actor(), P.ATTENDEE_DELTA_READ, view_kwargs)
    size = querystring.stretch_size(request.args, default=cursors.MOST)
    found = attendee_deltas.since(event, request.args.get(cursors.PARAMETER, ""), size)
    meta = rendering.stretch_meta(found) | {"tickets": attendee_deltas.ticket_names(event)}
    data = [_resource(row) for row in found.rows]
    links = {"self": request.full_path.rstrip("?")}
    return compressed(rendering.respond({"data": data, "links": links, "meta": meta}))


def _resource(row: Any) -> dict[str, Any]:
    attributes = {"deleted": True} if row.deleted_at is not None else _attributes(row)
    return {"type": TYPE, "id": str(row.id), "attributes": attributes}


def _attributes(row: Any) -> dict[str, Any]:
    identifier = row.order_identifier
    moved = row.checkin_times if row.is_checked_in else row.checkout_times if row.is_checked_out else None
    return {
        "deleted": False,
        "firstname": row.firstname,
        "lastname": row.lastname,
        "ticket-id": str(row.ticket_id),
        "order-identifier": identifier,
        "code": None if identifier is None else door_code(identifier, row.id),
        "is-admitted": row.order_status in ADMITTING,
        "is-checked-in": row.is_checked_in,
        "is-checked-out": row.is_checked_out,
        "last-movement-at": None if moved is None else moved.rpartition(",")[2],
    }
