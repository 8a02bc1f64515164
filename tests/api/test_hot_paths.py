"""What the door's two requests cost: their statements, one by one, and that they are the same for everybody."""

from typing import Any

import pytest
from sqlalchemy import select

from app.clock import format_instant, utcnow
from app.models import IdempotencyKey, Order, TicketHolder, User
from tests.factories import World, make_ticket
from tests.http import Api, resource

URL = "/v1/orders?onsite=true"
KEY = "4b0b0a52-7c51-4c4e-8f6c-6c3f6d3c1a10"

PATCH = [
    "SELECT users.is_admin",
    "SELECT ticket_holders.id",
    "SELECT ticket_holders.id, events.starts_at",
    "WITH paint AS",
]
SALE = [
    "SELECT users.is_admin",
    "SELECT events.id",
    "SELECT tickets.id",
    "WITH made AS",
    "INSERT INTO ticket_holders",
    "WITH locked AS",
]


def begin_as(statements: list[str], expected: list[Any]) -> bool:
    assert len(statements) == len(expected), statements
    return all(sent.startswith(begins) for sent, begins in zip(statements, expected, strict=True))


def patched(api: Api, guest: int, person: User, **members: Any) -> Any:
    attributes = {name.replace("_", "-"): value for name, value in members.items()}
    response = api.patch(f"/v1/attendees/{guest}", resource("attendee", attributes, id_=guest), person)
    assert response.status_code == 200, response.json
    return response.json


def sale(world: World, ticket_id: int, quantity: int) -> Any:
    items = [{"id": str(ticket_id), "quantity": str(quantity)}]
    return resource("order", {"on-site-tickets": items}, event=world.event)


def test_a_check_in_and_a_check_out_are_four_statements(api: Api, world: World, count_queries: Any):
    guest, person = world.attendee.id, world.registrar
    assert person.id  # is read again after each request; that is not counted
    for wish in ({"is_checked_in": True}, {"is_checked_out": True}):
        world.session.expunge_all()
        with count_queries() as sent:
            answer = patched(api, guest, person, **wish)
        assert begin_as(sent, PATCH)
        assert answer["data"]["attributes"].items() >= {name.replace("_", "-"): True for name in wish}.items()


def test_the_web_apps_whole_attendee_costs_no_more(api: Api, world: World, count_queries: Any):
    """It sends back all that it has read: nothing but the new time is written."""
    guest, person = world.attendee.id, world.registrar
    told = patched(api, guest, person, is_checked_in=True)["data"]["attributes"]
    assert person.id
    world.session.expunge_all()
    with count_queries() as sent:
        times = {"checkin-times": told["checkin-times"], "checkout-times": format_instant(utcnow())}
        whole = told | times | {"is-checked-in": False}
        response = api.patch(f"/v1/attendees/{guest}", resource("attendee", whole, id_=guest), person)
    assert response.status_code == 200, response.json
    assert begin_as(sent, PATCH)
    assert response.json["data"]["attributes"]["is-checked-out"] is True


def test_personal_fields_are_one_more(api: Api, world: World, count_queries: Any):
    guest, person = world.attendee.id, world.registrar
    assert person.id
    world.session.expunge_all()
    with count_queries() as sent:
        patched(api, guest, person, is_checked_in=True, city="Lima", attendee_notes="Vegan")
    assert begin_as(sent, [*PATCH, "UPDATE ticket_holders SET city="])
    world.session.expire_all()
    stored = world.session.get_one(TicketHolder, guest)
    assert (stored.city, stored.attendee_notes, stored.is_checked_in) == ("Lima", "Vegan", True)


def test_what_was_read_of_the_event_for_the_rules_is_not_all_that_is_shown_of_it(api: Api, world: World):
    world.event.description = "Bring a coat."
    world.session.flush()
    guest, event, person = world.attendee.id, world.event.id, world.registrar
    assert person.id
    world.session.expunge_all()
    document = resource("attendee", {"is-checked-in": True}, id_=guest)
    answer = api.patch(f"/v1/attendees/{guest}?include=event,order", document, person)
    assert answer.status_code == 200, answer.json
    included = {each["type"]: each["attributes"] for each in answer.json["included"]}
    assert included["event"] == api.get(f"/v1/events/{event}", person).json["data"]["attributes"]
    assert included["event"]["description"] == "Bring a coat."


@pytest.mark.parametrize("quantity", [1, 60])
def test_a_sale_is_six_statements_and_takes_its_seats_at_last(
    api: Api, world: World, quantity: int, count_queries: Any
):
    ticket = make_ticket(world.session, world.event, quantity=100, max_order=100)
    document, person = sale(world, ticket.id, quantity), world.registrar
    assert person.id
    world.session.expunge_all()
    with count_queries() as sent:
        response = api.post(URL, document, person)
    assert response.status_code == 201, response.json
    assert begin_as(sent, SALE)
    assert len(response.json["data"]["relationships"]["attendees"]["data"]) == quantity


def test_the_answer_is_kept_before_the_seats_are_locked(api: Api, world: World, count_queries: Any):
    document, person = sale(world, world.free.id, 1), world.registrar
    assert person.id
    with count_queries() as sent:
        assert api.send("POST", URL, person, document, key=KEY).status_code == 201
    assert "idempotency_keys" in sent[-2]
    assert sent[-1].startswith("WITH locked AS")


def test_what_is_sold_out_at_last_leaves_nothing_and_may_come_again(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    document, person = sale(world, scarce.id, 2), world.registrar
    orders = world.session.scalars(select(Order.id)).all()
    refused = api.send("POST", URL, person, document, key=KEY)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (409, "sold-out")
    assert refused.json["errors"][0]["meta"] == {"ticket-id": str(scarce.id), "requested": 2, "available": 1}
    assert world.session.scalars(select(Order.id)).all() == orders
    assert world.session.scalars(select(IdempotencyKey)).all() == []
    scarce.quantity = 2
    world.session.flush()
    assert api.send("POST", URL, person, document, key=KEY).status_code == 201
    again = api.send("POST", URL, person, document, key=KEY)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    world.session.expire_all()
    assert scarce.sold == 2
