"""Accounts: buyers, door staff, organizers."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, primary_key, text

if TYPE_CHECKING:
    from app.models.feedbacks import Feedback


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

    feedbacks: Mapped[list["Feedback"]] = relationship(back_populates="user", order_by="Feedback.id")

    @property
    def is_staff(self) -> bool:
        """May do everything at every event."""
        return self.is_admin or self.is_super_admin


Index("uq_users_email_living", func.lower(User.email), unique=True, postgresql_where=User.deleted_at.is_(None))
