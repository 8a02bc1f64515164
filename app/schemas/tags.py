"""Tags on the wire."""

from app.models import Tag
from app.schemas.base import Schema
from app.schemas.fields import Flag
from app.schemas.relationships import ToOne
from app.schemas.texts import Color, Name, Text


class TagSchema(Schema):
    """A mark of attendees."""

    class Meta(Schema.Meta):
        """Type tag."""

        type_ = "tag"
        model = Tag
        self_url = "/v1/tags/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    color = Color(required=False)
    is_read_only = Flag()

    event = ToOne("event", "EventSchema", column="event_id", required=True)
