"""Where events are, over HTTP: documents without rows of their own."""

from flask import Blueprint, Response, request

from app.api import documents, rendering
from app.services import event_locations

event_location_calls = Blueprint("event_locations", __name__)


@event_location_calls.get("/v1/event-locations")
def most_frequent() -> Response:
    """The places of most published events, the most frequent first."""
    documents.require_media_types()
    data = [
        {"type": "event-location", "id": str(place.id), "attributes": {"name": place.name, "slug": place.slug}}
        for place in event_locations.most_frequent()
    ]
    return rendering.respond({"data": data, "links": {"self": request.path}, "meta": {"count": len(data)}})
