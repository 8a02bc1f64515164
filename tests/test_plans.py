"""Statements that are planned once for each connection."""

from datetime import UTC, datetime
from decimal import Decimal
from inspect import signature
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import (
    Connection,
    DateTime,
    Integer,
    Numeric,
    Text,
    TypeDecorator,
    bindparam,
    event,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from app import plans
from app.api.jsonapi.errors import refusal
from app.config import Settings
from app.database import db
from app.plans import BEHIND_POOLER, Constant, planned_once
from tests.factories import World
from tests.http import Api, resource

PLANS = text("SELECT name, statement FROM pg_prepared_statements")
SENT = {
    "number": 7,
    "words": "«it's 100 %»",
    "amount": Decimal("12.50"),
    "moment": datetime(2026, 11, 22, 9, 30, 0, 123456, UTC),
    "ids": [3, 4],
}
ASKED = planned_once(
    select(
        bindparam("number", type_=Integer),
        bindparam("words", type_=Text),
        bindparam("amount", type_=Numeric),
        bindparam("moment", type_=DateTime(timezone=True)),
        bindparam("ids", type_=ARRAY(Integer)),
        literal(100) % 30,
    )
)


def by_sqlalchemy(connection: Any, statement: Any, values: Any) -> Any:
    return [tuple(row) for row in connection.execute(statement, values)]


def straight(connection: Any, statement: Any, values: Any) -> Any:
    return Constant(statement).rows(connection, values)


WAYS = pytest.mark.parametrize("send", [by_sqlalchemy, straight])
"""How a statement is sent."""


@pytest.fixture
def connection(app: Any):
    with app.app_context():
        db.engine.dispose()  # a new one, that has planned nothing yet
        with db.engine.connect() as connection:
            yield connection


def test_values_come_back_as_they_were_sent(connection: Any):
    for _ in range(2):
        assert connection.execute(ASKED, SENT).one() == (*SENT.values(), 10)


def test_of_no_value_too(connection: Any):
    assert connection.execute(ASKED, dict.fromkeys(SENT)).one() == (None, None, None, None, None, 10)
    assert connection.execute(ASKED, SENT | {"ids": []}).one().ids == []


def test_of_lists_and_of_none_at_all(connection: Any):
    chosen = planned_once(select(literal(1)).where(bindparam("word", type_=Text).in_(["a", "b"])))
    assert [connection.scalar(chosen, {"word": word}) for word in "abc"] == [1, 1, None]
    everything = planned_once(text("SELECT '100 %'"))
    assert [connection.scalar(everything) for _ in range(2)] == ["100 %"] * 2


def test_it_is_planned_once(connection: Any):
    for number in range(3):
        connection.execute(ASKED, SENT | {"number": number})
    assert len(connection.execute(PLANS).all()) == 1


def test_a_plan_outlives_a_rollback(connection: Any):
    connection.execute(ASKED, SENT)
    with pytest.raises(DBAPIError):
        connection.execute(text("SELECT 1 / 0"))
    connection.rollback()
    assert connection.execute(ASKED, SENT).one().number == 7
    assert len(connection.execute(PLANS).all()) == 1


def test_the_next_connection_plans_anew(connection: Any):
    connection.execute(ASKED, SENT)
    connection.invalidate()
    connection.rollback()
    assert connection.execute(ASKED, SENT).one().number == 7


@WAYS
def test_behind_a_pooler_nothing_is_planned(settings: Settings, connection: Any, send: Any):
    url = settings.required_database_url()
    options = Settings(database_url=url, database_listen_url=url)._engine_options()
    behind = connection.execution_options(**options["execution_options"])
    assert send(behind, ASKED, SENT)[0][0] == 7
    assert behind.execute(PLANS).all() == []


def forget_in_the_database(connection: Any) -> None:
    connection.execute(text("DEALLOCATE ALL"))


def forget_in_the_server(connection: Any) -> None:
    connection.info.clear()


@WAYS
@pytest.mark.parametrize("forget", [forget_in_the_database, forget_in_the_server])
def test_a_pooler_that_nobody_has_told_of_is_noticed(connection: Any, forget: Any, send: Any):
    """Another PostgreSQL process knows no plans of the former, or such as another connection of ours has left it."""
    engine = connection.engine
    try:
        send(connection, ASKED, SENT)
        forget(connection)
        with pytest.raises(DBAPIError) as failed:
            send(connection, ASKED, SENT)
        assert refusal(failed.value).status == 503
        with engine.connect() as later:
            assert later.execute(ASKED, SENT).one().number == 7
    finally:
        engine.update_execution_options(**{BEHIND_POOLER: False})


@WAYS
def test_an_outdated_plan_is_given_up_with_its_connection(app: Any, connection: Any, send: Any):
    connection.execute(text("CREATE TABLE kinds (word integer)"))
    connection.commit()
    kinds = planned_once(text("SELECT word FROM kinds").columns(word=Integer))
    try:
        send(connection, kinds, {})
        connection.rollback()
        with db.engine.begin() as other:
            other.execute(text("ALTER TABLE kinds ALTER word TYPE text"))
        with pytest.raises(DBAPIError) as failed:
            send(connection, kinds, {})
        assert failed.value.connection_invalidated
        connection.rollback()
        assert send(connection, kinds, {}) == []
        connection.rollback()
    finally:
        with db.engine.begin() as other:
            other.execute(text("DROP TABLE kinds"))


@pytest.fixture
def constant(connection: Any):
    """The same statement, sent straight to the driver; each time the values that come back."""
    sent = Constant(ASKED)
    return lambda values: list(sent.rows(connection, values)[0])


def test_a_constant_gives_what_a_statement_gives(connection: Any, constant: Any):
    for values in (SENT, SENT | {"ids": []}, dict.fromkeys(SENT), SENT):
        assert constant(values) == list(connection.execute(ASKED, values).one())


def test_a_constant_is_planned_with_the_statements(connection: Any, constant: Any):
    for number in range(3):
        assert constant(SENT | {"number": number, "not asked for": 1})[0] == number
    connection.execute(ASKED, SENT)
    assert len(connection.execute(PLANS).all()) == 1
    Constant(select(literal(1)), is_planned=False).rows(connection, {})
    assert len(connection.execute(PLANS).all()) == 1


def test_the_values_of_columns_are_those_that_their_types_give(connection: Any):
    halves = select(literal(Decimal("0.5"), Numeric(asdecimal=False)), literal(["a"], ARRAY(Text)), literal("b", Kind))
    assert Constant(halves).rows(connection, {}) == [tuple(connection.execute(halves).one())]
    assert Constant(halves).rows(connection, {}) == [(0.5, ["a"], "kind of b")]


class Kind(TypeDecorator[str]):
    """A text that is written and read in another way."""

    impl, cache_ok = Text, True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return f"of {value}"

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return f"kind {value}"


def test_a_constant_has_lists_of_its_own_and_no_others(connection: Any):
    word = bindparam("word", type_=Text)
    own = Constant(select(literal(1)).where(word.in_(["a", "b"])))
    assert [own.rows(connection, {"word": word}) for word in "abc"] == [[(1,)], [(1,)], []]
    others = Constant(select(literal(1)).where(literal("a").in_(bindparam("words", expanding=True))))
    with pytest.raises(ValueError, match="IN"):
        others.rows(connection, {"words": ["a"]})


def test_a_constant_is_not_sent_without_its_values(connection: Any, constant: Any):
    constant(SENT)
    with pytest.raises(KeyError):
        constant({})


def test_who_listens_to_statements_hears_of_constants(connection: Any, constant: Any):
    heard: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *facts: heard.append(facts[2]))
    for _ in range(2):
        constant(SENT)
    assert [statement.split()[0] for statement in heard] == ["SELECT", "SELECT"]


