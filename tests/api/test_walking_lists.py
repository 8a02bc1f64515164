"""A client that follows ``links.next`` sees every row once, whatever comes and goes meanwhile; one that counts pages is
served as ever; and how many there are is told from the counts that are kept, to who sees them all."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update

from app.clock import utcnow
from app.models import AttendeeCount, OrderCount, TicketHolder
from app.models.orders import PENDING
from tests.factories import World, make_attendee, make_crowd, make_event, make_order, make_ticket
from tests.http import Api, error_codes


def arguments(link: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(link).query, keep_blank_values=True).items()}


def walk(api: Api, world: World, url: str, **query: str) -> Iterator[list[int]]:
    """The ids of page after page, by their links."""
    page = api.get(url, world.registrar, **query)
    while True:
        assert page.status_code == 200, page.json
        yield [int(row["id"]) for row in page.json["data"]]
        if "next" not in page.json["links"]:
            return
        page = api.get(page.json["links"]["next"], world.registrar)


def every(pages: Iterator[list[int]]) -> list[int]:
    return [row_id for page in pages for row_id in page]


@pytest.fixture
def crowd(world: World) -> World:
    """25 guests at the event; as many at another, before and after them in the order of ids."""
    other = make_ticket(world.session, make_event(world.session))
    for ticket in (other, world.free, other, world.free, other):
        make_crowd(world.session, ticket, 11)
    make_attendee(world.session, world.paid, deleted_at=utcnow())
    return world


def ids(world: World, *conditions: Any) -> list[int]:
    rows = world.session.query(TicketHolder).filter(TicketHolder.event_id == world.event.id, *conditions)
    return sorted(row.id for row in rows if row.deleted_at is None)


@pytest.mark.parametrize("size", ["1", "5", "7", "8", "12", "24", "25"])
def test_every_row_once_in_the_order_of_ids(api: Api, crowd: World, size: str):
    pages = list(walk(api, crowd, f"/v1/events/{crowd.event.id}/attendees", page_size=size))
    assert every(iter(pages)) == ids(crowd)
    assert {len(page) for page in pages[:-1]} <= {int(size)}
    assert pages[-1], "no page is empty"


def test_the_next_page_keeps_what_was_asked_for(api: Api, crowd: World):
    url = f"/v1/events/{crowd.event.id}/attendees"
    wish = {"page_size": "5", "include": "ticket", "filter": '[{"name":"firstname","op":"eq","val":"Ada"}]'}
    first = api.get(url, crowd.registrar, **wish)
    link = arguments(first.json["links"]["next"])
    assert link.pop("page[after]") == first.json["data"][-1]["id"]
    assert link == {
        "page[size]": "5",
        "page[number]": "2",
        "include": "ticket",
        "filter": wish["filter"],
    }
    second = api.get(first.json["links"]["next"], crowd.registrar)
    assert [row["type"] for row in second.json["included"]] == ["ticket"] * len(second.json["included"])
    assert arguments(second.json["links"]["next"])["page[number]"] == "3"
    assert arguments(second.json["links"]["next"])["page[after]"] == second.json["data"][-1]["id"]
    assert {name: arguments(second.json["links"][name])["page[number]"] for name in ("first", "prev", "last")} == {
        "first": "1",
        "prev": "1",
        "last": "5",
    }
    assert not any("page[after]" in arguments(second.json["links"][name]) for name in ("first", "prev", "last"))


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"filter": '[{"name":"ticket","op":"has","val":{"name":"name","op":"eq","val":"Paid"}}]'},
        {"include": "order,ticket,user"},
        {"fields[attendee]": "firstname"},
    ],
)
def test_both_ways_lead_to_the_same(api: Api, crowd: World, wish: dict[str, str]):
    url = f"/v1/events/{crowd.event.id}/attendees"
    walked = list(walk(api, crowd, url, page_size="4", **wish))
    for number, page in enumerate(walked, start=1):
        counted = api.get(url, crowd.registrar, page_size="4", page_number=str(number), **wish)
        assert [int(row["id"]) for row in counted.json["data"]] == page
        assert ("next" in counted.json["links"]) == (number < len(walked))
    beyond = api.get(url, crowd.registrar, page_size="4", page_number=str(len(walked) + 1), **wish)
    assert beyond.json["data"] == []
    assert "next" not in beyond.json["links"]


def test_whoever_comes_and_goes_meanwhile(api: Api, crowd: World):
    """By page numbers, of those behind guests who are deleted as many are passed over; the walker misses none."""
    before, seen = ids(crowd), []
    for turn, page in enumerate(walk(api, crowd, f"/v1/events/{crowd.event.id}/attendees", page_size="5")):
        seen += page
        if turn < 2:
            gone = update(TicketHolder).where(TicketHolder.id.in_(page)).values(deleted_at=utcnow())
            crowd.session.execute(gone)
            make_crowd(crowd.session, crowd.free, 3)
    assert seen == sorted(set(seen))
    assert seen[: len(before)] == before
    assert len(seen) == len(before) + 6


def test_the_lists_of_a_ticket_an_order_and_of_orders(api: Api, crowd: World):
    order = make_order(crowd.session, crowd.free, seats=7)
    for _ in range(6):
        make_order(crowd.session, crowd.paid, status=PENDING)
    of_ticket = every(walk(api, crowd, f"/v1/tickets/{crowd.free.id}/attendees", page_size="4"))
    assert of_ticket == ids(crowd, TicketHolder.ticket_id == crowd.free.id)
    of_order = every(walk(api, crowd, f"/v1/orders/{order.id}/attendees", page_size="3"))
    assert of_order == ids(crowd, TicketHolder.order_id == order.id)
    orders = every(walk(api, crowd, f"/v1/events/{crowd.event.id}/orders", page_size="3"))
    assert orders == sorted(orders)
    assert len(set(orders)) == 8


def test_sorted_lists_have_page_numbers_alone(api: Api, crowd: World):
    url = f"/v1/events/{crowd.event.id}/attendees"
    pages = list(walk(api, crowd, url, page_size="6", sort="-id"))
    assert every(iter(pages)) == ids(crowd)[::-1]
    link = api.get(url, crowd.registrar, page_size="6", sort="-id").json["links"]["next"]
    assert "page[after]" not in arguments(link)


@pytest.mark.parametrize(
    "sort", ["-order.completed_at", "order.completed_at", "-order.completed_at,-id", "order.status"]
)
@pytest.mark.parametrize("filters", [None, '[{"name":"firstname","op":"eq","val":"Ada"}]'])
def test_sorted_by_another_row_all_pages_are_those_of_the_whole(api: Api, crowd: World, sort: str, filters: str | None):
    """Also where orders were completed at the same moment or never, and where there is none; however rows are found."""
    for number in range(9):
        at = utcnow().replace(microsecond=0) - timedelta(hours=number % 3)
        make_order(crowd.session, crowd.free, seats=2, completed_at=at if number % 4 else None)
    url, wish = f"/v1/events/{crowd.event.id}/attendees", {"sort": sort} | ({"filter": filters} if filters else {})
    whole = [int(row["id"]) for row in api.get(url, crowd.registrar, page_size="0", **wish).json["data"]]
    assert sorted(whole) == ids(crowd)
    for size in (1, 5, 6, 17, len(whole)):
        assert every(walk(api, crowd, url, page_size=str(size), **wish)) == whole, size


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("/v1/events/{event}/attendees", {"page_after": ""}),
        ("/v1/events/{event}/attendees", {"page_after": "-1"}),
        ("/v1/events/{event}/attendees", {"page_after": "1.5"}),
        ("/v1/events/{event}/attendees", {"page_after": "١"}),
        ("/v1/events/{event}/attendees", {"page_after": "9" * 19}),
        ("/v1/events/{event}/attendees", {"page_after": "abc"}),
        ("/v1/events/{event}/attendees", {"page_after": "1", "sort": "id"}),
        ("/v1/events/{event}/attendees", {"page_after": "1", "page_size": "0"}),
        ("/v1/events/upcoming", {"page_after": "1"}),
        ("/v1/events/{event}/audit-entries", {"page_after": "1"}),
    ],
)
def test_what_is_no_place_in_a_list(api: Api, world: World, url: str, query: dict[str, str]):
    response = api.get(url.format(event=world.event.id), world.owner, **query)
    assert error_codes(response) == ["bad-request"]
    assert response.json["errors"][0]["source"] == {"parameter": "page[after]"}


def test_a_place_of_another_list_is_no_way_around(api: Api, crowd: World):
    """Whatever id is sent, what comes is the list's."""
    assert every(walk(api, crowd, f"/v1/events/{crowd.event.id}/attendees", page_after="0")) == ids(crowd)
    far = api.get(f"/v1/events/{crowd.event.id}/attendees", crowd.registrar, page_after="9" * 18)
    assert far.json["data"] == []
    assert far.json["meta"]["count"] == len(ids(crowd))


