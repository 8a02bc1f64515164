"""Rows as one parameter of a statement, which so stays the same however many they are: it is compiled once, and sent in
one piece. Lists of VALUES, and of parameters, are compiled anew for each length."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import JSON, Integer, TableValuedAlias, Text, bindparam, cast, column, func
from sqlalchemy.types import TypeEngine

PLACE = "place"
"""The column that tells a row's place, from 0: what is made row by row, such as ids, is made in this order."""


def named(parameter: str, columns: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """The rows of a parameter, made by `rows`, as a table: its columns, and `PLACE`."""
    names = [column(name, type_) for name, type_ in {**columns, PLACE: Integer()}.items()]
    sent = cast(bindparam(parameter, type_=Text()), JSON)
    return func.json_to_recordset(sent).table_valued(*names, name=parameter).render_derived(with_types=True)


def rows(values: Iterable[Mapping[str, Any]]) -> str:
    """The parameter: rows by name of column. A column that a row leaves out is null."""
    placed = [{**row, PLACE: place} for place, row in enumerate(values)]
    return orjson.dumps(placed, default=_exact).decode()


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no column's value.")
