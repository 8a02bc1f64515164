"""Cursors: nothing that is committed is ever passed over, in whatever order; who must begin again is told so."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, select
from sqlalchemy import text as sql

from app import create_app
from app.database import db, session, transaction
from app.errors import BadRequest, CursorExpired
from app.models import Event, Movement, TicketHolder
from app.services import cursors
from tests.committed import PATIENCE, Shop
from tests.database import new_database, run
from tests.factories import World

SCOPE = "everything"


@pytest.fixture
def opened(store: Shop) -> World:
    return store.open()


def settle(store: Shop) -> None:
    """Waits until all that is committed may be read: others' transactions on the same server hold it back."""
    written = store.count("SELECT pg_current_xact_id()::text::bigint")
    for _ in range(PATIENCE * 100):
        if store.count("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint") > written:
            return
        time.sleep(0.01)
    raise AssertionError("a transaction on this server does not end")


def movements_since(store: Shop, event: Event, cursor: str, size: int = 100) -> tuple[list[int], str]:
    """Ids of the event's movements after a cursor, and the next cursor."""
    with store.app.app_context():
        statement = select(Movement.id).where(Movement.event_id == event.id)
        found = cursors.read(statement, Movement, cursors.at(cursor, Movement, SCOPE), size)
        return [row.id for row in found.rows], str(found.cursor)


def movements_by_id(store: Shop, event: Event, after: int) -> list[int]:
    """The naive way: the last id is the cursor."""
    return store.rows(f"SELECT id FROM movements WHERE event_id = {event.id} AND id > {after} ORDER BY id")


@contextmanager
def writing(store: Shop) -> Iterator[Connection]:
    """A connection with an open transaction."""
    with create_engine(store.url, poolclass=NullPool).connect() as connection:
        yield connection


def scan(connection: Connection, world: World) -> int:
    """A new movement of the event, not committed yet."""
    statement = (
        "INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, source, verdict)"
        f" VALUES ({world.event.id}, {world.attendee.id}, 'in', now(), now(), 'desk', 'refused') RETURNING id"
    )
    return int(connection.execute(sql(statement)).scalar_one())


def note(connection: Connection, written_in: str, movement_ids: list[int]) -> None:
    """Lets rows have been written in a transaction of another time; commits."""
    connection.execute(sql("ALTER TABLE movements DISABLE TRIGGER written_in_this_transaction"))
    statement = f"UPDATE movements SET written_in = {written_in} WHERE id = ANY(:ids)"
    connection.execute(sql(statement), {"ids": movement_ids})
    connection.execute(sql("ALTER TABLE movements ENABLE TRIGGER written_in_this_transaction"))
    connection.commit()


def one_commits_late(store: Shop, world: World) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """A writes and waits, B writes and commits, a reader reads, A commits, the reader reads again: what he was given
    each time, by cursor and by the last id, and what there is."""
    with writing(store) as a, writing(store) as b:
        late = scan(a, world)
        early = scan(b, world)
        b.commit()
        by_id = [movements_by_id(store, world.event, 0)]
        first, cursor = movements_since(store, world.event, "")
        a.commit()
    settle(store)
    by_id.append(movements_by_id(store, world.event, max(by_id[0])))
    second, _ = movements_since(store, world.event, cursor)
    return [first, second], by_id, [late, early]


def test_a_row_that_is_committed_late_is_not_missed(store: Shop, opened: World):
    by_cursor, by_id, there = one_commits_late(store, opened)
    assert by_cursor == [[], there], "what is not settled is waited for, then each is there once"
    assert by_id == [there[1:], []], "by the last id one is missed for good"


def test_without_the_snapshot_it_is_missed(store: Shop, opened: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cursors, "SETTLED_BELOW", sql(str(2**62)))
    by_cursor, _, there = one_commits_late(store, opened)
    assert by_cursor == [there[1:], []]


def test_pages_are_one_after_the_other(store: Shop, opened: World):
    with writing(store) as connection:
        there = [scan(connection, opened) for _ in range(5)]
        connection.commit()
    settle(store)
    seen, cursor = [], ""
    for _ in range(4):
        ids, cursor = movements_since(store, opened.event, cursor, size=2)
        seen.append(ids)
    assert seen == [there[:2], there[2:4], there[4:], []]
    assert movements_since(store, opened.event, cursor) == ([], cursor), "who has everything stays where he is"


def test_whether_there_is_more_is_told(store: Shop, opened: World):
    with writing(store) as connection:
        for _ in range(2):
            scan(connection, opened)
        connection.commit()
    settle(store)
    with store.app.app_context():
        start, statement = cursors.at("", Movement, SCOPE), select(Movement).where(Movement.event_id == opened.event.id)
        assert [cursors.read(statement, Movement, start, size).more for size in (1, 2, 3)] == [True, False, False]


def test_rows_of_old_releases_come_first_and_once(store: Shop, opened: World):
    with writing(store) as connection:
        there = [scan(connection, opened) for _ in range(5)]
        note(connection, "NULL", [there[1], there[2], there[4]])
    settle(store)
    seen, cursor = [], ""
    for _ in range(4):
        ids, cursor = movements_since(store, opened.event, cursor, size=2)
        seen.append(ids)
    assert seen == [[there[1], there[2]], [there[4]], [there[0], there[3]], []]


