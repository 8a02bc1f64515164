"""Repairs: the scans of a device that was in the wrong mode for a while, put right in one step that can be undone."""

from datetime import datetime

from sqlalchemy import DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from app.database import Base
from app.models.columns import Created, instant, one_of, primary_key, reference, required_instant, text
from app.models.events import Event
from app.models.movements import DIRECTIONS
from app.models.users import User


class Repair(Created, Base):
    """The scans of a device from one time to another, which all should have been of a ``direction``, in one step.

    ``undone_at`` and what belongs to it are written once, when the repair is undone.
    """

    __tablename__ = "repairs"
    __table_args__ = (one_of("direction", DIRECTIONS),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    device: Mapped[str] = mapped_column(Text, nullable=False)
    since: Mapped[datetime] = synonym("from")
    until: Mapped[datetime] = required_instant()
    direction: Mapped[str] = mapped_column(Text, nullable=False)
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    author_id: Mapped[int | None] = reference("users.id")
    movement_count: Mapped[int] = mapped_column(nullable=False)
    attendee_count: Mapped[int] = mapped_column(nullable=False)
    undone_at: Mapped[datetime | None] = instant()
    undone_by_id: Mapped[int | None] = reference("users.id")
    undo_reason: Mapped[str | None] = text()

    event: Mapped[Event] = relationship()
    author: Mapped[User | None] = relationship(foreign_keys=author_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)


# The wire's word is one of Python's own; the attribute that the column is mapped to is what filters and sorting know.
setattr(Repair, "from", mapped_column("since", DateTime(timezone=True), nullable=False))
