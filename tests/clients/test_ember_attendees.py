"""The web app's list of attendees: search, filters, sorting, pages, and checking in and out day by day, as it asks."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.clock import format_instant, utcnow
from app.services import integrity
from tests.browser import Browser
from tests.factories import World, grant, make_event, make_order, make_ticket

INCLUDED = "user,ticket"
NOTHING_SEARCHED: dict[str, Any] = {"or": []}


def is_(name: str, op: str, val: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "val": val}


def typed(text: str) -> dict[str, Any]:
    """The search field: what is typed, in any of these columns; for a number also the price."""
    pattern = f"%{text}%"
    columns = [
        is_("firstname", "ilike", pattern),
        is_("lastname", "ilike", pattern),
        is_("email", "ilike", pattern),
        is_("ticket", "has", is_("name", "ilike", pattern)),
        is_("order", "has", is_("identifier", "ilike", pattern)),
    ]
    if text.isdecimal():
        columns.append(is_("ticket", "has", is_("price", "eq", int(text))))
    return {"or": columns}


class AttendeeList:
    """The page, for an event with three orders: Ada's completed two days ago, Bob's placed, Cyd's completed today."""

    def __init__(self, browser: Browser, world: World):
        self.browser = browser
        now = utcnow()
        self.event = event = make_event(
            world.session, starts_at=now - timedelta(days=3), ends_at=now + timedelta(days=2)
        )
        for name in ("organizer", "registrar"):
            grant(world.session, world.people[name], event, name)
        self.balcony = make_ticket(world.session, event, name="Balcony", type="paid", price=Decimal("25.00"))
        self.free = make_ticket(world.session, event, name="Free")
        self.stalls = make_ticket(world.session, event, name="Stalls", type="paid", price=Decimal("25.50"))
        self.orders = {
            "Ada": make_order(world.session, self.balcony, completed_at=now - timedelta(days=2)),
            "Bob": make_order(world.session, self.free, status="placed", created_at=now - timedelta(days=1)),
            "Cyd": make_order(world.session, self.stalls, completed_at=now),
        }
        for name, order in self.orders.items():
            [guest] = order.attendees
            guest.firstname, guest.lastname, guest.email = name, f"{name}son", f"{name.lower()}@mail.example.org"
        world.session.commit()
        self.url = f"/v1/events/{event.id}/attendees"

    def read(
        self, *conditions: Any, searched: Any = None, sort: str | None = "-order.completed_at", **page: str
    ) -> Any:
        """One view of the page; the sort is left out when no column is chosen."""
        sorting = {} if sort is None else {"sort": sort}
        nodes = [*conditions, searched or NOTHING_SEARCHED]
        asked = {"page[size]": "10", "page[number]": "1"} | page | sorting
        return self.browser.get(self.url, include=INCLUDED, filter=nodes, **asked)

    def names(self, *conditions: Any, **view: Any) -> list[str]:
        """First names in the order of the list."""
        page = self.read(*conditions, **view)
        found = [row["attributes"]["firstname"] for row in page["data"]]
        assert page["meta"]["count"] == len(found)
        return found


@pytest.fixture(params=["organizer", "registrar", "staff"])
def listed(client: FlaskClient, world: World, request: pytest.FixtureRequest) -> AttendeeList:
    return AttendeeList(Browser(client, getattr(world, request.param)), world)


@pytest.fixture
def client(app: Any) -> FlaskClient:
    return app.test_client()


def test_what_the_list_shows_of_a_guest(listed: AttendeeList):
    page = listed.read()
    tickets = {row["id"]: row["attributes"] for row in page["included"] if row["type"] == "ticket"}
    for row in page["data"]:
        shown = row["attributes"]
        assert shown.keys() >= {"firstname", "lastname", "email", "is-checked-in", "checkin-times", "checkout-times"}
        assert "tag-id" in shown
        ticket = tickets[row["relationships"]["ticket"]["data"]["id"]]
        assert isinstance(ticket["price"], int | float)
        assert ticket["name"]
        # The order is fetched for each row, from its link; it is never told by its number.
        assert "data" not in row["relationships"]["order"]
        order = listed.browser.get(f"/v1/attendees/{row['id']}/order")["data"]["attributes"]
        assert order.keys() >= {"status", "identifier", "paid-via", "completed-at", "created-at"}
        assert order["identifier"] == listed.orders[shown["firstname"]].identifier
    assert page["meta"]["count"] == len(page["data"]) == 3


