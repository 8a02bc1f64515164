"""Failures in the middle: after whatever step a request breaks off, nothing of it is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.api import checkout
from app.api.jsonapi import rendering
from app.database import db
from app.services import attendees, inventory, orders
from tests.committed import Answer, Shop
from tests.factories import World
from tests.http import resource

pytestmark = pytest.mark.usefixtures("all_adds_up")

TABLES = ("orders", "order_lines", "ticket_holders", "movements")
ONSITE = "/v1/orders?onsite=true"


class PowerCut(Exception):
    """What no code expects."""


@pytest.fixture(scope="module")
def world(store: Shop) -> World:
    opened = store.open()
    store.rows("UPDATE tickets SET quantity = 10000")  # nothing here is about seats that run out
    return opened


class Job:
    """A write that can be sent again and again, each time as new."""

    def __init__(self, store: Shop, world: World, name: str):
        self.store = store
        self.token = store.token(world.registrar)
        self.method, self.url, self.document = self._request(world, name)

    @staticmethod
    def _request(world: World, name: str) -> tuple[str, str, Any]:
        if name == "sale":
            items = [{"id": world.free.id, "quantity": 2}, {"id": world.paid.id, "quantity": 1}]
            return "POST", ONSITE, resource("order", {"on-site-tickets": items}, event=world.event)
        if name == "order":
            cart = {"tickets": [{"id": world.free.id, "quantity": 2}, {"id": world.paid.id, "quantity": 1}]}
            return "POST", "/v1/orders/create-order", cart
        if name == "attendee":
            document = resource("attendee", {"firstname": "Grace"}, event=world.event, ticket=world.free)
            return "POST", "/v1/attendees", document
        guest = world.attendee
        changes = {"is-checked-in" if name == "check-in" else "is-checked-out": True, "company": f"after {name}"}
        return "PATCH", f"/v1/attendees/{guest.id}", resource("attendee", changes, id_=guest.id)

    def send(self) -> Answer:
        return self.store.send(self.method, self.url, self.token, self.document)

    def undo(self) -> None:
        """Makes a check-in new again."""
        self.store.rows("DELETE FROM movements")
        self.store.rows("DELETE FROM occupancy_counts")
        self.store.rows(
            "UPDATE ticket_holders SET is_checked_in = false, is_checked_out = false, checkin_times = NULL, "
            "checkout_times = NULL, device_name_checkin = NULL, company = NULL"
        )


JOBS = ("sale", "order", "attendee", "check-in", "check-out")


@pytest.fixture(params=JOBS)
def job(request: pytest.FixtureRequest, store: Shop, world: World) -> Iterator[Job]:
    job = Job(store, world, request.param)
    job.undo()
    yield job
    job.undo()


def everything(store: Shop) -> dict[str, Any]:
    """All that a request could have changed."""
    found: dict[str, Any] = {table: store.count(f"SELECT count(*) FROM {table}") for table in TABLES}
    found["sold"] = store.rows("SELECT sold FROM tickets ORDER BY id")
    columns = "id, order_id, company, is_checked_in, is_checked_out, checkin_times, checkout_times"
    found["attendees"] = store.rows(f"SELECT concat_ws('|', {columns}) FROM ticket_holders ORDER BY id")
    return found


def idle_transactions(store: Shop) -> int:
    """Connections that were given back with a transaction, and perhaps locks, still open."""
    return store.count(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )


@contextmanager
def listening(store: Shop, moment: str, reaction: Callable[..., None]) -> Iterator[None]:
    with store.app.app_context():
        engine = db.engine
    event.listen(engine, moment, reaction)
    try:
        yield
    finally:
        event.remove(engine, moment, reaction)


@contextmanager
def after_statement(store: Shop, number: int, fault: Callable[[Any], None]) -> Iterator[list[str]]:
    """Calls ``fault`` with the connection once, when its ``number``-th statement is done; gives the statements."""
    statements: list[str] = []

    def react(connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        # What was planned before is sent by the name of its plan.
        statements.append(statement if context is None or context.compiled is None else str(context.compiled))
        if len(statements) == number:
            fault(connection)

    with listening(store, "after_cursor_execute", react):
        yield statements


def cut_power(_connection: Any) -> None:
    raise PowerCut


def kill_connection_of(store: Shop) -> Callable[[Any], None]:
    """What a restarted database or a dropped cable does: the server ends the connection and rolls back."""

    def kill(connection: Any) -> None:
        pid = connection.connection.dbapi_connection.info.backend_pid
        assert store.rows(f"SELECT pg_terminate_backend({pid}, 5000)") == [True]

    return kill


def steps_of(job: Job) -> list[str]:
    """The statements of a request that succeeds, which is then undone."""
    before = everything(job.store)
    with after_statement(job.store, 0, cut_power) as statements:
        assert job.send().status in {200, 201}
    assert everything(job.store) != before
    job.undo()
    return statements


def test_the_steps_of_a_sale_are_those_we_break_off_after(store: Shop, world: World):
    steps = steps_of(Job(store, world, "sale"))
    writes = [" ".join(step.split()[:3]) for step in steps if not step.startswith(("SELECT", "SET"))]
    assert writes == [
        "WITH made AS",  # the order and its lines
        "INSERT INTO ticket_holders",
        "WITH locked AS",  # the seats
    ]
    assert sum("FOR NO KEY UPDATE" in step for step in steps) == 1


def closes(step: str) -> bool:
    """Whether all is committed with a statement: it takes seats, in one message with the COMMIT."""
    return step.startswith("WITH locked AS") and "reserved" in step


def test_an_error_after_any_statement_leaves_nothing(job: Job):
    """But for the one with which all is committed: it leaves all, and nobody can tell the client."""
    steps = steps_of(job)
    assert len(steps) > 3
    assert [closes(step) for step in steps[:-1]] == [False] * (len(steps) - 1)
    for number in range(1, len(steps) + 1):
        before = everything(job.store)
        with after_statement(job.store, number, cut_power):
            answer = job.send()
        assert answer.status == 500, steps[number - 1]
        assert [error["code"] for error in answer.document["errors"]] == ["internal"]
        assert (everything(job.store) == before) is not closes(steps[number - 1]), steps[number - 1]
        assert idle_transactions(job.store) == 0
    assert job.send().status in {200, 201}


def test_a_connection_killed_after_any_statement_leaves_nothing_and_the_next_request_works(job: Job):
    """The last turn kills it between the last statement and the commit, unless these are one: then all is there, and
    the client is told."""
    steps = steps_of(job)
    for number in range(1, len(steps) + 1):
        before = everything(job.store)
        with after_statement(job.store, number, kill_connection_of(job.store)):
            answer = job.send()
        if closes(steps[number - 1]):
            assert answer.status in {200, 201}
            assert everything(job.store) != before
        else:
            assert answer.status == 503, steps[number - 1]
            assert [error["code"] for error in answer.document["errors"]] == ["busy"]
            assert everything(job.store) == before, steps[number - 1]
        assert job.send().status in {200, 201}, "the next request must not meet the dead connection"
        job.undo()


def test_an_error_before_the_commit_leaves_nothing(job: Job):
    is_over = any(closes(step) for step in steps_of(job))
    before = everything(job.store)
    with listening(job.store, "commit", cut_power):
        assert job.send().status == 500
    assert (everything(job.store) == before) is not is_over
    assert idle_transactions(job.store) == 0
    assert job.send().status in {200, 201}


def test_a_connection_killed_at_the_commit_leaves_nothing(job: Job):
    """Nor a client who is told of a failure, where all was committed before."""
    is_over = any(closes(step) for step in steps_of(job))
    before = everything(job.store)
    with listening(job.store, "commit", kill_connection_of(job.store)):
        assert (job.send().status == 503) is not is_over
    assert (everything(job.store) == before) is not is_over
    assert job.send().status in {200, 201}


@pytest.mark.parametrize(
    "functions",
    [
        ((rendering, "detail"),),
        ((rendering, "respond"), (rendering, "respond_changed"), (checkout, "jsonify")),
    ],
)
def test_an_error_while_the_answer_is_rendered_leaves_nothing(
    job: Job, monkeypatch: pytest.MonkeyPatch, functions: Any
):
    """The answer is written before the commit: what cannot be told to the client has not happened."""
    before = everything(job.store)
    with monkeypatch.context() as patched:
        for module, function in functions:
            patched.setattr(module, function, _explode)
        assert job.send().status == 500
    assert everything(job.store) == before
    assert idle_transactions(job.store) == 0
    assert job.send().status in {200, 201}


@pytest.mark.parametrize(
    ("module", "function"),
    [
        (orders, "_lines_at_the_door"),
        (orders, "insert_order"),
        (attendees, "create_guests"),
        (inventory, "reserve_at_last"),
        (inventory, "_seats"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_error_around_any_step_of_a_sale_leaves_nothing(
    store: Shop, world: World, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, when: str
):
    real = getattr(module, function)

    def step(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            real(*args, **kwargs)
        raise PowerCut

    sale = Job(store, world, "sale")
    before = everything(store)
    with monkeypatch.context() as patched:
        patched.setattr(module, function, step)
        assert sale.send().status == 500
    assert everything(store) == before
    assert idle_transactions(store) == 0
    assert sale.send().status == 201


def test_all_connections_of_the_pool_may_be_killed(store: Shop, world: World):
    """A restarted database costs no request: what is dead in the pool is noticed before it is used."""
    sale = Job(store, world, "sale")
    assert sale.send().status == 201
    killed = store.rows(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert killed
    assert all(killed)
    assert sale.send().status == 201


def test_a_refused_sale_gives_its_connection_back_clean(store: Shop, world: World):
    items = [{"id": world.free.id, "quantity": 1}, {"id": world.paid.id, "quantity": 10}]
    document = resource("order", {"on-site-tickets": items}, event=world.event)
    store.rows(f"UPDATE tickets SET quantity = sold + 5 WHERE id = {world.paid.id}")
    before = everything(store)
    answer = store.send("POST", ONSITE, store.token(world.registrar), document)
    assert answer.status == 409
    assert everything(store) == before
    assert idle_transactions(store) == 0
    store.rows(f"UPDATE tickets SET quantity = 100 WHERE id = {world.paid.id}")


def _explode(*_args: Any, **_kwargs: Any) -> None:
    raise PowerCut
