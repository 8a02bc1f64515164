"""Audit entries: who changed what, and when; written by the database's triggers, and only ever added to.

Nothing personal is in them: ids, states, amounts and times, and no word that anybody has typed. So nobody's wish to be
forgotten ever meets them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import one_of, primary_key
from app.models.events import Event

INSERT, UPDATE, DELETE = "insert", "update", "delete"
ERASE = "erase"
"""A person was removed from the row: the only entry that is not a trigger's."""

VERBS = (INSERT, UPDATE, DELETE, ERASE)


def _told(setting: str) -> Any:
    return mapped_column(Text, server_default=sql(f"NULLIF(current_setting('app.{setting}'::text, true), ''::text)"))


class AuditEntry(Base):
    """A change of one row of the table ``noun``. Which columns it tells says the migration that audits the table.

    No foreign keys: each would cost every sale and scan another look-up, and rows of events are never removed.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        one_of("verb", VERBS),
        Index("ix_audit_entries_event_id_id", "event_id", "id"),
        Index("ix_audit_entries_noun_row_id", "noun", "row_id"),
    )

    id: Mapped[int] = primary_key()
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), nullable=False, server_default=sql("clock_timestamp()")
    )
    written_in: Mapped[int] = mapped_column(
        BigInteger, nullable=False, server_default=sql("((pg_current_xact_id())::text)::bigint")
    )
    """The transaction: what has the same number was changed together."""
    subject: Mapped[str | None] = _told("subject")
    """Who: ``user:12``, ``pass:3``, ``anonymous``, ``command``, ``system``; null for SQL by hand."""
    request_id: Mapped[str | None] = _told("request")
    verb: Mapped[str] = mapped_column(Text, nullable=False)
    noun: Mapped[str] = mapped_column(Text, nullable=False)
    row_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """Null outside of events."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    event: Mapped[Event | None] = relationship(primaryjoin="foreign(AuditEntry.event_id) == Event.id", viewonly=True)


class AuditSeal(Base):
    """The place of an entry in the chain: ``hash`` stands for it and for all entries before."""

    __tablename__ = "audit_seals"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, nullable=False, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


class AuditMark(Base):
    """The one row, which comes with its migration: from where on sealing has to look. It only saves time.

    No entry with an id up to ``sealed_to`` waits for a seal, or ever will. The same will be true of ``seen_to`` once
    the transactions with numbers below ``seen_before`` are over.
    """

    __tablename__ = "audit_marks"
    __table_args__ = (CheckConstraint("id = 1", name="the_one"),)

    id: Mapped[int] = primary_key()
    sealed_to: Mapped[int] = mapped_column(BigInteger, nullable=False, server_default="0")
    seen_to: Mapped[int] = mapped_column(BigInteger, nullable=False, server_default="0")
    seen_before: Mapped[int] = mapped_column(BigInteger, nullable=False, server_default="0")