def test_the_orders_beside_it_are_asked_for_without_a_query(client: FlaskClient, world: World):
    listed = AttendeeList(Browser(client, world.organizer), world)
    orders = listed.browser.get(f"/v1/events/{listed.event.id}/orders")
    assert {row["id"] for row in orders["data"]} == {str(order.id) for order in listed.orders.values()}
    assert orders["meta"]["count"] == 3


def test_the_views_by_attendance(listed: AttendeeList, world: World):
    """The app never sends the flag that it filters by: it follows from the times."""
    [cyd, *_] = listed.read(is_("order", "has", is_("status", "eq", "completed")))["data"]
    now = format_instant(utcnow())
    listed.browser.save("attendee", f"/v1/attendees/{cyd['id']}", cyd, **{"checkin-times": now})
    assert listed.names(is_("is-checked-in", "eq", True)) == ["Cyd"]
    assert set(listed.names(is_("is-checked-in", "eq", False))) == {"Ada", "Bob"}


def test_the_views_by_the_orders_status(listed: AttendeeList):
    def by_status(status: str) -> list[str]:
        return listed.names(is_("order", "has", is_("status", "eq", status)))

    assert by_status("completed") == ["Cyd", "Ada"]
    assert by_status("placed") == ["Bob"]
    assert by_status("pending") == []
    assert listed.names() == ["Cyd", "Ada", "Bob"], "without a time of completion last"


@pytest.mark.parametrize("name", ["created-at", "created_at"])
def test_the_views_by_date(listed: AttendeeList, name: str):
    noon_of_yesterday = format_instant(utcnow() - timedelta(hours=12)).replace("+00:00", "Z")
    assert set(listed.names(is_("order", "has", is_(name, "ge", noon_of_yesterday)))) == {"Ada", "Cyd"}
    assert listed.names(is_("order", "has", is_(name, "le", noon_of_yesterday))) == ["Bob"]


def test_the_search(listed: AttendeeList):
    assert listed.names(searched=typed("aDa")) == ["Ada"]
    assert listed.names(searched=typed("bobson")) == ["Bob"]
    assert listed.names(searched=typed("cyd@mail")) == ["Cyd"]
    assert listed.names(searched=typed("balc")) == ["Ada"]
    assert listed.names(searched=typed(listed.orders["Bob"].identifier[9:])) == ["Bob"]
    assert listed.names(searched=typed("mail.example")) == ["Cyd", "Ada", "Bob"]
    assert listed.names(is_("is-checked-in", "eq", True), searched=typed("mail.example")) == []
    assert listed.names(searched=typed("nobody%")) == []


def test_the_search_for_a_price(listed: AttendeeList):
    price = is_("ticket", "has", is_("price", "eq", 25))
    assert listed.names(searched={"or": [price]}) == ["Ada"]
    assert "Ada" in listed.names(searched=typed("25"))
    assert listed.names(searched={"or": [is_("ticket", "has", is_("price", "is_", None))]}) == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-order.completed_at", "Cyd Ada Bob"),
        ("-order.completed-at", "Cyd Ada Bob"),
        ("order.completed-at", "Ada Cyd Bob"),
        ("order.completed_at", "Ada Cyd Bob"),
        ("ticket.price", "Bob Ada Cyd"),
        ("-ticket.price", "Cyd Ada Bob"),
        ("ticket.name", "Ada Bob Cyd"),
        ("-ticket.name", "Cyd Bob Ada"),
        ("tag-id", "Ada Bob Cyd"),
        ("-tag-id", "Ada Bob Cyd"),
        (None, "Ada Bob Cyd"),
    ],
)
def test_the_sorted_columns(client: FlaskClient, world: World, sort: str | None, expected: str):
    """First as the page opens, then as its column heads ask; nobody has a tag, so that one sorts by age."""
    listed = AttendeeList(Browser(client, world.organizer), world)
    assert listed.names(sort=sort) == expected.split()


def test_pages(client: FlaskClient, world: World):
    listed = AttendeeList(Browser(client, world.organizer), world)
    many = make_order(world.session, listed.free, seats=60)
    world.session.commit()
    for size, lengths in {"10": [10] * 6 + [3, 0], "25": [25, 25, 13, 0], "50": [50, 13, 0], "100": [63, 0]}.items():
        seen: list[str] = []
        for number, length in enumerate(lengths, start=1):
            page = listed.read(**{"page[size]": size, "page[number]": str(number)})
            assert page["meta"]["count"] == 63
            assert len(page["data"]) == length
            seen += [row["id"] for row in page["data"]]
        assert len(set(seen)) == 63
        assert {str(guest.id) for guest in many.attendees} < set(seen)


