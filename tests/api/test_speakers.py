"""Speakers over HTTP: their sessions, and who is told how to reach them."""

import json
from typing import Any

import pytest

from app.models import Speaker
from app.permissions.confidential import CONFIDENTIAL
from app.schemas.base import dasherized
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_session, make_speaker

TOLD = {
    "email": "hedy@example.org",
    "mobile": "+43 1",
    "address": "Ring 1",
    "gender": "f",
    "heard-from": "A friend",
    "speaking-experience": "Much",
    "sponsorship-required": "Train",
    "complex-field-values": {"shirt": "M"},
}


def test_creation_with_sessions(api: Api, world: World):
    talks = [make_session(world.session, world.event) for _ in range(2)]
    attributes = TOLD | {
        "name": "Hedy",
        "photo-url": "https://example.org/h.png",
        "small-image-url": "https://example.org/other.png",
        "website": "",
        "is-featured": True,
        "order": 2,
    }
    document = resource("speaker", attributes, event=world.event, user=world.stranger, sessions=talks)
    response = api.post("/v1/speakers?include=sessions", document, world.track_organizer)
    assert response.status_code == 201, response.json
    shown = response.json["data"]["attributes"]
    assert {name: shown[name] for name in TOLD} == TOLD
    photos = [shown[name] for name in ("photo-url", "thumbnail-image-url", "small-image-url", "icon-image-url")]
    assert photos == ["https://example.org/h.png"] * 4
    assert (shown["website"], shown["is-featured"], shown["order"]) == (None, True, 2)
    assert [row["id"] for row in response.json["included"]] == [str(talk.id) for talk in talks]
    made = world.session.get(Speaker, int(response.json["data"]["id"]))
    assert made.user_id == world.track_organizer.id  # who entered him, whoever is named


def test_sessions_name_their_speakers_and_speakers_their_sessions(api: Api, world: World):
    hedy, ada = (make_speaker(world.session, world.event, name=name) for name in ("Hedy", "Ada"))
    plan = resource("session", {"title": "Talk", "state": "accepted"}, event=world.event, speakers=[hedy])
    created = api.post("/v1/sessions", plan, world.organizer)
    assert created.status_code == 201, created.json
    own = created.json["data"]["links"]["self"]
    talk_id = int(created.json["data"]["id"])
    assert [row["attributes"]["name"] for row in api.get(f"{own}/speakers").json["data"]] == ["Hedy"]
    api.patch(own, resource("session", {}, id_=talk_id, speakers=[ada]), world.organizer)
    assert [row["attributes"]["name"] for row in api.get(f"{own}/speakers").json["data"]] == ["Ada"]
    second = make_session(world.session, world.event)
    changed = resource("speaker", {}, id_=hedy.id, sessions=[second])
    assert api.patch(f"/v1/speakers/{hedy.id}", changed, world.organizer).status_code == 200
    assert [row["id"] for row in api.get(f"/v1/speakers/{hedy.id}/sessions").json["data"]] == [str(second.id)]


