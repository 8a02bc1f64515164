"""Amendments over HTTP: a movement is undone or corrected under its own address; what was done to it is listed."""

from typing import Any

from flask import request
from sqlalchemy import or_

from app.api.edge.actor import current_actor
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer, Made
from app.api.jsonapi.parents import parent_row
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import Amendment, Event, Movement
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas import AmendmentSchema
from app.schemas.amendments import CorrectionSchema
from app.services import amendments
from app.services.amendments import Amended, Author


class Amendments(DataLayer):
    """Rows of amendments."""

    model = Amendment

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, of a repair, or of a movement: what was done to it, and why it is there."""
        if parent is Movement:
            return or_(Amendment.movement_id == PARENT_ID, Amendment.replacement_id == PARENT_ID)
        return (Amendment.event_id if parent is Event else Amendment.repair_id) == PARENT_ID


class Undoing(Amendments):
    """Taking a movement back."""

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made:
        """Takes a scan back."""
        return _made(amendments.undo(data["movement"], _author(data)))


class Correcting(Amendments):
    """Giving a movement another time."""

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Made:
        """Gives a scan another time."""
        return _made(amendments.correct(data["movement"], _author(data), occurred_at=data["occurred_at"]))


class AmendmentList(ResourceList):
    """What was put right at an event, of a movement, or by a repair."""

    schema = AmendmentSchema
    data_layer = {"class": Amendments}
    permissions = {"GET": P.AMENDMENT_READ}


class AmendmentDetail(ResourceDetail):
    """One amendment."""

    schema = AmendmentSchema
    data_layer = {"class": Amendments}
    permissions = {"GET": P.AMENDMENT_READ}


class AmendmentRelationship(ResourceRelationship):
    """What an amendment is linked to."""

    schema = AmendmentSchema
    data_layer = {"class": Amendments}
    permissions = {"GET": P.AMENDMENT_READ}


class MovementUndo(ResourceList):
    """Undoing a movement."""

    schema = AmendmentSchema
    data_layer = {"class": Undoing}
    permissions = {"POST": P.MOVEMENT_AMEND}

    def event_of(self, data: dict[str, Any]) -> Any:
        """The movement in the address: it is of an event, and who recorded it may amend it."""
        return _movement(data)


class MovementCorrection(ResourceList):
    """Correcting a movement."""

    schema = CorrectionSchema
    data_layer = {"class": Correcting}
    permissions = {"POST": P.MOVEMENT_AMEND}

    def event_of(self, data: dict[str, Any]) -> Any:
        """As for undoing one."""
        return _movement(data)


def _movement(data: dict[str, Any]) -> Movement:
    movement: Movement = parent_row(current_actor(), request.view_args or {})
    data["movement"] = movement
    return movement


def _author(data: dict[str, Any]) -> Author:
    actor = current_actor()
    overrules = permits(actor, P.MOVEMENT_OVERRIDE, data["movement"])
    return Author(actor.user_id, data["reason"], overrules=overrules, door_pass_id=actor.pass_id)


def _made(amended: Amended) -> Made:
    if not amended.conflicts:
        return Made(amended.amendment)
    warnings = sorted({row.reason for row in amended.conflicts if row.reason is not None})
    return Made(amended.amendment, meta={"warnings": warnings, "conflicts": [str(row.id) for row in amended.conflicts]})
