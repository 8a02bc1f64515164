"""Events on the wire."""

import re
from typing import Any

from marshmallow import ValidationError

from app.models import Event
from app.models.events import PRIVACIES, STATES
from app.schemas.base import Schema
from app.schemas.fields import Degrees, EmptyIsNone, Flag, Instant, Json, Whole
from app.schemas.relationships import Later, ToMany, ToOne
from app.schemas.texts import Choice, Email, Link, Name, RichText, Text


class Currency(Text):
    """An ISO 4217 code. Browsers refuse to format an amount of anything else, and the page with it."""

    _CODE = re.compile(r"[A-Z]{3}", re.ASCII)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **kwargs)
        if not self._CODE.fullmatch(code):
            raise ValidationError("Must be a currency code of three capital letters, such as EUR.")
        return code


class WallTime(EmptyIsNone, Text):
    """A time of day as clocks show it, ``HH:MM``; ``H:MM`` gets its zero."""

    _TIME = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]", re.ASCII)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not self._TIME.fullmatch(text):
            raise ValidationError("Must be a time of day from 00:00 to 23:59, such as 02:00.")
        return text.zfill(len("HH:MM"))


class EventSchema(Schema):
    """An event."""

    class Meta(Schema.Meta):
        """Type event."""

        type_ = "event"
        model = Event
        self_url = "/v1/events/{id}"

    id = Text(dump_only=True)
    identifier = Text(dump_only=True)
    name = Name()
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    timezone = Name()
    state = Choice(STATES, allow_none=False)
    privacy = Choice(PRIVACIES, allow_none=False)
    schedule_published_on = Instant()
    description = RichText()
    location_name = Text()
    searchable_location_name = Text()
    latitude = Degrees(90)
    longitude = Degrees(180)
    online = Flag()
    logo_url = Link()
    original_image_url = Link()
    external_event_url = Link()
    ticket_url = Link()
    public_stream_link = Text()
    stream_loop = Flag()
    stream_autoplay = Flag()
    owner_name = Text()
    owner_description = RichText()
    has_owner_info = Flag()
    code_of_conduct = RichText()
    after_order_message = RichText()
    refund_policy = RichText()
    document_links = Json(list)
    payment_country = Text()
    payment_currency = Currency(allow_none=False)
    paypal_email = Email()
    cheque_details = RichText()
    invoice_details = RichText()
    bank_details = RichText()
    onsite_details = RichText()
    can_pay_by_paypal = Flag()
    can_pay_by_stripe = Flag()
    can_pay_by_cheque = Flag()
    can_pay_by_bank = Flag()
    can_pay_by_invoice = Flag()
    can_pay_onsite = Flag()
    can_pay_by_omise = Flag()
    can_pay_by_alipay = Flag()
    can_pay_by_paytm = Flag()
    show_remaining_tickets = Flag()
    is_featured = Flag(dump_only=True)
    is_promoted = Flag(dump_only=True)
    is_demoted = Flag(dump_only=True)
    is_announced = Flag(dump_only=True)
    is_map_shown = Flag()
    is_oneclick_signup_enabled = Flag()
    is_ticket_form_enabled = Flag()
    is_sessions_speakers_enabled = Flag()
    is_cfs_enabled = Flag()
    is_tax_enabled = Flag()
    is_donation_enabled = Flag()
    is_sponsors_enabled = Flag()
    is_billing_info_mandatory = Flag()
    is_chat_enabled = Flag()
    is_videoroom_enabled = Flag()
    is_document_enabled = Flag()
    is_badges_enabled = Flag()
    capacity = Whole(least=0, allow_none=True)
    closing_time = WallTime()
    created_at = Instant(dump_only=True)
    deleted_at = Instant(dump_only=True)

    tickets = ToMany("ticket", "TicketSchema")
    tracks = ToMany("track", "TrackSchema")
    microlocations = ToMany("microlocation", "MicrolocationSchema")
    sessions = ToMany("session", "SessionSchema")
    speakers = ToMany("speaker", "SpeakerSchema")
    feedbacks = ToMany("feedback", "FeedbackSchema")
    orders = ToMany("order", "OrderSchema")
    attendees = ToMany("attendee", "AttendeeSchema")
    custom_forms = ToMany("custom-form", "CustomFormSchema")
    role_invites = ToMany("role-invite", "RoleInviteSchema")
    roles = ToMany("users-events-roles", "UsersEventsRolesSchema")

    # The web app sends these back with every change of an event; who has which role is changed through ``roles``.
    owner = ToOne("user", "MemberSchema")
    organizers = ToMany("user", "MemberSchema")
    coorganizers = ToMany("user", "MemberSchema")
    track_organizers = ToMany("user", "MemberSchema")
    moderators = ToMany("user", "MemberSchema")
    registrars = ToMany("user", "MemberSchema")

    general_statistics = ToOne("event-statistics-general", "EventStatisticsGeneralSchema")
    order_statistics = ToOne("order-statistics-event", "OrderStatisticsEventSchema")

    tax = Later("tax")
    stripe_authorization = Later("stripe-authorization")
    discount_codes = Later("discount-code", many=True)
    access_codes = Later("access-code", many=True)
    group = Later("group")
    video_stream = Later("video-stream")
    exhibitors = Later("exhibitor", many=True)
    faq_types = Later("faq-type", many=True)
    ticket_tags = Later("ticket-tag", many=True)
    speaker_invites = Later("speaker-invite", many=True)
    session_favourites = Later("user-favourite-session", many=True)
    sponsors = ToMany("sponsor", "SponsorSchema")
    social_links = ToMany("social-link", "SocialLinkSchema")
    session_types = ToMany("session-type", "SessionTypeSchema")
    speakers_call = ToOne("speakers-call", "SpeakersCallSchema")
    event_copyright = ToOne("event-copyright", "EventCopyrightSchema")
    tags = ToMany("tag", "TagSchema")
    faqs = ToMany("faq", "FaqSchema")
    event_type = ToOne("event-type", "EventTypeSchema", column="event_type_id")
    event_topic = ToOne("event-topic", "EventTopicSchema", column="event_topic_id")
    event_sub_topic = ToOne("event-sub-topic", "EventSubTopicSchema", column="event_sub_topic_id")
