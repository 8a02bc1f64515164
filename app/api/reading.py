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
from app.api.querystring import Query, SchemaClass, Sort, Tree, model_of, related_schema, schema_behind
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
    rows = _ordered(statement, query.sort, schema, actor).order_by(model_of(schema).id)
    rows = rows.options(*options(schema, query.include, actor))
    if not query.page_size:
        everything = session().scalars(rows).all()
        return len(everything), everything
    count = session().scalar(statement.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    rows = rows.limit(query.page_size).offset((query.page_number - 1) * query.page_size)
    return count, session().scalars(rows).all()


def options(schema: SchemaClass, include: Tree, actor: Actor) -> list[ORMOption]:
    """Loader options for an include tree, one statement for each relationship, and for linkage that is always given."""
    found: list[ORMOption] = []
    for name, declared in schema._declared_fields.items():
        if name in include:
            found += _included(None, schema, name, include[name], actor)
        elif getattr(declared, "always_linked", False):
            there = model_of(related_schema(declared))
            seen = getattr(model_of(schema), name).and_(visible.rows(actor, there))
            found.append(selectinload(seen).options(load_only(there.id)))
    return found


def _included(parent: Any, schema: SchemaClass, name: str, tree: Tree, actor: Actor) -> list[ORMOption]:
    there = schema_behind(schema, name)
    seen = getattr(model_of(schema), name).and_(visible.rows(actor, model_of(there)))
    loader = selectinload(seen) if parent is None else parent.selectinload(seen)
    deeper = [option for inner, subtree in tree.items() for option in _included(loader, there, inner, subtree, actor)]
    return deeper or [loader]


def _ordered(statement: Select[Any], sorts: Sequence[Sort], schema: SchemaClass, actor: Actor) -> Select[Any]:
    ways = _ways(sorts, schema)
    targets = [model_of(schema), *(model_of(there) for _, there in ways.values())]
    if len(set(targets)) < len(targets):
        raise BadRequest("Rows cannot be sorted over two ways to the same type.", parameter="sort")
    for path, (here, there) in ways.items():
        seen = getattr(model_of(here), path[-1]).and_(visible.rows(actor, model_of(there)))
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
            there = schema_behind(here, name)
            ways[sort.path[:depth]] = (here, there)
            here = there
    return ways


def _sortable(schema: SchemaClass, name: str) -> Any:
    model = model_of(schema)
    if name not in inspect(model).columns:
        raise BadRequest(f"{schema.opts.type_} cannot be sorted by {name}.", parameter="sort")
    return getattr(model, name)
