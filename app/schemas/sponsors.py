"""Sponsors on the wire."""

from app.models import Sponsor
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Link, Name, RichText, Text


class SponsorSchema(Schema):
    """A sponsor."""

    class Meta(Schema.Meta):
        """Type sponsor."""

        type_ = "sponsor"
        model = Sponsor
        self_url = "/v1/sponsors/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    description = RichText()
    level = Whole(allow_none=True)
    type = Text()
    url = Link()
    logo_url = Link()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