def test_rows_of_another_event(api: Api, world: World):
    other = make_event(world.session)
    foreign_talk, foreign = make_session(world.session, other), make_speaker(world.session, other)
    talk, hedy = make_session(world.session, world.event), make_speaker(world.session, world.event)
    refused = [
        api.post(
            "/v1/speakers", resource("speaker", {"name": "A"}, event=world.event, sessions=[foreign_talk]), world.owner
        ),
        api.patch(
            f"/v1/speakers/{hedy.id}", resource("speaker", {}, id_=hedy.id, sessions=[foreign_talk]), world.owner
        ),
        api.post(
            "/v1/sessions", resource("session", {"title": "A"}, event=world.event, speakers=[foreign]), world.owner
        ),
        api.patch(f"/v1/sessions/{talk.id}", resource("session", {}, id_=talk.id, speakers=[foreign]), world.owner),
    ]
    for response, name in zip(refused, ("sessions", "sessions", "speakers", "speakers"), strict=True):
        assert (response.status_code, error_codes(response)) == (422, ["invalid"])
        assert response.json["errors"][0]["source"] == {"pointer": f"/data/relationships/{name}/data"}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [({"name": ""}, "name"), ({"email": "x"}, "email"), ({"website": "x"}, "website"), ({"order": "x"}, "order")],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    document = resource("speaker", {"name": "Hedy"} | attributes, event=world.event)
    response = api.post("/v1/speakers", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_the_public_sees_who_is_on_stage(api: Api, world: World):
    accepted, rejected = (make_session(world.session, world.event, state=state) for state in ("accepted", "rejected"))
    hedy, ada = make_speaker(world.session, world.event, accepted), make_speaker(world.session, world.event, rejected)
    url = f"/v1/events/{world.event.identifier}/speakers"
    assert [row["id"] for row in api.get(url).json["data"]] == [str(hedy.id)]
    seen = api.get(url, world.registrar, sort="id").json
    assert [row["id"] for row in seen["data"]] == [str(hedy.id), str(ada.id)]
    assert api.get(f"/v1/speakers/{ada.id}").status_code == 404
    accepted.state = "withdrawn"
    assert api.get(f"/v1/speakers/{hedy.id}").status_code == 404


class TestConfidential:
    """Of what the organizers were told the public learns nothing, on no way."""

    @pytest.fixture
    def hedy(self, world: World) -> Speaker:
        facts = {name.replace("-", "_"): value for name, value in TOLD.items()}
        return make_speaker(world.session, world.event, make_session(world.session, world.event), **facts)

    def test_every_column_is_tried_here(self):
        assert {dasherized(name) for name in CONFIDENTIAL[Speaker]} == TOLD.keys()

    def test_documents(self, api: Api, world: World, hedy: Speaker):
        talk = hedy.sessions[0]
        for url in (
            f"/v1/speakers/{hedy.id}",
            f"/v1/events/{world.event.id}/speakers",
            f"/v1/sessions/{talk.id}/speakers",
            f"/v1/sessions/{talk.id}?include=speakers",
            f"/v1/events/{world.event.id}?include=sessions.speakers",
        ):
            for person, told in ((None, False), (world.stranger, False), (world.registrar, True), (world.staff, True)):
                document = api.get(url, person).json
                found = document.get("included") or document["data"]
                rows = found if isinstance(found, list) else [found]
                (shown,) = (row["attributes"] for row in rows if row["type"] == "speaker")
                assert shown["name"] == "Hedy"
                assert {name: shown[name] for name in TOLD} == (TOLD if told else dict.fromkeys(TOLD)), (url, person)

    def test_what_was_blanked_is_still_stored(self, api: Api, world: World, hedy: Speaker):
        """A buyer changes something of his, and asks for the speakers along with it."""
        world.order.status = "initializing"
        url = f"/v1/attendees/{world.attendee.id}?include=event.speakers"
        changed = api.patch(url, resource("attendee", {"firstname": "G"}, id_=world.attendee.id), world.buyer)
        assert changed.status_code == 200
        assert [row["attributes"]["email"] for row in changed.json["included"] if row["type"] == "speaker"] == [None]
        assert hedy.email == TOLD["email"]

    def test_filters_and_sorting(self, api: Api, world: World, hedy: Speaker):
        ada = make_speaker(world.session, world.event, hedy.sessions[0], email="ada@example.org")
        url = f"/v1/events/{world.event.id}/speakers"
        asked = [{"name": "email", "op": "ilike", "val": "%hedy%"}]
        across = [{"name": "speakers", "op": "any", "val": asked[0]}]
        for person, told in ((None, False), (world.registrar, True)):
            assert api.get(url, person, filter=json.dumps(asked)).json["meta"]["count"] == told
            sessions_url = f"/v1/events/{world.event.id}/sessions"
            assert api.get(sessions_url, person, filter=json.dumps(across)).json["meta"]["count"] == told
            in_order = [row["id"] for row in api.get(url, person, sort="email").json["data"]]
            by_email = [str(ada.id), str(hedy.id)]
            assert in_order == (by_email if told else sorted(by_email, key=int))

    def test_compared_with_another_column(self, api: Api, world: World, hedy: Speaker):
        asked = json.dumps([{"name": "email", "op": "gt", "field": "name"}])
        url = f"/v1/events/{world.event.id}/speakers"
        assert api.get(url, filter=asked).json["meta"]["count"] == 0
        assert api.get(url, world.organizer, filter=asked).json["meta"]["count"] in {0, 1}


def test_a_page_of_speakers_takes_as_many_statements_as_one(api: Api, world: World, count_queries: Any):
    counts = []
    talk = make_session(world.session, world.event)
    for _ in range(2):
        make_speaker(world.session, world.event, talk)
        with count_queries() as statements:
            response = api.get(f"/v1/events/{world.event.id}/speakers", include="sessions", page_size="0")
        assert response.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_deletion(api: Api, world: World):
    hedy = make_speaker(world.session, world.event, make_session(world.session, world.event))
    assert api.delete(f"/v1/speakers/{hedy.id}", world.track_organizer).status_code == 200
    assert api.get(f"/v1/speakers/{hedy.id}", world.organizer).status_code == 404
    assert api.get(f"/v1/events/{world.event.id}/speakers").json["data"] == []
