"""Batches of scans on the wire. They are never shown again: a batch has no row, its scans have."""

from typing import Any

from marshmallow import EXCLUDE, ValidationError, fields, post_load, validate
from marshmallow import Schema as PlainSchema

from app.models.movements import DIRECTIONS
from app.schemas.base import Schema, dasherized
from app.schemas.fields import Instant, RowId, Whole
from app.schemas.texts import Choice, DeviceName, Name, Text
from app.services.batches import Scan

LARGEST_BATCH = 1000


class Scans(fields.List[Any]):
    """Scans, each of which `ScanSchema` reads by itself."""


class MovementBatchSchema(Schema):
    """What a device sends of a time without a network."""

    class Meta(Schema.Meta):
        """Type movement-batch."""

        type_ = "movement-batch"

    id = Text(dump_only=True)
    device = DeviceName()
    sent_at = Instant(required=True)
    backlog = Whole(least=0, allow_none=True)
    scans = Scans(
        fields.Raw(allow_none=True),
        required=True,
        validate=validate.Length(
            max=LARGEST_BATCH, error="At most {max} scans at once: send the rest in another batch."
        ),
    )


class ScanSchema(PlainSchema):
    """One scan of a batch. Each is read by itself, so that a bad one does not keep the others."""

    class Meta:
        """Unknown members are ignored."""

        unknown = EXCLUDE

    client_uuid = Name()
    direction = Choice(DIRECTIONS, required=True)
    device_time = Instant(required=True)
    attendee_id = RowId("an attendee", allow_none=True)
    secret = Name(required=False)
    microlocation_id = RowId("a microlocation", allow_none=True)
    gate = Name(required=False)

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        """Names are dasherized on the wire."""
        field_obj.data_key = dasherized(field_name)

    @post_load
    def _scan(self, data: dict[str, Any], **_options: Any) -> Scan:
        if (data.get("attendee_id") is None) == (data.get("secret") is None):
            raise ValidationError("Send either attendee-id or secret, one of them.", "attendee-id")
        return Scan(**data)
