"""Tags: coloured marks that an event's team puts on attendees."""

from typing import TYPE_CHECKING

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import flag, primary_key, reference, text
from app.models.events import Event

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder


class Tag(Base):
    """A mark with a name and a color (``#rrggbb``). Who has one that is removed has none then."""

    __tablename__ = "tags"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    color: Mapped[str | None] = text()
    is_read_only: Mapped[bool] = flag()

    event: Mapped[Event] = relationship(back_populates="tags")
    attendees: Mapped[list["TicketHolder"]] = relationship(back_populates="tag", order_by="TicketHolder.id")
