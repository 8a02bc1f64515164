"""Attendees (ticket holders): one row for one seat."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, and_, func, inspect, select, type_coerce, union
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, primary_key, reference, text
from app.models.events import Event
from app.models.orders import Order
from app.models.tags import Tag
from app.models.tickets import Ticket
from app.models.users import User

AGE_GROUPS = (
    "Under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85+", "I prefer not to say",
)  # fmt: skip


NAMELESS = "Guest"
"""First name of an attendee made without one; clients need one that is not empty."""


class TicketHolder(Created, SoftDeleted, Base):
    """A guest with a ticket.

    ``checkin_times`` and ``checkout_times`` (comma-separated, RFC 3339 in UTC, in order of time) and the flags are the
    picture of the accepted movements. Only `app.services.ledger` writes them.
    """

    __tablename__ = "ticket_holders"
    __table_args__ = (
        CheckConstraint("NOT (is_checked_in AND is_checked_out)", name="inside_or_left"),
        Index("ix_ticket_holders_event_id_id_living", "event_id", "id", postgresql_where=sql("deleted_at IS NULL")),
        Index("ix_ticket_holders_ticket_id_id", "ticket_id", "id"),
        Index("ix_ticket_holders_event_id_written_in", "event_id", "written_in", "id"),
        Index("uq_ticket_holders_secret", "secret", unique=True),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    ticket_id: Mapped[int] = reference("tickets.id", nullable=False, index=False)
    order_id: Mapped[int | None] = reference("orders.id")
    created_by_id: Mapped[int | None] = reference("users.id")
    tag_id: Mapped[int | None] = reference("tags.id")

    firstname: Mapped[str] = mapped_column(Text, nullable=False)
    lastname: Mapped[str | None] = text()
    email: Mapped[str | None] = text()
    address: Mapped[str | None] = text()
    city: Mapped[str | None] = text()
    state: Mapped[str | None] = text()
    country: Mapped[str | None] = text()
    job_title: Mapped[str | None] = text()
    phone: Mapped[str | None] = text()
    tax_business_info: Mapped[str | None] = text()
    billing_address: Mapped[str | None] = text()
    home_address: Mapped[str | None] = text()
    shipping_address: Mapped[str | None] = text()
    company: Mapped[str | None] = text()
    work_address: Mapped[str | None] = text()
    work_phone: Mapped[str | None] = text()
    website: Mapped[str | None] = text()
    blog: Mapped[str | None] = text()
    twitter: Mapped[str | None] = text()
    facebook: Mapped[str | None] = text()
    github: Mapped[str | None] = text()
    instagram: Mapped[str | None] = text()
    linkedin: Mapped[str | None] = text()
    gender: Mapped[str | None] = text()
    age_group: Mapped[str | None] = text()
    birth_date: Mapped[datetime | None] = instant()
    home_wiki: Mapped[str | None] = text()
    wiki_scholarship: Mapped[str | None] = text()
    native_language: Mapped[str | None] = text()
    fluent_language: Mapped[str | None] = text()
    accept_video_recording: Mapped[bool | None]
    accept_share_details: Mapped[bool | None]
    accept_receive_emails: Mapped[bool | None]
    is_consent_form_field: Mapped[bool | None]
    is_consent_form_field_photo: Mapped[bool | None]
    is_consent_form_field_email: Mapped[bool | None]
    is_consent_of_refund_policy: Mapped[bool] = flag()
    complex_field_values: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attendee_notes: Mapped[str | None] = text()

    is_badge_printed: Mapped[bool] = flag()
    badge_printed_at: Mapped[datetime | None] = instant()
    is_discount_applied: Mapped[bool] = flag()
    is_access_code_applied: Mapped[bool] = flag()

    is_checked_in: Mapped[bool] = flag()
    is_checked_out: Mapped[bool] = flag()
    checkin_times: Mapped[str | None] = text()
    checkout_times: Mapped[str | None] = text()
    device_name_checkin: Mapped[str | None] = text()
    is_registered: Mapped[bool] = flag()
    register_times: Mapped[str | None] = text()

    secret: Mapped[str | None] = mapped_column(Text, server_default=sql("new_ticket_secret()"))
    """Lets him in, too; 40 random digits of the database's making."""
    secret_rotated_at: Mapped[datetime | None] = instant()
    """When it was first replaced: since then the code that was printed before lets nobody in."""

    written_in: Mapped[int | None] = mapped_column(BigInteger)
    """The transaction that wrote the row last, or its order's status: what a reader who comes back has not seen yet.
    The database's triggers write it, whatever is sent. Null in rows of old releases."""

    event: Mapped[Event] = relationship(back_populates="attendees")
    ticket: Mapped[Ticket] = relationship(back_populates="attendees")
    order: Mapped[Order | None] = relationship(back_populates="attendees")
    tag: Mapped[Tag | None] = relationship(back_populates="attendees")
    user: Mapped[User | None] = relationship(
        primaryjoin=and_(func.lower(foreign(email)) == func.lower(User.email), User.deleted_at.is_(None)),
        viewonly=True,
    )
    """The account with his address."""

    @classmethod
    def called(cls) -> str:
        """As the wire calls him."""
        return "Attendee"

    @property
    def is_admitted(self) -> bool:
        """His order lets him enter."""
        return self.order is not None and self.order.admits

    @property
    def code(self) -> str | None:
        """What the QR code on his ticket says, if he has one: what existing apps take apart, or a secret that has taken
        its place."""
        if self.secret_rotated_at is not None:
            return self.secret
        return None if self.order is None else self.order.door_code(self.id)

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        return " ".join(filter(None, (self.firstname, self.lastname)))

    @property
    def short_name(self) -> str:
        """First name and the first letter of the last; of who was sold a ticket at the door, his number."""
        if not self.lastname or self.lastname == str(self.id):
            return self.full_name
        return f"{self.firstname} {self.lastname[0]}."


# Guests who were sold a ticket at the door have no address: the index costs their sale nothing.
Index("ix_ticket_holders_email", func.lower(TicketHolder.email), postgresql_where=TicketHolder.email.is_not(None))

_orders, _holders, _users = Order.__table__, TicketHolder.__table__, User.__table__
# Coerced, that is made columns of their own: else SQLAlchemy takes the order of a part for the row of an order.
_bought = select(_orders.c.user_id, type_coerce(_orders.c.id, BigInteger).label("order_id"))
_attended = (
    select(_users.c.id, _holders.c.order_id)
    .join(_holders, func.lower(_holders.c.email) == func.lower(_users.c.email))
    .where(_users.c.deleted_at.is_(None), _holders.c.deleted_at.is_(None))
)
_parts = union(_bought, _attended).subquery("orders_of_users")

inspect(User).add_property(
    "orders",
    relationship(
        Order,
        secondary=_parts,
        primaryjoin=User.id == _parts.c.user_id,
        secondaryjoin=_parts.c.order_id == Order.id,
        order_by=Order.id,
        viewonly=True,
    ),
)
