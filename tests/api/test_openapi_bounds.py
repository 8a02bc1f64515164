"""What the OpenAPI document lets in is taken, and what is refused it does not let in: the places where the two once
differed, found by ``make fuzz``."""

from datetime import timedelta
from functools import reduce
from typing import Any

import orjson
import pytest
from flask import Flask
from jsonschema_rs import Draft202012Validator

from app.clock import utcnow
from tests.factories import PASSWORD, World
from tests.http import MEDIA_TYPE, Api, resource
from tests.openapi import Described

RESET = "/v1/auth/reset-password"


@pytest.fixture(scope="module")
def described(app: Flask) -> Described:
    return Described(app)


def plain(api: Api, method: str, url: str, body: Any, **headers: str) -> Any:
    return api.client.open(url, method=method, json=body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("url", ["/auth/session", "/v1/auth/login"])
@pytest.mark.parametrize(("name", "status"), [("email", 200), ("username", 200), ("user", 400)])
def test_a_log_in_needs_one_of_two_names(
    api: Api, world: World, described: Described, url: str, name: str, status: int
):
    body = {name: world.staff.email, "password": PASSWORD}
    assert (described.wrong_body("POST", url, body) == []) == (status == 200)
    assert plain(api, "POST", url, body).status_code == status


@pytest.mark.parametrize(("password", "status"), [("a" * 7, 422), ("a" * 8, 404), (" " * 8, 400), ("a" * 1001, 400)])
def test_a_reset_tells_how_long_passwords_are_and_that_tokens_end(
    api: Api, described: Described, password: str, status: int
):
    """A good password gets as far as the token, which is nobody's."""
    body = {"data": {"token": "none", "password": password}}
    assert (described.wrong_body("PATCH", RESET, body) == []) == (status == 404)
    refused = plain(api, "PATCH", RESET, body)
    assert refused.status_code == status
    assert described.wrong("PATCH", RESET, refused) == []


@pytest.mark.parametrize(("password", "status"), [("a" * 7, 422), ("a" * 8, 201)])
def test_a_sign_up_tells_how_long_passwords_are(api: Api, described: Described, password: str, status: int):
    body = resource("user", {"email": "new@example.org", "password": password})
    assert (described.wrong_body("POST", "/v1/users", body) == []) == (status == 201)
    assert api.post("/v1/users", body).status_code == status


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("1899-12-31T12:00:00Z", 422),
        ("1900-01-02T12:00:00Z", 200),
        ("2999-12-30T12:00:00.5+05:30", 200),
        ("3000-01-01T12:00:00Z", 422),
    ],
)
def test_times_tell_their_years(api: Api, world: World, described: Described, moment: str, status: int):
    guest = world.attendee.id
    body = resource("attendee", {"birth-date": moment}, id_=guest)
    assert (described.wrong_body("PATCH", "/v1/attendees/<id:id>", body) == []) == (status == 200)
    assert api.patch(f"/v1/attendees/{guest}", body, world.owner).status_code == status


@pytest.mark.parametrize(("type_", "status"), [("freeRegistration", 201), ("FREE", 422)])
def test_types_of_tickets_are_told(api: Api, world: World, described: Described, type_: str, status: int):
    sales = {f"sales-{edge}-at": (utcnow() + timedelta(hours=hours)).isoformat() for edge, hours in EDGES.items()}
    body = resource("ticket", {"name": "New", "type": type_, "quantity": 1, **sales}, event=world.event)
    assert (described.wrong_body("POST", "/v1/tickets", body) == []) == (status == 201)
    assert api.post("/v1/tickets", body, world.owner).status_code == status


EDGES = {"starts": -1, "ends": 1}


@pytest.mark.parametrize("search", ["", " "])
def test_a_search_for_nobody_is_told(api: Api, world: World, described: Described, search: str):
    rule = "/v1/events/<id:event_id>/guests"
    refused = api.get(f"/v1/events/{world.event.id}/guests", world.owner, search=search)
    assert refused.status_code == 422
    assert described.wrong("GET", rule, refused) == []
    [told] = [parameter for parameter in asked_of(described, rule) if parameter.get("name") == "search"]
    assert told["required"]
    assert not Draft202012Validator(told["schema"]).is_valid(search)


