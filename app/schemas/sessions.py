"""Sessions on the wire."""

from marshmallow import fields

from app.models import Session
from app.models.sessions import STATES
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Json, Whole
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Choice, Link, Name, RichText, Text


class SessionSchema(Schema):
    """A programme item. What was noted and answered when it was handed in is null to everybody but the event's team:
    `app.permissions.confidential.CONFIDENTIAL`."""

    class Meta(Schema.Meta):
        """Type session."""

        type_ = "session"
        model = Session
        self_url = "/v1/sessions/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    title = Name()
    subtitle = Text()
    short_abstract = RichText()
    long_abstract = RichText()
    comments = RichText()
    language = Text()
    level = Whole(allow_none=True)
    state = Choice(STATES, allow_none=False)
    starts_at = Instant()
    ends_at = Instant()
    submitted_at = Instant(dump_only=True)
    slides_url = Link()
    video_url = Link()
    audio_url = Link()
    signup_url = Link()
    slides = Json(list)
    website = Link()
    facebook = Link()
    github = Link()
    gitlab = Link()
    instagram = Link()
    linkedin = Link()
    mastodon = Link()
    twitter = Link()
    complex_field_values = Json(dict)
    is_locked = Flag()
    is_mail_sent = Flag(dump_only=True)
    average_rating = fields.Float(dump_only=True)
    rating_count = Whole(dump_only=True)
    last_modified_at = Instant(dump_only=True)
    created_at = Instant(dump_only=True)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    track = ToOne("track", "TrackSchema", column="track_id")
    microlocation = ToOne("microlocation", "MicrolocationSchema", column="microlocation_id")
    creator = ToOne("user", "ColleagueSchema")
    speakers = ToMany("speaker", "SpeakerSchema", column="speaker_ids")
    feedbacks = ToMany("feedback", "FeedbackSchema")
    session_type = ToOne("session-type", "SessionTypeSchema", column="session_type_id")
