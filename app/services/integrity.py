"""Recounts everything that is kept as a count, a total or a picture of something else."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.database import session
from app.models import Movement, Order, OrderLine, Ticket, TicketHolder, UserCheckIn
from app.models.movements import LIVE, REFUSED
from app.models.stations import REGISTRATION
from app.services import check_in_conflicts, ledger, occupancy
from app.services.inventory import holds_a_seat

SHOWN = 20
"""How many ids a finding lists."""


@dataclass(frozen=True)
class Finding:
    """Rows that break a rule: which rule, how many, the first ids."""

    rule: str
    count: int
    ids: tuple[int, ...]

    @property
    def text(self) -> str:
        """One line for an operator."""
        more = ", …" if self.count > len(self.ids) else ""
        return f"{self.rule}: {self.count} ({', '.join(map(str, self.ids))}{more})"


def report() -> list[Finding]:
    """All findings; empty when everything adds up. Reads only."""
    checks = {
        "tickets whose sold differs from the seats held": _sold_differs(),
        "orders whose amount differs from their lines": _amount_differs(),
        "orders whose attendees differ from their lines": _attendees_differ(),
        "attendees whose event differs from their ticket's, order's or movements'": _events_differ(),
        "deleted tickets with seats held": _deleted_with_seats(),
        "attendees whose registration differs from the stations' scans": _registered_differs(),
        "events whose counts of who is inside differ from the movements": occupancy.miscounted(),
    }
    findings = [_finding(rule, list(session().scalars(statement))) for rule, statement in checks.items()]
    findings.append(_finding("attendees whose times or flags differ from the movements", list(_repainted())))
    findings.append(
        _finding("attendees whose conflicts differ from their contradictory scans", list(check_in_conflicts.miskept()))
    )
    return [finding for finding in findings if finding.count]


def _sold_differs() -> Select[int]:
    held = (
        select(func.count())
        .select_from(TicketHolder)
        .outerjoin(Order, TicketHolder.order_id == Order.id)
        .where(TicketHolder.ticket_id == Ticket.id, holds_a_seat())
        .correlate(Ticket)
        .scalar_subquery()
    )
    return select(Ticket.id).where(Ticket.sold != held).order_by(Ticket.id)


def _amount_differs() -> Select[int]:
    total = (
        select(func.coalesce(func.sum(OrderLine.quantity * OrderLine.price), 0))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    computed = Order.amount_override_by_id.is_(None)  # a total that a team member has set is nobody's sum
    return select(Order.id).where(computed, Order.amount != total).order_by(Order.id)


def _attendees_differ() -> Select[int]:
    guests = (
        select(TicketHolder.order_id, TicketHolder.ticket_id, func.count().label("number"))
        .where(TicketHolder.order_id.is_not(None), TicketHolder.deleted_at.is_(None))
        .group_by(TicketHolder.order_id, TicketHolder.ticket_id)
        .subquery()
    )
    same = and_(guests.c.order_id == OrderLine.order_id, guests.c.ticket_id == OrderLine.ticket_id)
    either = (
        select(func.coalesce(OrderLine.order_id, guests.c.order_id).label("id"))
        .select_from(OrderLine)
        .join(guests, same, full=True)
        .where(func.coalesce(OrderLine.quantity, 0) != func.coalesce(guests.c.number, 0))
        .subquery()
    )
    return select(either.c.id).distinct().order_by(either.c.id)


def _events_differ() -> Select[int]:
    strays = (
        select(Movement.id)
        .where(Movement.attendee_id == TicketHolder.id, Movement.event_id != TicketHolder.event_id)
        .where(Movement.verdict != REFUSED)  # a guest of another event was refused here
        .correlate(TicketHolder)
        .exists()
    )
    return (
        select(TicketHolder.id)
        .join(TicketHolder.ticket)
        .outerjoin(TicketHolder.order)
        .where(or_(Ticket.event_id != TicketHolder.event_id, Order.event_id != TicketHolder.event_id, strays))
        .order_by(TicketHolder.id)
    )


def _deleted_with_seats() -> Select[int]:
    held = select(TicketHolder.id).outerjoin(TicketHolder.order).where(TicketHolder.ticket_id == Ticket.id)
    held = held.where(holds_a_seat()).correlate(Ticket)
    return select(Ticket.id).where(Ticket.deleted_at.is_not(None), held.exists()).order_by(Ticket.id)


def _registered_differs() -> Select[int]:
    scanned = (
        select(UserCheckIn.id)
        .where(
            UserCheckIn.ticket_holder_id == TicketHolder.id,
            UserCheckIn.station_type == REGISTRATION,
            UserCheckIn.deleted_at.is_(None),
        )
        .correlate(TicketHolder)
        .exists()
    )
    shown = or_(TicketHolder.is_registered != scanned, TicketHolder.register_times.is_not(None) != scanned)
    return select(TicketHolder.id).where(shown).order_by(TicketHolder.id)


def _repainted() -> Iterator[int]:
    """Ids of attendees whose columns are not the picture of their movements that count."""
    touched = or_(
        TicketHolder.checkin_times.is_not(None),
        TicketHolder.checkout_times.is_not(None),
        TicketHolder.device_name_checkin.is_not(None),
        TicketHolder.is_checked_in,
        TicketHolder.is_checked_out,
        select(Movement.id).where(Movement.attendee_id == TicketHolder.id, Movement.verdict.in_(LIVE)).exists(),
    )
    attendees = select(TicketHolder).where(touched).order_by(TicketHolder.id).execution_options(yield_per=1000)
    for partition in session().scalars(attendees.options(joinedload(TicketHolder.event))).partitions():
        yield from (book.attendee.id for book in ledger.books(partition) if not book.is_told())


def _finding(rule: str, ids: list[int]) -> Finding:
    return Finding(rule, len(ids), tuple(ids[:SHOWN]))
