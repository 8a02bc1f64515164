"""Statements that are planned once for each connection."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import DateTime, Integer, Numeric, Text, bindparam, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from app import plans
from app.api.errors import refusal
from app.config import Settings
from app.database import db
from app.plans import BEHIND_POOLER, planned_once
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


def test_behind_a_pooler_nothing_is_planned(settings: Settings, connection: Any):
    url = settings.required_database_url()
    options = Settings(database_url=url, database_listen_url=url)._engine_options()
    behind = connection.execution_options(**options["execution_options"])
    assert behind.execute(ASKED, SENT).one().number == 7
    assert behind.execute(PLANS).all() == []


def forget_in_the_database(connection: Any) -> None:
    connection.execute(text("DEALLOCATE ALL"))


def forget_in_the_server(connection: Any) -> None:
    connection.info.clear()


@pytest.mark.parametrize("forget", [forget_in_the_database, forget_in_the_server])
def test_a_pooler_that_nobody_has_told_of_is_noticed(connection: Any, forget: Any):
    """Another PostgreSQL process knows no plans of the former, or such as another connection of ours has left it."""
    engine = connection.engine
    try:
        connection.execute(ASKED, SENT)
        forget(connection)
        with pytest.raises(DBAPIError) as failed:
            connection.execute(ASKED, SENT)
        assert refusal(failed.value).status == 503
        with engine.connect() as later:
            assert later.execute(ASKED, SENT).one().number == 7
    finally:
        engine.update_execution_options(**{BEHIND_POOLER: False})


def test_an_outdated_plan_is_given_up_with_its_connection(app: Any, connection: Any):
    connection.execute(text("CREATE TABLE kinds (word integer)"))
    connection.commit()
    kinds = planned_once(text("SELECT word FROM kinds").columns(word=Integer))
    try:
        connection.execute(kinds)
        connection.rollback()
        with db.engine.begin() as other:
            other.execute(text("ALTER TABLE kinds ALTER word TYPE text"))
        with pytest.raises(DBAPIError) as failed:
            connection.execute(kinds)
        assert failed.value.connection_invalidated
        connection.rollback()
        assert connection.execute(kinds).all() == []
        connection.rollback()
    finally:
        with db.engine.begin() as other:
            other.execute(text("DROP TABLE kinds"))


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
