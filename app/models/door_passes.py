"""Door passes: a phone that has one does some things at one event, for a while, without an account."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import utcnow
from app.database import Base
from app.models.columns import Created, instant, primary_key, reference, required_instant, text
from app.models.events import Event
from app.models.microlocations import Microlocation
from app.models.users import User

SCAN = "scan"
"""Scans tickets at the event's doors, also offline, and sees who is inside."""
SEARCH = "search"
"""Finds guests by their whole names."""
SELL = "sell"
"""Sells tickets at the door."""
ABILITIES = (SCAN, SEARCH, SELL)

REVOKED = "revoked"
EXPIRED = "expired"
WAITING = "waiting"
"""No phone has it (any more)."""
NOT_YET = "not-yet"
"""A phone has it, and may do nothing before its time."""
PAIRED = "paired"


class DoorPass(Created, Base):
    """A pass, and the one phone that it is paired with. Rows are never deleted: scans and sales refer to them.

    The pairing code and the phone's token are known to who was given them only: here are hashes of them.
    """

    __tablename__ = "door_passes"
    __table_args__ = (
        CheckConstraint(
            "abilities <@ ARRAY['scan', 'search', 'sell'] AND cardinality(abilities) > 0", name="abilities_known"
        ),
        CheckConstraint("valid_from < valid_until", name="valid_from_before_until"),
        CheckConstraint("(pairing_hash IS NULL) = (pairing_until IS NULL)", name="pairing_ends"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    microlocation_id: Mapped[int | None] = reference("microlocations.id")
    """The only room whose door it scans at; null: wherever the phone says."""
    created_by_id: Mapped[int | None] = reference("users.id")
    name: Mapped[str] = mapped_column(Text, nullable=False)
    abilities: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    gate: Mapped[str | None] = text()
    """Where its scans count, whatever the phone says; null: wherever it says."""
    valid_from: Mapped[datetime] = required_instant()
    valid_until: Mapped[datetime] = required_instant()
    revoked_at: Mapped[datetime | None] = instant()
    revoked_by_id: Mapped[int | None] = reference("users.id")

    pairing_hash: Mapped[str | None] = mapped_column(Text, unique=True)
    """Null once it was used."""
    pairing_until: Mapped[datetime | None] = instant()
    token_hash: Mapped[str | None] = mapped_column(Text, unique=True)
    paired_at: Mapped[datetime | None] = instant()
    paired_device: Mapped[str | None] = text()
    last_used_at: Mapped[datetime | None] = instant()
    """To about a minute."""

    event: Mapped[Event] = relationship()
    microlocation: Mapped[Microlocation | None] = relationship()
    created_by: Mapped[User | None] = relationship(foreign_keys=created_by_id)
    revoked_by: Mapped[User | None] = relationship(foreign_keys=revoked_by_id)

    @property
    def state(self) -> str:
        """What has become of it, in a word."""
        now = utcnow()
        if self.revoked_at is not None:
            return REVOKED
        if self.valid_until <= now:
            return EXPIRED
        if self.token_hash is None:
            return WAITING
        return NOT_YET if now < self.valid_from else PAIRED
