"""Data for offline devices over HTTP: the whole of it, what has changed, and who begins again; really committed."""

import gzip
import json
from typing import Any

import pytest

from app.clock import utcnow
from app.models.orders import CANCELLED
from tests.committed import Answer, Shop
from tests.factories import World, make_attendee, make_order, make_ticket
from tests.http import MEDIA_TYPE, Api, error_codes, resource
from tests.services.test_cursors import settle


@pytest.fixture
def opened(store: Shop) -> World:
    return store.open()


def get(store: Shop, world: World, query: str = "", *, what: str = "attendees/delta", settled: bool = True) -> Answer:
    """What a registrar is told."""
    if settled:
        settle(store)
    url = f"/v1/events/{world.event.id}/{what}?{query}"
    return store.send("GET", url, store.token(world.registrar), None)


def code(answer: Answer) -> tuple[int, str, Any]:
    [error] = answer.document["errors"]
    return answer.status, error["code"], error["source"]


def test_a_guest_as_the_device_keeps_him(store: Shop, opened: World):
    with store.stocking() as stock:
        order = make_order(stock, opened.free)
        guest = order.attendees[0]
        guest.firstname, guest.lastname = "Ada", "Byron"
        ended = make_order(stock, opened.free, status=CANCELLED).attendees[0]
        loose = make_attendee(stock, opened.paid)
        gone = make_attendee(stock, opened.paid, deleted_at=utcnow())
    token = store.token(opened.registrar)
    scan = resource("attendee", {"is-checked-in": True}, id_=guest.id)
    entered = store.send("PATCH", f"/v1/attendees/{guest.id}", token, scan).data["attributes"]["checkin-times"]
    answer = get(store, opened)
    assert answer.status == 200
    told = {row["id"]: row for row in answer.data}
    assert told[str(guest.id)] == {
        "type": "attendee-delta",
        "id": str(guest.id),
        "attributes": {
            "deleted": False,
            "firstname": "Ada",
            "lastname": "Byron",
            "ticket-id": str(opened.free.id),
            "order-identifier": order.identifier,
            "code": f"{order.identifier}-{guest.id}",
            "is-admitted": True,
            "is-checked-in": True,
            "is-checked-out": False,
            "last-movement-at": entered,
        },
    }
    assert told[str(ended.id)]["attributes"]["is-admitted"] is False
    without = told[str(loose.id)]["attributes"]
    assert (without["order-identifier"], without["code"], without["is-admitted"]) == (None, None, False)
    assert told[str(gone.id)] == {"type": "attendee-delta", "id": str(gone.id), "attributes": {"deleted": True}}
    assert answer.document["meta"]["tickets"] == {str(opened.free.id): "Free", str(opened.paid.id): "Paid"}
    assert answer.document["links"]["self"].startswith(f"/v1/events/{opened.event.id}/attendees/delta")


def test_in_and_out_and_in_again(store: Shop, opened: World):
    guest, token = opened.attendee, store.token(opened.registrar)
    cursor = get(store, opened).document["meta"]["cursor"]
    for wish, times in (("is-checked-in", "checkin-times"), ("is-checked-out", "checkout-times")):
        scan = resource("attendee", {wish: True}, id_=guest.id)
        attributes = store.send("PATCH", f"/v1/attendees/{guest.id}", token, scan).data["attributes"]
        answer = get(store, opened, f"cursor={cursor}")
        cursor = answer.document["meta"]["cursor"]
        [told] = answer.data
        assert told["attributes"][wish] is True
        assert told["attributes"]["last-movement-at"] == attributes[times]


def test_page_after_page(store: Shop, opened: World):
    with store.stocking() as stock:
        make_order(stock, opened.free, seats=3)
    ids, cursor, pages = [], "", []
    settle(store)
    while not pages or pages[-1]:
        answer = get(store, opened, f"cursor={cursor}&page[size]=2", settled=False)
        ids += [row["id"] for row in answer.data]
        cursor, more = (answer.document["meta"][name] for name in ("cursor", "more"))
        pages.append(more)
    assert (len(ids), len(set(ids)), pages) == (5, 5, [True, True, False])
    last = get(store, opened, f"cursor={cursor}").document
    assert (last["data"], last["meta"]["cursor"], last["meta"]["more"]) == ([], cursor, False)
    assert last["meta"]["tickets"], "names of tickets are told all the same"
    assert len(get(store, opened, "page[size]=0").data) == 5, "as many as there may be"


def test_only_what_has_changed(store: Shop, opened: World):
    cursor = get(store, opened).document["meta"]["cursor"]
    token = store.token(opened.organizer)
    with store.stocking() as stock:
        order = make_order(stock, make_ticket(stock, opened.event), status="placed")
    cancelled = resource("order", {"status": "cancelled"}, id_=order.id)
    told = get(store, opened, f"cursor={cursor}").document
    assert [row["attributes"]["is-admitted"] for row in told["data"]] == [True]
    assert store.send("PATCH", f"/v1/orders/{order.id}", token, cancelled).status == 200
    [row] = get(store, opened, f"cursor={told['meta']['cursor']}").data
    assert row["attributes"]["is-admitted"] is False


