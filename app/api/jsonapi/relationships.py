"""What a row is linked to, at addresses of its own (``…/relationships/…``).

A link is changed through the row that holds it, as a PATCH of that row changes it: with its permission, its hook and
its rules. That is the row of the address, or, of the sessions of a track, each of the others. What a resource does not
name as `changeable` is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

from flask import Response, request
from flask_rest_jsonapi_next import ResourceRelationship as LibraryRelationship

from app.api.jsonapi import documents, entity_tags, querystring, reading, rendering
from app.api.jsonapi.base import Guarded, ResourceDetail
from app.api.jsonapi.errors import render
from app.api.jsonapi.querystring import SchemaClass, model_of, relationship, schema_behind
from app.api.jsonapi.relations import foreign_key
from app.errors import BadRequest, DomainError, Forbidden, NotFound
from app.permissions.actors import Actor
from app.permissions.policy import Permission
from app.permissions.policy import Permission as P
from app.schemas.base import dasherized

WRITES = ("PATCH", "POST", "DELETE")
"""Methods that say what a link leads to, and of links to many add to that, and take from it."""


def changed_with(permission: Permission) -> dict[str, Permission]:
    """The permissions of a resource whose `changeable` links are changed with this one."""
    return dict.fromkeys(WRITES, permission)


class ResourceRelationship(Guarded, LibraryRelationship):
    """The links of a row, as resource identifiers. ``changeable`` are the Python names of those that are changed here,
    with the permission of the method."""

    changeable: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "permissions" in vars(cls):
            cls.permissions = changed_with(P.LINK_CHANGE) | cls.permissions
        super().__init_subclass__(**kwargs)

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """The linkage of one relationship, as far as the caller may see the rows."""
        name = self._name(view_kwargs)
        row = self._data_layer.find(view_kwargs, actor, self.permissions["GET"])
        return rendering.respond(self._document(row, name, actor))

    def patch(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Links the row to what is sent and to nothing else. Gives and raises as `_change`."""
        return self._change(actor, view_kwargs)

    def post(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Links the row to what is sent besides. Gives and raises as `_change`."""
        return self._change(actor, view_kwargs)

    def delete(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Links the row no more to what is sent. Gives and raises as `_change`."""
        return self._change(actor, view_kwargs)

    def _change(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """200 with the linkage, 204 where nothing was to be changed. Raises `Forbidden` for a link that is not changed
        here, and as the PATCH of the row that holds it."""
        name = self._name(view_kwargs)
        if name not in self.changeable:
            row = self._data_layer.find(view_kwargs, actor, self.permissions["GET"])
            raise Forbidden(_where_else(self.schema, name, rendering.self_link(row, self.schema)))
        row = self._data_layer.find(view_kwargs, actor, self.asked_permission(), locked=True)
        seen = self._document(row, name, actor)
        entity_tags.require_match(lambda: rendering.body_of(seen))
        before = _linked(seen)
        after = self._asked(name, before)
        if after == before:
            return rendering.nothing()
        with _about_the_data():
            outcome = self._link(row, name, before, after, actor)
        if isinstance(outcome, DomainError):
            return render(outcome)
        return rendering.respond_changed(self._document(row, name, actor), outcome)

    def _name(self, view_kwargs: dict[str, Any]) -> str:
        name = querystring.python_name(view_kwargs["relationship"])
        if relationship(self.schema, name) is None:
            raise NotFound(querystring.no_relationship(self.schema, name), parameter="relationship")
        return name

    def _document(self, row: Any, name: str, actor: Actor) -> rendering.Document:
        """The linkage, and what is included from there on. Raises `BadRequest`."""
        query = querystring.parse(request.args, self.schema)
        if query.include.keys() - {name}:
            raise BadRequest(f"Here every path of include begins with {dasherized(name)}.", parameter="include")
        walked = replace(query, include={name: query.include.get(name, {})})
        (shown,), related = reading.of_entities([row], self.schema, walked, actor)
        return rendering.relationship_document(shown, self.schema, name, query, related)

    def _asked(self, name: str, before: set[int]) -> set[int]:
        """The ids of the rows that are to be linked. Raises `Forbidden`, and as `documents.read_linkage`."""
        declared: Any = relationship(self.schema, name)
        if not declared.many and request.method != "PATCH":
            raise Forbidden(f"{dasherized(name)} leads to one row at most. PATCH it; with the data null to none.")
        sent = set(documents.read_linkage(declared.type_, many=declared.many))
        return {"PATCH": sent, "POST": before | sent, "DELETE": before - sent}[request.method]

    def _link(self, row: Any, name: str, before: set[int], after: set[int], actor: Actor) -> Any:
        """Has the rows changed that hold the links; gives what the hook of the row's own change does."""
        declared: Any = relationship(self.schema, name)
        if declared.dump_only:
            return self._link_others(row, name, before, after, actor)
        replaces = request.method == "PATCH"
        linkage = [{"type": declared.type_, "id": str(each)} for each in sorted(after if replaces else after - before)]
        sent = {"data": linkage if declared.many else next(iter(linkage), None)}
        resource = {"type": self.schema.opts.type_, "relationships": {dasherized(name): sent}}
        data = self.schema.load_resource(resource, creating=False)
        if not replaces:  # what others link meanwhile, from the other side, stays
            data["gone"] = sorted(before - after)
        return self._data_layer.update_object(row, data, {"id": row.id})

    def _link_others(self, row: Any, name: str, before: set[int], after: set[int], actor: Actor) -> None:
        """The same where the other rows hold the links: each is changed by its own resource."""
        holders, column = _changer(schema_behind(self.schema, name)), foreign_key(model_of(self.schema), name)
        assert holders is not None
        assert column is not None  # both were seen to when the relationship was named as changeable
        for each in sorted(before ^ after):  # in one order: two who link the same rows must not wait for each other
            holder = holders._data_layer.find({"id": each}, actor, holders.permissions["PATCH"], locked=True)
            if each in after or getattr(holder, str(column.key)) == row.id:  # and has not gone elsewhere meanwhile
                data = {str(column.key): row.id if each in after else None}
                holders._data_layer.update_object(holder, data, {"id": each})


def _linked(document: rendering.Document) -> set[int]:
    """The ids of the rows that a document shows linked."""
    data = document["data"]
    return {int(each["id"]) for each in (data if isinstance(data, list) else [data] if data else [])}


@cache
def _changer(schema: SchemaClass) -> type[ResourceDetail] | None:
    """The resource by which rows of a schema are changed."""
    declared = (each for each in ResourceDetail.__subclasses__() if "permissions" in vars(each))
    return next((each for each in declared if each.schema is schema and "PATCH" in each.permissions), None)


def _where_else(schema: SchemaClass, name: str, link: str) -> str:
    """What to do about a link that is not changed at its own address, in words."""
    declared, wire = relationship(schema, name), dasherized(name)
    assert declared is not None
    if declared.many:
        return f"Each row at {link}/{wire} says itself what it belongs to. What may be changed, is changed there."
    if declared.dump_only:
        return f"{wire} is not changed by anybody: the server says itself what stands at {link}/{wire}."
    if _changer(schema) and name not in schema.create_only:
        return f"{wire} is not changed here. PATCH {link} with this relationship."
    return f"{wire} was said when {link} was made, and never changes."


@contextmanager
def _about_the_data() -> Iterator[None]:
    """Refusals say where the body of a PATCH of the row would be wrong. This body has only its ``data``."""
    try:
        yield
    except DomainError as refusal:
        for each in refusal.all:
            each.pointer, each.parameter = "/data", None
        raise
