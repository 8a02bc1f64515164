"""Movements over HTTP: what was scanned at an event or of an attendee, and scans at the event's own doors."""

from typing import Any, ClassVar

from flask import Response, current_app, request

from app.api.calls import ABSENT, Absent, Also, Parameter, Shape
from app.api.edge.actor import current_actor
from app.api.edge.compression import compressed
from app.api.jsonapi import querystring, reading, rendering
from app.api.jsonapi.base import ListUnderEvent, ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer, Made
from app.api.jsonapi.parents import parent_row
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.errors import ClientUuidTaken, CursorExpired, DomainError, ScanRefused
from app.models import Amendment, CheckInConflict, Event, Movement
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.permissions.refusals import require
from app.schemas import MovementSchema
from app.services import cursors, door_passes, movements
from app.services.door_passes import Scan as BoundScan
from app.services.movements import Scan


class Movements(DataLayer):
    """Rows of movements."""

    model = Movement

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, or of an attendee; the one that an amendment is about, the two of a conflict."""
        if parent in {Amendment, CheckInConflict}:
            return super().belongs_to(parent, relation)
        column = Movement.event_id if parent is Event else Movement.attendee_id
        return column == PARENT_ID

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made | DomainError:
        """Records the scan."""
        actor, event = current_actor(), data.pop("event")
        outcome = movements.record(
            event,
            bound(actor, Scan(**{"attendee_id": None} | data)),
            recorded_by_id=actor.user_id,
            door_pass_id=actor.pass_id,
            overrides=permits(actor, P.MOVEMENT_OVERRIDE, event),
            tapped_within=current_app.config["SETTINGS"].second_tap,
        )
        return outcome.refusal or Made(outcome.movement, is_new=not outcome.is_replayed, meta=_meta(outcome))


class CountOrCursor(Shape):
    """How many there are on all pages; with a cursor where to go on, and whether to ask again at once."""

    count: int | Absent = ABSENT
    cursor: str | Absent = ABSENT
    more: bool | Absent = ABSENT


class ScanFacts(Shape):
    """The scan was there already, or somebody should know of something."""

    replayed: bool | Absent = ABSENT
    warnings: list[str] | Absent = ABSENT


CURSOR = Parameter(
    cursors.PARAMETER,
    "Empty, or the `cursor` of the answer before: rows in the order in which they were written, without pages.",
)


class MovementList(ListUnderEvent):
    """What was scanned at an event, and a scan."""

    schema = MovementSchema
    data_layer = {"class": Movements}
    permissions = {"GET": P.MOVEMENT_READ, "POST": P.MOVEMENT_CREATE}
    also: ClassVar = {
        "GET": Also(parameters=(CURSOR,), meta=CountOrCursor, refuses=(CursorExpired,)),
        "POST": Also(
            statuses=(200, 201), meta=ScanFacts, refuses=(ScanRefused, ClientUuidTaken), says="Records a scan."
        ),
    }

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """A page of movements; with a cursor, those that were written since."""
        if cursors.PARAMETER not in request.args:
            page: Response = super().get(actor, view_kwargs)
            return page
        query = querystring.parse(request.args, self.schema)
        size = querystring.stretch_size(request.args, default=query.page_size)
        event = parent_row(actor, view_kwargs)
        require(actor, self.permissions["GET"], event)
        cursor = movements.cursor(event, request.args[cursors.PARAMETER], request.args.get("filter", ""))
        asked = self._data_layer.asked(actor, event, "movements", view_kwargs)
        found = cursors.read(reading.matching(asked, query), self._data_layer.model, cursor, size)
        rows, related = reading.of_entities([row[0] for row in found.rows], self.schema, query, actor)
        return compressed(rendering.respond(rendering.stretch(found, rows, self.schema, query, related)))


class AttendeeMovementList(ResourceList):
    """What was scanned of an attendee."""

    schema = MovementSchema
    data_layer = {"class": Movements}
    permissions = {"GET": P.MOVEMENT_READ}


class MovementDetail(ResourceDetail):
    """One movement."""

    schema = MovementSchema
    data_layer = {"class": Movements}
    permissions = {"GET": P.MOVEMENT_READ}


class RelatedMovement(ResourceDetail):
    """A movement that another row is about: an amendment, or a conflict."""

    schema = MovementSchema
    data_layer = {"class": Movements}
    permissions = {"GET": P.MOVEMENT_READ}


class MovementRelationship(ResourceRelationship):
    """What a movement is linked to."""

    schema = MovementSchema
    data_layer = {"class": Movements}
    permissions = {"GET": P.MOVEMENT_READ}


def bound(actor: Actor, scan: BoundScan) -> BoundScan:
    """A scan as it counts for who has a door pass of one gate, or of one room. Raises `Forbidden`."""
    rights = actor.door_pass
    if rights is None:
        return scan
    return door_passes.bound(scan, gate=rights.gate, microlocation_id=rights.microlocation_id)


def _meta(outcome: movements.Outcome) -> dict[str, Any] | None:
    meta: dict[str, Any] = {}
    if outcome.is_replayed:
        meta["replayed"] = True
    if outcome.warnings:
        meta["warnings"] = list(outcome.warnings)
    return meta or None
