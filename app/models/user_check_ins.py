"""User check-ins: what stations have scanned, one row for one accepted scan."""

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.attendees import TicketHolder
from app.models.columns import Created, SoftDeleted, one_of, primary_key, reference
from app.models.events import Event
from app.models.movements import Movement
from app.models.sessions import Session
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY, REGISTRATION, STATION_TYPES, Station

MESSAGES = {
    REGISTRATION: "Ticket register successful.",
    DAILY: "Attendee daily check successful.",
    CHECK_IN: "Attendee check in successful.",
    CHECK_OUT: "Attendee check out successful.",
}


class UserCheckIn(Created, SoftDeleted, Base):
    """One attendee at one station, once.

    ``station_type`` is what the station was at that moment. Where the guest was is the ledger's to know: see
    `app.models.movements`; of a room's door, ``movement`` is the row that the scan wrote there.
    """

    __tablename__ = "user_check_ins"
    __table_args__ = (
        one_of("station_type", STATION_TYPES),
        Index("ix_user_check_ins_event_id_created_at", "event_id", "created_at"),
        Index("ix_user_check_ins_movement_id", "movement_id", postgresql_where=text("movement_id IS NOT NULL")),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    station_id: Mapped[int] = reference("stations.id", nullable=False)
    station_type: Mapped[str] = mapped_column(Text, nullable=False)
    ticket_holder_id: Mapped[int] = reference("ticket_holders.id", nullable=False)
    session_id: Mapped[int | None] = reference("sessions.id")
    movement_id: Mapped[int | None] = reference("movements.id", index=False)
    recorded_by_id: Mapped[int | None] = reference("users.id")

    event: Mapped[Event] = relationship()
    station: Mapped[Station] = relationship()
    ticket_holder: Mapped[TicketHolder] = relationship()
    session: Mapped[Session | None] = relationship()
    movement: Mapped[Movement | None] = relationship()

    @property
    def success(self) -> bool:
        """The kiosk looks for it: a row exists only of a scan that succeeded."""
        return True

    @property
    def message(self) -> str:
        """What the kiosk may show."""
        return MESSAGES[self.station_type]
