"""How the relationships of models are made: from which column the rows behind one are found."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.orm import RelationshipProperty
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import eq


@cache
def relation_of(model: Any, name: str) -> RelationshipProperty[Any]:
    """The relationship of that name."""
    return inspect(model).relationships[name]


@cache
def own_key(model: Any, name: str) -> str | None:
    """Which attribute of a row holds the id of the one row that it is related to; None when it takes more to know."""
    relation = relation_of(model, name)
    (there,) = relation.mapper.primary_key
    return next((str(here.key) for here, other in relation.local_remote_pairs or () if other is there), None)


@cache
def foreign_key(model: Any, name: str) -> ColumnElement[Any] | None:
    """The column of the rows behind a relationship that holds the id of the row before it; None when there is more to
    the relationship than this."""
    relation = relation_of(model, name)
    (here,) = inspect(model).primary_key
    join = relation.primaryjoin
    if relation.secondary is not None or not isinstance(join, BinaryExpression) or join.operator is not eq:
        return None
    return next((there for before, there in relation.local_remote_pairs or () if before is here), None)
