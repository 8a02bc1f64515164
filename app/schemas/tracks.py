"""Tracks on the wire."""

from app.models import Track
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Color, Name, RichText, Text


class TrackSchema(Schema):
    """A track."""

    class Meta(Schema.Meta):
        """Type track."""

        type_ = "track"
        model = Track
        self_url = "/v1/tracks/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    color = Color()
    description = RichText()
    font_color = Text(dump_only=True)
    position = Whole()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    sessions = ToMany("session", "SessionSchema")
