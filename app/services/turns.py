"""Turns: what only one may do at a time, of all workers and servers. Each is an advisory lock of the database, which
ends with the transaction, however that ends.

A turn has a name, any text. Of two names with the same hash one waits for the other without need, and no more.
"""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.database import session


def is_ours(name: str) -> bool:
    """Whether nobody else has the turn; then nobody gets it until the transaction ends."""
    return bool(session().scalar(select(func.pg_try_advisory_xact_lock(_key(name)))))


def wait_for(name: str) -> None:
    """Waits until nobody else has the turn; then nobody gets it until the transaction ends."""
    session().execute(select(func.pg_advisory_xact_lock(_key(name))))


def _key(name: str) -> ColumnElement[Any]:
    return func.hashtextextended(name, 0)
