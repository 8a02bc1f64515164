"""From a parsed query string to rows: conditions, order, page, and what is included.

Every relationship that is walked over, by ``include``, ``filter`` or ``sort``, leads only to rows that the caller may
see.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, func, null, select

from app.api.jsonapi import including, placing
from app.api.jsonapi.filtering import condition
from app.api.jsonapi.including import Related
from app.api.jsonapi.placing import Place
from app.api.jsonapi.querystring import Query, SchemaClass, model_of
from app.api.jsonapi.records import Layout, Record, constant, layout, read, told
from app.api.jsonapi.sorting import ordered, sortable
from app.database import session
from app.permissions.actors import Actor
from app.plans import Constant

_ROW_IDS = bindparam("row_ids", type_=ARRAY(BigInteger), required=True)


@dataclass(frozen=True)
class Asked:
    """What rows a list is about: those of ``statement``, which selects the schema's model, with its parameters, as far
    as the actor may see them. ``within`` is a column that is the same in all of them, by which they are found;
    ``count`` how many they are, where that is kept. ``is_short``: they are always few.

    The statement is the same object in each request of its kind, so that what is made of it can be kept.
    """

    statement: Select[Any]
    parameters: dict[str, Any]
    schema: SchemaClass
    actor: Actor
    within: Any = None
    count: ColumnElement[int] | None = None
    is_short: bool = False


@dataclass(frozen=True)
class Page:
    """Some of the rows, the number of all, what ``include`` asks for, and whether ``more`` rows come behind these."""

    rows: Sequence[Any]
    count: int
    related: Related
    more: bool = False

    @property
    def last_id(self) -> int:
        """Of the last of these rows."""
        last: int = self.rows[-1].id
        return last


def page(asked: Asked, query: Query) -> Page:
    """The page that a query string asks for, as records. Raises `BadRequest`."""
    shape = _layout(asked.schema, query)

    def found(statement: Select[Any] | Constant) -> tuple[Sequence[Any], list[Any]]:
        return read(statement, asked.parameters | placing.parameters(query), shape, asked.actor)

    rows, count = _found(asked, query, shape.selected, found)
    shown = rows[: query.page_size] if query.page_size else rows
    related = including.related(shown, asked.schema, query, asked.actor)
    return Page(shown, count, related, more=len(rows) > len(shown))


def first(asked: Asked, query: Query) -> tuple[Record | None, Related]:
    """The oldest row of a list as a record, and what ``include`` asks for. Neither is paged or filtered."""
    shape = _layout(asked.schema, query)
    statement = _first(asked.statement, asked.schema, shape.selected, is_planned=shape.is_whole)
    found, _ = read(statement, asked.parameters, shape, asked.actor)
    return (found[0], including.related(found, asked.schema, query, asked.actor)) if found else (None, {})


@dataclass(frozen=True)
class InOrder:
    """The ids of a page's rows, in the order of the list, the number of all, and whether ``more`` come behind these."""

    ids: Sequence[int]
    count: int
    more: bool

    @property
    def last_id(self) -> int:
        """The last of them."""
        return self.ids[-1]


def in_order(asked: Asked, query: Query) -> InOrder:
    """Which rows the page has that a query string asks for, of as many as there may be. Raises `BadRequest`."""

    def found(statement: Select[Any] | Constant) -> Found:
        ids = array("q")
        count: Any = None
        # Row by row, which a constant statement is not read: a million tuples take more memory than their numbers.
        each = statement.statement if isinstance(statement, Constant) else statement
        for row_id, count in session().execute(each, asked.parameters | placing.parameters(query)):  # noqa: B007
            ids.append(row_id)
        return ids, [count] if ids else []

    ids, count = _found(asked, query, (model_of(asked.schema).id,), found)
    shown = ids[: query.page_size] if query.page_size else ids
    return InOrder(shown, count, more=len(ids) > len(shown))


def some(asked: Asked, query: Query, ids: Sequence[int]) -> Page:
    """The rows with these ids, in this order."""
    shape = _layout(asked.schema, query)
    statement = _some(asked.statement, asked.schema, shape.selected)
    found, _ = read(statement, asked.parameters | {_ROW_IDS.key: list(ids)}, shape, asked.actor)
    by_id = {row.id: row for row in found}
    rows = [by_id[row_id] for row_id in ids]
    return Page(rows, len(rows), including.related(rows, asked.schema, query, asked.actor))


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


