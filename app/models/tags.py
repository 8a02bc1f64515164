"""Tags: coloured marks that an event's team puts on attendees."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import flag, primary_key, reference, text


class Tag(Base):
    """A mark with a name and a color."""

    __tablename__ = "tags"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    color: Mapped[str | None] = text()
    is_read_only: Mapped[bool] = flag()
