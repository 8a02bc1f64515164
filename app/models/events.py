"""Events: what tickets are sold for."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Float, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import (
    Created,
    SoftDeleted,
    flag,
    instant,
    one_of,
    primary_key,
    reference,
    required_instant,
    text,
)
from app.models.event_topics import EventSubTopic, EventTopic, EventType

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder
    from app.models.badge_forms import BadgeForm
    from app.models.custom_forms import CustomForm
    from app.models.event_copyrights import EventCopyright
    from app.models.faqs import Faq
    from app.models.feedbacks import Feedback
    from app.models.microlocations import Microlocation
    from app.models.orders import Order
    from app.models.role_invites import RoleInvite
    from app.models.session_types import SessionType
    from app.models.sessions import Session
    from app.models.social_links import SocialLink
    from app.models.speakers import Speaker
    from app.models.speakers_calls import SpeakersCall
    from app.models.sponsors import Sponsor
    from app.models.stations import Station
    from app.models.statistics import EventStatisticsGeneral, OrderStatisticsEvent
    from app.models.tags import Tag
    from app.models.tickets import Ticket
    from app.models.tracks import Track
    from app.models.users import User
    from app.models.users_events_roles import UsersEventsRoles

DRAFT = "draft"
PUBLISHED = "published"
STATES = (DRAFT, PUBLISHED)
PUBLIC = "public"
PRIVACIES = (PUBLIC, "private")


def new_identifier() -> str:
    """Eight hex digits, never all decimal: URLs tell an identifier from a numeric id by its letter."""
    while (identifier := secrets.token_hex(4)).isdecimal():
        pass
    return identifier


def _people(role: str) -> Any:
    """The accounts that have a role at the event."""
    role_id = f"select(Role.id).where(Role.name == '{role}').scalar_subquery()"
    return relationship(
        "User",
        secondary="users_events_roles",
        primaryjoin=f"and_(Event.id == UsersEventsRoles.event_id, UsersEventsRoles.role_id == {role_id})",
        secondaryjoin="UsersEventsRoles.user_id == User.id",
        order_by="User.id",
        viewonly=True,
        uselist=role != "owner",
    )


class Event(Created, SoftDeleted, Base):
    """A concert, conference or meetup."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("state", STATES),
        one_of("privacy", PRIVACIES),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("identifier ~ '[^0-9]'", name="identifier_has_a_letter"),
        CheckConstraint("closing_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="closing_time_is_one"),
        Index("ix_events_ends_at", "ends_at"),
    )

    id: Mapped[int] = primary_key()
    identifier: Mapped[str] = mapped_column(Text, nullable=False, unique=True, default=new_identifier)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    starts_at: Mapped[datetime] = required_instant()
    ends_at: Mapped[datetime] = required_instant()
    timezone: Mapped[str] = mapped_column(Text, nullable=False, default="UTC", server_default="UTC")
    state: Mapped[str] = mapped_column(Text, nullable=False, default=DRAFT, server_default=DRAFT)
    privacy: Mapped[str] = mapped_column(Text, nullable=False, default="public", server_default="public")
    schedule_published_on: Mapped[datetime | None] = instant()

    description: Mapped[str | None] = text()
    location_name: Mapped[str | None] = text()
    searchable_location_name: Mapped[str | None] = text()
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    online: Mapped[bool] = flag()
    logo_url: Mapped[str | None] = text()
    original_image_url: Mapped[str | None] = text()
    external_event_url: Mapped[str | None] = text()
    ticket_url: Mapped[str | None] = text()
    public_stream_link: Mapped[str | None] = text()
    stream_loop: Mapped[bool] = flag()
    stream_autoplay: Mapped[bool] = flag()
    owner_name: Mapped[str | None] = text()
    owner_description: Mapped[str | None] = text()
    has_owner_info: Mapped[bool] = flag()
    code_of_conduct: Mapped[str | None] = text()
    after_order_message: Mapped[str | None] = text()
    refund_policy: Mapped[str | None] = text()
    document_links: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB)

    payment_country: Mapped[str | None] = text()
    payment_currency: Mapped[str] = mapped_column(Text, nullable=False, default="USD", server_default="USD")
    paypal_email: Mapped[str | None] = text()
    cheque_details: Mapped[str | None] = text()
    invoice_details: Mapped[str | None] = text()
    bank_details: Mapped[str | None] = text()
    onsite_details: Mapped[str | None] = text()
    can_pay_by_paypal: Mapped[bool] = flag()
    can_pay_by_stripe: Mapped[bool] = flag()
    can_pay_by_cheque: Mapped[bool] = flag()
    can_pay_by_bank: Mapped[bool] = flag()
    can_pay_by_invoice: Mapped[bool] = flag()
    can_pay_onsite: Mapped[bool] = flag()
    can_pay_by_omise: Mapped[bool] = flag()
    can_pay_by_alipay: Mapped[bool] = flag()
    can_pay_by_paytm: Mapped[bool] = flag()

    show_remaining_tickets: Mapped[bool] = flag()
    is_featured: Mapped[bool] = flag()
    is_promoted: Mapped[bool] = flag()
    is_demoted: Mapped[bool] = flag()
    is_announced: Mapped[bool] = flag()
    is_map_shown: Mapped[bool] = flag()
    is_oneclick_signup_enabled: Mapped[bool] = flag()
    is_ticket_form_enabled: Mapped[bool] = flag(default=True)
    is_sessions_speakers_enabled: Mapped[bool] = flag()
    is_cfs_enabled: Mapped[bool] = flag()
    is_tax_enabled: Mapped[bool] = flag()
    is_donation_enabled: Mapped[bool] = flag()
    is_sponsors_enabled: Mapped[bool] = flag()
    is_billing_info_mandatory: Mapped[bool] = flag()
    is_chat_enabled: Mapped[bool] = flag()
    is_videoroom_enabled: Mapped[bool] = flag()
    is_document_enabled: Mapped[bool] = flag()
    capacity: Mapped[int | None] = mapped_column(Integer)
    """How many people the venue holds; null: nobody has said."""
    closing_time: Mapped[str | None] = text()
    """When the venue closes, ``HH:MM`` as the clocks there show it; null: see `app.services.closing`."""
    is_badges_enabled: Mapped[bool] = flag()

    event_type_id: Mapped[int | None] = reference("event_types.id")
    event_topic_id: Mapped[int | None] = reference("event_topics.id")
    event_sub_topic_id: Mapped[int | None] = reference("event_sub_topics.id")

    event_type: Mapped[EventType | None] = relationship(back_populates="events")
    event_topic: Mapped[EventTopic | None] = relationship(back_populates="events")
    event_sub_topic: Mapped[EventSubTopic | None] = relationship(back_populates="events")
    tickets: Mapped[list["Ticket"]] = relationship(back_populates="event", order_by="Ticket.id")
    tracks: Mapped[list["Track"]] = relationship(back_populates="event", order_by="Track.id")
    microlocations: Mapped[list["Microlocation"]] = relationship(back_populates="event", order_by="Microlocation.id")
    sessions: Mapped[list["Session"]] = relationship(back_populates="event", order_by="Session.id")
    speakers: Mapped[list["Speaker"]] = relationship(back_populates="event", order_by="Speaker.id")
    feedbacks: Mapped[list["Feedback"]] = relationship(back_populates="event", order_by="Feedback.id")
    stations: Mapped[list["Station"]] = relationship(back_populates="event", order_by="Station.id")
    orders: Mapped[list["Order"]] = relationship(back_populates="event", order_by="Order.id")
    attendees: Mapped[list["TicketHolder"]] = relationship(back_populates="event", order_by="TicketHolder.id")
    custom_forms: Mapped[list["CustomForm"]] = relationship(back_populates="event", order_by="CustomForm.id")
    role_invites: Mapped[list["RoleInvite"]] = relationship(back_populates="event", order_by="RoleInvite.id")
    badge_forms: Mapped[list["BadgeForm"]] = relationship(back_populates="event", order_by="BadgeForm.id")
    roles: Mapped[list["UsersEventsRoles"]] = relationship(back_populates="event", order_by="UsersEventsRoles.id")

    owner: Mapped["User | None"] = _people("owner")
    """The first of them, while there are two: who hands an event over."""
    organizers: Mapped[list["User"]] = _people("organizer")
    coorganizers: Mapped[list["User"]] = _people("coorganizer")
    track_organizers: Mapped[list["User"]] = _people("track_organizer")
    moderators: Mapped[list["User"]] = _people("moderator")
    registrars: Mapped[list["User"]] = _people("registrar")

    general_statistics: Mapped["EventStatisticsGeneral"] = relationship(
        primaryjoin="foreign(Event.id) == EventStatisticsGeneral.id", viewonly=True
    )
    order_statistics: Mapped["OrderStatisticsEvent"] = relationship(
        primaryjoin="foreign(Event.id) == OrderStatisticsEvent.id", viewonly=True
    )
    sponsors: Mapped[list["Sponsor"]] = relationship(back_populates="event", order_by="Sponsor.id")
    social_links: Mapped[list["SocialLink"]] = relationship(back_populates="event", order_by="SocialLink.id")
    session_types: Mapped[list["SessionType"]] = relationship(back_populates="event", order_by="SessionType.id")
    tags: Mapped[list["Tag"]] = relationship(back_populates="event", order_by="Tag.id")
    faqs: Mapped[list["Faq"]] = relationship(back_populates="event", order_by="Faq.id")
    # Of these the living one: an event has one at most.
    speakers_call: Mapped["SpeakersCall | None"] = relationship(
        primaryjoin="and_(SpeakersCall.event_id == Event.id, SpeakersCall.deleted_at.is_(None))", viewonly=True
    )
    event_copyright: Mapped["EventCopyright | None"] = relationship(
        primaryjoin="and_(EventCopyright.event_id == Event.id, EventCopyright.deleted_at.is_(None))", viewonly=True
    )
