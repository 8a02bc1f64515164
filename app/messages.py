"""What goes to PostgreSQL together with a statement, in one message.

Each message of its own costs the processor as much as a small statement, and more than that in time: until its answer
is looked at, the thread may have to wait for others that run Python meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event

COMMITTED_WITH = "committed_with"
"""Execution option of a statement whose transaction ends with it. Where it fails, `UNDO` makes as if it had not been
sent, and the transaction goes on. There is no result to be read.

psycopg2 knows of no end that it has not sent itself. So the next transaction begins at once, as it believes: an empty
one, for the COMMIT that it sends when it is told to.
"""

UNDO = "ROLLBACK TO SAVEPOINT without_it"

_waiting: WeakKeyDictionary[Connection, tuple[str, dict[str, str]]] = WeakKeyDictionary()
"""What goes first, by connection, with its values."""


@contextmanager
def sent_first(connection: Connection, statement: str, values: dict[str, str]) -> Iterator[None]:
    """Within the block a statement, which gives nothing, goes before the first one of the connection, if there is
    any."""
    _waiting[connection] = statement, values
    try:
        yield
    finally:
        _waiting.pop(connection, None)


@event.listens_for(Engine, "do_execute")
def _together(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Whether the statement was sent here."""
    first = first_of(context.root_connection, cursor)
    is_last = COMMITTED_WITH in context.execution_options
    if not first and not is_last:
        return False
    if cursor.name is not None:  # a cursor of the server's, which can be asked for one statement only
        _send(cursor, first)
        return False
    if is_last:
        statement = f"SAVEPOINT without_it; {statement}; COMMIT AND CHAIN"
    cursor.execute(f"{first}{statement}", parameters)
    return True


@event.listens_for(Engine, "do_executemany")
def _before_many(cursor: Any, _statement: str, _parameters: Any, context: Any) -> None:
    _send(cursor, first_of(context.root_connection, cursor))


def first_of(connection: Connection, cursor: Any) -> str:
    """What goes before the next statement of the connection, as psycopg2 takes it, for who sends it himself; it is not
    given again."""
    statement, values = _waiting.pop(connection, ("", {}))
    return cursor.mogrify(statement, values).decode().replace("%", "%%") if statement else ""


def _send(cursor: Any, first: str) -> None:
    if first:
        with cursor.connection.cursor() as other:
            other.execute(first, {})
