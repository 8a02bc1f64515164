"""Time on site over HTTP."""

import csv
from datetime import timedelta
from typing import Any

import pytest

from app.api.jsonapi import whole_lists
from app.clock import utcnow
from app.models import TicketHolder
from app.models.movements import DESK, IN, OUT
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_order
from tests.http import Api, error_codes


def visit(guest: TicketHolder, *, came: int, left: int | None = None) -> None:
    """Scans so many minutes ago."""
    now = utcnow()
    for direction, minutes in ((IN, came), (OUT, left)):
        if minutes is not None:
            book, at = Ledger(guest), now - timedelta(minutes=minutes)
            book.scan(Origin(DESK, None, at), direction, at)
            book.write()


def test_a_list(api: Api, world: World):
    visit(world.attendee, came=90, left=30)
    response = api.get(f"/v1/events/{world.event.identifier}/time-on-site", world.coorganizer)
    assert response.status_code == 200, response.json
    attendee = {"data": {"type": "attendee", "id": str(world.attendee.id)}}
    assert response.json == {
        "data": [
            {
                "type": "time-on-site",
                "id": str(world.attendee.id),
                "attributes": {
                    "firstname": "Ada",
                    "lastname": world.attendee.lastname,
                    "visits": 1,
                    "minutes": 60.0,
                    "minutes-lower": 60.0,
                    "minutes-upper": 60.0,
                    "inferred-minutes": 0.0,
                    "still-inside": False,
                },
                "relationships": {"attendee": attendee | {"links": {"related": f"/v1/attendees/{world.attendee.id}"}}},
            }
        ],
        "links": {"self": f"/v1/events/{world.event.identifier}/time-on-site"},
        "meta": {"count": 1},
        "jsonapi": {"version": "1.0"},
    }


def test_it_is_paged_sorted_and_filtered_as_attendees_are(api: Api, world: World):
    guests = make_order(world.session, world.free, seats=3).attendees
    for guest in guests:
        visit(guest, came=60)
    url = f"/v1/events/{world.event.id}/time-on-site"
    page = api.get(url, world.owner, **{"page[size]": "2", "page[number]": "2", "sort": "-lastname"}).json
    assert [row["id"] for row in page["data"]] == [str(guests[0].id)]
    assert page["meta"] == {"count": 3}
    assert {"first", "last", "prev"} <= page["links"].keys()
    one = f'[{{"name": "lastname", "op": "eq", "val": "{guests[1].lastname}"}}]'
    [row] = api.get(url, world.owner, filter=one).json["data"]
    assert (row["id"], row["attributes"]["still-inside"]) == (str(guests[1].id), True)
    assert len(api.get(url, world.owner, **{"page[size]": "0"}).json["data"]) == 3


@pytest.mark.parametrize("query", [{}, {"sort": "-lastname"}, {"filter": '[{"name": "id", "op": "ne", "val": "0"}]'}])
@pytest.mark.parametrize("size", ["0", "4", "5"])
def test_many_are_read_in_chunks(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch, query: dict[str, str], size: str, count_queries: Any
):
    for guest in make_order(world.session, world.free, seats=5).attendees:
        visit(guest, came=60)
    url = f"/v1/events/{world.event.id}/time-on-site"
    whole = api.get(url, world.owner, **query, **{"page[size]": size})
    monkeypatch.setattr(whole_lists, "CHUNK", 2)
    monkeypatch.setattr(whole_lists, "LONG_PAGE", 3)
    with count_queries() as sent:
        parted = api.get(url, world.owner, **query, **{"page[size]": size})
    assert parted.json == whole.json
    assert ("ETag" in whole.headers, "ETag" in parted.headers) == (True, False)
    chunks = [statement for statement in sent if "JOIN movements" in statement]
    assert len(chunks) == {"0": 3, "4": 2, "5": 3}[size]


@pytest.mark.parametrize("query", [{"include": "ticket"}, {"sort": "minutes"}, {"filter": "[]]"}])
def test_what_cannot_be_asked_for(api: Api, world: World, query: dict[str, str]):
    response = api.get(f"/v1/events/{world.event.id}/time-on-site", world.owner, **query)
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
    assert response.json["errors"][0]["source"]["parameter"] == next(iter(query))


def test_a_spreadsheet(api: Api, world: World):
    visit(world.attendee, came=90, left=30)
    world.event.name = "Fair"
    response = api.get(f"/v1/events/{world.event.id}/time-on-site.csv", world.organizer)
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="time-on-site-fair-')
    assert response.headers["Cache-Control"] == "no-store"
    [headings, row] = csv.reader(response.data.decode("utf-8-sig").splitlines())
    assert dict(zip(headings, row, strict=True))["Minutes"] == "60.0"


@pytest.mark.parametrize("ending", ["", ".csv"])
def test_working_times_are_nobody_elses_business(api: Api, world: World, ending: str):
    url = f"/v1/events/{world.event.id}/time-on-site{ending}"
    for person in (world.registrar, world.moderator, world.buyer):
        assert error_codes(api.get(url, person)) == ["forbidden"]


def test_a_page_costs_the_same_for_few_and_many(api: Api, world: World, count_queries: Any):
    sent = []
    for seats in (1, 15):
        for guest in make_order(world.session, world.free, seats=seats).attendees:
            visit(guest, came=60, left=30)
        url = f"/v1/events/{world.event.id}/time-on-site"
        world.session.refresh(world.owner)  # his token is made of him
        with count_queries() as statements:
            api.get(url, world.owner)
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 5, sent
