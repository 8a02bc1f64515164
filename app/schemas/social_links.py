"""Social links on the wire."""

from app.models import SocialLink
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import Link, Name, Text


class SocialLinkSchema(Schema):
    """A named link."""

    class Meta(Schema.Meta):
        """Type social-link."""

        type_ = "social-link"
        model = SocialLink
        self_url = "/v1/social-links/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    link = Link(required=True)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
