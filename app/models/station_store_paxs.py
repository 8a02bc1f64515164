"""Station-store-paxs: heads counted by hand."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import utcnow
from app.database import Base
from app.models.columns import Created, primary_key, reference
from app.models.events import Event
from app.models.sessions import Session
from app.models.stations import Station


class StationStorePax(Created, Base):
    """So many people in a session, as somebody at a station has counted them."""

    __tablename__ = "station_store_paxs"
    __table_args__ = (CheckConstraint("current_pax >= 0", name="current_pax_not_negative"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    station_id: Mapped[int] = reference("stations.id", nullable=False)
    session_id: Mapped[int] = reference("sessions.id", nullable=False)
    current_pax: Mapped[int] = mapped_column(Integer, nullable=False)
    modified_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow
    )

    event: Mapped[Event] = relationship()
    station: Mapped[Station] = relationship(back_populates="station_store_paxs")
    session: Mapped[Session] = relationship(back_populates="station_store_paxs")
