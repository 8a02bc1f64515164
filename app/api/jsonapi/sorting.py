"""The order of lists: ``sort`` as SQL, over relationships only to rows that the caller may see."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, inspect

from app.api.jsonapi.querystring import SchemaClass, Sort, model_of, schema_behind, shown
from app.api.jsonapi.relations import own_key
from app.errors import BadRequest
from app.permissions import confidential, visible
from app.permissions.actors import Actor
from app.schemas.base import dasherized


def ordered(statement: Select[Any], sorts: Sequence[Sort], schema: SchemaClass, actor: Actor) -> Select[Any]:
    """The statement, sorted. Raises `BadRequest` where rows cannot be sorted so."""
    ways = _ways(sorts, schema)
    targets = [model_of(schema), *(model_of(there) for _, there in ways.values())]
    if len(set(targets)) < len(targets):
        raise BadRequest(
            "Rows cannot be sorted over two ways to the same type. Sort over one of them.", parameter="sort"
        )
    for path, (here, there) in ways.items():
        if own_key(model_of(here), path[-1]) is None:
            raise BadRequest(
                f"Rows cannot be sorted over {dasherized(path[-1])}. Sort by an attribute.", parameter="sort"
            )
        seen = getattr(model_of(here), path[-1]).and_(visible.rows(actor, shown(there)))
        statement = statement.outerjoin(seen)
    for sort in sorts:
        last = ways[sort.path[:-1]][1] if len(sort.path) > 1 else schema
        column = sortable(last, sort.path[-1], actor)
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


def sortable(schema: SchemaClass, name: str, actor: Actor) -> Any:
    """The column of an attribute that rows can be sorted by. Raises `BadRequest`."""
    model = model_of(schema)
    if name not in inspect(model).columns:
        raise BadRequest(
            f"{schema.opts.type_} cannot be sorted by {dasherized(name)}. Choose another attribute.", parameter="sort"
        )
    return confidential.column(actor, model, name)
