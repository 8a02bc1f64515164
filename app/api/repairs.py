"""Repairs over HTTP: looked at first, then done in one step, and undone in one."""

from typing import Any, ClassVar

from flask import request

from app.api.calls import Also
from app.api.edge.actor import current_actor, current_user_id
from app.api.jsonapi.base import ListUnderEvent, ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer, Made
from app.api.jsonapi.parents import parent_row
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import Event, Repair
from app.permissions.policy import Permission as P
from app.schemas import RepairSchema
from app.schemas.base import dasherized
from app.schemas.repairs import RepairUndoSchema
from app.services import repairs
from app.services.amendments import Author
from app.services.repairs import Asked, Part, Plan

SHOWN = 20
"""So many guests are shown in a preview."""


class Repairs(DataLayer):
    """Rows of repairs."""

    model = Repair

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, or the one that an amendment is part of."""
        return Repair.event_id == PARENT_ID if parent is Event else super().belongs_to(parent, relation)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made:
        """Repairs, or says what that would do."""
        asked = Asked(data["device"], data["from"], data["until"], data["direction"])
        author = Author(current_user_id(), data["reason"])
        if data.get("is_preview"):
            planned = repairs.plan(data["event"], asked, author)
            return Made(None, is_new=False, meta=_preview(planned))
        row, planned = repairs.repair(data["event"], asked, author, token=data.get("preview"))
        return Made(row, meta=_warnings(planned))


class Restoring(Repairs):
    """Taking a repair back."""

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made:
        """Undoes a repair."""
        row: Repair = data["repair"]
        undone = repairs.undo(row, Author(current_user_id(), data["reason"]))
        left = [str(movement.id) for movement in undone.left]
        return Made(row, is_new=False, meta={"restored": undone.restored, "left": left})


class RepairList(ListUnderEvent):
    """The repairs of an event, and a new one."""

    schema = RepairSchema
    data_layer = {"class": Repairs}
    permissions = {"GET": P.REPAIR_READ, "POST": P.REPAIR_WRITE}
    also: ClassVar = {"POST": Also(statuses=(200, 201))}


class RepairDetail(ResourceDetail):
    """One repair."""

    schema = RepairSchema
    data_layer = {"class": Repairs}
    permissions = {"GET": P.REPAIR_READ}


class RelatedRepair(ResourceDetail):
    """The repair that an amendment is part of."""

    schema = RepairSchema
    data_layer = {"class": Repairs}
    permissions = {"GET": P.REPAIR_READ}


class RepairRelationship(ResourceRelationship):
    """What a repair is linked to."""

    schema = RepairSchema
    data_layer = {"class": Repairs}
    permissions = {"GET": P.REPAIR_READ}


class RepairUndo(ResourceList):
    """Undoing a repair."""

    schema = RepairUndoSchema
    data_layer = {"class": Restoring}
    permissions = {"POST": P.REPAIR_WRITE}
    also: ClassVar = {"POST": Also(statuses=(200,))}

    def event_of(self, data: dict[str, Any]) -> Any:
        """The repair in the address, which is of an event."""
        data["repair"] = parent_row(current_actor(), request.view_args or {})
        return data["repair"]


def _preview(planned: Plan) -> dict[str, Any]:
    return {
        "preview": planned.token,
        "movement-count": len(planned.movement_ids),
        "attendee-count": len(planned.parts),
        "conflicts": planned.conflicts,
        "station-scans": planned.station_scans,
        "attendees": [_shown(part) for part in planned.parts[:SHOWN]],
        **_warnings(planned),
    }


def _shown(part: Part) -> dict[str, Any]:
    return {
        "attendee": str(part.book.attendee.id),
        "movements": [str(row.id) for row in part.wrong],
        "before": {dasherized(name): value for name, value in part.before.items()},
        "after": {dasherized(name): value for name, value in part.after.items()},
    }


def _warnings(planned: Plan) -> dict[str, Any]:
    found = {"conflicts": planned.conflicts, "station-scans": planned.station_scans}
    warnings = [word for word, number in found.items() if number]
    return {"warnings": warnings} if warnings else {}
