"""What documents include: one statement for each relationship, whose rows the actor may see.

Not by loader options of the ORM: those carry every condition of every path into each statement (a second for 12 paths,
gigabytes for 40). A statement is made once for each relationship, kind of actor and fieldset, and kept.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, inspect, null, select
from sqlalchemy.orm import aliased

from app.api.jsonapi.querystring import Query, SchemaClass, Tree, model_of, relationship, schema_behind, shown
from app.api.jsonapi.records import Layout, Record, constant, layout, read
from app.api.jsonapi.relations import foreign_key, own_key, relation_of
from app.permissions import doors, kinds, visible
from app.permissions.actors import Actor
from app.permissions.kinds import Kind
from app.plans import Constant
from app.schemas.relationships import Later

_EVENT = "event_id"
"""The column that says of which event a row is."""

Related = dict[tuple[SchemaClass, str], dict[int, Any]]
"""What was read for relationships: schema and name → id of a row → the record or records that it is related to."""

IDS = bindparam("ids", type_=ARRAY(BigInteger), required=True)
"""Ids in one array: however many they are, the statement stays the same."""


def related(rows: Sequence[Record], schema: SchemaClass, query: Query, actor: Actor) -> Related:
    """What the rows of a document include, and always link, as far as the actor may see it. The rows have the `keys` of
    what is included."""
    walk = _Walk(query, actor)
    for name in always_linked(schema):
        if name not in query.include:
            walk.step(rows, schema, name, layout(schema_behind(schema, name), frozenset()), ())
    walk.follow(rows, schema, query.include)
    return walk.found


def linked(schema: SchemaClass, row_id: int, ids: Mapping[str, Sequence[int]]) -> Related:
    """What a row is related to, of which nothing but the ids is known, and shown: by name of relationship."""
    return {
        (schema, name): {row_id: [Record(other_id, other_id, ()) for other_id in others]}
        for name, others in ids.items()
    }


@cache
def always_linked(schema: SchemaClass) -> frozenset[str]:
    """The relationships whose linkage is shown whether they are included or not."""
    declared = schema._declared_fields.items()
    return frozenset(name for name, each in declared if getattr(each, "always_linked", False))


def keys(schema: SchemaClass, tree: Tree) -> tuple[str, ...]:
    """The attributes of a row that say which rows are included from it."""
    return _keys(schema, tuple(tree)) if tree else ()


@lru_cache(maxsize=1024)
def _keys(schema: SchemaClass, names: tuple[str, ...]) -> tuple[str, ...]:
    model = model_of(schema)
    there = [name for name in names if not isinstance(relationship(schema, name), Later)]
    own = [key for name in there if (key := own_key(model, name)) is not None]
    if _EVENT in inspect(model).columns and any(_is_of_the_door(schema, name) for name in there):
        own.append(_EVENT)
    return tuple(dict.fromkeys(own))


def _is_of_the_door(schema: SchemaClass, name: str) -> bool:
    return shown(schema_behind(schema, name)) in doors.OF_THE_DOOR


class _Walk:
    """The way of one document over the relationships that it includes."""

    def __init__(self, query: Query, actor: Actor):
        self.found: Related = {}
        self._fields = query.fields
        self._actor = actor
        self._kind = kinds.kind_of(actor)
        self._parameters = kinds.parameters(actor)

    def follow(self, rows: Sequence[Record], schema: SchemaClass, tree: Tree) -> None:
        """All of ``tree``, from these rows on."""
        for name, subtree in tree.items():
            if isinstance(relationship(schema, name), Later):
                continue
            behind = schema_behind(schema, name)
            shape = layout(behind, self._fields.get(behind.opts.type_), keys(behind, subtree))
            self.follow(self.step(rows, schema, name, shape, keys(schema, tree)), behind, subtree)

    def step(
        self, rows: Sequence[Record], schema: SchemaClass, name: str, shape: Layout, row_keys: tuple[str, ...]
    ) -> list[Record]:
        """One relationship of the rows, whose keys are ``row_keys``; gives the rows behind it, each once."""
        model = model_of(schema)
        key, kind = own_key(model, name), self._kind
        if _EVENT in row_keys and _is_of_the_door(schema, name):  # what is behind is of the same event
            events = {row.keys[row_keys.index(_EVENT)] for row in rows}
            kind = doors.kind_among(self._actor, events, shown(schema_behind(schema, name)))
        if key is None:
            ids = [row.id for row in rows]
            others, owners = self._read(schema, name, kind, shape, ids)
            by_row: dict[int, dict[int, Record]] = {row_id: {} for row_id in ids}
            for other, owner in zip(others, owners, strict=True):
                by_row[owner][other.id] = other
        else:
            place = row_keys.index(key)
            others, _ = self._read(schema, name, kind, shape, list({row.keys[place] for row in rows} - {None}))
            by_id = {other.id: {other.id: other} for other in others}
            by_row = {row.id: by_id.get(row.keys[place], {}) for row in rows}
        gives = list if relation_of(model, name).uselist else _first
        self.found.setdefault((schema, name), {}).update(
            {row_id: gives(found.values()) for row_id, found in by_row.items()}
        )
        return list({other.id: other for other in others}.values())

    def _read(
        self, schema: SchemaClass, name: str, kind: Kind, shape: Layout, ids: list[int]
    ) -> tuple[list[Record], list[Any]]:
        if not ids:
            return [], []
        statement = _statement(schema, name, kind, shape)
        return read(statement, self._parameters | {IDS.key: ids}, shape, self._actor)


def _first(records: Any) -> Record | None:
    return next(iter(records), None)


@lru_cache(maxsize=1024)
def _statement(schema: SchemaClass, name: str, kind: Kind, shape: Layout) -> Select[Any] | Constant:
    """The rows behind a relationship that any actor of a kind sees, and the ids of the rows before it where those do
    not say themselves which they are."""
    statement = _selecting(schema, name, shape).where(visible.rows_of(kind, shown(schema_behind(schema, name))))
    # An event has few guests or very many: there PostgreSQL has to see whose are asked for.
    are_few = foreign_key(model_of(schema), name) is None or name in always_linked(schema)
    # Of the fieldsets that clients may think of there are too many to plan each.
    return constant(statement, shape.selected, is_planned=shape.is_whole and are_few)


def _selecting(schema: SchemaClass, name: str, shape: Layout) -> Select[Any]:
    here, there = model_of(schema), model_of(schema_behind(schema, name))
    if own_key(here, name) is not None:
        return select(*shape.selected, null()).where(there.id == any_(IDS))
    refers = foreign_key(here, name)
    if refers is not None:
        return select(*shape.selected, refers).where(refers == any_(IDS)).order_by(there.id)
    before = aliased(here)  # by its own name, so that no condition inside takes it for the table that it asks about
    statement = select(*shape.selected, before.id).select_from(before).join(getattr(before, name))
    return statement.where(before.id == any_(IDS)).order_by(there.id)
