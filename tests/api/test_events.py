"""Events over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant, utcnow
from tests.factories import World, grant, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_kinds, make_parts


def plan(**attributes: Any) -> dict[str, Any]:
    now = utcnow()
    facts = {
        "name": "Fair",
        "starts-at": format_instant(now),
        "ends-at": format_instant(now + timedelta(days=2)),
        "timezone": "Europe/Berlin",
    }
    return resource("event", facts | attributes)


def change(api: Api, world: World, **attributes: Any) -> Any:
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    document = resource("event", named, id_=world.event.id)
    return api.patch(f"/v1/events/{world.event.id}", document, world.organizer)


def test_creation(api: Api, world: World):
    response = api.post("/v1/events", plan(), world.stranger)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert data["attributes"]["state"] == "draft"
    assert data["attributes"]["payment-currency"] == "USD"
    assert data["attributes"]["is-ticket-form-enabled"] is True
    assert response.headers["Location"] == f"http://localhost/v1/events/{data['id']}"
    assert api.get(f"/v1/events/{data['id']}").status_code == 404
    mine = api.get(f"/v1/users/{world.stranger.id}/events", world.stranger)
    assert [row["id"] for row in mine.json["data"]] == [data["id"]]
    roles = api.get(f"/v1/events/{data['id']}/roles", world.stranger, include="role")
    assert [row["attributes"]["name"] for row in roles.json["included"]] == ["owner"]


@pytest.mark.parametrize(("sent", "kept"), [("02:30", "02:30"), ("9:05", "09:05"), ("", None), (None, None)])
def test_a_closing_time(api: Api, world: World, sent: str | None, kept: str | None):
    world.event.closing_time = "22:00"
    response = change(api, world, closing_time=sent)
    assert response.status_code == 200, response.json
    assert response.json["data"]["attributes"]["closing-time"] == kept


def test_what_is_missing(api: Api, world: World):
    response = api.post("/v1/events", resource("event", {}), world.stranger)
    assert response.status_code == 422
    assert {error["source"]["pointer"] for error in response.json["errors"]} == {
        f"/data/attributes/{name}" for name in ("name", "starts-at", "ends-at", "timezone")
    }


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"timezone": "Nowhere"}, "timezone"),
        ({"ends-at": "2000-01-01T00:00:00Z"}, "ends-at"),
        ({"ends-at": "2999-01-01T00:00:00Z"}, "ends-at"),
        ({"state": "x"}, "state"),
        ({"privacy": "x"}, "privacy"),
        ({"latitude": 91}, "latitude"),
        ({"longitude": "nan"}, "longitude"),
        ({"logo-url": "no link"}, "logo-url"),
        ({"paypal-email": "nobody"}, "paypal-email"),
        ({"payment-currency": "Dollar"}, "payment-currency"),
        ({"closing-time": "24:00"}, "closing-time"),
        ({"closing-time": "02:60"}, "closing-time"),
        ({"closing-time": "2 am"}, "closing-time"),
        ({"closing-time": "02:00:00"}, "closing-time"),
        ({"closing-time": 2}, "closing-time"),
        ({"payment-currency": "usd"}, "payment-currency"),
        ({"document-links": {}}, "document-links"),
        ({"document-links": ["a\x00"]}, "document-links"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    response = api.post("/v1/events", plan(**attributes), world.stranger)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_who_may_not_create(api: Api, world: World):
    assert api.post("/v1/events", plan()).status_code == 401
    refused = api.post("/v1/events", plan(), world.buyer)
    assert refused.status_code == 403
    assert refused.json["errors"][0]["detail"].startswith("Verify your e-mail address first")


def test_both_addresses(api: Api, world: World):
    """The identifier has a letter, so that no address means two things."""
    identifier = world.event.identifier
    assert not identifier.isdecimal()
    by_id, by_identifier = api.get(f"/v1/events/{world.event.id}"), api.get(f"/v1/events/{identifier}")
    assert by_id.json["data"] == by_identifier.json["data"]
    assert by_id.json["data"]["attributes"]["identifier"] == identifier
    for noun in ("tickets", "tracks", "microlocations", "sessions", "attendees", "orders", "roles"):
        assert api.get(f"/v1/events/{identifier}/{noun}", world.organizer).status_code == 200


def test_a_partial_change_by_identifier(api: Api, world: World):
    """As the web app sends it: the identifier in the address, the numeric id in the body."""
    world.event.description = "Text"
    document = resource("event", {"name": "New", "identifier": "mine", "is-featured": True}, id_=world.event.id)
    before = world.event.identifier
    response = api.patch(f"/v1/events/{before}", document, world.organizer)
    assert response.status_code == 200
    assert response.json["data"]["attributes"]["identifier"] == before
    assert (world.event.name, world.event.description, world.event.state) == ("New", "Text", "published")
    assert (world.event.can_pay_onsite, world.event.is_featured) == (True, False)


def test_changes_that_are_refused(api: Api, world: World):
    backwards = change(api, world, ends_at=format_instant(world.event.starts_at))
    assert (backwards.status_code, error_codes(backwards)) == (422, ["invalid"])
    assert change(api, world, timezone=None).status_code == 422
    assert change(api, world, name="").status_code == 422
    document = resource("event", {"name": "New"}, id_=world.event.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403)):
        assert api.patch(f"/v1/events/{world.event.id}", document, person).status_code == status
    assert world.event.name != "New"


def test_unpublishing_hides_it_from_strangers(api: Api, world: World):
    assert change(api, world, state="draft").status_code == 200
    for person, status in ((None, 404), (world.stranger, 404), (world.registrar, 200), (world.staff, 200)):
        for address in (world.event.id, world.event.identifier):
            response = api.get(f"/v1/events/{address}", person)
            assert response.status_code == status
    assert api.get(f"/v1/events/{world.event.id}/tickets").status_code == 404


def test_lists(api: Api, world: World):
    draft = make_event(world.session, state="draft")
    gone = make_event(world.session, deleted_at=utcnow())

    def listed(person: Any) -> set[str]:
        response = api.get("/v1/events", person, page_size="0", sort="-id")
        assert response.json["meta"]["count"] == len(response.json["data"])
        return {row["id"] for row in response.json["data"]}

    assert str(world.event.id) in listed(None)
    assert str(draft.id) not in listed(None) | listed(world.organizer)
    assert str(draft.id) in listed(world.staff)
    assert str(gone.id) not in listed(world.staff)


def test_the_events_of_a_user(api: Api, world: World):
    make_event(world.session)
    url = f"/v1/users/{world.registrar.id}/events"
    response = api.get(url, world.registrar, page_size="0")
    assert [row["id"] for row in response.json["data"]] == [str(world.event.id)]
    assert response.json["meta"] == {"count": 1}
    assert api.get(url, world.stranger).status_code == 403
    assert api.get(url).status_code == 401


def test_the_event_of_everything(api: Api, world: World):
    for url in (
        f"/v1/tickets/{world.free.id}/event",
        f"/v1/orders/{world.order.identifier}/event",
        f"/v1/orders/{world.order.id}/event",
        f"/v1/attendees/{world.attendee.id}/event",
        f"/v1/users-events-roles/{world.event.roles[0].id}/event",
    ):
        response = api.get(url, world.organizer)
        assert response.status_code == 200
        assert response.json["data"]["id"] == str(world.event.id)


def test_deletion(api: Api, world: World):
    response = api.delete(f"/v1/events/{world.event.id}", world.staff)
    assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    world.order.status = "cancelled"
    assert api.delete(f"/v1/events/{world.event.identifier}", world.registrar).status_code == 403
    assert api.delete(f"/v1/events/{world.event.identifier}", world.organizer).status_code == 200
    assert api.get(f"/v1/events/{world.event.id}", world.organizer).status_code == 404
    assert api.get(f"/v1/events/{world.event.id}/tickets", world.organizer).status_code == 404


PARTS = ("sponsors", "social-links", "session-types", "speakers-call", "event-copyright", "tags", "faqs")
KINDS = ("event-type", "event-topic", "event-sub-topic")


def test_parts_and_kinds_are_included_with_one_statement_each(api: Api, world: World, count_queries):
    rows = make_parts(world.session, world.event) | make_kinds(world.session, world.event)
    url = f"/v1/events/{world.event.id}"
    with count_queries() as bare:
        api.get(url, world.organizer)
    assert world.organizer.id  # read anew, before it counts
    with count_queries() as whole:
        response = api.get(url, world.organizer, include=",".join((*PARTS, *KINDS)))
    assert len(whole) - len(bare) == len(PARTS) + len(KINDS)
    assert {(row["type"], row["id"]) for row in response.json["included"]} == {
        (type_, str(row.id)) for type_, row in rows.items()
    }
    links = response.json["data"]["relationships"]
    assert links["speakers-call"]["data"] == {"type": "speakers-call", "id": str(rows["speakers-call"].id)}
    assert links["sponsors"]["data"] == [{"type": "sponsor", "id": str(rows["sponsor"].id)}]


def test_an_event_without_parts_includes_none(api: Api, world: World):
    response = api.get(f"/v1/events/{world.event.id}", include=",".join((*PARTS, *KINDS)))
    assert response.json["included"] == []
    links = response.json["data"]["relationships"]
    assert [links[name]["data"] for name in (*PARTS, *KINDS)] == [[], [], [], None, None, [], [], None, None, None]


def test_the_kinds_of_an_event(api: Api, world: World):
    """The web app sends the whole event back with what it is of, and with relationships that nobody writes."""
    kinds = make_kinds(world.session)
    document = plan()
    document["data"]["relationships"] = resource("event", **{name: kinds[name] for name in KINDS})["data"][
        "relationships"
    ]
    created = api.post("/v1/events?include=event-topic", document, world.stranger)
    assert created.status_code == 201, created.json
    assert created.json["data"]["relationships"]["event-topic"]["data"]["id"] == str(kinds["event-topic"].id)
    id_, url = created.json["data"]["id"], f"/v1/events/{created.json['data']['attributes']['identifier']}"
    for name in KINDS:
        assert api.get(f"{url}/{name}", world.stranger).json["data"]["id"] == str(kinds[name].id)
    sponsor = make_parts(world.session, world.event)["sponsor"]
    back = resource("event", created.json["data"]["attributes"], id_=id_, sponsors=[sponsor], owner=world.owner,
        **{"event-topic": None, "speakers-call": None, "event-type": kinds["event-type"]})  # fmt: skip
    response = api.patch(f"{url}?include=sponsors,event-topic,event-type", back, world.stranger)
    assert response.status_code == 200, response.json
    links = response.json["data"]["relationships"]
    assert (links["sponsors"]["data"], links["event-topic"]["data"]) == ([], None)
    assert links["event-type"]["data"]["id"] == str(kinds["event-type"].id)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_that_there_are_not(api: Api, world: World, kind: str):
    kinds = make_kinds(world.session, world.event)
    known, other = kinds[kind], make_kinds(world.session)[kind]
    for row in (known, other):
        row.deleted_at = world.event.starts_at
    url = f"/v1/events/{world.event.id}"
    kept = api.patch(url, resource("event", {"name": "New"}, id_=world.event.id, **{kind: known}), world.organizer)
    assert kept.status_code == 200  # it is sent back as it was
    document = resource("event", {}, id_=world.event.id, **{kind: other})
    response = api.patch(url, document, world.organizer)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/relationships/{kind}/data"}
    new = plan()
    new["data"]["relationships"] = document["data"]["relationships"]
    assert api.post("/v1/events", new, world.stranger).status_code == 404


def test_upcoming_events(api: Api, world: World):
    """Public ones that are not over, to everybody the same; the next one first, unless another order is asked for."""
    now = utcnow()
    world.event.name = "Running"
    days = {"Later": (9, 10), "Soon": (1, 2), "Over": (-5, -3)}
    for name, (first, last) in days.items():
        dates = {"starts_at": now + timedelta(days=first), "ends_at": now + timedelta(days=last)}
        event = make_event(world.session, name=name, **dates)
    dates = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2)}
    for facts in ({"state": "draft"}, {"privacy": "private"}, {"deleted_at": now}):
        event = make_event(world.session, name="Nobody's", **dates, **facts)
        grant(world.session, world.organizer, event, "organizer")

    def names(as_: Any = None, **query: str) -> list[str]:
        response = api.get("/v1/events/upcoming", as_, **query)
        assert response.status_code == 200, response.json
        return [row["attributes"]["name"] for row in response.json["data"]]

    for person in (None, world.organizer, world.staff):
        assert names(person, include="tickets,group") == ["Running", "Soon", "Later"]
    assert names(sort="-starts-at") == ["Later", "Soon", "Running"]
    assert names(filter='[{"name": "name", "op": "ilike", "val": "%s%"}]') == ["Soon"]
    assert names(page_size="1", page_number="2") == ["Soon"]
