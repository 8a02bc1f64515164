"""What clients include: people, numbers, accounts, and what this server does not have yet; and what it costs."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.models import Event, Order, TicketHolder, User
from app.models.orders import COMPLETED
from app.schemas.events import EventSchema
from app.schemas.relationships import Later
from tests.factories import ROLES, World, grant, make_attendee, make_event, make_order, make_ticket, make_user
from tests.http import Api, error_codes, resource
from tests.programme import make_kinds, make_session

PEOPLE = ("owner", "organizers", "coorganizers", "track-organizers", "registrars", "moderators")
LATER = ("tax", "stripe-authorization")
ELSEWHERE = ("event-topic", "event-sub-topic", "event-type", "event-copyright")
"""Names of the web app's include that the event has with its other parts."""

EVENT_DETAIL = ",".join((*ELSEWHERE, *PEOPLE, *LATER))
MY_EVENTS = "general-statistics,roles.role,roles.user,tickets"


def linked(data: dict[str, Any], name: str) -> Any:
    return data["relationships"][name]["data"]


def ids(rows: list[Any]) -> list[str]:
    return [row["id"] for row in rows]


# People.


def test_the_event_detail_of_the_web_app(api: Api, world: World):
    response = api.get(f"/v1/events/{world.event.identifier}", world.organizer, include=EVENT_DETAIL)
    assert response.status_code == 200, response.json
    data = response.json["data"]
    assert linked(data, "owner") == {"type": "user", "id": str(world.owner.id)}
    for name in PEOPLE[1:]:
        role = name.removesuffix("s").replace("-", "_")
        assert linked(data, name) == [{"type": "user", "id": str(world.people[role].id)}]
    assert [linked(data, name) for name in LATER] == [None, None]
    assert {row["type"] for row in response.json["included"]} == {"user"}
    for shown in response.json["included"]:
        assert shown["attributes"]["first-name"] in ROLES
        assert shown["attributes"]["email"]


@pytest.mark.parametrize("name", PEOPLE)
def test_related_people(api: Api, world: World, name: str):
    included = api.get(f"/v1/events/{world.event.id}", world.coorganizer, include=name).json
    for parent in (world.event.id, world.event.identifier):
        related = api.get(f"/v1/events/{parent}/{name}", world.coorganizer)
        assert related.status_code == 200
        data = related.json["data"]
        assert (data if isinstance(data, list) else [data]) == included["included"]
        assert related.json.get("meta") == ({"count": 1} if isinstance(data, list) else None)


@pytest.mark.parametrize("person", [None, "stranger", "buyer", "elsewhere"])
def test_who_has_no_part_in_the_event_gets_no_names(api: Api, world: World, person: str | None):
    other = make_event(world.session)
    world.people["elsewhere"] = make_user(world.session)
    grant(world.session, world.people["elsewhere"], other, "owner")
    who = world.people[person] if person else None
    document = api.get(f"/v1/events/{world.event.id}", who, include=EVENT_DETAIL).json
    assert document["included"] == []
    assert [linked(document["data"], name) for name in PEOPLE] == [None, [], [], [], [], []]
    if who is not None:
        assert api.get(f"/v1/events/{world.event.id}/owner", who).json["data"] is None
        assert api.get(f"/v1/events/{world.event.id}/organizers", who).json["meta"] == {"count": 0}


def test_of_two_owners_the_first_is_shown_everywhere(api: Api, world: World):
    grant(world.session, world.stranger, world.event, "owner")
    first = str(world.owner.id)
    url = f"/v1/events/{world.event.id}"
    assert linked(api.get(url, world.organizer, include="owner").json["data"], "owner")["id"] == first
    assert api.get(f"{url}/owner", world.organizer).json["data"]["id"] == first
    assert api.get(f"{url}/relationships/owner", world.organizer).json["data"]["id"] == first


def test_a_deleted_account_is_nobody(api: Api, world: World):
    world.coorganizer.deleted_at = world.event.starts_at
    document = api.get(f"/v1/events/{world.event.id}", world.organizer, include="coorganizers").json
    assert linked(document["data"], "coorganizers") == []


