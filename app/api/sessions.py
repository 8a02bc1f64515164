"""Sessions over HTTP."""

from typing import Any

from app.api.edge.actor import current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.models import Session
from app.permissions.policy import Permission as P
from app.schemas import SessionSchema
from app.services import sessions


class Sessions(DataLayer):
    """Rows of sessions."""

    model = Session

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Session:
        """Makes the session."""
        return sessions.create(data, creator_id=current_user_id())

    def before_update_object(self, obj: Session, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        sessions.update(obj, data)

    def before_delete_object(self, obj: Session, view_kwargs: dict[str, Any]) -> None:
        """Hides the session."""
        sessions.delete(obj)


class SessionList(ResourceList):
    """Sessions of an event, a track, a microlocation or a speaker."""

    schema = SessionSchema
    data_layer = {"class": Sessions}
    permissions = {"GET": P.SESSION_READ}


class SessionListPost(ResourceList):
    """Creation."""

    schema = SessionSchema
    data_layer = {"class": Sessions}
    permissions = {"POST": P.SESSION_WRITE}


class SessionDetail(ResourceDetail):
    """One session."""

    schema = SessionSchema
    data_layer = {"class": Sessions}
    permissions = {"GET": P.SESSION_READ, "PATCH": P.SESSION_WRITE, "DELETE": P.SESSION_WRITE}


class RelatedSession(ResourceDetail):
    """The session that a scan, a count of heads, or a feedback is about."""

    schema = SessionSchema
    data_layer = {"class": Sessions}
    permissions = {"GET": P.SESSION_READ}


class SessionRelationship(ResourceRelationship):
    """What a session is linked to."""

    schema = SessionSchema
    data_layer = {"class": Sessions}
    permissions = {"GET": P.SESSION_READ} | changed_with(P.SESSION_WRITE)
    changeable = ("track", "microlocation", "session_type", "speakers")
