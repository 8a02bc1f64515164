"""Integrity over HTTP: the document, and that it is of one moment while others sell and scan."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import InternalError

from app.clock import parse_instant, utcnow
from app.database import session as current_session
from app.database import snapshot
from app.models import Order
from app.services import integrity
from app.services.integrity import COUNTED, RULES
from tests.committed import Answer, Shop
from tests.database import run
from tests.factories import World, make_attendee, make_event
from tests.http import Api


def checks(response: Any) -> dict[str, dict[str, Any]]:
    assert response.status_code == 200, response.json
    return {check["rule"]: check for check in response.json["data"]["attributes"]["checks"]}


def test_the_document(api: Api, world: World):
    world.free.sold = 7
    response = api.get(f"/v1/events/{world.event.identifier}/integrity", world.coorganizer)
    found = checks(response)
    event_id = str(world.event.id)
    data = response.json["data"]
    assert (data["type"], data["id"]) == ("integrity-report", event_id)
    assert data["links"] == response.json["links"] == {"self": f"/v1/events/{event_id}/integrity"}
    assert abs((utcnow() - parse_instant(data["attributes"]["as-of"])).total_seconds()) < 60
    assert data["attributes"]["ok"] is False
    assert list(found) == [rule.word for rule in RULES]
    assert found["tickets-sold"] == {
        "rule": "tickets-sold",
        "title": "tickets whose sold differs from the seats held",
        "noun": "ticket",
        "checked": 2,
        "count": 1,
        "ids": [str(world.free.id)],
        "help": integrity.PAST_THE_RULES,
    }
    assert {rule: check["count"] for rule, check in found.items() if check["count"]} == {"tickets-sold": 1}
    assert found["order-amounts"]["checked"] == 1
    assert found["occupancy-counts"]["checked"] == 1


def test_another_event_is_not_looked_at(api: Api, world: World):
    world.free.sold = 7
    other = make_event(world.session)
    response = api.get(f"/v1/events/{other.id}/integrity", world.staff)
    assert response.json["data"]["attributes"]["ok"] is True
    assert {check["checked"] for check in checks(response).values()} == {0, 1}


def test_rules_can_be_told_apart():
    assert len({rule.word for rule in RULES}) == len({rule.title for rule in RULES}) == len(RULES)
    assert {rule.noun for rule in RULES} <= COUNTED.keys()
    assert all((rule.broken is None) != (rule.holds is None) and rule.help.endswith(".") for rule in RULES)


def test_as_many_statements_however_many_guests(api: Api, world: World, count_queries: Callable[[], Any]):
    address = f"/v1/events/{world.event.id}/integrity"
    world.session.refresh(world.owner)
    with count_queries() as few:
        checks(api.get(address, world.owner))
    for _ in range(12):
        make_attendee(world.session, world.free)
    world.session.refresh(world.owner)
    with count_queries() as many:
        checks(api.get(address, world.owner))
    assert len(few) == len(many) == 30


def test_what_is_committed_meanwhile_is_not_seen_in_half(store: Shop):
    """First without a snapshot: the order is counted in one of two statements."""
    world = store.open()
    count = f"UPDATE orders SET amount = amount + 1 WHERE id = {world.order.id}"

    def amounts() -> set[Any]:
        found = []
        for _ in range(2):
            found.append(current_session().scalar(Order.__table__.select().with_only_columns(Order.amount)))
            run(store.url, count)
        return set(found)

    with store.app.app_context():
        assert len(amounts()) == 2
        with snapshot():
            assert len(amounts()) == 1
        assert len(amounts()) == 2
    run(store.url, f"UPDATE orders SET amount = amount - 6 WHERE id = {world.order.id}")
    assert store.findings() == []


def test_a_snapshot_is_read_only_and_leaves_the_connection_as_it_was(store: Shop):
    with store.app.app_context():
        with snapshot(), pytest.raises(InternalError, match="read-only"):
            current_session().execute(Order.__table__.delete())
        for setting, value in (("transaction_isolation", "read committed"), ("transaction_read_only", "off")):
            assert current_session().connection().exec_driver_sql(f"SHOW {setting}").scalar() == value


def test_while_others_sell_everything_adds_up(store: Shop):
    world = store.open()
    token, address = store.token(world.owner), f"/v1/events/{world.event.id}/integrity"
    ended = threading.Event()
    sell = (
        f"WITH sold AS (UPDATE tickets SET sold = sold + 1 WHERE id = {world.free.id} RETURNING id, event_id) "
        "INSERT INTO ticket_holders (event_id, ticket_id, firstname, created_at) "
        "SELECT event_id, id, 'Ada', now() FROM sold"
    )

    def sell_on() -> None:
        while not ended.is_set():
            run(store.url, sell)

    seller = threading.Thread(target=sell_on)
    seller.start()
    try:
        answers = [store.send("GET", address, token, None) for _ in range(8)]
    finally:
        ended.set()
        seller.join()
    seen = [answer.data["attributes"] for answer in answers]
    assert all(each["ok"] for each in seen), seen
    attendees = [check["checked"] for each in seen for check in each["checks"] if check["rule"] == "attendees-belong"]
    assert len(set(attendees)) > 1, "nobody has sold meanwhile"


def test_who_asks_while_another_recounts_comes_again(store: Shop):
    """Each takes a thread and a core for seconds; of another event it does not matter."""
    world, other = store.open(), store.open()
    engine = create_engine(store.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock(hashtextextended('recount {world.event.id}', 0))"))
        refused = recounted(store, world)
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert recounted(store, other).status == 200
    assert recounted(store, world).status == 200


def recounted(store: Shop, world: World) -> Answer:
    return store.send("GET", f"/v1/events/{world.event.id}/integrity", store.token(world.owner), None)
