"""JSON:API documents, made from the schemas: what is shown is compiled once per (type, fieldset, includes), then each
row costs only its getters. Linkage (``data`` of a relationship) is given for what is included, and for relationships
that ask for it always; clients misread any other linkage as loaded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from string import Formatter
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, request
from sqlalchemy import inspect

from app.api.documents import MEDIA_TYPE
from app.api.querystring import Query, SchemaClass, Tree, attribute_names, relationship, schema_behind
from app.api.reading import Page
from app.schemas.base import dasherized
from app.schemas.fields import Text
from app.services.cursors import Stretch

Document = dict[str, Any]
JSONAPI = {"version": "1.0"}

SECRET = {"Cache-Control": "no-store"}
"""Headers of an answer that shows what nobody may keep, not even for a request that is sent again."""


def respond(document: Document, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON:API response."""
    document["jsonapi"] = JSONAPI
    return Response(orjson.dumps(document), status, headers, content_type=MEDIA_TYPE)


def detail(row: Any, schema: SchemaClass, query: Query, meta: Document | None = None) -> Document:
    """The document of one row, or of none (``data: null``)."""
    compound = _Compound([] if row is None else [row], schema, query)
    document: Document = {
        "data": compound.primary[0] if compound.primary else None,
        "links": {"self": request.full_path.rstrip("?")},
    }
    return _with(document, query, compound.included, meta)


def collection(page: Page, schema: SchemaClass, query: Query) -> Document:
    """The document of a page of rows."""
    compound = _Compound(page.rows, schema, query)
    document: Document = {"data": compound.primary, "links": page_links(page, query)}
    return _with(document, query, compound.included, {"count": page.count})


def report(name: str, event_id: int, attributes: Document) -> Document:
    """The document of what has no row of its own, under the id of its event."""
    links = {"self": f"/v1/events/{event_id}/{name}"}
    data = {"type": f"{name}-report", "id": str(event_id), "attributes": attributes, "links": links}
    return {"data": data, "links": links, "jsonapi": JSONAPI}


def stretch(found: Stretch, schema: SchemaClass, query: Query) -> Document:
    """The document of the rows after a cursor; each is the first of its `Row`."""
    compound = _Compound([row[0] for row in found.rows], schema, query)
    document: Document = {"data": compound.primary, "links": {"self": request.full_path.rstrip("?")}}
    return _with(document, query, compound.included, stretch_meta(found))


def stretch_meta(found: Stretch) -> Document:
    """Where to go on, and whether to ask again at once."""
    return {"cursor": str(found.cursor), "more": found.more}


