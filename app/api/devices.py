"""The devices of an event over HTTP: who was heard from when, and whose clock is off."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Response, request

from app.api.calls import Dashed, Many, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import permitted_parent
from app.clock import format_instant, utcnow
from app.models import Event
from app.permissions.policy import Permission as P
from app.services import devices
from app.services.devices import Seen

device_calls = Blueprint("devices", __name__)


class Contact(Dashed):
    """When a device was heard from last."""

    last_contact: datetime
    silent_seconds: int


class DeviceFacts(Contact, rename="kebab"):
    """How a device is, and what it told of itself."""

    name: str
    skew_ms: int | None
    skew_change_ms: int | None
    backlog: int | None
    backlog_seconds: int | None
    held: int


class Device(Shape):
    """A device that has scanned or sent."""

    type: Literal["device"]
    id: str
    attributes: DeviceFacts


@device_calls.get("/v1/events/<id:event_id>/devices")
@device_calls.get("/v1/events/<identifier:event_identifier>/devices")
@call("listDevices", gives=Many(Device), needs=P.DEVICE_READ)
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
