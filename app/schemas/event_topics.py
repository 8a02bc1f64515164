"""Types, topics and sub-topics of events on the wire."""

from app.models import EventSubTopic, EventTopic, EventType
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Link, Name, Text


class EventTypeSchema(Schema):
    """A form of event."""

    class Meta(Schema.Meta):
        """Type event-type."""

        type_ = "event-type"
        model = EventType
        self_url = "/v1/event-types/{id}"

    id = Text(dump_only=True)
    name = Name()
    slug = Text(dump_only=True)
    deleted_at = Instant(dump_only=True)

    events = ToMany("event", "EventSchema")


class EventTopicSchema(Schema):
    """A subject."""

    class Meta(Schema.Meta):
        """Type event-topic."""

        type_ = "event-topic"
        model = EventTopic
        self_url = "/v1/event-topics/{id}"

    id = Text(dump_only=True)
    name = Name()
    slug = Text(dump_only=True)
    system_image_url = Link()
    deleted_at = Instant(dump_only=True)

    events = ToMany("event", "EventSchema")
    event_sub_topics = ToMany("event-sub-topic", "EventSubTopicSchema")


class EventSubTopicSchema(Schema):
    """A subject within a topic."""

    class Meta(Schema.Meta):
        """Type event-sub-topic."""

        type_ = "event-sub-topic"
        model = EventSubTopic
        self_url = "/v1/event-sub-topics/{id}"

    create_only = ("event_topic",)

    id = Text(dump_only=True)
    name = Name()
    slug = Text(dump_only=True)
    deleted_at = Instant(dump_only=True)

    event_topic = ToOne("event-topic", "EventTopicSchema", column="event_topic_id", required=True)
    events = ToMany("event", "EventSchema")
