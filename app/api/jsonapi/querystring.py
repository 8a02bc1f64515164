"""Query strings: page, sort, include, fields and filter, checked against the schema (docs/api.md, «Lists»).

Names may be dashed or in snake case. What is not ours (``cache``, ``public``, ``onsite`` …) is left alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, request
from marshmallow import class_registry
from marshmallow_jsonapi.fields import BaseRelationship

from app.api.jsonapi.documents import parse_json
from app.errors import BadRequest
from app.schemas.base import Schema, dasherized
from app.schemas.fields import ROW_ID
from app.services import cursors

SchemaClass = Any
"""A subclass of `Schema`; the library's classes have no types that mypy could use."""
Tree = dict[str, "Tree"]

DEEPEST_INCLUDE = 4
MOST_INCLUDED = 25
"""Relationships in one ``include``: each is a statement, and all paths of some depth are a way to exhaust a server."""

_MEMBER = re.compile(r"(fields|page)\[([^\[\]]*)\]")
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Sort:
    """One column to sort by: the way over relationships, then an attribute."""

    path: tuple[str, ...]
    descending: bool


@dataclass(frozen=True)
class Query:
    """What a query string asks for. ``page_size`` 0 is everything; ``page_after`` the id of the row before the page;
    ``include`` a tree of relationships."""

    page_size: int = 0
    page_number: int = 1
    page_after: int | None = None
    include: Tree = field(default_factory=dict)
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sort: tuple[Sort, ...] = ()
    filters: tuple[Any, ...] = ()


def register(app: Flask) -> None:
    """Lets only query strings into ``app`` that can be read, whatever the address."""
    app.before_request(_require_utf_8)


def parse(args: Mapping[str, str], schema: SchemaClass) -> Query:
    """The query for documents of ``schema``. Raises `BadRequest` with the parameter that is wrong."""
    pages = _members(args, "page")
    if "page" in args or not pages.keys() <= {"size", "number", "after"}:
        raise BadRequest("Use page[size] and page[number], such as page[size]=50.", parameter="page")
    return Query(
        page_size=_whole(pages, "size", default=current_app.config["PAGE_SIZE"], least=0),
        page_number=_whole(pages, "number", default=1, least=1),
        page_after=_after(pages),
        include=_include(args.get("include", ""), schema),
        fields={type_: _fieldset(type_, names) for type_, names in _members(args, "fields").items()},
        sort=tuple(_sort(part, schema) for part in args.get("sort", "").split(",") if part),
        filters=_filters(args.get("filter")),
    )


def stretch_size(args: Mapping[str, str], *, default: int) -> int:
    """How many rows an answer to a cursor may have: ``page[size]``; 0, and more than `cursors.MOST`, are as many as
    there may be. Raises `BadRequest` for what contradicts the order of a cursor."""
    pages = _members(args, "page")
    if "page" in args or not pages.keys() <= {"size"}:
        raise BadRequest(
            "With a cursor there is page[size], and no page[number]. Leave it out.", parameter="page[number]"
        )
    if args.get("sort"):
        raise BadRequest(
            "With a cursor rows come in the order in which they were written. Leave sort out.", parameter="sort"
        )
    return min(_whole(pages, "size", default=default, least=0) or cursors.MOST, cursors.MOST)


def attribute_names(schema: SchemaClass) -> list[str]:
    """Python names of what a document of ``schema`` shows: attributes, and the id."""
    return [
        name
        for name, declared in schema._declared_fields.items()
        if not declared.load_only and not isinstance(declared, BaseRelationship)
    ]


def relationship(schema: SchemaClass, name: str) -> BaseRelationship | None:
    """The relationship of that Python name, or None."""
    declared = schema._declared_fields.get(name)
    return declared if isinstance(declared, BaseRelationship) else None


def related_schema(field: BaseRelationship) -> SchemaClass:
    """The schema of a relationship's rows."""
    found: Any = class_registry.get_class(field.__dict__["_Relationship__schema"])
    return found


def schema_behind(schema: SchemaClass, name: str) -> SchemaClass:
    """The schema behind a relationship that the query string was found to have."""
    declared = relationship(schema, name)
    assert declared is not None
    return related_schema(declared)


def model_of(schema: SchemaClass) -> Any:
    """The class of a schema's rows."""
    return schema.Meta.model


