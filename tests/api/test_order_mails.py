"""Receipts and repeated mails over HTTP, as the Android app and the web app ask for them."""

from typing import Any

import pytest

from app.models.orders import INITIALIZING, PENDING
from app.services import mails
from tests.factories import World, make_order
from tests.http import MEDIA_TYPE, Api, error_codes

RECEIPT, AGAIN = "/v1/attendees/send-receipt", "/v1/orders/resend-email"
TYPES = ("application/json; charset=UTF-8", MEDIA_TYPE)


def plain_error(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/json"
    assert list(response.json) == ["error"]
    return response.status_code, response.json["error"]


def again(order: Any) -> Any:
    return {"data": {"order": order, "user": "whoever@example.org"}}


@pytest.mark.parametrize("who", ["buyer", "registrar", "owner", "staff"])
def test_a_receipt(api: Api, world: World, who: str):
    world.buyer.is_verified = True
    response = api.post(RECEIPT, {"order-identifier": world.order.identifier}, world.people[who])
    assert (response.status_code, response.json) == (200, {"message": "receipt sent to attendees"})
    again_soon = api.post(RECEIPT, {"order-identifier": world.order.identifier}, world.people[who])
    assert again_soon.status_code == 200
    assert "a few minutes ago" in again_soon.json["message"]
    assert [mail.recipient for mail in mails.waiting()] == [guest.email for guest in world.order.attendees]


@pytest.mark.parametrize("status", [INITIALIZING, PENDING])
def test_no_receipt_for_an_incomplete_order(api: Api, world: World, status: str):
    order = make_order(world.session, world.paid, status=status, user_id=world.buyer.id)
    world.buyer.is_verified = True
    response = api.post(RECEIPT, {"order-identifier": order.identifier}, world.buyer)
    assert plain_error(response) == (409, "Cannot send receipt for an incomplete order. Complete it first.")
    response = api.post(AGAIN, again(order.identifier), world.owner)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert mails.waiting() == []


@pytest.mark.parametrize("identifier", [None, "", " ", 7, ["x"], "\x00"])
def test_no_order_named(api: Api, world: World, identifier: Any):
    body = {} if identifier is None else {"order-identifier": identifier}
    assert plain_error(api.post(RECEIPT, body, world.owner)) == (
        422,
        "Order identifier missing. Send the identifier of the order as text.",
    )
    response = api.post(AGAIN, again(identifier), world.owner)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/order"}


def test_an_order_that_is_not_there(api: Api, world: World):
    status, _ = plain_error(api.post(RECEIPT, {"order-identifier": "nowhere"}, world.owner))
    assert status == 404
    assert error_codes(api.post(AGAIN, again("nowhere"), world.owner)) == ["not-found"]


def test_strangers_send_nothing(api: Api, world: World):
    for who in ("stranger", "moderator"):
        response = api.post(RECEIPT, {"order-identifier": world.order.identifier}, world.people[who])
        assert plain_error(response)[0] == 403
    for who in ("stranger", "buyer", "registrar"):
        assert error_codes(api.post(AGAIN, again(world.order.identifier), world.people[who])) == ["forbidden"]
    assert plain_error(api.post(RECEIPT, {"order-identifier": world.order.identifier}))[0] == 401
    assert mails.waiting() == []


def test_a_buyer_without_a_verified_address_writes_to_nobody(api: Api, world: World):
    status, told = plain_error(api.post(RECEIPT, {"order-identifier": world.order.identifier}, world.buyer))
    assert (status, told.split(":")[0]) == (403, "Verify your e-mail address first")
    assert mails.waiting() == []


def test_the_mails_of_an_order_once_more(api: Api, world: World):
    """They go to the addresses of the order, not to one that is sent."""
    response = api.post(AGAIN, again(world.order.identifier), world.owner)
    assert response.status_code == 200
    message = f"Verification emails for order : {world.order.identifier} has been sent successfully"
    assert response.json == {"status": True, "message": message}
    guests = [guest.email for guest in world.order.attendees]
    assert [mail.recipient for mail in mails.waiting()] == [world.buyer.email, *guests]
    response = api.post(AGAIN, again(world.order.identifier), world.owner)
    assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    assert "a few minutes ago" in response.json["errors"][0]["detail"]


@pytest.mark.parametrize("url", [RECEIPT, AGAIN])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
def test_malformed_bodies(api: Api, world: World, url: str, body: bytes):
    for type_ in TYPES:
        token = api.client.post("/auth/session", json={"email": world.owner.email, "password": "correct horse"}).json
        headers = {"Authorization": f"JWT {token['access_token']}"}
        assert api.client.post(url, data=body, content_type=type_, headers=headers).status_code == 400