@pytest.mark.parametrize(("name", "status"), [("Doors", 200), (None, 422)])
def test_what_cannot_be_emptied_is_told(api: Api, world: World, described: Described, name: str | None, status: int):
    body = resource("setting", {"app-name": name}, id_=1)
    assert (described.wrong_body("PATCH", "/v1/settings", body) == []) == (status == 200)
    assert api.patch("/v1/settings", body, world.staff).status_code == status


@pytest.mark.parametrize("name", ["fields[ticket]", "include", "sort"])
def test_a_list_of_nothing_is_told(api: Api, world: World, described: Described, name: str):
    rule = "/v1/events/<id:event_id>/tickets"
    shared = described.whole["components"]["parameters"]
    named = [
        shared.get(parameter.get("$ref", "").rpartition("/")[2], parameter) for parameter in asked_of(described, rule)
    ]
    [told] = [parameter for parameter in named if parameter["name"] == name]
    assert Draft202012Validator(told["schema"]).is_valid([""])
    assert api.client.get(f"/v1/events/{world.event.id}/tickets", query_string={name: ""}).status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        "/v1/orders/<identifier:order_identifier>/tickets-pdf",
        "/v1/orders/invoices/<identifier:order_identifier>",
        "/v1/orders/attendees/<id:attendee_id>.pdf",
    ],
)
def test_what_is_not_printed_is_told(api: Api, world: World, described: Described, rule: str):
    """Papers are of orders that hold seats."""
    world.order.status = "cancelled"
    ids = {"<identifier:order_identifier>": world.order.identifier, "<id:attendee_id>": str(world.attendee.id)}
    refused = api.get(reduce(lambda url, named: url.replace(*named), ids.items(), rule), world.owner)
    assert refused.status_code == 409
    assert described.wrong("GET", rule, refused) == []


def test_times_on_site_are_sorted_and_filtered_as_attendees_are(described: Described):
    """Each is understood: `tests.api.test_openapi_parameters`."""
    asked = asked_of(described, "/v1/events/<id:event_id>/time-on-site")
    shared = {parameter["$ref"].rpartition("/")[2] for parameter in asked if "$ref" in parameter}
    assert {"AttendeeSort", "Filter"} <= shared


def asked_of(described: Described, rule: str) -> Any:
    return described.operations["GET", described.template_of(rule)]["parameters"]


def test_a_key_asks_whose_it_is(api: Api, described: Described):
    """Everybody may ask; with a key, his token is looked at, which may have ended."""
    url = "/v1/auth/resend-verification-email"
    body = {"data": {"email": "nobody@example.org"}}
    assert plain(api, "POST", url, body, Authorization="JWT none").status_code == 200
    refused = plain(api, "POST", url, body, Authorization="JWT none", **{"Idempotency-Key": "1"})
    assert refused.status_code == 401
    assert described.wrong("POST", url, refused) == []
    assert described.operations["POST", url]["security"] == [{}, {"token": []}]


def test_who_may_read_one_of_two_things_at_an_address_needs_no_token(api: Api, world: World, described: Described):
    """A ticket on sale is everybody's, an order's tickets at the same place are not."""
    assert api.get(f"/v1/tickets/{world.free.id}").status_code == 200
    assert described.operations["GET", "/v1/tickets/{id}"]["security"] == [{}, {"token": []}]
    assert described.operations["GET", "/v1/orders/{id}"]["security"] == [{"token": []}]


def test_events_of_a_stream_are_told(api: Api, world: World, described: Described):
    """In a server that is no gunicorn's there is one, and the stream ends."""
    rule = "/v1/events/<id:event_id>/occupancy/stream"
    [retry, data, *_] = api.get(f"/v1/events/{world.event.id}/occupancy/stream", world.owner).text.splitlines()
    event = {"retry": int(retry.removeprefix("retry: ")), "data": data.removeprefix("data: ")}
    place = ("paths", described.template_of(rule), "get", "responses", "200", "content", "text/event-stream", "schema")
    assert described.errors(place, event) == []
    content = (*place, "properties", "data", "contentSchema")
    assert described.errors(content, orjson.loads(event["data"])) == []
    assert described.errors(content, {"data": {}})


def test_addresses_without_variables_offer_what_is_told(api: Api, described: Described):
    """An order or event of such a name is none: /v1/orders/create-order is for POST alone."""
    for template, place in described.whole["paths"].items():
        if "{" not in template:
            allowed = set(api.client.options(template).headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
            assert allowed == {method.upper() for method in place}, template
    refused = api.get("/v1/orders/create-order")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
    assert refused.content_type == MEDIA_TYPE
