"""Feedbacks: what people thought of an event, or of one of its sessions."""

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Float, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import Created, primary_key, reference, text
from app.models.events import Event
from app.models.users import User

if TYPE_CHECKING:
    from app.models.sessions import Session

BEST = 5


class Feedback(Created, Base):
    """A rating and a comment: one of each user for each session, and one for the event itself."""

    __tablename__ = "feedbacks"
    __table_args__ = (
        CheckConstraint(f"rating BETWEEN 0 AND {BEST}", name="rating_in_range"),
        UniqueConstraint("user_id", "session_id"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    session_id: Mapped[int | None] = reference("sessions.id")
    user_id: Mapped[int] = reference("users.id", nullable=False, index=False)  # the unique index begins with it
    rating: Mapped[float] = mapped_column(Float, nullable=False)
    comment: Mapped[str | None] = text()

    event: Mapped[Event] = relationship(back_populates="feedbacks")
    session: Mapped["Session | None"] = relationship(back_populates="feedbacks")
    user: Mapped[User] = relationship(back_populates="feedbacks")


Index(
    "uq_feedbacks_user_id_event_id_itself",
    Feedback.user_id,
    Feedback.event_id,
    unique=True,
    postgresql_where=Feedback.session_id.is_(None),
)
