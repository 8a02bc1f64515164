"""The web app's pages for organizers, as they ask: my events, an event's page, the wizard, orders, programme."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant, utcnow
from app.models import Event, Microlocation, Session, Track
from tests.browser import JSONAPI, Browser
from tests.factories import PASSWORD, World, grant, make_event, make_order
from tests.programme import make_feedback, make_microlocation, make_parts, make_session, make_speaker, make_track

MY_EVENTS_INCLUDED = "general-statistics,roles.role,roles.user,tickets"
SESSIONS_INCLUDED = "speakers,feedbacks,session-type,track"
EVERYTHING = {"page[size]": "0"}


def is_(name: str, op: str, val: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "val": val}


@pytest.fixture
def browser(app: Any, world: World) -> Browser:
    world.session.commit()
    return Browser(app.test_client(), world.organizer)


@pytest.fixture
def event(browser: Browser, world: World) -> Any:
    """The event as its page has loaded it: by the identifier, which is the app's key of events."""
    return browser.get(f"/v1/events/{world.event.identifier}")["data"]


def related(browser: Browser, row: Any, name: str, **query: Any) -> Any:
    """What the app fetches for a relationship: exactly its link, with a query."""
    return browser.get(row["relationships"][name]["links"]["related"], **query)


# --- the session -----------------------------------------------------------------------------------------------------


def claims(token: str) -> Any:
    """The payload as a page reads it."""
    encoded = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def test_logging_in_and_refreshing(app: Any, world: World):
    world.session.commit()
    client = app.test_client()
    body = {
        "username": world.organizer.email,
        "password": PASSWORD,
        "remember-me": True,
        "include-in-response": True,
    }
    both = {"Accept": "application/json", "Content-Type": "application/json"}
    wrong = client.post("/auth/session", json=body | {"password": "no"}, headers=both)
    assert (wrong.status_code, wrong.json) == (401, {"error": "Invalid Credentials"})
    session = client.post("/auth/session", json=body, headers=both).json
    known = claims(session["access_token"])
    headers = both | {"Authorization": f"JWT {session['refresh_token']}", "X-CSRF-Token": known["csrf"]}
    refresh = {"refresh_token": session["refresh_token"]}
    renewed = client.post("/v1/auth/token/refresh", json=refresh, headers=headers)
    assert renewed.status_code == 200
    again = claims(renewed.json["access_token"])
    assert (again["identity"], again["exp"] >= known["exp"]) == (world.organizer.id, True)
    headers = {"Authorization": f"JWT {renewed.json['access_token']}", "Accept": JSONAPI, "Content-Type": JSONAPI}
    me = client.get(f"/v1/users/{again['identity']}", headers=headers)
    assert me.json["data"]["attributes"]["email"] == world.organizer.email


# --- my events --------------------------------------------------------------------------------------------------------


class MyEvents:
    """The page, for an organizer of an event that runs, one that comes, one that is over, and a draft."""

    def __init__(self, browser: Browser, world: World):
        self.browser = browser
        self.user = world.organizer
        now = utcnow()
        days = {"Coming": (1, 2), "Over": (-5, -3), "Draft": (1, 2)}
        for name, (first, last) in days.items():
            state = "draft" if name == "Draft" else "published"
            facts = {"starts_at": now + timedelta(days=first), "ends_at": now + timedelta(days=last), "state": state}
            grant(world.session, world.organizer, make_event(world.session, name=name, **facts), "organizer")
        world.event.name = "Running"
        make_event(world.session, name="Somebody else's")
        world.session.commit()

    def names(self, *conditions: Any) -> list[str]:
        """What a tab lists."""
        me = self.browser.get(f"/v1/users/{self.user.id}")["data"]
        query = {"include": MY_EVENTS_INCLUDED, "page[size]": "10", "page[number]": "1", "sort": "starts-at"}
        url = f"/v1/users/{me['id']}/events"
        page = self.browser.get(url, **query, filter=list(conditions))
        included = {(part["type"], part["id"]): part for part in page["included"]}
        for row in page["data"]:
            assert row["attributes"].keys() >= {"identifier", "starts-at", "ends-at", "timezone", "state", "logo-url"}
            numbers = row["relationships"]["general-statistics"]["data"]
            assert included[numbers["type"], numbers["id"]]["attributes"]["speakers"].keys() >= {"accepted", "total"}
            for role in row["relationships"]["roles"]["data"]:
                shown = included["users-events-roles", role["id"]]["relationships"]
                assert all((name, shown[name]["data"]["id"]) in included for name in ("role", "user"))
        assert page["meta"]["count"] == len(page["data"])
        return [row["attributes"]["name"] for row in page["data"]]