def test_the_view_of_discounts(listed: AttendeeList):
    """There are no discount codes yet: it is empty, and the others are full."""
    discounted = is_("order", "has", is_("discount_code_id", "isnot", None))
    assert listed.names(discounted) == []
    assert len(listed.names()) == 3


def test_the_accounts_of_guests(client: FlaskClient, world: World):
    """The app takes no linkage of an account that is not among what was included."""
    listed = AttendeeList(Browser(client, world.organizer), world)
    guest, buyer = listed.orders["Ada"].attendees[0], world.buyer
    guest.email, listed.orders["Ada"].user_id = buyer.email, buyer.id
    world.session.commit()
    page = listed.read()
    accounts = {row["attributes"]["firstname"]: row["relationships"]["user"]["data"] for row in page["data"]}
    assert accounts == {"Ada": {"type": "user", "id": str(buyer.id)}, "Bob": None, "Cyd": None}
    [shown] = [part for part in page["included"] if part["type"] == "user"]
    assert (shown["id"], shown["attributes"]["email"]) == (str(buyer.id), buyer.email)


def test_three_tags_are_made_where_there_are_none(client: FlaskClient, world: World):
    listed = AttendeeList(Browser(client, world.organizer), world)
    browser, url = listed.browser, f"/v1/events/{listed.event.id}/tags"
    assert browser.get(url)["data"] == []
    for name, color in (("Speakers", "#FF0000"), ("Attendees", "#0000FF"), ("Organizers", "#00FF00")):
        body = {"name": name, "color": color, "is-read-only": True}
        made = browser.create("tag", "/v1/tags", body, event=str(listed.event.id))
        assert (made["type"], made["attributes"]["name"]) == ("tag", name)
    tags = browser.get(url)
    assert tags["meta"]["count"] == 3
    [ada] = [row for row in listed.read()["data"] if row["attributes"]["firstname"] == "Ada"]
    wanted = tags["data"][0]
    saved = browser.save("attendee", f"/v1/attendees/{ada['id']}", ada, **{"tag-id": wanted["id"]})["data"]
    shown = browser.get(f"/v1/tags/{saved['attributes']['tag-id']}")["data"]
    assert (shown["id"], shown["attributes"]) == (wanted["id"], wanted["attributes"])
    assert shown["attributes"]["is-read-only"] is True


class Toggle:
    """The menu of a row: one box for each day of the event, which says In or Out."""

    def __init__(self, listed: AttendeeList, guest: str):
        self.browser = listed.browser
        [found] = [row for row in listed.read()["data"] if row["attributes"]["firstname"] == guest]
        self.url = f"/v1/attendees/{found['id']}"
        self.row = found
        self.order = self.browser.get(f"{self.url}/order")["data"]
        assert self.order["attributes"]["status"] in {"completed", "placed"}

    def times(self, name: str) -> list[datetime]:
        """What the app reads from one of the two lists."""
        return [datetime.fromisoformat(text) for text in (self.row["attributes"][name] or "").split(",") if text]

    def is_in_on(self, day: date) -> bool:
        """As the box decides: more entries than exits on that day."""
        ins, outs = (
            sum(moment.date() == day for moment in self.times(name)) for name in ("checkin-times", "checkout-times")
        )
        return ins > outs

    def click(self, day: date, name: str | None = None, *, clicks: int = 1) -> Any:
        """Sends the whole attendee with one more time: now for today, 13:00 UTC of another day."""
        name = name or ("checkout-times" if self.is_in_on(day) else "checkin-times")
        now = utcnow()
        time = format_instant(now) if day == now.date() else f"{day.isoformat()}T13:00:00.000Z"
        sent = ",".join([*filter(None, [self.row["attributes"][name]]), *[time] * clicks])
        linked = {"event": ("event", "1"), "order": ("order", self.order["attributes"]["identifier"])}
        linked |= {"ticket": ("ticket", "1"), "user": ("user", "1")}
        relationships = {each: {"data": {"type": type_, "id": id_}} for each, (type_, id_) in linked.items()}
        answer = self.browser.save("attendee", self.url, self.row | {"relationships": relationships}, **{name: sent})
        self.row = answer["data"]
        return answer


