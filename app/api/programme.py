"""What the web app asks of a programme in plain JSON: the states that a session may get, and the days of an event."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify

from app.api.calls import EVERYBODY, call
from app.api.edge.actor import current_actor
from app.api.jsonapi.parents import permitted_parent
from app.models import Event
from app.permissions import visible
from app.permissions.policy import Permission as P
from app.services import sessions

programme_calls = Blueprint("programme", __name__)

Transitions = dict[str, dict[str, dict[str, bool]]]
"""By who moves the session, and its state: the states that it may get."""


@programme_calls.get("/v1/sessions/states")
@call("listSessionStates", gives=Transitions, needs=EVERYBODY)
def states() -> Response:
    """From which state to which a session may be moved, by organizers and by speakers."""
    return jsonify(sessions.transitions())


@programme_calls.get("/v1/events/<id:event_id>/sessions/dates")
@programme_calls.get("/v1/events/<identifier:event_identifier>/sessions/dates")
@call("listSessionDates", gives=list[date], needs=P.SESSION_READ)
def dates(**view_kwargs: Any) -> Response:
    """The days on which sessions begin that the caller may see."""
    actor = current_actor()
    event: Event = permitted_parent(actor, P.SESSION_READ, view_kwargs)
    return jsonify(sessions.dates(event, seen=visible.sessions(actor)))
