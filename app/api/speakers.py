"""Speakers over HTTP."""

from typing import Any

from app.api.edge.actor import current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.models import Speaker
from app.permissions.policy import Permission as P
from app.schemas import SpeakerSchema
from app.services import speakers


class Speakers(DataLayer):
    """Rows of speakers."""

    model = Speaker

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Speaker:
        """Makes the speaker."""
        return speakers.create(data, user_id=current_user_id())

    def before_update_object(self, obj: Speaker, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Changes the sessions."""
        speakers.update(obj, data)

    def before_delete_object(self, obj: Speaker, view_kwargs: dict[str, Any]) -> None:
        """Hides the speaker."""
        speakers.delete(obj)


class SpeakerList(ResourceList):
    """Speakers of an event or a session."""

    schema = SpeakerSchema
    data_layer = {"class": Speakers}
    permissions = {"GET": P.SPEAKER_READ}


class SpeakerListPost(ResourceList):
    """Creation."""

    schema = SpeakerSchema
    data_layer = {"class": Speakers}
    permissions = {"POST": P.SPEAKER_WRITE}


class SpeakerDetail(ResourceDetail):
    """One speaker."""

    schema = SpeakerSchema
    data_layer = {"class": Speakers}
    permissions = {"GET": P.SPEAKER_READ, "PATCH": P.SPEAKER_WRITE, "DELETE": P.SPEAKER_WRITE}


class SpeakerRelationship(ResourceRelationship):
    """What a speaker is linked to."""

    schema = SpeakerSchema
    data_layer = {"class": Speakers}
    permissions = {"GET": P.SPEAKER_READ} | changed_with(P.SPEAKER_WRITE)
    changeable = ("sessions",)
