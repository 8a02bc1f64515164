"""Bodies: media types, shape, ids; what is forgiven and what is not."""

import json
from typing import Any

import pytest

from app.schemas.base import Schema
from app.schemas.fields import Degrees, Instant, MaybeFlag, Money, Whole
from app.schemas.texts import Choice
from tests.factories import World, make_ticket
from tests.http import MEDIA_TYPE, Api, error_codes, resource
from tests.programme import make_track

EXAMPLE = 'Send {"type": "event", "id": "12"}.'


def send(api: Api, world: World, body: bytes | str, content_type: str | None = MEDIA_TYPE, **headers: str) -> Any:
    """A raw POST of a track by the organizer."""
    token = api.send("POST", "/auth/session", None, {"email": world.organizer.email, "password": "correct horse"}).json
    headers |= {"Authorization": f"JWT {token['access_token']}"}
    return api.client.post("/v1/tracks", data=body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "text/plain", f"{MEDIA_TYPE}; charset=utf-8", f"{MEDIA_TYPE};ext=x", "application/*"],
)
def test_content_types_that_are_refused(api: Api, world: World, content_type: str | None):
    response = send(api, world, "{}", content_type)
    assert response.status_code == 415
    assert error_codes(response) == ["unsupported-media-type"]
    assert "application/vnd.api+json" in response.json["errors"][0]["detail"]


@pytest.mark.parametrize("accept", ["text/html", "application/json", f"{MEDIA_TYPE}; ext=x", f"{MEDIA_TYPE};version=2"])
def test_accept_headers_that_are_refused(api: Api, world: World, accept: str):
    response = api.client.get("/v1/events", headers={"Accept": accept})
    assert response.status_code == 406
    assert error_codes(response) == ["not-acceptable"]


@pytest.mark.parametrize(
    "accept",
    [
        *("", "*/*", "application/*", MEDIA_TYPE, f"text/html, {MEDIA_TYPE}", f"{MEDIA_TYPE};q=0.5"),
        *("text/html, */*;q=0.1", "Application/VND.api+json", f"{MEDIA_TYPE};Q=0.5", "APPLICATION/*"),
    ],
)
def test_accept_headers_that_are_served(api: Api, world: World, accept: str):
    assert api.client.get("/v1/events", headers={"Accept": accept}).status_code == 200
    assert api.client.get("/v1/events").status_code == 200


def test_the_case_of_a_media_type_makes_no_difference(api: Api, world: World):
    document = resource("track", {"name": "Jazz", "color": "#a1b2c3"}, event=world.event)
    assert send(api, world, json.dumps(document), "Application/VND.api+json").status_code == 201


def test_a_content_type_on_a_get_is_nobodys_business(api: Api, world: World):
    assert api.client.get("/v1/events", content_type="application/json").status_code == 200


@pytest.mark.parametrize("body", ["", "{", "{'a': 1}", "\x00", b"\xff", '"\\ud800"', "NaN", "[" * 100_000, "[1,]"])
def test_malformed_json(api: Api, world: World, body: bytes | str):
    response = send(api, world, body)
    assert response.status_code == 400
    assert error_codes(response) == ["bad-request"]
    assert "JSON" in response.json["errors"][0]["detail"]


def test_nested_beyond_reason(api: Api, world: World):
    response = send(api, world, '{"data":' + "[" * 40 + "]" * 40 + "}")
    assert response.status_code == 400
    assert "nested" in response.json["errors"][0]["detail"]


def test_a_body_that_is_too_large(api: Api, world: World):
    response = send(api, world, b" " * (4 * 1024 * 1024 + 1))
    assert response.status_code == 413
    assert error_codes(response) == ["too-large"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], None),
        ("text", None),
        (None, None),
        (1, None),
        ({}, "/data"),
        ({"data": None}, "/data"),
        ({"data": []}, "/data"),
        ({"data": [{"type": "track"}]}, "/data"),
        ({"data": {}}, "/data/type"),
        ({"data": {"type": 1}}, "/data/type"),
        ({"data": {"type": "track", "attributes": []}}, "/data/attributes"),
        ({"data": {"type": "track", "attributes": None}}, "/data/attributes"),
        ({"data": {"type": "track", "relationships": "x"}}, "/data/relationships"),
    ],
)
def test_shapes_that_are_refused(api: Api, world: World, body: Any, pointer: str | None):
    response = send(api, world, json.dumps(body))
    assert response.status_code == 400
    assert error_codes(response) == ["bad-request"]
    assert response.json["errors"][0]["source"] == ({"pointer": pointer} if pointer else {})


