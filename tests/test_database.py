"""The one transaction: what is done last in it, and what becomes of that. And connections that have ended."""

import os
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from select import select as select_ready
from typing import Any

import pytest
from flask import Flask, Response, g
from sqlalchemy import Engine, NullPool, QueuePool, create_engine, insert, inspect, literal, select, text
from sqlalchemy.exc import DBAPIError

from app import metrics
from app.api.edge.transactions import in_step
from app.clock import utcnow
from app.database import at_last, db, only_read, snapshot, transaction
from app.errors import BadRequest, SoldOut
from app.models import EventTopic, Role, Ticket
from app.plans import Constant
from app.services import inventory
from tests.committed import PATIENCE
from tests.factories import World, make_attendee, make_ticket


def add(name: str) -> None:
    db.session.execute(insert(EventTopic).values(name=name))


def names() -> list[str]:
    """In the order in which they were added."""
    added = {"first", "second", "third", "fourth", "last"}
    return list(db.session.scalars(select(EventTopic.name).where(EventTopic.name.in_(added)).order_by(EventTopic.id)))


def test_it_is_done_after_the_block_in_the_order_in_which_it_was_given(session: Any):
    with transaction():
        at_last(lambda: add("third"))
        add("first")
        at_last(lambda: add("fourth"))
        add("second")
        assert names() == ["first", "second"]
    assert names() == ["first", "second", "third", "fourth"]


def test_it_is_committed_with_the_rest(session: Any):
    with transaction():
        at_last(lambda: add("last"))
    session.rollback()
    assert names() == ["last"]


def test_it_is_done_once(session: Any):
    with transaction():
        at_last(lambda: add("first"))
    with transaction():
        add("second")
    assert names() == ["first", "second"]


def test_what_it_raises_rolls_everything_back(session: Any):
    def refuse() -> None:
        raise SoldOut("none left", ticket_id=1, requested=1, available=0)

    @transaction()
    def sell() -> None:
        add("first")
        at_last(lambda: add("last"))
        at_last(refuse)

    with pytest.raises(SoldOut):
        sell()
    assert names() == []


def test_of_a_block_that_fails_nothing_is_done(session: Any):
    @transaction()
    def fail() -> None:
        at_last(lambda: add("last"))
        raise BadRequest("no")

    with pytest.raises(BadRequest):
        fail()
    with transaction():
        add("first")
    assert names() == ["first"]


def test_outside_of_a_transaction_it_is_done_at_once(session: Any):
    at_last(lambda: add("first"))
    assert names() == ["first"]


def test_a_sale_that_comes_up_short_at_last_frees_seats_and_is_tried_again(app: Flask, world: World):
    """As a sale does that leaves the taking of its seats for the end."""
    ticket = make_ticket(world.session, world.event, quantity=2)
    make_attendee(world.session, ticket, created_at=utcnow() - timedelta(days=1))
    world.session.commit()  # a try that fails takes back what it has done itself, and no more
    tries: list[int] = []

    def sell() -> Response:
        tries.append(world.session.scalar(select(Ticket.sold).where(Ticket.id == ticket.id)))
        at_last(lambda: inventory.reserve({ticket.id: 2}))
        return Response("sold")

    with app.test_request_context():
        g.request_id = "test"
        assert in_step(sell).data == b"sold"
    assert tries == [1, 0]
    world.session.refresh(ticket)
    assert ticket.sold == 2


MOMENT = text("SELECT now()")
"""When the transaction began."""


def same_moment() -> bool:
    """Whether two statements are of one transaction."""
    return db.session.scalar(MOMENT) == db.session.scalar(MOMENT)


@pytest.fixture
def reading(engine: Engine) -> Iterator[None]:
    """A session that only reads."""
    only_read()
    yield
    db.session.remove()


def test_what_only_reads_is_no_transaction(engine: Engine, reading: None):
    assert not same_moment()
    idle_now = f"SELECT state FROM pg_stat_activity WHERE pid = {db.session.scalar(text('SELECT pg_backend_pid()'))}"
    assert other_side(engine, idle_now) == "idle"


def test_to_begin_and_to_end_it_nothing_is_sent(engine: Engine, reading: None):
    pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.remove()
    assert other_side(engine, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}") == "SELECT pg_backend_pid()"


def test_nor_when_there_was_a_snapshot_on_the_connection(engine: Engine, reading: None):
    with snapshot():
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    only_read()
    assert db.session.scalar(text("SELECT pg_backend_pid()")) == pid
    db.session.remove()
    assert other_side(engine, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}") == "SELECT pg_backend_pid()"