def test_people_that_are_sent_back_change_nothing(api: Api, world: World):
    """The web app sends the whole event, with everybody who is in it."""
    document = resource("event", {"name": "Renamed"}, id_=world.event.id, organizers=[world.stranger], owner=None)
    document["data"]["relationships"]["tax"] = {"data": {"type": "tax", "id": "7"}}
    response = api.patch(f"/v1/events/{world.event.identifier}?include=owner,organizers", document, world.organizer)
    assert response.status_code == 200, response.json
    assert response.json["data"]["attributes"]["identifier"] == world.event.identifier
    assert linked(response.json["data"], "owner")["id"] == str(world.owner.id)
    assert ids(linked(response.json["data"], "organizers")) == [str(world.organizer.id)]


def test_sorting_over_people_is_refused(api: Api, world: World):
    """An event with two owners would be there twice."""
    response = api.get("/v1/events", world.organizer, sort="owner.first-name")
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])


# Accounts.


def test_the_account_of_an_attendee(api: Api, world: World):
    """By the address, without regard to case, and only as far as the caller may see the account."""
    world.attendee.email = world.buyer.email.upper()
    url = f"/v1/attendees/{world.attendee.id}"
    for person, seen in (("organizer", True), ("buyer", True), ("staff", True), ("registrar", False)):
        document = api.get(url, world.people[person], include="user").json
        expected = {"type": "user", "id": str(world.buyer.id)} if seen else None
        assert linked(document["data"], "user") == expected, person
        assert len(document["included"]) == seen
        related = api.get(f"{url}/user", world.people[person])
        assert related.status_code == 200
        assert (related.json["data"] or {}).get("id") == (str(world.buyer.id) if seen else None)


def test_a_guest_without_an_account(api: Api, world: World):
    for email in (None, "nobody@example.org"):
        world.attendee.email = email
        document = api.get(f"/v1/attendees/{world.attendee.id}", world.staff, include="user").json
        assert linked(document["data"], "user") is None
        assert api.get(f"/v1/attendees/{world.attendee.id}/user", world.staff).json["data"] is None


def test_the_address_of_a_deleted_account_is_nobodys(api: Api, world: World):
    gone = make_user(world.session, deleted_at=world.event.starts_at)
    world.attendee.email = gone.email
    heir = make_user(world.session, email=gone.email)
    document = api.get(f"/v1/attendees/{world.attendee.id}", world.staff, include="user").json
    assert linked(document["data"], "user")["id"] == str(heir.id)


def test_the_events_of_an_account_by_role(api: Api, world: World):
    drafted = make_event(world.session, state="draft")
    for role in ("owner", "registrar"):
        grant(world.session, world.organizer, drafted, role)
    url = f"/v1/users/{world.organizer.id}"
    found = {
        name: ids(api.get(f"{url}/{name}", world.organizer).json["data"])
        for name in ("events", "organizer-events", "owner-events", "registrar-events", "moderator-events")
    }
    here, there = str(world.event.id), str(drafted.id)
    assert found == {
        "events": [here, there],  # each once, whatever his roles
        "organizer-events": [here],
        "owner-events": [there],
        "registrar-events": [there],
        "moderator-events": [],
    }
    document = api.get(url, world.organizer, include=",".join(found)).json
    assert {name: ids(linked(document["data"], name)) for name in found} == found
    shown = document["data"]["relationships"]["events"]["links"]["related"]
    assert api.get(shown, world.organizer, include=MY_EVENTS).json["meta"] == {"count": 2}


def test_orders_of_an_account_are_those_bought_and_those_attended(api: Api, world: World):
    """Each once, and for himself only what he may read: an address is no proof that he was meant."""
    world.attendee.email = world.buyer.email
    attended = make_order(world.session, world.free)
    attended.attendees[0].email = world.buyer.email.upper()
    make_order(world.session, world.free)
    url = f"/v1/users/{world.buyer.id}"
    for person, orders in ((world.staff, [world.order, attended]), (world.buyer, [world.order])):
        expected = [str(order.id) for order in orders]
        listed = api.get(f"{url}/orders", person).json
        assert (ids(listed["data"]), listed["meta"]["count"]) == (expected, len(expected))
        assert ids(linked(api.get(url, person, include="orders").json["data"], "orders")) == expected


