"""Session types on the wire."""

import re
from typing import Any

from marshmallow import ValidationError

from app.models import SessionType
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Name, Text


class Length(Text):
    """Hours and minutes, ``HH:MM``; ``H:MM`` gets its zero."""

    _LENGTH = re.compile(r"[0-9]{1,2}:[0-5][0-9]", re.ASCII)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        length: str = super()._deserialize(value, attr, data, **kwargs)
        if not self._LENGTH.fullmatch(length):
            raise ValidationError("Must be hours and minutes, such as 01:30.")
        return length.zfill(len("HH:MM"))


class SessionTypeSchema(Schema):
    """A kind of session."""

    class Meta(Schema.Meta):
        """Type session-type."""

        type_ = "session-type"
        model = SessionType
        self_url = "/v1/session-types/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    length = Length(allow_none=False)
    position = Whole()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    sessions = ToMany("session", "SessionSchema")
