"""Feedbacks on the wire."""

from typing import Any

from marshmallow import ValidationError, fields

from app.models import Feedback
from app.models.feedbacks import BEST
from app.schemas.base import Schema
from app.schemas.fields import Instant, exact_decimal
from app.schemas.relationships import ToOne
from app.schemas.texts import RichText, Text


class Rating(fields.Field[Any]):
    """Stars, also parts of one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        try:
            rating = float(exact_decimal(value))
        except ValueError:
            raise ValidationError("Not a number. Send one, such as 4.5.") from None
        if not 0 <= rating <= BEST:
            raise ValidationError(f"Must be between 0 and {BEST}.")
        return rating


class FeedbackSchema(Schema):
    """A rating with a comment, of a session or of the event itself."""

    class Meta(Schema.Meta):
        """Type feedback."""

        type_ = "feedback"
        model = Feedback
        self_url = "/v1/feedbacks/{id}"

    create_only = ("event", "session")

    id = Text(dump_only=True)
    rating = Rating(required=True)
    comment = RichText()
    created_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id")
    session = ToOne("session", "SessionSchema", column="session_id")
    user = ToOne("user", "ColleagueSchema")
