"""Tracks over HTTP."""

from typing import Any

import pytest

from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_session, make_track


def plan(world: World, **attributes: Any) -> dict[str, Any]:
    return resource("track", {"name": "Jazz", "color": "#a1b2c3"} | attributes, event=world.event)


@pytest.mark.parametrize(("sent", "kept"), [("#a1b2c3", "#a1b2c3"), ("#A1B2C3", "#A1B2C3"), ("#abc", "#aabbcc")])
def test_creation(api: Api, world: World, sent: str, kept: str):
    """A short color is written out: it once broke an event's track list for ever."""
    response = api.post("/v1/tracks", plan(world, color=sent, **{"font-color": None}), world.track_organizer)
    assert response.status_code == 201, response.json
    assert response.json["data"]["attributes"] == {
        "name": "Jazz",
        "color": kept,
        "description": None,
        "font-color": "#000000",
        "position": 0,
        "deleted-at": None,
    }
    listed = api.get(f"/v1/events/{world.event.id}/tracks").json["data"]
    assert [row["id"] for row in listed] == [response.json["data"]["id"]]


@pytest.mark.parametrize("color", ["red", "#ab", "#abcd", "#ggg", "abc", "#aabbcc ", "", None, "#a\u0661b", "#abc\n"])
def test_colors_that_are_refused(api: Api, world: World, color: Any):
    response = api.post("/v1/tracks", plan(world, color=color), world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/color"}


def test_a_partial_change_needs_no_color(api: Api, world: World):
    track = make_track(world.session, world.event, description="Loud")
    response = api.patch(f"/v1/tracks/{track.id}", resource("track", {"name": "New"}, id_=track.id), world.organizer)
    assert response.status_code == 200
    assert (track.name, track.color, track.description) == ("New", "#808080", "Loud")


def test_who_may_not(api: Api, world: World):
    track = make_track(world.session, world.event)
    document = resource("track", {"name": "New"}, id_=track.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403)):
        assert api.post("/v1/tracks", plan(world), person).status_code == status
        assert api.patch(f"/v1/tracks/{track.id}", document, person).status_code == status
        assert api.delete(f"/v1/tracks/{track.id}", person).status_code == status
    assert (track.name, track.deleted_at) == ("Music", None)


def test_deletion(api: Api, world: World):
    track = make_track(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id)
    assert api.delete(f"/v1/tracks/{track.id}", world.organizer).status_code == 200
    assert api.get(f"/v1/tracks/{track.id}").status_code == 404
    assert api.get(f"/v1/tracks/{track.id}/sessions").status_code == 404
    assert api.get(f"/v1/sessions/{talk.id}/track").json["data"] is None
    assert api.get(f"/v1/events/{world.event.id}/tracks").json["meta"] == {"count": 0}


def test_nested_routes(api: Api, world: World):
    track = make_track(world.session, world.event)
    make_track(world.session, make_event(world.session))
    talk = make_session(world.session, world.event, track_id=track.id)
    make_session(world.session, world.event)
    for event in (world.event.id, world.event.identifier):
        assert [row["id"] for row in api.get(f"/v1/events/{event}/tracks").json["data"]] == [str(track.id)]
    sessions = api.get(f"/v1/tracks/{track.id}/sessions", **{"include": "track", "fields[track]": "id"})
    assert [row["id"] for row in sessions.json["data"]] == [str(talk.id)]
    assert sessions.json["included"][0]["attributes"] == {}
    assert api.get(f"/v1/tracks/{track.id}/event").json["data"]["id"] == str(world.event.id)
    assert api.get(f"/v1/sessions/{talk.id}/track").json["data"]["id"] == str(track.id)
