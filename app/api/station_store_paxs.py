"""Heads counted by hand, over HTTP."""

from typing import Any

from sqlalchemy import BigInteger, and_, bindparam

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.stations import CreatedAtStation
from app.models import StationStorePax
from app.permissions.policy import Permission as P
from app.schemas import StationStorePaxSchema
from app.services import station_store_paxs


class StationStorePaxs(DataLayer):
    """Rows of counts."""

    model = StationStorePax

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> StationStorePax:
        """Makes the count."""
        return station_store_paxs.create(data.pop("station"), data)

    def before_delete_object(self, obj: StationStorePax, view_kwargs: dict[str, Any]) -> None:
        """Removes the count."""
        station_store_paxs.delete(obj)


class StationSessionStorePaxs(StationStorePaxs):
    """Rows of counts at a station that are about one session, which the URL names second."""

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Both."""
        of_session = StationStorePax.session_id == bindparam("session_id", type_=BigInteger)
        return and_(super().belongs_to(parent, relation), of_session)


class StationStorePaxList(ResourceList):
    """Counts at a station or of a session."""

    schema = StationStorePaxSchema
    data_layer = {"class": StationStorePaxs}
    permissions = {"GET": P.STATION_STORE_PAX_READ}


class StationSessionStorePaxList(ResourceList):
    """Counts of one session at one station."""

    schema = StationStorePaxSchema
    data_layer = {"class": StationSessionStorePaxs}
    permissions = {"GET": P.STATION_STORE_PAX_READ}


class StationStorePaxListPost(CreatedAtStation):
    """A count."""

    schema = StationStorePaxSchema
    data_layer = {"class": StationStorePaxs}
    permissions = {"POST": P.STATION_STORE_PAX_WRITE}


class StationStorePaxDetail(ResourceDetail):
    """One count."""

    schema = StationStorePaxSchema
    data_layer = {"class": StationStorePaxs}
    permissions = {
        "GET": P.STATION_STORE_PAX_READ,
        "PATCH": P.STATION_STORE_PAX_WRITE,
        "DELETE": P.STATION_STORE_PAX_WRITE,
    }


class StationStorePaxRelationship(ResourceRelationship):
    """What a count is linked to."""

    schema = StationStorePaxSchema
    data_layer = {"class": StationStorePaxs}
    permissions = {"GET": P.STATION_STORE_PAX_READ}
