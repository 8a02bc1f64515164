"""Badge forms: what is printed on the badges of an event's guests."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, primary_key, reference, text
from app.models.events import Event

LANDSCAPE = "Landscape"
"""The orientation that is wider than high; every other word is upright."""


class BadgeForm(Created, Base):
    """A kind of badge. Tickets refer to it by ``badge_id``, a word of the client's."""

    __tablename__ = "badge_forms"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    badge_id: Mapped[str] = mapped_column(Text, nullable=False)
    badge_size: Mapped[str | None] = text()
    badge_color: Mapped[str | None] = text()
    badge_image_url: Mapped[str | None] = text()
    badge_orientation: Mapped[str | None] = text()
    badge_fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False)

    event: Mapped[Event] = relationship(back_populates="badge_forms")