@pytest.fixture
def mine(browser: Browser, world: World) -> MyEvents:
    return MyEvents(browser, world)


def live(starts: str, ends: str) -> list[Any]:
    now = format_instant(utcnow()).replace("+00:00", "Z")
    running = {"and": [is_(starts, "le", now), is_(ends, "gt", now)]}
    return [is_("state", "eq", "published"), {"or": [is_(starts, "ge", now), running]}]


@pytest.mark.parametrize("names", [("starts-at", "ends-at"), ("starts_at", "ends_at")])
def test_my_live_events(mine: MyEvents, names: tuple[str, str]):
    assert mine.names(*live(*names)) == ["Running", "Coming"]


@pytest.mark.parametrize("name", ["ends-at", "ends_at"])
def test_my_past_events(mine: MyEvents, name: str):
    now = format_instant(utcnow()).replace("+00:00", "Z")
    assert mine.names(is_(name, "lt", now), is_("state", "eq", "published")) == ["Over"]


def test_my_drafts(mine: MyEvents):
    assert mine.names(is_("state", "eq", "draft")) == ["Draft"]


def test_my_events_are_searched_within_a_tab(mine: MyEvents):
    assert mine.names(*live("starts-at", "ends-at"), is_("name", "ilike", "%RUN%")) == ["Running"]
    assert mine.names(is_("state", "eq", "draft"), is_("name", "ilike", "%run%")) == []


def test_my_events_show_their_sales(mine: MyEvents, world: World):
    """For each event and each of its tickets the page asks for a statement of its own."""
    counts = mine.browser.get(f"/v1/events/{world.event.id}/order-statistics")["data"]
    assert counts["type"] == "order-statistics-event"
    assert counts["attributes"]["tickets"]["completed"] == 2
    tickets = mine.browser.get(f"/v1/events/{world.event.id}/tickets")["data"]
    assert len(tickets) == 2
    for ticket in tickets:
        own = mine.browser.get(f"/v1/tickets/{ticket['id']}/order-statistics")["data"]
        assert own["type"] == "order-statistics-ticket"
        sold = 2 if ticket["id"] == str(world.paid.id) else 0
        assert own["attributes"]["tickets"]["completed"] == sold


# --- an event's page --------------------------------------------------------------------------------------------------


def test_what_belongs_to_an_event_is_fetched_by_its_links(browser: Browser, world: World, event: Any):
    make_track(world.session, world.event)
    make_microlocation(world.session, world.event)
    world.session.commit()
    for name, count in {"tracks": 1, "microlocations": 1, "tickets": 2}.items():
        page = related(browser, event, name, **EVERYTHING)
        assert page["meta"]["count"] == len(page["data"]) == count
    team = related(browser, event, "roles", include="user,role")
    people = {part["id"] for part in team["included"] if part["type"] == "user"}
    assert str(world.registrar.id) in people
    names = {part["attributes"]["name"] for part in team["included"] if part["type"] == "role"}
    assert names >= {"owner", "organizer", "registrar"}


def test_all_of_many_is_one_page_of_size_zero(browser: Browser, world: World, event: Any):
    for number in range(45):
        make_track(world.session, world.event, name=f"Track {number}")
    world.session.commit()
    page = related(browser, event, "tracks", **EVERYTHING)
    assert len(page["data"]) == 45


def test_an_event_is_unpublished_and_published_by_sending_it_whole(browser: Browser, world: World, event: Any):
    url = f"/v1/events/{world.event.identifier}"
    people = {
        name: {"data": [{"type": "user", "id": str(world.people[name].id)}]} for name in ("organizer", "coorganizer")
    }
    owner = {"owner": {"data": {"type": "user", "id": str(world.owner.id)}}}
    whole = event | {"relationships": {f"{name}s": part for name, part in people.items()} | owner}
    for state in ("draft", "published"):
        saved = browser.save("event", url, whole, state=state)["data"]["attributes"]
        assert (saved["state"], saved["identifier"]) == (state, world.event.identifier)
    assert event["attributes"] == browser.get(url)["data"]["attributes"], "nothing else has changed"


# --- the wizard -------------------------------------------------------------------------------------------------------