def test_rows_with_numbers_of_another_server_are_read_too(store: Shop, opened: World):
    """A copy that was restored into a new server: its transactions begin with small numbers again."""
    with writing(store) as connection:
        written = [scan(connection, opened) for _ in range(4)]
        note(connection, "pg_current_xact_id()::text::bigint + 1000000", written[1:])
        settle(store)
        found, cursor = list[int](), ""
        for _ in range(3):
            part, cursor = movements_since(store, opened.event, cursor, 2)
            found += part
        assert found == [*written[1:], written[0]]
        later = scan(connection, opened)
        connection.commit()
    settle(store)
    assert movements_since(store, opened.event, cursor)[0] == [later]


def test_a_cursor_survives_its_text(store: Shop):
    with store.app.app_context():
        start = cursors.at("", Movement, SCOPE)
        now = store.count("SELECT pg_current_xact_id()::text::bigint")
        moved = replace(start, written_in=now, id=2**62)
        assert cursors.at(str(moved), Movement, SCOPE) == moved


@pytest.mark.parametrize("text", ["x", " ", "0", "A" * 31, "A" * 33, "_" * 32, "A" * 31 + "+", "é" * 32, "\x00" * 32])
def test_what_is_no_cursor_is_refused(store: Shop, text: str):
    with store.app.app_context(), pytest.raises(BadRequest, match="no cursor") as refused:
        cursors.at(text, Movement, SCOPE)
    assert refused.value.parameter == "cursor"


def expired(store: Shop, text: str, model: Any = Movement, scope: str = SCOPE) -> bool:
    with store.app.app_context():
        try:
            cursors.at(text, model, scope)
        except CursorExpired:
            return True
        return False


def test_a_cursor_of_another_list_is_refused(store: Shop, opened: World):
    _, cursor = movements_since(store, opened.event, "")
    assert not expired(store, cursor)
    assert expired(store, cursor, scope="something else")
    assert expired(store, cursor, model=TicketHolder)


def test_a_cursor_beyond_the_present_is_of_another_time(store: Shop, opened: World):
    with store.app.app_context():
        start = cursors.at("", Movement, SCOPE)
    there = store.count("SELECT pg_current_xact_id()::text::bigint")
    assert not expired(store, str(replace(start, written_in=there)))
    assert expired(store, str(replace(start, written_in=there + 1_000_000)))


def test_a_copy_of_the_database_begins_anew(store: Shop, opened: World):
    """As `pg_restore` makes one."""
    _, cursor = movements_since(store, opened.event, "")
    with store.app.app_context():
        db.engine.dispose()
    with new_database(store.url, "copies") as url:
        name = url.rpartition("/")[2].partition("?")[0]
        administer(store.url, f"DROP DATABASE {name}")
        administer(url.replace(name, "postgres"), f"CREATE DATABASE {name} TEMPLATE {original(store)}")
        copied = Shop(create_app(replace(store.app.config["SETTINGS"], database_url=url)), url)
        assert copied.count("SELECT count(*) FROM events") > 0
        assert expired(copied, cursor)
        with copied.app.app_context():
            db.engine.dispose()
    assert not expired(store, cursor)


def original(store: Shop) -> str:
    [name] = run(store.url, "SELECT current_database()")
    return str(name)


def administer(url: str, statement: str) -> None:
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sql(statement))


def test_a_table_that_was_filled_anew_begins_anew(store: Shop, opened: World):
    """As `pg_restore --data-only` fills one: its guests have other transactions, and some are gone without a trace."""
    _, cursor = movements_since(store, opened.event, "")
    store.rows("TRUNCATE movements CASCADE")
    assert expired(store, cursor)


def test_an_operator_lets_everybody_begin_anew(store: Shop, opened: World):
    _, cursor = movements_since(store, opened.event, "")
    with store.app.app_context(), transaction():
        cursors.expire_all()
    assert expired(store, cursor)
    _, cursor = movements_since(store, opened.event, "")
    assert not expired(store, cursor)


def test_an_account_without_rights_to_the_server_is_enough(store: Shop):
    role = f"door_{original(store)}"[:60]
    store.rows(f"CREATE ROLE {role}; GRANT SELECT ON settings TO {role}")
    try:
        with store.app.app_context():
            session().execute(sql(f"SET ROLE {role}"))
            assert cursors.at("", Movement, SCOPE).origin
            session().rollback()
    finally:
        store.rows(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_many_writers_and_a_reader_who_goes_on_until_it_is_quiet(store: Shop, opened: World):
    """Movements of eight connections, some long, some given up: the reader has each of them exactly once."""
    written: list[list[int]] = [[] for _ in range(8)]

    def write(index: int) -> None:
        with writing(store) as connection:
            for turn in range(40):
                ids = [scan(connection, opened) for _ in range(1 + (index + turn) % 3)]
                time.sleep(0.002 * ((index * 7 + turn * 3) % 4))
                if (index + turn) % 5 == 0:
                    connection.rollback()
                else:
                    connection.commit()
                    written[index] += ids

    writers = [threading.Thread(target=write, args=(index,)) for index in range(8)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    cursor = ""
    while any(writer.is_alive() for writer in writers):
        ids, cursor = movements_since(store, opened.event, cursor, size=7)
        seen += ids
    settle(store)
    while ids:
        ids, cursor = movements_since(store, opened.event, cursor, size=7)
        seen += ids
    ids, cursor = movements_since(store, opened.event, cursor, size=10_000)
    seen += ids
    assert sorted(seen) == sorted(chain.from_iterable(written))
