"""Feedbacks over HTTP."""

from typing import Any

from app.api.edge.actor import current_actor, current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.errors import Invalid, NotFound
from app.models import Event, Feedback
from app.permissions.policy import Permission as P
from app.permissions.refusals import require
from app.schemas import FeedbackSchema
from app.services import feedbacks, sessions


class Feedbacks(DataLayer):
    """Rows of feedbacks."""

    model = Feedback

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Feedback:
        """Makes the caller's feedback."""
        return feedbacks.create(data, user_id=current_user_id())

    def before_delete_object(self, obj: Feedback, view_kwargs: dict[str, Any]) -> None:
        """Removes the feedback."""
        feedbacks.delete(obj)


class FeedbackList(ResourceList):
    """Feedbacks on a session, or on an event with all its sessions."""

    schema = FeedbackSchema
    data_layer = {"class": Feedbacks}
    permissions = {"GET": P.FEEDBACK_READ}


class UserFeedbackList(ResourceList):
    """The feedbacks that a user has given."""

    schema = FeedbackSchema
    data_layer = {"class": Feedbacks}
    permissions = {"GET": P.FEEDBACK_LIST_OWN}


class FeedbackListPost(ResourceList):
    """Giving a feedback."""

    schema = FeedbackSchema
    data_layer = {"class": Feedbacks}
    permissions = {"POST": P.FEEDBACK_CREATE}

    def event_of(self, data: dict[str, Any]) -> Event | None:
        """The session's, or the one that is named. Raises `NotFound` for a session that the caller may not see, and
        `Invalid` when none is named, or a session of another event."""
        if data.get("session_id") is not None:
            found = sessions.find(data["session_id"])
            pointer = "/data/relationships/session/data"
            absent = NotFound.of("Session", found.id, pointer=pointer)
            require(current_actor(), P.SESSION_READ, found, absent=absent)
            if data.get("event_id") not in {None, found.event_id}:
                raise Invalid(
                    "This session is not of this event. Name a session of it, or leave the event out.", pointer=pointer
                )
            data["event_id"] = found.event_id
        if data.get("event_id") is None:
            raise Invalid("Say what it is about: a session, or an event.", pointer="/data/relationships/session/data")
        return super().event_of(data)


class FeedbackDetail(ResourceDetail):
    """One feedback."""

    schema = FeedbackSchema
    data_layer = {"class": Feedbacks}
    permissions = {"GET": P.FEEDBACK_READ, "PATCH": P.FEEDBACK_UPDATE, "DELETE": P.FEEDBACK_DELETE}


class FeedbackRelationship(ResourceRelationship):
    """What a feedback is linked to."""

    schema = FeedbackSchema
    data_layer = {"class": Feedbacks}
    permissions = {"GET": P.FEEDBACK_READ}