def ticket_as_the_wizard_sends_it(kind: str, **changes: Any) -> dict[str, Any]:
    now = utcnow()
    return {
        "name": f"{kind} seat",
        "type": kind,
        "price": 10 if kind.startswith("paid") else 0,
        "quantity": 50,
        "description": None,
        "is-description-visible": True,
        "is-hidden": False,
        "sales-starts-at": format_instant(now).replace("+00:00", "Z"),
        "sales-ends-at": format_instant(now + timedelta(days=2)).replace("+00:00", "Z"),
        "min-order": 1,
        "max-order": 10,
        "min-price": 1,
        "max-price": None,
        "is-fee-absorbed": True,
        "position": 3,
        "form-id": "",
        "badge-id": "",
    } | changes


@pytest.mark.parametrize(
    "kind", ["free", "paid", "donation", "freeRegistration", "paidRegistration", "donationRegistration"]
)
def test_a_ticket_of_the_wizard(browser: Browser, world: World, kind: str):
    body = ticket_as_the_wizard_sends_it(kind)
    made = browser.create("ticket", "/v1/tickets", body, event=str(world.event.id))
    assert made["attributes"]["type"] == kind
    assert made["attributes"]["price"] == body["price"]
    url = f"/v1/tickets/{made['id']}"
    saved = browser.save("ticket", url, made, **{"quantity": 60, "is-hidden": True, "description": "In the rows"})
    before, after = made["attributes"], saved["data"]["attributes"]
    assert after == before | {"quantity": 60, "is-hidden": True, "description": "In the rows"}
    listed = browser.get(f"/v1/events/{world.event.id}/tickets", **EVERYTHING)["data"]
    assert made["id"] in {row["id"] for row in listed}
    browser.destroy(url)
    listed = browser.get(f"/v1/events/{world.event.id}/tickets", **EVERYTHING)["data"]
    assert made["id"] not in {row["id"] for row in listed}


def test_the_event_itself_begins_with_the_wizard(browser: Browser, world: World):
    now = utcnow()
    attributes = {
        "name": "Made by the wizard",
        "timezone": "Asia/Kolkata",
        "starts-at": format_instant(now + timedelta(days=30)).replace("+00:00", "Z"),
        "ends-at": format_instant(now + timedelta(days=31)).replace("+00:00", "Z"),
        "state": "draft",
        "privacy": "public",
        "payment-currency": "INR",
        "description": "",
        "logo-url": None,
        "identifier": None,
        "created-at": None,
        "deleted-at": None,
        "location-name": "",
        "latitude": None,
        "online": False,
        "can-pay-onsite": True,
        "is-sessions-speakers-enabled": False,
        "document-links": None,
    }
    made = browser.create("event", "/v1/events", attributes)
    assert made["attributes"]["identifier"]
    again = browser.get(f"/v1/events/{made['attributes']['identifier']}")["data"]
    assert (again["id"], again["attributes"]["timezone"]) == (made["id"], "Asia/Kolkata")


# --- orders -----------------------------------------------------------------------------------------------------------


class Orders:
    """The list of an event's orders; one of them was made yesterday, by nobody with an account."""

    def __init__(self, browser: Browser, world: World):
        self.browser = browser
        self.url = f"/v1/events/{world.event.id}/orders"
        self.his = str(world.order.id)
        order = make_order(world.session, world.free, seats=3, created_at=utcnow() - timedelta(days=1))
        world.session.commit()
        self.other = str(order.id)

    def ids(self, *conditions: Any, sort: str = "-created-at") -> list[str]:
        """What a view of it lists."""
        query = {"include": "tickets,user,attendees", "page[size]": "10", "page[number]": "1", "sort": sort}
        page = self.browser.get(self.url, **query, filter=list(conditions))
        assert page["meta"]["count"] == len(page["data"])
        return [row["id"] for row in page["data"]]


@pytest.fixture
def orders(browser: Browser, world: World) -> Orders:
    return Orders(browser, world)


def test_the_list_of_orders(orders: Orders):
    query = {"include": "tickets,user,attendees", "filter": [], "page[size]": "10", "page[number]": "1"}
    page = orders.browser.get(orders.url, **query, sort="-created-at")
    included = {(part["type"], part["id"]): part["attributes"] for part in page["included"]}
    assert {row["id"] for row in page["data"]} == {orders.his, orders.other}
    for row in page["data"]:
        shown = row["attributes"]
        assert shown.keys() >= {"identifier", "status", "paid-via", "completed-at", "created-at", "amount"}
        assert isinstance(shown["amount"], int | float)
        guests = row["relationships"]["attendees"]["data"]
        assert len(guests) == (2 if row["id"] == orders.his else 3)
        assert {("attendee", guest["id"]) for guest in guests} <= included.keys()
        buyer = row["relationships"]["user"]["data"]
        assert (buyer is None) == (row["id"] == orders.other)
        url = f"/v1/orders/{shown['identifier']}"
        assert len(orders.browser.get(f"{url}/attendees")["data"]) == len(guests)
        bought_by = orders.browser.get(f"{url}/user")["data"]
        assert (bought_by and bought_by["id"]) == (buyer and buyer["id"])


