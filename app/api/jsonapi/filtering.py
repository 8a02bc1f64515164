"""The filter grammar (docs/api.md, «Lists») as SQL.

A name is an attribute or relationship of the schema, so nothing can be asked that the caller's own document would not
show; whatever lies behind a relationship is limited to the rows that he may see.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Numeric,
    Text,
    and_,
    cast,
    false,
    inspect,
    literal,
    not_,
    null,
    or_,
    true,
)
from sqlalchemy.types import Integer

from app.api.jsonapi.querystring import (
    SchemaClass,
    attribute_names,
    model_of,
    python_name,
    related_schema,
    relationship,
    shown,
)
from app.clock import parse_instant
from app.errors import BadRequest
from app.permissions import confidential, visible
from app.permissions.actors import Actor
from app.schemas.base import dasherized
from app.schemas.fields import LARGEST_TOTAL, ROW_ID, exact_decimal
from app.schemas.relationships import Later
from app.schemas.texts import LaterId

Condition = ColumnElement[bool]

COMPARISONS: dict[str, Callable[[Any, Any], Condition]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
}
TEXTS: dict[str, Callable[[Any, str], Condition]] = {
    "like": lambda column, value: column.like(value),
    "ilike": lambda column, value: column.ilike(value),
    "notlike": lambda column, value: column.notlike(value),
    "notilike": lambda column, value: column.notilike(value),
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "startswith": lambda column, value: column.startswith(value, autoescape=True),
    "endswith": lambda column, value: column.endswith(value, autoescape=True),
    "match": lambda column, value: column.match(value, postgresql_regconfig="simple"),
}
SETS = {"in", "notin"}
NULLS = {"is", "isnot"}
LARGEST_ID = 2**63 - 1
_LONE_BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")


def condition(nodes: Any, schema: SchemaClass, actor: Actor) -> Condition:
    """All of ``nodes`` (a filter's conditions) as one condition on the schema's model. Raises `BadRequest`."""
    return and_(true(), *_all(nodes, schema, actor))


def _all(nodes: Any, schema: SchemaClass, actor: Actor) -> list[Condition]:
    if not isinstance(nodes, list | tuple):
        raise _wrong('`or` and `and` take an array of conditions: {"or": [{…}, {…}]}.')
    return [found for node in nodes if (found := _node(node, schema, actor)) is not None]


def _node(node: Any, schema: SchemaClass, actor: Actor) -> Condition | None:
    """One condition; None for an empty ``or`` or ``and``, which the web app sends when it asks for nothing."""
    if not isinstance(node, dict):
        raise _wrong('A condition is an object: {"name": "…", "op": "eq", "val": "…"}.')
    if "not" in node:
        inner = _node(node["not"], schema, actor)
        return None if inner is None else not_(inner)
    for word, joined in (("or", or_), ("and", and_)):
        if word in node:
            parts = _all(node[word], schema, actor)
            return joined(*parts) if parts else None
    return _comparison(node, schema, actor)


def _comparison(node: dict[str, Any], schema: SchemaClass, actor: Actor) -> Condition:
    if not isinstance(node.get("name"), str) or not isinstance(node.get("op"), str):
        raise _wrong('A condition has a name and an op, both texts: {"name": "…", "op": "eq", "val": "…"}.')
    if "val" not in node and "field" not in node:
        raise _wrong("A condition has a val (or a field to compare with). Send one of them.")
    name, operator = python_name(node["name"]), _operator(node["op"])
    first, _, rest = name.partition("__")
    if relationship(schema, first) is not None:
        inner = {"name": rest, "op": "eq", "val": node.get("val")} if rest else node.get("val")
        return _related(first, operator, inner, schema, actor)
    column = _column(schema, name, actor)
    if "field" in node:
        return _compared(column, operator, _column(schema, python_name(str(node["field"])), actor))
    return _against_value(column, operator, node["val"])


def _operator(written: str) -> str:
    """In the one spelling of the tables above: ``in_``, ``is_not`` and ``__eq__`` are those of SQLAlchemy."""
    return written.replace("_", "").lower()


def _related(name: str, operator: str, inner: Any, schema: SchemaClass, actor: Actor) -> Condition:
    declared = relationship(schema, name)
    assert declared is not None  # the caller has looked
    if isinstance(declared, Later):
        return true() if inner is None and operator in {"eq", "is"} else false()
    there = related_schema(declared)
    attribute = getattr(model_of(schema), name)
    exists = attribute.any if declared.many else attribute.has
    seen = visible.rows(actor, shown(there))
    if inner is None and operator in {"eq", "is"}:
        return not_(exists(seen))
    if inner is None and operator in {"ne", "isnot"}:
        return exists(seen)
    if operator not in {"has", "any"}:
        raise _wrong(f"{dasherized(name)} is a relationship: use has or any.")
    nodes = inner if isinstance(inner, list) else [inner]
    return exists(and_(seen, condition(nodes, there, actor)))


def _against_value(column: Any, operator: str, value: Any) -> Condition:
    if operator in SETS:
        if not isinstance(value, list):
            raise _wrong(f"{operator} takes an array. Send one as val.")
        values = [_converted(column, part) for part in value]
        return column.in_(values) if operator == "in" else column.notin_(values)
    if operator in TEXTS:
        if not isinstance(column.type, Text) or not isinstance(value, str) or "\x00" in value:
            raise _wrong(f"{operator} compares texts. Send a text as val, for an attribute that is one.")
        if operator.endswith("like") and _LONE_BACKSLASH.search(value):
            raise _wrong("A pattern must not end with a backslash, which escapes the character after it. Write two.")
        return TEXTS[operator](column, value)
    if value is None and operator in {"eq", "is"}:
        return column.is_(None)
    if value is None and operator in {"ne", "isnot"}:
        return column.is_not(None)
    if operator in NULLS:
        return _compared(column, "eq" if operator == "is" else "ne", _converted(column, value))
    if value is None:
        raise _wrong(f"{operator} cannot compare with null. Use is_ or isnot.")
    return _compared(column, operator, _converted(column, value))


def _compared(column: Any, operator: str, other: Any) -> Condition:
    if operator not in COMPARISONS:
        known = [*COMPARISONS, *TEXTS, "in", "notin", "is_", "isnot", "has", "any"]
        raise _wrong(f"Unknown op {operator}. Known: {', '.join(known)}.")
    if isinstance(other, ColumnElement) or hasattr(other, "type"):
        _require_same_kind(column, other)
    return COMPARISONS[operator](column, other)


def _require_same_kind(column: Any, other: Any) -> None:
    if column.type.python_type is not other.type.python_type:
        raise _wrong("Only attributes of one kind can be compared. Compare with a val.")


def _column(schema: SchemaClass, name: str, actor: Actor) -> Any:
    """The model's column behind an attribute that documents show, null where they show none."""
    if isinstance(schema._declared_fields.get(name), LaterId):
        return cast(null(), Text).label(name)
    if name not in attribute_names(schema) or name not in inspect(model_of(schema)).columns:
        raise _wrong(
            f"{schema.opts.type_} has no attribute {dasherized(name)} to filter by. Choose one that its documents show."
        )
    column = confidential.column(actor, model_of(schema), name)
    if column.type.python_type in {dict, list}:
        raise _wrong(f"{dasherized(name)} cannot be filtered by. Choose another attribute.")
    return column


def _converted(column: Any, value: Any) -> Any:
    """``value`` as the column's type holds it. Raises `BadRequest`."""
    for kind, convert in _CONVERSIONS:
        if isinstance(column.type, kind):
            try:
                return convert(value)
            except (ValueError, TypeError, OverflowError):
                raise _wrong(
                    f"{json.dumps(value)} is no value for {dasherized(column.key)}. Send one as its documents show it."
                ) from None
    raise _wrong(f"{dasherized(column.key)} cannot be filtered by. Choose another attribute.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    return value


def _boolean(value: Any) -> ColumnElement[bool]:
    known = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | int | str) or value not in known:
        raise ValueError
    return literal(known[value])  # SQLAlchemy refuses to order by Python's own True and False


def _integer(value: Any) -> int:
    if isinstance(value, str) and ROW_ID.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_ID:
        raise ValueError
    return value


def _decimal(value: Any) -> Decimal:
    amount = exact_decimal(value)
    if abs(amount) > LARGEST_TOTAL:
        raise ValueError(value)
    return amount


def _instant(value: Any) -> datetime:
    return parse_instant(_text(value))


_CONVERSIONS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Text, _text),
    (Boolean, _boolean),
    (Integer, _integer),
    (Float, _decimal),
    (Numeric, _decimal),
    (DateTime, _instant),
)


def _wrong(detail: str) -> BadRequest:
    return BadRequest(detail, parameter="filter")
