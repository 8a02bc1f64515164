"""Movements: the append-only ledger of scans, one row for one scan.

A row without a microlocation is about the venue: the attendee's columns are its picture. One with a microlocation is
about that room, and changes nothing of the picture. Which rows count follows from all scans of a guest together: see
`app.services.fold`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import utcnow
from app.database import Base
from app.models.attendees import TicketHolder
from app.models.columns import flag, instant, one_of, primary_key, reference, required_instant, text
from app.models.door_passes import DoorPass
from app.models.events import Event
from app.models.microlocations import Microlocation
from app.models.users import User

IN = "in"
OUT = "out"
DIRECTIONS = (IN, OUT)

ACCEPTED = "accepted"
"""It counts."""
CONFLICT = "conflict"
"""It happened, and contradicts the guest's other scans: it does not count as long as they stand."""
REPLAYED = "replayed"
"""It told nothing that was not known."""
REFUSED = "refused"
"""The guest was not let through."""
HELD = "held"
"""Its time cannot be right: it waits for somebody who knows a better one."""
UNDONE = "undone"
"""It was taken back, or was concluded from less than is known now."""

VERDICTS = (ACCEPTED, CONFLICT, REPLAYED, REFUSED, HELD, UNDONE)
LIVE = (ACCEPTED, CONFLICT)
"""Verdicts of scans that are part of a guest's story."""

PATCH = "patch"
STATION = "station"
AUTOMATIC = "automatic"
DESK = "desk"
BATCH = "batch"
SOURCES = (PATCH, STATION, BATCH, DESK, AUTOMATIC)


class Movement(Base):
    """A scan with its verdict. Rows are never deleted, and only their verdict and its reason ever change, and what was
    written about a person who has been removed; a trigger keeps ``written_in``."""

    __tablename__ = "movements"
    __table_args__ = (
        one_of("direction", DIRECTIONS),
        one_of("verdict", VERDICTS),
        one_of("source", SOURCES),
        Index("ix_movements_attendee_id_occurred_at", "attendee_id", "occurred_at"),
        Index("ix_movements_event_id_id", "event_id", "id"),
        Index("ix_movements_event_id_device_name", "event_id", "device_name", "recorded_at"),
        Index("ix_movements_event_id_held", "event_id", postgresql_where=sql("verdict = 'held'")),
        Index("ix_movements_event_id_written_in", "event_id", "written_in", "id"),
        Index(
            "uq_movements_event_id_client_uuid",
            "event_id",
            "client_uuid",
            unique=True,
            postgresql_where=sql("client_uuid IS NOT NULL"),
        ),
        Index(
            "ix_movements_microlocation_id", "microlocation_id", postgresql_where=sql("microlocation_id IS NOT NULL")
        ),
        Index("ix_movements_door_pass_id", "door_pass_id", postgresql_where=sql("door_pass_id IS NOT NULL")),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    attendee_id: Mapped[int | None] = reference("ticket_holders.id", index=False)
    """Null where nobody was found for what was scanned."""
    microlocation_id: Mapped[int | None] = reference("microlocations.id", index=False)
    """The room that was entered or left; null for the venue itself."""
    direction: Mapped[str] = mapped_column(Text, nullable=False)
    device_time: Mapped[datetime | None] = instant()
    """The time as sent; null when the client sent none."""
    occurred_at: Mapped[datetime] = required_instant()
    """The time as counted."""
    uncertainty_ms: Mapped[int | None] = mapped_column(BigInteger)
    """By how many milliseconds the time as counted may be wrong; null where it is the server's own."""
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False, default=utcnow)
    """When the server received the scan."""
    device: Mapped[str | None] = mapped_column("device_name", Text)
    gate: Mapped[str | None] = text()
    """The door of the venue, or of the room, where a client names one."""
    scanned: Mapped[str | None] = text()
    """What the device had read, where that was nobody's."""
    client_uuid: Mapped[str | None] = text()
    """The client's own name of the scan: sent again, it is the same scan."""
    recorded_by_id: Mapped[int | None] = reference("users.id")
    door_pass_id: Mapped[int | None] = reference("door_passes.id", index=False)
    """The pass that it was scanned with; then no account has recorded it."""
    source: Mapped[str] = mapped_column(Text, nullable=False)
    verdict: Mapped[str] = mapped_column(Text, nullable=False)
    told: Mapped[str | None] = text()
    """The verdict when the scan arrived: what the device was told, and is told again. Null in rows of old releases."""
    told_reason: Mapped[str | None] = text()
    """And why."""
    reason: Mapped[str | None] = text()
    """Why it was not accepted as sent, in a machine word; null when nothing is to be said."""
    is_inferred: Mapped[bool] = flag()
    """Nobody scanned it: the server concluded it from another movement."""

    override_reason: Mapped[str | None] = text()
    """Why a supervisor let the guest through all the same."""
    written_in: Mapped[int | None] = mapped_column(BigInteger)
    """The transaction that wrote the row last, kept by a trigger: what a reader who comes back has not seen yet. Null
    in rows of old releases."""

    event: Mapped[Event] = relationship()
    attendee: Mapped[TicketHolder | None] = relationship()
    microlocation: Mapped[Microlocation | None] = relationship()
    recorded_by: Mapped[User | None] = relationship()
    door_pass: Mapped[DoorPass | None] = relationship()
