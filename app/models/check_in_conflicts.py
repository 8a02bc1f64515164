"""Check-in conflicts: scans that contradict another one, and what a supervisor has decided about them.

A row is made when a contradiction is found, and never deleted: one that a late scan, an undo or a correction makes
vanish is withdrawn, and open again when it comes back.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.attendees import TicketHolder
from app.models.columns import Created, instant, one_of, primary_key, reference, text
from app.models.events import Event
from app.models.movements import Movement
from app.models.users import User

OPEN = "open"
RESOLVED = "resolved"
WITHDRAWN = "withdrawn"
STATES = (OPEN, RESOLVED, WITHDRAWN)

DOUBLE_READ = "double-read"
"""The same scan was read twice."""
SHARED_TICKET = "shared-ticket"
"""Two persons came with one ticket."""
LOST_EXIT = "lost-exit"
"""He went out between two entries, and nobody scanned it."""
LOST_ENTRY = "lost-entry"
"""He came in before an exit, and nobody scanned it."""
DISMISSED = "dismissed"
"""Nothing of all that, or nobody can know."""

SUGGESTIONS = (DOUBLE_READ, SHARED_TICKET, LOST_EXIT, LOST_ENTRY)
RESOLUTIONS = (*SUGGESTIONS, DISMISSED)
MISSING = (LOST_EXIT, LOST_ENTRY)
"""Resolutions that add the movement that was not scanned, so that the second one counts."""

EXPLANATIONS = {
    DOUBLE_READ: "The ticket was scanned again within two minutes, in the same direction: it was probably read twice.",
    SHARED_TICKET: "The ticket was used at two doors or devices, {minutes} minutes apart: perhaps it was handed on to "
    "somebody in the queue.",
    LOST_EXIT: "The guest came in again after {minutes} minutes: perhaps nobody scanned him when he went out.",
    LOST_ENTRY: "The guest went out without being inside: perhaps nobody scanned him when he came in.",
}
"""What a suggestion says to people."""


class CheckInConflict(Created, Base):
    """A scan that does not count (``second``), and the movement that it contradicts (``first``).

    Written under the lock of the attendee's row only. ``resolution`` and what belongs to it stay when the row is open
    again: they are what was decided last.
    """

    __tablename__ = "check_in_conflicts"
    __table_args__ = (
        one_of("state", STATES),
        one_of("suggestion", SUGGESTIONS),
        one_of("resolution", RESOLUTIONS),
        CheckConstraint(
            "state <> 'resolved' OR (resolution IS NOT NULL AND resolution_reason IS NOT NULL"
            " AND resolved_at IS NOT NULL)",
            name="resolved_says_why",
        ),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_says_when"),
        Index("ix_check_in_conflicts_event_id_state", "event_id", "state"),
        Index("uq_check_in_conflicts_second_id", "second_id", unique=True),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    attendee_id: Mapped[int] = reference("ticket_holders.id", nullable=False)
    first_id: Mapped[int | None] = reference("movements.id")
    """The last one that counted before it at the same door. Null where none did: who leaves a room that he never
    entered."""
    second_id: Mapped[int] = reference("movements.id", nullable=False, index=False)
    seconds_apart: Mapped[int | None] = mapped_column(BigInteger)
    """Whole seconds from the first to the second."""
    suggestion: Mapped[str] = mapped_column(Text, nullable=False)
    state: Mapped[str] = mapped_column(Text, nullable=False)
    resolution: Mapped[str | None] = text()
    resolution_reason: Mapped[str | None] = text()
    resolved_by_id: Mapped[int | None] = reference("users.id")
    resolved_at: Mapped[datetime | None] = instant()
    withdrawn_at: Mapped[datetime | None] = instant()

    event: Mapped[Event] = relationship()
    attendee: Mapped[TicketHolder] = relationship()
    first: Mapped[Movement | None] = relationship(foreign_keys=first_id)
    second: Mapped[Movement] = relationship(foreign_keys=second_id)
    resolved_by: Mapped[User | None] = relationship()

    @property
    def minutes_apart(self) -> int | None:
        """Whole minutes from the first to the second."""
        return None if self.seconds_apart is None else self.seconds_apart // 60

    @property
    def explanation(self) -> str:
        """The suggestion, as a sentence for people."""
        return EXPLANATIONS[self.suggestion].format(minutes=self.minutes_apart)
