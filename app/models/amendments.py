"""Amendments: who put the ledger right, when, and why; one row for each movement that was taken back.

Only ever added to. The movements themselves hold what was, and what is: see `app.models.movements`.
"""

from sqlalchemy import Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, one_of, primary_key, reference
from app.models.door_passes import DoorPass
from app.models.events import Event
from app.models.movements import Movement
from app.models.repairs import Repair
from app.models.users import User

UNDO = "undo"
"""It did not happen."""
CORRECT = "correct"
"""It happened at another time."""
REPAIR = "repair"
"""It was of the other direction, as many at that device were."""
RESTORE = "restore"
"""What a repair had put in a movement's place is taken back, and the movement stands again."""

KINDS = (UNDO, CORRECT, REPAIR, RESTORE)


class Amendment(Created, Base):
    """A movement that was taken back, and the ``replacement`` that stands in its place, if one does."""

    __tablename__ = "amendments"
    __table_args__ = (
        one_of("kind", KINDS),
        Index("ix_amendments_event_id_id", "event_id", "id"),
        Index("ix_amendments_replacement_id", "replacement_id", postgresql_where=sql("replacement_id IS NOT NULL")),
        Index("ix_amendments_door_pass_id", "door_pass_id", postgresql_where=sql("door_pass_id IS NOT NULL")),
        Index("ix_amendments_repair_id", "repair_id", postgresql_where=sql("repair_id IS NOT NULL")),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    movement_id: Mapped[int] = reference("movements.id", nullable=False)
    kind: Mapped[str] = mapped_column(Text, nullable=False)
    replacement_id: Mapped[int | None] = reference("movements.id", index=False)
    repair_id: Mapped[int | None] = reference("repairs.id", index=False)
    reason: Mapped[str] = mapped_column(Text, nullable=False)
    author_id: Mapped[int | None] = reference("users.id")
    door_pass_id: Mapped[int | None] = reference("door_passes.id", index=False)
    """The pass of who did it, if it was no account."""

    event: Mapped[Event] = relationship()
    movement: Mapped[Movement] = relationship(foreign_keys=movement_id)
    replacement: Mapped[Movement | None] = relationship(foreign_keys=replacement_id)
    repair: Mapped[Repair | None] = relationship()
    author: Mapped[User | None] = relationship()
    door_pass: Mapped[DoorPass | None] = relationship()
