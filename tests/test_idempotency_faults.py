"""Sales with an ``Idempotency-Key``: many at once under one key, and while workers are killed. Each key sells once.

How often workers are killed: ``KILLS`` in the environment, a few where it is not set.
"""

import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.api.edge.idempotency import REPLAYED
from app.models import Ticket
from app.services import idempotency_keys, turns
from app.services.idempotency_keys import Answer as Kept
from app.services.idempotency_keys import Sent
from tests.committed import PATIENCE, SELLERS, Answer, Shop, at_once
from tests.factories import World, make_ticket
from tests.gunicorns import at_work, gunicorn, kill_workers, post
from tests.http import resource

pytestmark = pytest.mark.usefixtures("all_adds_up")

KILLS = int(os.environ.get("KILLS", "3"))
CLIENTS = 6
URL = "/v1/orders?onsite=true"


@pytest.fixture
def reckless(store: Shop) -> Iterator[Shop]:
    """The same without the primary key that stands behind the lock."""
    store.rows("ALTER TABLE idempotency_keys DROP CONSTRAINT pk_idempotency_keys")
    yield store
    store.rows("TRUNCATE idempotency_keys")
    store.rows("ALTER TABLE idempotency_keys ADD CONSTRAINT pk_idempotency_keys PRIMARY KEY (scope, key)")


def sale(world: World, ticket: Ticket, quantity: int = 1) -> Any:
    items = [{"id": str(ticket.id), "quantity": str(quantity)}]
    return resource("order", {"on-site-tickets": items}, event=world.event)


def orders(store: Shop, ticket: Ticket) -> list[int]:
    return store.rows(f"SELECT order_id FROM order_lines WHERE ticket_id = {ticket.id} ORDER BY order_id")


def sold(store: Shop, ticket: Ticket) -> tuple[int, int]:
    """What ``sold`` says, and the attendees."""
    guests = store.count(f"SELECT count(*) FROM ticket_holders WHERE ticket_id = {ticket.id}")
    return store.count(f"SELECT sold FROM tickets WHERE id = {ticket.id}"), guests


# --- many at once -------------------------------------------------------------------------------------------------


def sell_under_one_key(store: Shop, key: str) -> tuple[list[Answer], list[int]]:
    """Sixteen connections send one sale: the answers, and the orders."""
    world = store.open()
    with store.stocking() as stock:
        ticket = make_ticket(stock, world.event)
    token, document = store.token(world.registrar), sale(world, ticket)
    answers = at_once(SELLERS, lambda _: store.send("POST", URL, token, document, key=key))
    made = orders(store, ticket)
    assert sold(store, ticket) == (len(made), len(made))
    return answers, made


def told(answers: list[Answer]) -> Counter[str]:
    return Counter("replayed" if REPLAYED in answer.headers else str(answer.status) for answer in answers)


@pytest.mark.parametrize("turn", range(3))
def test_16_sales_under_one_key_are_one(store: Shop, turn: int):
    answers, made = sell_under_one_key(store, str(uuid.uuid4()))
    found = told(answers)
    print(f"\n{SELLERS} sales under one key: {dict(found)}, {len(made)} order")
    assert len(made) == found["201"] == 1
    assert found.keys() <= {"201", "replayed", "409"}
    assert {answer.body for answer in answers if answer.status == 201} == {
        next(answer.body for answer in answers if told([answer]) == {"201": 1})
    }
    for answer in answers:
        if answer.status == 409:
            assert answer.document["errors"][0]["code"] == "still-running"
            assert answer.headers["Retry-After"] == "1"


def everybody_gets_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switches the lock off; nobody stores his answer before all have found that there is none."""
    all_have_found_none, find = threading.Barrier(SELLERS, timeout=PATIENCE), idempotency_keys.recall
    first_tries = iter(range(SELLERS))

    def find_then_wait(sent: Sent) -> Kept | None:
        found = find(sent)
        if next(first_tries, None) is not None:
            all_have_found_none.wait()
        return found

    monkeypatch.setattr(turns, "is_ours", lambda _name: True)
    monkeypatch.setattr(idempotency_keys, "recall", find_then_wait)


def test_without_lock_and_primary_key_each_of_them_sells(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_gets_the_lock(monkeypatch)
    answers, made = sell_under_one_key(reckless, "careless")
    print(f"\nwithout lock and primary key: {dict(told(answers))}, {len(made)} orders")
    assert told(answers) == {"201": SELLERS}
    assert len(made) == SELLERS


def test_without_the_lock_the_primary_key_lets_one_of_them_sell(store: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_gets_the_lock(monkeypatch)
    answers, made = sell_under_one_key(store, "careful")
    print(f"\nwithout the lock: {dict(told(answers))}, {len(made)} order")
    assert told(answers) == {"201": 1, "replayed": SELLERS - 1}
    assert len(made) == 1


# --- workers are killed -------------------------------------------------------------------------------------------


@dataclass
class Seller:
    """A client who gives each sale a key, and sends it until he knows what became of it."""

    token: str
    orders: dict[str, str] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)

    def sell(self, port: int, document: Any) -> None:
        """One sale, however long it takes."""
        key = str(uuid.uuid4())
        while key not in self.orders:
            answer = post(port, URL, self.token, document, {"Idempotency-Key": key})
            self.heard[self._said(answer)] += 1
            if answer is not None and answer.status == 201:
                self.orders[key] = answer.data["id"]
            else:
                time.sleep(0.05)

    @staticmethod
    def _said(answer: Answer | None) -> str:
        if answer is None:
            return "broken connection"
        if answer.status == 201:
            return "replay" if REPLAYED in answer.headers else "sale"
        code = answer.document["errors"][0]["code"]
        assert code in {"still-running", "busy"}, answer.document
        return code


def test_workers_are_killed_while_tickets_are_sold(store: Shop):
    world = store.open()
    with store.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=1_000_000)
    document = sale(world, ticket, 2)
    sellers = [Seller(store.token(world.registrar)) for _ in range(CLIENTS)]
    began = time.monotonic()
    with (
        gunicorn(store, workers=2, threads=4) as (port, master),
        at_work(CLIENTS, lambda index: sellers[index].sell(port, document)),
    ):
        kill_workers(master, KILLS, pause=0.7, progress=lambda: sum(len(seller.orders) for seller in sellers))
    heard = sum((seller.heard for seller in sellers), Counter[str]())
    known = {key: order for seller in sellers for key, order in seller.orders.items()}
    made = orders(store, ticket)
    print(f"\n{KILLS} kills in {time.monotonic() - began:.0f} s, {heard.total()} requests: {dict(heard)}")
    print(f"{len(known)} keys, {len(made)} orders, (sold, attendees) = {sold(store, ticket)}")
    assert heard["broken connection"]
    assert sorted(map(int, known.values())) == made, "each key is one order, and each order somebody's who knows it"
    assert sold(store, ticket) == (2 * len(made), 2 * len(made))
    kept = "SELECT key || ' ' || (convert_from(body, 'UTF8')::jsonb #>> '{data,id}') FROM idempotency_keys"
    assert {f"{key} {order}" for key, order in known.items()} <= set(store.rows(kept))
    assert store.findings() == []
