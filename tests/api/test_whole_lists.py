"""``page[size]=0``, and long pages: what is made in many chunks is the document that it would be in one piece, or an
error."""

import json
from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import event, text

from app.api.jsonapi import whole_lists
from app.database import db
from app.schemas import AttendeeSchema
from tests.committed import Shop
from tests.database import run
from tests.factories import World, make_order, make_user
from tests.http import Api, error_codes

CHUNK = 60
"""Fewer than in fact: what is seen with many chunks is seen with small ones."""

GUESTS = 2 * CHUNK + 30
ORDERS = 7
"""Their guests stand in every chunk."""


def crowd(world: World, session: Any) -> list[int]:
    """Many guests of few orders and accounts; gives their ids."""
    buyers = [make_user(session, first_name=f"Buyer {number}") for number in range(ORDERS)]
    orders = [make_order(session, ticket, user_id=buyer.id) for buyer in buyers for ticket in [world.free, world.paid]]
    by_turn = "(CAST(:{} AS bigint[]))[1 + number % {}]"
    statement = f"""
        INSERT INTO ticket_holders (event_id, ticket_id, order_id, firstname, email, created_at)
        SELECT :event_id, {by_turn.format("tickets", 2)}, {by_turn.format("orders", len(orders))},
               'Guest ' || number % 97, {by_turn.format("emails", ORDERS).replace("bigint", "text")}, now()
        FROM generate_series(1, {GUESTS}) AS number
        RETURNING id
        """
    facts = {
        "event_id": world.event.id,
        "tickets": [world.free.id, world.paid.id],
        "orders": [order.id for order in orders],
        "emails": [None, *(buyer.email for buyer in buyers[1:])],
    }
    return sorted(session.scalars(text(statement), facts))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    set_most(monkeypatch, CHUNK)


def set_most(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """How many rows are made at once."""
    monkeypatch.setattr(whole_lists, "CHUNK", rows)
    monkeypatch.setattr(whole_lists, "LONG_PAGE", rows)


@pytest.fixture
def guests(world: World) -> list[int]:
    return crowd(world, world.session)


FILTER = json.dumps([{"name": "firstname", "op": "ne", "val": "Guest 5"}])


QUERIES = pytest.mark.parametrize(
    "query",
    [
        {},
        {"include": "order,ticket,user,event"},
        {"include": "order.user,ticket", "fields[order]": "status,user", "fields[attendee]": "firstname"},
        {"sort": "-order.completed-at,firstname"},
        {"sort": "-firstname", "filter": FILTER, "include": "order"},
        {"filter": FILTER, "include": "order.attendees"},
        {"include": "order.attendees.ticket,ticket"},
        {"include": "order.attendees.ticket"},
        {"include": "event,order.event.tickets"},
    ],
)


def in_one_piece(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], Any]) -> Any:
    with monkeypatch.context() as patched:
        set_most(patched, 10 * GUESTS)
        return ask()


def require_same(whole: Any, one: Any) -> None:
    """The same document; what it includes is in another order."""
    assert (whole.status_code, one.status_code) == (200, 200)
    assert whole.content_length == len(whole.data)
    assert whole.content_type == one.content_type
    assert list(whole.json) == list(one.json)
    documents = [response.json for response in (whole, one)]
    included = [document.pop("included", []) for document in documents]
    assert documents[0] == documents[1]
    assert sorted(map(json.dumps, included[0])) == sorted(map(json.dumps, included[1]))
    shown = [(row["type"], row["id"]) for row in documents[0]["data"] + included[0]]
    assert len(set(shown)) == len(shown)


@QUERIES
def test_it_is_the_document_that_it_would_be_in_one_piece(
    api: Api, world: World, guests: list[int], monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
):
    url = f"/v1/events/{world.event.id}/attendees"

    def ask() -> Any:
        return api.get(url, world.organizer, **query, **{"page[size]": "0"})

    whole = ask()
    require_same(whole, in_one_piece(monkeypatch, ask))
    assert len(whole.json["data"]) > 2 * CHUNK
    assert whole.headers["Cache-Control"] == "private, no-cache"
    assert whole.json["links"].keys() == {"self"}


