"""Events: what tickets are sold for."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Float, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, one_of, primary_key, required_instant, text

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder
    from app.models.badge_forms import BadgeForm
    from app.models.microlocations import Microlocation
    from app.models.orders import Order
    from app.models.sessions import Session
    from app.models.stations import Station
    from app.models.tickets import Ticket
    from app.models.tracks import Track
    from app.models.users_events_roles import UsersEventsRoles

DRAFT = "draft"
PUBLISHED = "published"
STATES = (DRAFT, PUBLISHED)
PRIVACIES = ("public", "private")


def new_identifier() -> str:
    """Eight hex digits, never all decimal: URLs tell an identifier from a numeric id by its letter."""
    while (identifier := secrets.token_hex(4)).isdecimal():
        pass
    return identifier


class Event(Created, SoftDeleted, Base):
    """A concert, conference or meetup."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("state", STATES),
        one_of("privacy", PRIVACIES),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("identifier ~ '[^0-9]'", name="identifier_has_a_letter"),
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
    is_badges_enabled: Mapped[bool] = flag()

    tickets: Mapped[list["Ticket"]] = relationship(back_populates="event", order_by="Ticket.id")
    tracks: Mapped[list["Track"]] = relationship(back_populates="event", order_by="Track.id")
    microlocations: Mapped[list["Microlocation"]] = relationship(back_populates="event", order_by="Microlocation.id")
    sessions: Mapped[list["Session"]] = relationship(back_populates="event", order_by="Session.id")
    stations: Mapped[list["Station"]] = relationship(back_populates="event", order_by="Station.id")
    orders: Mapped[list["Order"]] = relationship(back_populates="event", order_by="Order.id")
    attendees: Mapped[list["TicketHolder"]] = relationship(back_populates="event", order_by="TicketHolder.id")
    badge_forms: Mapped[list["BadgeForm"]] = relationship(back_populates="event", order_by="BadgeForm.id")
    roles: Mapped[list["UsersEventsRoles"]] = relationship(back_populates="event", order_by="UsersEventsRoles.id")
