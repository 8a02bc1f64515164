"""Mails that wait to be sent: written in the transaction of what they tell of, gone when they have been sent; and what
has been queued a moment ago."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import utcnow
from app.database import Base
from app.models.columns import Created, primary_key, required_instant

VERIFY_PAGE = "/verify"
RESET_PAGE = "/reset-password"
INVITE_PAGE = "/role-invites"


class Mail(Created, Base):
    """A mail to one address.

    ``page`` is the page of the web app that it leads to. The link is made when the mail is sent: the tokens of
    `VERIFY_PAGE`, `RESET_PAGE` and `INVITE_PAGE` are never stored, and an address that nobody has an account for gets
    none of the first two.
    """

    __tablename__ = "mails"

    id: Mapped[int] = primary_key()
    recipient: Mapped[str] = mapped_column(Text, nullable=False)
    subject: Mapped[str] = mapped_column(Text, nullable=False)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    page: Mapped[str | None] = mapped_column(Text)
    # No foreign key: whoever deletes an invite would wait for the row of its letter, whose sender waits for the invite.
    role_invite_id: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False, default=utcnow)
    last_error: Mapped[str | None] = mapped_column(Text)


class RecentMail(Base):
    """That a kind of mail was queued for an address, and when last: so that it is not queued again at once.

    It outlives the mail by some minutes, so the address itself is not in it.
    """

    __tablename__ = "recent_mails"

    recipient_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    queued_at: Mapped[datetime] = required_instant()