def test_attendees_of_an_account(api: Api, world: World):
    world.attendee.email = world.buyer.email.upper()
    other = make_attendee(world.session, world.free, email=world.buyer.email)
    url = f"/v1/users/{world.buyer.id}"
    for person, guests in ((world.staff, [world.attendee, other]), (world.buyer, [world.attendee])):
        expected = [str(guest.id) for guest in guests]
        assert ids(api.get(f"{url}/attendees", person).json["data"]) == expected
        assert ids(linked(api.get(url, person, include="attendees").json["data"], "attendees")) == expected


# What comes later.


@pytest.mark.parametrize("spelling", ["discount_code_id", "discount-code-id"])
def test_the_discount_filter_finds_nothing(api: Api, world: World, spelling: str):
    """`clients.md` §7 and §8: the filters «with discount» of orders and attendees."""
    discounted = {"name": spelling, "op": "isnot", "val": None}
    lists = {
        f"/v1/events/{world.event.id}/orders": discounted,
        f"/v1/events/{world.event.id}/attendees": {"name": "order", "op": "has", "val": discounted},
    }
    for url, asked in lists.items():
        every = api.get(url, world.organizer).json["meta"]["count"]
        assert every
        for nodes, count in (([asked], 0), ([{"not": asked}], every), ([{"or": [asked]}, {"or": []}], 0)):
            response = api.get(url, world.organizer, filter=json.dumps(nodes))
            assert response.status_code == 200, response.json
            assert response.json["meta"]["count"] == count
    order = api.get(f"/v1/orders/{world.order.identifier}", world.organizer).json["data"]
    assert order["attributes"]["discount-code-id"] is None


@pytest.mark.parametrize(
    ("operator", "inner", "found"),
    [
        ("has", {"name": "code", "op": "eq", "val": "X"}, False),
        ("isnot", None, False),
        ("ne", None, False),
        ("is_", None, True),
        ("eq", None, True),
    ],
)
def test_a_filter_over_what_comes_later(api: Api, world: World, operator: str, inner: Any, found: bool):
    asked = [{"name": "discount-code", "op": operator, "val": inner}]
    response = api.get(f"/v1/events/{world.event.id}/orders", world.organizer, filter=json.dumps(asked))
    assert response.json["meta"]["count"] == found


def test_what_comes_later_may_be_included(api: Api, world: World, count_queries: Callable[[], Any]):
    """It costs nothing."""
    names = [name for name, declared in EventSchema._declared_fields.items() if isinstance(declared, Later)]
    url = f"/v1/events/{world.event.id}"
    costs = []
    for include in ("tickets", ",".join(["tickets.discount-codes", *names])):
        api.get(url, world.organizer, include=include)
        with count_queries() as statements:
            document = api.get(url, world.organizer, include=include).json
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert {row["type"] for row in document["included"]} == {"ticket"}
    assert [linked(document["data"], name.replace("_", "-")) for name in names] == [
        None,
        None,
        [],
        [],
        None,
        None,
        *5 * [[]],
    ]
    assert linked(document["included"][0], "discount-codes") == []
    nested = api.get(url, world.organizer, include="tax.event")
    assert (nested.status_code, error_codes(nested)) == (400, ["bad-request"])
    assert api.get("/v1/events", sort="tax.rate").status_code == 400


def test_what_the_web_apps_menus_ask_for(api: Api, world: World):
    """Every page asks an account for these; a failure breaks the page."""
    names = ("groups", "followed-groups", "notifications", "favourite-events", "favourite-sessions")
    url = f"/v1/users/{world.stranger.id}"
    document = api.get(url, world.stranger, include=",".join(names)).json
    for name in names:
        assert linked(document["data"], name) == []
        listed = api.get(f"{url}/{name}", world.stranger, page_size="0", sort="-received-at").json
        assert (listed["data"], listed["meta"]) == ([], {"count": 0})
    assert api.get("/v1/groups").json["data"] == []


def test_a_linkage_of_what_comes_later(api: Api, world: World):
    url = f"/v1/events/{world.event.id}/relationships"
    assert api.get(f"{url}/tax").json["data"] is None
    assert api.get(f"{url}/discount-codes").json["data"] == []


# What it costs.


def more_guests(world: World, number: int) -> None:
    """Guests with an account, who bought their ticket themselves."""
    for _ in range(number):
        buyer: User = make_user(world.session)
        order: Order = make_order(world.session, world.paid, user_id=buyer.id, status=COMPLETED)
        order.attendees[0].email = buyer.email
        world.session.flush()


