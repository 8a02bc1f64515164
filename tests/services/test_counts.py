"""Counts are right after whatever is done to the rows, by whom ever; wrong ones are found, and counted anew."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, literal, select, text, update

from app.clock import utcnow
from app.database import session
from app.models import AttendeeCount, Order, OrderCount, OrderLine, SaleCount, TicketHolder
from app.models.orders import CANCELLED, COMPLETED, PENDING
from app.services import counts, integrity
from app.services.counts import ALL, ATTENDEES, ORDERS, SALES, Kept
from tests.factories import World, make_attendee, make_crowd, make_event, make_order, make_ticket

RULES = {"attendee-counts", "order-counts", "sale-counts"}


@pytest.fixture
def right(world: World) -> World:
    """An event with orders of several kinds, which was counted."""
    make_order(world.session, world.free, seats=3, status=PENDING)
    make_order(world.session, world.paid, seats=1, status=CANCELLED)
    make_attendee(world.session, world.free)
    return world


def attendees_of(parent: Any) -> Any:
    """How many attendees the counts tell of an event or a ticket."""
    return session().scalar(select(counts.attendees_of(type(parent), literal(parent.id))))


def orders_of(event: Any) -> Any:
    """How many orders the counts tell of an event."""
    return session().scalar(select(counts.orders_of(type(event), literal(event.id))))


def wrong(world: World) -> set[str]:
    """Whose counts differ from their rows."""
    world.session.flush()
    return {kept.model.__tablename__ for kept in ALL if world.session.scalars(counts.miscounted(kept)).first()}


def sales(world: World) -> dict[tuple[int, str], tuple[int, int, Decimal]]:
    """What the counts of the event's sales tell, without what is nothing."""
    numbers = (func.sum(SaleCount.orders), func.sum(SaleCount.seats), func.sum(SaleCount.amount))
    told = select(SaleCount.ticket_id, SaleCount.status, *numbers).group_by(SaleCount.ticket_id, SaleCount.status)
    found = world.session.execute(told.where(SaleCount.event_id == world.event.id))
    return {(ticket, status): (orders, seats, money) for ticket, status, orders, seats, money in found if orders}


def test_what_the_factories_make_is_counted(right: World):
    assert wrong(right) == set()
    assert attendees_of(right.event) == 2 + 3 + 1 + 1
    assert attendees_of(right.free) == 4
    assert orders_of(right.event) == 3
    assert counts.attendees_of(Order, literal(right.order.id)) is None, "of an order nobody keeps it"
    assert sales(right) == {
        (right.paid.id, COMPLETED): (1, 2, Decimal("51.00")),
        (right.free.id, PENDING): (1, 3, Decimal(0)),
        (right.paid.id, CANCELLED): (1, 1, Decimal("25.50")),
    }


def test_an_event_without_any(world: World):
    empty = make_event(world.session)
    assert (attendees_of(empty), orders_of(empty)) == (0, 0)
    assert attendees_of(make_ticket(world.session, empty)) == 0


