"""Turns: of several transactions one has them, until it ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from app.services import turns

ODD = ["a", "A", "a ", "", "100%s :a", 'it\'s "{}" \\ \n\t', "дверь 🐎"]


@pytest.fixture
def other(database_url: str) -> Iterator[Connection]:
    """Another transaction at the same database."""
    with create_engine(database_url, poolclass=NullPool).connect() as connection, connection.begin():
        yield connection


def gets(other: Connection, name: str) -> bool:
    """Whether the other one gets the turn; said in SQL, which releases that run beside each other must agree about."""
    statement = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(other.scalar(statement, {"name": name}))


@pytest.mark.parametrize("name", ODD)
def test_who_has_a_turn_keeps_it(session: Any, other: Connection, name: str):
    assert turns.is_ours(name)
    assert turns.is_ours(name), "in the same transaction"
    turns.wait_for(name)
    assert [each for each in ODD if not gets(other, each)] == [name]


@pytest.mark.parametrize("name", ODD)
def test_who_has_waited_for_a_turn_keeps_it(session: Any, other: Connection, name: str):
    turns.wait_for(name)
    assert [each for each in ODD if not gets(other, each)] == [name]


def test_a_turn_of_somebody_else_ends_with_his_transaction(session: Any, other: Connection):
    assert gets(other, "a")
    assert not turns.is_ours("a")
    session.execute(text("SET LOCAL lock_timeout = '50ms'"))
    with pytest.raises(OperationalError, match="lock timeout"), session.begin_nested():
        turns.wait_for("a")
    other.rollback()
    turns.wait_for("a")
    assert turns.is_ours("a")
