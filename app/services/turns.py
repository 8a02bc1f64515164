"""Turns: what only one may do at a time, of all workers and servers. Each is an advisory lock of the database, which
ends with the transaction, however that ends.

A turn has a name, any text. Of two names with the same hash one waits for the other without need, and no more.
"""

from sqlalchemy import bindparam, func, select

from app.database import session

_KEY = func.hashtextextended(bindparam("name"), 0)
_TRY, _WAIT = select(func.pg_try_advisory_xact_lock(_KEY)), select(func.pg_advisory_xact_lock(_KEY))


def is_ours(name: str) -> bool:
    """Whether nobody else has the turn; then nobody gets it until the transaction ends."""
    return bool(session().scalar(_TRY, {"name": name}))


def wait_for(name: str) -> None:
    """Waits until nobody else has the turn; then nobody gets it until the transaction ends."""
    session().execute(_WAIT, {"name": name})
