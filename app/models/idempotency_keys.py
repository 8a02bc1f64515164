"""Requests that were done and may come again: each by the key that its client gave it, with the answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import utcnow
from app.database import Base


class IdempotencyKey(Base):
    """One request that was done, written in the transaction of what it did: both are there, or neither.

    ``scope`` is whose key it is, ``fingerprint`` tells the request from others, ``headers`` are pairs. Without a
    ``body`` the request was done, and its answer is not kept (any more).
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    status: Mapped[int] = mapped_column(SmallInteger, nullable=False)
    headers: Mapped[list[Any]] = mapped_column(JSONB, nullable=False)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False, default=utcnow)
