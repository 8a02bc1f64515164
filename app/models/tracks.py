"""Tracks: the themes that an event's sessions belong to."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, primary_key, reference, text
from app.models.events import Event

if TYPE_CHECKING:
    from app.models.sessions import Session

MIDDLE_GREY = 0.5


class Track(SoftDeleted, Base):
    """A theme with a color (``#rrggbb``)."""

    __tablename__ = "tracks"
    __table_args__ = (CheckConstraint("color ~ '^#[0-9a-fA-F]{6}$'", name="color_is_hex"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    description: Mapped[str | None] = text()
    color: Mapped[str] = mapped_column(Text, nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")

    event: Mapped[Event] = relationship(back_populates="tracks")
    sessions: Mapped[list["Session"]] = relationship(back_populates="track", order_by="Session.id")

    @property
    def font_color(self) -> str:
        """Black on light colors, white on dark ones (luma of ITU-R BT.601)."""
        red, green, blue = (int(self.color[start : start + 2], 16) for start in (1, 3, 5))
        darkness = 1 - (0.299 * red + 0.587 * green + 0.114 * blue) / 255
        return "#000000" if darkness < MIDDLE_GREY else "#ffffff"
