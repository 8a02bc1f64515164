"""Seats of sales at the door: never more than there are, and those whose time has run out are sold again."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.clock import utcnow
from app.models.orders import EXPIRED, INITIALIZING
from tests.door_sales import ITEMS, URL, guests_of, refused, row, sale, seen, sell
from tests.factories import World, make_attendee, make_order, make_ticket
from tests.http import Api

# --- seats --------------------------------------------------------------------------------------------------------


def test_a_ticket_that_is_short_refuses_the_whole_order(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=5)
    scarce.sold = 2
    [error] = refused(api, world, sale(world, row(world.free.id, "1"), row(scarce.id, "4")), 409)
    assert seen(error) == {
        "code": "sold-out",
        "detail": f"Ticket with id: {scarce.id} already sold out. You can buy at most 3 tickets.",
        "pointer": ITEMS,
    }
    assert error["meta"] == {"ticket-id": str(scarce.id), "requested": 4, "available": 3}
    assert error["status"] == "409"


def test_there_is_one_error_for_each_ticket_that_is_short(api: Api, world: World):
    scarce = [make_ticket(world.session, world.event, quantity=number) for number in (1, 2)]
    rows = [row(ticket.id, "3") for ticket in scarce]
    errors = refused(api, world, sale(world, row(world.free.id, "1"), *rows), 409)
    assert [error["meta"] for error in errors] == [
        {"ticket-id": str(ticket.id), "requested": 3, "available": ticket.quantity} for ticket in scarce
    ]
    assert [error["detail"] for error in errors] == [
        f"Ticket with id: {ticket.id} already sold out. You can buy at most {ticket.quantity} tickets."
        for ticket in scarce
    ]


def test_the_last_seat_is_sold_once(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    sell(api, world, row(scarce.id, "1"))
    [error] = refused(api, world, sale(world, row(scarce.id, "1")), 409)
    assert error["meta"]["available"] == 0


# --- seats whose time has run out ---------------------------------------------------------------------------------


@pytest.fixture
def long_ago(app):
    """A moment just before which nothing unfinished holds its seat any more."""
    return utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)


def test_seats_of_overdue_attendees_and_orders_are_freed_when_a_sale_comes_up_short(api: Api, world: World, long_ago):
    scarce = make_ticket(world.session, world.event, quantity=3)
    loose = make_attendee(world.session, scarce, created_at=long_ago)
    unfinished = make_order(world.session, scarce, seats=2, status=INITIALIZING, created_at=long_ago)
    order = sell(api, world, row(scarce.id, "3"))
    assert len(guests_of(world, order)) == 3
    assert scarce.sold == 3
    assert loose.deleted_at is not None
    assert unfinished.status == EXPIRED


def test_they_stay_as_long_as_there_are_seats(api: Api, world: World, long_ago):
    roomy = make_ticket(world.session, world.event, quantity=4)
    loose = make_attendee(world.session, roomy, created_at=long_ago)
    unfinished = make_order(world.session, roomy, seats=2, status=INITIALIZING, created_at=long_ago)
    sell(api, world, row(roomy.id, "1"))
    assert (loose.deleted_at, unfinished.status, roomy.sold) == (None, INITIALIZING, 4)


def test_only_seats_of_the_tickets_that_are_short_are_freed(api: Api, world: World, long_ago):
    scarce = make_ticket(world.session, world.event, quantity=1)
    make_attendee(world.session, scarce, created_at=long_ago)
    elsewhere = make_attendee(world.session, world.free, created_at=long_ago)
    sell(api, world, row(scarce.id, "1"), row(world.free.id, "1"))
    assert (scarce.sold, world.free.sold, elsewhere.deleted_at) == (1, 2, None)


def test_what_is_not_overdue_yet_keeps_its_seat(api: Api, world: World, long_ago):
    scarce = make_ticket(world.session, world.event, quantity=2)
    in_time = long_ago + timedelta(seconds=60)
    loose = make_attendee(world.session, scarce, created_at=in_time)
    unfinished = make_order(world.session, scarce, status=INITIALIZING, created_at=in_time)
    [error] = refused(api, world, sale(world, row(scarce.id, "1")), 409)
    assert error["meta"]["available"] == 0
    assert (loose.deleted_at, unfinished.status) == (None, INITIALIZING)


def test_when_even_that_is_not_enough_the_refusal_counts_the_freed_seats(api: Api, world: World, long_ago):
    scarce = make_ticket(world.session, world.event, quantity=2)
    make_attendee(world.session, scarce, created_at=long_ago)
    make_order(world.session, scarce)
    response = api.post(URL, sale(world, row(scarce.id, "2")), world.registrar)
    assert response.status_code == 409
    assert response.json["errors"][0]["meta"] == {"ticket-id": str(scarce.id), "requested": 2, "available": 1}
    assert scarce.sold == 1


# --- cost ---------------------------------------------------------------------------------------------------------


def statements_of(count_queries, api: Api, world: World, document):
    """What one sale sends to the database; nothing of it comes from the test."""
    seller = world.registrar
    assert seller.id
    with count_queries() as statements:
        response = api.post(URL, document, seller)
    assert response.status_code == 201, response.json
    return statements, len(response.json["data"]["relationships"]["attendees"]["data"])


def test_a_sale_costs_as_many_statements_for_100_seats_as_for_1(api: Api, world: World, count_queries):
    ticket = make_ticket(world.session, world.event, quantity=1000, max_order=100)
    small, large = sale(world, row(ticket.id, "1")), sale(world, row(ticket.id, "100"))
    for_one, one = statements_of(count_queries, api, world, small)
    for_many, many = statements_of(count_queries, api, world, large)
    assert (one, many) == (1, 100)
    assert len(for_many) == len(for_one), for_many
    assert len(for_one) <= 7, for_one


def test_a_sale_costs_as_many_statements_for_5_tickets_as_for_1(api: Api, world: World, count_queries):
    rows = [row(make_ticket(world.session, world.event).id, "2") for _ in range(5)]
    small, large = sale(world, rows[0]), sale(world, *rows)
    for_one, _ = statements_of(count_queries, api, world, small)
    for_many, many = statements_of(count_queries, api, world, large)
    assert many == 10
    assert len(for_many) == len(for_one), for_many


def test_a_sale_does_not_read_the_attendees_that_are_there(api: Api, world: World, count_queries):
    statements, _ = statements_of(count_queries, api, world, sale(world, row(world.free.id, "1")))
    reads = [statement for statement in statements if statement.startswith("SELECT") and "ticket_holders" in statement]
    assert reads == []


def test_the_database_itself_refuses_to_oversell(world: World):
    """What stands behind the rule: `CHECK (0 <= sold AND sold <= quantity)`."""
    check = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_tickets_sold_within_quantity'"
    definition = world.session.scalar(text(check))
    assert "0 <= sold" in definition
    assert "sold <= quantity" in definition
