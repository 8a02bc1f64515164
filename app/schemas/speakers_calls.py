"""Speakers' calls on the wire."""

from app.models import SpeakersCall
from app.models.events import PRIVACIES
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, RichText, Text


class SpeakersCallSchema(Schema):
    """A call for sessions. ``hash`` is a part of the address of the web app's form."""

    class Meta(Schema.Meta):
        """Type speakers-call."""

        type_ = "speakers-call"
        model = SpeakersCall
        self_url = "/v1/speakers-calls/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    announcement = RichText()
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    soft_ends_at = Instant()
    hash = Text()
    privacy = Choice(PRIVACIES, allow_none=False)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
