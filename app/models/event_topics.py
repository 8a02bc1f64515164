"""What events can be of: types (concert, meetup), topics and their sub-topics, the same for the whole server."""

import re
from typing import TYPE_CHECKING

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, primary_key, reference, text

if TYPE_CHECKING:
    from app.models.events import Event


class Named(SoftDeleted):
    """Rows with a name, and the name as a part of an address."""

    name: Mapped[str] = mapped_column(Text, nullable=False)

    @property
    def slug(self) -> str:
        """The name in small letters; what is neither letter nor digit becomes one dash."""
        return re.sub(r"[\W_]+", "-", self.name.lower()).strip("-")


class EventType(Named, Base):
    """A form of event."""

    __tablename__ = "event_types"

    id: Mapped[int] = primary_key()

    events: Mapped[list["Event"]] = relationship(back_populates="event_type", order_by="Event.id")


class EventTopic(Named, Base):
    """A subject."""

    __tablename__ = "event_topics"

    id: Mapped[int] = primary_key()
    system_image_url: Mapped[str | None] = text()

    events: Mapped[list["Event"]] = relationship(back_populates="event_topic", order_by="Event.id")
    event_sub_topics: Mapped[list["EventSubTopic"]] = relationship(
        back_populates="event_topic", order_by="EventSubTopic.id"
    )


class EventSubTopic(Named, Base):
    """A subject within a topic."""

    __tablename__ = "event_sub_topics"

    id: Mapped[int] = primary_key()
    event_topic_id: Mapped[int] = reference("event_topics.id", nullable=False)

    event_topic: Mapped[EventTopic] = relationship(back_populates="event_sub_topics")
    events: Mapped[list["Event"]] = relationship(back_populates="event_sub_topic", order_by="Event.id")
