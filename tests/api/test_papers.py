"""Tickets and invoices over HTTP."""

import pytest

from app.models.orders import INITIALIZING
from tests.factories import World, make_order
from tests.http import Api, error_codes
from tests.pdfs import qr_codes, texts


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
