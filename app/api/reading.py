"""From a parsed query string to rows: conditions, order, page, and the includes decided once.

Every relationship that is walked over, by ``include``, ``filter`` or ``sort``, leads only to rows that the caller may
see.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, inspect, select
from sqlalchemy.orm import RelationshipProperty, aliased, load_only
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from app.api.filtering import condition
from app.api.querystring import (
    Query,
    SchemaClass,
    Sort,
    Tree,
    model_of,
    related_schema,
    relationship,
    schema_behind,
    shown,
)
from app.database import session
from app.errors import BadRequest
from app.permissions import confidential, visible
from app.permissions.actors import Actor
from app.schemas.base import dasherized
from app.schemas.relationships import Later
from app.services import cursors
from app.services.cursors import Cursor, Stretch


def page(statement: Select[Any], query: Query, schema: SchemaClass, actor: Actor) -> tuple[int, Sequence[Any]]:
    """How many rows match, and the rows of the page, with what ``include`` asks for.

    ``statement`` selects the schema's model, limited to what the list is about.
    """
    if query.filters:
        statement = statement.where(condition(query.filters, schema, actor))
    ordered = _ordered(statement, query.sort, schema, actor).order_by(model_of(schema).id)
    if query.page_size:
        count = session().scalar(statement.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        ordered = ordered.limit(query.page_size).offset((query.page_number - 1) * query.page_size)
    rows = session().scalars(ordered).all()
    attach(rows, schema, query.include, actor)
    return count if query.page_size else len(rows), rows


def in_order(statement: Select[Any], query: Query, schema: SchemaClass, actor: Actor) -> Sequence[int]:
    """The ids of all rows that match, in the order of the list."""
    if query.filters:
        statement = statement.where(condition(query.filters, schema, actor))
    row_id = model_of(schema).id
    ordered = _ordered(statement, query.sort, schema, actor).order_by(row_id)
    return session().scalars(ordered.with_only_columns(row_id, maintain_column_froms=True)).all()


def stretch(
    statement: Select[Any], query: Query, schema: SchemaClass, actor: Actor, cursor: Cursor, size: int
) -> Stretch:
    """The rows that match and were written after ``cursor``, with what ``include`` asks for."""
    if query.filters:
        statement = statement.where(condition(query.filters, schema, actor))
    found = cursors.read(statement, model_of(schema), cursor, size)
    attach([row[0] for row in found.rows], schema, query.include, actor)
    return found


def attach(rows: Sequence[Any], schema: SchemaClass, include: Tree, actor: Actor) -> None:
    """Puts onto the ``rows`` of a document what it includes and always links, as far as the actor may see it.

    One statement for each relationship. Not by loader options: those carry every condition of every path into each
    statement (a second for 12 paths, gigabytes for 40), and they leave alone what was loaded before to decide what the
    actor may, an event that he may not see for example. What he is not told of a row is blanked.
    """
    _conceal(rows, actor)
    for name, declared in schema._declared_fields.items():
        if name not in include and getattr(declared, "always_linked", False):
            _attach_one(rows, schema, name, actor, load_only(model_of(related_schema(declared)).id))
    _attach_tree(rows, schema, include, actor)


def _attach_tree(rows: Sequence[Any], schema: SchemaClass, include: Tree, actor: Actor) -> None:
    for name, subtree in include.items():
        declared = relationship(schema, name)
        if isinstance(declared, Later):
            for row in rows:
                setattr(row, name, declared.nothing)
            continue
        _attach_tree(_attach_one(rows, schema, name, actor), schema_behind(schema, name), subtree, actor)


def _attach_one(rows: Sequence[Any], schema: SchemaClass, name: str, actor: Actor, *options: ORMOption) -> list[Any]:
    """The rows of one relationship, each once, after they were put where they belong."""
    behind = schema_behind(schema, name)
    here, there = model_of(schema), model_of(behind)
    relation = inspect(here).relationships[name]
    found: dict[int, dict[int, Any]] = {row.id: {} for row in rows}
    key = _key(relation)
    if key is None:
        parent = aliased(here)  # by its own name, so that no condition inside takes it for the table that it asks about
        statement = select(parent.id, there).join(getattr(parent, name)).where(parent.id.in_(found))
        statement = statement.where(visible.rows(actor, shown(behind))).order_by(there.id).options(*options)
        for row_id, other in session().execute(statement):
            found[row_id][other.id] = other
    else:
        keys = {row.id: getattr(row, key) for row in rows}
        wanted = there.id.in_({key for key in keys.values() if key is not None})
        statement = select(there).where(wanted, visible.rows(actor, shown(behind))).options(*options)
        by_id = {other.id: other for other in session().scalars(statement)}
        found |= {row_id: {other_id: by_id[other_id]} for row_id, other_id in keys.items() if other_id in by_id}
    for row in rows:
        others = list(found[row.id].values())
        set_committed_value(row, name, others if relation.uselist else next(iter(others), None))
    every = list({other.id: other for others in found.values() for other in others.values()}.values())
    _conceal(every, actor)
    return every


def _conceal(rows: Sequence[Any], actor: Actor) -> None:
    """Blanks what the actor is not told: as a value that was loaded, so that nothing is ever written."""
    if not rows or type(rows[0]) not in confidential.CONFIDENTIAL:
        return
    for row in rows:
        for name in confidential.concealed(actor, row):
            set_committed_value(row, name, None)


def _key(relation: RelationshipProperty[Any]) -> str | None:
    """Which attribute of a row holds the id of the one row that it is related to; None when it takes more to know."""
    (there,) = relation.mapper.primary_key
    return next((str(here.key) for here, other in relation.local_remote_pairs or () if other is there), None)


def _ordered(statement: Select[Any], sorts: Sequence[Sort], schema: SchemaClass, actor: Actor) -> Select[Any]:
    ways = _ways(sorts, schema)
    targets = [model_of(schema), *(model_of(there) for _, there in ways.values())]
    if len(set(targets)) < len(targets):
        raise BadRequest("Rows cannot be sorted over two ways to the same type.", parameter="sort")
    for path, (here, there) in ways.items():
        relation = getattr(model_of(here), path[-1])
        if _key(relation.property) is None:
            raise BadRequest(f"Rows cannot be sorted over {dasherized(path[-1])}.", parameter="sort")
        seen = relation.and_(visible.rows(actor, shown(there)))
        statement = statement.outerjoin(seen)
    for sort in sorts:
        last = ways[sort.path[:-1]][1] if len(sort.path) > 1 else schema
        column = _sortable(last, sort.path[-1], actor)
        statement = statement.order_by(column.desc().nulls_last() if sort.descending else column.asc().nulls_last())
    return statement


def _ways(sorts: Sequence[Sort], schema: SchemaClass) -> dict[tuple[str, ...], tuple[SchemaClass, SchemaClass]]:
    """Every way over relationships that the sorts take, step by step: path → (schema before, schema after)."""
    ways: dict[tuple[str, ...], tuple[SchemaClass, SchemaClass]] = {}
    for sort in sorts:
        here = schema
        for depth, name in enumerate(sort.path[:-1], start=1):
            there = schema_behind(here, name)
            ways[sort.path[:depth]] = (here, there)
            here = there
    return ways


def _sortable(schema: SchemaClass, name: str, actor: Actor) -> Any:
    model = model_of(schema)
    if name not in inspect(model).columns:
        raise BadRequest(f"{schema.opts.type_} cannot be sorted by {name}.", parameter="sort")
    return confidential.column(actor, model, name)
