"""Statistics over HTTP: documents without rows of their own, under the id of what they are about."""

from typing import Any

from flask import Blueprint, Response, request

from app.api import documents, rendering
from app.api.actor import current_actor
from app.api.base import parent_row
from app.permissions.policy import Permission as P
from app.permissions.policy import require, require_login
from app.schemas.base import dasherized
from app.services import statistics

counts = Blueprint("statistics", __name__)


@counts.get("/v1/events/<id:event_id>/order-statistics")
@counts.get("/v1/events/<identifier:event_identifier>/order-statistics")
def event_orders(**view_kwargs: Any) -> Response:
    """What was ordered at an event."""
    event = _subject(view_kwargs)
    return _document("order-statistics-event", event.id, statistics.of_orders(event))


@counts.get("/v1/events/<id:event_id>/general-statistics")
@counts.get("/v1/events/<identifier:event_identifier>/general-statistics")
def event_programme(**view_kwargs: Any) -> Response:
    """How far the programme of an event is."""
    event = _subject(view_kwargs)
    return _document("event-statistics-general", event.id, statistics.of_programme(event))


@counts.get("/v1/tickets/<id:ticket_id>/order-statistics")
def ticket_orders(**view_kwargs: Any) -> Response:
    """What was ordered of a ticket."""
    ticket = _subject(view_kwargs)
    return _document("order-statistics-ticket", ticket.id, statistics.of_ticket(ticket))


def _subject(view_kwargs: dict[str, Any]) -> Any:
    """The event or ticket that the address begins with, whose statistics the caller may read."""
    actor = current_actor()
    require_login(actor, P.STATISTICS_READ)
    documents.require_media_types()
    subject = parent_row(actor, view_kwargs)
    require(actor, P.STATISTICS_READ, subject)
    return subject


def _document(type_: str, row_id: int, numbers: dict[str, Any]) -> Response:
    links = {"self": request.path}
    attributes = {dasherized(name): number for name, number in numbers.items()}
    data = {"type": type_, "id": str(row_id), "attributes": attributes, "links": links}
    return rendering.respond({"data": data, "links": links})
