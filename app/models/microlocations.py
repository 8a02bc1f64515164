"""Microlocations: venues, halls and rooms of an event."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Float, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, flag, primary_key, reference, text
from app.models.events import Event

if TYPE_CHECKING:
    from app.models.sessions import Session
    from app.models.stations import Station


class Microlocation(SoftDeleted, Base):
    """A venue, hall or room."""

    __tablename__ = "microlocations"
    __table_args__ = (CheckConstraint("capacity >= 0", name="capacity_not_negative"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    floor: Mapped[int | None] = mapped_column(Integer)
    room: Mapped[str | None] = text()
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    hidden_in_scheduler: Mapped[bool] = flag()
    is_chat_enabled: Mapped[bool] = flag()
    is_global_event_room: Mapped[bool] = flag()

    capacity: Mapped[int | None] = mapped_column(Integer)
    """How many people may be in; null: as many as come."""
    is_capacity_hard: Mapped[bool] = flag()
    """Beyond it nobody is let in; else the door is only told."""

    event: Mapped[Event] = relationship(back_populates="microlocations")
    sessions: Mapped[list["Session"]] = relationship(back_populates="microlocation", order_by="Session.id")
    stations: Mapped[list["Station"]] = relationship(back_populates="microlocation", order_by="Station.id")
