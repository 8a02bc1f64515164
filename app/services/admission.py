"""What all doors share: who may come in, which times are believed, what devices are called; refusals are kept."""

from datetime import datetime, timedelta
from typing import Any

from app.errors import OrderNotPaid
from app.models import Event
from app.models.movements import REFUSED
from app.models.orders import CANCELLED
from app.services.closing import Times
from app.services.ledger import Ledger, Origin

AHEAD = timedelta(minutes=5)
"""A clock this far ahead of ours is believed; further ahead is a wrong clock."""

OUTSIDE = timedelta(days=1)
"""A scan this long before or after the event is believed; beyond it the clock is wrong."""

LONGEST_NAME = 255
"""Characters of a device's name."""


def require(book: Ledger) -> None:
    """Raises `OrderNotPaid` unless the guest's order lets him enter."""
    if book.is_admitted:
        return
    status = "no order" if book.order_status is None else f"an order that is {book.order_status}"
    raise OrderNotPaid(f"This guest cannot enter: the ticket has {status}. Complete the order first.", pointer="/data")


def unpaid(book: Ledger) -> str:
    """Why somebody whose order does not admit him is refused, in a machine word."""
    return "cancelled" if book.order_status == CANCELLED else "unpaid"


def is_believable(moment: datetime, event: Event | Times, now: datetime) -> bool:
    """Whether somebody may have been scanned then: not in the future, and about when the event is."""
    return moment <= now + AHEAD and event.starts_at - OUTSIDE <= moment <= event.ends_at + OUTSIDE


def one_name(text: str) -> str | None:
    """A device's name as one part of a comma-separated list; None when nothing is left of it, cut where it is longer
    than any name."""
    return text.replace(",", " ").strip()[:LONGEST_NAME].strip() or None


def refuse(book: Ledger, origin: Origin, direction: str, *, reason: str, **facts: Any) -> None:
    """Keeps a scan that was refused, and nothing else. ``reason`` is a machine word."""
    book.note(origin, direction, origin.recorded_at, verdict=REFUSED, reason=reason, **facts)
    book.write()
