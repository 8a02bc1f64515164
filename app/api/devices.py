"""The devices of an event over HTTP: who was heard from when, and whose clock is off."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from app.api import documents, rendering
from app.api.actor import current_actor
from app.api.parents import permitted_parent
from app.clock import format_instant, utcnow
from app.models import Event
from app.permissions.policy import Permission as P
from app.services import devices
from app.services.devices import Seen

device_calls = Blueprint("devices", __name__)


@device_calls.get("/v1/events/<id:event_id>/devices")
@device_calls.get("/v1/events/<identifier:event_identifier>/devices")
def of_event(**view_kwargs: Any) -> Response:
    """All devices that have scanned or sent, by name."""
    event: Event = permitted_parent(current_actor(), P.DEVICE_READ, view_kwargs)
    documents.require_media_types()
    now, found = utcnow(), devices.of_event(event.id)
    data = [{"type": "device", "id": f"{event.id}:{seen.name}", "attributes": _attributes(seen, now)} for seen in found]
    return rendering.respond({"data": data, "meta": {"count": len(data)}, "links": {"self": request.path}})


def contact(seen: Seen, now: datetime) -> dict[str, Any]:
    """When a device was heard from last, and for how long it has been silent."""
    return {"last-contact": format_instant(seen.last_contact_at), "silent-seconds": seen.silent_seconds(now)}


def _attributes(seen: Seen, now: datetime) -> dict[str, Any]:
    told = seen.told
    return {
        "name": seen.name,
        **contact(seen, now),
        "skew-ms": told and told.skew_ms,
        "skew-change-ms": told and told.skew_change_ms,
        "backlog": told and told.backlog,
        "backlog-seconds": told and told.backlog_seconds,
        "held": seen.held,
    }
