"""Secrets of tickets that are good no more: who shows one is told why, and not taken for nobody."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import Created, primary_key, reference


class RevokedSecret(Created, Base):
    """A former secret of an attendee, as a hash; made when another one took its place, and by whom."""

    __tablename__ = "revoked_secrets"

    id: Mapped[int] = primary_key()
    attendee_id: Mapped[int] = reference("ticket_holders.id", nullable=False)
    secret_hash: Mapped[str] = mapped_column(Text, nullable=False, unique=True)
    revoked_by_id: Mapped[int | None] = reference("users.id")