def shown(schema: SchemaClass) -> Any:
    """What `app.permissions.visible.rows` is asked with for rows of a schema."""
    return getattr(schema.Meta, "seen_as", schema.Meta.model)


def python_name(name: str) -> str:
    """The Python name of a wire name in either spelling."""
    return name.strip().replace("-", "_")


def _require_utf_8() -> None:
    """Raises `BadRequest` for bytes that no browser sends, and that ``request.args`` fails on."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        raise BadRequest("The query string is not UTF-8. Percent-encode it.") from None


def _members(args: Mapping[str, str], family: str) -> dict[str, str]:
    found = {}
    for key, value in args.items():
        match = _MEMBER.fullmatch(key)
        if match and match[1] == family:
            found[match[2]] = value
    return found


def _whole(pages: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    text = pages.get(name, str(default)).strip()
    if not _WHOLE.fullmatch(text) or int(text) < least:
        raise BadRequest(f"page[{name}] must be a whole number, at least {least}.", parameter=f"page[{name}]")
    return int(text)


def _after(pages: Mapping[str, str]) -> int | None:
    text = pages.get("after")
    if text is None:
        return None
    if not ROW_ID.fullmatch(text):
        raise BadRequest("This is no page[after]. Follow links.next as it is.", parameter="page[after]")
    return int(text)


def _include(text: str, schema: SchemaClass) -> Tree:
    tree: Tree = {}
    for path in filter(None, text.split(",")):
        branch, current = tree, schema
        names = [python_name(name) for name in path.split(".")]
        if len(names) > DEEPEST_INCLUDE:
            raise BadRequest(
                f"include goes {DEEPEST_INCLUDE} relationships deep at most. Ask for the rest by its own address.",
                parameter="include",
            )
        for name in names:
            declared = relationship(current, name)
            if declared is None:
                raise BadRequest(no_relationship(current, name), parameter="include")
            branch, current = branch.setdefault(name, {}), related_schema(declared)
    if _size(tree) > MOST_INCLUDED:
        raise BadRequest(f"include names {MOST_INCLUDED} relationships at most. Leave some out.", parameter="include")
    return tree


def _size(tree: Tree) -> int:
    return len(tree) + sum(map(_size, tree.values()))


def _fieldset(type_: str, names: str) -> frozenset[str]:
    wanted = frozenset(python_name(name) for name in names.split(",") if name.strip())
    known: set[str] = set()
    for schema in _schemas_of(type_):
        known |= schema._declared_fields.keys()
    if known and (unknown := wanted - known):
        named, has = ", ".join(map(dasherized, sorted(unknown))), ", ".join(map(dasherized, sorted(known)))
        raise BadRequest(f"{type_} has no attribute {named}. It has: {has}.", parameter=f"fields[{type_}]")
    return wanted


def _schemas_of(type_: str) -> list[SchemaClass]:
    return [schema for schema in Schema.__subclasses__() if schema.opts.type_ == type_]


def _sort(part: str, schema: SchemaClass) -> Sort:
    descending, names = part.startswith("-"), [python_name(name) for name in part.lstrip("-").split(".")]
    current = schema
    for name in names[:-1]:
        declared = relationship(current, name)
        if declared is None or declared.many:
            raise BadRequest(
                f"{_type(current)} cannot be sorted over {dasherized(name)}: name a relationship to one.",
                parameter="sort",
            )
        current = related_schema(declared)
    if names[-1] not in attribute_names(current):
        raise BadRequest(f"{_type(current)} has no attribute {dasherized(names[-1])} to sort by.", parameter="sort")
    return Sort(tuple(names), descending)


def _filters(text: str | None) -> tuple[Any, ...]:
    if not text:
        return ()
    nodes = parse_json(text, "filter", parameter="filter")
    if isinstance(nodes, dict):
        nodes = [nodes]
    if not isinstance(nodes, list):
        raise BadRequest(
            'filter must be a JSON array of conditions, such as [{"name": "email", "op": "eq", "val": "…"}].',
            parameter="filter",
        )
    return tuple(nodes)


def _type(schema: SchemaClass) -> str:
    return str(schema.opts.type_)


def no_relationship(schema: SchemaClass, name: str) -> str:
    """What is said of a relationship (a Python name) that the schema has not."""
    names = [dasherized(name) for name in schema._declared_fields if relationship(schema, name)]
    others = f"It has: {', '.join(names)}." if names else "It has none."
    return f"{_type(schema)} has no relationship {dasherized(name)}. {others}"
