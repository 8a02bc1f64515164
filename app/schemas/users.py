"""Accounts on the wire: whole for their owners and staff, with less for the organizers of events."""

from app.models import User
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant
from app.schemas.relationships import Later, ToMany
from app.schemas.texts import Email, Link, Text
from app.services.accounts import SHORTEST_PASSWORD


class Named:
    """What everybody who is told of an account is told."""

    id = Text(dump_only=True)
    first_name = Text(dump_only=True)
    last_name = Text(dump_only=True)
    public_name = Text(dump_only=True)
    avatar_url = Link(dump_only=True)
    is_profile_public = Flag(dump_only=True)


class BuyerSchema(Named, Schema):
    """What organizers see of those who bought at their events."""

    class Meta(Schema.Meta):
        """Type user."""

        type_ = "user"
        model = User
        self_url = "/v1/users/{id}"

    email = Email(dump_only=True)
    was_registered_with_order = Flag(dump_only=True)


class MemberSchema(Named, Schema):
    """What organizers see of those who have a role at their events, with the address: each has accepted an invite."""

    class Meta(Schema.Meta):
        """Type user."""

        type_ = "user"
        model = User
        self_url = "/v1/users/{id}"
        seen_as = "member"

    email = Email(dump_only=True)


class ColleagueSchema(Named, Schema):
    """What organizers see of who sold, spoke, made a session or gave feedback at their events: names."""

    class Meta(Schema.Meta):
        """Type user."""

        type_ = "user"
        model = User
        self_url = "/v1/users/{id}"
        seen_as = "colleague"


class UserSchema(Schema):
    """An account, for its owner and staff. What gives power (``is-admin`` and its like) is read-only."""

    class Meta(Schema.Meta):
        """Type user."""

        type_ = "user"
        model = User
        self_url = "/v1/users/{id}"

    id = Text(dump_only=True)
    email = Email(required=True)
    password = Text(required=True, load_only=True, longest=1000, metadata={"minLength": SHORTEST_PASSWORD})
    first_name = Text()
    last_name = Text()
    public_name = Text()
    details = Text()
    contact = Text()
    language_prefrence = Text()
    company = Text()
    avatar_url = Link()
    facebook_url = Link()
    twitter_url = Link()
    instagram_url = Link()
    google_plus_url = Link()
    billing_contact_name = Text()
    billing_phone = Text()
    billing_state = Text()
    billing_country = Text()
    billing_tax_info = Text()
    billing_address = Text()
    billing_city = Text()
    billing_zip_code = Text()
    billing_additional_info = Text()
    is_profile_public = Flag()
    is_admin = Flag(dump_only=True)
    is_super_admin = Flag(dump_only=True)
    is_verified = Flag(dump_only=True)
    is_blocked = Flag(dump_only=True)
    was_registered_with_order = Flag(dump_only=True)
    created_at = Instant(dump_only=True)
    last_accessed_at = Instant(dump_only=True)
    deleted_at = Instant(dump_only=True)

    feedbacks = ToMany("feedback", "FeedbackSchema")
    events = ToMany("event", "EventSchema")
    owner_events = ToMany("event", "EventSchema")
    organizer_events = ToMany("event", "EventSchema")
    coorganizer_events = ToMany("event", "EventSchema")
    track_organizer_events = ToMany("event", "EventSchema")
    moderator_events = ToMany("event", "EventSchema")
    registrar_events = ToMany("event", "EventSchema")
    orders = ToMany("order", "OrderSchema")
    attendees = ToMany("attendee", "AttendeeSchema")
    discount_codes = Later("discount-code", many=True)
    access_codes = Later("access-code", many=True)
    groups = Later("group", many=True)
    followed_groups = Later("user-follow-group", many=True)
    notifications = Later("notification", many=True)
    favourite_events = Later("user-favourite-event", many=True)
    favourite_sessions = Later("user-favourite-session", many=True)
