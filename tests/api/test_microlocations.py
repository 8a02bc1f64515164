"""Microlocations over HTTP."""

from typing import Any

import pytest

from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_session


def test_creation(api: Api, world: World):
    attributes = {"name": "Hall", "latitude": "50.7", "longitude": 7, "floor": None, "is-chat-enabled": True}
    response = api.post("/v1/microlocations", resource("microlocation", attributes, event=world.event), world.organizer)
    assert response.status_code == 201, response.json
    assert response.json["data"]["attributes"] == {
        "name": "Hall",
        "latitude": 50.7,
        "longitude": 7.0,
        "floor": None,
        "room": None,
        "position": 0,
        "hidden-in-scheduler": False,
        "is-chat-enabled": True,
        "is-global-event-room": False,
        "deleted-at": None,
    }
    location = response.headers["Location"].removeprefix("http://localhost")
    assert api.get(location).json["data"] == response.json["data"]


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"latitude": 90.1}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"floor": 1.5}, "floor"),
        ({"position": "first"}, "position"),
        ({"name": ""}, "name"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    document = resource("microlocation", {"name": "Hall"} | attributes, event=world.event)
    response = api.post("/v1/microlocations", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_a_partial_change(api: Api, world: World):
    room = make_microlocation(world.session, world.event, floor=3, hidden_in_scheduler=True)
    document = resource("microlocation", {"name": "New"}, id_=room.id)
    assert api.patch(f"/v1/microlocations/{room.id}", document, world.organizer).status_code == 200
    assert (room.name, room.floor, room.hidden_in_scheduler) == ("New", 3, True)


def test_who_may_not(api: Api, world: World):
    room = make_microlocation(world.session, world.event)
    plan = resource("microlocation", {"name": "Hall"}, event=world.event)
    document = resource("microlocation", {"name": "New"}, id_=room.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.track_organizer, 403)):
        assert api.post("/v1/microlocations", plan, person).status_code == status
        assert api.patch(f"/v1/microlocations/{room.id}", document, person).status_code == status
        assert api.delete(f"/v1/microlocations/{room.id}", person).status_code == status
    assert (room.name, room.deleted_at) == ("Main hall", None)


def test_deletion_and_nested_routes(api: Api, world: World):
    room = make_microlocation(world.session, world.event)
    make_microlocation(world.session, make_event(world.session))
    talk = make_session(world.session, world.event, microlocation_id=room.id)
    for event in (world.event.id, world.event.identifier):
        rows = api.get(f"/v1/events/{event}/microlocations", page_size="1000").json
        assert [row["id"] for row in rows["data"]] == [str(room.id)]
    assert [row["id"] for row in api.get(f"/v1/microlocations/{room.id}/sessions").json["data"]] == [str(talk.id)]
    assert api.get(f"/v1/microlocations/{room.id}/event").json["data"]["id"] == str(world.event.id)
    assert api.get(f"/v1/sessions/{talk.id}/microlocation").json["data"]["id"] == str(room.id)
    assert api.delete(f"/v1/microlocations/{room.id}", world.organizer).status_code == 200
    assert api.get(f"/v1/microlocations/{room.id}").status_code == 404
    assert api.get(f"/v1/sessions/{talk.id}/microlocation").json["data"] is None
