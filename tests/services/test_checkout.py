"""Buying online: what may be put together, what it costs, and the order that comes of it."""

import logging
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, true

from app.clock import utcnow
from app.errors import DomainError, Invalid, NotFound, SoldOut
from app.models import Order, OrderLine, Ticket, TicketHolder
from app.models.orders import INITIALIZING
from app.services import attendees, checkout, integrity
from app.services.orders import MOST_SEATS, Item
from tests.factories import World, make_event, make_ticket


def cart(*rows, seen=None) -> checkout.Cart:
    """A cart of (ticket, quantity[, price]) rows."""
    items = [Item(index, ticket.id, *rest, at=checkout.TICKETS) for index, (ticket, *rest) in enumerate(rows)]
    return checkout.fill(items, seen=true() if seen is None else seen)


def buy(world: World, *rows, sells: bool = False, amount: Decimal | None = None) -> Order:
    return checkout.place(cart(*rows), user_id=world.buyer.id, sells=sells, amount=amount).order


def refusal(world: World, *rows, **how) -> str:
    """Where the only error of an order points to; nothing of the order must be there."""
    before = world.session.scalar(select(func.count()).select_from(Order))
    with pytest.raises(Invalid) as caught:
        buy(world, *rows, **how)
    assert world.session.scalar(select(func.count()).select_from(Order)) == before
    [error] = caught.value.all
    assert error.pointer is not None
    return error.pointer


def test_a_cart_has_todays_prices_by_ticket(world: World):
    filled = cart((world.paid, 2), (world.free, 3))
    assert [(line.ticket, line.quantity, line.price) for line in filled.lines] == [
        (world.free, 3, Decimal("0.00")),
        (world.paid, 2, Decimal("25.50")),
    ]
    assert filled.event is world.event


def test_an_empty_cart_costs_nothing_and_cannot_be_ordered(world: World):
    assert cart().lines == ()
    with pytest.raises(Invalid, match="Tickets missing in Order request"):
        checkout.place(cart(), user_id=world.buyer.id, sells=False, amount=None)


def test_tickets_that_are_not_there(world: World):
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    of_deleted = make_ticket(world.session, make_event(world.session, deleted_at=utcnow()))
    with pytest.raises(NotFound) as caught:
        cart((deleted, 1), (world.free, 1), (of_deleted, 1))
    assert [error.pointer for error in caught.value.all] == ["/tickets/0/id", "/tickets/2/id"]
    with pytest.raises(NotFound):
        cart((world.free, 1), seen=Ticket.id != world.free.id)


def test_tickets_of_two_events(world: World):
    other = make_ticket(world.session, make_event(world.session))
    with pytest.raises(Invalid, match="All tickets must belong to same event"):
        cart((world.free, 1), (other, 1))


def test_a_ticket_twice(world: World):
    with pytest.raises(Invalid, match="twice") as caught:
        cart((world.free, 1), (world.paid, 1), (world.free, 1))
    assert caught.value.pointer == "/tickets/0/id"


@pytest.mark.parametrize("type_", ["donation", "donationRegistration"])
def test_a_donor_says_what_he_gives(world: World, type_: str):
    donation = make_ticket(world.session, world.event, type=type_, min_price=Decimal(0), max_price=Decimal(50))
    assert [line.price for line in cart((donation, 1, Decimal("7.25"))).lines] == [Decimal("7.25")]
    assert [line.price for line in cart((donation, 1, Decimal(0))).lines] == [0]
    for price in (None, Decimal("50.01")):
        with pytest.raises(Invalid) as caught:
            cart((donation, 1, price))
        assert caught.value.pointer == "/tickets/0/price"


def test_a_sent_price_counts_for_donations_only(world: World):
    assert [line.price for line in cart((world.paid, 1, Decimal(1))).lines] == [Decimal("25.50")]


