"""From a parsed query string to rows: conditions, order, page, and what is included.

Every relationship that is walked over, by ``include``, ``filter`` or ``sort``, leads only to rows that the caller may
see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, null, select

from app.api import including
from app.api.filtering import condition
from app.api.including import Related
from app.api.querystring import Query, SchemaClass, model_of
from app.api.records import Layout, Record, layout, read, told
from app.api.sorting import ordered
from app.database import session
from app.permissions.actors import Actor

PAGE_SIZE = bindparam("page_size", type_=Integer, required=True)
PAGE_START = bindparam("page_start", type_=Integer, required=True)


@dataclass(frozen=True)
class Asked:
    """What rows a list is about: those of ``statement``, which selects the schema's model, with its parameters, as far
    as the actor may see them.

    The statement is the same object in each request of its kind, so that what is made of it can be kept.
    """

    statement: Select[Any]
    parameters: dict[str, Any]
    schema: SchemaClass
    actor: Actor


@dataclass(frozen=True)
class Page:
    """Some of the rows, the number of all, and what ``include`` asks for."""

    rows: list[Record]
    count: int
    related: Related


def page(asked: Asked, query: Query) -> Page:
    """The page that a query string asks for."""
    shape = _layout(asked.schema, query)
    is_paged = query.page_size > 0
    if query.filters or query.sort:
        statement = _selecting(*_narrowed(asked, query), asked.schema, shape.selected, is_paged=is_paged)
    else:
        statement = _kept(asked.statement, asked.schema, shape, is_paged=is_paged)
    rows, counts = read(statement, asked.parameters | _place(query), shape, asked.actor)
    count = _count(asked, query, counts) if is_paged else len(rows)
    return Page(rows, count, including.related(rows, asked.schema, query, asked.actor))


def entities(asked: Asked, query: Query) -> tuple[int, Sequence[Any]]:
    """The number of all rows, and those of the page, as entities."""
    selected = (model_of(asked.schema),)
    statement = _selecting(*_narrowed(asked, query), asked.schema, selected, is_paged=query.page_size > 0)
    rows = session().execute(statement, asked.parameters | _place(query)).all()
    count = _count(asked, query, [row[-1] for row in rows]) if query.page_size else len(rows)
    return count, [row[0] for row in rows]


def matching(asked: Asked, query: Query) -> Select[Any]:
    """The statement of all rows that match the filter, with its parameters."""
    return _narrowed(asked, query)[0].params(asked.parameters)


def of_entities(found: Sequence[Any], schema: SchemaClass, query: Query, actor: Actor) -> tuple[list[Record], Related]:
    """The records of entities that the actor may see, as far as he is told of them, and what ``include`` asks for."""
    shape = _layout(schema, query)
    rows = [told(entity, shape, actor) for entity in found]
    return rows, including.related(rows, schema, query, actor)


def of_entity(entity: Any, schema: SchemaClass, query: Query, actor: Actor) -> tuple[Record | None, Related]:
    """The same of one, or of none."""
    if entity is None:
        return None, {}
    (row,), related = of_entities([entity], schema, query, actor)
    return row, related


def counted(matching: Select[Any]) -> ColumnElement[int]:
    """How many rows there are on all pages of a list."""
    return matching.with_only_columns(func.count(), maintain_column_froms=True).correlate(None).scalar_subquery()


def _layout(schema: SchemaClass, query: Query) -> Layout:
    return layout(schema, query.fields.get(schema.opts.type_), including.keys(schema, query.include))


def _place(query: Query) -> dict[str, int]:
    return {PAGE_SIZE.key: query.page_size, PAGE_START.key: (query.page_number - 1) * query.page_size}


def _narrowed(asked: Asked, query: Query) -> tuple[Select[Any], Select[Any]]:
    """The rows that match the filter, and the same as they are sorted."""
    matching = asked.statement
    if query.filters:
        matching = matching.where(condition(query.filters, asked.schema, asked.actor))
    return matching, ordered(matching, query.sort, asked.schema, asked.actor)


def _selecting(
    matching: Select[Any], placed: Select[Any], schema: SchemaClass, selected: tuple[Any, ...], *, is_paged: bool
) -> Select[Any]:
    """What is ``selected`` of a page's rows, and with each how many there are on all pages."""
    count = counted(matching) if is_paged else null()
    statement = placed.with_only_columns(*selected, count, maintain_column_froms=True).order_by(model_of(schema).id)
    return statement.limit(PAGE_SIZE).offset(PAGE_START) if is_paged else statement


@lru_cache(maxsize=1024)
def _kept(statement: Select[Any], schema: SchemaClass, shape: Layout, *, is_paged: bool) -> Select[Any]:
    return _selecting(statement, statement, schema, shape.selected, is_paged=is_paged)


def _count(asked: Asked, query: Query, counts: list[Any]) -> int:
    """The number of all rows: each row tells it; beyond the last page there is none, and it is asked for."""
    if counts or query.page_number == 1:
        return counts[0] if counts else 0
    matching, _ = _narrowed(asked, query)
    return session().scalar(select(counted(matching)), asked.parameters) or 0
