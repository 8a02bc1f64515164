"""Statements that PostgreSQL parses and plans once for each connection, and not each time.

Of a scan's processor time in PostgreSQL that was 1.0 of 2.8 ms (measured on a busy machine). psycopg2 sends nothing but
texts; so the first time it sends ``PREPARE``, and then ``EXECUTE`` with the values.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from psycopg2 import Error
from sqlalchemy import Connection, Engine, ExceptionContext, Executable, event
from sqlalchemy.types import NullType

from app.messages import first_of

log = logging.getLogger(__name__)

BEHIND_POOLER = "behind_pooler"
"""Execution option of engines whose connections go to another PostgreSQL process for each transaction, which knows no
plans of the one before."""

UNKNOWN_PLAN, KNOWN_PLAN = "26000", "42P05"
"""SQLSTATEs of a plan that the process should know and does not, and the other way round."""

OUTDATED_PLAN = "0A000"
"""SQLSTATE, among others, of a plan whose columns have another type since a migration."""

MOST = 200
"""Plans of one connection: each takes some 30 to 100 kB of a PostgreSQL process. Whatever comes after them is planned
each time."""

_PLANNED_ONCE = "planned_once"
_PLANS = "plans"

Statement = TypeVar("Statement", bound=Executable)


def planned_once(statement: Statement) -> Statement:
    """The statement, made to be planned once.

    For such as are constant and sent with each request, and whose best plan is the same whatever the values: the row
    with an id, or a list that is always short. Not for other lists and filters, which are planned for what is asked:
    a plan for the guests of ten events would read all guests, whoever has none.
    """
    planned: Statement = statement.execution_options(**{_PLANNED_ONCE: True})
    return planned


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _by_its_plan(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, _many: bool
) -> tuple[str, Any]:
    if context is None or _PLANNED_ONCE not in context.execution_options:
        return statement, parameters
    types = partial(_types, context.compiled, context.dialect, parameters)
    return _planned(connection, cursor, statement, types), parameters


@event.listens_for(Engine, "handle_error")
def _learn(failed: ExceptionContext) -> None:
    """Where a pooler stands between that nobody has told of, a few requests are sent away, and none after them. A
    connection whose plans are outdated, or not what we take them for, is given up."""
    state = getattr(failed.original_exception, "pgcode", None)
    if state in {UNKNOWN_PLAN, KNOWN_PLAN} and failed.engine is not None:
        log.warning(
            "the database does not know the plans of this connection: is there a pooler between? Then set "
            "DATABASE_LISTEN_URL. Until it is started again this worker has nothing planned in advance, and is slower"
        )
        failed.engine.update_execution_options(**{BEHIND_POOLER: True})
    if state == KNOWN_PLAN or (state == OUTDATED_PLAN and "cached plan" in str(failed.original_exception)):
        failed.is_disconnect, failed.invalidate_pool_on_disconnect = True, False


class Constant:
    """A statement that never changes, made once and sent straight to psycopg2: that takes 36 µs of a worker's
    processor, where SQLAlchemy's handling of each sending makes it 95 (measured: the row of an order by its identifier,
    medians of 3,000 each). ``is_planned``: it is planned once, too.

    Its rows are tuples, and no entities. Lists of values are sent as arrays (``= ANY``): each length of an ``IN`` is
    another statement. Whoever listens to statements hears of it, and errors are those of SQLAlchemy. The session does
    not hear of it: what it has not stored yet it stores when it is told to.
    """

    def __init__(self, statement: Executable, *, is_planned: bool = True):
        self.statement: Any = statement
        self._is_planned = is_planned
        self._made: _Made | None = None

    def rows(self, connection: Connection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows. Raises what the connection's ``execute()`` raises."""
        made = self._made
        if made is None:
            made = self._made = _Made(self.statement, parameters, connection.dialect)
        values = made.values(parameters)
        if not connection.in_transaction():
            connection.begin()  # so that it knows of something to commit, or to roll back
        cursor = connection.connection.cursor()
        try:
            for tell in connection.dispatch.before_cursor_execute:
                tell(connection, cursor, made.text, values, None, False)
            sent = _planned(connection, cursor, made.text, lambda: made.types) if self._is_planned else made.text
            cursor.execute(f"{first_of(connection, cursor)}{sent}", values)
            for tell in connection.dispatch.after_cursor_execute:
                tell(connection, cursor, made.text, values, None, False)
            return made.rows(cursor)
        except Error as error:
            # Who else knows which errors end a connection, and who wants to hear of them? It is the one name here that
            # SQLAlchemy does not offer: whoever upgrades it is told by `test_the_private_name_is_there`.
            connection._handle_dbapi_exception(error, made.text, values, cursor, None)
        finally:
            cursor.close()


