"""Buying online over HTTP: what is left, what a cart costs, its order, and whether that is paid."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import utcnow
from app.models import Order, OrderLine, TicketHolder, User
from app.models.orders import EXPIRED, INITIALIZING
from app.services import integrity
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.http import Api, error_codes

CALCULATE, CREATE = "/v1/orders/calculate-amount", "/v1/orders/create-order"
TABLES = (Order, OrderLine, TicketHolder)


def cart(*rows: Any, **members: Any) -> dict[str, Any]:
    """A body of (ticket, quantity) rows."""
    return {"tickets": [{"id": str(ticket.id), "quantity": quantity} for ticket, quantity in rows], **members}


def counts(world: World) -> list[Any]:
    world.session.expire_all()
    rows = [world.session.scalar(select(func.count()).select_from(table)) for table in TABLES]
    return [*rows, world.free.sold, world.paid.sold]


def refused(api: Api, world: World, body: Any, status: int, as_: User | None, url: str = CREATE) -> list[str]:
    """Where the errors point to; nothing may have changed."""
    before = counts(world)
    response = api.post(url, body, as_)
    assert response.status_code == status, response.json
    assert error_codes(response)
    assert counts(world) == before
    return [error["source"].get("pointer") for error in response.json["errors"]]


def created(api: Api, world: World, body: Any, as_: User) -> Order:
    response = api.post(CREATE, body, as_)
    assert response.status_code == 200, response.json
    order = world.session.get(Order, int(response.json["data"]["id"]))
    assert order is not None
    return order


# --- what it costs ------------------------------------------------------------------------------------------------


def test_the_whole_answer(api: Api, world: World):
    response = api.post(CALCULATE, cart((world.paid, 3), (world.free, 1)))
    assert response.status_code == 200
    assert response.content_type == "application/json"
    plain = {"discount": None, "ticket_fee": 0.0, "ticket_tax": 0.0, "discounted_tax": 0.0}
    free = {"id": world.free.id, "name": "Free", "price": 0.0, "quantity": 1, "sub_total": 0.0} | plain
    paid = {"id": world.paid.id, "name": "Paid", "price": 25.5, "quantity": 3, "sub_total": 76.5} | plain
    whole = {"sub_total": 76.5, "total": 76.5, "discount": 0.0, "tax": None, "tickets": [free, paid]}
    assert response.json == whole


@pytest.mark.parametrize("content_type", ["application/json", "application/vnd.api+json"])
def test_both_content_types(api: Api, world: World, content_type: str):
    for url in (CALCULATE, CREATE):
        before = api.post(url, cart((world.free, 1)), world.stranger)
        headers = {"Authorization": before.request.headers["Authorization"], "Accept": "application/vnd.api+json"}
        response = api.client.post(url, json=cart((world.free, 1)), content_type=content_type, headers=headers)
        assert (response.status_code, response.content_type) == (200, "application/json")


def test_an_empty_cart_is_zeros(api: Api):
    response = api.post(CALCULATE, {"tickets": []})
    assert response.status_code == 200
    assert response.json == {"sub_total": 0.0, "total": 0.0, "discount": 0.0, "tax": None, "tickets": []}


def test_no_quantity_is_one(api: Api, world: World):
    assert api.post(CALCULATE, {"tickets": [{"id": world.paid.id}]}).json["total"] == 25.5
    order = created(api, world, {"tickets": [{"id": world.paid.id}]}, world.stranger)
    assert (len(order.attendees), order.amount) == (1, Decimal("25.50"))


def test_cents_are_exact(api: Api, world: World):
    dime = make_ticket(world.session, world.event, type="paid", price=Decimal("0.10"), max_order=10)
    cent = make_ticket(world.session, world.event, type="paid", price=Decimal("0.01"), max_order=10)
    answer = api.post(CALCULATE, cart((dime, 3), (cent, 7))).json
    assert (answer["total"], [line["sub_total"] for line in answer["tickets"]]) == (0.37, [0.3, 0.07])


def test_codes_and_other_keys_are_ignored(api: Api, world: World):
    extra = {"discount-code": "x", "access_code": 7, "discount_verify": True, "amount": 1, "onsite": True}
    body = cart((world.paid, 1), **extra)
    body["tickets"][0] |= {"quantity_discount": 5, "price": 1}
    assert api.post(CALCULATE, body).json["total"] == 25.5
    assert created(api, world, body, world.stranger).amount == Decimal("25.50")


@pytest.mark.parametrize("url", [CALCULATE, CREATE])
def test_what_is_wrong_in_a_row(api: Api, world: World, url: str):
    for quantity in (0, -1, -(10**20), 1.5, "1.5", "x", None, True, 501, [], {}):
        assert refused(api, world, cart((world.free, quantity)), 422, world.stranger, url) == ["/tickets/0/quantity"]
    for id_ in (None, "x", -1, 1.5, True, [], "1" * 30):
        body = {"tickets": [{"id": world.free.id}, {"id": id_}]}
        assert refused(api, world, body, 422, world.stranger, url) == ["/tickets/1/id"]
    assert refused(api, world, {"tickets": [{}]}, 422, world.stranger, url) == ["/tickets/0/id"]
    assert refused(api, world, {"tickets": [7]}, 422, world.stranger, url) == ["/tickets/0"]
    for tickets in ({}, "x", 7, None):
        assert refused(api, world, {"tickets": tickets}, 422, world.stranger, url) == ["/tickets"]
    assert refused(api, world, {}, 422, world.stranger, url) == ["/tickets"]
    many = {"tickets": [{"id": number} for number in range(1, 502)]}
    assert refused(api, world, many, 422, world.stranger, url) == ["/tickets"]
    both = {"tickets": [{"id": "x", "quantity": 0}]}
    assert sorted(refused(api, world, both, 422, world.stranger, url)) == ["/tickets/0/id", "/tickets/0/quantity"]


@pytest.mark.parametrize("url", [CALCULATE, CREATE])
def test_a_negative_row_takes_nothing_off_another(api: Api, world: World, url: str):
    body = cart((world.paid, 2), (world.free, -2))
    assert refused(api, world, body, 422, world.stranger, url) == ["/tickets/1/quantity"]


@pytest.mark.parametrize("url", [CALCULATE, CREATE])
def test_tickets_that_the_caller_may_not_know_of_are_not_there(api: Api, world: World, url: str):
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    draft = make_ticket(world.session, make_event(world.session, state="draft"))
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    for ticket in (hidden, draft, deleted):
        body = cart((world.free, 1), (ticket, 1))
        assert refused(api, world, body, 404, world.stranger, url) == ["/tickets/1/id"]
    assert refused(api, world, {"tickets": [{"id": 10**17}]}, 404, world.stranger, url) == ["/tickets/0/id"]
    assert refused(api, world, cart((deleted, 1)), 404, world.staff, url) == ["/tickets/0/id"]


@pytest.mark.parametrize("url", [CALCULATE, CREATE])
def test_tickets_of_two_events(api: Api, world: World, url: str):
    other = make_ticket(world.session, make_event(world.session))
    assert refused(api, world, cart((world.free, 1), (other, 1)), 422, world.stranger, url) == ["/tickets"]


@pytest.mark.parametrize("url", [CALCULATE, CREATE])
def test_donations(api: Api, world: World, url: str):
    bounds = {"min_price": Decimal(5), "max_price": Decimal(50)}
    gift = make_ticket(world.session, world.event, type="donation", **bounds)
    for price in ({}, {"price": None}, {"price": 4.99}, {"price": 50.01}, {"price": 0}, {"price": "x"}):
        body = {"tickets": [{"id": gift.id, "quantity": 2, **price}]}
        assert refused(api, world, body, 422, world.stranger, url) == ["/tickets/0/price"]
    answer = api.post(url, {"tickets": [{"id": gift.id, "quantity": 2, "price": 7.25}]}, world.stranger).json
    assert (answer["total"] if url == CALCULATE else answer["data"]["attributes"]["amount"]) == 14.5


def test_a_calculation_reads_only(api: Api, world: World, count_queries):
    with count_queries() as statements:
        assert api.post(CALCULATE, cart((world.paid, 3), (world.free, 1))).status_code == 200
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")


def test_anybody_may_ask_but_not_with_a_bad_token(api: Api, world: World):
    bad = {"Authorization": "JWT nonsense"}
    assert api.client.post(CALCULATE, json=cart((world.free, 1)), headers=bad).status_code == 401
    none = {"Authorization": "JWT null"}
    assert api.client.post(CALCULATE, json=cart((world.free, 1)), headers=none).status_code == 200


# --- the order ----------------------------------------------------------------------------------------------------


def test_the_order_of_a_cart(api: Api, world: World):
    response = api.post(CREATE, cart((world.paid, 2), (world.free, 1)), world.stranger)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert set(response.json) == {"data", "links"}
    data = response.json["data"]
    attributes = data["attributes"]
    assert response.json["links"] == {"self": f"/v1/orders/{attributes['identifier']}"} == data["links"]
    assert (data["type"], attributes["status"], attributes["amount"]) == ("order", INITIALIZING, 51.0)
    assert (attributes["payment-mode"], attributes["completed-at"]) == (None, None)
    order = world.session.get(Order, int(data["id"]))
    assert order is not None
    assert (order.user_id, order.event_id, order.sold_by_id) == (world.stranger.id, world.event.id, None)
    linked = [{"type": "attendee", "id": str(guest.id)} for guest in order.attendees]
    assert data["relationships"]["attendees"]["data"] == linked
    assert all(guest.firstname and guest.email is None for guest in order.attendees)
    assert len(linked) == 3
    assert integrity.report() == []


def test_an_empty_order(api: Api, world: World):
    for body in ({"tickets": []}, {}):
        assert refused(api, world, body, 422, world.stranger) == ["/tickets"]
    assert "Tickets missing in Order request" in api.post(CREATE, {}, world.stranger).text


def test_one_login_is_needed(api: Api, world: World):
    assert refused(api, world, cart((world.free, 1)), 401, None) == [None]
    assert refused(api, world, {"tickets": "x"}, 401, None) == [None]


def test_sold_out_leaves_nothing(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    assert refused(api, world, cart((world.free, 2), (scarce, 2)), 409, world.stranger) == ["/tickets"]
    response = api.post(CREATE, cart((scarce, 2)), world.stranger)
    [error] = response.json["errors"]
    assert (error["code"], error["meta"]) == (
        "sold-out", {"ticket-id": str(scarce.id), "requested": 2, "available": 1}
    )  # fmt: skip


def test_what_is_not_on_sale(api: Api, world: World):
    now = utcnow()
    past = make_ticket(world.session, world.event, sales_ends_at=now - timedelta(minutes=1))
    future = make_ticket(world.session, world.event, sales_starts_at=now + timedelta(minutes=1))
    over = make_event(world.session, starts_at=now - timedelta(days=2), ends_at=now - timedelta(minutes=1))
    ended = make_ticket(world.session, over, sales_ends_at=now + timedelta(days=1))
    for ticket in (past, future, ended):
        assert refused(api, world, cart((ticket, 1)), 422, world.stranger) == ["/tickets/0/id"]
    world.event.state = "draft"
    world.session.flush()
    assert refused(api, world, cart((world.free, 1)), 422, world.organizer) == ["/tickets/0/id"]


def test_hidden_tickets_are_sold_by_who_may_sell(api: Api, world: World):
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    for name in ("staff", "owner", "organizer", "coorganizer", "registrar"):
        assert len(created(api, world, cart((hidden, 1)), getattr(world, name)).attendees) == 1
    make_order(world.session, hidden, user_id=world.buyer.id)  # he knows of it, and still gets no other one
    assert refused(api, world, cart((hidden, 1)), 422, world.buyer) == ["/tickets/0/id"]


def test_limits_of_one_order(api: Api, world: World):
    pairs = make_ticket(world.session, world.event, min_order=2, max_order=3)
    for quantity in (1, 4):
        assert refused(api, world, cart((pairs, quantity)), 422, world.stranger) == ["/tickets/0/quantity"]


@pytest.mark.parametrize("amount", [0, 10.0, "99.99"])
def test_the_team_may_set_another_amount(api: Api, world: World, amount: Any):
    body = cart((world.paid, 2), amount=amount)
    for name in ("staff", "owner", "organizer", "coorganizer"):
        order = created(api, world, body, getattr(world, name))
        assert (order.amount, order.amount_override_by_id) == (Decimal(str(amount)), getattr(world, name).id)
    for name in ("stranger", "buyer", "registrar", "moderator", "track_organizer"):
        order = created(api, world, body, getattr(world, name))
        assert (order.amount, order.amount_override_by_id) == (Decimal("51.00"), None)
    assert integrity.report() == []


def test_an_amount_that_is_none(api: Api, world: World):
    for amount in ("x", -1, 1.234, 10**30, [], True):
        assert refused(api, world, cart((world.paid, 1), amount=amount), 422, world.organizer) == ["/amount"]
    assert created(api, world, cart((world.paid, 1), amount=None), world.organizer).amount == Decimal("25.50")


def test_overdue_seats_are_sold_again(api: Api, app: Flask, world: World):
    scarce = make_ticket(world.session, world.event, quantity=2)
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)
    abandoned = make_order(world.session, scarce, status=INITIALIZING, created_at=overdue)
    loose = make_attendee(world.session, scarce, created_at=overdue)
    assert len(created(api, world, cart((scarce, 2)), world.stranger).attendees) == 2
    world.session.expire_all()
    assert (abandoned.status, loose.deleted_at is None, scarce.sold) == (EXPIRED, False, 2)


def test_an_order_costs_as_many_statements_for_20_seats_as_for_1(api: Api, world: World, count_queries):
    world.free.max_order = 20
    world.session.flush()
    found = []
    for quantity in (1, 20):
        body, caller = cart((world.free, quantity), (world.paid, 1)), world.stranger
        assert caller.id
        with count_queries() as statements:
            assert api.post(CREATE, body, caller).status_code == 200
        found.append(statements)
    assert len(found[0]) == len(found[1]) == 5, found[0]


# --- what is left -------------------------------------------------------------------------------------------------


def test_availability(api: Api, app: Flask, world: World):
    hidden = make_ticket(world.session, world.event, is_hidden=True, quantity=5)
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)
    make_order(world.session, world.free, seats=2, status=INITIALIZING, created_at=overdue)
    make_order(world.session, world.free, seats=3, status=INITIALIZING)
    free = {"id": world.free.id, "name": "Free", "quantity": 100, "available": 97}
    paid = {"id": world.paid.id, "name": "Paid", "quantity": 100, "available": 98}
    secret = {"id": hidden.id, "name": hidden.name, "quantity": 5, "available": 5}
    for event in (world.event.id, world.event.identifier):
        url = f"/v1/events/{event}/tickets/availability"
        assert api.get(url).json == [free, paid]
        assert api.get(url, world.organizer).json == [free, paid, secret]
    assert api.get("/v1/events/999999/tickets/availability").status_code == 404


# --- whether it is paid -------------------------------------------------------------------------------------------


def test_verify(api: Api, world: World):
    for order in (world.order.id, world.order.identifier):
        response = api.send("POST", f"/v1/orders/{order}/verify", world.buyer)
        assert (response.status_code, response.json) == (200, {"payment_status": "completed"})
        assert api.send("POST", f"/v1/orders/{order}/verify").status_code == 401
