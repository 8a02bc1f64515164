"""Accounts: buyers, door staff, organizers."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Integer, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, primary_key, text

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder
    from app.models.events import Event
    from app.models.feedbacks import Feedback


def _events(role: str) -> Any:
    """The events at which the account has a role."""
    role_id = f"select(Role.id).where(Role.name == '{role}').scalar_subquery()"
    return relationship(
        "Event",
        secondary="users_events_roles",
        primaryjoin=f"and_(User.id == UsersEventsRoles.user_id, UsersEventsRoles.role_id == {role_id})",
        secondaryjoin="UsersEventsRoles.event_id == Event.id",
        order_by="Event.id",
        viewonly=True,
    )


class User(Created, SoftDeleted, Base):
    """An account. ``email`` keeps its case and is unique without regard to it among living accounts."""

    __tablename__ = "users"

    id: Mapped[int] = primary_key()
    email: Mapped[str] = mapped_column(Text, nullable=False)
    password_hash: Mapped[str] = mapped_column(Text, nullable=False)
    first_name: Mapped[str | None] = text()
    last_name: Mapped[str | None] = text()
    public_name: Mapped[str | None] = text()
    details: Mapped[str | None] = text()
    contact: Mapped[str | None] = text()
    language_prefrence: Mapped[str | None] = text()  # sic: the wire name is misspelt
    company: Mapped[str | None] = text()
    avatar_url: Mapped[str | None] = text()
    facebook_url: Mapped[str | None] = text()
    twitter_url: Mapped[str | None] = text()
    instagram_url: Mapped[str | None] = text()
    google_plus_url: Mapped[str | None] = text()
    billing_contact_name: Mapped[str | None] = text()
    billing_phone: Mapped[str | None] = text()
    billing_state: Mapped[str | None] = text()
    billing_country: Mapped[str | None] = text()
    billing_tax_info: Mapped[str | None] = text()
    billing_address: Mapped[str | None] = text()
    billing_city: Mapped[str | None] = text()
    billing_zip_code: Mapped[str | None] = text()
    billing_additional_info: Mapped[str | None] = text()
    is_profile_public: Mapped[bool] = flag()
    is_admin: Mapped[bool] = flag()
    is_super_admin: Mapped[bool] = flag()
    is_verified: Mapped[bool] = flag()
    is_blocked: Mapped[bool] = flag()
    was_registered_with_order: Mapped[bool] = flag()
    last_accessed_at: Mapped[datetime | None] = instant()
    token_epoch: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    """Tokens of another epoch are not good. The trigger ``end_tokens`` counts on with a new password, and when the
    account is blocked."""

    feedbacks: Mapped[list["Feedback"]] = relationship(back_populates="user", order_by="Feedback.id")
    events: Mapped[list["Event"]] = relationship(secondary="users_events_roles", order_by="Event.id", viewonly=True)
    owner_events: Mapped[list["Event"]] = _events("owner")
    organizer_events: Mapped[list["Event"]] = _events("organizer")
    coorganizer_events: Mapped[list["Event"]] = _events("coorganizer")
    track_organizer_events: Mapped[list["Event"]] = _events("track_organizer")
    moderator_events: Mapped[list["Event"]] = _events("moderator")
    registrar_events: Mapped[list["Event"]] = _events("registrar")

    attendees: Mapped[list["TicketHolder"]] = relationship(
        primaryjoin="func.lower(User.email) == func.lower(foreign(TicketHolder.email))",
        order_by="TicketHolder.id",
        viewonly=True,
    )
    """Guests with his address, whoever bought their tickets."""

    @property
    def full_name(self) -> str | None:
        """First and last name, as far as he has told them."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or None

    @property
    def display_name(self) -> str | None:
        """What he wants to be called in public, else his name."""
        return self.public_name or self.full_name

    @property
    def is_staff(self) -> bool:
        """May do everything at every event."""
        return self.is_admin or self.is_super_admin


Index("uq_users_email_living", func.lower(User.email), unique=True, postgresql_where=User.deleted_at.is_(None))
