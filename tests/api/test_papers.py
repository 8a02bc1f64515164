"""Tickets and invoices over HTTP."""

import pytest
from sqlalchemy import delete

from app.clock import utcnow
from app.models import Order, User, UsersEventsRoles
from app.models.orders import INITIALIZING
from app.services import ticket_secrets
from tests.factories import World, grant, make_event, make_order, make_ticket, make_user
from tests.http import Api, error_codes, resource
from tests.pdfs import qr_codes, texts

DOOR = ("owner", "organizer", "coorganizer", "registrar", "staff", "buyer")


def addresses(world: World) -> list[str]:
    order = world.order
    return [
        f"/v1/orders/{order.id}/tickets-pdf",
        f"/v1/orders/{order.identifier}/tickets-pdf",
        f"/v1/tickets/{order.identifier}",
        f"/v1/orders/invoices/{order.identifier}",
        f"/v1/orders/attendees/{world.attendee.id}.pdf",
    ]


def test_files(api: Api, world: World):
    for url in addresses(world):
        response = api.get(url, world.buyer)
        assert (response.status_code, response.content_type) == (200, "application/pdf"), url
        disposition = response.headers["Content-Disposition"]
        assert disposition.startswith("attachment; filename=")
        assert disposition.endswith('.pdf"')
        assert response.headers["Cache-Control"] == "no-store"
        assert texts(response.data)


@pytest.mark.parametrize("accept", [None, "*/*", "application/pdf", "application/vnd.api+json"])
def test_whatever_a_client_accepts(api: Api, world: World, accept: str | None):
    headers = {"Authorization": api.authorization(world.buyer)} | ({"Accept": accept} if accept else {})
    for url in addresses(world):
        assert api.client.get(url, headers=headers).status_code == 200


def test_a_number_is_a_ticket_and_an_identifier_an_order(api: Api, world: World):
    codes = [f"{world.order.identifier}-{guest.id}" for guest in world.order.attendees]
    assert qr_codes(api.get(f"/v1/tickets/{world.order.identifier}", world.registrar).data) == codes
    assert api.get(f"/v1/tickets/{world.free.id}", world.registrar).json["data"]["type"] == "ticket"


def test_refusals_are_documents(api: Api, world: World):
    unfinished = make_order(world.session, world.paid, status=INITIALIZING, user_id=world.buyer.id)
    for url in (
        f"/v1/orders/{unfinished.id}/tickets-pdf",
        f"/v1/tickets/{unfinished.identifier}",
        f"/v1/orders/invoices/{unfinished.identifier}",
        f"/v1/orders/attendees/{unfinished.attendees[0].id}.pdf",
    ):
        response = api.get(url, world.buyer)
        assert (response.status_code, error_codes(response)) == (409, ["conflict"])
        assert "placed or completed" in response.json["errors"][0]["detail"]
    for url in ("/v1/orders/0/tickets-pdf", "/v1/tickets/nothing", "/v1/orders/attendees/0.pdf"):
        response = api.get(url, world.staff)
        assert (response.status_code, error_codes(response)) == (404, ["not-found"])


class TestTheBuyer:
    """An invoice tells no more of an account than `/v1/orders/<id>/user` does."""

    def told(self, api: Api, order: Order, person: User) -> bool:
        account = api.get(f"/v1/orders/{order.id}/user", person).json["data"]
        [page] = texts(api.get(f"/v1/orders/invoices/{order.identifier}", person).data)
        email = order.user.email if order.user else ""
        assert (email in page) == (account is not None and account["attributes"]["email"] == email)
        return account is not None

    def test_who_is_told_of_him(self, api: Api, world: World):
        told = {name: self.told(api, world.order, person) for name, person in world.people.items() if name in DOOR}
        assert told == dict.fromkeys(DOOR, True) | {"registrar": False}

    def test_nobody_finds_out_an_address_by_selling_to_it(self, api: Api, world: World):
        event = make_event(world.session)
        grant(world.session, world.stranger, event, "owner")
        victim = make_user(world.session, email="victim@example.org", first_name="Vic")
        seats = {"on-site-tickets": [{"id": str(make_ticket(world.session, event).id), "quantity": "1"}]}
        sold = api.post("/v1/orders?onsite=true", resource("order", seats, event=event, user=victim), world.stranger)
        assert sold.status_code == 201, sold.json
        order = world.session.get(Order, int(sold.json["data"]["id"]))
        assert not self.told(api, order, world.stranger)
        assert self.told(api, order, victim)
        assert self.told(api, order, world.staff)

    def test_a_former_seller(self, api: Api, world: World):
        order = make_order(world.session, world.paid, user_id=world.buyer.id, sold_by_id=world.stranger.id)
        assert not self.told(api, order, world.stranger)

    def test_a_deleted_account(self, api: Api, world: World):
        world.buyer.deleted_at = utcnow()
        [page] = texts(api.get(f"/v1/orders/invoices/{world.order.identifier}", world.owner).data)
        assert world.buyer.email not in page


def test_a_replaced_ticket_is_not_printed_by_who_sold_it_and_has_no_role_now(api: Api, world: World):
    seats = {"on-site-tickets": [{"id": str(world.free.id), "quantity": "1"}]}
    asked = resource("order", seats, event=world.event, user=world.buyer)
    sold = api.post("/v1/orders?onsite=true", asked, world.registrar)
    order = world.session.get(Order, int(sold.json["data"]["id"]))
    world.session.execute(delete(UsersEventsRoles).where(UsersEventsRoles.user_id == world.registrar.id))
    url = f"/v1/orders/{order.id}/tickets-pdf"
    assert api.get(url, world.registrar).status_code == 200, "it is what he has handed out himself"
    ticket_secrets.rotate(order.attendees[0], revoked_by_id=world.organizer.id)
    refused = api.get(url, world.registrar)
    assert (refused.status_code, error_codes(refused)) == (403, ["forbidden"])
    assert qr_codes(api.get(url, world.buyer).data) == [order.attendees[0].secret]
    assert api.get(url, world.organizer).status_code == 200