def test_errors_of_constants_are_those_of_statements(connection: Any):
    fails = select(literal(1) / bindparam("number", type_=Integer))
    for send in (connection.execute, lambda *sent: Constant(fails).rows(connection, sent[1])):
        with pytest.raises(DataError) as failed:
            send(fails, {"number": 0})
        assert (failed.value.orig.pgcode, failed.value.connection_invalidated) == ("22012", False)
        connection.rollback()


def test_the_private_name_is_there():
    """Of all that `Constant` uses of SQLAlchemy this alone may go without a word."""
    handle = getattr(Connection, "_handle_dbapi_exception", None)
    assert handle is not None, "SQLAlchemy has another name for it now: look for who calls handle_error, and use that"
    assert list(signature(handle).parameters)[1:6] == ["e", "statement", "parameters", "cursor", "context"]


def test_a_constant_gives_up_a_connection_that_has_ended(connection: Any, constant: Any):
    constant(SENT)
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid_of(connection)})
    with pytest.raises(OperationalError) as failed:
        constant(SENT)
    assert failed.value.connection_invalidated
    assert refusal(failed.value).status == 503
    connection.rollback()
    assert constant(SENT)[0] == 7


def pid_of(connection: Any) -> int:
    """The PostgreSQL process behind it."""
    pid: int = connection.connection.dbapi_connection.info.backend_pid
    return pid


def test_fieldsets_are_not_planned(api: Api, world: World, session: Any):
    """There are so many that PostgreSQL's memory would not hold the plans of all."""
    before = len(session.execute(PLANS).all())
    names = ("name", "price", "type", "quantity", "position", "description", "min-price", "max-price")
    for number in range(1, len(names) + 1):
        query = {"include": "tickets", "fields[ticket]": ",".join(names[:number])}
        assert api.get("/v1/events?" + urlencode(query)).json["included"]
    assert len(session.execute(PLANS).all()) <= before + 1


def test_a_connection_has_so_many_plans_and_no_more(connection: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plans, "MOST", 2)
    for number in range(4):
        assert connection.scalar(planned_once(select(literal(number)).where(text(f"{number} = {number}")))) == number
    assert len(connection.execute(PLANS).all()) == 2


def test_a_scan_is_planned(api: Api, world: World, session: Any):
    guest = world.attendee
    entering = resource("attendee", {"is-checked-in": True}, id_=guest.id)
    assert api.patch(f"/v1/attendees/{guest.id}", entering, world.registrar).status_code == 200
    planned = " ".join(statement for _, statement in session.execute(PLANS))
    assert "FOR NO KEY UPDATE OF ticket_holders" in planned
    assert "INSERT INTO movements" in planned
