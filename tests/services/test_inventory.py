"""Seats: taken together or not at all, given back, and freed when their time has run out."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.clock import utcnow
from app.errors import Conflict, SoldOut
from app.models import OrderLine
from app.models.orders import CANCELLED, COMPLETED, EXPIRED, INITIALIZING, PENDING, PLACED, STATUSES
from app.services import integrity, inventory
from app.services.inventory import Expired
from tests.factories import World, make_attendee, make_order, make_ticket

HELD_FOR = timedelta(minutes=15)
OVERDUE = timedelta(minutes=16)


@pytest.fixture
def scarce(world: World):
    return make_ticket(world.session, world.event, quantity=3)


def test_reserve_takes_seats_of_several_tickets(world: World, scarce):
    inventory.reserve({scarce.id: 2, world.free.id: 7})
    world.session.expire_all()
    assert (scarce.sold, world.free.sold) == (2, 7)
    inventory.reserve({scarce.id: 1})
    world.session.expire_all()
    assert (scarce.sold, scarce.available) == (3, 0)


def test_reserve_takes_all_or_nothing(world: World, scarce):
    with pytest.raises(SoldOut) as caught:
        inventory.reserve({world.free.id: 1, scarce.id: 4}, pointer="/data")
    world.session.expire_all()
    assert (scarce.sold, world.free.sold) == (0, 0)
    assert caught.value.ticket_id == scarce.id
    assert caught.value.pointer == "/data"
    assert caught.value.detail == f"Ticket with id: {scarce.id} already sold out. You can buy at most 3 tickets."
    assert caught.value.meta == {"ticket-id": str(scarce.id), "requested": 4, "available": 3}


def test_reserve_reports_every_ticket_that_is_short(world: World, scarce):
    other = make_ticket(world.session, world.event, quantity=1)
    with pytest.raises(SoldOut) as caught:
        inventory.reserve({other.id: 2, world.free.id: 1, scarce.id: 5})
    assert [error.ticket_id for error in caught.value.all] == [scarce.id, other.id]


def test_tickets_are_locked_by_id_whatever_the_order_asked(world: World, scarce, count_queries):
    wanted = {scarce.id: 1, world.paid.id: 1, world.free.id: 1}
    assert list(wanted) != sorted(wanted)
    with count_queries() as statements:
        inventory.reserve(wanted)
    [statement] = statements
    locking, _, changing = statement.partition("UPDATE tickets")
    assert "ORDER BY tickets.id FOR NO KEY UPDATE)" in " ".join(locking.split())
    assert changing


def test_release_gives_seats_back(world: World):
    inventory.release({world.paid.id: 2})
    world.session.expire_all()
    assert world.paid.sold == 0
    inventory.release({})
    world.session.expire_all()
    assert world.paid.sold == 0


def test_no_more_is_given_back_than_was_taken(world: World):
    with pytest.raises(IntegrityError, match="sold_within_quantity"):
        inventory.release({world.paid.id: 3})


def test_expire_overdue_ends_orders_being_filled_in_and_loose_attendees(world: World, scarce):
    then = utcnow() - OVERDUE
    order = make_order(world.session, scarce, seats=2, status=INITIALIZING, created_at=then)
    loose = make_attendee(world.session, scarce, created_at=then)
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 3
    world.session.expire_all()
    assert (order.status, scarce.sold) == (EXPIRED, 0)
    assert loose.deleted_at is not None
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 0


@pytest.mark.parametrize("status", [PENDING, PLACED, COMPLETED, EXPIRED, CANCELLED])
def test_expire_overdue_leaves_every_other_order(world: World, scarce, status):
    order = make_order(world.session, scarce, seats=2, status=status, created_at=utcnow() - OVERDUE)
    for attendee in order.attendees:
        attendee.created_at = utcnow() - OVERDUE
    sold = scarce.sold
    world.session.flush()
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 0
    world.session.expire_all()
    assert (order.status, scarce.sold) == (status, sold)
    assert all(attendee.deleted_at is None for attendee in order.attendees)


def test_expire_overdue_leaves_what_still_has_time(world: World, scarce):
    make_order(world.session, scarce, status=INITIALIZING, created_at=utcnow() - HELD_FOR + timedelta(seconds=30))
    make_attendee(world.session, scarce)
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 0
    world.session.expire_all()
    assert scarce.sold == 2


def test_expire_overdue_leaves_other_tickets(world: World, scarce):
    make_attendee(world.session, world.free, created_at=utcnow() - OVERDUE)
    make_order(world.session, world.paid, status=INITIALIZING, created_at=utcnow() - OVERDUE)
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 0
    world.session.expire_all()
    assert (world.free.sold, world.paid.sold) == (1, 3)


def test_an_expired_order_frees_its_seats_of_all_tickets(world: World, scarce):
    order = make_order(world.session, scarce, status=INITIALIZING, created_at=utcnow() - OVERDUE)
    world.session.add(OrderLine(order_id=order.id, ticket_id=world.free.id, quantity=2, price=0))
    for _ in range(2):
        make_attendee(world.session, world.free, order=order)
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 3
    world.session.expire_all()
    assert (scarce.sold, world.free.sold) == (0, 0)


def test_a_deleted_attendee_is_not_freed_twice(world: World, scarce):
    make_attendee(world.session, scarce)
    make_attendee(world.session, scarce, created_at=utcnow() - OVERDUE, deleted_at=utcnow())
    inventory.release({scarce.id: 1})
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 0
    world.session.expire_all()
    assert scarce.sold == 1


def test_a_ticket_deleted_in_the_middle_of_a_sale_is_not_sold(world: World):
    world.free.deleted_at = utcnow()
    world.session.flush()
    with pytest.raises(Conflict) as refusal:
        inventory.reserve({world.free.id: 1, world.paid.id: 1})
    assert "deleted" in refusal.value.detail
    assert not isinstance(refusal.value, SoldOut)


def test_what_is_being_paid_has_half_an_hour_more(world: World, scarce):
    paying = inventory.PAYING + HELD_FOR
    late = make_order(world.session, scarce, status=PENDING, created_at=utcnow() - paying - timedelta(seconds=30))
    in_time = make_order(world.session, scarce, status=PENDING, created_at=utcnow() - paying + timedelta(seconds=30))
    old = utcnow() - timedelta(days=9)
    at_the_door = make_order(world.session, scarce, status=PENDING, created_at=old, sold_by_id=world.registrar.id)
    assert [inventory.is_overdue(order, held_for=HELD_FOR) for order in (late, in_time, at_the_door)] == [
        True,
        False,
        False,
    ]
    assert inventory.expire_overdue([scarce.id], held_for=HELD_FOR) == 1
    world.session.expire_all()
    assert [order.status for order in (late, in_time, at_the_door)] == [EXPIRED, PENDING, PENDING]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("minutes", [1, 16, 44, 46])
@pytest.mark.parametrize("at_the_door", [False, True])
def test_one_order_and_all_orders_are_overdue_by_one_rule(world: World, status: str, minutes: int, at_the_door: bool):
    created_at = utcnow() - timedelta(minutes=minutes)
    sold_by_id = world.registrar.id if at_the_door else None
    order = make_order(world.session, world.free, status=status, created_at=created_at, sold_by_id=sold_by_id)
    is_overdue = inventory.is_overdue(order, held_for=HELD_FOR)
    assert inventory.overdue_seats([world.free.id], held_for=HELD_FOR)[world.free.id] == is_overdue
    assert inventory.expire_batch(held_for=HELD_FOR).orders == is_overdue


def test_overdue_seats_are_counted_for_each_ticket(world: World, scarce):
    then = utcnow() - OVERDUE
    make_order(world.session, scarce, seats=2, status=INITIALIZING, created_at=then)
    make_attendee(world.session, scarce, created_at=then)
    make_attendee(world.session, world.free, created_at=then)
    make_attendee(world.session, world.free)
    assert inventory.overdue_seats([scarce.id, world.free.id], held_for=HELD_FOR) == {scarce.id: 3, world.free.id: 1}
    assert inventory.overdue_seats([scarce.id], held_for=HELD_FOR) == {scarce.id: 3}


def test_expire_batch_ends_so_many_at_once_and_in_the_end_all(world: World, scarce):
    then = utcnow() - OVERDUE
    orders = [
        make_order(world.session, ticket, status=INITIALIZING, created_at=then) for ticket in (scarce, world.free)
    ]
    orders.append(make_order(world.session, scarce, status=INITIALIZING, created_at=then))
    loose = make_attendee(world.session, world.free, created_at=then)
    ended = [inventory.expire_batch(held_for=HELD_FOR, most=2) for _ in range(3)]
    assert ended == [Expired(orders=2, attendees=1, seats=3), Expired(1, 0, 1), Expired(0, 0, 0)]
    world.session.expire_all()
    assert {order.status for order in orders} == {EXPIRED}
    assert all(order.attendees[0].deleted_at is None for order in orders)
    assert loose.deleted_at is not None
    assert (scarce.sold, world.free.sold) == (0, 0)
    assert integrity.report() == []


def test_an_order_that_ends_gives_its_seats_back(world: World):
    inventory.release_order(world.order.id)
    world.session.expire_all()
    assert world.paid.sold == 0