@QUERIES
@pytest.mark.parametrize(
    "page",
    [
        {"page[size]": str(10 * GUESTS)},
        {"page[size]": str(GUESTS // 2)},
        {"page[size]": str(GUESTS // 2), "page[number]": "2"},
        {"page[size]": str(GUESTS // 2), "page[number]": "7"},
    ],
)
def test_so_is_a_long_page_with_its_links(
    api: Api,
    world: World,
    guests: list[int],
    monkeypatch: pytest.MonkeyPatch,
    query: dict[str, str],
    page: dict[str, str],
):
    url = f"/v1/events/{world.event.id}/attendees"

    def ask() -> Any:
        return api.get(url, world.organizer, **query, **page)

    require_same(ask(), in_one_piece(monkeypatch, ask))


def test_long_pages_follow_each_other(api: Api, world: World, guests: list[int]):
    """By the rows before them: see docs/api.md."""
    url = f"/v1/events/{world.event.id}/attendees"
    everybody = [row["id"] for row in api.get(url, world.organizer, page_size="0").json["data"]]
    link, pages = f"{url}?page[size]={CHUNK + 1}", []
    while link:
        document = api.get(link, world.organizer).json
        assert document["meta"]["count"] == len(everybody)
        pages.append([row["id"] for row in document["data"]])
        link = document["links"].get("next")
    assert {len(ids) for ids in pages[:-1]} == {CHUNK + 1}
    assert list(chain(*pages)) == everybody
    assert len(everybody) > GUESTS


def test_only_includes_that_tell_of_other_chunks_are_made_in_one_piece():
    def parted(include: whole_lists.Tree) -> bool:
        return whole_lists._can_be_parted(include, AttendeeSchema)

    assert parted({"order": {"attendees": {}}})
    assert parted({"order": {"attendees": {"order": {}}}}) is False, "the order's own attendees are linked, or not"
    assert parted({"order": {"attendees": {"ticket": {}}}, "ticket": {}})
    assert parted({"order": {"attendees": {"ticket": {}}}}) is False, "who shares an order has a ticket linked"


def test_who_may_not_see_the_list_is_refused_as_on_pages(api: Api, world: World, guests: list[int]):
    url = f"/v1/events/{world.event.id}/attendees"
    for person in (None, world.stranger):
        refused = api.get(url, person, page_size="0")
        assert (refused.status_code, error_codes(refused)) == (
            (page := api.get(url, person)).status_code,
            error_codes(page),
        )
    own = f"/v1/users/{world.buyer.id}/attendees"
    assert api.get(own, world.buyer, page_size="0").json["data"] == api.get(own, world.buyer).json["data"]


def test_a_head_has_its_length_and_leaves_nothing_open(api: Api, world: World, guests: list[int]):
    url = f"/v1/events/{world.event.id}/attendees?page[size]=0"
    head = api.send("HEAD", url, world.organizer)
    assert (head.status_code, head.data, "ETag" in head.headers) == (200, b"", False)
    head.close()  # as servers do
    assert head.content_length == len(api.send("GET", url, world.organizer).data)


@pytest.mark.parametrize("place", [0, -1])
def test_an_error_on_the_way_is_an_error_document(api: Api, world: World, guests: list[int], place: int):
    """A time that Python cannot hold, in the first chunk or in the last."""
    url = f"/v1/events/{world.event.id}/attendees"
    world.session.execute(
        text("UPDATE ticket_holders SET birth_date = '20000-01-01' WHERE id = :id"), {"id": guests[place]}
    )
    response = api.get(url, world.organizer, page_size="0")
    assert (response.status_code, error_codes(response)) == (500, ["internal"])
    world.session.execute(text("UPDATE ticket_holders SET birth_date = NULL WHERE id = :id"), {"id": guests[place]})
    assert api.get(url, world.organizer, page_size="0").status_code == 200


def test_a_short_list_takes_no_more_statements_than_a_page(api: Api, world: World, count_queries: Callable[[], Any]):
    url = f"/v1/events/{world.event.id}/attendees"
    sent = {}
    for size in ("0", "20"):
        with count_queries() as statements:
            assert len(api.get(url, world.organizer, page_size=size, include="order").json["data"]) == 2
        sent[size] = len(statements)
    assert sent["0"] <= sent["20"]


def opened(store: Shop) -> tuple[World, list[int], Any]:
    """An event with a crowd, and how an organizer asks for its guests."""
    world = store.open()
    with store.stocking() as session:
        ids = crowd(world, session)
    headers = {"Authorization": f"JWT {store.token(world.organizer)}"}
    url = f"/v1/events/{world.event.id}/attendees?page[size]=0&include=order"
    return world, ids, lambda: store.app.test_client().get(url, headers=headers)


def test_while_it_is_sent_it_holds_no_connection(store: Shop):
    _, ids, ask = opened(store)
    response = ask()
    with store.app.app_context():
        pieces = response.iter_encoded()
        first = next(pieces)
        assert db.engine.pool.checkedout() == 0
        assert json.loads(first + b"".join(pieces))["meta"]["count"] >= len(ids)
    response.close()


def test_all_chunks_are_of_one_moment(store: Shop):
    """Between the statement that reads the order of all guests and the first that reads some of them, the last one is
    renamed, orders are cancelled, and one comes."""
    world, ids, ask = opened(store)
    last_name = "SELECT firstname FROM ticket_holders WHERE id = "
    [name] = run(store.url, f"{last_name}{ids[-1]}")
    reads: list[str] = []

    def change(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM ticket_holders" not in statement or "LIMIT" in statement:
            return
        reads.append(statement)
        if len(reads) == 2:
            run(store.url, f"UPDATE ticket_holders SET firstname = 'Renamed' WHERE id = {ids[-1]}")
            run(store.url, f"UPDATE orders SET status = 'cancelled' WHERE event_id = {world.event.id}")
            run(
                store.url,
                "INSERT INTO ticket_holders (event_id, ticket_id, firstname, created_at) "
                f"VALUES ({world.event.id}, {world.free.id}, 'Late', now())",
            )

    with store.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", change)
    try:
        document = ask().json
    finally:
        event.remove(engine, "before_cursor_execute", change)
    assert len(reads) > 2
    by_id = {int(row["id"]): row["attributes"]["firstname"] for row in document["data"]}
    assert by_id[ids[-1]] == name != "Renamed"
    assert "Late" not in by_id.values()
    assert document["meta"]["count"] == len(by_id)
    assert {row["attributes"]["status"] for row in document["included"]} == {"completed"}
    assert run(store.url, f"{last_name}{ids[-1]}") == ["Renamed"]