CHANGES = {
    "a guest is deleted": lambda world: update(TicketHolder).values(deleted_at=utcnow()),
    "one is put back": lambda world: update(TicketHolder).values(deleted_at=None),
    "all get another ticket": lambda world: update(TicketHolder).values(ticket_id=world.free.id),
    "a guest goes to another event": lambda world: (
        update(TicketHolder).where(TicketHolder.id == world.attendee.id).values(event_id=make_event(world.session).id)
    ),
    "a guest is removed": lambda world: delete(TicketHolder).where(TicketHolder.id == world.attendee.id),
    "orders end": lambda world: update(Order).values(status=CANCELLED),
    "an amount is set": lambda world: update(Order).values(amount=Order.amount + Decimal("0.07")),
    "orders go to another event": lambda world: update(Order).values(event_id=make_event(world.session).id),
    "lines get more seats": lambda world: update(OrderLine).values(quantity=OrderLine.quantity + 2),
    "lines get another price": lambda world: update(OrderLine).values(price=Decimal("1.01")),
    "lines get another ticket": lambda world: update(OrderLine).values(
        ticket_id=make_ticket(world.session, world.event).id
    ),
    "lines are removed": lambda world: delete(OrderLine),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_happens_is_counted(right: World, change: str):
    """By one statement over many rows, past every rule."""
    before = [right.session.scalars(select(func.count()).select_from(kept.model)).one() for kept in ALL]
    statement = CHANGES[change](right)
    told = _told(right)
    right.session.execute(statement)
    assert wrong(right) == set()
    assert _told(right) != told or change == "one is put back"
    assert all(before)


def _told(world: World) -> list[Any]:
    """All counts, added up."""
    world.session.flush()
    return [
        sorted(
            world.session.execute(
                select(*(getattr(kept.model, name) for name in kept.key), *_sums(kept)).group_by(
                    *(getattr(kept.model, name) for name in kept.key)
                )
            ).all()
        )
        for kept in ALL
    ]


def _sums(kept: Kept) -> list[Any]:
    return [func.sum(getattr(kept.model, name)) for name in kept.numbers]


def test_orders_are_removed_after_their_lines(right: World):
    for table in ("movements", "user_check_ins", "ticket_holders", "order_lines", "orders"):
        right.session.execute(text(f"DELETE FROM {table}"))
    assert wrong(right) == set()
    assert orders_of(right.event) == attendees_of(right.event) == 0


@pytest.mark.parametrize("table", ["ticket_holders", "orders"])
def test_of_emptied_tables_nothing_is_left(right: World, table: str):
    right.session.execute(text(f"TRUNCATE {table} CASCADE"))
    assert wrong(right) == set()
    assert attendees_of(right.event) == 0


def test_rows_that_are_copied_in_are_counted(right: World):
    connection = right.session.connection().connection
    with connection.cursor() as cursor:
        rows = "".join(f"{right.event.id}\t{right.free.id}\tAda\t2026-01-01\n" for _ in range(5))
        cursor.copy_expert(
            "COPY ticket_holders (event_id, ticket_id, firstname, created_at) FROM STDIN", StringIO(rows)
        )
    assert attendees_of(right.free) == 9
    assert wrong(right) == set()


def test_a_change_of_anything_else_writes_no_count(right: World):
    """A check-out costs a comparison, and a row of counts stays as it is."""
    versions = text("SELECT array_agg(ctid::text ORDER BY id) FROM attendee_counts")
    before = right.session.scalar(versions)
    right.session.execute(update(TicketHolder).values(firstname="Grace", is_checked_in=True))
    assert right.session.scalar(versions) == before
    make_attendee(right.session, right.free)
    assert right.session.scalar(versions) != before


def test_one_statement_counts_many_rows_once(world: World):
    made = select(func.count()).select_from(AttendeeCount)
    before = world.session.scalar(made)
    make_crowd(world.session, make_ticket(world.session, world.event), 500)
    assert world.session.scalar(made) == before + 1


@pytest.mark.parametrize(
    ("kept", "values"),
    [
        (ATTENDEES, {"attendees": 1}),
        (ORDERS, {"orders": 1, "amount": 0}),
        (ORDERS, {"orders": 0, "amount": Decimal("0.01")}),
        (SALES, {"orders": 0, "seats": 1, "amount": 0}),
    ],
)
def test_a_wrong_count_is_found_and_mended(right: World, kept: Kept, values: dict[str, Any]):
    other = World(right.session)
    told = _told(right)
    key = {"event_id": right.event.id, "ticket_id": right.free.id, "status": PENDING}
    right.session.execute(insert(kept.model).values(**{name: key[name] for name in kept.key}, **values))
    assert list(right.session.scalars(counts.miscounted(kept))) == [right.event.id]
    assert list(right.session.scalars(counts.miscounted(kept, right.event.id))) == [right.event.id]
    assert list(right.session.scalars(counts.miscounted(kept, other.event.id))) == []
    [found] = integrity.report()
    assert found.rule in RULES
    assert found.ids == (right.event.id,)
    assert [counts.recount(each) for each in ALL] == [int(each is kept) for each in ALL]
    assert integrity.report() == []
    assert _told(right) == told


def test_a_lost_count_is_found(right: World):
    for kept in ALL:
        right.session.execute(delete(kept.model))
    assert wrong(right) == {"attendee_counts", "order_counts", "sale_counts"}
    assert {finding.rule for finding in integrity.report()} == RULES
    assert all(counts.recount(kept) for kept in ALL)
    assert wrong(right) == set()


def test_counts_of_nothing_are_right(right: World):
    right.session.add(OrderCount(event_id=right.event.id, status="placed", orders=0, amount=Decimal(0)))
    right.session.add(AttendeeCount(event_id=right.event.id, ticket_id=right.free.id, attendees=-2))
    right.session.add(AttendeeCount(event_id=right.event.id, ticket_id=right.free.id, attendees=2))
    assert wrong(right) == set()


def test_triggers_that_are_off_do_not_count(right: World):
    right.session.execute(text("SET LOCAL session_replication_role = replica"))
    make_attendee(right.session, right.free)
    right.session.execute(text("SET LOCAL session_replication_role = DEFAULT"))
    assert wrong(right) == {"attendee_counts"}
    assert counts.recount(ATTENDEES) == 1
    assert wrong(right) == set()
