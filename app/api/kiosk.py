"""What the kiosk asks in plain JSON, under snake-case names: searching guests, their registration, statistics."""

from datetime import datetime
from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request
from msgspec import Meta, defstruct

from app.api.calls import Parameter, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi.parents import permitted_parent
from app.errors import BadRequest, Invalid, NotFound
from app.models import Event, TicketHolder
from app.permissions.policy import Permission as P
from app.permissions.refusals import require_login
from app.schemas.fields import NO_NUL, ROW_ID
from app.services import attendees, check_in_statistics

kiosk = Blueprint("kiosk", __name__)

HIDDEN = {"created_by_id", "deleted_at", "secret", "secret_rotated_at", "written_in"}
FOUND = tuple(column.key for column in TicketHolder.__mapper__.columns if column.key not in HIDDEN)
"""What is told of an attendee who was found: his columns, as the existing server tells them."""


TOLD = {datetime: str, object: dict[str, Any]}
"""Types of columns that are told as others: times as HTTP headers write them, JSON as what it holds."""


def _type_of(name: str) -> Any:
    column = TicketHolder.__mapper__.columns[name]
    kind: Any = TOLD.get(column.type.python_type, column.type.python_type)
    return kind | None if column.nullable else kind


FoundAttendee = defstruct("FoundAttendee", [(name, _type_of(name)) for name in FOUND])


class FoundAttendees(Shape):
    """The attendees who were found."""

    attendees: list[FoundAttendee]  # type: ignore[valid-type]  # it is made of the table's columns


class RegistrationState(Shape):
    """Whether, and when last, an attendee was registered."""

    is_registered: bool
    register_times: str | None


class SessionCount(Shape):
    """Today's scans at the doors of a session."""

    session_id: str
    session_name: str
    track_name: str
    speakers: list[str]
    check_in: int
    check_out: int
    manual_count: dict[str, Any]


class TrackCount(Shape):
    """Today's scans at the doors of a track's sessions."""

    track_id: str
    track_name: str
    current_speakers: str
    current_session: str
    check_in: int
    check_out: int


class StationStatistics(Shape):
    """How many guests the stations of an event have seen today."""

    total_attendee: int
    total_registered: int
    total_not_checked_in: int
    total_track_checked_in: int
    total_track_checked_out: int
    total_session_checked_in: int
    total_session_checked_out: int
    session_stats: list[SessionCount]
    track_stats: list[TrackCount]


RowId = Annotated[str, Meta(pattern=f"^{ROW_ID.pattern}$")]

NAME = Parameter("name", "Part of a name.")
EMAIL = Parameter("email", "Part of an e-mail address.")
OF_EVENT = Parameter("event_id", "The event's id.", of=RowId, is_required=True)
OF_ATTENDEE = Parameter("attendee_id", "The attendee's id.", of=RowId, is_required=True)
SESSIONS = Parameter("session_ids", "Ids of sessions, separated by commas: each gets a row of its own.")
TRACKS = Parameter("track_ids", "Ids of tracks, in the same way.")


@kiosk.get("/v1/events/<id:event_id>/attendees/search")
@kiosk.get("/v1/events/<identifier:event_identifier>/attendees/search")
@call("searchAttendees", gives=FoundAttendees, needs=P.ATTENDEE_LIST, parameters=(NAME, EMAIL))
def search_attendees(**view_kwargs: Any) -> Response:
    """The event's attendees by ``name`` or ``email``, ids as numbers, dates as in HTTP headers.

    The kiosk writes a second URL into its query string; its parameters are those after the last question mark.
    """
    event = _event(P.ATTENDEE_LIST, view_kwargs)
    asked = {key.rpartition("?")[2]: value for key, value in request.args.items(multi=True)}
    name, email = (_text(asked.get(parameter, ""), parameter) for parameter in ("name", "email"))
    found = attendees.search(event, name=name, email=email)
    return jsonify(attendees=[{column: getattr(guest, column) for column in FOUND} for guest in found])


@kiosk.get("/v1/states")
@call(
    "getRegistrationState",
    gives=RegistrationState,
    needs=P.ATTENDEE_LIST,
    parameters=(OF_EVENT, OF_ATTENDEE),
    refuses=(NotFound, Invalid),
)
def registration_state() -> Response:
    """Whether, and when last, an attendee was registered."""
    require_login(current_actor(), P.ATTENDEE_LIST)
    event_id, attendee_id = (_row_id(parameter) for parameter in ("event_id", "attendee_id"))
    event = _event(P.ATTENDEE_LIST, {"event_id": event_id})
    guest = attendees.find(event, attendee_id, parameter="attendee_id")
    return jsonify(is_registered=guest.is_registered, register_times=guest.register_times)


@kiosk.get("/v1/user-check-in/stats/event/<id:event_id>")
@call("getStationStatistics", gives=StationStatistics, needs=P.USER_CHECK_IN_READ, parameters=(SESSIONS, TRACKS))
def statistics(**view_kwargs: Any) -> Response:
    """Today's counts; ``session_ids`` and ``track_ids`` ask for rows of their own."""
    event = _event(P.USER_CHECK_IN_READ, view_kwargs)
    asked = {parameter: _row_ids(parameter) for parameter in ("session_ids", "track_ids")}
    return jsonify(check_in_statistics.of_event(event, **asked))


def _event(permission: P, view_kwargs: dict[str, Any]) -> Event:
    """The event that the URL names, once the caller may do that there."""
    event: Event = permitted_parent(current_actor(), permission, view_kwargs)
    return event


def _text(value: str, parameter: str) -> str:
    if "\x00" in value:
        raise BadRequest(NO_NUL, parameter=parameter)
    return value


def _row_id(parameter: str) -> int:
    value = request.args.get(parameter)
    if not value:
        raise NotFound(f"{parameter} is missing from your request. Send it in the query string.", parameter=parameter)
    if not ROW_ID.fullmatch(value):
        raise Invalid(f"{value} is not a valid id. Send the number.", parameter=parameter)
    return int(value)


def _row_ids(parameter: str) -> list[int]:
    """Ids in a comma-separated parameter; what is none (the kiosk's «null») is no session that we have."""
    parts = request.args.get(parameter, "").split(",")
    return [int(part) for part in parts if ROW_ID.fullmatch(part.strip())]
