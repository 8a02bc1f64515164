"""Speakers' calls: when and with which words an event asks for sessions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import (
    SoftDeleted,
    instant,
    one_living_per_event,
    one_of,
    primary_key,
    reference,
    required_instant,
    text,
)
from app.models.events import PRIVACIES, Event


class SpeakersCall(SoftDeleted, Base):
    """A call for sessions; an event has one at most."""

    __tablename__ = "speakers_calls"
    __table_args__ = (
        one_of("privacy", PRIVACIES),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        one_living_per_event("speakers_calls"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    announcement: Mapped[str | None] = text()
    starts_at: Mapped[datetime] = required_instant()
    ends_at: Mapped[datetime] = required_instant()
    soft_ends_at: Mapped[datetime | None] = instant()
    hash: Mapped[str | None] = text()
    privacy: Mapped[str] = mapped_column(Text, nullable=False, default="public", server_default="public")

    event: Mapped[Event] = relationship()
