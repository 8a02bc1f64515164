"""Rows as one parameter of a statement, which so stays the same however many they are: it is compiled once, and sent in
one piece. Lists of VALUES, and of parameters, are compiled anew for each length.

Such statements pass over the session's unit of work, which costs more than all the rest of a scan, or of a sale.
`NewRows` keeps the objects in step.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import JSON, Integer, Table, TableValuedAlias, Text, bindparam, cast, column, func, inspect
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.types import TypeEngine

from app.database import session

PLACE = "place"
"""The column that tells a row's place, from 0: what is made row by row, such as ids, is made in this order."""


def named(parameter: str, columns: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """The rows of a parameter, made by `rows`, as a table: its columns, and `PLACE`."""
    names = [column(name, type_) for name, type_ in {**columns, PLACE: Integer()}.items()]
    sent = cast(bindparam(parameter, type_=Text()), JSON)
    return func.json_to_recordset(sent).table_valued(*names, name=parameter).render_derived(with_types=True)


def table(model: Any) -> Table:
    """A model's table: of it statements are made that the session sends on as they are."""
    found: Table = model.__table__
    return found


def of_columns(parameter: str, model: Any, names: Iterable[str]) -> TableValuedAlias:
    """The same for some columns of a model."""
    return named(parameter, {name: table(model).c[name].type for name in names})


def rows(values: Iterable[Mapping[str, Any]]) -> str:
    """The parameter: rows by name of column. A column that a row leaves out is null."""
    placed = [{**row, PLACE: place} for place, row in enumerate(values)]
    return orjson.dumps(placed, default=_exact).decode()


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no column's value.")


class NewRows:
    """New objects of a model that the session does not know yet, to be stored by an INSERT from `named`.

    ``names`` are its columns, but for ``made``: those that the database makes itself. Raises `TypeError` for one that
    it could make and that is not among these: a default that only the database knows would never be used, because what
    an object leaves open is sent as null.
    """

    def __init__(self, model: Any, *, made: Collection[str] = ("id",)):
        columns = inspect(model).columns.items()
        self._columns = {name: column for name, column in columns if name not in made}
        theirs = [name for name, column in self._columns.items() if _is_made_by_the_database(column)]
        if theirs:
            raise TypeError(f"{', '.join(theirs)} of {model.__name__}: made by the database, so to be named in `made`.")
        self._model = model
        self.names = [str(column.name) for column in self._columns.values()]

    def named(self, parameter: str) -> TableValuedAlias:
        """The rows of the parameter as a table."""
        return of_columns(parameter, self._model, self.names)

    def sent(self, objects: Collection[Any]) -> str:
        """The parameter. What an object leaves open gets the column's default, or is null."""
        for each in objects:
            for name in self._columns.keys() - vars(each).keys():
                set_committed_value(each, name, _default(self._columns[name]))
        pairs = list(zip(self._columns, self.names, strict=True))
        return rows({column: getattr(each, name) for name, column in pairs} for each in objects)

    def are_stored(self, objects: Sequence[Any], ids: Iterable[tuple[int, ...]]) -> None:
        """Puts the objects into the session, as if it had stored them: the rows ``ids`` came back from the INSERT."""
        # They were given out in order of place, but nobody says in which order they come back.
        for each, (row_id,) in zip(objects, sorted(ids), strict=True):
            each.id = row_id
            make_transient_to_detached(each)
            session().add(each)


def _is_made_by_the_database(column: Any) -> bool:
    """By an identity, a generated value, or a default that Python does not know."""
    return column.default is None and column.server_default is not None


def _default(column: Any) -> Any:
    if column.default is None:
        return None
    return column.default.arg(None) if column.default.is_callable else column.default.arg
