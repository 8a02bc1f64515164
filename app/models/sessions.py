"""Sessions: talks and concerts, in a track and a microlocation."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, DateTime, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import utcnow
from app.database import Base
from app.models.columns import Created, SoftDeleted, flag, instant, one_of, primary_key, reference, text
from app.models.events import Event
from app.models.microlocations import Microlocation
from app.models.session_types import SessionType
from app.models.tracks import Track

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
    is_locked: Mapped[bool] = flag()

    event: Mapped[Event] = relationship(back_populates="sessions")
    track: Mapped[Track | None] = relationship(back_populates="sessions")
    microlocation: Mapped[Microlocation | None] = relationship(back_populates="sessions")
    session_type: Mapped[SessionType | None] = relationship(back_populates="sessions")
    station_store_paxs: Mapped[list["StationStorePax"]] = relationship(
        back_populates="session", order_by="StationStorePax.id"
    )
