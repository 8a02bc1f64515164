"""Devices at the doors of an event, as far as they have told of themselves: what is known of their clocks."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import primary_key, reference, required_instant


class Device(Base):
    """A phone that sends batches, under the name that it gives itself."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    last_contact_at: Mapped[datetime] = required_instant()
    """When its last batch came."""
    sent_at: Mapped[datetime] = required_instant()
    """What its own clock said then."""
    skew_ms: Mapped[int] = mapped_column(BigInteger, nullable=False)
    """How far its clock was behind ours then, in milliseconds, the way of the batch included; negative: ahead."""
    skew_change_ms: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0, server_default="0")
    """By how much that differed from the batch before."""
    backlog: Mapped[int | None] = mapped_column(Integer)
    """How many scans it still had to send, where it says so."""
    backlog_seconds: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0, server_default="0")
    """How old the oldest scan of its last batch was when it was sent, in seconds."""
