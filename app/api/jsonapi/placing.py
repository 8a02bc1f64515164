"""Which rows of a list a page is, in SQL that takes the same time however long the list is."""

from enum import Enum, auto
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, any_, bindparam, inspect, select
from sqlalchemy.dialects.postgresql import array

from app.api.jsonapi.querystring import Query, SchemaClass, model_of, schema_behind
from app.errors import BadRequest

PARENT_ID = bindparam("parent_id", type_=BigInteger, required=True)
"""The id of the row that a nested address begins with. The arguments of the address are parameters by their names."""

LIMIT = bindparam("page_limit", type_=BigInteger, required=True)
START = bindparam("page_start", type_=BigInteger, required=True)  # a plan takes no value beyond its type
AFTER = bindparam("page_after", type_=BigInteger, required=True)


class Place(Enum):
    """How a page is found."""

    ALL = auto()
    """It is the whole list."""
    BY_NUMBER = auto()
    """So many rows are passed over."""
    FAR = auto()
    """The same, in an index: the rows are read of the page alone."""
    AFTER = auto()
    """After a row, which is named by its id."""


def require_sense(query: Query) -> None:
    """Raises `BadRequest` for a ``page[after]`` in another order, or of no page."""
    if query.page_after is not None and (query.sort or not query.page_size):
        raise BadRequest(
            "page[after] goes with a page[size], and with no order but that of ids.", parameter="page[after]"
        )


def place_of(query: Query, within: Any) -> Place:
    """How the page that a query string asks for is found: see `placed`. Raises as `require_sense`."""
    require_sense(query)
    if not query.page_size:
        return Place.ALL
    if query.page_after is not None:
        return Place.AFTER
    is_far = query.page_number > 1 and within is not None and not query.sort
    return Place.FAR if is_far else Place.BY_NUMBER


def parameters(query: Query) -> dict[str, Any]:
    """Those of `placed`: one row more than the page has tells whether there are more."""
    start = (query.page_number - 1) * query.page_size
    return {LIMIT.key: query.page_size + 1, START.key: start, AFTER.key: query.page_after}


def placed(rows: Select[Any], model: Any, selected: tuple[Any, ...], place: Place) -> Select[Any]:
    """What is ``selected`` of the page's rows, and of the one after them. ``rows`` are all rows of a model, as they are
    sorted; of those that are equal the older comes first."""
    found = rows.order_by(model.id)
    if place is Place.AFTER:
        found = found.where(model.id > AFTER)
    if place is not Place.ALL:
        found = found.limit(LIMIT)
    if place in {Place.BY_NUMBER, Place.FAR}:
        found = found.offset(START)
    if place is Place.FAR:
        ids = found.with_only_columns(model.id, maintain_column_froms=True).correlate(None)
        return select(*selected).where(model.id.in_(ids)).order_by(model.id)
    return found.with_only_columns(*selected, maintain_column_froms=True)


def of_parent(column: Any) -> ColumnElement[bool]:
    """The condition that a column refers to the parent. Not «= id»: then an order by the column is none, and PostgreSQL
    may walk along all ids that there are."""
    condition: ColumnElement[bool] = column == any_(array([PARENT_ID]))
    return condition


def column_of_others(query: Query, schema: SchemaClass, within: Any) -> tuple[SchemaClass, Any] | None:
    """Where rows come first by an attribute of another row, of the same parent: that row's schema, and its column for
    the parent.

    Attendees by when their order was completed: of a million, all are joined and sorted for the first ten, unless the
    orders are read, in their order, until there are ten. Both rows are of one event, as the rules of integrity have it.
    """
    if within is None or not query.page_size or not query.sort or len(query.sort[0].path) != 2:
        return None
    behind = schema_behind(schema, query.sort[0].path[0])
    column = inspect(model_of(behind)).columns.get(within.key)
    return None if column is None else (behind, column)
