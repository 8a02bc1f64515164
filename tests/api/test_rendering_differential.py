"""Documents equal what marshmallow-jsonapi itself makes of the same rows, but for what `reference` lists."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import schemas
from app.api.jsonapi import reading, rendering
from app.api.jsonapi.including import Related, keys
from app.api.jsonapi.querystring import Query, Tree, model_of, relationship, schema_behind, shown
from app.api.jsonapi.reading import Asked, Page
from app.api.jsonapi.records import Layout, Record, layout
from app.models import User
from app.permissions import confidential, visible
from app.permissions.actors import Actor
from app.schemas import AttendeeSchema, EventSchema, OrderSchema
from app.schemas.relationships import Later
from tests.api import reference
from tests.api.invented import Row, always_linked, documents, queries
from tests.api.narrowing import Narrowing, narrowings
from tests.permissions.town import Town
from tests.transactions import rolled_back

EXAMPLES = int(os.environ.get("RENDERING_EXAMPLES", "4"))
"""For each schema: documents of rows that were never in a database, and as many of rows that were."""

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes where one schema leads to all others."""

SCHEMAS = [getattr(schemas, name) for name in schemas.__all__]


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
        document = rendering.collection(Page(records, len(rows), related(rows, schema, query)), schema, query)
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
    with rolled_back(app) as session:
        yield Town(session)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_documents_of_rows_that_are_read(app: Flask, town: Town, schema: Any):
    """From the database, filtered and sorted, for somebody who sees little of it, and for staff."""
    number = 0

    @settings(max_examples=EXAMPLES, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
    @given(queries(schema), narrowings(schema), st.sampled_from(["staff", "coorganizer", "buyer", "home_pass"]))
    def check(query: Query, narrowing: Narrowing, name: str) -> None:
        nonlocal number
        compare_read(app, town, schema, query, narrowing, town.actors[name])
        number += 1

    check()
    assert number >= EXAMPLES


def compare_read(app: Flask, town: Town, schema: Any, query: Query, narrowing: Narrowing, actor: Actor) -> None:
    """The document of what is left of the rows that an actor sees, against the library's of the entities."""

    @cache
    def visible_ids(which: Any) -> set[int]:
        model = User if isinstance(which, str) else which
        return set(town.session.scalars(select(model.id).where(visible.rows(actor, which))))

    statement = select(model_of(schema)).where(visible.rows(actor, shown(schema)))
    rows = [Seen(entity, schema, actor, visible_ids) for entity in town.session.scalars(statement)]
    query = replace(query, filters=narrowing.filters(rows), sort=narrowing.sorts)
    with app.test_request_context("/v1/rows"):
        page = reading.page(Asked(statement, {}, schema, actor), query)
        document = rendering.collection(page, schema, query)
    expected = reference.document(narrowing.of(rows), schema, query.include, query.fields)
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