def numbers(api: Api, world: World, who: str, **query: str) -> dict[str, int]:
    lists = {
        "event": f"/v1/events/{world.event.id}/attendees",
        "ticket": f"/v1/tickets/{world.paid.id}/attendees",
        "orders": f"/v1/events/{world.event.id}/orders",
    }
    found = {name: api.get(url, world.people[who], **query) for name, url in lists.items()}
    return {name: answer.json["meta"]["count"] for name, answer in found.items() if answer.status_code == 200}


def test_how_many_there_are_is_told_from_the_counts(api: Api, world: World):
    """Shown by counts that are wrong: nobody counts the rows to tell it, unless less than all is asked for or seen."""
    right = {"event": 2, "ticket": 2, "orders": 1}
    people = ("staff", "owner", "organizer", "coorganizer", "registrar")
    assert [numbers(api, world, who) for who in people] == [right] * len(people)
    facts = {"event_id": world.event.id, "ticket_id": world.paid.id}
    world.session.add(AttendeeCount(**facts, attendees=100))
    world.session.add(OrderCount(event_id=world.event.id, status=PENDING, orders=100, amount=0))
    told = {name: number + 100 for name, number in right.items()}
    assert [numbers(api, world, who) for who in people] == [told] * len(people)
    assert numbers(api, world, "registrar", page_size="1", page_number="2") == told
    assert numbers(api, world, "buyer") == {"ticket": 2}
    assert numbers(api, world, "registrar", filter='[{"name":"id","op":"gt","val":"0"}]') == right
    assert numbers(api, world, "registrar", page_size="0") == right
