"""Counts that lists and statistics tell, so that nobody counts a million rows to say how many there are.

The database's triggers write them (migration 5e3b9d7c1f60), whoever changes the rows that are counted: no code of ours
does. A count is the sum of its rows, of which each writer takes one that nobody holds: nobody waits to be counted.

No foreign keys: rows of events and tickets are never removed, and each key would be looked up for every new row.
"""

from decimal import Decimal

from sqlalchemy import BigInteger, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import primary_key


def _number() -> Mapped[int]:
    return mapped_column(BigInteger, nullable=False)


def _amount() -> Mapped[Decimal]:
    return mapped_column(Numeric, nullable=False)


class AttendeeCount(Base):
    """Attendees of a ticket who are not deleted."""

    __tablename__ = "attendee_counts"
    __table_args__ = (
        Index("ix_attendee_counts_event_id_ticket_id", "event_id", "ticket_id"),
        Index("ix_attendee_counts_ticket_id", "ticket_id"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = _number()
    ticket_id: Mapped[int] = _number()
    attendees: Mapped[int] = _number()


class OrderCount(Base):
    """An event's orders of one status, and their amounts."""

    __tablename__ = "order_counts"
    __table_args__ = (Index("ix_order_counts_event_id_status", "event_id", "status"),)

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = _number()
    status: Mapped[str] = mapped_column(Text, nullable=False)
    orders: Mapped[int] = _number()
    amount: Mapped[Decimal] = _amount()


class SaleCount(Base):
    """What an event's orders of one status have of a ticket: how many do, seats, and what those cost."""

    __tablename__ = "sale_counts"
    __table_args__ = (
        Index("ix_sale_counts_event_id_ticket_id_status", "event_id", "ticket_id", "status"),
        Index("ix_sale_counts_ticket_id", "ticket_id"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = _number()
    ticket_id: Mapped[int] = _number()
    status: Mapped[str] = mapped_column(Text, nullable=False)
    orders: Mapped[int] = _number()
    seats: Mapped[int] = _number()
    amount: Mapped[Decimal] = _amount()
