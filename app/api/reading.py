"""From a parsed query string to rows: conditions, order, page, and the includes decided once.

Every relationship that is walked over, by ``include``, ``filter`` or ``sort``, leads only to rows that the caller may
see.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, inspect
from sqlalchemy.orm import load_only, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from app.api.filtering import condition
from app.api.querystring import Query, SchemaClass, Sort, Tree, related_schema, relationship
from app.database import session
from app.errors import BadRequest
from app.permissions import visible
from app.permissions.actors import Actor


def page(statement: Select[Any], query: Query, schema: SchemaClass, actor: Actor) -> tuple[int, Sequence[Any]]:
    """How many rows match, and the rows of the page, with what ``include`` asks for.

    ``statement`` selects the schema's model, limited to what the list is about.
    """
    if query.filters:
        statement = statement.where(condition(query.filters, schema, actor))
    count = session().scalar(statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
    statement = _ordered(statement, query.sort, schema, actor).order_by(_model(schema).id)
    if query.page_size:
        statement = statement.limit(query.page_size).offset((query.page_number - 1) * query.page_size)
    return count, session().scalars(statement.options(*options(schema, query.include, actor))).all()


def options(schema: SchemaClass, include: Tree, actor: Actor) -> list[ORMOption]:
    """Loader options for an include tree, one statement for each relationship, and for linkage that is always given."""
    found: list[ORMOption] = []
    for name, declared in schema._declared_fields.items():
        if name in include:
            found += _included(None, schema, name, include[name], actor)
        elif getattr(declared, "always_linked", False):
            there = _model(related_schema(declared))
            seen = getattr(_model(schema), name).and_(visible.rows(actor, there))
            found.append(selectinload(seen).options(load_only(there.id)))
    return found


def _included(parent: Any, schema: SchemaClass, name: str, tree: Tree, actor: Actor) -> list[ORMOption]:
    there = _there(schema, name)
    seen = getattr(_model(schema), name).and_(visible.rows(actor, _model(there)))
    loader = selectinload(seen) if parent is None else parent.selectinload(seen)
    deeper = [option for inner, subtree in tree.items() for option in _included(loader, there, inner, subtree, actor)]
    return deeper or [loader]


def _ordered(statement: Select[Any], sorts: Sequence[Sort], schema: SchemaClass, actor: Actor) -> Select[Any]:
    ways = _ways(sorts, schema)
    targets = [_model(schema), *(_model(there) for _, there in ways.values())]
    if len(set(targets)) < len(targets):
        raise BadRequest("Rows cannot be sorted over two ways to the same type.", parameter="sort")
    for path, (here, there) in ways.items():
        seen = getattr(_model(here), path[-1]).and_(visible.rows(actor, _model(there)))
        statement = statement.outerjoin(seen)
    for sort in sorts:
        last = ways[sort.path[:-1]][1] if len(sort.path) > 1 else schema
        column = _sortable(last, sort.path[-1])
        statement = statement.order_by(column.desc().nulls_last() if sort.descending else column.asc().nulls_last())
    return statement


def _ways(sorts: Sequence[Sort], schema: SchemaClass) -> dict[tuple[str, ...], tuple[SchemaClass, SchemaClass]]:
    """Every way over relationships that the sorts take, step by step: path → (schema before, schema after)."""
    ways: dict[tuple[str, ...], tuple[SchemaClass, SchemaClass]] = {}
    for sort in sorts:
        here = schema
        for depth, name in enumerate(sort.path[:-1], start=1):
            there = _there(here, name)
            ways[sort.path[:depth]] = (here, there)
            here = there
    return ways


def _sortable(schema: SchemaClass, name: str) -> Any:
    model = _model(schema)
    if name not in inspect(model).columns:
        raise BadRequest(f"{schema.opts.type_} cannot be sorted by {name}.", parameter="sort")
    return getattr(model, name)


def _there(schema: SchemaClass, name: str) -> SchemaClass:
    declared = relationship(schema, name)
    assert declared is not None  # the query string has been parsed against the schema
    return related_schema(declared)


def _model(schema: SchemaClass) -> Any:
    return schema.Meta.model
