"""Orders: what a sale is made of, and what makes it impossible."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.clock import utcnow
from app.errors import AmountMismatch, DomainError, Invalid, NotFound, SoldOut
from app.models import Order, OrderLine, TicketHolder
from app.models.orders import COMPLETED, INITIALIZING, PENDING, PLACED
from app.services import integrity, orders
from app.services.orders import ITEMS, MOST_SEATS, Item
from tests.factories import World, make_attendee, make_event, make_ticket


def sell(world: World, *rows, **data) -> Order:
    """A sale of (ticket, quantity[, price]) rows."""
    items = [Item(index, ticket.id, *rest) for index, (ticket, *rest) in enumerate(rows)]
    data = {"event_id": world.event.id, "on_site_tickets": items, **data}
    return orders.place_onsite(world.event, data, sold_by_id=world.registrar.id).order


def place(world: World, *holders: TicketHolder, sellers=(), **data) -> Order:
    data = {"event_id": world.event.id, "attendee_ids": [holder.id for holder in holders], **data}
    return orders.place(world.event, data, user_id=world.buyer.id, may_sell=lambda user_id: user_id in sellers)


def lines_of(world: World, order: Order):
    found = world.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.ticket_id))
    return [(line.ticket_id, line.quantity, line.price) for line in found]


def pointers(caught) -> list[str]:
    return [error.pointer for error in caught.value.all]


def test_a_sale_is_order_lines_attendees_and_seats(world: World):
    order = sell(world, (world.paid, 2), (world.free, 3))
    assert (order.status, order.amount, order.payment_mode) == (COMPLETED, Decimal("51.00"), "onsite")
    assert abs(utcnow() - order.completed_at) < timedelta(minutes=1)
    assert (order.sold_by_id, order.user_id) == (world.registrar.id, None)
    assert lines_of(world, order) == [(world.free.id, 3, Decimal("0.00")), (world.paid.id, 2, Decimal("25.50"))]
    assert [guest.id for guest in order.attendees] == sorted(guest.id for guest in order.attendees)
    assert len(order.attendees) == 5
    world.session.expire_all()
    assert (world.free.sold, world.paid.sold) == (3, 4)
    assert integrity.report() == []


def test_nothing_is_committed_by_a_service(world: World):
    with world.session.begin_nested() as savepoint:
        sell(world, (world.free, 3))
        savepoint.rollback()
    world.session.expire_all()
    assert world.free.sold == 0
    assert world.session.scalar(select(func.count()).select_from(Order)) == 1


def test_the_last_row_of_a_ticket_counts(world: World):
    order = sell(world, (world.free, 5), (world.paid, 1), (world.free, 2))
    assert [quantity for _, quantity, _ in lines_of(world, order)] == [2, 1]


def test_nothing_to_sell(world: World):
    for rows in ([], [(world.free, 0)], [(world.free, 2), (world.free, 0)]):
        with pytest.raises(Invalid, match="on_site_tickets info missing") as caught:
            sell(world, *rows)
        assert pointers(caught) == [ITEMS]
    with pytest.raises(Invalid, match="on_site_tickets info missing"):
        orders.place_onsite(world.event, {"event_id": world.event.id}, sold_by_id=world.registrar.id)


def test_too_many_seats_name_the_row_that_is_too_much(world: World):
    roomy = [make_ticket(world.session, world.event, quantity=1000, max_order=500) for _ in range(3)]
    with pytest.raises(Invalid) as caught:
        sell(world, (roomy[2], 200), (roomy[0], 300), (roomy[1], 1))
    assert pointers(caught) == [f"{ITEMS}/2/quantity"]
    assert len(sell(world, (roomy[2], 200), (roomy[0], 300)).attendees) == MOST_SEATS


def test_every_unknown_ticket_is_named_with_its_row(world: World):
    foreign = make_ticket(world.session, make_event(world.session))
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    with pytest.raises(DomainError) as caught:
        sell(world, (foreign, 1), (world.free, 1), (deleted, 1))
    assert pointers(caught) == [f"{ITEMS}/0/id", f"{ITEMS}/2/id"]
    assert str(deleted.id) in caught.value.all[1].detail


def test_short_tickets(world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    with pytest.raises(SoldOut) as caught:
        sell(world, (scarce, 2), (world.free, 1))
    assert pointers(caught) == [ITEMS]


@pytest.mark.parametrize(
    ("sent", "agrees"),
    [("25.50", True), ("25.51", True), ("25.49", True), ("25.511", False), ("25.489", False), ("0", False)],
)
def test_the_amount_is_compared_within_a_cent(world: World, sent: str, agrees: bool):
    if agrees:
        assert sell(world, (world.paid, 1), amount=Decimal(sent)).amount == Decimal("25.50")
        return
    with pytest.raises(AmountMismatch) as caught:
        sell(world, (world.paid, 1), amount=Decimal(sent))
    assert caught.value.meta == {"sent": float(sent), "computed": 25.5}


@pytest.mark.parametrize("type_", ["donation", "donationRegistration"])
def test_a_donor_names_the_price_within_bounds(world: World, type_: str):
    donation = make_ticket(world.session, world.event, type=type_, min_price=Decimal(5), max_price=Decimal(50))
    assert sell(world, (donation, 2, Decimal("7.25"))).amount == Decimal("14.50")
    assert sell(world, (donation, 1)).amount == Decimal(5)
    for price in ("4.99", "50.01"):
        with pytest.raises(Invalid) as caught:
            sell(world, (donation, 1, Decimal(price)))
        assert pointers(caught) == [f"{ITEMS}/0/price"]


def test_a_donation_may_be_bounded_by_zero(world: World):
    nothing = make_ticket(world.session, world.event, type="donation", min_price=Decimal(0), max_price=Decimal(0))
    world.session.refresh(nothing)
    with pytest.raises(Invalid, match=r"at least 0\.00 and at most 0\.00"):
        sell(world, (nothing, 1, Decimal(1)))


@pytest.mark.parametrize("type_", ["free", "freeRegistration"])
def test_a_free_ticket_costs_nothing_whatever_its_price(world: World, type_: str):
    free = make_ticket(world.session, world.event, type=type_, price=Decimal(9))
    assert sell(world, (free, 1, Decimal(3))).amount == 0


@pytest.mark.parametrize("status", [COMPLETED, PLACED, PENDING])
def test_states_that_a_sale_starts_in(world: World, status: str):
    order = sell(world, (world.free, 1), status=status)
    assert (order.status, order.completed_at is not None) == (status, status == COMPLETED)


@pytest.mark.parametrize("status", [INITIALIZING, "cancelled", "expired"])
def test_states_that_no_sale_starts_in(world: World, status: str):
    with pytest.raises(Invalid) as caught:
        sell(world, (world.free, 1), status=status)
    assert pointers(caught) == ["/data/attributes/status"]


def test_a_buyer_must_be_there(world: World):
    with pytest.raises(NotFound):
        sell(world, (world.free, 1), user_id=10**17)
    assert sell(world, (world.free, 1), user_id=world.buyer.id).user_id == world.buyer.id


def test_place_claims_attendees_without_taking_seats_again(world: World):
    mine = make_attendee(world.session, world.free, created_by_id=world.buyer.id)
    sold_to_me = make_attendee(world.session, world.paid, created_by_id=world.registrar.id)
    order = place(world, sold_to_me, mine, sellers={world.registrar.id})
    assert (order.status, order.amount, order.user_id) == (INITIALIZING, Decimal("25.50"), world.buyer.id)
    assert (order.sold_by_id, order.completed_at) == (None, None)
    assert order.attendees == [mine, sold_to_me]
    world.session.expire_all()
    assert {mine.order_id, sold_to_me.order_id} == {order.id}
    assert (world.free.sold, world.paid.sold) == (1, 3)
    assert integrity.report() == []


def test_place_asks_once_for_each_maker(world: World):
    asked = []
    holders = [make_attendee(world.session, world.free, created_by_id=world.registrar.id) for _ in range(3)]
    data = {"event_id": world.event.id, "attendee_ids": [holder.id for holder in holders]}
    orders.place(world.event, data, user_id=world.buyer.id, may_sell=lambda user_id: not asked.append(user_id))
    assert asked == [world.registrar.id]


def test_place_refuses_what_others_made(world: World):
    theirs = make_attendee(world.session, world.free, created_by_id=world.stranger.id)
    with pytest.raises(Invalid, match=str(theirs.id)):
        place(world, theirs)
    assert theirs.order_id is None


def test_place_needs_attendees(world: World):
    with pytest.raises(Invalid, match="A valid relationship with ticket_holders resource is required"):
        place(world)


def test_place_lets_the_body_decide_nothing_that_is_the_servers(world: World):
    mine = make_attendee(world.session, world.free, created_by_id=world.buyer.id)
    order = place(world, mine, status=COMPLETED, user_id=world.stranger.id, company="Acme")
    assert (order.status, order.user_id, order.company) == (INITIALIZING, world.buyer.id, "Acme")
    assert lines_of(world, order) == [(world.free.id, 1, Decimal("0.00"))]
