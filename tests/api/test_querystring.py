"""Query strings: pages, order, includes and fields; what is wrong is 400 and names the parameter."""

from datetime import timedelta

import pytest

from app.models import TicketHolder
from tests.factories import World, make_order
from tests.http import Api, error_codes
from tests.programme import make_microlocation, make_session, make_track


@pytest.fixture
def tracks(world: World) -> list[str]:
    """25 tracks, named in the order they were made."""
    names = [f"Track {number:02}" for number in range(25)]
    for number, name in enumerate(names):
        make_track(world.session, world.event, name=name, position=number % 3)
    return names


def names(response) -> list[str]:
    assert response.status_code == 200, response.json
    return [row["attributes"]["name"] for row in response.json["data"]]


def url(world: World, noun: str = "tracks") -> str:
    return f"/v1/events/{world.event.id}/{noun}"


def test_a_page_has_twenty_rows_unless_told(api: Api, world: World, tracks: list[str]):
    response = api.get(url(world))
    assert names(response) == tracks[:20]
    assert response.json["meta"] == {"count": 25}


def test_size_0_is_everything(api: Api, world: World, tracks: list[str]):
    response = api.get(url(world), page_size="0")
    assert names(response) == tracks
    assert response.json["meta"] == {"count": 25}
    assert names(api.get(url(world), page_size="0", page_number="2")) == tracks


def test_pages_until_nothing_comes(api: Api, world: World, tracks: list[str]):
    """As the Android app reads them."""
    seen, number = [], 1
    while found := names(api.get(url(world), page_size="10", page_number=str(number))):
        seen += found
        number += 1
    assert seen == tracks
    assert number == 4


def test_past_the_end_is_an_empty_page(api: Api, world: World, tracks: list[str]):
    response = api.get(url(world), page_number="999999999", page_size="999999999")
    assert names(response) == []
    assert response.json["meta"] == {"count": 25}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"page[size]": "abc"}, "page[size]"),
        ({"page[size]": "-1"}, "page[size]"),
        ({"page[size]": ""}, "page[size]"),
        ({"page[size]": "1.5"}, "page[size]"),
        ({"page[size]": "٣"}, "page[size]"),
        ({"page[size]": "9" * 30}, "page[size]"),
        ({"page[number]": "0"}, "page[number]"),
        ({"page[number]": "-1"}, "page[number]"),
        ({"page[number]": "x"}, "page[number]"),
        ({"page[offset]": "1"}, "page"),
        ({"page": "1"}, "page"),
        ({"sort": "nothing"}, "sort"),
        ({"sort": "-"}, "sort"),
        ({"sort": "event"}, "sort"),
        ({"sort": "event.nothing"}, "sort"),
        ({"sort": "nothing.name"}, "sort"),
        ({"sort": "sessions.title"}, "sort"),
        ({"sort": "font-color"}, "sort"),
        ({"sort": "event."}, "sort"),
        ({"include": "nothing"}, "include"),
        ({"include": "name"}, "include"),
        ({"include": "event.nothing"}, "include"),
        ({"include": "event.tracks.event.tracks.event"}, "include"),
        ({"fields[track]": "name,nothing"}, "fields[track]"),
        ({"fields[event]": "nothing"}, "fields[event]"),
        ({"filter": "{"}, "filter"),
    ],
)
def test_what_is_wrong_is_named(api: Api, world: World, query: dict[str, str], parameter: str):
    response = api.get(url(world), **query)
    assert response.status_code == 400
    assert error_codes(response) == ["bad-request"]
    assert response.json["errors"][0]["source"] == {"parameter": parameter}


def test_a_detail_and_a_write_take_the_same_parameters(api: Api, world: World, tracks: list[str]):
    track = world.event.tracks[0]
    assert api.get(f"/v1/tracks/{track.id}", include="nothing").status_code == 400
    document = {"data": {"type": "track", "id": str(track.id), "attributes": {"name": "New"}}}
    response = api.patch(f"/v1/tracks/{track.id}?include=nothing", document, world.organizer)
    assert response.status_code == 400
    assert names(api.get(url(world)))[0] == tracks[0]


@pytest.mark.parametrize(
    "query",
    [
        {"cache": "true", "public": "true"},
        {"fields[unheard-of]": "anything"},
        {"sort": ""},
        {"include": ""},
        {"filter": ""},
    ],
)
def test_what_is_not_ours_or_empty_is_left_alone(api: Api, world: World, tracks: list[str], query: dict[str, str]):
    assert names(api.get(url(world), **query)) == tracks[:20]


def test_sort(api: Api, world: World, tracks: list[str]):
    assert names(api.get(url(world), sort="name", page_size="3")) == tracks[:3]
    assert names(api.get(url(world), sort="-name", page_size="3")) == tracks[:-4:-1]
    assert names(api.get(url(world), sort="-id", page_size="1")) == tracks[-1:]


def test_ties_are_in_the_order_of_ids(api: Api, world: World, tracks: list[str]):
    """Else a row could come on two pages, or on none."""
    expected = tracks[0::3] + tracks[1::3] + tracks[2::3]
    assert names(api.get(url(world), sort="position", page_size="0")) == expected
    pages = [names(api.get(url(world), sort="position", page_size="7", page_number=str(page))) for page in range(1, 5)]
    assert [name for page in pages for name in page] == expected
    assert names(api.get(url(world), sort="position,-name", page_size="2")) == [tracks[24], tracks[21]]


