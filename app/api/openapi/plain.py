"""Operations of calls that are no resources: what is declared beside them (`app.api.calls`)."""

import sys
from typing import Any

from flask import Flask
from marshmallow import Schema as PlainSchema

from app.api.calls import EVERYBODY, Bare, Call, Events, File, Many, One, Row, call_of
from app.api.edge.http_errors import NotAcceptable, UnsupportedMediaType, WrongType
from app.api.edge.streams import MEDIA_TYPE as STREAM
from app.api.jsonapi import errors
from app.api.jsonapi.documents import MEDIA_TYPE
from app.api.openapi import attributes, rights
from app.api.openapi.addresses import Served, alias, operation_id
from app.api.openapi.operations import KNOWN, OF_BODIES, OF_KEYS
from app.api.openapi.parameters import KEY, NONE_MATCH, declared
from app.api.openapi.refusals import JSON, Refusals
from app.api.openapi.resources import Described, Resources, ref, rest, summary
from app.api.openapi.shapes import Shapes
from app.api.openapi.words import related
from app.errors import BadRequest, Busy, DomainError, Forbidden, NotFound, NotLoggedIn
from app.permissions.policy import needs_login
from app.schemas.base import Schema

GIVEN = {200: "What was asked for.", 201: "It was made.", 503: "It is not so."}


class OfCalls:
    """The operations of calls."""

    def __init__(self, app: Flask, resources: Resources, shapes: Shapes, refusals: Refusals):
        self._app, self._resources, self._shapes, self._refusals = app, resources, shapes, refusals
        self._named: set[str] = set()

    def describe(self, template: str, method: str, served: Served) -> Described:
        """The operation of a call at a template. Raises `LookupError` where nothing is declared."""
        call = call_of(served.view)
        told: Described = {
            "operationId": self._name(call, template, method),
            "tags": [tag(served)],
            **_words(call, template, served),
            "parameters": [*map(declared, call.parameters), *([KEY] if call.is_keyed else [])],
        }
        if call.takes is not None:
            told["requestBody"] = {"required": True, "content": self._body(call.takes)}
        told["responses"] = self._answers(call, served)
        if method == "GET" and call.is_document:
            told["parameters"].append(NONE_MATCH)
            told["responses"]["304"] = KNOWN
        if not (call.asks_token or call.needs == EVERYBODY):
            told["security"] = []  # what it asks for instead its words say
        return told

    def _name(self, call: Call, template: str, method: str) -> str:
        name = call.name or operation_id(template, method, "get")
        name = name if name not in self._named else name + alias(template)
        self._named.add(name)
        return name

    def _body(self, takes: Any) -> Described:
        if _is_of_resource(takes):
            return {MEDIA_TYPE: {"schema": self._resources.creation(takes)}}
        if isinstance(takes, type) and issubclass(takes, PlainSchema):
            return {JSON: {"schema": attributes.plain(takes)}}
        return {JSON: {"schema": self._shapes.schema(takes)}}

    def _answers(self, call: Call, served: Served) -> Described:
        told: Described = {}
        for status, gives in call.gives.items():
            told[str(status)] = {"description": GIVEN[status], "content": self._content(gives)}
        handlers = self._app.error_handler_spec[served.rule.endpoint.split(".")[0]][None]
        all_plainly = handlers.get(Exception) is errors.render_plain
        refuses = {kind for kind in _refused(call, served) if kind.status not in call.gives}
        return told | self._refusals.told(refuses, plainly=range(400, 600) if all_plainly else call.plainly)

    def _content(self, gives: Any) -> Described:
        if isinstance(gives, list):
            return {media_type: told for one in gives for media_type, told in self._content(one).items()}
        if isinstance(gives, File):
            return {gives.media_type: {"schema": {"type": "string"}}}
        if isinstance(gives, Row):
            meta = None if gives.meta is None else self._shapes.schema(gives.meta)
            return {MEDIA_TYPE: {"schema": self._resources.document(gives.schema, meta=meta)}}
        if isinstance(gives, Bare):
            return {JSON: {"schema": self._resources.bare(gives.schema)}}
        if isinstance(gives, One):
            return {MEDIA_TYPE: {"schema": _document(self._shapes.schema(gives.shape))}}
        if isinstance(gives, Many):
            rows = {"type": "array", "items": self._shapes.schema(gives.shape)}
            return {MEDIA_TYPE: {"schema": _document(rows, self._shapes.schema(gives.meta))}}
        if isinstance(gives, Events):
            return {STREAM: {"schema": _event(_document(self._shapes.schema(gives.shape)))}}
        return {JSON: {"schema": self._shapes.schema(gives)}}


def documented(served: Served) -> Any:
    """The function that answers a call."""
    return getattr(served.view, "func", served.view)


def tag(served: Served) -> str:
    """The noun of a call: its blueprint's."""
    blueprint: str = served.rule.endpoint.split(".")[0]
    return blueprint.replace("_", "-")


def about(served: Served) -> str:
    """What the module of a call is for."""
    return summary(sys.modules[documented(served).__module__])


def _document(data: Described, meta: Described | None = None) -> Described:
    properties = {"data": data, "links": ref("PageLinks"), "jsonapi": ref("JsonApi")}
    told: Described = {"type": "object", "required": ["data", "jsonapi"], "properties": properties}
    if meta is not None:
        properties["meta"] = meta
        told["required"].append("meta")
    return told


def _event(document: Described) -> Described:
    """One event, as OpenAPI up to 3.1 is read: of a stream it has no words but those for what comes again and again."""
    content = {"contentMediaType": MEDIA_TYPE, "contentSchema": document}
    retry = {"description": "Milliseconds after which a client whose stream has ended comes back.", "type": "integer"}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "string"} | content, "retry": retry},
    }


def _is_of_resource(takes: Any) -> bool:
    return isinstance(takes, type) and issubclass(takes, Schema)


def _refused(call: Call, served: Served) -> set[type[DomainError]]:
    found: set[type[DomainError]] = {BadRequest, *call.refuses}
    if call.asks_token or call.is_keyed:  # whose key it is, his token tells
        found |= {NotLoggedIn, Busy}
    if call.asks_token and (call.permission is None or needs_login(call.permission)):
        found.add(Forbidden)
    if served.rule.arguments:
        found.add(NotFound)
    if call.takes is not None or call.is_keyed:
        found.update(OF_BODIES)
    if _is_of_resource(call.takes):
        found |= {UnsupportedMediaType, WrongType}
    if call.is_keyed:
        found.update(OF_KEYS)
    if call.is_document:
        found.add(NotAcceptable)
    return found


def _words(call: Call, template: str, served: Served) -> Described:
    """The summary and the description; a call without a name of its own is told by its address."""
    said, more = call.says or summary(documented(served)), rest(documented(served))
    is_named = call.name is not None
    told = [more] if is_named else [said, more]
    description = "\n\n".join(filter(None, [*told, _who(call, served)]))
    return {"summary": said if is_named else related(template), "description": description}


def _who(call: Call, served: Served) -> str:
    if call.permission is not None:
        return rights.told(call.permission, served.rule.arguments)
    return f"**Who may**: {call.needs}"
