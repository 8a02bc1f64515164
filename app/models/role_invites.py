"""Role invites: letters that offer somebody a role at an event."""

from datetime import datetime

from sqlalchemy import Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, instant, one_of, primary_key, reference
from app.models.events import Event
from app.models.users_events_roles import Role

PENDING, ACCEPTED, DECLINED = "pending", "accepted", "declined"  # nothing declines yet: clients know the word
STATUSES = (PENDING, ACCEPTED, DECLINED)


class RoleInvite(Created, Base):
    """One address, one role at one event. Its token is known to the letter only: here is a hash of it.

    Before the letter has left there is neither a token nor the time it was sent at.
    """

    __tablename__ = "role_invites"
    __table_args__ = (one_of("status", STATUSES),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    role_id: Mapped[int] = reference("roles.id", nullable=False)
    email: Mapped[str] = mapped_column(Text, nullable=False)
    status: Mapped[str] = mapped_column(Text, nullable=False, default=PENDING)
    token_hash: Mapped[str | None] = mapped_column(Text, unique=True)
    sent_at: Mapped[datetime | None] = instant()

    event: Mapped[Event] = relationship(back_populates="role_invites")
    # Joined: every document shows its name.
    role: Mapped[Role] = relationship(lazy="joined", innerjoin=True)

    @property
    def role_name(self) -> str:
        """What the role is called in requests."""
        return self.role.name


Index(
    "uq_role_invites_pending",
    RoleInvite.event_id,
    func.lower(RoleInvite.email),
    RoleInvite.role_id,
    unique=True,
    postgresql_where=RoleInvite.status == PENDING,
)
