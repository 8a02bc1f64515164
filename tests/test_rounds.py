"""The rounds after closing time, with real commits: by several workers at once, beside scans, in the background."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import rounds
from app.clock import utcnow
from app.database import transaction
from app.models import IdempotencyKey, TicketHolder
from app.models.movements import DESK, IN, OUT
from app.services import forgotten_exits, idempotency_keys, ledger, turns
from app.services.idempotency_keys import KEPT
from app.services.ledger import Ledger, Origin
from tests.committed import PATIENCE, Shop, at_once, shop
from tests.factories import make_event, make_order, make_ticket
from tests.processes import wait_until

GUESTS = 60
WORKERS = 4
CHECKED_OUT = "SELECT attendee_id FROM movements WHERE source = 'automatic' AND verdict = 'accepted'"


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    with shop(database_url, tmp_path) as opened:
        yield opened


def forget(store: Shop, number: int = GUESTS) -> list[int]:
    """An event that ended two hours ago, with so many guests who were never scanned out: their ids."""
    now = utcnow()
    with store.stocking() as stock:
        event = make_event(stock, starts_at=now - timedelta(hours=5), ends_at=now - timedelta(hours=2))
        guests = make_order(stock, make_ticket(stock, event), seats=number).attendees
        for guest in guests:
            scan(guest, IN, minutes_ago=240)
        return [guest.id for guest in guests]


def scan(guest: TicketHolder, direction: str, *, minutes_ago: int) -> None:
    at = utcnow() - timedelta(minutes=minutes_ago)
    book = Ledger(guest)
    book.scan(Origin(DESK, None, at), direction, at)
    book.write()


def make_rounds(store: Shop, *, in_turn: bool) -> int:
    with store.app.app_context():
        return rounds.make(in_turn=in_turn)


@pytest.mark.parametrize("in_turn", [False, True])
def test_several_at_once_check_nobody_out_twice(store: Shop, monkeypatch: pytest.MonkeyPatch, in_turn: bool):
    monkeypatch.setattr(forgotten_exits, "BATCH", 7)
    ids = forget(store)
    done = at_once(WORKERS, lambda _: make_rounds(store, in_turn=in_turn))
    print(f"\n{WORKERS} workers, in turn: {in_turn}: {done}")
    done.append(make_rounds(store, in_turn=in_turn))  # whom one had passed over, the other being at work
    assert sum(done) == GUESTS
    assert sorted(store.rows(CHECKED_OUT)) == sorted(ids)
    assert store.rows("SELECT sum(entries - exits) FROM occupancy_counts") == [0]
    assert store.findings() == []
    assert make_rounds(store, in_turn=in_turn) == 0


def test_without_the_lock_guests_are_checked_out_twice(store: Shop, monkeypatch: pytest.MonkeyPatch):
    forget(store, 5)
    looked = threading.Barrier(WORKERS, timeout=PATIENCE)
    careful = forgotten_exits._forgotten

    write = ledger.write_together

    def careless(*arguments: Any) -> Any:
        statement = careful(*arguments)
        statement._for_update_arg = None
        return statement

    def together(books: list[Ledger]) -> None:
        looked.wait()
        write(books)

    monkeypatch.setattr(forgotten_exits, "_forgotten", careless)
    monkeypatch.setattr(ledger, "write_together", together)
    at_once(WORKERS, lambda _: make_rounds(store, in_turn=False))
    assert len(store.rows(CHECKED_OUT)) == 5 * WORKERS


def test_who_is_being_scanned_is_passed_over(store: Shop):
    ids = forget(store, 3)
    with store.stocking() as stock:
        guest = stock.get(TicketHolder, ids[1], with_for_update={"key_share": True})
        assert make_rounds_beside(store) == 2
        scan(guest, OUT, minutes_ago=150)
    assert make_rounds(store, in_turn=False) == 0
    assert sorted(store.rows(CHECKED_OUT)) == [ids[0], ids[2]]
    assert store.findings() == []


def make_rounds_beside(store: Shop) -> int:
    [number] = at_once(1, lambda _: make_rounds(store, in_turn=False))
    return number


def test_while_another_worker_is_at_it_nothing_is_done(store: Shop):
    forget(store, 2)
    with store.app.app_context(), transaction():
        assert turns.is_ours(forgotten_exits.TURN)
        [number] = at_once(1, lambda _: make_rounds(store, in_turn=True))
        assert number == 0
    assert make_rounds(store, in_turn=True) == 2


def keep_answers(store: Shop, number: int, *, age: timedelta) -> None:
    facts = {"fingerprint": b"", "status": 200, "headers": [], "body": b"{}", "created_at": utcnow() - age}
    with store.stocking() as stock:
        stock.add_all(IdempotencyKey(scope="user:1", key=f"{age} {index}", **facts) for index in range(number))


ANSWERS = "SELECT count(*) FROM idempotency_keys"


def test_several_at_once_forget_each_answer_once(store: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(idempotency_keys, "BATCH", 7)
    keep_answers(store, GUESTS, age=KEPT)
    keep_answers(store, 3, age=KEPT - timedelta(minutes=5))

    def forget(_: int) -> int:
        with store.app.app_context():
            return rounds.purge_answers()

    done = at_once(WORKERS, forget)
    done.append(forget(0))  # what one had passed over, another being at it
    assert sum(done) == GUESTS
    assert store.count(ANSWERS) == 3


def test_a_watchman_makes_his_rounds(store: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.05)
    ids = forget(store, 2)
    watchman = rounds.watchman(store.app)
    watchman.start()
    try:
        wait_until(lambda: sorted(store.rows(CHECKED_OUT)) == sorted(ids))
        more = forget(store, 3)
        wait_until(lambda: sorted(store.rows(CHECKED_OUT)) == sorted(ids + more))
    finally:
        watchman.stop()
    assert "rounds" not in {thread.name for thread in threading.enumerate()}
    assert store.findings() == []


def test_the_cleaner_deletes_what_is_old_though_no_round_can_be_made(store: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(rounds, "make", None)  # whoever calls it meets a fault of ours
    keep_answers(store, 2, age=KEPT)
    workers = [rounds.watchman(store.app), rounds.cleaner(store.app)]
    for worker in workers:
        worker.start()
    try:
        wait_until(lambda: store.count(ANSWERS) == 0)
    finally:
        for worker in workers:
            worker.stop()
