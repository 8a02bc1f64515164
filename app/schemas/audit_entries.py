"""Audit entries on the wire: who changed what, when, in which request."""

from app.models import AuditEntry
from app.models.audit_entries import VERBS
from app.schemas.base import Schema
from app.schemas.fields import Instant, Json, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Text


class AuditEntrySchema(Schema):
    """A change of one row. ``noun`` is its table; ``before`` and ``after`` hold columns by their names."""

    class Meta(Schema.Meta):
        """Type audit-entry."""

        type_ = "audit-entry"
        model = AuditEntry
        self_url = "/v1/audit-entries/{id}"

    id = Text(dump_only=True)
    at = Instant(dump_only=True)
    subject = Text(dump_only=True)
    request_id = Text(dump_only=True)
    verb = Choice(VERBS, dump_only=True)
    noun = Text(dump_only=True)
    row_id = Whole(dump_only=True)
    before = Json(dict, dump_only=True)
    after = Json(dict, dump_only=True)

    event = ToOne("event", "EventSchema")
