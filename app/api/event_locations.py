"""Where events are, over HTTP: documents without rows of their own."""

from typing import Literal

from flask import Blueprint, Response, request

from app.api.calls import EVERYBODY, Many, Shape, call
from app.api.jsonapi import documents, rendering
from app.errors import Busy
from app.services import event_locations

event_location_calls = Blueprint("event_locations", __name__)


class PlaceFacts(Shape):
    """A place's name, and as a part of addresses."""

    name: str
    slug: str


class EventLocation(Shape):
    """A place of events."""

    type: Literal["event-location"]
    id: str
    attributes: PlaceFacts


@event_location_calls.get("/v1/event-locations")
@call("listEventLocations", gives=Many(EventLocation), needs=EVERYBODY, refuses=(Busy,))
def most_frequent() -> Response:
    """The places of most published events, the most frequent first."""
    documents.require_media_types()
    data = [
        {"type": "event-location", "id": str(place.id), "attributes": {"name": place.name, "slug": place.slug}}
        for place in event_locations.most_frequent()
    ]
    return rendering.respond({"data": data, "links": {"self": request.path}, "meta": {"count": len(data)}})
