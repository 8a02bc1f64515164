"""Tickets: what is sold for an event, and how many of it are taken."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import ZERO, Money, SoftDeleted, flag, primary_key, reference, required_instant, text
from app.models.events import Event

if TYPE_CHECKING:
    from app.models.attendees import TicketHolder
    from app.models.statistics import OrderStatisticsTicket

FREE_TYPES = ("free", "freeRegistration")
PAID_TYPES = ("paid", "paidRegistration")
DONATION_TYPES = ("donation", "donationRegistration")
TYPES = FREE_TYPES + PAID_TYPES + DONATION_TYPES


class Ticket(SoftDeleted, Base):
    """A kind of ticket. ``sold`` counts the seats held; only `app.services.inventory` writes it."""

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint("0 <= sold AND sold <= quantity", name="sold_within_quantity"),
        CheckConstraint("price >= 0 AND min_price >= 0 AND max_price >= 0", name="prices_not_negative"),
        CheckConstraint("0 <= min_order AND min_order <= max_order", name="order_limits_in_order"),
        CheckConstraint("sales_starts_at < sales_ends_at", name="sales_start_before_they_end"),
    )

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    name: Mapped[str] = mapped_column(Text, nullable=False)
    type: Mapped[str] = mapped_column(Text, nullable=False)
    description: Mapped[str | None] = text()
    price: Mapped[Decimal] = mapped_column(Money, nullable=False, default=ZERO, server_default="0")
    min_price: Mapped[Decimal] = mapped_column(Money, nullable=False, default=ZERO, server_default="0")
    max_price: Mapped[Decimal | None] = mapped_column(Money)
    quantity: Mapped[int] = mapped_column(Integer, nullable=False, default=100, server_default="100")
    sold: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    min_order: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")
    max_order: Mapped[int] = mapped_column(Integer, nullable=False, default=10, server_default="10")
    sales_starts_at: Mapped[datetime] = required_instant()
    sales_ends_at: Mapped[datetime] = required_instant()
    position: Mapped[int] = mapped_column(Integer, nullable=False, default=1, server_default="1")
    is_description_visible: Mapped[bool] = flag()
    is_fee_absorbed: Mapped[bool] = flag()
    is_hidden: Mapped[bool] = flag()
    is_checkin_restricted: Mapped[bool] = flag(default=True)
    auto_checkin_enabled: Mapped[bool] = flag()
    form_id: Mapped[str | None] = text()
    badge_id: Mapped[str | None] = text()

    event: Mapped[Event] = relationship(back_populates="tickets")
    attendees: Mapped[list["TicketHolder"]] = relationship(back_populates="ticket", order_by="TicketHolder.id")
    order_statistics: Mapped["OrderStatisticsTicket"] = relationship(
        primaryjoin="foreign(Ticket.id) == OrderStatisticsTicket.id", viewonly=True
    )

    @property
    def available(self) -> int:
        """Seats left."""
        return self.quantity - self.sold

    @property
    def is_donation(self) -> bool:
        """The buyer names the price."""
        return self.type in DONATION_TYPES

    @property
    def unit_price(self) -> Decimal:
        """What one seat costs; for a donation, the least it may cost."""
        if self.type in FREE_TYPES:
            return ZERO
        return self.min_price if self.is_donation else self.price


Index(
    "uq_tickets_event_id_name_living",
    Ticket.event_id,
    Ticket.name,
    unique=True,
    postgresql_where=Ticket.deleted_at.is_(None),
)
