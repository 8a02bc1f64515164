"""Rows as documents need them: of each only the columns that it shows, in their order, and no entity of the ORM.

Where a document shows more than columns (a name that is computed), or where not everybody is told of all of them,
entities are read, and made into the same records.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from string import Formatter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, inspect, null

from app.api.jsonapi.querystring import SchemaClass, attribute_names, model_of
from app.database import session
from app.permissions import confidential
from app.permissions.actors import Actor
from app.plans import Constant, planned_once


class Record(NamedTuple):
    """A row. ``values`` are those of the attributes that are shown (`Layout.names`); ``address`` is what its self link
    is made of; ``keys`` are the ids of rows that it refers to and that are included (`Layout.keys`)."""

    id: int
    address: Any
    values: Sequence[Any]
    keys: Sequence[Any] = ()


class Layout:
    """What records of a schema hold, for one fieldset and certain ``keys``."""

    def __init__(self, schema: SchemaClass, fieldset: frozenset[str] | None, keys: tuple[str, ...]):
        self.is_whole = fieldset is None
        self.names = shown_names(schema, fieldset)
        self.keys = keys
        self.address = address_name(schema)
        columns = _columns(model_of(schema), (*self.names, "id", self.address, *keys))
        self.needs_entities = not columns
        self.selected: tuple[Any, ...] = columns or (model_of(schema),)

    def of_rows(self, rows: Iterable[Sequence[Any]]) -> list[Record]:
        """The records of rows that begin with these columns."""
        width, end = len(self.names), len(self.names) + 2 + len(self.keys)
        if not self.keys:
            return [Record(row[width], row[width + 1], row[:width]) for row in rows]
        return [Record(row[width], row[width + 1], row[:width], row[width + 2 : end]) for row in rows]

    def of_entity(self, entity: Any, concealed: Collection[str] = ()) -> Record:
        """The record of an entity, without what is ``concealed``."""
        values = [None if name in concealed else getattr(entity, name) for name in self.names]
        keys = [getattr(entity, name) for name in self.keys]
        return Record(entity.id, getattr(entity, self.address), values, keys)


@lru_cache(maxsize=2048)
def layout(schema: SchemaClass, fieldset: frozenset[str] | None, keys: tuple[str, ...] = ()) -> Layout:
    """The `Layout` for these, made once."""
    return Layout(schema, fieldset, keys)


def constant(statement: Select[Any], selected: tuple[Any, ...], *, is_planned: bool) -> Select[Any] | Constant:
    """A statement for `read` that is sent again and again, made for it. It selects what a layout says."""
    if isinstance(selected[0], type):  # entities, which are the session's to make
        return planned_once(statement) if is_planned else statement
    return Constant(statement, is_planned=is_planned)


def read(
    statement: Select[Any] | Constant, parameters: dict[str, Any], shape: Layout, actor: Actor
) -> tuple[list[Record], list[Any]]:
    """The records of a statement that selects what the layout says, and one column more: its values, too.

    Columns are read by the connection: the session would handle every value of every row once more.
    """
    if isinstance(statement, Constant):
        rows: Sequence[Sequence[Any]] = statement.rows(session().connection(), parameters)
    elif shape.needs_entities:
        entities = session().execute(statement, parameters).all()
        return [told(row[0], shape, actor) for row in entities], [row[-1] for row in entities]
    else:
        rows = session().connection().execute(statement, parameters).all()
    return shape.of_rows(rows), [row[-1] for row in rows]


def told(entity: Any, shape: Layout, actor: Actor) -> Record:
    """The record of an entity, without what the actor is not told."""
    return shape.of_entity(entity, confidential.concealed(actor, entity))


@lru_cache(maxsize=512)
def shown_names(schema: SchemaClass, fieldset: frozenset[str] | None) -> tuple[str, ...]:
    """Python names of the attributes that a document shows of a fieldset, or of all."""
    names = attribute_names(schema)
    return tuple(name for name in names if name != "id" and (fieldset is None or name in fieldset))


def address_name(schema: SchemaClass) -> str:
    """The one attribute that the self link of a row is made of."""
    (name,) = [name for _, name, _, _ in Formatter().parse(schema.Meta.self_url) if name] or ["id"]
    return name


def _columns(model: Any, names: Iterable[str]) -> tuple[ColumnElement[Any], ...]:
    """The columns of these names; none of them when one is no column."""
    if model in confidential.CONFIDENTIAL:
        return ()
    columns = []
    for name in names:
        column = _column(model, name)
        if column is None:
            return ()
        columns.append(column)
    return tuple(columns)


def _column(model: Any, name: str) -> ColumnElement[Any] | None:
    if getattr(model, name) is None:  # no row has a value, until there is a column
        return null().label(name)
    column = inspect(model).columns.get(name)
    return column if column is not None and column.table is model.__table__ else None
