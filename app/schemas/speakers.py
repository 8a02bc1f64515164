"""Speakers on the wire."""

from app.models import Speaker
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Json, Whole
from app.schemas.relationships import ToMany, ToOne
from app.schemas.texts import Email, Link, Name, RichText, Text


class SpeakerSchema(Schema):
    """A speaker. Ways to reach him and what he told the organizers are null to everybody but the event's team:
    `app.permissions.confidential.CONFIDENTIAL`."""

    class Meta(Schema.Meta):
        """Type speaker."""

        type_ = "speaker"
        model = Speaker
        self_url = "/v1/speakers/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    email = Email()
    mobile = Text()
    address = Text()
    photo_url = Link()
    thumbnail_image_url = Link(dump_only=True)
    small_image_url = Link(dump_only=True)
    icon_image_url = Link(dump_only=True)
    short_biography = RichText()
    long_biography = RichText()
    speaking_experience = Text()
    organisation = Text()
    position = Text()
    country = Text()
    city = Text()
    location = Text()
    gender = Text()
    heard_from = Text()
    sponsorship_required = Text()
    website = Link()
    twitter = Link()
    facebook = Link()
    github = Link()
    linkedin = Link()
    mastodon = Link()
    instagram = Link()
    complex_field_values = Json(dict)
    order = Whole()
    is_featured = Flag()
    is_email_overridden = Flag()
    created_at = Instant(dump_only=True)
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    user = ToOne("user", "ColleagueSchema")
    sessions = ToMany("session", "SessionSchema", column="session_ids")
