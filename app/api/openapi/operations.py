"""Operations of resources: what their schemas, permissions and hooks say."""

from typing import Any

from app.api.calls import Also
from app.api.edge.http_errors import (
    CutShort,
    NotAcceptable,
    PreconditionFailed,
    TooLarge,
    UnsupportedMediaType,
    WrongType,
)
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.documents import MEDIA_TYPE
from app.api.jsonapi.parents import PARENTS
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.openapi import rights, words
from app.api.openapi.addresses import Served, operation_id
from app.api.openapi.parameters import KEY, MATCH, NONE_MATCH, Asked, OfSchemas, declared
from app.api.openapi.refusals import Refusals
from app.api.openapi.resources import Described, Resources, changed, relationships, summary
from app.api.openapi.shapes import Shapes
from app.errors import (
    AnswerErased,
    BadRequest,
    Busy,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    NotLoggedIn,
    StillRunning,
)
from app.permissions.policy import POLICY, needs_login
from app.permissions.predicates import nobody

VERBS = {"POST": "create", "PATCH": "update", "DELETE": "delete"}

OF_ALL = (BadRequest, NotLoggedIn, NotAcceptable, Busy)
OF_WRITES = (NotFound, Conflict, Invalid)
OF_KEYS = (StillRunning, AnswerErased, KeyReused)
OF_BODIES = (CutShort, TooLarge)

LOCATION: Described = {"description": "Where the row is.", "schema": {"type": "string", "format": "uri"}}
ETAG: Described = {"description": "What tells this answer from others.", "schema": {"type": "string"}}
KNOWN: Described = {"description": "The client has it already.", "headers": {"ETag": ETAG}}


class OfResources:
    """The operations of resources."""

    def __init__(self, resources: Resources, parameters: OfSchemas, shapes: Shapes, refusals: Refusals):
        self._resources, self._parameters, self._shapes, self._refusals = resources, parameters, shapes, refusals

    def describe(self, template: str, method: str, served: Served) -> Described:
        """The operation of a method of a resource at a template."""
        resource = served.resource
        also: Also = resource.also.get(method, Also())
        described: Described = {
            "operationId": operation_id(template, method, _verb(resource, method)),
            "tags": [words.tag(resource.schema)],
            "summary": words.summarized(resource, method, template),
            "description": _description(resource, method, template, served, also),
            "parameters": [*self._asked(resource, method), *map(declared, also.parameters)],
        }
        body = self._body(resource, method)
        if body is not None:
            described["requestBody"] = {"required": True, "content": {MEDIA_TYPE: {"schema": body}}}
        described["responses"] = self._answers(resource, method, served, also)
        return described

    def _asked(self, resource: Any, method: str) -> list[Asked]:
        return [*self._of_query(resource, method), *_headers(resource, method)]

    def _of_query(self, resource: Any, method: str) -> list[Asked]:
        if issubclass(resource, ResourceRelationship):
            return self._parameters.of_one(resource.schema) if method == "GET" or _is_open(resource, method) else []
        if method == "DELETE":
            return []
        if method == "GET" and issubclass(resource, ResourceList):
            return self._parameters.of_list(resource.schema, has_own_order=bool(resource.sorted_by))
        return self._parameters.of_one(resource.schema)

    def _body(self, resource: Any, method: str) -> Described | None:
        if issubclass(resource, ResourceRelationship):
            # Where none is changed all the same: what is sent well is refused with the reason.
            names = changed(resource, method) or list(relationships(resource.schema))
            return None if method == "GET" else self._resources.sent_linkage(resource.schema, names)
        if method not in {"POST", "PATCH"}:
            return None
        creates = method == "POST"
        return self._resources.creation(resource.schema) if creates else self._resources.update(resource.schema)

    def _answers(self, resource: Any, method: str, served: Served, also: Also) -> Described:
        told: Described = {}
        for status in _successes(resource, method, also):
            content = {MEDIA_TYPE: {"schema": self._document(resource, method, served, also)}}
            told[str(status)] = {"description": _answer(resource, method, status), "content": content}
            if method == "POST" and not issubclass(resource, ResourceRelationship):
                told[str(status)]["headers"] = {"Location": LOCATION}
            elif method != "DELETE":
                told[str(status)]["headers"] = {"ETag": ETAG}
        if method == "GET":
            told["304"] = KNOWN
        elif told and issubclass(resource, ResourceRelationship):
            told["204"] = {"description": "It is so already."}
        return told | self._refusals.told(refused(resource, served, method, also))

    def _document(self, resource: Any, method: str, served: Served, also: Also) -> Described:
        if issubclass(resource, ResourceRelationship):
            return self._resources.linkage(resource.schema)
        if method == "DELETE":
            return DELETED
        meta = None if also.meta is None else self._shapes.schema(also.meta)
        if method == "GET" and issubclass(resource, ResourceList):
            return self._resources.collection(resource.schema, meta or COUNTED)
        may_be_none = method == "GET" and issubclass(resource, ResourceDetail) and _has_parent(served)
        may_be_none = may_be_none or (method == "POST" and 200 in also.statuses)
        return self._resources.document(resource.schema, may_be_none=may_be_none, meta=meta)


