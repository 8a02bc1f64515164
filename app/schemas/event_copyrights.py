"""Event copyrights on the wire."""

from app.models import EventCopyright
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Link, Text


class EventCopyrightSchema(Schema):
    """The terms of an event's contents."""

    class Meta(Schema.Meta):
        """Type event-copyright."""

        type_ = "event-copyright"
        model = EventCopyright
        self_url = "/v1/event-copyrights/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    holder = Text()
    holder_url = Link()
    licence = Text()
    licence_url = Link()
    year = Whole(allow_none=True)
    logo_url = Link()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