def test_the_filters_of_the_list_of_orders(orders: Orders, world: World):
    yesterday = format_instant(utcnow() - timedelta(hours=12)).replace("+00:00", "Z")
    assert orders.ids() == [orders.his, orders.other]
    assert orders.ids(is_("status", "eq", "completed")) == [orders.his, orders.other]
    assert orders.ids(is_("status", "eq", "placed")) == []
    assert orders.ids(is_("created-at", "ge", yesterday)) == [orders.his]
    assert orders.ids(is_("created_at", "le", yesterday)) == [orders.other]
    assert orders.ids(is_("user", "has", is_("email", "ilike", f"%{world.buyer.email[:8].upper()}%"))) == [orders.his]
    assert orders.ids(is_("user", "has", is_("email", "ilike", "%nobody%"))) == []


def test_the_tab_of_orders_with_a_discount(orders: Orders, world: World):
    """There are no discount codes yet: it is empty, and no order names one."""
    assert orders.ids(is_("discount_code_id", "isnot", None)) == []
    listed = orders.browser.get(orders.url)["data"]
    assert [related(orders.browser, order, "discount-code")["data"] for order in listed] == [None, None]
    assert orders.browser.get(f"/v1/orders/{world.order.identifier}/discount-code")["data"] is None


@pytest.mark.parametrize("sort", ["created-at", "created_at"])
def test_the_columns_of_the_list_of_orders(orders: Orders, sort: str):
    assert orders.ids(sort=sort) == [orders.other, orders.his]
    assert orders.ids(sort=f"-{sort}") == [orders.his, orders.other]
    assert sorted(orders.ids(sort="completed-at")) == sorted([orders.other, orders.his])


# --- the programme ----------------------------------------------------------------------------------------------------


def test_tracks(browser: Browser, world: World):
    body = {"name": "Science", "color": "#0f4c81", "description": None, "font-color": None, "position": 0}
    made = browser.create("track", "/v1/tracks", body, event=str(world.event.id))
    assert made["attributes"]["font-color"] == "#ffffff"
    url = f"/v1/tracks/{made['id']}"
    saved = browser.save("track", url, made, **{"name": "Arts", "font-color": None})["data"]["attributes"]
    assert (saved["name"], saved["color"], saved["font-color"]) == ("Arts", "#0f4c81", "#ffffff")
    browser.destroy(url)
    assert world.session.get(Track, int(made["id"])).deleted_at is not None


def test_microlocations(browser: Browser, world: World):
    body = {
        "name": "Attic",
        "floor": 3,
        "latitude": None,
        "longitude": None,
        "position": 0,
        "hidden-in-scheduler": False,
        "is-chat-enabled": False,
        "is-global-event-room": False,
    }
    made = browser.create("microlocation", "/v1/microlocations", body, event=str(world.event.id))
    assert made["attributes"].items() >= body.items()
    url = f"/v1/microlocations/{made['id']}"
    saved = browser.save("microlocation", url, made, **{"floor": None, "hidden-in-scheduler": True})["data"]
    assert saved["attributes"].items() >= (body | {"floor": None, "hidden-in-scheduler": True}).items()
    browser.destroy(url)
    assert world.session.get(Microlocation, int(made["id"])).deleted_at is not None


SESSION = {
    "title": "Opening",
    "subtitle": None,
    "starts-at": None,
    "ends-at": None,
    "short-abstract": None,
    "long-abstract": None,
    "language": None,
    "level": None,
    "comments": None,
    "state": "draft",
    "slides": None,
    "slides-url": None,
    "video-url": None,
    "audio-url": None,
    "signup-url": None,
    "send-email": None,
    "is-mail-sent": None,
    "is-locked": None,
    "created-at": None,
    "deleted-at": None,
    "submitted-at": None,
    "last-modified-at": None,
    "average-rating": None,
    "rating-count": None,
    "favourite-count": None,
    "website": None,
    "facebook": None,
    "github": None,
    "twitter": None,
    "complex-field-values": None,
    "can-edit-session": None,
}


