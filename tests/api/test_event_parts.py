"""What is simply stored under an event, over HTTP: every noun of `NOUNS` in the same way."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.models import Microlocation, Track
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_session, make_track


@dataclass(frozen=True)
class Case:
    """A noun: what is sent for a new one, what is then shown, and a change of it."""

    type: str
    path: str
    model: Any
    sent: dict[str, Any]
    shown: dict[str, Any]
    change: dict[str, Any] = field(default_factory=lambda: {"name": "New"})


CASES = (
    Case(
        "microlocation",
        "microlocations",
        Microlocation,
        {"name": "Hall", "latitude": "50.7", "longitude": 7, "floor": None, "is-chat-enabled": True},
        {
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
        },
    ),
    Case(
        "track",
        "tracks",
        Track,
        {"name": "Jazz", "color": "#A1B2C3", "font-color": None, "position": 0},
        {
            "name": "Jazz",
            "color": "#A1B2C3",
            "description": None,
            "font-color": "#000000",
            "position": 0,
            "deleted-at": None,
        },
    ),
)
BY_TYPE = {case.type: case for case in CASES}

each_noun = pytest.mark.parametrize("case", CASES, ids=BY_TYPE)


def make(world: World, case: Case, event: Any = None) -> Any:
    """A row of the noun, made as a client does."""
    facts = {name.replace("-", "_"): value for name, value in case.shown.items() if name in case.sent}
    facts = {name: value for name, value in facts.items() if name in case.model.__table__.columns}
    row = case.model(event_id=(event or world.event).id, **facts)
    world.session.add(row)
    world.session.flush()
    return row


@each_noun
def test_creation(api: Api, world: World, case: Case):
    response = api.post(f"/v1/{case.path}", resource(case.type, case.sent, event=world.event), world.organizer)
    assert response.status_code == 201, response.json
    assert response.json["data"]["attributes"] == case.shown
    location = response.headers["Location"].removeprefix("http://localhost")
    assert api.get(location, world.organizer).json["data"] == response.json["data"]


@each_noun
def test_an_event_is_needed(api: Api, world: World, case: Case):
    response = api.post(f"/v1/{case.path}", resource(case.type, case.sent), world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/event/data"}


@each_noun
def test_a_partial_change_leaves_the_rest_and_the_event(api: Api, world: World, case: Case):
    row, other = make(world, case), make_event(world.session)
    url, attributes = f"/v1/{case.path}/{row.id}", {**case.shown, **case.change}
    response = api.patch(url, resource(case.type, case.change, id_=row.id, event=other), world.organizer)
    assert response.status_code == 200, response.json
    shown = response.json["data"]["attributes"]
    assert {name: shown[name] for name in case.sent | case.change} == {
        name: attributes[name] for name in case.sent | case.change
    }
    assert row.event_id == world.event.id


@each_noun
def test_who_may_not(api: Api, world: World, case: Case):
    row = make(world, case)
    plan, change = resource(case.type, case.sent, event=world.event), resource(case.type, case.change, id_=row.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403), (world.moderator, 403)):
        assert api.post(f"/v1/{case.path}", plan, person).status_code == status
        assert api.patch(f"/v1/{case.path}/{row.id}", change, person).status_code == status
        assert api.delete(f"/v1/{case.path}/{row.id}", person).status_code == status
    assert world.session.get(case.model, row.id) is row


@each_noun
def test_list_and_deletion(api: Api, world: World, case: Case):
    row = make(world, case)
    make(world, case, make_event(world.session))
    for event in (world.event.id, world.event.identifier):
        listed = api.get(f"/v1/events/{event}/{case.path}", world.organizer, page_size="0").json
        assert [each["id"] for each in listed["data"]] == [str(row.id)]
    url = f"/v1/{case.path}/{row.id}"
    assert api.get(f"{url}/event", world.organizer).json["data"]["id"] == str(world.event.id)
    assert api.delete(url, world.organizer).status_code == 200
    for gone in (url, f"{url}/event"):
        assert api.get(gone, world.organizer).status_code == 404
    listed = api.get(f"/v1/events/{world.event.id}/{case.path}", world.organizer).json
    assert (listed["data"], listed["meta"]) == ([], {"count": 0})


REFUSED = [
    ("microlocation", {"latitude": 90.1}),
    ("microlocation", {"longitude": -181}),
    ("microlocation", {"latitude": "NaN"}),
    ("microlocation", {"floor": 1.5}),
    ("microlocation", {"position": "first"}),
    ("microlocation", {"name": ""}),
    *(
        ("track", {"color": color})
        for color in ("red", "#ab", "#abcd", "#ggg", "abc", "#aabbcc ", "", None, "#a\u0661b", "#abc\n")
    ),
]


@pytest.mark.parametrize(("type_", "wrong"), REFUSED)
def test_values_that_are_refused(api: Api, world: World, type_: str, wrong: dict[str, Any]):
    case = BY_TYPE[type_]
    response = api.post(f"/v1/{case.path}", resource(type_, case.sent | wrong, event=world.event), world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    (name,) = wrong
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{name}"}


def test_a_short_color_is_written_out(api: Api, world: World):
    """It once broke an event's track list for ever."""
    response = api.post(
        "/v1/tracks", resource("track", {"name": "Jazz", "color": "#abc"}, event=world.event), world.track_organizer
    )
    assert response.json["data"]["attributes"]["color"] == "#aabbcc"
    assert api.get(f"/v1/events/{world.event.id}/tracks").json["meta"] == {"count": 1}


def test_sessions_of_a_track_and_of_a_room(api: Api, world: World):
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id, microlocation_id=room.id)
    make_session(world.session, world.event)
    sessions = api.get(f"/v1/tracks/{track.id}/sessions", **{"include": "track", "fields[track]": "id"})
    assert [row["id"] for row in sessions.json["data"]] == [str(talk.id)]
    assert sessions.json["included"][0]["attributes"] == {}
    assert [row["id"] for row in api.get(f"/v1/microlocations/{room.id}/sessions").json["data"]] == [str(talk.id)]
    for name, row in (("track", track), ("microlocation", room)):
        url = f"/v1/sessions/{talk.id}/{name}"
        assert api.get(url).json["data"]["id"] == str(row.id)
        assert api.delete(f"/v1/{name}s/{row.id}", world.organizer).status_code == 200
        assert api.get(url).json["data"] is None
        assert api.get(f"/v1/{name}s/{row.id}/sessions").status_code == 404
