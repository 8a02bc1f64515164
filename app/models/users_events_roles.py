"""Who does what at an event."""

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import primary_key, reference
from app.models.events import Event
from app.models.users import User

OWNER = "owner"
ORGANIZER = "organizer"
COORGANIZER = "coorganizer"
TRACK_ORGANIZER = "track_organizer"
MODERATOR = "moderator"
REGISTRAR = "registrar"

HEADS = (OWNER, ORGANIZER)
"""Roles that only an owner may give: else an organizer could make himself owner."""

ROLES = {  # name → (id, title): the ids are the existing server's, clients know them
    ORGANIZER: (1, "Organizer"),
    COORGANIZER: (2, "Co-Organizer"),
    OWNER: (3, "Owner"),
    TRACK_ORGANIZER: (4, "Track Organizer"),
    MODERATOR: (5, "Moderator"),
    REGISTRAR: (6, "Registrar"),
}


class Role(Base):
    """A kind of work at an event. The rows come with the first migration."""

    __tablename__ = "roles"

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(Text, nullable=False, unique=True)
    title_name: Mapped[str] = mapped_column(Text, nullable=False)


class UsersEventsRoles(Base):
    """One user's one role at one event."""

    __tablename__ = "users_events_roles"
    __table_args__ = (UniqueConstraint("user_id", "event_id", "role_id"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = reference("users.id", nullable=False, index=False)  # the unique index begins with it
    event_id: Mapped[int] = reference("events.id", nullable=False)
    role_id: Mapped[int] = reference("roles.id", nullable=False)

    user: Mapped[User] = relationship()
    event: Mapped[Event] = relationship(back_populates="roles")
    role: Mapped[Role] = relationship()
