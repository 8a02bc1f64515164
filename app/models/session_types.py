"""Session types: talk, workshop, and how long one lasts."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, primary_key, reference
from app.models.events import Event

if TYPE_CHECKING:
    from app.models.sessions import Session

USUAL_LENGTH = "00:30"


class SessionType(SoftDeleted, Base):
    """A kind of session; ``length`` is ``HH:MM``."""

    __tablename__ = "session_types"
    __table_args__ = (CheckConstraint("length ~ '^[0-9]{2}:[0-5][0-9]$'", name="length_is_a_time"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    length: Mapped[str] = mapped_column(Text, nullable=False, default=USUAL_LENGTH, server_default=USUAL_LENGTH)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")

    event: Mapped[Event] = relationship(back_populates="session_types")
    sessions: Mapped[list["Session"]] = relationship(back_populates="session_type", order_by="Session.id")
