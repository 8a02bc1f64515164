"""Movements on the wire: scans with their verdicts. What was recorded is never changed through them."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from app.models import Movement
from app.models.movements import DIRECTIONS, SOURCES, VERDICTS
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, DeviceName, Name, Text


class MovementSchema(Schema):
    """A scan, or what the server has concluded from others."""

    class Meta(Schema.Meta):
        """Type movement."""

        type_ = "movement"
        model = Movement
        self_url = "/v1/movements/{id}"

    id = Text(dump_only=True)
    direction = Choice(DIRECTIONS, required=True)
    occurred_at = Instant(dump_only=True)
    device_time = Instant()
    uncertainty_ms = Whole(dump_only=True)
    recorded_at = Instant(dump_only=True)
    device = DeviceName(required=False)
    gate = Name(required=False)
    source = Choice(SOURCES, dump_only=True)
    verdict = Choice(VERDICTS, dump_only=True)
    told = Choice(VERDICTS, dump_only=True)
    reason = Text(dump_only=True)
    is_inferred = Flag(dump_only=True)
    scanned = Text(dump_only=True)
    client_uuid = Name(required=False)
    override_reason = Name(required=False)
    secret = Name(required=False, load_only=True)

    event = ToOne("event", "EventSchema")
    attendee = ToOne("attendee", "AttendeeSchema", column="attendee_id")
    microlocation = ToOne("microlocation", "MicrolocationSchema", column="microlocation_id")
    recorded_by = ToOne("user", "ColleagueSchema")
    door_pass = ToOne("door-pass", "DoorPassSchema")

    @validates_schema
    def _one_name(self, data: dict[str, Any], **_options: Any) -> None:
        """A scan names its guest once."""
        is_named, has_secret = data.get("attendee_id") is not None, data.get("secret") is not None
        if not (is_named or has_secret):
            raise ValidationError(
                "Send the relationship attendee, or what the ticket's code says as secret.", "attendee"
            )
        if is_named and has_secret:
            raise ValidationError("Send either the relationship attendee or secret, not both.", "secret")