@pytest.mark.parametrize(
    ("query", "status", "word", "parameter"),
    [
        ("cursor=x", 400, "bad-request", "cursor"),
        ("cursor=%00", 400, "bad-request", "cursor"),
        ("cursor=" + "A" * 32, 410, "cursor-expired", "cursor"),
        ("page[number]=2", 400, "bad-request", "page[number]"),
        ("page[size]=-1", 400, "bad-request", "page[size]"),
        ("sort=id", 400, "bad-request", "sort"),
    ],
)
@pytest.mark.parametrize("what", ["attendees/delta", "movements"])
def test_what_is_refused(store: Shop, opened: World, what: str, query: str, status: int, word: str, parameter: str):
    query = query if "cursor" in query else f"cursor=&{query}"
    assert code(get(store, opened, query, what=what, settled=False)) == (status, word, {"parameter": parameter})


def test_a_cursor_of_another_event_or_list_is_refused(store: Shop, opened: World):
    other = store.open()
    cursor = get(store, opened).document["meta"]["cursor"]
    assert code(get(store, other, f"cursor={cursor}"))[1] == "cursor-expired"
    assert code(get(store, opened, f"cursor={cursor}", what="movements"))[1] == "cursor-expired"


def test_movements_since(store: Shop, opened: World):
    """A movement whose verdict has changed comes again, with its new one."""
    token = store.token(opened.registrar)

    def scan(direction: str, uuid: str) -> str:
        facts = {"direction": direction, "client-uuid": uuid, "device": uuid}
        document = resource("movement", facts, attendee=opened.attendee)
        return str(store.send("POST", f"/v1/events/{opened.event.id}/movements", token, document).data["id"])

    first = scan("in", "a")
    answer = get(store, opened, "cursor=&include=attendee", what="movements")
    assert [row["id"] for row in answer.data] == [first]
    assert [row["id"] for row in answer.document["included"]] == [str(opened.attendee.id)]
    assert answer.document["meta"].keys() == {"cursor", "more"}
    second = scan("out", "b")
    cursor = answer.document["meta"]["cursor"]
    answer = get(store, opened, f"cursor={cursor}&page[size]=1", what="movements")
    assert [row["id"] for row in answer.data] == [second]
    store.rows(
        f"UPDATE movements SET verdict = 'undone', written_in = pg_current_xact_id()::text::bigint WHERE id = {first}"
    )
    cursor = answer.document["meta"]["cursor"]
    [again] = get(store, opened, f"cursor={cursor}", what="movements").data
    assert (again["id"], again["attributes"]["verdict"]) == (first, "undone")


def test_a_filter_has_cursors_of_its_own(store: Shop, opened: World):
    wanted = 'filter=[{"name":"verdict","op":"eq","val":"refused"}]'
    cursor = get(store, opened, f"cursor=&{wanted}", what="movements").document["meta"]["cursor"]
    assert get(store, opened, f"cursor={cursor}&{wanted}", what="movements").data == []
    assert code(get(store, opened, f"cursor={cursor}", what="movements"))[1] == "cursor-expired"


def test_without_a_cursor_movements_are_a_list(api: Api, world: World):
    listed = api.get(f"/v1/events/{world.event.id}/movements", world.registrar, sort="-id", page_number="1")
    assert listed.json["meta"] == {"count": 0}


@pytest.mark.parametrize(("accepted", "packed"), [("gzip, deflate, br", True), ("*", True), ("identity", False)])
def test_packed_for_who_can_unpack(api: Api, world: World, accepted: str, packed: bool):
    """The guests of a test are never committed, and are not told: the names of many tickets make the answer large."""
    for number in range(50):
        make_ticket(world.session, world.event, name=f"Ticket with quite a long name {number}")
    headers = {"Authorization": api.authorization(world.registrar), "Accept-Encoding": accepted}
    response = api.client.get(f"/v1/events/{world.event.id}/attendees/delta", headers=headers)
    assert response.content_type == MEDIA_TYPE
    assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert response.headers["Vary"] == "Authorization, Accept-Encoding"
    document = json.loads(gzip.decompress(response.data) if packed else response.data)
    assert len(document["meta"]["tickets"]) == 52
    assert int(response.headers["Content-Length"]) == len(response.data)


def test_a_small_answer_is_not_packed(api: Api, world: World):
    headers = {"Authorization": api.authorization(world.registrar), "Accept-Encoding": "gzip"}
    response = api.client.get(f"/v1/events/{world.event.id}/attendees/delta", headers=headers)
    assert "Content-Encoding" not in response.headers


def test_who_may_not_is_told_before_his_cursor_is_read(api: Api, world: World):
    url = f"/v1/events/{world.event.id}/attendees/delta"
    assert error_codes(api.get(url, cursor="x")) == ["not-logged-in"]
    assert error_codes(api.get(url, world.moderator, cursor="x")) == ["forbidden"]


@pytest.mark.parametrize("number", [1, 40])
def test_a_page_costs_the_same_number_of_statements(store: Shop, opened: World, number: int, count_queries: Any):
    with store.stocking() as stock:
        make_order(stock, opened.free, seats=number)
    settle(store)
    token, url = store.token(opened.registrar), f"/v1/events/{opened.event.id}/attendees/delta"
    with store.app.app_context(), count_queries() as sent:
        assert len(store.send("GET", url, token, None).data) == number + 2
    assert len(sent) == 6, sent
