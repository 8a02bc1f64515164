"""Stations: the places at which a kiosk scans."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, SoftDeleted, one_of, primary_key, reference
from app.models.events import Event
from app.models.microlocations import Microlocation

if TYPE_CHECKING:
    from app.models.station_store_paxs import StationStorePax

REGISTRATION = "registration"
DAILY = "daily"
CHECK_IN = "check in"
CHECK_OUT = "check out"
STATION_TYPES = (REGISTRATION, DAILY, CHECK_IN, CHECK_OUT)

ROOM_TYPES = (CHECK_IN, CHECK_OUT)
"""Stations of these types stand at the door of a room."""


class Station(Created, SoftDeleted, Base):
    """A kiosk's post: the registration desk, the daily check at the entrance, or the door of a room."""

    __tablename__ = "stations"
    __table_args__ = (
        one_of("station_type", STATION_TYPES),
        CheckConstraint(
            "station_type IN ('registration', 'daily') OR microlocation_id IS NOT NULL", name="a_door_has_its_room"
        ),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    microlocation_id: Mapped[int | None] = reference("microlocations.id")
    station_name: Mapped[str] = mapped_column(Text, nullable=False)
    station_type: Mapped[str] = mapped_column(Text, nullable=False)

    event: Mapped[Event] = relationship(back_populates="stations")
    # Joined: every document shows `room`.
    microlocation: Mapped[Microlocation | None] = relationship(back_populates="stations", lazy="joined")
    station_store_paxs: Mapped[list["StationStorePax"]] = relationship(
        back_populates="station", order_by="StationStorePax.id"
    )

    @property
    def room(self) -> str | None:
        """What the microlocation calls its room."""
        return self.microlocation.room if self.microlocation else None
