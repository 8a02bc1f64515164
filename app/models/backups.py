"""Backups that were made, as far as this database knows: one that is restored knows nothing of its own."""

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import primary_key, required_instant


class Backup(Base):
    """A dump that was written whole, and read again."""

    __tablename__ = "backups"

    id: Mapped[int] = primary_key()
    started_at: Mapped[datetime] = required_instant()
    """What was committed by then is in it."""
    finished_at: Mapped[datetime] = required_instant()
    bytes: Mapped[int] = mapped_column(BigInteger, nullable=False)
    file_name: Mapped[str] = mapped_column(Text, nullable=False)
    """Without its folder."""