def test_another_type(api: Api, world: World):
    response = api.post("/v1/tracks", resource("session", {"title": "x"}, event=world.event), world.organizer)
    assert response.status_code == 409
    assert error_codes(response) == ["wrong-type"]
    assert response.json["errors"][0]["source"] == {"pointer": "/data/type"}


@pytest.mark.parametrize("id_", ["other", 1, None, "", "01"])
def test_the_id_of_a_patch_is_the_one_of_the_url(api: Api, world: World, id_: Any):
    track = make_track(world.session, world.event)
    document = resource("track", {"name": "New"})
    document["data"]["id"] = id_
    response = api.patch(f"/v1/tracks/{track.id}", document, world.organizer)
    assert response.status_code == 400
    assert response.json["errors"][0]["source"] == {"pointer": "/data/id"}
    assert track.name == "Music"


def test_a_patch_without_an_id(api: Api, world: World):
    track = make_track(world.session, world.event)
    response = api.patch(f"/v1/tracks/{track.id}", resource("track", {"name": "New"}), world.organizer)
    assert response.status_code == 400
    assert response.json["errors"][0]["detail"] == 'Missing id in "data" node. Send the id of the address, as text.'


def test_a_client_does_not_choose_the_id(api: Api, world: World):
    document = resource("track", {"name": "New", "color": "#000000", "id": "77"}, id_=77, event=world.event)
    response = api.post("/v1/tracks", document, world.organizer)
    assert response.status_code == 201
    assert response.json["data"]["id"] != "77"


def test_unknown_read_only_and_null_members_ask_for_nothing(api: Api, world: World):
    """The clients send back whole objects, with what their own libraries have added."""
    ticket = make_ticket(world.session, world.event, name="Before", is_hidden=True, max_order=5)
    document = resource(
        "ticket",
        {
            "name": "After",
            "is-hidden": None,
            "max-order": None,
            "quantity": None,
            "sold": 50,
            "deleted-at": "2026-11-21T00:00:00Z",
            "layout-res": 2131427388,
            "header": "A",
            "nothing": {"known": [1]},
        },
        id_=ticket.id,
        attendees=[world.attendee],
    )
    document["data"]["relationships"]["unknown"] = {"data": {"type": "x", "id": "1"}}
    document["data"]["links"] = {"self": "elsewhere"}
    document["meta"] = {"more": True}
    response = api.patch(f"/v1/tickets/{ticket.id}", document, world.organizer)
    assert response.status_code == 200, response.json
    assert ticket.name == "After"
    assert (ticket.is_hidden, ticket.max_order, ticket.quantity, ticket.sold) == (True, 5, 100, 0)
    assert ticket.deleted_at is None
    assert world.attendee.ticket_id == world.paid.id


def test_both_spellings_of_a_name_are_read(api: Api, world: World):
    ticket = make_ticket(world.session, world.event)
    document = resource("ticket", {"is_hidden": True, "max-order": "7"}, id_=ticket.id)
    assert api.patch(f"/v1/tickets/{ticket.id}", document, world.organizer).status_code == 200
    assert (ticket.is_hidden, ticket.max_order) == (True, 7)


def test_null_clears_what_may_be_null(api: Api, world: World):
    ticket = make_ticket(world.session, world.event, description="Text")
    api.patch(f"/v1/tickets/{ticket.id}", resource("ticket", {"description": None}, id_=ticket.id), world.organizer)
    assert ticket.description is None


def test_an_empty_link_or_e_mail_is_none(api: Api, world: World):
    attributes = {"website": "", "email": " "}
    document = resource("attendee", attributes, id_=world.attendee.id)
    response = api.patch(f"/v1/attendees/{world.attendee.id}", document, world.registrar)
    assert response.status_code == 200, response.json
    assert (world.attendee.website, world.attendee.email) == (None, None)


def test_an_event_is_not_moved_by_a_patch(api: Api, world: World):
    """Relationships that are set once are read-only afterwards, and sent back by the clients."""
    ticket = make_ticket(world.session, world.event)
    document = resource("ticket", {"name": "x"}, id_=ticket.id)
    document["data"]["relationships"] = {"event": {"data": {"type": "event", "id": "999999"}}}
    assert api.patch(f"/v1/tickets/{ticket.id}", document, world.organizer).status_code == 200
    assert ticket.event_id == world.event.id


