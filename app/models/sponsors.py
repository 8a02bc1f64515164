"""Sponsors: who pays for an event and is shown for it."""

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, primary_key, reference, text
from app.models.events import Event


class Sponsor(SoftDeleted, Base):
    """A sponsor; ``level`` 1 is the highest."""

    __tablename__ = "sponsors"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    description: Mapped[str | None] = text()
    level: Mapped[int | None] = mapped_column(Integer)
    type: Mapped[str | None] = text()
    url: Mapped[str | None] = text()
    logo_url: Mapped[str | None] = text()

    event: Mapped[Event] = relationship(back_populates="sponsors")
