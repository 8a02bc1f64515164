"""Orders changed over HTTP: whole orders sent back, what is ignored in them, and what an ended order leaves."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.clock import utcnow
from app.models import Mail, Order
from app.models.orders import CANCELLED, COMPLETED, EXPIRED, INITIALIZING, PENDING, PLACED
from app.services import integrity
from tests.factories import World, make_order, make_ticket, make_user
from tests.http import Api, error_codes, resource


def order_in(world: World, status: str, seats: int = 2, **facts: Any) -> Order:
    return make_order(world.session, world.paid, seats=seats, status=status, user_id=world.buyer.id, **facts)


def patched(api: Api, order: Order, as_: Any, document: Any = None, **attributes: Any) -> Any:
    url = f"/v1/orders/{order.identifier}"
    return api.patch(url, document or resource("order", attributes, id_=order.id), as_)


@pytest.mark.parametrize("by", ["id", "identifier"])
def test_the_body_carries_the_numeric_id(api: Api, world: World, by: str):
    order = order_in(world, INITIALIZING)
    url = f"/v1/orders/{getattr(order, by)}"
    for wrong in (None, order.id + 1):
        response = api.patch(url, resource("order", {"status": CANCELLED}, id_=wrong), world.buyer)
        assert response.status_code == 400
    response = api.patch(url, resource("order", {"status": CANCELLED}, id_=order.id), world.buyer)
    assert response.status_code == 200
    data = response.json["data"]
    assert (data["id"], data["attributes"]["status"]) == (str(order.id), CANCELLED)
    assert data["attributes"]["identifier"] == order.identifier


def test_what_a_client_cannot_change_is_ignored(api: Api, world: World):
    order = order_in(world, INITIALIZING)
    stranger, other = make_user(world.session), World(world.session)
    sent = {"amount": 0, "identifier": "x", "paid-via": "gold", "completed-at": "2026-01-01T00:00:00Z",
            "tickets-pdf-url": None, "created-at": "garbage", "on-site-tickets": "garbage", "discount-code-id": "7",
            "nonsense": {"a": [1]},
            "company": "Acme"}  # fmt: skip
    links = {"user": stranger, "event": other.event, "attendees": [other.attendee], "tickets": [], "ticket-holders": []}
    document = resource("order", sent, id_=order.id, **links)
    document["data"]["relationships"]["attendees"] = "garbage"
    response = patched(api, order, world.buyer, document)
    assert response.status_code == 200, response.json
    world.session.refresh(order)
    assert (order.amount, order.user_id, order.event_id) == (Decimal("51.00"), world.buyer.id, world.event.id)
    assert (order.paid_via, order.completed_at, order.company) == (None, None, "Acme")
    assert len(order.attendees) == 2


@pytest.mark.parametrize("amount", [0, None, -1, "x", 1, False])
def test_no_amount_makes_an_order_free(api: Api, world: World, amount: Any):
    order = order_in(world, INITIALIZING, payment_mode=None)
    for mode in ("free", "onsite"):
        response = patched(api, order, world.buyer, **{"status": COMPLETED, "payment-mode": mode, "amount": amount})
        assert response.status_code == 403
        assert error_codes(response) == ["forbidden"]
    response = patched(api, order, world.buyer, **{"status": PENDING, "payment-mode": "free", "amount": amount})
    assert response.status_code == 422
    world.session.refresh(order)
    assert (order.status, order.amount) == (INITIALIZING, Decimal("51.00"))


def test_null_empties_and_absent_leaves(api: Api, world: World):
    order = order_in(world, INITIALIZING, company="Acme", city="Berlin")
    assert patched(api, order, world.buyer, company=None, status=None).status_code == 200
    world.session.refresh(order)
    assert (order.company, order.city, order.status) == (None, "Berlin", INITIALIZING)


def test_an_unknown_status_or_mode(api: Api, world: World):
    order = order_in(world, INITIALIZING)
    for attributes in ({"status": "paid"}, {"status": 7}, {"payment-mode": "gold"}, {"is-billing-enabled": "x"}):
        assert patched(api, order, world.staff, **attributes).status_code == 422


def test_who_cancels_says_why(api: Api, world: World):
    order = order_in(world, PLACED)
    early = patched(api, order, world.organizer, **{"cancel-note": "The singer is ill."})
    assert (early.status_code, early.json["errors"][0]["source"]) == (403, {"pointer": "/data/attributes/cancel-note"})
    said = {"status": CANCELLED, "cancel-note": "The singer is ill."}
    cancelled = patched(api, order, world.organizer, **said)
    assert cancelled.status_code == 200
    assert cancelled.json["data"]["attributes"].items() >= said.items()
    assert api.get(f"/v1/orders/{order.id}", world.buyer).json["data"]["attributes"].items() >= said.items()
    [mail] = world.session.scalars(select(Mail.text))
    assert "The singer is ill." in mail
    sent_back = patched(api, order, world.organizer, cancelled.json | {"included": None})
    assert (sent_back.status_code, order.cancel_note) == (200, "The singer is ill.")


def test_a_cancelled_order_keeps_its_attendees_who_cannot_enter(api: Api, world: World):
    order = order_in(world, PLACED)
    guest = order.attendees[0]
    world.session.expire_all()
    sold = world.paid.sold
    assert patched(api, order, world.organizer, status=CANCELLED).status_code == 200
    assert patched(api, order, world.organizer, status=CANCELLED).status_code == 200  # it is; nothing is freed again
    assert world.paid.sold == sold - 2
    check_in = resource("attendee", {"is-checked-in": True}, id_=guest.id)
    response = api.patch(f"/v1/attendees/{guest.id}", check_in, world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["order-not-paid"])
    listed = api.get(f"/v1/events/{world.event.id}/attendees", world.organizer, page_size="0", include="order").json
    assert str(guest.id) in {row["id"] for row in listed["data"]}
    only = '[{"name":"order","op":"has","val":{"name":"status","op":"eq","val":"completed"}}]'
    listed = api.get(f"/v1/events/{world.event.id}/attendees", world.organizer, page_size="0", filter=only).json
    assert {row["id"] for row in listed["data"]} == {str(world.attendee.id), str(world.order.attendees[1].id)}
    assert integrity.report() == []


def test_who_is_inside_when_his_order_is_cancelled_can_leave_and_not_come_back(api: Api, world: World):
    order = order_in(world, COMPLETED)
    guest = order.attendees[0]
    url = f"/v1/attendees/{guest.id}"
    assert (
        api.patch(url, resource("attendee", {"is-checked-in": True}, id_=guest.id), world.registrar).status_code == 200
    )
    assert patched(api, order, world.staff, status=CANCELLED).status_code == 200
    assert (
        api.patch(url, resource("attendee", {"is-checked-out": True}, id_=guest.id), world.registrar).status_code == 200
    )
    assert (
        api.patch(url, resource("attendee", {"is-checked-in": True}, id_=guest.id), world.registrar).status_code == 422
    )


def test_seats_of_a_cancelled_order_are_sold_again(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    order = make_order(world.session, scarce, status=PENDING, user_id=world.buyer.id)
    cart = {"tickets": [{"id": scarce.id}]}
    assert api.post("/v1/orders/create-order", cart, world.stranger).status_code == 409
    assert patched(api, order, world.buyer, status=CANCELLED).status_code == 200
    assert api.post("/v1/orders/create-order", cart, world.stranger).status_code == 200
    assert patched(api, order, world.staff, status=COMPLETED).status_code == 409
    assert integrity.report() == []


def test_an_overdue_order_is_over_before_anybody_has_ended_it(api: Api, app: Flask, world: World):
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)
    order = order_in(world, INITIALIZING, created_at=overdue)
    assert patched(api, order, world.buyer, status=PLACED, **{"payment-mode": "onsite"}).status_code == 403
    assert patched(api, order, world.organizer, status=COMPLETED).status_code == 403
    assert patched(api, order, world.staff, status=COMPLETED).status_code == 409
    assert patched(api, order, world.buyer).status_code == 200
    assert order.status != EXPIRED


@pytest.mark.parametrize("name", ["staff", "owner", "organizer", "coorganizer"])
def test_the_team_completes_on_behalf_of_a_guest(api: Api, world: World, name: str):
    order = order_in(world, INITIALIZING, payment_mode=None)
    response = patched(api, order, getattr(world, name), status=COMPLETED, **{"payment-mode": "onsite"})
    assert response.status_code == 200, response.json
    attributes = response.json["data"]["attributes"]
    assert (attributes["status"], attributes["payment-mode"]) == (COMPLETED, "onsite")
    assert attributes["completed-at"] is not None


def test_includes_of_the_answer(api: Api, world: World):
    order = order_in(world, PENDING)
    url = f"/v1/orders/{order.identifier}?include=event,user"
    response = api.patch(url, resource("order", {"status": CANCELLED}, id_=order.id), world.organizer)
    assert {part["type"] for part in response.json["included"]} == {"event", "user"}
    assert response.json["data"]["attributes"]["status"] == CANCELLED


def test_cancelling_costs_as_many_statements_for_20_seats_as_for_1(api: Api, world: World, count_queries):
    found = []
    for seats in (1, 20):
        order, caller = order_in(world, PLACED, seats=seats), world.organizer
        document, url = resource("order", {"status": CANCELLED}, id_=order.id), f"/v1/orders/{order.id}"
        assert caller.id
        with count_queries() as statements:
            assert api.patch(url, document, caller).status_code == 200
        found.append(statements)
    assert len(found[0]) == len(found[1]), found
