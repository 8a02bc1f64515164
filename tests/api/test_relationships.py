"""Links at their own addresses: changed through the row that holds them, by who may change that row, and no others."""

from typing import Any

import pytest

from app.api.jsonapi.relationships import WRITES, ResourceRelationship
from app.api.routes import ROUTES
from app.permissions.policy import Permission
from tests.factories import World, grant, make_event, make_user
from tests.http import MEDIA_TYPE, Api, error_codes
from tests.programme import (
    make_kinds,
    make_microlocation,
    make_parts,
    make_session,
    make_speaker,
    make_station,
    make_track,
)


def linkage(type_: str, *rows: Any) -> dict[str, Any]:
    return {"data": [{"type": type_, "id": str(row.id)} for row in rows]}


def to_one(type_: str, row: Any) -> dict[str, Any]:
    return {"data": None if row is None else {"type": type_, "id": str(row.id)}}


class Programme:
    """Three sessions, of which one has a track, and who speaks in it."""

    def __init__(self, world: World):
        session, event = world.session, world.event
        self.track, self.other_track = make_track(session, event), make_track(session, event)
        self.hall = make_microlocation(session, event)
        self.talks = [make_session(session, event) for _ in range(3)]
        self.talks[0].track_id = self.track.id
        self.speakers = [make_speaker(session, event, self.talks[0]), make_speaker(session, event)]
        session.flush()


@pytest.fixture
def programme(world: World) -> Programme:
    return Programme(world)


def linked(api: Api, url: str, as_: Any) -> list[str]:
    return [each["id"] for each in api.get(url, as_).json["data"]]


# --- a link to one ----------------------------------------------------------------------------------------------------


def test_a_link_to_one_is_set_and_taken_away(api: Api, world: World, programme: Programme):
    talk = programme.talks[0]
    url = f"/v1/sessions/{talk.id}/relationships/track"
    set_ = api.patch(url, to_one("track", programme.other_track), world.track_organizer)
    assert (set_.status_code, set_.json["data"]) == (200, {"type": "track", "id": str(programme.other_track.id)})
    assert set_.json["links"] == {"self": url, "related": f"/v1/sessions/{talk.id}/track"}
    assert set_.json == api.get(url, world.owner).json
    assert talk.track_id == programme.other_track.id
    taken = api.patch(url, to_one("track", None), world.track_organizer)
    assert (taken.status_code, taken.json["data"], talk.track_id) == (200, None, None)


def test_what_is_so_already_is_204(api: Api, world: World, programme: Programme):
    url = f"/v1/sessions/{programme.talks[0].id}/relationships/track"
    same = api.patch(url, to_one("track", programme.track), world.organizer)
    assert (same.status_code, same.data) == (204, b"")
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    for method, talks in (
        ("PATCH", programme.talks[:1]),
        ("POST", programme.talks[:1]),
        ("DELETE", programme.talks[1:]),
    ):
        assert api.send(method, url, world.organizer, linkage("session", *talks)).status_code == 204
    assert linked(api, url, world.organizer) == [str(programme.talks[0].id)]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nothing_is_added_to_a_link_to_one(api: Api, world: World, programme: Programme, method: str):
    url = f"/v1/sessions/{programme.talks[0].id}/relationships/track"
    response = api.send(method, url, world.organizer, to_one("track", programme.other_track))
    assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
    assert programme.talks[0].track_id == programme.track.id


def test_the_links_of_every_noun_that_has_some(api: Api, world: World, programme: Programme):
    session, event = world.session, world.event
    station, tag = make_station(session, event), make_parts(session, event)["tag"]
    kinds = make_kinds(session, make_event(session))
    changes = (
        (f"/v1/stations/{station.id}/relationships/microlocation", "microlocation", programme.hall, world.organizer),
        (f"/v1/attendees/{world.attendee.id}/relationships/tag", "tag", tag, world.registrar),
        (f"/v1/sessions/{programme.talks[1].id}/relationships/microlocation", "microlocation", programme.hall, None),
        *((f"/v1/events/{event.id}/relationships/{type_}", type_, row, None) for type_, row in kinds.items()),
        (f"/v1/events/{event.identifier}/relationships/event-type", "event-type", None, None),
    )
    for url, type_, row, person in changes:
        response = api.patch(url, to_one(type_, row), person or world.organizer)
        assert (response.status_code, response.json["data"]) == (200, to_one(type_, row)["data"]), url
        assert api.get(url, world.organizer).json == response.json


