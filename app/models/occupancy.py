"""Counts of movements that count, kept where they are written and summed where they are read.

One event's door would be one row that every scan waits for; so a count is spread over slots, and each connection writes
to its own.
"""

from sqlalchemy import BigInteger, Index, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import primary_key, reference

SLOTS = 16


class OccupancyCount(Base):
    """Entries and exits at one door of the venue (``microlocation_id`` null) or of a room, in one slot."""

    __tablename__ = "occupancy_counts"
    __table_args__ = (
        Index(
            "uq_occupancy_counts_place",
            "event_id",
            "microlocation_id",
            "gate",
            "slot",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    microlocation_id: Mapped[int | None] = reference("microlocations.id")
    gate: Mapped[str | None] = mapped_column(Text)
    slot: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    entries: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0, server_default="0")
    exits: Mapped[int] = mapped_column(BigInteger, nullable=False, default=0, server_default="0")