def test_sessions(browser: Browser, world: World):
    """Every attribute that the app knows of is sent, most of them null, and some that are nobody else's."""
    track = make_track(world.session, world.event)
    world.session.commit()
    linked = {"event": str(world.event.id), "track": str(track.id)}
    made = browser.create("session", "/v1/sessions", SESSION, **linked)
    assert (made["attributes"]["title"], made["attributes"]["state"]) == ("Opening", "draft")
    url = f"/v1/sessions/{made['id']}"
    loaded = browser.get(url, include="track,event")["data"]
    saved = browser.save("session", url, loaded, state="accepted", level=2)["data"]["attributes"]
    assert (saved["state"], saved["level"]) == ("accepted", 2)
    assert browser.get(f"{url}/track")["data"]["id"] == str(track.id)
    browser.destroy(url)
    assert world.session.get(Session, int(made["id"])).deleted_at is not None


def test_the_list_of_sessions(browser: Browser, world: World):
    now = utcnow()
    for hours in range(12):
        make_session(world.session, world.event, title=f"No. {hours}", submitted_at=now - timedelta(hours=hours))
    world.session.commit()
    url = f"/v1/events/{world.event.id}/sessions"
    query = {"include": SESSIONS_INCLUDED, "filter": [], "page[size]": "10", "sort": "-submitted-at"}
    pages = [browser.get(url, **query, **{"page[number]": number}) for number in ("1", "2")]
    assert [page["meta"]["count"] for page in pages] == [12, 12]
    titles = [row["attributes"]["title"] for page in pages for row in page["data"]]
    assert titles == [f"No. {hours}" for hours in range(12)]


def test_what_the_list_of_sessions_shows(browser: Browser, world: World):
    track, type_ = make_track(world.session, world.event), make_parts(world.session, world.event)["session-type"]
    talk = make_session(world.session, world.event, state="pending", track_id=track.id, session_type_id=type_.id)
    speaker = make_speaker(world.session, world.event, talk)
    given = make_feedback(world.session, world.organizer, talk, rating=3)
    bare = make_session(world.session, world.event, title="Without any of that")
    world.session.commit()
    query = {"include": SESSIONS_INCLUDED, "filter": [], "page[size]": "10", "page[number]": "1"}
    page = browser.get(f"/v1/events/{world.event.id}/sessions", **query, sort="-submitted-at")
    rows = {row["id"]: row["relationships"] for row in page["data"]}
    assert {name: part["data"] for name, part in rows[str(talk.id)].items() if "data" in part} == {
        "track": {"type": "track", "id": str(track.id)},
        "session-type": {"type": "session-type", "id": str(type_.id)},
        "speakers": [{"type": "speaker", "id": str(speaker.id)}],
        "feedbacks": [{"type": "feedback", "id": str(given.id)}],
    }
    assert {name: part["data"] for name, part in rows[str(bare.id)].items() if "data" in part} == {
        "track": None, "session-type": None, "speakers": [], "feedbacks": [],
    }  # fmt: skip
    shown = {part["type"]: part["attributes"] for part in page["included"]}
    assert shown.keys() == {"track", "session-type", "speaker", "feedback"}
    assert (shown["speaker"]["name"], shown["feedback"]["rating"]) == (speaker.name, 3)


def test_what_the_page_of_sessions_asks_beside_the_list(browser: Browser, world: World):
    """Which state may follow which, and how the organizer has rated himself."""
    talk = make_session(world.session, world.event)
    elsewhere = make_session(world.session, make_event(world.session))
    own = make_feedback(world.session, world.organizer, talk)
    make_feedback(world.session, world.organizer, elsewhere)
    make_feedback(world.session, world.stranger, talk)
    world.session.commit()
    states = browser.load("GET", "/v1/sessions/states")
    assert states["organizer"]["pending"]["accepted"] is True
    assert states["organizer"].keys() == states["speaker"].keys()
    here = is_("session", "has", is_("event", "has", is_("identifier", "eq", world.event.identifier)))
    me = browser.get(f"/v1/users/{world.organizer.id}")["data"]
    page = related(browser, me, "feedbacks", include="session", filter=[here])
    assert [row["id"] for row in page["data"]] == [str(own.id)]
    assert page["data"][0]["relationships"]["session"]["data"] == {"type": "session", "id": str(talk.id)}
    assert [(part["type"], part["id"]) for part in page["included"]] == [("session", str(talk.id))]
    assert page["meta"]["count"] == 1


def test_the_event_of_a_room_is_one_object(browser: Browser, world: World):
    room = make_microlocation(world.session, world.event)
    world.session.commit()
    found = browser.get(f"/v1/microlocations/{room.id}/event")["data"]
    assert world.session.get(Event, int(found["id"])) is world.event
