"""Documents equal what marshmallow-jsonapi itself makes of the same rows, but for what `reference` lists."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from itertools import count
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from marshmallow import fields as library
from sqlalchemy import inspect, select

from app import schemas
from app.api import reading, rendering
from app.api.including import Related, keys
from app.api.querystring import DEEPEST_INCLUDE, Query, Tree, model_of, relationship, schema_behind, shown
from app.api.reading import Asked
from app.api.records import Layout, Record, address_name, layout, shown_names
from app.api.relations import own_key
from app.database import db
from app.models import User
from app.permissions import confidential, visible
from app.permissions.actors import Actor
from app.schemas import AttendeeSchema, EventSchema, OrderSchema
from app.schemas.fields import EARLIEST_YEAR, LATEST_YEAR, Instant, Json, Money, Whole
from app.schemas.relationships import Later
from tests.api import reference
from tests.permissions.town import Town

EXAMPLES = int(os.environ.get("RENDERING_EXAMPLES", "6"))
"""For each schema: documents of rows that were never in a database, and as many of rows that were."""

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes where one schema leads to all others."""

SCHEMAS = [getattr(schemas, name) for name in schemas.__all__]

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
        unread = {key: None for name in names if (key := own_key(model_of(schema), name))}
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


def as_read(row: Row, shape: Layout) -> Record:
    """The record of a row, the way that it would come from the database."""
    if shape.needs_entities:
        return shape.of_entity(row)
    names = [*shape.names, "id", shape.address, *shape.keys]
    [record] = shape.of_rows([(*(getattr(row, name, None) for name in names), None)])
    return record


def related(rows: list[Any], schema: Any, query: Query) -> Related:
    """What reading would find behind the relationships of rows."""
    found: Related = {}

    def follow(rows: list[Any], schema: Any, tree: Tree) -> None:
        for name, subtree in tree.items():
            if isinstance(relationship(schema, name), Later):
                continue
            there = schema_behind(schema, name)
            shape = layout(there, query.fields.get(there.opts.type_), keys(there, subtree))
            for row in rows:
                others = getattr(row, name)
                of_row = found.setdefault((schema, name), {})
                if isinstance(others, list):
                    of_row[row.id] = [as_read(other, shape) for other in others]
                else:
                    of_row[row.id] = None if others is None else as_read(others, shape)
                follow(others if isinstance(others, list) else [others] if others else [], there, subtree)

    follow(rows, schema, always_linked(schema) | query.include)
    return found


def compare(app: Flask, rows: list[Any], schema: Any, query: Query) -> None:
    """Our document of the rows against the library's."""
    shape = layout(schema, query.fields.get(schema.opts.type_), keys(schema, query.include))
    with app.test_request_context("/v1/rows"):
        records = [as_read(row, shape) for row in rows]
        document = rendering.collection(records, len(rows), schema, query, related(rows, schema, query))
    expected = reference.document(rows, schema, query.include, query.fields)
    assert reference.ours(document) == reference.parsed(expected)


class Seen:
    """An entity as an actor sees it: with the related rows that he sees, by id, and without what he is not told."""

    def __init__(self, entity: Any, schema: Any, actor: Actor, visible_ids: Callable[[Any], set[int]]):
        self._entity, self._schema, self._actor, self._visible_ids = entity, schema, actor, visible_ids

    def __getattr__(self, name: str) -> Any:
        declared = relationship(self._schema, name)
        if isinstance(declared, Later):
            return declared.nothing
        if name in confidential.concealed(self._actor, self._entity):
            return None
        found = getattr(self._entity, name)
        if declared is None:
            return found
        there = schema_behind(self._schema, name)
        ids = self._visible_ids(shown(there))
        related_rows = found if isinstance(found, list) else [found] if found else []
        seen = [
            Seen(row, there, self._actor, self._visible_ids) for row in sorted(related_rows, key=lambda row: row.id)
        ]
        seen = [row for row in seen if row.id in ids]
        return seen if declared.many else next(iter(seen), None)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_documents_of_any_rows(app: Flask, schema: Any):
    number = 0

    @settings(
        max_examples=EXAMPLES, phases=PHASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    @given(documents(schema))
    def check(drawn: tuple[list[Row], Query]) -> None:
        nonlocal number
        compare(app, drawn[0], schema, drawn[1])
        number += 1

    check()
    assert number >= EXAMPLES


@pytest.fixture(scope="module")
def town(app: Flask) -> Iterator[Town]:
    """One for all tests of this file, which only read it."""
    with app.app_context():
        engines, engine = db.engines, db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]
            try:
                yield Town(db.session)
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_documents_of_rows_that_are_read(app: Flask, town: Town, schema: Any):
    """From the database, for somebody who sees little of it, and for staff."""
    number = 0

    @settings(max_examples=EXAMPLES, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
    @given(queries(schema), st.sampled_from(["staff", "coorganizer", "buyer", "home_pass"]))
    def check(query: Query, name: str) -> None:
        nonlocal number
        compare_read(app, town, schema, query, town.actors[name])
        number += 1

    check()
    assert number >= EXAMPLES


def compare_read(app: Flask, town: Town, schema: Any, query: Query, actor: Actor) -> None:
    """The document of all rows of a schema that an actor sees, against the library's of the entities."""

    @cache
    def visible_ids(which: Any) -> set[int]:
        model = User if isinstance(which, str) else which
        return set(town.session.scalars(select(model.id).where(visible.rows(actor, which))))

    statement = select(model_of(schema)).where(visible.rows(actor, shown(schema)))
    with app.test_request_context("/v1/rows"):
        page = reading.page(Asked(statement, {}, schema, actor), query)
        document = rendering.collection(page.rows, page.count, schema, query, page.related)
    entities = town.session.scalars(statement.order_by(model_of(schema).id)).all()
    rows = [Seen(entity, schema, actor, visible_ids) for entity in entities]
    expected = reference.document(rows, schema, query.include, query.fields)
    assert reference.ours(document) == reference.parsed(expected)


def without_ids_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer is left out."""
    writer = rendering._writer
    monkeypatch.setattr(
        rendering, "_writer", lambda schema, field: None if field.name == "ticket_id" else writer(schema, field)
    )


def with_links_by_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are made of the type, and not of where its rows are."""
    monkeypatch.setattr(rendering.Shape, "self_link", lambda shape, address: f"/v1/{shape.type}/{address}")


def without_the_last_linkage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many related rows one is forgotten."""
    linkage = rendering.linkage
    monkeypatch.setattr(
        rendering, "linkage", lambda rows, type_: linkage(rows[:-1] if isinstance(rows, list) else rows, type_)
    )


@pytest.mark.parametrize(
    ("schema", "plant"),
    [
        (AttendeeSchema, without_ids_as_text),
        (EventSchema, with_links_by_type),
        (OrderSchema, without_the_last_linkage),
    ],
    ids=lambda case: case.__name__,
)
def test_a_planted_bug_is_found(app: Flask, schema: Any, plant: Any, monkeypatch: pytest.MonkeyPatch):
    """By the same comparison."""
    rendering.compiled.cache_clear()
    plant(monkeypatch)
    try:
        with pytest.raises(AssertionError):
            test_documents_of_any_rows(app, schema)
    finally:
        rendering.compiled.cache_clear()  # what was made with the bug
