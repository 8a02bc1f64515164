"""Time on site over HTTP: a list without rows of its own, of an event's attendees who were ever inside, and as CSV."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from msgspec import Meta

from app.api.calls import Dashed, File, Many, Parameter, Shape, call
from app.api.edge.actor import current_actor
from app.api.edge.files import CSV, attached
from app.api.edge.old_reads import maybe_old
from app.api.exports import file_name
from app.api.jsonapi import documents, querystring, reading, rendering, whole_lists
from app.api.jsonapi.parents import permitted_parent
from app.api.jsonapi.reading import Asked
from app.clock import utcnow
from app.errors import BadRequest
from app.models import Event
from app.permissions.policy import Permission as P
from app.schemas import AttendeeSchema
from app.schemas.fields import ROW_ID
from app.services import time_on_site
from app.services.time_on_site import Guest, minutes

time_on_site_calls = Blueprint("time_on_site", __name__)


class Stay(Dashed):
    """How long a guest was inside, in minutes: what is told, and between what it surely lies."""

    firstname: str
    lastname: str | None
    visits: int
    minutes: float
    minutes_lower: float
    minutes_upper: float
    inferred_minutes: float
    still_inside: bool


class TimeOnSite(Shape):
    """A guest who was ever inside."""

    type: Literal["time-on-site"]
    id: str
    attributes: Stay
    relationships: dict[str, Any]


WHOLE = Annotated[int, Meta(ge=0, le=999_999_999)]
AFTER = Annotated[str, Meta(pattern=f"^{ROW_ID.pattern}$")]
PAGES = (
    Parameter("page[size]", "So many rows; 0 is everything.", WHOLE),
    Parameter("page[number]", "Which page.", Annotated[int, Meta(ge=1, le=999_999_999)]),
    Parameter("page[after]", "From `links.next`, as it stands there.", AFTER),
    "AttendeeSort",
    "Filter",
)


@time_on_site_calls.get("/v1/events/<id:event_id>/time-on-site")
@time_on_site_calls.get("/v1/events/<identifier:event_identifier>/time-on-site")
@call("listTimeOnSite", gives=Many(TimeOnSite), needs=P.TIME_ON_SITE_READ, parameters=PAGES)
def of_guests(**view_kwargs: Any) -> Response:
    """A page of guests: filtered, sorted and paged as attendees are."""
    documents.require_media_types()
    event = _event(view_kwargs)
    query = querystring.parse(request.args, AttendeeSchema)
    if query.include:
        raise BadRequest("Nothing can be included here. Ask for the attendees themselves.", parameter="include")
    now = utcnow()  # of all chunks
    asked = Asked(time_on_site.WHO_WAS_THERE, time_on_site.of_event(event), AttendeeSchema, current_actor())

    def some(ids: Sequence[int]) -> list[dict[str, Any]]:
        return [_resource(guest) for guest in time_on_site.of_guests(event, ids, now=now)]

    if whole_lists.is_long(query):
        return whole_lists.in_chunks(asked, query, lambda ids: {"data": some(ids)})
    page = reading.in_order(asked, query)
    links, meta = rendering.page_links(page, query), {"count": page.count}
    return rendering.respond({"data": some(page.ids), "links": links, "meta": meta})


@time_on_site_calls.get("/v1/events/<id:event_id>/time-on-site.csv")
@time_on_site_calls.get("/v1/events/<identifier:event_identifier>/time-on-site.csv")
@call("exportTimeOnSiteCsv", gives=File(CSV), needs=P.TIME_ON_SITE_READ)
def as_csv(**view_kwargs: Any) -> Response:
    """The time on site of all of them for spreadsheets, sent while it is read."""

    def file() -> Response:
        event = _event(view_kwargs)
        return attached(time_on_site.as_csv(event), CSV, file_name(event, "time-on-site", "csv"))

    return maybe_old(file)


def _event(view_kwargs: dict[str, Any]) -> Event:
    event: Event = permitted_parent(current_actor(), P.TIME_ON_SITE_READ, view_kwargs)
    return event


def _resource(guest: Guest) -> dict[str, Any]:
    stay, attendee = guest.stay, f"/v1/attendees/{guest.id}"
    return {
        "type": "time-on-site",
        "id": str(guest.id),
        "attributes": {
            "firstname": guest.firstname,
            "lastname": guest.lastname,
            "visits": stay.visits,
            "minutes": minutes(stay.told),
            "minutes-lower": minutes(stay.lower),
            "minutes-upper": minutes(stay.upper),
            "inferred-minutes": minutes(stay.inferred),
            "still-inside": stay.is_inside,
        },
        "relationships": {
            "attendee": {"data": {"type": "attendee", "id": str(guest.id)}, "links": {"related": attendee}}
        },
    }