@pytest.fixture
def guests(world: World) -> dict[str, TicketHolder]:
    """An early and a late sale, and one that is not completed."""
    session, now = world.session, world.event.starts_at
    session.query(TicketHolder).delete()
    sales = {
        "early": make_order(session, world.paid, completed_at=now),
        "late": make_order(session, world.free, completed_at=now + timedelta(hours=1)),
        "unpaid": make_order(session, world.free, status="pending"),
    }
    for name, order in sales.items():
        order.attendees[0].firstname = name
    return {name: order.attendees[0] for name, order in sales.items()}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-order.completed_at", "late early unpaid"),
        ("-order.completed-at", "late early unpaid"),
        ("order.completed-at", "early late unpaid"),
        ("order.completed_at,firstname", "early late unpaid"),
        ("ticket.price", "late unpaid early"),
        ("-ticket.price", "early late unpaid"),
        ("ticket.name", "late unpaid early"),
        ("-ticket.name,-firstname", "early unpaid late"),
        ("ticket.name,-order.completed-at", "late unpaid early"),
        ("-created-at", "unpaid late early"),
        ("is_checked_in,firstname", "early late unpaid"),
        ("-id", "unpaid late early"),
    ],
)
def test_sort_over_relationships(api: Api, world: World, guests: dict[str, TicketHolder], sort: str, expected: str):
    """No row is lost for want of a value; those come last in both directions."""
    response = api.get(url(world, "attendees"), world.registrar, sort=sort)
    assert [row["attributes"]["firstname"] for row in response.json["data"]] == expected.split()
    assert response.json["meta"] == {"count": 3}


def test_sort_over_a_missing_row_keeps_the_rows(api: Api, world: World):
    track = make_track(world.session, world.event)
    untracked = make_session(world.session, world.event)
    tracked = make_session(world.session, world.event, track_id=track.id)
    for sort in ("track.name", "-track.name"):
        rows = api.get(url(world, "sessions"), sort=sort).json["data"]
        assert [row["id"] for row in rows] == [str(tracked.id), str(untracked.id)]


def test_sort_does_not_go_two_ways_to_one_type(api: Api, world: World):
    response = api.get(url(world, "sessions"), sort="event.name,track.event.name")
    assert response.status_code == 400
    assert response.json["errors"][0]["source"] == {"parameter": "sort"}


def test_include_in_depth_and_both_spellings(api: Api, world: World):
    room = make_microlocation(world.session, world.event)
    make_session(world.session, world.event, microlocation_id=room.id)
    response = api.get(url(world, "microlocations"), include="sessions.event.tickets, event")
    types = [row["type"] for row in response.json["included"]]
    assert sorted(types) == ["event", "session", "ticket", "ticket"]
    dashed = api.get(f"/v1/orders/{world.order.id}", world.staff, include="sold-by,event")
    snake = api.get(f"/v1/orders/{world.order.id}", world.staff, include="sold_by,event")
    assert dashed.json["data"]["relationships"] == snake.json["data"]["relationships"]
    assert dashed.json["data"]["relationships"]["sold-by"]["data"] is None


def test_bytes_that_are_no_utf_8(api: Api, world: World):
    """A browser never sends them unescaped; a server gets them all the same."""
    for raw in ("a=\xff", "\xe9&page[size]=1"):
        response = api.client.get("/v1/events", environ_overrides={"QUERY_STRING": raw})
        assert response.status_code == 400
        assert error_codes(response) == ["bad-request"]
    escaped = api.client.get("/v1/events", environ_overrides={"QUERY_STRING": "a=%FF"})
    assert escaped.status_code == 200


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "/v1/events"),
        ("GET", "/v1/events/{event}/tax"),
        ("GET", "/v1/sessions/states"),
        ("GET", "/v1/event-locations"),
        ("GET", "/v1/events/{event}/tickets/availability"),
        ("POST", "/v1/orders/calculate-amount"),
        ("POST", "/v1/orders/resend-email"),
        ("POST", "/v1/role-invites/accept-invite"),
        ("POST", "/v1/auth/verify-email"),
        ("GET", "/v1/nothing/here"),
    ],
)
def test_bytes_that_are_no_utf_8_at_any_address(
    api: Api, world: World, caplog: pytest.LogCaptureFixture, method: str, url: str
):
    """The refusal may be read by pages of other origins, and is logged, as every answer."""
    caplog.set_level("INFO", logger="app.access")
    headers = {"Origin": "http://127.0.0.1:8080", "X-Request-Id": "bad-bytes"}
    address = url.format(event=world.event.id)
    query = {"QUERY_STRING": "a=\xff"}
    response = api.client.open(address, method=method, headers=headers, environ_overrides=query)
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
    assert response.json["errors"][0]["detail"] == "The query string is not UTF-8. Percent-encode it."
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Request-Id"] == "bad-bytes"
    [line] = [record for record in caplog.records if record.name == "app.access"]
    assert (line.fields["actor"], line.fields["method"], line.fields["status"]) == (None, method, 400)


def test_a_preflight_is_answered_whatever_stands_behind_the_question_mark(api: Api):
    asked = {"Origin": "http://127.0.0.1:8080", "Access-Control-Request-Method": "GET"}
    query = {"QUERY_STRING": "a=\xff"}
    assert api.client.options("/v1/events", headers=asked, environ_overrides=query).status_code == 200


def test_log_in_refuses_such_bytes_in_its_own_form(api: Api):
    response = api.client.post("/v1/auth/login", environ_overrides={"QUERY_STRING": "a=\xff"})
    assert (response.status_code, response.json) == (
        400,
        {"error": "The query string is not UTF-8. Percent-encode it."},
    )