# --- links to many ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["sessions of a speaker", "speakers of a session"])
def test_links_that_the_row_of_the_address_holds(api: Api, world: World, programme: Programme, side: str):
    talks, (speaker, other) = programme.talks, programme.speakers
    if side == "sessions of a speaker":
        url, type_, (first, second) = f"/v1/speakers/{speaker.id}/relationships/sessions", "session", talks[:2]
    else:
        url, type_, (first, second) = f"/v1/sessions/{talks[0].id}/relationships/speakers", "speaker", (speaker, other)

    def after(method: str, *rows: Any) -> list[str]:
        response = api.send(method, url, world.organizer, linkage(type_, *rows))
        assert response.status_code == 200
        assert response.json["data"] == api.get(url, world.organizer).json["data"]
        return [each["id"] for each in response.json["data"]]

    assert after("POST", second) == [str(first.id), str(second.id)]
    assert after("DELETE", first, first) == [str(second.id)]
    assert after("PATCH", first) == [str(first.id)]
    assert after("PATCH") == []


@pytest.mark.parametrize("noun", ["tracks", "microlocations", "session-types"])
def test_links_that_the_other_rows_hold(api: Api, world: World, programme: Programme, noun: str):
    rows = {
        "tracks": programme.other_track,
        "microlocations": programme.hall,
        "session-types": make_parts(world.session, world.event)["session-type"],
    }
    url = f"/v1/{noun}/{rows[noun].id}/relationships/sessions"
    first, second, third = programme.talks

    def after(method: str, *talks: Any) -> list[str]:
        response = api.send(method, url, world.organizer, linkage("session", *talks))
        assert response.status_code == 200
        assert response.json["data"] == api.get(url, world.organizer).json["data"]
        return [each["id"] for each in response.json["data"]]

    assert after("POST", second, first) == [str(first.id), str(second.id)]
    assert after("PATCH", third, second) == [str(second.id), str(third.id)]
    assert after("DELETE", second, first) == [str(third.id)]
    assert after("PATCH") == []


def test_every_session_is_changed_by_who_may_change_that_one(api: Api, world: World, programme: Programme):
    """Of another event it is not, and then none is."""
    stranger = make_session(world.session, make_event(world.session), state="accepted")
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    response = api.post(url, linkage("session", programme.talks[1], stranger), world.organizer)
    assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
    # Staff may change both, but the rule of a session holds for them, too.
    response = api.post(url, linkage("session", programme.talks[1], stranger), world.staff)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data"}
    assert linked(api, url, world.staff) == [str(programme.talks[0].id)]
    absent = {"data": [{"type": "session", "id": "999999"}]}
    response = api.post(url, absent, world.organizer)
    assert (response.status_code, response.json["errors"][0]["source"]) == (404, {"pointer": "/data"})


def test_what_is_linked_may_be_included(api: Api, world: World, programme: Programme):
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    talk, speaker = programme.talks[0], programme.speakers[0]
    document = api.get(url, world.owner, include="sessions.speakers,sessions.track", **{"fields[speaker]": "name"}).json
    assert document["data"] == linkage("session", talk)["data"]
    included = {(row["type"], row["id"]): row for row in document["included"]}
    assert set(included) == {
        ("session", f"{talk.id}"),
        ("speaker", f"{speaker.id}"),
        ("track", f"{programme.track.id}"),
    }
    assert list(included["speaker", f"{speaker.id}"]["attributes"]) == ["name"]
    plain = api.get(url, world.owner).json
    assert document | {"included": None} == plain | {"included": None}
    order = f"/v1/attendees/{world.attendee.id}/relationships/order"
    assert [row["type"] for row in api.get(order, world.owner, include="order").json["included"]] == ["order"]
    nothing = api.get(f"/v1/sessions/{programme.talks[1].id}/relationships/track", world.owner, include="track.event")
    assert (nothing.json["data"], nothing.json["included"]) == (None, [])


@pytest.mark.parametrize("include", ["event", "sessions.nothing", "sessions,event"])
def test_what_is_not_linked_there_is_not_included(api: Api, world: World, programme: Programme, include: str):
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    response = api.get(url, world.owner, include=include)
    assert (response.status_code, response.json["errors"][0]["source"]) == (400, {"parameter": "include"})


# --- bodies and headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "status", "pointer"),
    [
        ({}, 400, "/data"),
        ([], 400, None),
        ({"data": None}, 400, "/data"),
        ({"data": {"type": "session", "id": "1"}}, 400, "/data"),
        ({"data": ["1"]}, 400, "/data/0"),
        ({"data": [{"id": "1"}]}, 400, "/data/0/type"),
        ({"data": [{"type": "session"}]}, 400, "/data/0/id"),
        ({"data": [{"type": "session", "id": 1}]}, 400, "/data/0/id"),
        ({"data": [{"type": "session", "id": "one"}]}, 400, "/data/0/id"),
        ({"data": [{"type": "session", "id": "9" * 30}]}, 400, "/data/0/id"),
        ({"data": [{"type": "track", "id": "1"}]}, 409, "/data/0/type"),
        ({"data": [{"type": None, "id": "1"}]}, 409, "/data/0/type"),
    ],
)
def test_bodies_that_are_no_linkage(
    api: Api, world: World, programme: Programme, document: Any, status: int, pointer: str | None
):
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    for method in WRITES:
        response = api.send(method, url, world.organizer, document)
        assert response.status_code == status
        assert response.json["errors"][0]["source"] == ({} if pointer is None else {"pointer": pointer})
    assert linked(api, url, world.organizer) == [str(programme.talks[0].id)]


