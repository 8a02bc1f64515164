"""Stations over HTTP."""

from typing import Any

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.models import Event, Station
from app.permissions.policy import Permission as P
from app.schemas import StationSchema
from app.services import stations


class Stations(DataLayer):
    """Rows of stations."""

    model = Station

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Station:
        """Makes the station."""
        return stations.create(data)

    def before_update_object(self, obj: Station, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        stations.update(obj, data)

    def before_delete_object(self, obj: Station, view_kwargs: dict[str, Any]) -> None:
        """Hides the station."""
        stations.delete(obj)


class StationList(ResourceList):
    """Stations of an event or at a microlocation."""

    schema = StationSchema
    data_layer = {"class": Stations}
    permissions = {"GET": P.STATION_READ}


class StationListPost(ResourceList):
    """Creation."""

    schema = StationSchema
    data_layer = {"class": Stations}
    permissions = {"POST": P.STATION_WRITE}


class CreatedAtStation(ResourceList):
    """Creation of what happens at a station, in the event of that station."""

    def event_of(self, data: dict[str, Any]) -> Event:
        """The station's."""
        data["station"] = stations.find(data["station_id"])
        return data["station"].event


class StationDetail(ResourceDetail):
    """One station."""

    schema = StationSchema
    data_layer = {"class": Stations}
    permissions = {"GET": P.STATION_READ, "PATCH": P.STATION_WRITE, "DELETE": P.STATION_WRITE}


class RelatedStation(ResourceDetail):
    """The station of a scan, or of a count of heads."""

    schema = StationSchema
    data_layer = {"class": Stations}
    permissions = {"GET": P.STATION_READ}


class StationRelationship(ResourceRelationship):
    """What a station is linked to."""

    schema = StationSchema
    data_layer = {"class": Stations}
    permissions = {"GET": P.STATION_READ} | changed_with(P.STATION_WRITE)
    changeable = ("microlocation",)
