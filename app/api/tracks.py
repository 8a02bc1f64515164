"""Tracks over HTTP."""

from typing import Any

from app.api.base import DataLayer, ResourceDetail, ResourceList, ResourceRelationship
from app.models import Track
from app.permissions.policy import Permission as P
from app.schemas import TrackSchema
from app.services import tracks


class Tracks(DataLayer):
    """Rows of tracks."""

    model = Track

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Track:
        """Makes the track."""
        return tracks.create(data)

    def before_delete_object(self, obj: Track, view_kwargs: dict[str, Any]) -> None:
        """Hides the track."""
        tracks.delete(obj)


class TrackList(ResourceList):
    """An event's tracks."""

    schema = TrackSchema
    data_layer = {"class": Tracks}
    permissions = {"GET": P.TRACK_READ}


class TrackListPost(ResourceList):
    """Creation."""

    schema = TrackSchema
    data_layer = {"class": Tracks}
    permissions = {"POST": P.TRACK_WRITE}


class TrackDetail(ResourceDetail):
    """One track."""

    schema = TrackSchema
    data_layer = {"class": Tracks}
    permissions = {"GET": P.TRACK_READ, "PATCH": P.TRACK_WRITE, "DELETE": P.TRACK_WRITE}


class RelatedTrack(ResourceDetail):
    """The track of a session."""

    schema = TrackSchema
    data_layer = {"class": Tracks}
    permissions = {"GET": P.TRACK_READ}


class TrackRelationship(ResourceRelationship):
    """What a track is linked to."""

    schema = TrackSchema
    data_layer = {"class": Tracks}
    permissions = {"GET": P.TRACK_READ}
