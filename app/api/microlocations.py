"""Microlocations over HTTP."""

from typing import Any

from app.api.base import DataLayer, ResourceDetail, ResourceList, ResourceRelationship
from app.models import Microlocation
from app.permissions.policy import Permission as P
from app.schemas import MicrolocationSchema
from app.services import microlocations


class Microlocations(DataLayer):
    """Rows of microlocations."""

    model = Microlocation

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Microlocation:
        """Makes the microlocation."""
        return microlocations.create(data)

    def before_delete_object(self, obj: Microlocation, view_kwargs: dict[str, Any]) -> None:
        """Hides the microlocation."""
        microlocations.delete(obj)


class MicrolocationList(ResourceList):
    """An event's venues and rooms."""

    schema = MicrolocationSchema
    data_layer = {"class": Microlocations}
    permissions = {"GET": P.MICROLOCATION_READ}


class MicrolocationListPost(ResourceList):
    """Creation."""

    schema = MicrolocationSchema
    data_layer = {"class": Microlocations}
    permissions = {"POST": P.MICROLOCATION_WRITE}


class MicrolocationDetail(ResourceDetail):
    """One microlocation."""

    schema = MicrolocationSchema
    data_layer = {"class": Microlocations}
    permissions = {"GET": P.MICROLOCATION_READ, "PATCH": P.MICROLOCATION_WRITE, "DELETE": P.MICROLOCATION_WRITE}


class RelatedMicrolocation(ResourceDetail):
    """The place of a session."""

    schema = MicrolocationSchema
    data_layer = {"class": Microlocations}
    permissions = {"GET": P.MICROLOCATION_READ}


class MicrolocationRelationship(ResourceRelationship):
    """What a microlocation is linked to."""

    schema = MicrolocationSchema
    data_layer = {"class": Microlocations}
    permissions = {"GET": P.MICROLOCATION_READ}
