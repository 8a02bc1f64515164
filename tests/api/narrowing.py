"""Filters and sorts of a list, made by Hypothesis for any schema, and what they leave of its rows, told by Python."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import inspect

from app.api.jsonapi.querystring import Sort, attribute_names, model_of, relationship, schema_behind
from app.api.jsonapi.relations import own_key
from app.clock import format_instant
from app.schemas.relationships import Later

COMPARED = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}

KINDS = (bool, int, str, datetime, Decimal)
"""Kinds of values that are compared alike here and there; fractions are written in more than one way."""


@dataclass(frozen=True)
class Condition:
    """An attribute, beside what the list's row of a number has there."""

    name: str
    operator: str
    number: int

    def node(self, rows: Sequence[Any]) -> dict[str, Any]:
        """As the query string says it."""
        value = self._value(rows)
        if value is None:
            return {"name": self.name, "op": "is" if self.operator == "eq" else "isnot", "val": None}
        return {"name": self.name, "op": self.operator, "val": _written(value)}

    def holds(self, row: Any, rows: Sequence[Any]) -> bool:
        """Whether a row meets it; what is not known is neither this nor that."""
        value, own = self._value(rows), getattr(row, self.name)
        if value is None:
            return (own is None) == (self.operator == "eq")
        return own is not None and bool(COMPARED[self.operator](own, value))

    def _value(self, rows: Sequence[Any]) -> Any:
        return getattr(rows[self.number % len(rows)], self.name)


@dataclass(frozen=True)
class Narrowing:
    """What is asked of a list: conditions, all of which must hold, and what it is sorted by."""

    conditions: tuple[Condition, ...]
    sorts: tuple[Sort, ...]

    def filters(self, rows: Sequence[Any]) -> tuple[Any, ...]:
        """As the query string says them."""
        return tuple(condition.node(rows) for condition in self.conditions) if rows else ()

    def of(self, rows: Sequence[Any]) -> list[Any]:
        """What is left of the rows, in order: those of which nothing is known come last, of equal ones the older
        first."""
        left = [row for row in rows if all(condition.holds(row, rows) for condition in self.conditions)]
        left.sort(key=lambda row: row.id)
        for sort in reversed(self.sorts):
            known = [row for row in left if _behind(row, sort.path) is not None]
            unknown = [row for row in left if _behind(row, sort.path) is None]
            left = [*sorted(known, key=lambda row: _behind(row, sort.path), reverse=sort.descending), *unknown]
        return left


def narrowings(schema: Any) -> st.SearchStrategy[Narrowing]:
    """Up to two conditions, and up to two attributes to sort by, one of them perhaps of a related row."""
    own = st.sampled_from(attributes(schema))
    related = [(name, each) for name, there in _one_step(schema) for each in attributes(there)]
    ways = [own.map(lambda name: (name,)), *([st.sampled_from(related)] if related else [])]
    sorts = st.builds(Sort, st.one_of(ways), st.booleans())
    conditions = st.builds(Condition, own, st.sampled_from(sorted(COMPARED)), st.integers(0, 50))
    return st.builds(
        Narrowing,
        st.lists(conditions, max_size=2).map(tuple),
        st.lists(sorts, max_size=2, unique_by=lambda sort: len(sort.path)).map(tuple),
    )


def attributes(schema: Any) -> list[str]:
    """What rows can be filtered and sorted by."""
    columns = inspect(model_of(schema)).columns
    return [name for name in attribute_names(schema) if name in columns and columns[name].type.python_type in KINDS]


def _one_step(schema: Any) -> list[tuple[str, Any]]:
    """The relationships that rows can be sorted over."""
    names = [name for name in schema._declared_fields if (found := relationship(schema, name)) and not found.many]
    names = [name for name in names if not isinstance(relationship(schema, name), Later)]
    found = [(name, schema_behind(schema, name)) for name in names if own_key(model_of(schema), name)]
    return [(name, there) for name, there in found if model_of(there) is not model_of(schema)]


def _behind(row: Any, path: Sequence[str]) -> Any:
    for name in path:
        row = None if row is None else getattr(row, name)
    return row


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    return str(value) if isinstance(value, Decimal) else value