class _Made:
    """What SQLAlchemy makes of a statement, once it has the first ``parameters``."""

    def __init__(self, statement: Any, parameters: Mapping[str, Any], dialect: Any):
        compiled = statement.compile(dialect=dialect)
        sent = compiled.construct_expanded_state(parameters)
        if sent.parameter_expansion.keys() & parameters.keys():
            raise ValueError("a constant statement has an IN of values that change")
        self.text: str = sent.statement
        self.types = _types(compiled, dialect, sent.parameters)
        writers = {**_writers(compiled, dialect), **sent.processors}
        self._writers = [(name, write) for name, write in writers.items() if name in parameters]
        self._own = {
            name: writers[name](value) if name in writers else value
            for name, value in sent.parameters.items()
            if name not in parameters
        }
        self._columns = [column.type.dialect_impl(dialect) for column in statement.exported_columns]
        self._dialect = dialect
        self._readers: list[tuple[int, Callable[[Any], Any]]] | None = None

    def values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, as psycopg2 takes them."""
        values = {**self._own, **parameters}
        for name, write in self._writers:
            values[name] = write(values[name])
        return values

    def rows(self, cursor: Any) -> list[tuple[Any, ...]]:
        """The rows of what was sent, as SQLAlchemy gives their values."""
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        if self._readers is None:
            readers = [
                (place, type_.result_processor(self._dialect, column.type_code))
                for place, (type_, column) in enumerate(zip(self._columns, cursor.description, strict=True))
            ]
            self._readers = [(place, read) for place, read in readers if read is not None]
        return [_converted(row, self._readers) for row in rows] if self._readers else rows


def _writers(compiled: Any, dialect: Any) -> dict[str, Callable[[Any], Any]]:
    """How values are written, by the names of the parameters that are not sent as they are."""
    types = ((name, bound.type.dialect_impl(dialect)) for bound, name in compiled.bind_names.items())
    writers = ((name, type_.bind_processor(dialect)) for name, type_ in types)
    return {name: write for name, write in writers if write is not None}


def _converted(row: Iterable[Any], readers: Iterable[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for place, read in readers:
        values[place] = read(values[place])
    return tuple(values)


def _planned(connection: Connection, cursor: Any, statement: str, types: Callable[[], dict[str, str]]) -> str:
    """What is sent instead of a statement, which is planned when it was not yet; the statement where it cannot be."""
    if connection.get_execution_options().get(BEHIND_POOLER):
        return statement
    plans = connection.info.setdefault(_PLANS, {})  # of the connection itself: gone with it, and not at a rollback
    if statement not in plans:
        if len(plans) >= MOST:
            return statement
        plans[statement] = _plan(cursor, statement, types())
    planned: str = plans[statement]
    return planned


def _plan(cursor: Any, statement: str, types: dict[str, str]) -> str:
    """Has the statement planned, whose parameters are of these types; gives the one that is sent instead of it."""
    # Named by what it is: whatever else a process knows by this name is the same.
    name = "plan_" + hashlib.sha256(f"{types} {statement}".encode()).hexdigest()[:32]
    numbered = {parameter: _numbered(number, types[parameter]) for number, parameter in enumerate(types, start=1)}
    declared, values = "", ""
    if types:
        declared, values = f" ({', '.join(types.values())})", f" ({', '.join(f'%({each})s' for each in types)})"
    cursor.execute(f"PREPARE {name}{declared} AS {statement % numbered}")
    return f"EXECUTE {name}{values}"


def _numbered(number: int, type_: str) -> str:
    """A parameter in a plan. Arrays stand behind a sub-select: of one that it sees PostgreSQL counts the values, and
    plans for them each time; else it expects ten, in the plan for these as in the one for all, and keeps the latter.
    Ten of what a row has few of: see `planned_once`."""
    return f"(SELECT ${number})" if type_.endswith("[]") else f"${number}"


def _types(compiled: Any, dialect: Any, parameters: Iterable[str]) -> dict[str, str]:
    """What PostgreSQL calls the types of a statement's parameters."""
    types = {name: bound.type for bound, name in compiled.bind_names.items()}
    # The values of an IN have names of their own by now; PostgreSQL sees what they are compared with.
    return {name: _sql_type(types.get(name), dialect) for name in parameters}


def _sql_type(type_: Any, dialect: Any) -> str:
    return "unknown" if type_ is None or isinstance(type_, NullType) else str(type_.compile(dialect))
