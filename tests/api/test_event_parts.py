"""What is simply stored under an event, over HTTP: every noun of `NOUNS` in the same way."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clock import parse_instant
from app.models import (
    EventCopyright,
    Faq,
    Microlocation,
    SessionType,
    SocialLink,
    SpeakersCall,
    Sponsor,
    Tag,
    Track,
)
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_kinds, make_microlocation, make_parts, make_session, make_track


@dataclass(frozen=True)
class Case:
    """A noun: what is sent for a new one, what is then shown, and a change of it."""

    type: str
    path: str
    model: Any
    sent: dict[str, Any]
    shown: dict[str, Any]
    change: dict[str, Any] = field(default_factory=lambda: {"name": "New"})
    only: bool = False  # an event has one at most


MAY, JUNE = "2026-05-01T08:00:00+00:00", "2026-06-01T08:00:00+00:00"


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
            "capacity": None,
            "is-capacity-hard": False,
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
    Case(
        "session-type",
        "session-types",
        SessionType,
        {"name": "Talk", "length": "1:30", "position": 2},
        {"name": "Talk", "length": "01:30", "position": 2, "deleted-at": None},
    ),
    Case(
        "sponsor",
        "sponsors",
        Sponsor,
        {"name": "Bakery", "level": "1", "type": "Gold", "url": "https://bakery.example", "logo-url": ""},
        {
            "name": "Bakery",
            "description": None,
            "level": 1,
            "type": "Gold",
            "url": "https://bakery.example",
            "logo-url": None,
            "deleted-at": None,
        },
    ),
    Case(
        "social-link",
        "social-links",
        SocialLink,
        {"name": "Blog", "link": "https://example.org/blog"},
        {"name": "Blog", "link": "https://example.org/blog", "deleted-at": None},
    ),
    Case(
        "faq",
        "faqs",
        Faq,
        {"question": "Where?", "answer": "Here."},
        {"question": "Where?", "answer": "Here.", "deleted-at": None},
        {"answer": "There."},
    ),
    Case(
        "tag",
        "tags",
        Tag,
        {"name": "Speakers", "color": "#FF0000", "is-read-only": True},
        {"name": "Speakers", "color": "#FF0000", "is-read-only": True},
        {"color": None},
    ),
    Case(
        "speakers-call",
        "speakers-calls",
        SpeakersCall,
        {"announcement": "Come!", "starts-at": MAY, "ends-at": JUNE, "hash": None, "privacy": "private"},
        {
            "announcement": "Come!",
            "starts-at": MAY,
            "ends-at": JUNE,
            "soft-ends-at": None,
            "hash": None,
            "privacy": "private",
            "deleted-at": None,
        },
        {"soft-ends-at": JUNE},
        only=True,
    ),
    Case(
        "event-copyright",
        "event-copyrights",
        EventCopyright,
        {"holder": "Ada", "year": 2026, "licence": "CC BY 4.0", "licence-url": "https://example.org/by"},
        {
            "holder": "Ada",
            "holder-url": None,
            "licence": "CC BY 4.0",
            "licence-url": "https://example.org/by",
            "year": 2026,
            "logo-url": None,
            "deleted-at": None,
        },
        {"holder": "Grace"},
        only=True,
    ),
)
BY_TYPE = {case.type: case for case in CASES}

each_noun = pytest.mark.parametrize("case", CASES, ids=BY_TYPE)


def make(world: World, case: Case, event: Any = None) -> Any:
    """A row of the noun, made as a client does."""
    facts = {name.replace("-", "_"): value for name, value in case.shown.items() if name in case.sent}
    facts = {name: value for name, value in facts.items() if name in case.model.__table__.columns}
    facts |= {name: parse_instant(value) for name, value in facts.items() if value in {MAY, JUNE}}
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
    stored = api.get(f"/v1/{case.path}/{row.id}", world.organizer).json["data"]["attributes"]
    assert {name: stored[name] for name in case.sent} == {name: case.shown[name] for name in case.sent}


each_list = pytest.mark.parametrize("case", [case for case in CASES if not case.only], ids=lambda case: case.type)
each_only_one = pytest.mark.parametrize("case", [case for case in CASES if case.only], ids=lambda case: case.type)


@each_list
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


@each_only_one
def test_the_only_one(api: Api, world: World, case: Case):
    """`data: null` before there is one and after; a second one is refused."""
    addresses = [f"/v1/events/{name}/{case.type}" for name in (world.event.id, world.event.identifier)]
    plan = resource(case.type, case.sent, event=world.event)
    make(world, case, make_event(world.session))
    assert [api.get(url).json["data"] for url in addresses] == [None, None]
    created = api.post(f"/v1/{case.path}", plan, world.organizer).json["data"]
    assert [api.get(url).json["data"] for url in addresses] == [created, created]
    again = api.post(f"/v1/{case.path}", plan, world.organizer)
    assert (again.status_code, error_codes(again)) == (409, ["conflict"])
    assert api.get(f"/v1/{case.path}/{created['id']}/event").json["data"]["id"] == str(world.event.id)
    assert api.delete(f"/v1/{case.path}/{created['id']}", world.organizer).status_code == 200
    assert [api.get(url).json["data"] for url in addresses] == [None, None]
    assert api.post(f"/v1/{case.path}", plan, world.organizer).status_code == 201


REFUSED = [
    ("sponsor", {"name": None}),
    ("sponsor", {"level": "high"}),
    ("sponsor", {"url": "bakery"}),
    ("social-link", {"link": ""}),
    ("social-link", {"link": None}),
    ("social-link", {"link": "blog"}),
    ("session-type", {"length": "90"}),
    ("session-type", {"length": "00:60"}),
    ("session-type", {"length": "\u0661:30"}),
    ("speakers-call", {"ends-at": MAY}),
    ("speakers-call", {"starts-at": None}),
    ("speakers-call", {"privacy": "secret"}),
    ("event-copyright", {"year": "MMXXVI"}),
    ("event-copyright", {"holder-url": "ada"}),
    ("tag", {"color": "red"}),
    ("tag", {"name": " "}),
    ("faq", {"answer": None}),
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


def test_what_the_web_app_does_with_tags(api: Api, world: World):
    """There are none: it makes three, and reads the one of each guest."""
    url, team = f"/v1/events/{world.event.id}/tags", (world.organizer, world.registrar)
    assert [api.get(url, person).json["data"] for person in team] == [[], []]
    for name, color in (("Speakers", "#FF0000"), ("Attendees", "#0000FF"), ("Organizers", "#00FF00")):
        plan = resource("tag", {"name": name, "color": color, "is-read-only": True}, event=world.event)
        assert api.post("/v1/tags", plan, world.organizer).status_code == 201
    first, *_ = listed = api.get(url, world.registrar).json["data"]
    assert [row["attributes"]["name"] for row in listed] == ["Speakers", "Attendees", "Organizers"]
    assert api.get(f"/v1/tags/{first['id']}", world.registrar).json["data"] == first
    assert api.get(url, world.buyer).status_code == 403
    assert api.get(f"/v1/tags/{first['id']}", world.stranger).status_code == 403


def test_the_tag_of_an_attendee(api: Api, world: World):
    tag = make_parts(world.session, world.event)["tag"]
    guest = f"/v1/attendees/{world.attendee.id}"
    assert api.get(f"{guest}/tag", world.registrar).json["data"] is None
    assert api.get(f"{guest}/tags", world.registrar).json["data"] == []
    for document in (
        resource("attendee", {"tag-id": tag.id}, id_=world.attendee.id),
        resource("attendee", {}, id_=world.attendee.id, tag=tag),
        resource("attendee", {"tag-id": str(tag.id)}, id_=world.attendee.id, tag=None),
    ):
        world.attendee.tag_id = None
        changed = api.patch(f"{guest}?include=tag", document, world.registrar)
        assert changed.status_code == 200, changed.json
        assert changed.json["data"]["attributes"]["tag-id"] == tag.id
        assert [row["id"] for row in changed.json["included"]] == [str(tag.id)]
    assert api.get(f"{guest}/tag", world.registrar).json["data"]["id"] == str(tag.id)
    assert [row["id"] for row in api.get(f"{guest}/tags", world.registrar).json["data"]] == [str(tag.id)]
    assert api.get(f"{guest}/tag", world.buyer).json["data"] is None  # tags are the team's
    assert api.delete(f"/v1/tags/{tag.id}", world.organizer).status_code == 200
    assert api.get(guest, world.registrar).json["data"]["attributes"]["tag-id"] is None


@pytest.mark.parametrize("name", ["tag", "tag-id"])
def test_a_tag_of_another_event(api: Api, world: World, name: str):
    foreign = make_parts(world.session, make_event(world.session))["tag"]
    sent = ({}, {"tag": foreign}) if name == "tag" else ({"tag-id": foreign.id}, {})
    documents = {
        "/v1/attendees": resource(
            "attendee", {"firstname": "Ada"} | sent[0], event=world.event, ticket=world.free, **sent[1]
        ),
        f"/v1/attendees/{world.attendee.id}": resource("attendee", sent[0], id_=world.attendee.id, **sent[1]),
    }
    for method, (url, document) in zip(("POST", "PATCH"), documents.items(), strict=True):
        response = api.send(method, url, world.registrar, document)
        assert (response.status_code, error_codes(response)) == (422, ["invalid"])
        assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/tag/data"}


def test_a_whole_attendee_sent_back_keeps_its_tag(api: Api, world: World, count_queries):
    tag = make_parts(world.session, world.event)["tag"]
    world.attendee.tag_id = tag.id
    url = f"/v1/attendees/{world.attendee.id}"
    attributes = api.get(url, world.registrar).json["data"]["attributes"]
    with count_queries() as whole:
        assert (
            api.patch(url, resource("attendee", attributes, id_=world.attendee.id), world.registrar).status_code == 200
        )
    with count_queries() as bare:
        assert api.patch(url, resource("attendee", {}, id_=world.attendee.id), world.registrar).status_code == 200
    assert not [statement for statement in whole if "FROM tags" in statement]
    assert len(whole) - len(bare) <= 1
    assert world.attendee.tag_id == tag.id


def test_the_type_of_a_session(api: Api, world: World):
    kind, foreign = (
        make_parts(world.session, event)["session-type"] for event in (world.event, make_event(world.session))
    )
    plan = resource("session", {"title": "Talk"}, event=world.event, **{"session-type": kind})
    talk = api.post("/v1/sessions?include=session-type", plan, world.track_organizer).json
    assert talk["data"]["relationships"]["session-type"]["data"] == {"type": "session-type", "id": str(kind.id)}
    assert talk["included"][0]["attributes"]["length"] == "00:30"
    id_ = talk["data"]["id"]
    assert [row["id"] for row in api.get(f"/v1/session-types/{kind.id}/sessions", world.organizer).json["data"]] == [
        id_
    ]
    assert api.get(f"/v1/sessions/{id_}/session-type", world.organizer).json["data"]["id"] == str(kind.id)
    changed = resource("session", {}, id_=id_, **{"session-type": foreign})
    response = api.patch(f"/v1/sessions/{id_}", changed, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/session-type/data"}
    assert api.delete(f"/v1/session-types/{kind.id}", world.organizer).status_code == 200
    assert api.get(f"/v1/sessions/{id_}/session-type", world.organizer).json["data"] is None


KINDS = ("event-type", "event-topic", "event-sub-topic")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_whole_server_has(api: Api, world: World, kind: str):
    topic = make_kinds(world.session)["event-topic"]
    relationships = {"event-topic": topic} if kind == "event-sub-topic" else {}
    for person, status in ((None, 401), (world.owner, 403), (world.staff, 201)):
        created = api.post(f"/v1/{kind}s", resource(kind, {"name": "New & Old", "slug": "x"}, **relationships), person)
        assert created.status_code == status
    row = created.json["data"]
    assert (row["attributes"]["name"], row["attributes"]["slug"]) == ("New & Old", "new-old")
    url = f"/v1/{kind}s/{row['id']}"
    assert api.get(url).json["data"] == row
    assert row["id"] in [each["id"] for each in api.get(f"/v1/{kind}s", page_size="0", sort="name").json["data"]]
    renamed = api.patch(url, resource(kind, {"name": "Fresh"}, id_=row["id"]), world.staff)
    assert renamed.json["data"]["attributes"]["slug"] == "fresh"
    setattr(world.event, f"{kind.replace('-', '_')}_id", int(row["id"]))
    assert [each["id"] for each in api.get(f"{url}/events").json["data"]] == [str(world.event.id)]
    assert api.delete(url, world.owner).status_code == 403
    assert api.delete(url, world.staff).status_code == 200
    assert api.get(url).status_code == 404
    assert api.get(f"/v1/events/{world.event.id}/{kind}").json["data"] is None


def test_topics_and_their_sub_topics(api: Api, world: World):
    kinds, other = make_kinds(world.session), make_kinds(world.session)["event-sub-topic"]
    topic, sub_topic = kinds["event-topic"], kinds["event-sub-topic"]
    listed = api.get(f"/v1/event-topics/{topic.id}/event-sub-topics").json["data"]
    assert [row["id"] for row in listed] == [str(sub_topic.id)]
    assert {str(sub_topic.id), str(other.id)} <= {row["id"] for row in api.get("/v1/event-sub-topics").json["data"]}
    assert api.get(f"/v1/event-sub-topics/{sub_topic.id}/event-topic").json["data"]["id"] == str(topic.id)
    topic.deleted_at = world.event.starts_at
    nowhere = api.post(
        "/v1/event-sub-topics", resource("event-sub-topic", {"name": "X"}, **{"event-topic": topic}), world.staff
    )
    assert (nowhere.status_code, error_codes(nowhere)) == (404, ["not-found"])
    assert nowhere.json["errors"][0]["source"] == {"pointer": "/data/relationships/event-topic/data"}


def test_some_types_and_topics_come_with_the_tables(api: Api, app: Any):
    for kind in ("event-type", "event-topic"):
        names = {row["attributes"]["name"] for row in api.get(f"/v1/{kind}s", page_size="0").json["data"]}
        assert len(names) >= 10
        assert "Other" in names
