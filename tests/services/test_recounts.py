"""Counts told anew: of one event or of all, and what several rows have to do with each other."""

from decimal import Decimal

import pytest
from sqlalchemy import update

from app.clock import utcnow
from app.models import Order, OrderLine, Ticket, TicketHolder
from app.models.orders import CANCELLED
from app.services import recounts
from tests.factories import World, make_attendee, make_event, make_order, make_ticket


@pytest.fixture
def elsewhere(world: World) -> Ticket:
    """A ticket of another event."""
    return make_ticket(world.session, make_event(world.session), quantity=2)


def ids(world: World, statement) -> list[int]:
    world.session.flush()
    return list(world.session.scalars(statement))


RULES = (
    recounts.sold,
    recounts.oversold,
    recounts.deleted_with_seats,
    recounts.amounts,
    recounts.guests_of_orders,
    recounts.registrations,
)


def test_what_is_right_is_not_found(world: World, elsewhere: Ticket):
    make_order(world.session, elsewhere, seats=2)
    for rule in RULES:
        assert ids(world, rule(None)) == ids(world, rule(world.event.id)) == [], rule


def test_seats_of_one_event_and_of_all(world: World, elsewhere: Ticket):
    elsewhere.sold = 2
    world.free.sold = 1
    assert ids(world, recounts.sold(None)) == [world.free.id, elsewhere.id]
    assert ids(world, recounts.sold(world.event.id)) == [world.free.id]
    assert ids(world, recounts.sold(elsewhere.event_id)) == [elsewhere.id]


def test_more_seats_held_than_there_are(world: World, elsewhere: Ticket):
    """The database refuses a `sold` above the quantity, and cannot see what is held."""
    make_order(world.session, elsewhere, seats=2)
    world.session.add(TicketHolder(event_id=elsewhere.event_id, ticket_id=elsewhere.id, firstname="Ada"))
    assert ids(world, recounts.oversold(elsewhere.event_id)) == [elsewhere.id]
    assert ids(world, recounts.oversold(world.event.id)) == []
    assert ids(world, recounts.sold(None)) == [elsewhere.id]


def test_deleted_tickets(world: World, elsewhere: Ticket):
    make_order(world.session, elsewhere, status=CANCELLED)
    world.paid.deleted_at = elsewhere.deleted_at = utcnow()
    assert ids(world, recounts.deleted_with_seats(None)) == [world.paid.id]
    assert ids(world, recounts.deleted_with_seats(elsewhere.event_id)) == []
    make_attendee(world.session, elsewhere)
    assert ids(world, recounts.deleted_with_seats(elsewhere.event_id)) == [elsewhere.id]


def test_amounts_of_one_event(world: World, elsewhere: Ticket):
    order = make_order(world.session, elsewhere)
    order.amount = Decimal(3)
    assert ids(world, recounts.amounts(None)) == [order.id]
    assert ids(world, recounts.amounts(world.event.id)) == []
    order.amount_override_by_id = world.owner.id
    assert ids(world, recounts.amounts(None)) == []


def test_guests_of_orders_of_one_event(world: World, elsewhere: Ticket):
    order = make_order(world.session, elsewhere, seats=2)
    world.session.execute(update(OrderLine).where(OrderLine.order_id == order.id).values(quantity=1))
    empty = Order(event_id=world.event.id)
    world.session.add(empty)
    world.session.flush()
    world.session.add(OrderLine(order_id=empty.id, ticket_id=world.free.id, quantity=1, price=0))
    assert ids(world, recounts.guests_of_orders(None)) == [order.id, empty.id]
    assert ids(world, recounts.guests_of_orders(elsewhere.event_id)) == [order.id]
    assert ids(world, recounts.guests_of_orders(world.event.id)) == [empty.id]


def test_registrations_of_one_event(world: World, elsewhere: Ticket):
    guest = make_attendee(world.session, elsewhere, is_registered=True)
    assert ids(world, recounts.registrations(None)) == [guest.id]
    assert ids(world, recounts.registrations(world.event.id)) == []
