"""Sessions: talks and concerts, in a track and a microlocation."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, DateTime, Float, Integer, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.clock import utcnow
from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, one_of, primary_key, reference, text
from app.models.events import Event
from app.models.feedbacks import Feedback
from app.models.microlocations import Microlocation
from app.models.session_types import SessionType
from app.models.speakers import Speaker, sessions_speakers
from app.models.tracks import Track
from app.models.users import User

if TYPE_CHECKING:
    from app.models.station_store_paxs import StationStorePax

STATES = ("draft", "pending", "accepted", "confirmed", "rejected", "canceled", "withdrawn")
PUBLIC_STATES = ("accepted", "confirmed")


class Session(Created, SoftDeleted, Base):
    """A programme item; public once accepted or confirmed."""

    __tablename__ = "sessions"
    __table_args__ = (
        one_of("state", STATES),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    track_id: Mapped[int | None] = reference("tracks.id")
    microlocation_id: Mapped[int | None] = reference("microlocations.id")
    creator_id: Mapped[int | None] = reference("users.id")
    session_type_id: Mapped[int | None] = reference("session_types.id")
    title: Mapped[str] = mapped_column(Text, nullable=False)
    subtitle: Mapped[str | None] = text()
    short_abstract: Mapped[str | None] = text()
    long_abstract: Mapped[str | None] = text()
    comments: Mapped[str | None] = text()
    language: Mapped[str | None] = text()
    level: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, nullable=False, default="draft", server_default="draft")
    starts_at: Mapped[datetime | None] = instant()
    ends_at: Mapped[datetime | None] = instant()
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), default=utcnow)
    slides_url: Mapped[str | None] = text()
    video_url: Mapped[str | None] = text()
    audio_url: Mapped[str | None] = text()
    signup_url: Mapped[str | None] = text()
    slides: Mapped[list[Any] | None] = mapped_column(JSONB)
    website: Mapped[str | None] = text()
    facebook: Mapped[str | None] = text()
    github: Mapped[str | None] = text()
    gitlab: Mapped[str | None] = text()
    instagram: Mapped[str | None] = text()
    linkedin: Mapped[str | None] = text()
    mastodon: Mapped[str | None] = text()
    twitter: Mapped[str | None] = text()
    complex_field_values: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    last_modified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), default=utcnow, onupdate=utcnow)
    is_locked: Mapped[bool] = flag()

    average_rating: Mapped[float | None] = column_property(
        select(func.avg(Feedback.rating, type_=Float))
        .where(Feedback.session_id == id)
        .correlate_except(Feedback)
        .scalar_subquery()
    )
    rating_count: Mapped[int] = column_property(
        select(func.count(Feedback.id)).where(Feedback.session_id == id).correlate_except(Feedback).scalar_subquery()
    )

    event: Mapped[Event] = relationship(back_populates="sessions")
    track: Mapped[Track | None] = relationship(back_populates="sessions")
    microlocation: Mapped[Microlocation | None] = relationship(back_populates="sessions")
    # Nobody is written to when a session's state changes, whatever clients ask for.
    is_mail_sent = False

    creator: Mapped[User | None] = relationship()
    speakers: Mapped[list[Speaker]] = relationship(
        secondary=sessions_speakers, back_populates="sessions", order_by="Speaker.id"
    )
    feedbacks: Mapped[list[Feedback]] = relationship(back_populates="session", order_by="Feedback.id")
    session_type: Mapped[SessionType | None] = relationship(back_populates="sessions")
    station_store_paxs: Mapped[list["StationStorePax"]] = relationship(
        back_populates="session", order_by="StationStorePax.id"
    )