def page_links(page: Page, query: Query) -> Document:
    """The links of a page of a list. Where rows are in the order of their ids, ``next`` names the last one besides:
    what comes after is found at once, however far that is, and none is missed or told twice when others come or go."""
    links = {"self": request.full_path.rstrip("?")}
    if query.page_size and page.count > query.page_size:
        last = -(-page.count // query.page_size)
        links |= {"first": _page_link(1), "last": _page_link(last)}
        if query.page_number > 1:
            links["prev"] = _page_link(min(query.page_number - 1, last))
    if page.more:
        links["next"] = _page_link(query.page_number + 1, None if query.sort else page.rows[-1].id)
    return links


def linkage(rows: Any, type_: str) -> Any:
    """Resource identifiers of a related row, of rows, or of none."""
    if rows is None:
        return None
    if isinstance(rows, list):
        return [{"type": type_, "id": str(row.id)} for row in rows]
    return {"type": type_, "id": str(rows.id)}


def relationship_document(row: Any, schema: SchemaClass, name: str) -> Document:
    """The document of one relationship of a row: links, and linkage."""
    declared = relationship(schema, name)
    assert declared is not None  # the caller has looked
    return _relationship(row, self_link(row, schema), dasherized(name), name, declared.type_)


def self_link(row: Any, schema: SchemaClass) -> str:
    """The row's own address."""
    return compiled(schema, None, frozenset(), primary=True).self_link(row)


def _with(document: Document, query: Query, included: list[Document], meta: Document | None) -> Document:
    if query.include:
        document["included"] = included
    if meta:
        document["meta"] = meta
    return document


@dataclass(slots=True)
class _Found:
    """A row of a document, and which relationships are included from it, on whatever way it was reached."""

    row: Any
    schema: SchemaClass
    include: frozenset[str] = frozenset()
    trees: list[Tree] = field(default_factory=list)


class _Compound:
    """The resources of a document, each once (JSON:API 1.0), with the linkage of all ways that lead to it."""

    def __init__(self, rows: Iterable[Any], schema: SchemaClass, query: Query):
        type_ = schema.opts.type_
        self._query = query
        self._found = {(type_, row.id): _Found(row, schema) for row in rows}
        heads = list(self._found.values())
        for found in heads:
            self._walk(found, query.include)
        resources = [
            self._resource(found, primary=place < len(heads)) for place, found in enumerate(self._found.values())
        ]
        self.primary, self.included = resources[: len(heads)], resources[len(heads) :]

    def _walk(self, found: _Found, tree: Tree) -> None:
        if not tree or any(tree is walked for walked in found.trees):
            return
        found.trees.append(tree)
        found.include = found.include.union(tree)
        for name, subtree in tree.items():
            there = schema_behind(found.schema, name)
            related = getattr(found.row, name)
            for other in related if isinstance(related, list) else [related]:
                if other is not None:
                    key = (there.opts.type_, other.id)
                    self._walk(self._found.setdefault(key, _Found(other, there)), subtree)

    def _resource(self, found: _Found, *, primary: bool) -> Document:
        fieldset = self._query.fields.get(found.schema.opts.type_)
        return compiled(found.schema, fieldset, found.include, primary=primary).resource(found.row)


class Shape:
    """How rows of one schema are written for one fieldset and one set of includes."""

    def __init__(self, schema: SchemaClass, fieldset: frozenset[str] | None, include: frozenset[str], primary: bool):
        self.type = schema.opts.type_
        self._id: Callable[[int], int | str] = int if schema.numeric_id else str
        self._self_url: str = schema.Meta.self_url
        self._url_names = [name for _, name, _, _ in Formatter().parse(self._self_url) if name]
        bound = schema().fields
        self._attributes: list[tuple[str, str, Callable[[Any], Any] | None]] = [
            (dasherized(name), name, _writer(schema, bound[name]))
            for name in attribute_names(schema)
            if name != "id" and (fieldset is None or name in fieldset)
        ]
        self._relationships: list[tuple[str, str, str | None]] = []
        for name in schema._declared_fields:
            declared = relationship(schema, name)
            if declared is None or not (fieldset is None or name in fieldset or name in include):
                continue
            linked = name in include or (primary and getattr(declared, "always_linked", False))
            self._relationships.append((dasherized(name), name, declared.type_ if linked else None))

    def self_link(self, row: Any) -> str:
        """The row's own address, absolute in the path."""
        return self._self_url.format(**{name: getattr(row, name) for name in self._url_names})

    def resource(self, row: Any) -> Document:
        """The resource object of a row."""
        self_link = self.self_link(row)
        document: Document = {
            "type": self.type,
            "id": self._id(row.id),
            "attributes": {
                wire: getattr(row, name) if write is None else write(getattr(row, name))
                for wire, name, write in self._attributes
            },
        }
        if self._relationships:
            document["relationships"] = {
                wire: _relationship(row, self_link, wire, name, linked_type)
                for wire, name, linked_type in self._relationships
            }
        document["links"] = {"self": self_link}
        return document


@lru_cache(maxsize=512)
def compiled(schema: SchemaClass, fieldset: frozenset[str] | None, include: frozenset[str], *, primary: bool) -> Shape:
    """The `Shape` for these, made once."""
    return Shape(schema, fieldset, include, primary)


@cache
def _writer(schema: SchemaClass, declared: Any) -> Callable[[Any], Any] | None:
    """How an attribute's value is written; None when it is written as it is."""
    column = inspect(schema.Meta.model).columns.get(declared.name)
    if column is not None and column.type.python_type in {bool, dict, list}:
        return None
    if isinstance(declared, Text) and column is not None and column.type.python_type is str:
        return None
    return partial(declared._serialize, attr=declared.name, obj=None)


def _relationship(row: Any, self_link: str, wire: str, name: str, linked_type: str | None) -> Document:
    shown: Document = {"links": {"self": f"{self_link}/relationships/{wire}", "related": f"{self_link}/{wire}"}}
    if linked_type is not None:
        shown["data"] = linkage(getattr(row, name), linked_type)
    return shown


def _page_link(number: int, after: int | None = None) -> str:
    others = {"page[number]", "page[after]"}
    arguments = [(key, value) for key, value in request.args.items(multi=True) if key not in others]
    arguments.append(("page[number]", str(number)))
    if after is not None:
        arguments.append(("page[after]", str(after)))
    return request.path + "?" + "&".join(f"{quote(key)}={quote(value)}" for key, value in arguments)
