"""Documents: their exact form, sparse fields, includes, linkage, related links, page links, and their cost."""

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import format_instant
from app.models import Track
from tests.factories import World, make_attendee, make_order
from tests.http import MEDIA_TYPE, Api, resource
from tests.programme import make_microlocation, make_session, make_track

ANDROIDS_INCLUDES = {"include": "order,ticket,event", "fields[event]": "id", "fields[ticket]": "id"}


@pytest.fixture
def track(world: World) -> Track:
    return make_track(world.session, world.event, description="Loud")


def link(track: Track, rest: str = "") -> str:
    return f"/v1/tracks/{track.id}{rest}"


def track_resource(track: Track) -> dict[str, Any]:
    return {
        "type": "track",
        "id": str(track.id),
        "attributes": {
            "name": "Music",
            "color": "#808080",
            "description": "Loud",
            "font-color": "#000000",
            "position": 0,
            "deleted-at": None,
        },
        "relationships": {
            "event": {"links": {"self": link(track, "/relationships/event"), "related": link(track, "/event")}},
            "sessions": {
                "links": {"self": link(track, "/relationships/sessions"), "related": link(track, "/sessions")}
            },
        },
        "links": {"self": link(track)},
    }


def test_the_exact_document_of_a_row(api: Api, world: World, track: Track):
    response = api.get(link(track))
    assert response.content_type == MEDIA_TYPE
    assert response.json == {
        "data": track_resource(track),
        "links": {"self": link(track)},
        "jsonapi": {"version": "1.0"},
    }


def test_the_exact_document_of_a_list(api: Api, world: World, track: Track):
    url = f"/v1/events/{world.event.id}/tracks"
    assert api.get(url).json == {
        "data": [track_resource(track)],
        "links": {"self": url},
        "meta": {"count": 1},
        "jsonapi": {"version": "1.0"},
    }


def test_the_exact_document_of_a_list_with_an_include(api: Api, world: World, track: Track):
    url = f"/v1/events/{world.event.id}/tracks"
    document = api.get(url, **{"include": "event", "fields[event]": "name"}).json
    shown = track_resource(track)
    shown["relationships"]["event"]["data"] = {"type": "event", "id": str(world.event.id)}
    assert document["data"] == [shown]
    assert document["included"] == [
        {
            "type": "event",
            "id": str(world.event.id),
            "attributes": {"name": world.event.name},
            "links": {"self": f"/v1/events/{world.event.id}"},
        }
    ]


def test_a_name_that_is_no_attribute_leaves_empty_attributes(api: Api, world: World):
    """The Android app refuses a whole answer when an included object has no ``attributes``."""
    response = api.get(f"/v1/events/{world.event.id}/attendees", world.registrar, **ANDROIDS_INCLUDES)
    assert response.status_code == 200
    sparse = [row for row in response.json["included"] if row["type"] in {"event", "ticket"}]
    assert {row["type"] for row in sparse} == {"event", "ticket"}
    assert all(row["attributes"] == {} for row in sparse)
    assert all("relationships" not in row for row in sparse)


def test_sparse_fields_of_the_primary_type(api: Api, world: World):
    query = {"fields[event]": "name,starts-at,ends_at,tickets"}
    data = api.get(f"/v1/events/{world.event.id}", **query).json["data"]
    assert list(data["attributes"]) == ["name", "starts-at", "ends-at"]
    assert list(data["relationships"]) == ["tickets"]
    assert data["id"] == str(world.event.id)


def test_linkage_is_given_for_what_is_included_and_for_nothing_else(api: Api, world: World):
    """The web app takes any other linkage as loaded, the Android app needs this one."""
    url = f"/v1/events/{world.event.id}/attendees"
    plain = api.get(url, world.registrar).json
    assert "included" not in plain
    for row in plain["data"]:
        assert all(list(shown) == ["links"] for shown in row["relationships"].values())
    included = api.get(url, world.registrar, **ANDROIDS_INCLUDES).json
    relationships = included["data"][0]["relationships"]
    linkage = {name: shown["data"] for name, shown in relationships.items() if "data" in shown}
    assert linkage == {
        "event": {"type": "event", "id": str(world.event.id)},
        "ticket": {"type": "ticket", "id": str(world.paid.id)},
        "order": {"type": "order", "id": str(world.order.id)},
    }
    for row in included["included"]:
        assert all("data" not in shown for shown in row.get("relationships", {}).values())


