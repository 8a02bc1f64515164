"""Long lists of rows, read from the database while they are worked on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from threading import Event
from typing import Any

from sqlalchemy import ClauseElement, Executable, Row, Select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from app.database import session

_numbers = count()
"""Cursors have names of their own: more than one may be open in a transaction."""


def streamed(statement: Select[Any], *, batch: int = 1000) -> Iterator[Row[Any]]:
    """The statement's rows, two batches in memory at a time: while one is worked on, PostgreSQL makes the next.

    In a session of its own, since a file is still being sent when its request's session has ended. It takes its
    connection when the first row is asked for, and gives it back after the last, or when the iterator is closed.
    """
    bind = session().get_bind()

    def rows() -> Iterator[Row[Any]]:
        # Parted last to first: nobody fetches any more when the session ends.
        with Session(bind) as own, ThreadPoolExecutor(1, "streamed") as beside:
            connection, cursor = own.connection(), f"streamed_{next(_numbers)}"
            connection.execute(_Declared(cursor, statement))
            batches = text(f"FETCH {batch} FROM {cursor}").columns(*statement.selected_columns)
            coming = _begun(beside, partial(connection.execute, batches))
            while (fetched := coming.result()).rowcount:
                coming = _begun(beside, partial(connection.execute, batches))
                yield from fetched.all()  # only here they are made Python's, beside PostgreSQL

    return rows()


class _Declared(Executable, ClauseElement):
    """A statement as a cursor of the server's, which gives so many of its rows as it is asked for.

    One that SQLAlchemy opens makes Python's rows of a batch before PostgreSQL can be asked for the next.
    """

    inherit_cache = False

    def __init__(self, name: str, statement: Select[Any]):
        self.name, self.statement = name, statement


@compiles(_Declared)
def _declare(declared: _Declared, compiler: SQLCompiler, **options: Any) -> str:
    return f"DECLARE {declared.name} NO SCROLL CURSOR FOR {compiler.process(declared.statement, **options)}"


def _begun(beside: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
    """Work that PostgreSQL is asked for by now: a thread that has only been told to ask would wait for its turn until
    this one waits for it, and PostgreSQL would have nothing to do meanwhile."""
    begins = Event()

    def done() -> Any:
        begins.set()
        return work()

    coming = beside.submit(done)
    begins.wait()  # gives up its turn, and gets it back when the other one waits for PostgreSQL
    return coming
