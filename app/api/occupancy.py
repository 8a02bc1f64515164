"""Who is inside, over HTTP: one document without a row of its own, under the id of its event."""

from typing import Any

from flask import Blueprint, Response, request

from app.api import documents, rendering
from app.api.actor import current_actor
from app.api.devices import contact
from app.api.parents import parent_row
from app.clock import format_instant
from app.permissions.policy import Permission as P
from app.permissions.policy import require, require_login
from app.schemas.base import dasherized
from app.services import devices, occupancy

occupancy_calls = Blueprint("occupancy", __name__)


@occupancy_calls.get("/v1/events/<id:event_id>/occupancy")
@occupancy_calls.get("/v1/events/<identifier:event_identifier>/occupancy")
def of_event(**view_kwargs: Any) -> Response:
    """The venue, its rooms and its gates, now."""
    actor = current_actor()
    require_login(actor, P.OCCUPANCY_READ)
    documents.require_media_types()
    event = parent_row(actor, view_kwargs)
    require(actor, P.OCCUPANCY_READ, event)
    found = occupancy.of_event(event)
    attributes = {
        **_line(found.venue),
        "as-of": format_instant(found.as_of),
        "rooms": [_line(line) for line in found.rooms],
        "gates": [_line(line) for line in found.gates],
    }
    attributes["devices"] = [{"device": seen.name, **contact(seen, found.as_of)} for seen in devices.of_event(event.id)]
    links = {"self": request.path}
    data = {"type": "occupancy", "id": str(event.id), "attributes": attributes, "links": links}
    return rendering.respond({"data": data, "links": links})


def _line(line: occupancy.Line) -> dict[str, Any]:
    facts = {"entries": line.count.entries, "exits": line.count.exits, "inside": line.count.inside}
    return {dasherized(name): value for name, value in (line.facts | facts).items()}
