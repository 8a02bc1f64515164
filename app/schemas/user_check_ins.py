"""Scans at stations on the wire: type ``user_check_in``, with an underscore, and ids that are JSON numbers."""

from typing import Any

from app.errors import NotFound
from app.models import UserCheckIn
from app.models.stations import STATION_TYPES
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Text


class CurrentSession(ToOne):
    """The session that is on. Where none is, the kiosk sends the id ``"null"``: a session that is not found."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The session's id, or None. Raises `NotFound` and `ValidationError`."""
        linkage = value.get("data") if isinstance(value, dict) else None
        if isinstance(linkage, dict) and linkage.get("type") == self.type_ and linkage.get("id") == "null":
            raise NotFound.of("Session", "null", pointer="/data/relationships/session/data")
        return super().deserialize(value, attr, data, **kwargs)


class UserCheckInSchema(Schema):
    """A scan that succeeded."""

    class Meta(Schema.Meta):
        """Type user_check_in."""

        type_ = "user_check_in"
        model = UserCheckIn
        self_url = "/v1/user-check-in/{id}"

    numeric_id = True

    id = Text(dump_only=True)
    success = Flag(dump_only=True)
    message = Text(dump_only=True)
    station_type = Choice(STATION_TYPES, dump_only=True)
    created_at = Instant(dump_only=True)

    station = ToOne("station", "StationSchema", column="station_id", required=True)
    ticket_holder = ToOne("attendee", "AttendeeSchema", column="ticket_holder_id", required=True)
    session = CurrentSession("session", "SessionSchema", column="session_id")
