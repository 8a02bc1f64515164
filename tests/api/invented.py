"""Rows that no database has seen, and query strings that ask for them, made by Hypothesis for any schema."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from hypothesis import strategies as st
from marshmallow import fields as library
from sqlalchemy import inspect

from app.api.jsonapi.including import keys
from app.api.jsonapi.querystring import DEEPEST_INCLUDE, Query, Tree, relationship, schema_behind
from app.api.jsonapi.records import address_name, shown_names
from app.schemas.fields import EARLIEST_YEAR, LATEST_YEAR, Instant, Json, Money, Whole
from app.schemas.relationships import Later

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
instants = st.datetimes(
    *(datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (EARLIEST_YEAR, LATEST_YEAR)),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9.5))]),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts, lambda inner: st.lists(inner, max_size=2)
)
VALUES: tuple[tuple[type, Any], ...] = (
    (Instant, instants),
    (Money, st.decimals(Decimal(0), Decimal("99999999.99"), places=2)),
    (Json, st.dictionaries(texts, json_values, max_size=3) | st.lists(json_values, max_size=3)),
    (Whole, st.integers(-(2**31) + 1, 2**31 - 1)),
    (library.Boolean, st.booleans()),
    (library.Float, st.floats(-180, 180)),
    (library.Field, texts),
    (int, st.integers(1, 2**60)),
)
"""By kind of field, the first that fits: what a row may hold; any may be null. Ids are shown as text."""

WALKED = 3
"""So many rows of each type, at most, to choose from: they are often reached on two ways."""


class Row:
    """A row that no database has seen."""

    def __init__(self, facts: dict[str, Any]):
        vars(self).update(facts)


class Rows:
    """Rows of the schemas that a document comes to, with relationships among them.

    Some values of each kind are drawn, and dealt out: to draw every value of every row takes a hundred times as long.
    """

    def __init__(self, draw: Any):
        self._values = {kind: [None, *draw(st.lists(values, min_size=1, max_size=3))] for kind, values in VALUES}
        self._dealt = Random(draw(st.integers(0, 2**32)))
        self._ids = count(1)
        self._of: dict[Any, list[Row]] = {}

    def of(self, schema: Any) -> list[Row]:
        """All rows of a schema."""
        if schema not in self._of:
            self._of[schema] = [self._row(schema) for _ in range(self._dealt.randint(1, WALKED))]
        return self._of[schema]

    def connect(self, schema: Any, tree: Tree) -> None:
        """Gives every row of the schema what ``tree`` leads to, and what is always linked."""
        for name, subtree in (always_linked(schema) | tree).items():
            declared = relationship(schema, name)
            if isinstance(declared, Later):
                continue
            there = schema_behind(schema, name)
            for row in self.of(schema):
                if not hasattr(row, name):
                    setattr(row, name, self._chosen(self.of(there), many=declared.many))
            self.connect(there, subtree)

    def _chosen(self, others: list[Row], *, many: bool) -> Any:
        if many:
            return self._dealt.sample(others, self._dealt.randint(0, len(others)))
        return self._dealt.choice([None, *others])

    def _row(self, schema: Any) -> Row:
        facts = {name: self._value(schema, name) for name in shown_names(schema, None)}
        later = {
            name: declared.nothing for name, declared in schema._declared_fields.items() if isinstance(declared, Later)
        }
        row_id = next(self._ids)
        names = [name for name in schema._declared_fields if relationship(schema, name) and name not in later]
        unread = dict.fromkeys(keys(schema, {name: {} for name in names}))
        return Row(unread | facts | later | {address_name(schema): f"{row_id:08x}", "id": row_id})

    def _value(self, schema: Any, name: str) -> Any:
        declared, column = schema._declared_fields[name], inspect(schema.Meta.model).columns.get(name)
        kind = next(kind for kind, _ in VALUES if isinstance(declared, kind))
        holds_id = isinstance(declared, library.String) and column is not None and column.type.python_type is int
        return self._dealt.choice(self._values[int if holds_id else kind])


def always_linked(schema: Any) -> Tree:
    """What primary data of the schema is always linked with."""
    return {name: {} for name, field in schema._declared_fields.items() if getattr(field, "always_linked", False)}


@st.composite
def trees(draw: Any, schema: Any, depth: int = DEEPEST_INCLUDE) -> Tree:
    """Relationships to include, to any depth that is allowed."""
    names = [name for name in schema._declared_fields if relationship(schema, name)]
    if not names or depth == 0:
        return {}
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
    return {name: draw(trees(schema_behind(schema, name), depth - 1)) for name in chosen}


@st.composite
def queries(draw: Any, schema: Any) -> Query:
    """Includes, and fieldsets of some of the types that they lead to."""
    include = draw(trees(schema))
    fieldsets = {}
    for reached in {schema, *_reached(schema, include)}:
        if draw(st.booleans()):
            names = st.sampled_from([*reached._declared_fields])
            fieldsets[reached.opts.type_] = frozenset(draw(st.lists(names, max_size=4)))
    return Query(include=include, fields=fieldsets)


def _reached(schema: Any, tree: Tree) -> Iterator[Any]:
    for name, subtree in tree.items():
        if not isinstance(relationship(schema, name), Later):
            yield schema_behind(schema, name)
            yield from _reached(schema_behind(schema, name), subtree)


@st.composite
def documents(draw: Any, schema: Any) -> tuple[list[Row], Query]:
    """Rows with all that a query leads to."""
    query, rows = draw(queries(schema)), Rows(draw)
    rows.connect(schema, query.include)
    return rows.of(schema), query
