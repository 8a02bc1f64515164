"""Speakers: who talks or plays at an event, in which sessions."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, primary_key, reference, text
from app.models.events import Event
from app.models.users import User

if TYPE_CHECKING:
    from app.models.sessions import Session

sessions_speakers = Table(
    "sessions_speakers",
    Base.metadata,
    Column("session_id", BigInteger, ForeignKey("sessions.id"), primary_key=True),
    Column("speaker_id", BigInteger, ForeignKey("speakers.id"), primary_key=True, index=True),
)
"""Who speaks in which session."""


class Speaker(Created, SoftDeleted, Base):
    """A person on stage; public once one of the sessions is."""

    __tablename__ = "speakers"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    user_id: Mapped[int | None] = reference("users.id")
    name: Mapped[str] = mapped_column(Text, nullable=False)
    email: Mapped[str | None] = text()
    mobile: Mapped[str | None] = text()
    address: Mapped[str | None] = text()
    photo_url: Mapped[str | None] = text()
    short_biography: Mapped[str | None] = text()
    long_biography: Mapped[str | None] = text()
    speaking_experience: Mapped[str | None] = text()
    organisation: Mapped[str | None] = text()
    position: Mapped[str | None] = text()
    country: Mapped[str | None] = text()
    city: Mapped[str | None] = text()
    location: Mapped[str | None] = text()
    gender: Mapped[str | None] = text()
    heard_from: Mapped[str | None] = text()
    sponsorship_required: Mapped[str | None] = text()
    website: Mapped[str | None] = text()
    twitter: Mapped[str | None] = text()
    facebook: Mapped[str | None] = text()
    github: Mapped[str | None] = text()
    linkedin: Mapped[str | None] = text()
    mastodon: Mapped[str | None] = text()
    instagram: Mapped[str | None] = text()
    complex_field_values: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    order: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    is_featured: Mapped[bool] = flag()
    is_email_overridden: Mapped[bool] = flag()

    event: Mapped[Event] = relationship(back_populates="speakers")
    user: Mapped[User | None] = relationship()
    sessions: Mapped[list["Session"]] = relationship(
        secondary=sessions_speakers, back_populates="speakers", order_by="Session.id"
    )

    @property
    def small_image_url(self) -> str | None:
        """The photo: nobody makes smaller ones."""
        return self.photo_url

    thumbnail_image_url = icon_image_url = small_image_url
