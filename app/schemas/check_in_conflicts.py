"""Check-in conflicts on the wire: the two movements, what most likely happened, and what was decided."""

from app.models import CheckInConflict
from app.models.check_in_conflicts import RESOLUTIONS, STATES, SUGGESTIONS
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Name, Text


class CheckInConflictSchema(Schema):
    """A scan that contradicts another movement. A PATCH decides."""

    class Meta(Schema.Meta):
        """Type check-in-conflict."""

        type_ = "check-in-conflict"
        model = CheckInConflict
        self_url = "/v1/check-in-conflicts/{id}"

    id = Text(dump_only=True)
    state = Choice(STATES, dump_only=True)
    minutes_apart = Whole(dump_only=True)
    seconds_apart = Whole(dump_only=True)
    suggestion = Choice(SUGGESTIONS, dump_only=True)
    explanation = Text(dump_only=True)
    resolution = Choice(RESOLUTIONS)
    resolution_reason = Name(required=False)
    occurred_at = Instant(load_only=True)
    resolved_at = Instant(dump_only=True)
    withdrawn_at = Instant(dump_only=True)
    created_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema")
    attendee = ToOne("attendee", "AttendeeSchema")
    first = ToOne("movement", "MovementSchema")
    second = ToOne("movement", "MovementSchema")
    resolved_by = ToOne("user", "ColleagueSchema")
