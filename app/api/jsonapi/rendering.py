"""JSON:API documents, made from the schemas: what is shown is compiled once per (type, fieldset, includes), then each
row costs what it holds. Linkage (``data`` of a relationship) is given for what is included, and for relationships
that ask for it always; clients misread any other linkage as loaded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, request
from marshmallow.fields import Field
from sqlalchemy import inspect

from app.api.edge.transactions import READS
from app.api.jsonapi import entity_tags
from app.api.jsonapi.documents import MEDIA_TYPE
from app.api.jsonapi.including import Related
from app.api.jsonapi.querystring import Query, SchemaClass, Tree, relationship, schema_behind
from app.api.jsonapi.reading import InOrder, Page
from app.api.jsonapi.records import Record, address_name, layout, shown_names
from app.schemas.base import dasherized
from app.schemas.relationships import Later
from app.schemas.texts import Text
from app.services.cursors import Stretch

Document = dict[str, Any]
JSONAPI = {"version": "1.0"}

SECRET = {"Cache-Control": "no-store"}
"""Headers of an answer that shows what nobody may keep, not even for a request that is sent again."""

PERSONAL = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""Headers of what is read, which is made for who asks: only he keeps it, and asks by its tag whether it still holds. Of
a 304, too (RFC 9110, 15.4.5): a cache takes its headers for those of what it keeps."""


