"""Log-ins: how many were tried for an account, from where they have succeeded, which have ended before their tokens."""

from datetime import datetime

from sqlalchemy import Boolean, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import flag, primary_key, required_instant


class LoginAttempt(Base):
    """A password that was checked, or is being checked: ``was_right`` is null until then.

    ``account`` and ``origin`` are keyed hashes, of the address that was given, whether or not anybody has it, and of
    where the attempt came from.
    """

    __tablename__ = "login_attempts"

    id: Mapped[int] = primary_key()
    account: Mapped[str] = mapped_column(Text, nullable=False)
    origin: Mapped[str] = mapped_column(Text, nullable=False)
    was_known: Mapped[bool] = flag()
    was_right: Mapped[bool | None] = mapped_column(Boolean)
    made_at: Mapped[datetime] = required_instant()


Index("ix_login_attempts_account_made_at", LoginAttempt.account, LoginAttempt.made_at)
Index("ix_login_attempts_made_at", LoginAttempt.made_at)


class LoginOrigin(Base):
    """That an account has logged in from a client address, and when last; a keyed hash of both."""

    __tablename__ = "login_origins"

    origin: Mapped[str] = mapped_column(Text, primary_key=True)
    seen_at: Mapped[datetime] = required_instant()


class EndedLogin(Base):
    """A log-in that its user has ended. Kept as long as any of its tokens would be good."""

    __tablename__ = "ended_logins"

    login: Mapped[str] = mapped_column(Text, primary_key=True)
    until: Mapped[datetime] = required_instant()
