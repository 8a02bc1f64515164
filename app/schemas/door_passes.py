"""Door passes on the wire: never with what pairs or proves them, but for the answer that makes it."""

from typing import Any

from marshmallow import ValidationError, fields

from app.models import DoorPass
from app.models.door_passes import ABILITIES
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import DeviceName, Name, Text


class Abilities(fields.Field[Any]):
    """What a pass is good for: one at least, each once, in the order of `ABILITIES`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list) or not value or any(word not in ABILITIES for word in value):
            raise ValidationError(f"Must be a list of one at least of: {', '.join(ABILITIES)}.")
        return [word for word in ABILITIES if word in value]


class DoorPassSchema(Schema):
    """What a phone may do at an event, and until when."""

    class Meta(Schema.Meta):
        """Type door-pass."""

        type_ = "door-pass"
        model = DoorPass
        self_url = "/v1/door-passes/{id}"

    create_only = ("abilities", "gate", "valid_from", "event", "microlocation")

    id = Text(dump_only=True)
    name = Name()
    abilities = Abilities(required=True)
    gate = Name(required=False)
    valid_from = Instant()
    valid_until = Instant(required=True)
    state = Text(dump_only=True)
    pairing_until = Instant(dump_only=True)
    paired_at = Instant(dump_only=True)
    paired_device = Text(dump_only=True)
    last_used_at = Instant(dump_only=True)
    revoked_at = Instant(dump_only=True)
    created_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    microlocation = ToOne("microlocation", "MicrolocationSchema", column="microlocation_id")
    created_by = ToOne("user", "ColleagueSchema")
    revoked_by = ToOne("user", "ColleagueSchema")


class PairingSchema(Schema):
    """What a phone sends to get the pass of a code."""

    class Meta(Schema.Meta):
        """Type door-pass-pairing."""

        type_ = "door-pass-pairing"

    id = Text(dump_only=True)
    code = Name()
    device = DeviceName()
