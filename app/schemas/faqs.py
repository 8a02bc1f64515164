"""FAQs on the wire."""

from app.models import Faq
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import RichText, Text


class FaqSchema(Schema):
    """A question and its answer."""

    class Meta(Schema.Meta):
        """Type faq."""

        type_ = "faq"
        model = Faq
        self_url = "/v1/faqs/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    question = Text(required=True)
    answer = RichText(required=True)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