def test_linkage_on_the_answer_of_a_patch(api: Api, world: World):
    url = f"/v1/attendees/{world.attendee.id}?include=ticket,event,order&fields[event]=id&fields[ticket]=id"
    document = resource("attendee", {"city": "Bonn"}, id_=world.attendee.id)
    response = api.patch(url, document, world.registrar)
    assert response.status_code == 200
    relationships = response.json["data"]["relationships"]
    assert {name: shown["data"]["type"] for name, shown in relationships.items() if "data" in shown} == {
        "event": "event",
        "ticket": "ticket",
        "order": "order",
    }
    assert {(row["type"], bool(row["attributes"])) for row in response.json["included"]} == {
        ("event", False),
        ("ticket", False),
        ("order", True),
    }


def test_linkage_on_the_answer_of_a_post(api: Api, world: World):
    document = resource("track", {"name": "Jazz", "color": "#123456"}, event=world.event)
    response = api.post("/v1/tracks?include=event", document, world.organizer)
    assert response.status_code == 201
    assert response.json["data"]["relationships"]["event"]["data"] == {"type": "event", "id": str(world.event.id)}
    assert [row["type"] for row in response.json["included"]] == ["event"]


def test_an_order_always_names_its_attendees_but_not_where_it_is_included(api: Api, world: World):
    order = api.get(f"/v1/orders/{world.order.identifier}", world.buyer).json["data"]
    assert order["relationships"]["attendees"]["data"] == [
        {"type": "attendee", "id": str(attendee.id)} for attendee in world.order.attendees
    ]
    attendee = api.get(f"/v1/attendees/{world.attendee.id}", world.buyer, include="order").json
    assert "data" not in attendee["included"][0]["relationships"]["attendees"]


def test_included_to_many_and_missing_to_one(api: Api, world: World):
    make_session(world.session, world.event)
    response = api.get(f"/v1/events/{world.event.id}", include="tickets,sessions.track")
    relationships = response.json["data"]["relationships"]
    assert {row["id"] for row in relationships["tickets"]["data"]} == {str(world.free.id), str(world.paid.id)}
    talk = next(row for row in response.json["included"] if row["type"] == "session")
    assert talk["relationships"]["track"]["data"] is None
    assert "track" not in {row["type"] for row in response.json["included"]}


def test_an_empty_include_is_an_empty_list(api: Api, world: World):
    assert api.get(f"/v1/events/{world.event.id}", include="sessions").json["included"] == []


def test_nothing_deleted_is_included(api: Api, world: World, track: Track):
    track.deleted_at = world.event.starts_at
    talk = make_session(world.session, world.event, track_id=track.id)
    document = api.get(f"/v1/sessions/{talk.id}", include="track").json
    assert document["data"]["relationships"]["track"]["data"] is None
    assert document["included"] == []


def test_every_resource_is_there_once(api: Api, world: World):
    """What is primary data, or was reached before, is not included again (JSON:API 1.0, compound documents)."""
    url = f"/v1/events/{world.event.id}/attendees"
    document = api.get(url, world.registrar, include="order.attendees,event,order.event").json
    keys = [(row["type"], row["id"]) for row in document["data"] + document["included"]]
    assert len(keys) == len(set(keys))
    assert {type_ for type_, _ in keys} == {"attendee", "order", "event"}
    assert len(document["data"]) == 2


def test_what_is_reached_on_two_ways_has_the_linkage_of_both(api: Api, world: World):
    url = f"/v1/events/{world.event.id}/attendees"
    document = api.get(url, world.registrar, include="event.tickets,order.event.tracks,order.attendees.ticket").json
    event = next(row for row in document["included"] if row["type"] == "event")
    assert len(event["relationships"]["tickets"]["data"]) == 2
    assert event["relationships"]["tracks"]["data"] == []
    assert all("data" in row["relationships"]["ticket"] for row in document["data"])


