"""Orders and their lines."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ColumnElement, Index, Integer, Text, and_
from sqlalchemy import text as text_clause
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import (
    ZERO,
    Created,
    Money,
    Total,
    flag,
    instant,
    one_of,
    primary_key,
    reference,
    text,
)
from app.models.door_passes import DoorPass
from app.models.events import Event
from app.models.tickets import Ticket
from app.models.users import User

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder

INITIALIZING = "initializing"
PENDING = "pending"
PLACED = "placed"
COMPLETED = "completed"
CANCELLED = "cancelled"
EXPIRED = "expired"
STATUSES = (INITIALIZING, PENDING, PLACED, COMPLETED, CANCELLED, EXPIRED)

UNFINISHED = (INITIALIZING, PENDING)
"""The buyer is still busy with orders in these states: filling in, or paying online."""

ENDED = (CANCELLED, EXPIRED)
"""Orders in these states have given their seats back and stay as they are."""

HOLDING = (INITIALIZING, PENDING, PLACED, COMPLETED)
"""Orders in these states hold their seats."""

ADMITTING = (PLACED, COMPLETED)
"""Guests of orders in these states may enter."""

FREE, ONSITE = "free", "onsite"
PAYMENT_MODES = (FREE, "stripe", "paypal", "bank", "cheque", ONSITE, "omise", "alipay", "paytm", "invoice")
OFFLINE_MODES = ("bank", "cheque", ONSITE, "invoice")
"""Paid outside this server: the order is placed, and completed when the money is there."""


def number_of(order_id: int, created_at: datetime) -> str:
    """What an order is called on paper and in exports: the second it was made in, and its id."""
    return f"O{int(created_at.timestamp())}-{order_id}"


def door_code(identifier: str, attendee_id: int) -> str:
    """What the QR code of an attendee says; the apps at the door take it apart."""
    return f"{identifier}-{attendee_id}"


class Order(Created, Base):
    """A sale. ``amount`` is the sum of its lines, unless a team member has set another one: then it is known who."""

    __tablename__ = "orders"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("payment_mode", PAYMENT_MODES),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_orders_event_id_id", "event_id", "id"),
        Index("ix_orders_event_id_completed_at", "event_id", text_clause("completed_at DESC NULLS LAST"), "id"),
        # Nearly always null: an index of the few rows that are not costs the other sales nothing.
        Index(
            "ix_orders_amount_override_by_id",
            "amount_override_by_id",
            postgresql_where=text_clause("amount_override_by_id IS NOT NULL"),
        ),
        Index(
            "ix_orders_sold_by_pass_id", "sold_by_pass_id", postgresql_where=text_clause("sold_by_pass_id IS NOT NULL")
        ),
    )

    id: Mapped[int] = primary_key()
    identifier: Mapped[str] = mapped_column(Text, nullable=False, unique=True, default=lambda: str(uuid.uuid4()))
    event_id: Mapped[int] = reference("events.id", nullable=False, index=False)
    user_id: Mapped[int | None] = reference("users.id")
    sold_by_id: Mapped[int | None] = reference("users.id")
    sold_by_pass_id: Mapped[int | None] = reference("door_passes.id", index=False)
    amount: Mapped[Decimal] = mapped_column(Total, nullable=False, default=ZERO, server_default="0")
    amount_override_by_id: Mapped[int | None] = reference("users.id", index=False)
    status: Mapped[str] = mapped_column(Text, nullable=False, default=INITIALIZING)
    payment_mode: Mapped[str | None] = text()
    paid_via: Mapped[str | None] = text()
    completed_at: Mapped[datetime | None] = instant()
    address: Mapped[str | None] = text()
    city: Mapped[str | None] = text()
    state: Mapped[str | None] = text()
    country: Mapped[str | None] = text()
    zipcode: Mapped[str | None] = text()
    company: Mapped[str | None] = text()
    tax_business_info: Mapped[str | None] = text()
    is_billing_enabled: Mapped[bool] = flag()
    cancel_note: Mapped[str | None] = text()
    order_notes: Mapped[str | None] = text()

    event: Mapped[Event] = relationship(back_populates="orders")
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    sold_by: Mapped[User | None] = relationship(foreign_keys=[sold_by_id])
    sold_by_pass: Mapped[DoorPass | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.ticket_id")
    attendees: Mapped[list["TicketHolder"]] = relationship(back_populates="order", order_by="TicketHolder.id")
    tickets: Mapped[list[Ticket]] = relationship(secondary="order_lines", order_by=Ticket.id, viewonly=True)

    discount_code_id = None
    """Of no order, until there are discount codes."""

    @property
    def number(self) -> str:
        """What the order is called on paper."""
        return number_of(self.id, self.created_at)

    def door_code(self, attendee_id: int) -> str:
        """What the QR code of one of its attendees says."""
        return door_code(self.identifier, attendee_id)

    @hybrid_property
    def is_sold_online(self) -> bool:
        """Nobody has sold it at the door."""
        return self.sold_by_id is None and self.sold_by_pass_id is None

    @is_sold_online.inplace.expression
    @classmethod
    def _is_sold_online(cls) -> ColumnElement[bool]:
        return and_(cls.sold_by_id.is_(None), cls.sold_by_pass_id.is_(None))

    @property
    def admits(self) -> bool:
        """Its guests may enter."""
        return self.status in ADMITTING


class OrderLine(Base):
    """So many of one ticket in an order, at the price of that moment."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price >= 0", name="price_not_negative"),
    )

    order_id: Mapped[int] = reference("orders.id", primary_key=True, index=False)  # the key's index begins with it
    ticket_id: Mapped[int] = reference("tickets.id", primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False)
    price: Mapped[Decimal] = mapped_column(Money, nullable=False)

    order: Mapped[Order] = relationship(back_populates="lines")
    ticket: Mapped[Ticket] = relationship()
