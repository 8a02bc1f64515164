"""Event copyrights: who holds the rights of an event's contents, and on which terms."""

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, one_living_per_event, primary_key, reference, text
from app.models.events import Event


class EventCopyright(SoftDeleted, Base):
    """The terms of an event's contents; an event has them once at most."""

    __tablename__ = "event_copyrights"
    __table_args__ = (one_living_per_event("event_copyrights"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    holder: Mapped[str | None] = text()
    holder_url: Mapped[str | None] = text()
    licence: Mapped[str | None] = text()
    licence_url: Mapped[str | None] = text()
    year: Mapped[int | None] = mapped_column(Integer)
    logo_url: Mapped[str | None] = text()

    event: Mapped[Event] = relationship()
