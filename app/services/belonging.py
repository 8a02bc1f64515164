"""Rows that refer to something of another event, or of another guest. That what they refer to is there at all, the
database's foreign keys see to."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, or_, select

from app.models import (
    Amendment,
    CheckInConflict,
    DoorPass,
    Feedback,
    Movement,
    Order,
    OrderLine,
    Session,
    Station,
    StationStorePax,
    Ticket,
    TicketHolder,
    UserCheckIn,
)
from app.models.movements import REFUSED
from app.services.recounts import of_event

KINDS: dict[str, Any] = {
    "order": Order,
    "attendee": TicketHolder,
    "door-pass": DoorPass,
    "movement": Movement,
    "amendment": Amendment,
    "check-in-conflict": CheckInConflict,
    "user_check_in": UserCheckIn,
    "station": Station,
    "station-store-pax": StationStorePax,
    "session": Session,
    "feedback": Feedback,
}
"""What stands at an event and refers to other things that do, by wire type."""


@lru_cache(maxsize=256)
def strays(noun: str, event_id: int | None) -> Select[int]:
    """Ids of rows of a kind that refer to something of another event, or to two guests at once. One statement,
    kept: to make these takes longer than to find nothing in an event of a few rows."""
    table: Any = KINDS[noun].__table__
    source: Any = table
    apart: list[ColumnElement[bool]] = []
    guests: list[ColumnElement[Any]] = []
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        if "event_id" in key.column.table.c:
            other = key.column.table.alias()
            source = source.outerjoin(other, key.parent == other.c.id)
            apart.append(other.c.event_id != table.c.event_id)
            guests += _guest(key.column.table, other)
    apart += [guests[0] != other for other in guests[1:]]
    return (
        select(table.c.id)
        .select_from(source)
        .where(of_event(table.c.event_id, event_id), _excused(noun, or_(*apart)))
        .order_by(table.c.id)
    )


def orders_with_strange_lines(event_id: int | None) -> Select[int]:
    """Ids of orders with a line about a ticket of another event."""
    strange = OrderLine.ticket.has(Ticket.event_id != Order.event_id)
    return select(Order.id).where(of_event(Order.event_id, event_id), Order.lines.any(strange)).order_by(Order.id)


def _guest(table: FromClause, other: FromClause) -> list[ColumnElement[Any]]:
    """Whose a row is, where it is somebody's."""
    name = {"ticket_holders": "id", "movements": "attendee_id"}.get(getattr(table, "name", ""))
    return [] if name is None else [other.c[name]]


def _excused(noun: str, strange: ColumnElement[bool]) -> ColumnElement[bool]:
    """A guest of another event, and what is nobody's ticket, were refused here; only so may a scan have no guest."""
    if noun != "movement":
        return strange
    return and_(Movement.verdict != REFUSED, or_(strange, Movement.attendee_id.is_(None)))