def test_a_list_is_no_link_to_one(api: Api, world: World, programme: Programme):
    url = f"/v1/sessions/{programme.talks[0].id}/relationships/track"
    assert api.patch(url, linkage("track", programme.track), world.organizer).status_code == 400
    refused = api.patch(url, to_one("session", programme.talks[0]), world.organizer)
    assert (refused.status_code, error_codes(refused)) == (409, ["wrong-type"])
    assert refused.json["errors"][0]["detail"] == 'Invalid type. Expected "track". Send that.'


def test_links_have_tags_keys_and_a_media_type_as_everything(api: Api, world: World, programme: Programme):
    url = f"/v1/tracks/{programme.track.id}/relationships/sessions"
    read = api.get(url, world.organizer).headers["ETag"]
    more, less = linkage("session", programme.talks[1]), linkage("session", programme.talks[0])
    added = api.send("POST", url, world.organizer, more, headers={"If-Match": read}, key="more")
    assert added.status_code == 200
    assert added.headers["ETag"] == api.get(url, world.organizer).headers["ETag"] != read
    refused = api.send("DELETE", url, world.organizer, less, headers={"If-Match": read})
    assert (refused.status_code, error_codes(refused)) == (412, ["precondition-failed"])
    again = api.send("POST", url, world.organizer, more, headers={"If-Match": read}, key="more")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    nothing = [api.send("POST", url, world.organizer, more, key="again") for _ in range(2)]
    assert [(each.status_code, each.data, each.content_type) for each in nothing] == [(204, b"", MEDIA_TYPE)] * 2
    unspoken = api.client.patch(url, json=more, headers={"Authorization": api.authorization(world.organizer)})
    assert unspoken.status_code == 415


# --- what is closed ---------------------------------------------------------------------------------------------------

LINKS = {resource: view for resource, view, *_ in ROUTES if issubclass(resource, ResourceRelationship)}

OPENED = {
    "attendee_relationship": {"tag"},
    "event_relationship": {"event_type", "event_topic", "event_sub_topic"},
    "microlocation_relationship": {"sessions"},
    "session_relationship": {"track", "microlocation", "session_type", "speakers"},
    "session_type_relationship": {"sessions"},
    "speaker_relationship": {"sessions"},
    "station_relationship": {"microlocation"},
    "track_relationship": {"sessions"},
}


def test_what_is_opened_is_listed_here():
    """Whoever opens a link adds it, and a test of who may change it."""
    assert len(LINKS) > 25
    assert {view: set(links.changeable) for links, view in LINKS.items() if links.changeable} == OPENED
    for links, view in LINKS.items():
        for method in WRITES:
            assert (links.permissions[method] is Permission.LINK_CHANGE) == (view not in OPENED)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/attendees/{guest}/relationships/event", "was said when /v1/attendees/{guest} was made, and never changes"),
        ("/attendees/{guest}/relationships/order", "the server says itself what stands at /v1/attendees/{guest}/order"),
        ("/orders/{order}/relationships/event", "was said when /v1/orders/{order} was made, and never changes"),
        ("/orders/{order}/relationships/user", "was said when /v1/orders/{order} was made, and never changes"),
        ("/orders/{order}/relationships/attendees", "Each row at /v1/orders/{order}/attendees says itself"),
        ("/events/{event}/relationships/tickets", "Each row at /v1/events/{event}/tickets says itself"),
        ("/events/{event}/relationships/owner", "the server says itself what stands at /v1/events/{event}/owner"),
        (
            "/users-events-roles/{grant}/relationships/role",
            "PATCH /v1/users-events-roles/{grant} with this relationship",
        ),
    ],
)
def test_a_closed_link_says_where_it_is_changed(api: Api, world: World, path: str, words: str):
    rows = {
        "guest": world.attendee.id,
        "order": world.order.identifier,
        "event": world.event.id,
        "grant": grant(world.session, make_user(world.session), world.event, "registrar").id,
    }
    for method in WRITES:
        response = api.send(method, "/v1" + path.format(**rows), world.staff, {"data": None})
        assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
        assert words.format(**rows) in response.json["errors"][0]["detail"]


def test_an_unknown_link_is_404(api: Api, world: World, programme: Programme):
    url = f"/v1/sessions/{programme.talks[0].id}/relationships/nothing"
    for method in WRITES:
        assert api.send(method, url, world.organizer, {"data": []}).status_code == 404
