"""Statements that PostgreSQL parses and plans once for each connection, and not each time.

Of a scan's processor time in PostgreSQL that was 1.0 of 2.8 ms (measured on a busy machine). psycopg2 sends nothing but
texts; so the first time it sends ``PREPARE``, and then ``EXECUTE`` with the values.
"""

import hashlib
import logging
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, Executable, event
from sqlalchemy.types import NullType

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
    with an id. Not for lists and filters, which are planned for what is asked.
    """
    planned: Statement = statement.execution_options(**{_PLANNED_ONCE: True})
    return planned


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _by_its_plan(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, _many: bool
) -> tuple[str, Any]:
    options = {} if context is None else context.execution_options
    if _PLANNED_ONCE not in options or options.get(BEHIND_POOLER):
        return statement, parameters
    plans = connection.info.setdefault(_PLANS, {})  # of the connection itself: gone with it, and not at a rollback
    if statement not in plans:
        if len(plans) >= MOST:
            return statement, parameters
        types = {name: bound.type for bound, name in context.compiled.bind_names.items()}
        # The values of an IN have names of their own by now; PostgreSQL sees what they are compared with.
        named = {name: _sql_type(types.get(name), context.dialect) for name in parameters}
        plans[statement] = _plan(cursor, statement, named)
    return plans[statement], parameters


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


def _plan(cursor: Any, statement: str, types: dict[str, str]) -> str:
    """Has the statement planned, whose parameters are of these types; gives the one that is sent instead of it."""
    # Named by what it is: whatever else a process knows by this name is the same.
    name = "plan_" + hashlib.sha256(f"{types} {statement}".encode()).hexdigest()[:32]
    numbered = {parameter: f"${number}" for number, parameter in enumerate(types, start=1)}
    declared, values = "", ""
    if types:
        declared, values = f" ({', '.join(types.values())})", f" ({', '.join(f'%({each})s' for each in types)})"
    cursor.execute(f"PREPARE {name}{declared} AS {statement % numbered}")
    return f"EXECUTE {name}{values}"


def _sql_type(type_: Any, dialect: Any) -> str:
    return "unknown" if type_ is None or isinstance(type_, NullType) else str(type_.compile(dialect))