@pytest.fixture
def toggle(client: FlaskClient, world: World) -> Toggle:
    return Toggle(AttendeeList(Browser(client, world.organizer), world), "Ada")


@pytest.fixture
def days() -> list[date]:
    """The days of the event that have begun; the last one is today."""
    today = utcnow().date()
    return [today - timedelta(days=ago) for ago in (3, 2, 1, 0)]


def test_in_and_out_on_every_day(toggle: Toggle, days: list[date], world: World):
    began = len(days)
    for number, day in enumerate(days[1:], start=1):
        for inside in (True, False):
            toggle.click(day)
            assert toggle.is_in_on(day) is inside
            assert toggle.row["attributes"]["is-checked-in"] is inside
            assert [toggle.is_in_on(other) for other in days if other != day] == [False] * (began - 1)
        assert len(toggle.times("checkin-times")) == len(toggle.times("checkout-times")) == number
    assert integrity.report() == []


def test_another_days_times_are_stored_as_chosen(toggle: Toggle, days: list[date]):
    """The app stamps the entry and the exit of another day alike; the exit counts just after the entry."""
    toggle.click(days[1])
    toggle.click(days[1])
    [entry], [exit_] = toggle.times("checkin-times"), toggle.times("checkout-times")
    assert (entry.date(), entry.hour, entry.minute) == (days[1], 13, 0)
    assert timedelta(0) <= exit_ - entry < timedelta(seconds=1)


def test_several_times_in_and_out_of_one_day(toggle: Toggle, days: list[date]):
    for inside in (True, False, True, False, True):
        toggle.click(days[-1])
        assert toggle.is_in_on(days[-1]) is inside
    assert len(toggle.times("checkin-times")) == 3
    assert len(toggle.times("checkout-times")) == 2


@pytest.mark.parametrize("ago", [1, 0])
def test_a_double_click_is_one_click(toggle: Toggle, days: list[date], ago: int):
    day = days[-1 - ago]
    toggle.click(day, clicks=2)
    assert len(toggle.times("checkin-times")) == 1
    again = toggle.click(day, "checkin-times")
    assert len(toggle.times("checkin-times")) == 1
    assert toggle.is_in_on(day)
    assert again["data"]["attributes"]["is-checked-in"] is True
    toggle.click(day, clicks=2)
    toggle.click(day, "checkout-times")
    assert len(toggle.times("checkout-times")) == 1
    assert not toggle.is_in_on(day)


def test_who_forgot_to_check_out_yesterday_comes_again_today(toggle: Toggle, days: list[date]):
    """The box of yesterday then says that he has left: nobody is inside on two days at once."""
    toggle.click(days[-2])
    toggle.click(days[-1], "checkin-times")
    assert [toggle.is_in_on(day) for day in days] == [False, False, False, True]
    assert len(toggle.times("checkin-times")) == 2
    assert len(toggle.times("checkout-times")) == 1


def test_a_day_is_filled_in_afterwards(toggle: Toggle, days: list[date]):
    toggle.click(days[-1])
    toggle.click(days[1])
    assert [toggle.is_in_on(day) for day in days] == [False, False, False, True]
    assert [moment.date() for moment in toggle.times("checkin-times")] == [days[1], days[-1]]


def test_a_stale_page_takes_nothing_back(toggle: Toggle, days: list[date], world: World):
    """Two browsers show the same guest; the second has not seen what the first has sent."""
    stale = dict(toggle.row)
    toggle.click(days[-2])
    toggle.click(days[-2])
    toggle.row = stale
    toggle.click(days[-1])
    assert [len(toggle.times(name)) for name in ("checkin-times", "checkout-times")] == [2, 1]
    assert toggle.is_in_on(days[-1])


def test_a_guest_of_an_order_that_is_not_paid_stays_outside(client: FlaskClient, world: World):
    listed = AttendeeList(Browser(client, world.organizer), world)
    listed.orders["Bob"].status = "pending"
    world.session.commit()
    [row] = [row for row in listed.read()["data"] if row["attributes"]["firstname"] == "Bob"]
    attributes = row["attributes"] | {"checkin-times": format_instant(utcnow())}
    answer = client.patch(
        f"/v1/attendees/{row['id']}",
        json={"data": {"type": "attendee", "id": row["id"], "attributes": attributes}},
        headers=listed.browser.headers,
        content_type="application/vnd.api+json",
    )
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "order-not-paid"
