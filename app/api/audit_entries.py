"""Audit entries over HTTP: read by who answers for an event, written by nobody."""

from typing import Any

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.querystring import Sort
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import AuditEntry
from app.permissions.policy import Permission as P
from app.schemas import AuditEntrySchema


class AuditEntries(DataLayer):
    """Rows of audit entries."""

    model = AuditEntry

    def belongs_to(self, parent: type, relation: str) -> Any:
        """Those of an event."""
        return AuditEntry.event_id == PARENT_ID


class AuditEntryList(ResourceList):
    """What was changed at an event, the newest first."""

    schema = AuditEntrySchema
    data_layer = {"class": AuditEntries}
    permissions = {"GET": P.AUDIT_ENTRY_READ}
    sorted_by = (Sort(("id",), descending=True),)


class AuditEntryDetail(ResourceDetail):
    """One change."""

    schema = AuditEntrySchema
    data_layer = {"class": AuditEntries}
    permissions = {"GET": P.AUDIT_ENTRY_READ}


class AuditEntryRelationship(ResourceRelationship):
    """What a change is linked to."""

    schema = AuditEntrySchema
    data_layer = {"class": AuditEntries}
    permissions = {"GET": P.AUDIT_ENTRY_READ}
