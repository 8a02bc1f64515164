"""Many write what is counted at once, over real connections with real commits: the counts are right afterwards, and
nobody has waited for a count."""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import flask_migrate
import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from app.database import transaction
from app.services import counts
from tests.committed import PATIENCE, Shop, at_once, shop
from tests.factories import make_ticket

WRITERS = 8

CHANGES = int(os.environ.get("COUNTED_CHANGES", "25"))
"""Transactions of each writer."""

CONTRARY = ("ABCD", "DCBA")
"""Two writers take the same counts in these orders."""


@pytest.fixture
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An event with four tickets, and whatever is done to it adds up."""
    with shop(database_url, tmp_path_factory.mktemp("counted")) as opened:
        world = opened.open()
        with opened.stocking() as session:
            for name in "ABCD":
                make_ticket(session, world.event, name=name, quantity=100_000)
        yield opened


def connections(store: Shop, number: int) -> list[Connection]:
    engine = create_engine(store.url, poolclass=NullPool)
    return [engine.connect() for _ in range(number)]


INSERT = text(
    "INSERT INTO ticket_holders (event_id, ticket_id, firstname, created_at) "
    "SELECT event_id, id, 'Ada', now() FROM tickets WHERE name = :name"
)


def contrary(store: Shop, *, meets_after: int) -> None:
    """Two transactions that count the same four tickets, one by one and in opposite orders; after so many each waits
    until the other has come as far."""
    turns = threading.Barrier(2, timeout=PATIENCE)
    writers = connections(store, 2)

    def write(index: int) -> None:
        with writers[index] as connection, connection.begin():
            for place, name in enumerate(CONTRARY[index], start=1):
                connection.execute(INSERT, {"name": name})
                if place == meets_after:
                    turns.wait()

    at_once(2, write)


def wait_for_counts(store: Shop) -> None:
    """The triggers as they would be, did they not pass over the rows that somebody else holds."""
    [source] = store.rows(
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'attendee_counts_of_ticket_holders_on_insert'"
    )
    assert "SKIP LOCKED" in source
    store.rows(source.replace("SKIP LOCKED", ""))


def test_writers_who_waited_for_counts_would_deadlock(store: Shop):
    contrary(store, meets_after=4)
    wait_for_counts(store)
    with pytest.raises(OperationalError, match="deadlock detected"):
        contrary(store, meets_after=2)


def test_in_opposite_orders_nobody_waits(store: Shop):
    """Not even for the commit of the other: both have counted all before either is through."""
    for _ in range(3):
        contrary(store, meets_after=4)
    assert store.deadlocks() == 0
    assert not any("counts" in finding for finding in store.findings())
    rows = store.count(
        "SELECT max(number) FROM (SELECT count(*) AS number FROM attendee_counts GROUP BY ticket_id) AS c"
    )
    assert rows == 2, "as many as counted at the same time"


CHANGES_BY_HAND = (
    INSERT,
    text(
        "UPDATE ticket_holders SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END "
        "WHERE id IN (SELECT id FROM ticket_holders ORDER BY random() LIMIT 2)"
    ),
    text("DELETE FROM ticket_holders WHERE id = (SELECT min(id) FROM ticket_holders WHERE order_id IS NULL)"),
    text(
        "WITH made AS (INSERT INTO orders (identifier, event_id, amount, status, created_at) "
        "SELECT gen_random_uuid()::text, event_id, 7, 'pending', now() FROM tickets WHERE name = :name RETURNING id) "
        "INSERT INTO order_lines (order_id, ticket_id, quantity, price) "
        "SELECT made.id, tickets.id, 1, 7 FROM made, tickets WHERE name IN (:name, 'A')"
    ),
    text(
        "UPDATE orders SET status = CASE status WHEN 'pending' THEN 'completed' ELSE 'pending' END, amount = amount + 1"
        " WHERE id IN (SELECT id FROM orders ORDER BY random() LIMIT 2)"
    ),
    text("UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = (SELECT max(order_id) FROM order_lines)"),
    text(
        "INSERT INTO order_lines (order_id, ticket_id, quantity, price) SELECT max(orders.id), max(tickets.id), 1, 5 "
        "FROM orders, tickets WHERE name = :name ON CONFLICT DO NOTHING"
    ),
)


def test_whatever_is_written_at_once_is_counted(store: Shop):
    """By hand, past every lock of the application; while they write, somebody counts anew. Who writes the same rows as
    another may deadlock over those, and is rolled back, with his counts."""
    writers, over = connections(store, WRITERS), threading.Event()
    broken: list[str] = []

    def write(index: int) -> int:
        chance, done = random.Random(index), 0
        with writers[index] as connection:
            while done < CHANGES:
                try:
                    with connection.begin():
                        for _ in range(chance.randint(1, 3)):
                            connection.execute(chance.choice(CHANGES_BY_HAND), {"name": chance.choice("ABCD")})
                        if chance.random() < 0.1:
                            raise _ChangedHisMind
                except _ChangedHisMind:
                    pass
                except OperationalError as error:
                    broken.append(str(error))
                done += 1
        return done

    def work(index: int) -> int:
        if index < WRITERS:
            return write(index)
        recounts = 0
        while not over.is_set():
            for kept in counts.ALL:
                # Writers who wait for each other may keep him waiting for longer than the server has patience.
                with suppress(OperationalError), store.app.app_context(), transaction():
                    recounts += counts.recount(kept)
        return recounts

    def all_writers(index: int) -> int:
        if index == 1:
            return work(WRITERS)
        try:
            return sum(at_once(WRITERS, work))
        finally:
            over.set()

    done, mended = at_once(2, all_writers)
    assert done == WRITERS * CHANGES
    assert mended == 0, "nothing was ever found wrong, in whatever moment"
    assert all("deadlock detected" in error for error in broken), broken
    assert not any('_counts"' in error for error in broken), "over a row of the counts"
    assert not any("counts" in finding for finding in store.findings())


class _ChangedHisMind(Exception):
    pass


def test_what_is_written_during_the_upgrade_is_counted_once(store: Shop):
    """Before the triggers, while they are made, and behind them: all in one number."""
    over = threading.Event()
    with store.app.app_context():
        flask_migrate.downgrade(revision="e4b7d20c95f3")

    def work(index: int) -> int:
        if index == 0:
            with store.app.app_context():
                for _ in range(3):
                    flask_migrate.upgrade()
                    flask_migrate.downgrade(revision="e4b7d20c95f3")
                flask_migrate.upgrade()
            over.set()
            return 0
        written = 0
        [connection] = connections(store, 1)
        with connection:
            while not over.is_set():
                with connection.begin():
                    for name in "ABCD"[index % 4 :]:
                        connection.execute(CHANGES_BY_HAND[3], {"name": name})
                        connection.execute(INSERT, {"name": name})
                written += 1
        return written

    results: Any = at_once(3, work)
    assert all(results[1:])
    assert not any("counts" in finding for finding in store.findings())