def more_events(world: World, number: int) -> None:
    """Events of the organizer, each with people, sales and a programme."""
    for _ in range(number):
        event: Event = make_event(world.session)
        for name in ROLES:
            grant(world.session, world.organizer if name == "organizer" else make_user(world.session), event, name)
        make_order(world.session, make_ticket(world.session, event))
        make_session(world.session, event)


@pytest.mark.parametrize(
    ("url", "query", "more", "types"),
    [
        (
            "/v1/events/{event}/attendees",
            {"include": "ticket,order.user", "sort": "-order.completed_at"},
            more_guests,
            {"ticket", "order", "user"},
        ),
        (
            "/v1/events/{event}/attendees",
            {"include": "user,ticket", "sort": "-order.completed_at", "filter": '[{"or":[]}]'},
            more_guests,
            {"ticket", "user"},
        ),
        (
            "/v1/users/{organizer}/events",
            {"include": MY_EVENTS, "sort": "starts-at"},
            more_events,
            {"event-statistics-general", "users-events-roles", "role", "user", "ticket"},
        ),
        (
            "/v1/users/{organizer}/events",
            {"include": f"{EVENT_DETAIL},order-statistics,tickets.order-statistics"},
            more_events,
            {"user", "order-statistics-event", "ticket", "order-statistics-ticket"},
        ),
    ],
)
def test_a_page_of_50_costs_the_statements_of_a_page_of_5(
    api: Api,
    world: World,
    count_queries: Callable[[], Any],
    url: str,
    query: dict[str, str],
    more: Callable[[World, int], None],
    types: set[str],
):
    url = url.format(event=world.event.id, organizer=world.organizer.id)
    more(world, 55)
    costs = []
    for size in (5, 50):
        api.get(url, world.organizer, page_size=str(size), **query)
        with count_queries() as statements:
            response = api.get(url, world.organizer, page_size=str(size), **query)
        assert len(response.json["data"]) == size
        assert {row["type"] for row in response.json["included"]} == types
        costs.append(len(statements))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("size", ["5", "50"])
def test_each_step_of_a_path_costs_one_statement(api: Api, world: World, count_queries: Callable[[], Any], size: str):
    """Down to a depth of three, whatever there is on the way."""
    more_guests(world, 55)
    url, costs = f"/v1/events/{world.event.id}/attendees", []
    for include in ({}, *({"include": path} for path in ("order", "order.attendees", "order.attendees.ticket"))):
        api.get(url, world.organizer, page_size=size, **include)
        with count_queries() as statements:
            response = api.get(url, world.organizer, page_size=size, **include)
        costs.append(len(statements))
    assert [cost - costs[0] for cost in costs] == [0, 1, 2, 3]
    assert {row["type"] for row in response.json["included"]} >= {"order", "ticket"}


def test_the_event_detail_costs_a_statement_for_each_kind_of_people(
    api: Api, world: World, count_queries: Callable[[], Any]
):
    """However many they are; and nothing for what comes later."""
    costs = []
    kinds = make_kinds(world.session, world.event)
    for number in (0, 20):
        for role in ROLES[1:]:
            for _ in range(number):
                grant(world.session, make_user(world.session), world.event, role)
        api.get(f"/v1/events/{world.event.identifier}", world.organizer)
        for include in ({}, {"include": EVENT_DETAIL}):
            with count_queries() as statements:
                response = api.get(f"/v1/events/{world.event.identifier}", world.organizer, **include)
            costs.append(len(statements))
        assert len(response.json["included"]) == len(PEOPLE) + len(kinds) + 5 * number
    bare, full, bare_again, full_again = costs
    assert (bare_again, full_again) == (bare, full)
    assert full - bare == len(PEOPLE) + len(ELSEWHERE)


def test_guests_of_an_event_are_not_mixed(api: Api, world: World):
    """Two guests with one address are two guests with one account."""
    first, second = world.order.attendees
    first.email = second.email = world.buyer.email
    document = api.get(f"/v1/events/{world.event.id}/attendees", world.organizer, include="user").json
    assert [linked(row, "user")["id"] for row in document["data"]] == [str(world.buyer.id)] * 2
    assert len(document["included"]) == 1
    assert world.session.query(TicketHolder).count() == 2