def respond(document: Document, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON:API response; to who reads, with its `entity_tags`, and without a body if he has it already."""
    body, told = body_of(document), headers or {}
    if status == 200 and request.method in READS:
        tag = entity_tags.of(body)
        told = {"ETag": tag, **PERSONAL, **told}
        if entity_tags.is_known(tag):
            return Response(status=304, headers=told)
    return Response(body, status, told, content_type=MEDIA_TYPE)


def respond_changed(document: Document, meta: Document | None) -> Response:
    """The response to a change, with the tag of what a GET of the same address answers from now on, which has no
    ``meta``."""
    body = body_of(document)
    tag = entity_tags.of(body)
    if meta:
        body = body_of(document | {"meta": meta})
    return Response(body, headers={"ETag": tag}, content_type=MEDIA_TYPE)


def nothing() -> Response:
    """The response to a change that changes nothing."""
    return Response(status=204, content_type=MEDIA_TYPE)


def body_of(document: Document) -> bytes:
    """The bytes of a document."""
    document["jsonapi"] = JSONAPI
    return orjson.dumps(document)


def detail(
    row: Any, schema: SchemaClass, query: Query, meta: Document | None = None, related: Related | None = None
) -> Document:
    """The document of one row, a record or an entity, or of none (``data: null``)."""
    compound = _Compound([] if row is None else [row], schema, query, related or {})
    document: Document = {
        "data": compound.primary[0] if compound.primary else None,
        "links": {"self": request.full_path.rstrip("?")},
    }
    return _with(document, query, compound.included, meta)


def collection(page: Page, schema: SchemaClass, query: Query) -> Document:
    """The document of a page of rows."""
    compound = _Compound(page.rows, schema, query, page.related)
    document: Document = {"data": compound.primary, "links": page_links(page, query)}
    return _with(document, query, compound.included, {"count": page.count})


def report(name: str, event_id: int, attributes: Document) -> Document:
    """The document of what has no row of its own, under the id of its event."""
    links = {"self": f"/v1/events/{event_id}/{name}"}
    data = {"type": f"{name}-report", "id": str(event_id), "attributes": attributes, "links": links}
    return {"data": data, "links": links, "jsonapi": JSONAPI}


def stretch(
    found: Stretch, rows: Iterable[Record], schema: SchemaClass, query: Query, related: Related | None = None
) -> Document:
    """The document of the rows after a cursor."""
    compound = _Compound(rows, schema, query, related or {})
    document: Document = {"data": compound.primary, "links": {"self": request.full_path.rstrip("?")}}
    return _with(document, query, compound.included, stretch_meta(found))


def stretch_meta(found: Stretch) -> Document:
    """Where to go on, and whether to ask again at once."""
    return {"cursor": str(found.cursor), "more": found.more}


def page_links(page: Page | InOrder, query: Query) -> Document:
    """The links of a page of a list. Where rows are in the order of their ids, ``next`` names the last one besides:
    what comes after is found at once, however far that is, and none is missed or told twice when others come or go."""
    links = {"self": request.full_path.rstrip("?")}
    if query.page_size and page.count > query.page_size:
        last = -(-page.count // query.page_size)
        links |= {"first": _page_link(1), "last": _page_link(last)}
        if query.page_number > 1:
            links["prev"] = _page_link(min(query.page_number - 1, last))
    if page.more:
        links["next"] = _page_link(query.page_number + 1, None if query.sort else page.last_id)
    return links


def linkage(rows: Any, type_: str) -> Any:
    """Resource identifiers of a related row, of rows, or of none."""
    if rows is None:
        return None
    if isinstance(rows, list):
        return [{"type": type_, "id": str(row.id)} for row in rows]
    return {"type": type_, "id": str(rows.id)}


def relationship_document(row: Record, schema: SchemaClass, name: str, query: Query, related: Related) -> Document:
    """The document of one relationship of a row: links, and linkage; with what ``include`` asks for from there on."""
    shape = compiled(schema, None, frozenset({name}), primary=True)
    document: Document = shape.relationships(row, shape.self_link(row.address), related)[dasherized(name)]
    if not query.include:
        return document
    behind = _behind(related, schema, name, row)
    rows = behind if isinstance(behind, list) else [behind] if behind is not None else []
    further = replace(query, include=query.include[name])
    compound = _Compound(rows, schema_behind(schema, name), further, related, are_primary=False)
    return document | {"included": compound.primary + compound.included}


def self_link(row: Any, schema: SchemaClass) -> str:
    """The row's own address."""
    return compiled(schema, None, frozenset(), primary=True).self_link(getattr(row, address_name(schema)))


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

    def __init__(
        self, rows: Iterable[Any], schema: SchemaClass, query: Query, related: Related, *, are_primary: bool = True
    ):
        type_ = schema.opts.type_
        self._query = query
        self._related = related
        self._found = {(type_, row.id): _Found(row, schema) for row in rows}
        heads = list(self._found.values())
        for found in heads:
            self._walk(found, query.include)
        resources = [
            self._resource(found, primary=are_primary and place < len(heads))
            for place, found in enumerate(self._found.values())
        ]
        self.primary, self.included = resources[: len(heads)], resources[len(heads) :]

    def _walk(self, found: _Found, tree: Tree) -> None:
        if not tree or any(tree is walked for walked in found.trees):
            return
        found.trees.append(tree)
        found.include = found.include.union(tree)
        for name, subtree in tree.items():
            there = schema_behind(found.schema, name)
            related = _behind(self._related, found.schema, name, found.row)
            for other in related if isinstance(related, list) else [related]:
                if other is not None:
                    key = (there.opts.type_, other.id)
                    self._walk(self._found.setdefault(key, _Found(other, there)), subtree)

    def _resource(self, found: _Found, *, primary: bool) -> Document:
        fieldset = self._query.fields.get(found.schema.opts.type_)
        shape = compiled(found.schema, fieldset, found.include, primary=primary)
        return shape.resource(found.row, self._related)


class Shape:
    """How rows of one schema are written for one fieldset and one set of includes."""

    def __init__(self, schema: SchemaClass, fieldset: frozenset[str] | None, include: frozenset[str], primary: bool):
        self.type = schema.opts.type_
        self._schema = schema
        self._layout = layout(schema, fieldset)
        self._id: Callable[[int], int | str] = int if schema.numeric_id else str
        self._self_url: str = schema.Meta.self_url.replace(f"{{{address_name(schema)}}}", "{}")
        bound, names = schema().fields, shown_names(schema, fieldset)
        self._wires = [dasherized(name) for name in names]
        writers = [(place, _writer(schema, bound[name])) for place, name in enumerate(names)]
        self._writers = [(place, write) for place, write in writers if write is not None]
        self._links: list[tuple[str, str, str]] = []
        self._linked: list[tuple[str, str, str]] = []
        for name in schema._declared_fields:
            declared = relationship(schema, name)
            if declared is None or not (fieldset is None or name in fieldset or name in include):
                continue
            wire = dasherized(name)
            self._links.append((wire, f"/relationships/{wire}", f"/{wire}"))
            if name in include or (primary and getattr(declared, "always_linked", False)):
                self._linked.append((wire, name, declared.type_))

    def self_link(self, address: Any) -> str:
        """The address of a row, absolute in the path."""
        return self._self_url.format(address)

    def resource(self, row: Any, related: Related) -> Document:
        """The resource object of a row: a record, or an entity."""
        record = row if isinstance(row, Record) else self._layout.of_entity(row)
        values = list(record.values)
        for place, write in self._writers:
            if values[place] is not None:
                values[place] = write(values[place])
        link = self.self_link(record.address)
        document: Document = {
            "type": self.type,
            "id": self._id(record.id),
            "attributes": dict(zip(self._wires, values, strict=True)),
        }
        if self._links:
            document["relationships"] = self.relationships(row, link, related)
        document["links"] = {"self": link}
        return document

    def relationships(self, row: Any, link: str, related: Related) -> Document:
        """Where a row's relationships are, and the linkage of those that have one here."""
        shown = {wire: {"links": {"self": link + own, "related": link + there}} for wire, own, there in self._links}
        for wire, name, type_ in self._linked:
            shown[wire]["data"] = linkage(_behind(related, self._schema, name, row), type_)
        return shown


def _behind(related: Related, schema: SchemaClass, name: str, row: Any) -> Any:
    """What a row is related to: as it was read, else as the entity has it."""
    if (schema, name) in related:
        return related[schema, name][row.id]
    declared = relationship(schema, name)
    return declared.nothing if isinstance(declared, Later) else getattr(row, name)


@lru_cache(maxsize=512)
def compiled(schema: SchemaClass, fieldset: frozenset[str] | None, include: frozenset[str], *, primary: bool) -> Shape:
    """The `Shape` for these, made once."""
    return Shape(schema, fieldset, include, primary)


@cache
def _writer(schema: SchemaClass, declared: Any) -> Callable[[Any], Any] | None:
    """How an attribute's value is written, when there is one; None when it is written as it is."""
    column = inspect(schema.Meta.model).columns.get(declared.name)
    if column is not None and column.type.python_type in {bool, dict, list}:
        return None
    if isinstance(declared, Text) and column is not None and column.type.python_type is str:
        return None
    if type(declared)._serialize is Field._serialize:
        return None
    return partial(declared._serialize, attr=declared.name, obj=None)


def _page_link(number: int, after: int | None = None) -> str:
    others = {"page[number]", "page[after]"}
    arguments = [(key, value) for key, value in request.args.items(multi=True) if key not in others]
    arguments.append(("page[number]", str(number)))
    if after is not None:
        arguments.append(("page[after]", str(after)))
    return request.path + "?" + "&".join(f"{quote(key)}={quote(value)}" for key, value in arguments)