def test_every_link_of_a_relationship_answers(api: Api, world: World, track: Track):
    """Related: an object or null for one, a list with a count for many, also when there is none. Self: the linkage."""
    session, event = world.session, world.event
    room, alone = make_microlocation(session, event), make_attendee(session, world.free)
    talk = make_session(session, event, track_id=track.id, microlocation_id=room.id)
    idle = make_session(session, event)
    unsold = make_order(session, world.free)
    grant = event.roles[0]
    urls = [
        f"/v1/events/{event.id}",
        f"/v1/events/{event.identifier}",
        *(f"/v1/tickets/{ticket.id}" for ticket in (world.free, world.paid)),
        link(track),
        f"/v1/microlocations/{room.id}",
        *(f"/v1/sessions/{programme_item.id}" for programme_item in (talk, idle)),
        *(f"/v1/orders/{order.identifier}" for order in (world.order, unsold)),
        *(f"/v1/attendees/{attendee.id}" for attendee in (world.attendee, alone)),
        f"/v1/users-events-roles/{grant.id}",
        f"/v1/users/{world.owner.id}",
    ]
    missing = set()
    for url in urls:
        data = api.get(url, world.staff).json["data"]
        for name, shown in data["relationships"].items():
            included = api.get(url, world.staff, include=name)
            linkage = included.json["data"]["relationships"][name]["data"]
            related = api.get(shown["links"]["related"], world.staff)
            assert related.status_code == 200, shown
            assert api.get(shown["links"]["self"], world.staff).json["data"] == linkage
            if isinstance(linkage, list):
                assert [row["id"] for row in related.json["data"]] == [row["id"] for row in linkage]
                assert related.json["meta"]["count"] == len(linkage)
            elif linkage is None:
                assert related.json["data"] is None
                missing.add(name)
            else:
                found = related.json["data"]
                assert {"type": found["type"], "id": found["id"]} == linkage
    later = {"tax", "stripe-authorization", "discount-code", "group", "video-stream"}
    assert missing == later | {
        "track", "microlocation", "creator", "session-type", "user", "sold-by", "order", "tag", "speakers-call",
        "sold-by-pass", "event-copyright", "event-type", "event-topic", "event-sub-topic",
    }  # fmt: skip


def test_self_links_lead_to_the_row(api: Api, world: World):
    for url in (f"/v1/orders/{world.order.id}", f"/v1/orders/{world.order.identifier}"):
        data = api.get(url, world.staff).json["data"]
        assert data["links"]["self"] == f"/v1/orders/{world.order.identifier}"
        assert data["id"] == str(world.order.id)


def test_values_as_clients_read_them(api: Api, world: World):
    """Times with an offset, prices as numbers, ids as text, no ``identifier`` of an attendee."""
    event = api.get(f"/v1/events/{world.event.id}").json["data"]
    assert event["attributes"]["starts-at"] == format_instant(world.event.starts_at)
    assert event["attributes"]["starts-at"].endswith("+00:00")
    assert event["attributes"]["timezone"] == "UTC"
    ticket = api.get(f"/v1/tickets/{world.paid.id}").json["data"]
    assert ticket["attributes"]["price"] == 25.5
    assert ticket["attributes"]["max-price"] is None
    attendee = api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]
    assert "identifier" not in attendee["attributes"]
    assert attendee["attributes"]["firstname"] == "Ada"
    assert attendee["attributes"]["ticket-id"] == str(world.paid.id)


def test_page_links(api: Api, world: World):
    for number in range(5):
        make_track(world.session, world.event, name=f"Track {number}")
    url = f"/v1/events/{world.event.id}/tracks"

    def page(number: int) -> str:
        return f"{url}?page%5Bsize%5D=2&sort=-name&page%5Bnumber%5D={number}"

    links = api.get(url, page_size="2", sort="-name", page_number="2").json["links"]
    assert {name: links[name] for name in ("first", "last", "prev", "next")} == {
        "first": page(1),
        "last": page(3),
        "prev": page(1),
        "next": page(3),
    }
    assert [row["attributes"]["name"] for row in api.get(links["next"]).json["data"]] == ["Track 0"]
    assert "next" not in api.get(links["last"]).json["links"]
    assert "prev" not in api.get(links["first"]).json["links"]
    assert api.get(url, page_size="2", page_number="9").json["links"]["prev"] == (
        f"{url}?page%5Bsize%5D=2&page%5Bnumber%5D=3"
    )
    assert list(api.get(url, page_size="0").json["links"]) == ["self"]


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("/v1/events/{event}/attendees", {"include": "order,ticket,event"}),
        (
            "/v1/events/{event}/attendees",
            {"include": "order.user,order.attendees,ticket", "sort": "-order.completed_at"},
        ),
        ("/v1/events/{event}/orders", {"include": "attendees,tickets,user"}),
        ("/v1/events/{event}/orders", {}),
    ],
)
def test_a_list_costs_the_same_statements_however_long_it_is(
    api: Api, world: World, count_queries: Callable[[], Any], url: str, query: dict[str, str]
):
    url = url.format(event=world.event.id)
    costs = []
    for more in (3, 45):
        for number in range(more):
            make_order(world.session, world.free if number % 2 else world.paid, user_id=world.people["buyer"].id)
        api.get(url, world.organizer, page_size="0", **query)
        with count_queries() as statements:
            response = api.get(url, world.organizer, page_size="0", **query)
        assert len(response.json["data"]) > more
        costs.append(len(statements))
    assert costs[0] == costs[1]