@lru_cache(maxsize=1024)
def _first(
    statement: Select[Any], schema: SchemaClass, selected: tuple[Any, ...], *, is_planned: bool
) -> Select[Any] | Constant:
    oldest = statement.order_by(model_of(schema).id).limit(1)
    columns = oldest.with_only_columns(*selected, null(), maintain_column_froms=True)
    # Of the fieldsets that clients may think of there are too many to plan each.
    return constant(columns, selected, is_planned=is_planned)


@lru_cache(maxsize=1024)
def _some(statement: Select[Any], schema: SchemaClass, selected: tuple[Any, ...]) -> Select[Any] | Constant:
    rows = statement.where(model_of(schema).id == any_(_ROW_IDS))
    columns = rows.with_only_columns(*selected, null(), maintain_column_froms=True)
    return constant(columns, selected, is_planned=False)


Found = tuple[Sequence[Any], list[Any]]
"""Rows, and what each tells besides: how many there are on all pages."""


def _found(
    asked: Asked, query: Query, selected: tuple[Any, ...], find: Callable[[Select[Any] | Constant], Found]
) -> tuple[Sequence[Any], int]:
    """The rows of the page, one more if there is one, and the number of all."""
    place = placing.place_of(query, asked.within)
    early = _early(asked, query, selected, place)
    rows, counts = find(early) if early is not None else ([], [])
    if len(rows) <= query.page_size:  # there are others, too
        rows, counts = find(_statement(asked, query, selected, place))
    return rows, len(rows) if place is Place.ALL else _count(asked, query, counts)


def _statement(asked: Asked, query: Query, selected: tuple[Any, ...], place: Place) -> Select[Any] | Constant:
    if not query.filters and not query.sort:
        # Of few rows one plan is as good as another. Of the fieldsets that clients may think of there are too many.
        is_planned = asked.is_short and asked.schema.opts.type_ not in query.fields
        return _kept(asked.statement, asked.schema, selected, asked.within, asked.count, place, is_planned=is_planned)
    matching, rows = _narrowed(asked, query)
    count = _number(matching, asked.count if not query.filters else None, place)
    return placing.placed(rows, model_of(asked.schema), (*selected, count), place)


@lru_cache(maxsize=1024)
def _kept(
    statement: Select[Any],
    schema: SchemaClass,
    selected: tuple[Any, ...],
    within: Any,
    count: Any,
    place: Place,
    *,
    is_planned: bool,
) -> Select[Any] | Constant:
    number = _number(statement, count, place)
    placed = placing.placed(_along(statement, within), model_of(schema), (*selected, number), place)
    return constant(placed, selected, is_planned=is_planned)


def _early(asked: Asked, query: Query, selected: tuple[Any, ...], place: Place) -> Select[Any] | None:
    """The rows that come first by an attribute of another row that has one: see `placing.column_of_others`."""
    others = placing.column_of_others(query, asked.schema, asked.within)
    if others is None:
        return None
    behind, column = others
    matching = _matching(asked, query)
    known = sortable(behind, query.sort[0].path[-1], asked.actor).is_not(None)
    rows = ordered(matching.order_by(column), query.sort, asked.schema, asked.actor)
    rows = rows.where(placing.of_parent(column), known)
    count = _number(matching, asked.count if not query.filters else None, place)
    return placing.placed(rows, model_of(asked.schema), (*selected, count), place)


def _matching(asked: Asked, query: Query) -> Select[Any]:
    if not query.filters:
        return asked.statement
    return asked.statement.where(condition(query.filters, asked.schema, asked.actor))


def _narrowed(asked: Asked, query: Query) -> tuple[Select[Any], Select[Any]]:
    """The rows that match the filter, and the same as they are sorted."""
    matching = _matching(asked, query)
    return matching, ordered(_along(matching, asked.within), query.sort, asked.schema, asked.actor)


def _along(statement: Select[Any], within: Any) -> Select[Any]:
    """First by the column that is the same in all rows: else PostgreSQL looks for the next row along all ids, through
    those of any other parent."""
    return statement if within is None else statement.order_by(within)


def _number(matching: Select[Any], kept: ColumnElement[int] | None, place: Place) -> Any:
    """How many rows there are on all pages, for a column beside each row."""
    if place is Place.ALL:
        return null()
    return counted(matching) if kept is None else kept


def _count(asked: Asked, query: Query, counts: list[Any]) -> int:
    """The number of all rows: each row tells it; beyond the last page there is none, and it is asked for."""
    if counts:
        return int(counts[0])
    if query.page_number == 1 and query.page_after is None:
        return 0
    number = _number(_matching(asked, query), asked.count if not query.filters else None, Place.BY_NUMBER)
    return session().scalar(select(number), asked.parameters) or 0
