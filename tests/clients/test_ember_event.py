"""The web app's page of one event: all that it includes in one call, and all that it fetches by links beside it."""

from typing import Any

import pytest

from tests.browser import Browser
from tests.factories import World, make_invite
from tests.programme import make_kinds, make_microlocation, make_parts, make_track

PEOPLE = {
    "organizers": "organizer",
    "coorganizers": "coorganizer",
    "track-organizers": "track_organizer",
    "registrars": "registrar",
    "moderators": "moderator",
}
INCLUDED = (
    "event-topic,event-sub-topic,event-type,event-copyright,tax,owner,organizers,coorganizers,track-organizers,"
    "registrars,moderators,stripe-authorization"
)
ONE_PAGE = {"filter": [], "page[size]": "10", "page[number]": "1"}
EVERYTHING = {"page[size]": "0"}
LISTS = ("session-types", "tracks", "microlocations", "social-links", "tickets")
OBJECTS = ("speakers-call", "general-statistics", "order-statistics")


@pytest.fixture(params=["organizer", "coorganizer", "owner", "staff"])
def browser(app: Any, world: World, request: pytest.FixtureRequest) -> Browser:
    world.event.state = "draft"
    world.session.commit()
    return Browser(app.test_client(), getattr(world, request.param))


def load(browser: Browser, world: World) -> tuple[Any, dict[str, Any], list[tuple[str, str]]]:
    """The event, what it is linked to by name, and what came with it."""
    document = browser.get(f"/v1/events/{world.event.identifier}", include=INCLUDED)
    relationships = document["data"]["relationships"]
    linked = {name: part["data"] for name, part in relationships.items() if "data" in part}
    assert linked.keys() == set(INCLUDED.split(",")), "what was asked for, and nothing else"
    return document["data"], linked, [(part["type"], part["id"]) for part in document["included"]]


def related(browser: Browser, event: Any, name: str, **query: Any) -> Any:
    return browser.get(event["relationships"][name]["links"]["related"], **query)


def test_an_event_with_all_that_is_included(browser: Browser, world: World):
    kinds = make_kinds(world.session, world.event)
    kinds["event-copyright"] = make_parts(world.session, world.event)["event-copyright"]
    world.session.commit()
    event, linked, came = load(browser, world)
    assert (event["id"], event["attributes"]["identifier"]) == (str(world.event.id), world.event.identifier)
    expected: dict[str, Any] = {name: {"type": name, "id": str(row.id)} for name, row in kinds.items()}
    expected |= {name: [{"type": "user", "id": str(world.people[role].id)}] for name, role in PEOPLE.items()}
    expected |= {"owner": {"type": "user", "id": str(world.owner.id)}, "tax": None, "stripe-authorization": None}
    assert linked == expected
    parts = [part for data in linked.values() for part in (data if isinstance(data, list) else [data]) if part]
    assert sorted(came) == sorted((part["type"], part["id"]) for part in parts), "each once"


def test_an_event_with_nothing_of_that(browser: Browser, world: World):
    _event, linked, came = load(browser, world)
    for name in ("event-topic", "event-sub-topic", "event-type", "event-copyright", "tax", "stripe-authorization"):
        assert linked[name] is None
    assert {type_ for type_, _id in came} == {"user"}


def test_an_event_that_was_loaded_so_is_published_by_sending_it_whole(browser: Browser, world: World):
    """With everybody and everything that came with it, and null for what it does not have."""
    kinds = make_kinds(world.session, world.event)
    world.event.event_sub_topic_id = None
    world.session.commit()
    event, linked, _came = load(browser, world)
    assert (linked["event-type"]["id"], linked["event-sub-topic"]) == (str(kinds["event-type"].id), None)
    url = f"/v1/events/{world.event.identifier}"
    saved = browser.save("event", url, event, state="published")["data"]
    assert saved["attributes"] == event["attributes"] | {"state": "published"}
    again, still_linked, _came = load(browser, world)
    assert (again["attributes"], still_linked) == (saved["attributes"], linked)


def test_what_is_fetched_beside_it(browser: Browser, world: World):
    make_parts(world.session, world.event)
    make_track(world.session, world.event)
    make_microlocation(world.session, world.event)
    world.session.commit()
    event, *_ = load(browser, world)
    counts = {name: related(browser, event, name, **EVERYTHING) for name in LISTS}
    counts["sponsors"] = related(browser, event, "sponsors", **ONE_PAGE)
    for name, page in counts.items():
        assert page["meta"]["count"] == len(page["data"]) == (2 if name == "tickets" else 1), name
        assert {row["type"] for row in page["data"]} == {name.removesuffix("s")}
    found = {name: related(browser, event, name, **EVERYTHING)["data"] for name in OBJECTS}
    types = {name: row["type"] for name, row in found.items()}
    assert types == {
        "speakers-call": "speakers-call",
        "general-statistics": "event-statistics-general",
        "order-statistics": "order-statistics-event",
    }
    assert found["general-statistics"]["attributes"]["sponsors"] == 1
    assert found["order-statistics"]["attributes"]["tickets"]["total"] == 2


def test_what_is_fetched_beside_an_event_without_it(browser: Browser, world: World):
    event, *_ = load(browser, world)
    for name in ("session-types", "tracks", "microlocations", "social-links", "role-invites"):
        page = related(browser, event, name, **EVERYTHING)
        assert (page["data"], page["meta"]["count"]) == ([], 0)
    assert related(browser, event, "sponsors", **ONE_PAGE)["data"] == []
    assert related(browser, event, "speakers-call", **EVERYTHING)["data"] is None


def test_who_is_invited_and_who_has_which_role(browser: Browser, world: World):
    invite = make_invite(world.session, world.event)
    world.session.commit()
    event, *_ = load(browser, world)
    page = related(browser, event, "role-invites", include="role")
    [row] = page["data"]
    assert (row["type"], row["id"], page["meta"]["count"]) == ("role-invite", str(invite.id), 1)
    assert row["attributes"].keys() >= {"email", "role-name", "status"}
    [role] = page["included"]
    assert row["relationships"]["role"]["data"] == {"type": "role", "id": role["id"]}
    assert (role["type"], role["attributes"]["name"]) == ("role", "moderator")
    team = related(browser, event, "roles", include="user,role")
    came = {(part["type"], part["id"]) for part in team["included"]}
    for granted in team["data"]:
        for name in ("user", "role"):
            data = granted["relationships"][name]["data"]
            assert (data["type"], data["id"]) in came
    assert team["meta"]["count"] == len(team["data"]) == 6
