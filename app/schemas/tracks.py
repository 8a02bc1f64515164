"""Tracks on the wire."""

import re
from typing import Any

from marshmallow import ValidationError

from app.models import Track
from app.schemas.base import Schema
from app.schemas.fields import Instant, Name, Text, ToMany, ToOne, Whole


class Color(Name):
    """``#rrggbb``; the short form ``#rgb`` is written out."""

    _HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        color: str = super()._deserialize(value, attr, data, **kwargs)
        if not self._HEX.fullmatch(color):
            raise ValidationError("Color should be proper HEX color code, such as #a1b2c3.")
        return color if len(color) == len("#rrggbb") else "#" + "".join(2 * digit for digit in color[1:])


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
    description = Text()
    font_color = Text(dump_only=True)
    position = Whole()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    sessions = ToMany("session", "SessionSchema")