COUNTED: Described = {
    "type": "object",
    "required": ["count"],
    "properties": {"count": {"description": "How many there are on all pages.", "type": "integer", "minimum": 0}},
}
DELETED: Described = {
    "type": "object",
    "required": ["meta", "jsonapi"],
    "properties": {
        "meta": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}},
        "jsonapi": {"$ref": "#/components/schemas/JsonApi"},
    },
}


def refused(resource: Any, served: Served, method: str, also: Also) -> set[type[DomainError]]:
    """The errors with which a method of a resource is refused."""
    parents = [PARENTS[name].permission for name in served.rule.arguments if name in PARENTS]
    found: set[type[DomainError]] = {*OF_ALL, *also.refuses}
    if any(needs_login(each) for each in (resource.permissions[method], *parents)):
        found.add(Forbidden)
    if served.rule.arguments:
        found.add(NotFound)
    if method != "GET" and _is_open(resource, method):
        found.update(OF_WRITES)
        found.update({PreconditionFailed} if MATCH in _headers(resource, method) else ())
        found.update({WrongType} if _takes_document(resource, method) else ())
    if method != "GET":
        found.update(OF_BODIES + OF_KEYS)  # whoever sends a key has it looked up and his body read, whatever the method
    if method in {"POST", "PATCH"}:
        found.add(UnsupportedMediaType)
    return found


def _takes_document(resource: Any, method: str) -> bool:
    return method in {"POST", "PATCH"} or issubclass(resource, ResourceRelationship)


def _is_open(resource: Any, method: str) -> bool:
    """There is somebody who may."""
    return POLICY[resource.permissions[method]] != [[nobody]]


def _successes(resource: Any, method: str, also: Also) -> tuple[int, ...]:
    if not _is_open(resource, method) or words.is_closed(resource, method):
        return ()
    creates = method == "POST" and not issubclass(resource, ResourceRelationship)
    return also.statuses or ((201,) if creates else (200,))


def _headers(resource: Any, method: str) -> list[str]:
    if method == "GET":
        return [NONE_MATCH]
    if not _is_open(resource, method):
        return []
    changes = method != "POST" or issubclass(resource, ResourceRelationship)
    return [MATCH, KEY] if changes else [KEY]


def _verb(resource: Any, method: str) -> str:
    if method in VERBS:
        return VERBS[method]
    return "list" if issubclass(resource, ResourceList) else "get"


def _description(resource: Any, method: str, template: str, served: Served, also: Also) -> str:
    told = rights.told(resource.permissions[method], served.rule.arguments, also.needs)
    return "\n\n".join([*words.detailed(resource, method, template), summary(resource.schema), told])


def _answer(resource: Any, method: str, status: int) -> str:
    if issubclass(resource, ResourceRelationship):
        return "What is linked." if method == "GET" else "What is linked now."
    if status == 201:
        return "The row that was made."
    return {"GET": "What was asked for.", "POST": "It was there, or is not made yet.", "DELETE": "It is gone."}.get(
        method, "The row as it is now."
    )


def _has_parent(served: Served) -> bool:
    return not PARENTS.keys().isdisjoint(served.rule.arguments)
