"""Scans at stations over HTTP."""

from typing import Any, ClassVar

from app.api.calls import Also
from app.api.edge.actor import current_actor
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.stations import CreatedAtStation
from app.errors import AlreadyScanned, DomainError, NotCheckedIn, OrderNotPaid, ScanRefused, WrongEvent
from app.models import Event, Station, UserCheckIn
from app.permissions.policy import Permission as P
from app.schemas import UserCheckInSchema
from app.services import user_check_ins
from app.services.venue_door import Scanner


class UserCheckIns(DataLayer):
    """Rows of scans."""

    model = UserCheckIn

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event, or at the stations of a microlocation."""
        if parent is Event:
            return UserCheckIn.event_id == PARENT_ID
        return UserCheckIn.station.has(Station.microlocation_id == PARENT_ID)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> UserCheckIn | DomainError:
        """Records the scan."""
        return user_check_ins.record(
            data["station"],
            attendee_id=data["ticket_holder_id"],
            session_id=data.get("session_id"),
            scanner=Scanner(current_actor().user_id, may_scan=True),
        )

    def before_delete_object(self, obj: UserCheckIn, view_kwargs: dict[str, Any]) -> None:
        """Takes the scan back."""
        user_check_ins.delete(obj)


class UserCheckInList(ResourceList):
    """Scans of an event or a microlocation."""

    schema = UserCheckInSchema
    data_layer = {"class": UserCheckIns}
    permissions = {"GET": P.USER_CHECK_IN_READ}


class UserCheckInListPost(CreatedAtStation):
    """A scan."""

    schema = UserCheckInSchema
    data_layer = {"class": UserCheckIns}
    permissions = {"POST": P.USER_CHECK_IN_CREATE}
    also: ClassVar = {
        "POST": Also(
            refuses=(ScanRefused, OrderNotPaid, WrongEvent, AlreadyScanned, NotCheckedIn),
            says="Records a scan at a station.",
        )
    }


class UserCheckInDetail(ResourceDetail):
    """One scan."""

    schema = UserCheckInSchema
    data_layer = {"class": UserCheckIns}
    permissions = {"GET": P.USER_CHECK_IN_READ, "DELETE": P.USER_CHECK_IN_DELETE}
    also: ClassVar = {"DELETE": Also(says="Takes a scan at a station back.")}


class UserCheckInRelationship(ResourceRelationship):
    """What a scan is linked to."""

    schema = UserCheckInSchema
    data_layer = {"class": UserCheckIns}
    permissions = {"GET": P.USER_CHECK_IN_READ}
