"""Statements that PostgreSQL parses and plans once for each connection, and not each time.

Of a scan's processor time in PostgreSQL that was 1.0 of 2.8 ms (measured on a busy machine). psycopg2 sends nothing but
texts; so the first time it sends ``PREPARE``, and then ``EXECUTE`` with the values.
"""

from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, event
from sqlalchemy.types import NullType

BEHIND_POOLER = "behind_pooler"
"""Execution option of engines whose connections go to another PostgreSQL process for each transaction, which knows no
plans of the one before."""

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
        types = {name: bound.type for bound, name in context.compiled.bind_names.items()}
        # The values of an IN have names of their own by now; PostgreSQL sees what they are compared with.
        named = {name: _sql_type(types.get(name), context.dialect) for name in parameters}
        plans[statement] = _plan(cursor, f"plan_{len(plans)}", statement, named)
    return plans[statement], parameters


def _plan(cursor: Any, name: str, statement: str, types: dict[str, str]) -> str:
    """Has the statement planned, whose parameters are of these types; gives the one that is sent instead of it."""
    numbered = {parameter: f"${number}" for number, parameter in enumerate(types, start=1)}
    declared, values = "", ""
    if types:
        declared, values = f" ({', '.join(types.values())})", f" ({', '.join(f'%({each})s' for each in types)})"
    cursor.execute(f"PREPARE {name}{declared} AS {statement % numbered}")
    return f"EXECUTE {name}{values}"


def _sql_type(type_: Any, dialect: Any) -> str:
    return "unknown" if type_ is None or isinstance(type_, NullType) else str(type_.compile(dialect))
