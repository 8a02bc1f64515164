"""Check-in conflicts over HTTP: scans that contradict each other, and what supervisors decide about them."""

from typing import Any, ClassVar

from app.api.calls import Also
from app.api.edge.actor import current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import CheckInConflict, Event
from app.permissions.actors import Actor
from app.permissions.policy import Permission
from app.permissions.policy import Permission as P
from app.schemas import CheckInConflictSchema
from app.services import check_in_conflicts
from app.services.check_in_conflicts import Decision


class CheckInConflicts(DataLayer):
    """Rows of check-in conflicts."""

    model = CheckInConflict

    def find(self, view_kwargs: dict[str, Any], actor: Actor, permission: Permission, *, locked: bool = False) -> Any:
        """The row; what changes it locks the attendee's row first, as scans do."""
        if locked:
            check_in_conflicts.lock_attendee(view_kwargs["id"])
        return super().find(view_kwargs, actor, permission, locked=locked)

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, or of an attendee."""
        column = CheckInConflict.event_id if parent is Event else CheckInConflict.attendee_id
        return column == PARENT_ID

    def before_update_object(self, obj: CheckInConflict, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Decides; a missing movement is recorded, so that the second one counts."""
        decision = Decision(**data)
        data.clear()  # all of it was asked of the service
        check_in_conflicts.resolve(obj, decision, resolved_by_id=current_user_id())


class CheckInConflictList(ResourceList):
    """The contradictions at an event."""

    schema = CheckInConflictSchema
    data_layer = {"class": CheckInConflicts}
    permissions = {"GET": P.CHECK_IN_CONFLICT_READ}


class AttendeeCheckInConflictList(ResourceList):
    """The contradictions of an attendee's scans."""

    schema = CheckInConflictSchema
    data_layer = {"class": CheckInConflicts}
    permissions = {"GET": P.CHECK_IN_CONFLICT_READ}


class CheckInConflictDetail(ResourceDetail):
    """One contradiction."""

    schema = CheckInConflictSchema
    data_layer = {"class": CheckInConflicts}
    permissions = {"GET": P.CHECK_IN_CONFLICT_READ, "PATCH": P.CHECK_IN_CONFLICT_RESOLVE}
    also: ClassVar = {"PATCH": Also(says="Decides about scans that contradict each other.")}


class CheckInConflictRelationship(ResourceRelationship):
    """What a contradiction is linked to."""

    schema = CheckInConflictSchema
    data_layer = {"class": CheckInConflicts}
    permissions = {"GET": P.CHECK_IN_CONFLICT_READ}
