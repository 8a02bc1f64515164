"""Kinds of columns that several tables share."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Text,
    false,
    true,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from app.clock import utcnow

Money = Numeric(10, 2, asdecimal=True)
"""An amount in the event's currency, exact to two decimals, below 100 million."""

Total = Numeric(14, 2, asdecimal=True)
"""A sum of amounts: 500 seats at the highest price fit."""

ZERO = Decimal("0.00")


def primary_key() -> MappedColumn[int]:
    """A 64-bit number from the database."""
    return mapped_column(BigInteger, Identity(always=False), primary_key=True)


def reference(column: str, **options: Any) -> MappedColumn[Any]:
    """A foreign key with an index of its own: every one of them is looked up from the other side."""
    return mapped_column(BigInteger, ForeignKey(column), index=options.pop("index", True), **options)


def flag(default: bool = False) -> MappedColumn[bool]:
    """A boolean that is never null."""
    return mapped_column(Boolean, nullable=False, default=default, server_default=true() if default else false())


def text() -> MappedColumn[str | None]:
    """Free text, or null."""
    return mapped_column(Text)


def instant() -> MappedColumn[datetime | None]:
    """A moment (timestamptz), or null."""
    return mapped_column(DateTime(timezone=True))


def required_instant() -> MappedColumn[datetime]:
    """A moment (timestamptz), never null."""
    return mapped_column(DateTime(timezone=True), nullable=False)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A CHECK that ``column`` holds one of ``values``."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


def one_living_per_event(table: str) -> Index:
    """A unique index: an event has one row at most that is not deleted."""
    return Index(f"uq_{table}_event_id_living", "event_id", unique=True, postgresql_where=sql("deleted_at IS NULL"))


class Created:
    """Rows that know when they were made."""

    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), nullable=False, default=utcnow)


class SoftDeleted:
    """Rows that are hidden instead of removed: money and attendance refer to them for years."""

    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
