"""Batches while workers are killed, and many at once: no scan is lost, none doubled.

How often workers are killed: ``KILLS`` in the environment, a few where it is not set.
"""

import os
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from app.api.edge import transactions
from app.clock import format_instant, utcnow
from app.models import TicketHolder
from app.services import batches
from tests.committed import Shop, at_once
from tests.factories import World, make_order, make_ticket
from tests.gunicorns import at_work, gunicorn, kill_workers, post
from tests.http import resource

pytestmark = pytest.mark.usefixtures("all_adds_up")

KILLS = int(os.environ.get("KILLS", "4"))
PHONES = 4
CROWD = 100
SCANS = 150
WRITERS = 8


@dataclass
class Phone:
    """A device with a clock of its own, that scans a crowd and sends until it is told a verdict for each scan."""

    name: str
    world: World
    guests: list[TicketHolder]
    token: str
    skew: timedelta
    told: dict[str, str] = field(default_factory=dict)
    batches: int = 0
    failures: int = 0

    @property
    def url(self) -> str:
        return f"/v1/events/{self.world.event.id}/movement-batches"

    def batch(self, size: int = SCANS) -> list[dict[str, Any]]:
        """New scans of the last hour."""
        self.batches += 1
        chance = random.Random(f"{self.name} {self.batches}")
        return [
            {
                "client-uuid": f"{self.name}-{self.batches}-{number}",
                "attendee-id": str(chance.choice(self.guests).id),
                "direction": chance.choice(["in", "out"]),
                "device-time": format_instant(self.now() - timedelta(seconds=chance.randint(1, 3600))),
                "gate": chance.choice(["North", "South"]),
            }
            for number in range(size)
        ]

    def document(self, scans: list[dict[str, Any]]) -> dict[str, Any]:
        sent = {"device": self.name, "sent-at": format_instant(self.now()), "scans": scans}
        return resource("movement-batch", sent)

    def hear(self, document: dict[str, Any]) -> None:
        """Takes verdicts; what was told before is told again."""
        for each in document["data"]["attributes"]["verdicts"]:
            assert self.told.setdefault(each["client-uuid"], each["verdict"]) == each["verdict"]

    def now(self) -> Any:
        return utcnow() - self.skew

    def deliver(self, port: int, scans: list[dict[str, Any]]) -> None:
        """Sends a batch until it is answered, and once more."""
        answered = 0
        while answered < 2:
            answer = post(port, self.url, self.token, self.document(scans))
            if answer is None or answer.status == 503:  # cut off, or a busy machine
                self.failures += 1
                continue
            assert answer.status == 200, answer.document
            self.hear(answer.document)
            answered += 1


def phones(store: Shop, number: int) -> list[Phone]:
    world = store.open()
    with store.stocking() as stock:
        guests = list(make_order(stock, make_ticket(stock, world.event, quantity=CROWD), CROWD).attendees)
    token = store.token(world.registrar)
    clocks = [timedelta(), timedelta(hours=1), timedelta(hours=-2), timedelta(seconds=90)]
    return [Phone(f"Phone {index}", world, guests, token, clocks[index % len(clocks)]) for index in range(number)]


def require_each_once(store: Shop, crew: list[Phone]) -> None:
    """Every scan that was sent is a row, with the verdict that its phone was told."""
    event_id = crew[0].world.event.id
    rows = store.rows(
        f"SELECT client_uuid || ' ' || told FROM movements WHERE event_id = {event_id} AND NOT is_inferred"
    )
    words = {"accepted": "recorded", "held": "recorded"}
    stored = [row.rsplit(" ", 1) for row in rows]
    assert {name: words.get(told, told) for name, told in stored} == {
        name: verdict for phone in crew for name, verdict in phone.told.items()
    }
    assert len(stored) == sum(len(phone.told) for phone in crew)
    assert store.findings() == []


def test_workers_are_killed_while_phones_send(store: Shop):
    crew = phones(store, PHONES)
    with gunicorn(store, workers=2, threads=4) as (port, master):

        def send(index: int) -> None:
            crew[index].deliver(port, crew[index].batch())

        with at_work(PHONES, send):
            kill_workers(master, KILLS, pause=0.7, progress=lambda: sum(len(phone.told) for phone in crew))
    sent, failures = sum(len(phone.told) for phone in crew), sum(phone.failures for phone in crew)
    print(f"\n{KILLS} kills: {sent} scans, {failures} answers that never came")
    assert failures
    require_each_once(store, crew)


def test_batches_at_once_and_each_twice_at_once(store: Shop):
    """Eight phones with the same hundred guests, each batch sent by two connections at the same moment."""
    crew = phones(store, WRITERS)
    batches = [phone.batch() for phone in crew]
    before = store.deadlocks()

    def send(index: int) -> tuple[int, int]:
        phone = crew[index // 2]
        answer = store.send("POST", phone.url, phone.token, phone.document(batches[index // 2]))
        assert answer.status == 200, answer.document
        return index // 2, sum(each["is-replayed"] for each in answer.data["attributes"]["verdicts"])

    answers = Counter[int]()
    for phone, replayed in at_once(2 * WRITERS, send):
        answers[phone] += replayed
    assert set(answers.values()) == {SCANS}, "of two scans of one name one is new"
    for phone, scans in zip(crew, batches, strict=True):
        phone.hear(store.send("POST", phone.url, phone.token, phone.document(scans)).document)
    print(f"\n{WRITERS} phones, each batch twice: {Counter(v for phone in crew for v in phone.told.values())}")
    assert store.deadlocks() == before
    require_each_once(store, crew)


def one_batch_twice(store: Shop, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], int]:
    """Two connections send one batch of guests whom nobody knows, so that no row of theirs is locked, and neither sees
    the other's: the statuses, and how many rows there are."""
    [phone] = phones(store, 1)
    scans = [scan | {"attendee-id": "999999999"} for scan in phone.batch(5)]
    both_have_read, read = threading.Barrier(2, timeout=30), batches._known
    first_tries = iter([True, True])

    def read_then_wait(event_id: int, client_uuids: list[str]) -> Any:
        known = read(event_id, client_uuids)
        if next(first_tries, False):
            both_have_read.wait()
        return known

    with monkeypatch.context() as carelessness:
        carelessness.setattr(batches, "_known", read_then_wait)
        answers = at_once(2, lambda _: store.send("POST", phone.url, phone.token, phone.document(scans)).status)
    return sorted(answers), store.count(f"SELECT count(*) FROM movements WHERE event_id = {phone.world.event.id}")


def test_one_batch_of_two_connections_is_one(store: Shop, monkeypatch: pytest.MonkeyPatch):
    assert one_batch_twice(store, monkeypatch) == ([200, 200], 5)


def test_without_another_try_one_of_them_is_sent_away(store: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(transactions, "NAMED_BY_CLIENTS", set())
    assert one_batch_twice(store, monkeypatch) == ([200, 409], 5)
