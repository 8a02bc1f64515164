"""Who is inside, over HTTP: one document without a row of its own, under the id of its event; read, or listened to."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.api.calls import Dashed, Events, One, Shape, call
from app.api.devices import Contact, contact
from app.api.edge import streams
from app.api.edge.actor import asked_again, current_actor, token_expires_at
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import living, permitted_parent
from app.clock import format_instant, utcnow
from app.database import session
from app.live import BOARD, Board
from app.models import Event
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas.base import dasherized
from app.services import occupancy
from app.services.occupancy import Occupancy

occupancy_calls = Blueprint("occupancy", __name__)


class Entries(Dashed):
    """How many went in and out, and how many are inside."""

    entries: int
    exits: int
    inside: int


class RoomLine(Entries, rename="kebab"):
    """A room and its count."""

    id: str
    name: str
    capacity: int | None


class GateLine(Entries, rename="kebab"):
    """A gate and its count; null is where none was named."""

    gate: str | None


class DeviceLine(Contact, rename="kebab"):
    """A device that may know more."""

    device: str


class OccupancyFacts(Entries, rename="kebab"):
    """The venue, its rooms and gates, and what the counts leave out."""

    capacity: int | None
    conflicts: int
    held: int
    backlog: int | None
    as_of: datetime
    rooms: list[RoomLine]
    gates: list[GateLine]
    devices: list[DeviceLine]


class OccupancyReport(Shape):
    """Who is inside an event."""

    type: Literal["occupancy"]
    id: str
    attributes: OccupancyFacts
    links: dict[str, str]


MOST_UNKNOWN = 3
"""When rights could not be looked up so often in a row, a stream ends."""


@occupancy_calls.get("/v1/events/<id:event_id>/occupancy")
@occupancy_calls.get("/v1/events/<identifier:event_identifier>/occupancy")
@call("getOccupancy", gives=One(OccupancyReport), needs=P.OCCUPANCY_READ)
def of_event(**view_kwargs: Any) -> Response:
    """The venue, its rooms and its gates, now."""
    event = permitted_parent(current_actor(), P.OCCUPANCY_READ, view_kwargs)
    documents.require_media_types()
    return rendering.respond(document(event.id, occupancy.of_event(event)))


@occupancy_calls.get("/v1/events/<id:event_id>/occupancy/stream")
@occupancy_calls.get("/v1/events/<identifier:event_identifier>/occupancy/stream")
@call("streamOccupancy", gives=Events(OccupancyReport), needs=P.OCCUPANCY_READ)
def stream(**view_kwargs: Any) -> Response:
    """The same document now, and whenever it has changed. Where nobody tells of changes (the worker ends, or is no
    gunicorn's), it ends after the first, and the client comes back."""
    event = permitted_parent(current_actor(), P.OCCUPANCY_READ, view_kwargs)
    event_id = event.id
    board: Board = current_app.extensions[BOARD]
    if not board.is_open():
        return streams.respond(streams.beginning(document(event_id, occupancy.of_event(event))))
    rights = Rights(board.app, asked_again(), event_id, expires_at=token_expires_at())
    listener = board.join(event_id)
    try:
        first = streams.beginning(document(event_id, listener.read(event)))
    except BaseException:
        listener.close()
        raise
    return streams.respond(
        streams.Stream(
            listener,
            first,
            rendered=lambda found: document(event_id, found),
            goes_on=lambda: board.is_open() and not rights.have_expired(),
            may_go_on=rights.hold,
        )
    )


class Rights:
    """Whether somebody may still listen to an event, after his request has ended."""

    def __init__(self, app: Flask, find: Callable[[], Actor | None], event_id: int, *, expires_at: float | None):
        self._app, self._find, self._event_id = app, find, event_id
        self._expires_at = expires_at
        self._unknown = 0

    def have_expired(self) -> bool:
        """Whether the token's life is over."""
        return self._expires_at is not None and utcnow().timestamp() >= self._expires_at

    def hold(self) -> bool:
        """Whether the account, its log-in and its role, or the door pass, are still there. For a moment without the
        database they are thought to be: nothing is told then either."""
        try:
            with self._app.app_context():
                actor = self._find()
                event = session().scalar(living(Event).where(Event.id == self._event_id))
                self._unknown = 0
                return actor is not None and event is not None and permits(actor, P.OCCUPANCY_READ, event)
        except SQLAlchemyError:
            self._unknown += 1
            return self._unknown < MOST_UNKNOWN


def document(event_id: int, found: Occupancy) -> rendering.Document:
    """The occupancy of an event as its document, the same however it is asked for."""
    attributes = {
        **_line(found.venue),
        **asdict(found.doubts),
        "as-of": format_instant(found.as_of),
        "rooms": [_line(line) for line in found.rooms],
        "gates": [_line(line) for line in found.gates],
        "devices": [{"device": seen.name, **contact(seen, found.as_of)} for seen in found.devices],
    }
    links = {"self": f"/v1/events/{event_id}/occupancy"}
    data = {"type": "occupancy", "id": str(event_id), "attributes": attributes, "links": links}
    return {"data": data, "links": links, "jsonapi": rendering.JSONAPI}


def _line(line: occupancy.Line) -> dict[str, Any]:
    facts = {"entries": line.count.entries, "exits": line.count.exits, "inside": line.count.inside}
    return {dasherized(name): value for name, value in (line.facts | facts).items()}