def test_a_transaction_is_one_although_its_session_has_read_before(reading: None):
    assert not same_moment()

    @transaction()
    def fail() -> None:
        add("first")
        assert same_moment()
        raise BadRequest("no")

    with pytest.raises(BadRequest):
        fail()
    assert names() == []


def test_what_was_read_before_a_transaction_stays_read(reading: None):
    role = db.session.scalars(select(Role)).first()
    with transaction():
        assert not inspect(role).expired_attributes


def test_a_snapshot_is_of_one_moment_although_its_session_only_read(reading: None):
    assert not same_moment()
    with snapshot():
        assert same_moment()
        assert db.session.scalar(text("SHOW transaction_isolation")) == "repeatable read"


def test_whoever_gets_the_connection_next_has_transactions(engine: Engine, reading: None):
    pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.remove()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) == pid
        assert connection.scalar(MOMENT) == connection.scalar(MOMENT)


def test_what_only_reads_may_not_change_anything(reading: None):
    """It would be committed at once, in nobody's name."""
    db.session.add(EventTopic(name="by mistake"))
    with pytest.raises(RuntimeError, match="only reads"):
        names()


def test_a_connection_that_is_lost_while_it_only_reads_leaves_its_place(engine: Engine, reading: None):
    pid, taken = db.session.scalar(text("SELECT pg_backend_pid()")), pool_of(engine).checkedout()
    ended_by_the_server(engine, pid)
    with pytest.raises(DBAPIError):
        Constant(select(literal(1))).rows(db.session.connection(), {})
    db.session.remove()
    assert pool_of(engine).checkedout() == taken - 1


def pool_of(engine: Engine) -> QueuePool:
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool


@pytest.mark.parametrize(("method", "has_one"), [("GET", False), ("HEAD", False), ("POST", True), ("PATCH", True)])
def test_requests_that_only_read_have_none(app: Flask, engine: Engine, method: str, has_one: bool):
    with app.test_request_context("/v1/events", method=method):
        app.preprocess_request()
        assert same_moment() is has_one


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    """The application's, with a pool in which one connection waits."""
    with app.app_context():
        db.engine.dispose()
        with db.engine.connect() as connection:
            connection.scalar(text("SELECT 'waiting'"))
        yield db.engine
        db.engine.dispose()


def backend(engine: Engine) -> int:
    """Which connection the pool gives."""
    with engine.connect() as connection:
        pid: int = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        return pid


def other_side(engine: Engine, statement: str) -> Any:
    """What a connection that is no pool's is told."""
    with create_engine(engine.url, poolclass=NullPool).connect() as connection:
        found = connection.scalar(text(statement))
        connection.commit()
        return found


def test_a_connection_that_is_alive_is_used_again_and_asked_nothing(engine: Engine):
    pid = backend(engine)
    assert [backend(engine) for _ in range(3)] == [pid] * 3
    last = other_side(engine, f"SELECT query FROM pg_stat_activity WHERE pid = {pid}")
    assert last in {"SELECT 'waiting'", "ROLLBACK"}


def ended_by_the_server(engine: Engine, pid: int) -> None:
    assert other_side(engine, f"SELECT pg_terminate_backend({pid}, 5000)")


def cut(engine: Engine, pid: int) -> None:
    with socket.socket(fileno=os.dup(idle(engine).fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def closed_here(engine: Engine, pid: int) -> None:
    idle(engine).close()


def with_something_to_read(engine: Engine, pid: int) -> None:
    """A notice on it is no harm, but nothing tells it from what is."""
    with engine.connect() as connection:
        connection.execute(text("LISTEN a_test"))
        connection.commit()
        waiting: Any = connection.connection.dbapi_connection
    other_side(engine, "SELECT pg_notify('a_test', '')::text")
    arrived, _, _ = select_ready([waiting], [], [], PATIENCE)
    assert arrived


def idle(engine: Engine) -> Any:
    """The driver's connection that waits in the pool."""
    with engine.connect() as connection:
        return connection.connection.dbapi_connection


@pytest.mark.parametrize("end", [ended_by_the_server, cut, closed_here, with_something_to_read])
def test_a_connection_that_has_ended_costs_no_request(engine: Engine, end: Callable[[Engine, int], None]):
    in_use = metrics.CONNECTIONS._value.get()
    pid = backend(engine)
    end(engine, pid)
    another = backend(engine)
    assert another != pid
    assert backend(engine) == another
    assert metrics.CONNECTIONS._value.get() == in_use