def test_an_order_has_its_lines_seats_and_nameless_attendees(world: World):
    order = buy(world, (world.paid, 2), (world.free, 1))
    assert (order.status, order.amount, order.payment_mode) == (INITIALIZING, Decimal("51.00"), None)
    assert (order.user_id, order.sold_by_id, order.completed_at) == (world.buyer.id, None, None)
    assert order.amount_override_by_id is None
    lines = world.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))
    assert {(line.ticket_id, line.quantity, line.price) for line in lines} == {
        (world.paid.id, 2, Decimal("25.50")),
        (world.free.id, 1, Decimal("0.00")),
    }
    guests = world.session.scalars(select(TicketHolder).where(TicketHolder.order_id == order.id)).all()
    assert [(guest.firstname, guest.created_by_id) for guest in guests] == [(attendees.NAMELESS, world.buyer.id)] * 3
    world.session.expire_all()
    assert (world.free.sold, world.paid.sold) == (1, 4)
    assert integrity.report() == []


def test_sold_out(world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    with pytest.raises(SoldOut) as caught:
        buy(world, (scarce, 2))
    assert caught.value.pointer == checkout.TICKETS


def test_what_is_not_on_sale(world: World):
    now = utcnow()
    past = make_ticket(world.session, world.event, sales_ends_at=now - timedelta(minutes=1))
    future = make_ticket(world.session, world.event, sales_starts_at=now + timedelta(minutes=1))
    draft = make_ticket(world.session, make_event(world.session, state="draft"))
    over = make_event(world.session, starts_at=now - timedelta(days=2), ends_at=now - timedelta(minutes=1))
    ended = make_ticket(world.session, over, sales_ends_at=now + timedelta(days=1))
    for ticket in (past, future, draft, ended):
        for sells in (False, True):
            assert refusal(world, (ticket, 1), sells=sells) == "/tickets/0/id"


def test_hidden_tickets_are_for_who_may_sell(world: World):
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    assert refusal(world, (world.free, 1), (hidden, 1)) == "/tickets/1/id"
    assert len(buy(world, (hidden, 1), sells=True).attendees) == 1


def test_limits_of_one_order(world: World):
    pairs = make_ticket(world.session, world.event, min_order=2, max_order=3)
    for quantity in (1, 4):
        assert refusal(world, (pairs, quantity)) == "/tickets/0/quantity"
    many = [make_ticket(world.session, world.event, quantity=500, max_order=500) for _ in range(2)]
    assert refusal(world, (many[0], MOST_SEATS), (many[1], 1)) == checkout.TICKETS
    assert len(buy(world, (pairs, 3)).attendees) == 3


@pytest.mark.parametrize("amount", ["0", "10.00", "25.51"])
def test_another_amount_is_remembered_with_who_set_it(world: World, caplog: pytest.LogCaptureFixture, amount: str):
    with caplog.at_level(logging.INFO, logger=checkout.log.name):
        order = buy(world, (world.paid, 1), amount=Decimal(amount))
    assert (order.amount, order.amount_override_by_id) == (Decimal(amount), world.buyer.id)
    assert amount in caplog.text
    assert "25.50" in caplog.text
    assert integrity.report() == []


def test_the_computed_amount_is_no_other_amount(world: World):
    order = buy(world, (world.paid, 1), amount=Decimal("25.5"))
    assert (order.amount, order.amount_override_by_id) == (Decimal("25.50"), None)


def test_a_wrong_amount_that_nobody_has_set_is_found(world: World):
    order = buy(world, (world.paid, 1))
    order.amount = Decimal(1)
    world.session.flush()
    assert [finding.ids for finding in integrity.report()] == [(order.id,)]


def test_who_is_short_is_told_everything(world: World):
    short = [make_ticket(world.session, world.event, quantity=1) for _ in range(2)]
    with pytest.raises(DomainError) as caught:
        buy(world, *((ticket, 2) for ticket in short))
    assert len(caught.value.all) == 2
