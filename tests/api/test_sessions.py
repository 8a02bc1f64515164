"""Sessions over HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant
from app.models import Session
from app.permissions.confidential import CONFIDENTIAL
from app.schemas.base import dasherized
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_session, make_speaker, make_track

TOLD = {"comments": "Is always in a hurry", "complex-field-values": {"beamer": "yes"}}


def test_creation_in_a_track_and_a_room(api: Api, world: World):
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    start = world.event.starts_at
    attributes = {
        "title": "Talk",
        "level": None,
        "starts-at": format_instant(start),
        "ends-at": format_instant(start + timedelta(hours=1)),
        "slides-url": "",
        "is-locked": None,
        "average-rating": None,
    }
    document = resource("session", attributes, event=world.event, track=track, microlocation=room)
    response = api.post("/v1/sessions?include=track,microlocation", document, world.track_organizer)
    assert response.status_code == 201, response.json
    shown = response.json["data"]["attributes"]
    assert (shown["title"], shown["state"], shown["slides-url"]) == ("Talk", "draft", None)
    assert shown["ends-at"] == format_instant(start + timedelta(hours=1))
    relationships = response.json["data"]["relationships"]
    assert relationships["track"]["data"] == {"type": "track", "id": str(track.id)}
    assert relationships["microlocation"]["data"] == {"type": "microlocation", "id": str(room.id)}


@pytest.mark.parametrize(("make", "name"), [(make_track, "track"), (make_microlocation, "microlocation")])
def test_a_track_or_room_of_another_event(api: Api, world: World, make: Any, name: str):
    foreign, talk = make(world.session, make_event(world.session)), make_session(world.session, world.event)
    created = resource("session", {"title": "Talk"}, event=world.event, **{name: foreign})
    changed = resource("session", {}, id_=talk.id, **{name: foreign})
    for response in (
        api.post("/v1/sessions", created, world.organizer),
        api.patch(f"/v1/sessions/{talk.id}", changed, world.organizer),
    ):
        assert (response.status_code, error_codes(response)) == (422, ["invalid"])
        assert response.json["errors"][0]["source"] == {"pointer": f"/data/relationships/{name}/data"}
    assert (talk.track_id, talk.microlocation_id) == (None, None)


def test_a_session_moves_to_another_room_and_out_of_it(api: Api, world: World):
    room = make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, subtitle="Text")
    url = f"/v1/sessions/{talk.id}?include=microlocation"
    moved = api.patch(url, resource("session", {}, id_=talk.id, microlocation=room), world.organizer)
    assert moved.json["data"]["relationships"]["microlocation"]["data"]["id"] == str(room.id)
    assert [row["id"] for row in moved.json["included"]] == [str(room.id)]
    left = api.patch(url, resource("session", {"title": "New"}, id_=talk.id, microlocation=None), world.organizer)
    assert left.json["data"]["relationships"]["microlocation"]["data"] is None
    assert (talk.title, talk.subtitle, talk.microlocation_id) == ("New", "Text", None)


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"state": "x"}, "state"),
        ({"level": "hard"}, "level"),
        ({"video-url": "x"}, "video-url"),
        ({"starts-at": "2026-11-21"}, "starts-at"),
        ({"starts-at": "2026-11-21T10:00:00Z", "ends-at": "2026-11-21T10:00:00Z"}, "ends-at"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    document = resource("session", {"title": "Talk"} | attributes, event=world.event)
    response = api.post("/v1/sessions", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_who_may_not(api: Api, world: World):
    talk = make_session(world.session, world.event)
    plan = resource("session", {"title": "Talk"}, event=world.event)
    document = resource("session", {"title": "New"}, id_=talk.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403)):
        assert api.post("/v1/sessions", plan, person).status_code == status
        assert api.patch(f"/v1/sessions/{talk.id}", document, person).status_code == status
        assert api.delete(f"/v1/sessions/{talk.id}", person).status_code == status
    assert (talk.title, talk.deleted_at) == ("Opening", None)


def test_lists_and_deletion(api: Api, world: World):
    """The public sees what is accepted; those who make the programme see all."""
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id, microlocation_id=room.id)
    draft = make_session(world.session, world.event, state="draft", track_id=track.id)
    for url in (f"/v1/events/{world.event.id}", f"/v1/events/{world.event.identifier}", f"/v1/tracks/{track.id}"):
        assert [row["id"] for row in api.get(f"{url}/sessions").json["data"]] == [str(talk.id)]
        seen = api.get(f"{url}/sessions", world.track_organizer, sort="id").json
        assert [row["id"] for row in seen["data"]] == [str(talk.id), str(draft.id)]
        assert seen["meta"] == {"count": 2}
    assert api.get(f"/v1/microlocations/{room.id}/sessions").json["meta"] == {"count": 1}
    assert api.get(f"/v1/sessions/{draft.id}").status_code == 404
    assert api.delete(f"/v1/sessions/{talk.id}", world.track_organizer).status_code == 200
    assert api.get(f"/v1/sessions/{talk.id}", world.organizer).status_code == 404


def test_what_the_web_app_sends_for_a_new_session(api: Api, world: World):
    """All attributes of its model, most of them null."""
    track = make_track(world.session, world.event)
    nothing = [
        "subtitle",
        "starts-at",
        "ends-at",
        "short-abstract",
        "long-abstract",
        "language",
        "level",
        "comments",
        "website",
        "twitter",
        "facebook",
        "github",
        "gitlab",
        "linkedin",
        "instagram",
        "mastodon",
        "slides",
        "slides-url",
        "video-url",
        "audio-url",
        "signup-url",
        "send-email",
        "average-rating",
        "created-at",
        "deleted-at",
        "last-modified-at",
        "favourite-count",
    ]
    sent = dict.fromkeys(nothing) | {
        "title": "Talk",
        "state": "pending",
        "submitted-at": "2026-11-21T10:00:00.000Z",
        "is-locked": False,
        "is-mail-sent": True,
        "complex-field-values": {},
    }
    response = api.post("/v1/sessions", resource("session", sent, event=world.event, track=track), world.organizer)
    assert response.status_code == 201, response.json
    shown = response.json["data"]["attributes"]
    assert {"send-email", "favourite-count"} == sent.keys() - shown.keys()
    assert (shown["title"], shown["state"], shown["complex-field-values"]) == ("Talk", "pending", {})
    assert shown["is-mail-sent"] is False  # nobody was written to
    made = response.json["data"]["links"]["self"]
    assert api.get(f"{made}/creator", world.organizer).json["data"]["id"] == str(world.organizer.id)


def test_what_the_android_app_asks_of_sessions(api: Api, world: World):
    track = make_track(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id, level=2)
    speaker = make_speaker(world.session, world.event, talk)
    url = f"/v1/tracks/{track.id}/sessions?include=track&fields[track]=id&page[size]=0"
    document = api.get(url, world.organizer).json
    assert document["data"][0]["relationships"]["track"]["data"] == {"type": "track", "id": str(track.id)}
    assert document["included"][0]["attributes"] == {}
    (shown,) = api.get(f"/v1/speakers/{speaker.id}/sessions", world.organizer).json["data"]
    assert (shown["id"], shown["attributes"]["level"]) == (str(talk.id), 2)
    assert shown["attributes"]["is-mail-sent"] is False


def test_links_and_lists_of_a_session(api: Api, world: World):
    sent = {"website": "https://example.org", "slides": [{"title": "Deck", "url": "https://example.org/d.pdf"}]}
    talk = make_session(world.session, world.event)
    changed = api.patch(f"/v1/sessions/{talk.id}", resource("session", sent, id_=talk.id), world.track_organizer)
    assert {name: changed.json["data"]["attributes"][name] for name in sent} == sent
    wrong = resource("session", {"twitter": "javascript:alert(1)"}, id_=talk.id)
    assert api.patch(f"/v1/sessions/{talk.id}", wrong, world.track_organizer).status_code == 422


class TestConfidential:
    """What was answered and noted when a session was handed in stays with the event's team."""

    @pytest.fixture
    def talk(self, world: World) -> Session:
        facts = {name.replace("-", "_"): value for name, value in TOLD.items()}
        return make_session(world.session, world.event, title="Talk", **facts)

    def test_every_column_is_tried_here(self):
        assert {dasherized(name) for name in CONFIDENTIAL[Session]} == TOLD.keys()

    def test_documents(self, api: Api, world: World, talk: Session):
        speaker = make_speaker(world.session, world.event, talk)
        for url in (
            f"/v1/sessions/{talk.id}",
            f"/v1/events/{world.event.id}/sessions",
            f"/v1/events/{world.event.id}?include=sessions",
            f"/v1/speakers/{speaker.id}/sessions",
            f"/v1/speakers/{speaker.id}?include=sessions",
        ):
            for person, told in ((None, False), (world.stranger, False), (world.registrar, True), (world.staff, True)):
                document = api.get(url, person).json
                found = document.get("included") or document["data"]
                (shown,) = (row["attributes"] for row in (found if isinstance(found, list) else [found]))
                assert shown["title"] == "Talk"
                assert {name: shown[name] for name in TOLD} == (TOLD if told else dict.fromkeys(TOLD)), (url, person)
        assert talk.comments == TOLD["comments"], "it is still stored"

    def test_filters_and_sorting(self, api: Api, world: World, talk: Session):
        make_session(world.session, world.event, comments="A better one")
        asked = [{"name": "comments", "op": "ilike", "val": "%hurry%"}]
        across = [{"name": "sessions", "op": "any", "val": asked[0]}]
        url = f"/v1/events/{world.event.id}/sessions"
        for person, told in ((None, False), (world.registrar, True)):
            assert api.get(url, person, filter=json.dumps(asked)).json["meta"]["count"] == told
            assert api.get("/v1/events", person, filter=json.dumps(across)).json["meta"]["count"] == told
            first = api.get(url, person, sort="comments").json["data"][0]["id"]
            assert (first == str(talk.id)) != told
