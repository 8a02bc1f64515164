"""Microlocations (venues, rooms) on the wire."""

from app.models import Microlocation
from app.schemas.base import Schema
from app.schemas.fields import Degrees, Flag, Instant, Whole
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Name, Text


class MicrolocationSchema(Schema):
    """A venue, hall or room."""

    class Meta(Schema.Meta):
        """Type microlocation."""

        type_ = "microlocation"
        model = Microlocation
        self_url = "/v1/microlocations/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    latitude = Degrees(90)
    longitude = Degrees(180)
    floor = Whole(allow_none=True)
    room = Text()
    position = Whole()
    hidden_in_scheduler = Flag()
    is_chat_enabled = Flag()
    is_global_event_room = Flag()
    capacity = Whole(least=0, allow_none=True)
    is_capacity_hard = Flag()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    sessions = ToMany("session", "SessionSchema")
