"""Tickets over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant
from app.models import Ticket
from tests.factories import World, make_event, make_ticket
from tests.http import Api, error_codes, resource


def offer(world: World, **attributes: Any) -> dict[str, Any]:
    times = {
        "sales-starts-at": format_instant(world.event.starts_at),
        "sales-ends-at": format_instant(world.event.ends_at),
    }
    return resource("ticket", {"name": "Early", "type": "free", **times, **attributes}, event=world.event)


def change(api: Api, world: World, ticket: Ticket, **attributes: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return api.patch(f"/v1/tickets/{ticket.id}", resource("ticket", named, id_=ticket.id), world.organizer)


def refusal(response: Any) -> tuple[int, list[str], str]:
    return response.status_code, error_codes(response), response.json["errors"][0]["source"]["pointer"]


def test_a_ticket_that_only_names_what_it_must(api: Api, world: World):
    response = api.post("/v1/tickets", offer(world), world.organizer)
    assert response.status_code == 201, response.json
    ticket_id = response.json["data"]["id"]
    assert response.headers["Location"] == f"http://localhost/v1/tickets/{ticket_id}"
    assert response.json["data"]["attributes"] == {
        "name": "Early",
        "type": "free",
        "description": None,
        "price": 0.0,
        "min-price": 0.0,
        "max-price": None,
        "quantity": 100,
        "min-order": 1,
        "max-order": 10,
        "sales-starts-at": format_instant(world.event.starts_at),
        "sales-ends-at": format_instant(world.event.ends_at),
        "position": 1,
        "is-description-visible": False,
        "is-fee-absorbed": False,
        "is-hidden": False,
        "is-checkin-restricted": True,
        "auto-checkin-enabled": False,
        "form-id": None,
        "badge-id": None,
        "deleted-at": None,
    }
    assert api.get(f"/v1/tickets/{ticket_id}").json["data"] == response.json["data"]


def test_prices_are_exact(api: Api, world: World):
    response = api.post("/v1/tickets", offer(world, type="paid", price="10.10"), world.organizer)
    assert response.json["data"]["attributes"]["price"] == 10.1
    response = api.post("/v1/tickets", offer(world, type="paid", price=99999999.99, name="Gold"), world.organizer)
    assert response.json["data"]["attributes"]["price"] == 99999999.99


def test_a_partial_change_is_partial(api: Api, world: World):
    """In the existing server a hidden ticket becomes public when it is renamed."""
    facts = {
        "is_hidden": True,
        "price": 5,
        "max_order": 3,
        "is_checkin_restricted": False,
        "position": 7,
        "quantity": 40,
    }
    ticket = make_ticket(world.session, world.event, type="paid", description="Text", **facts)
    assert change(api, world, ticket, name="New").status_code == 200
    assert (ticket.name, ticket.description) == ("New", "Text")
    assert {name: getattr(ticket, name) for name in facts} == facts


def test_refusals(api: Api, world: World):
    assert refusal(api.post("/v1/tickets", offer(world, name="Free"), world.organizer)) == (
        409,
        ["conflict"],
        "/data/attributes/name",
    )
    assert refusal(change(api, world, world.free, name="Paid")) == (409, ["conflict"], "/data/attributes/name")
    assert refusal(change(api, world, world.paid, quantity=1)) == (409, ["conflict"], "/data/attributes/quantity")
    assert refusal(change(api, world, world.paid, price=0)) == (422, ["invalid"], "/data/attributes/price")
    assert refusal(change(api, world, world.free, min_order=11)) == (422, ["invalid"], "/data/attributes/max-order")
    assert refusal(api.post("/v1/tickets", offer(world, type="gold"), world.organizer)) == (
        422,
        ["invalid"],
        "/data/attributes/type",
    )
    late = format_instant(world.event.ends_at + timedelta(days=1))
    assert refusal(change(api, world, world.free, sales_ends_at=late)) == (
        422,
        ["invalid"],
        "/data/attributes/sales-ends-at",
    )
    assert (world.free.name, world.paid.quantity, world.free.min_order) == ("Free", 100, 1)


def test_a_refused_ticket_is_not_there(api: Api, world: World):
    before = world.session.query(Ticket).count()
    assert api.post("/v1/tickets", offer(world, type="paid", price=0), world.organizer).status_code == 422
    assert world.session.query(Ticket).count() == before


def test_who_may_not(api: Api, world: World):
    for person, status in ((None, 401), (world.stranger, 403), (world.buyer, 403), (world.registrar, 403)):
        assert api.post("/v1/tickets", offer(world), person).status_code == status
        assert api.delete(f"/v1/tickets/{world.free.id}", person).status_code == status
    assert world.free.deleted_at is None


def test_deletion(api: Api, world: World):
    response = api.delete(f"/v1/tickets/{world.free.id}", world.organizer)
    assert response.status_code == 200
    assert response.json == {"meta": {"message": "Object successfully deleted"}, "jsonapi": {"version": "1.0"}}
    assert world.free.deleted_at is not None
    assert api.get(f"/v1/tickets/{world.free.id}", world.organizer).status_code == 404
    assert api.delete(f"/v1/tickets/{world.free.id}", world.organizer).status_code == 404
    sold = api.delete(f"/v1/tickets/{world.paid.id}", world.organizer)
    assert refusal(sold) == (403, ["forbidden"], "/data")


def test_lists(api: Api, world: World):
    """By the event's id and identifier, and by the order's; hidden ones only for those who may see them."""
    make_ticket(world.session, world.event, name="Hidden", is_hidden=True)
    make_ticket(world.session, world.event, name="Gone", deleted_at=world.event.starts_at)
    make_ticket(world.session, make_event(world.session), name="Elsewhere")
    for event in (world.event.id, world.event.identifier):
        for person, expected in (
            (None, "Free Paid"),
            (world.buyer, "Free Paid"),
            (world.organizer, "Free Paid Hidden"),
        ):
            response = api.get(f"/v1/events/{event}/tickets", person, page_size="0")
            assert " ".join(row["attributes"]["name"] for row in response.json["data"]) == expected
            assert response.json["meta"]["count"] == len(expected.split())
    for order in (world.order.id, world.order.identifier):
        response = api.get(f"/v1/orders/{order}/tickets", world.buyer, **{"include": "event", "fields[event]": "id"})
        assert [row["id"] for row in response.json["data"]] == [str(world.paid.id)]
        assert api.get(f"/v1/orders/{order}/tickets", world.stranger).status_code == 403


def test_the_ticket_of_an_attendee(api: Api, world: World):
    response = api.get(f"/v1/attendees/{world.attendee.id}/ticket", world.registrar)
    assert response.json["data"]["id"] == str(world.paid.id)
    assert api.get(f"/v1/attendees/{world.attendee.id}/ticket", world.stranger).status_code == 403
    assert api.get(f"/v1/attendees/{world.attendee.id}/ticket").status_code == 401


@pytest.mark.parametrize("noun", ["tickets", "tracks", "microlocations", "sessions"])
def test_there_is_no_list_of_everything(api: Api, world: World, noun: str):
    response = api.get(f"/v1/{noun}", world.staff)
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, POST"