@pytest.mark.parametrize(
    ("linkage", "detail"),
    [
        (None, 'Must include a `data` key. Send {"data": …}.'),
        ({}, 'Must include a `data` key. Send {"data": …}.'),
        ({"data": None}, "Field may not be null. Name a row."),
        ({"data": []}, f"Must have an `id` field. {EXAMPLE}"),
        ({"data": {"type": "event"}}, f"Must have an `id` field. {EXAMPLE}"),
        ({"data": {"id": "1"}}, f"Must have a `type` field. {EXAMPLE}"),
        ({"data": {"type": "track", "id": "1"}}, f"Invalid `type` specified. {EXAMPLE}"),
        ({"data": {"type": "event", "id": "x"}}, "The `id` must be the numeric id of a event."),
        ({"data": {"type": "event", "id": True}}, "The `id` must be the numeric id of a event."),
        ({"data": {"type": "event", "id": "9" * 40}}, "The `id` must be the numeric id of a event."),
    ],
)
def test_relationships_that_are_refused(api: Api, world: World, linkage: Any, detail: str):
    document = resource("track", {"name": "x", "color": "#000000"})
    document["data"]["relationships"] = {"event": linkage}
    response = api.post("/v1/tracks", document, world.organizer)
    assert response.status_code == 422
    assert error_codes(response) == ["invalid"]
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/event/data"}
    assert response.json["errors"][0]["detail"].replace("an event", "a event") == detail


def test_a_relationship_to_nothing(api: Api, world: World):
    document = resource("track", {"name": "x", "color": "#000000"})
    document["data"]["relationships"] = {"event": {"data": {"type": "event", "id": "999999"}}}
    response = api.post("/v1/tracks", document, world.organizer)
    assert response.status_code == 404
    assert error_codes(response) == ["not-found"]
    assert response.json["errors"][0]["detail"].startswith("Event.id: 999999 not found. Check the id;")
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/event/data"}


def test_every_wrong_member_is_named(api: Api, world: World):
    document = resource(
        "ticket", {"price": "dear", "quantity": 1.5, "sales-starts-at": "tomorrow", "is-hidden": "perhaps"}
    )
    response = api.post("/v1/tickets", document, world.organizer)
    assert response.status_code == 422
    assert {error["source"]["pointer"] for error in response.json["errors"]} == {
        "/data/attributes/name",
        "/data/attributes/type",
        "/data/attributes/price",
        "/data/attributes/quantity",
        "/data/attributes/sales-starts-at",
        "/data/attributes/sales-ends-at",
        "/data/attributes/is-hidden",
        "/data/relationships/event/data",
    }
    assert set(error_codes(response)) == {"invalid"}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", None),
        ("name", 5),
        ("name", "a\x00b"),
        ("name", "x" * 256),
        ("description", "x" * 20_001),
        ("description", {}),
        ("price", -1),
        ("price", True),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", 1e300),
        ("price", "1.234"),
        ("price", "100000000"),
        ("quantity", 2**31),
        ("quantity", "many"),
        ("quantity", True),
        ("quantity", -1),
        ("position", 1e300),
        ("sales-ends-at", "2026-11-21T18:00:00"),
        ("sales-ends-at", "0001-01-01T00:00:00+14:00"),
        ("sales-ends-at", "9999-12-31T23:59:59-14:00"),
        ("sales-ends-at", 5),
        ("sales-ends-at", None),
        ("is-hidden", []),
        ("is-hidden", "perhaps"),
    ],
)
def test_values_that_no_column_holds(api: Api, world: World, member: str, value: Any):
    ticket = make_ticket(world.session, world.event)
    response = api.patch(
        f"/v1/tickets/{ticket.id}", resource("ticket", {member: value}, id_=ticket.id), world.organizer
    )
    assert response.status_code == 422, response.json
    assert error_codes(response) == ["invalid"]
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{member}"}


@pytest.mark.parametrize("empty", ["", " "])
def test_what_was_not_filled_in_is_null(api: Api, world: World, empty: str):
    """The web app's forms send it."""
    attributes = {"birth-date": empty, "age-group": empty, "tag-id": empty, "accept-video-recording": empty}
    document = resource("attendee", attributes, id_=world.attendee.id)
    response = api.patch(f"/v1/attendees/{world.attendee.id}", document, world.registrar)
    assert response.status_code == 200, response.json
    assert {name: response.json["data"]["attributes"][name] for name in attributes} == dict.fromkeys(attributes)


def test_an_empty_text_is_null_for_every_kind_that_is_no_text():
    kinds = (Choice, Degrees, Instant, MaybeFlag, Money, Whole)
    seen = set()
    for schema in Schema.__subclasses__():
        for name, declared in schema().fields.items():
            if isinstance(declared, kinds) and declared.allow_none and not declared.dump_only:
                assert declared.deserialize("") is None, f"{schema.__name__}.{name}"
                seen.add(type(declared))
    assert seen == set(kinds)


def test_an_empty_text_is_refused_where_null_is_no_value(api: Api, world: World):
    document = resource("event", {"starts-at": "", "state": ""}, id_=world.event.id)
    response = api.patch(f"/v1/events/{world.event.id}", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid", "invalid"])
