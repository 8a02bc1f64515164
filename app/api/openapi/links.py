"""Links of OpenAPI: what can be asked next with the id that an answer tells.

They are made of the addresses, which begin with the id of a row, and of what calls declare that take one elsewhere
(`app.api.calls.After`). An answer that made a row, and the one at the row's own address, lead to all that takes its id;
others that tell a row lead to that address. Lists lead nowhere: an expression can name the first row only, which may be
missing, and programs that look for ids themselves take any.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.calls import TOLD_ID, Also, Bare, Row, call_of
from app.api.jsonapi.base import ResourceList
from app.api.jsonapi.parents import PARENTS
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.openapi.addresses import Place, Served, named
from app.api.openapi.resources import Described
from app.schemas.base import dasherized

Thing = Any
"""What an answer tells and others ask with: the class of a row, or a shape that is declared."""


@dataclass(frozen=True)
class Operation:
    """An operation of the document, as it is ``described``, and what answers it."""

    template: str
    method: str
    served: Served
    described: Described

    @property
    def name(self) -> str:
        """Its operationId."""
        name: str = self.described["operationId"]
        return name

    @property
    def reads(self) -> Thing:
        """Whose own address it reads, if it does."""
        is_own = self.method == "GET" and self.template.endswith("/{id}")
        return self.served.resource.schema.Meta.model if is_own else None

    def successes(self) -> Iterator[tuple[int, Described]]:
        """The answers that are no refusals, by their statuses."""
        yield from ((int(status), answer) for status, answer in self.described["responses"].items() if status < "300")


@dataclass(frozen=True)
class Asking:
    """An operation that asks with a ``thing``, and the expressions with which it does."""

    operation: Operation
    thing: Thing
    parameters: Mapping[str, str]
    body: Any = None

    @property
    def link(self) -> Described:
        """The link to the operation, after an answer that tells the thing."""
        link: Described = {"operationId": self.operation.name}
        link |= {"parameters": dict(self.parameters)} if self.parameters else {}
        if self.body is not None:
            written = json.dumps(self.body)  # pages for people show the parameters of links only
            link |= {"requestBody": self.body, "description": f"Its body holds `{written}`."}
        return link


def put(whole: Described, places: dict[str, Place]) -> None:
    """Puts links into the answers of a document that is ready but for them, each once among the components."""
    operations = [
        Operation(template, method, found[0], whole["paths"][template][method.lower()])
        for template, place in places.items()
        for method, found in place.items()
    ]
    following = _following(operations)
    links: Described = {}
    for operation in operations:
        for status, answer in operation.successes():
            after = _after(operation, status, following)
            if after:
                answer["links"] = {name: {"$ref": f"#/components/links/{name}"} for name in after}
                links |= after
    whole["components"]["links"] = dict(sorted(links.items()))


def _following(operations: list[Operation]) -> dict[Thing, list[Asking]]:
    """What can be asked with success, by what it is asked with."""
    found: dict[Thing, list[Asking]] = {}
    for operation in operations:
        asking = _asking(operation)
        if asking is not None and any(operation.successes()):
            found.setdefault(asking.thing, []).append(asking)
    return found


def _after(operation: Operation, status: int, following: dict[Thing, list[Asking]]) -> Described:
    """The links that follow an answer, by the names of the operations they lead to."""
    row, meta = _told(operation, status)
    leads_on = status == 201 or operation.reads is not None
    found = [asking for asking in following.get(row, ()) if leads_on or asking.operation.reads is row]
    others = [asking for asking in (*found, *following.get(meta, ())) if asking.operation is not operation]
    return {asking.operation.name: asking.link for asking in others}


def _told(operation: Operation, status: int) -> tuple[Thing, Thing]:
    """The class of the row that an answer tells, and the shape that comes with it."""
    resource = operation.served.resource
    if resource is None:
        gives = call_of(operation.served.view).gives[status]
        tells_row = isinstance(gives, Row | Bare)
        return (gives.schema.Meta.model, getattr(gives, "meta", None)) if tells_row else (None, None)
    is_list = operation.method == "GET" and issubclass(resource, ResourceList)
    if operation.method == "DELETE" or is_list or issubclass(resource, ResourceRelationship):
        return None, None
    return resource.schema.Meta.model, resource.also.get(operation.method, Also()).meta


def _asking(operation: Operation) -> Asking | None:
    """What an operation asks with: what is declared, or the id in its address."""
    after = None if operation.served.resource else call_of(operation.served.view).after
    if after is not None:
        return Asking(operation, after.thing, after.parameters, after.body)
    names = [name for name in named(operation.template) if name != "relationship"]  # that one is for the client to say
    if len(names) != 1:
        return None
    [name] = names
    if name in PARENTS:
        model, column = PARENTS[name].model, PARENTS[name].column
        told = TOLD_ID if column == "id" else f"$response.body#/data/attributes/{dasherized(column)}"
        return Asking(operation, model, {name: told})
    if name == "id":
        return Asking(operation, operation.served.resource.schema.Meta.model, {name: TOLD_ID}, _repeated(operation))
    return None


def _repeated(operation: Operation) -> Described | None:
    """The body of a change, which names the row once more. OpenAPI evaluates no expressions within a body, but has no
    other word for this, and programs that follow links understand it."""
    resource = operation.served.resource
    if operation.method != "PATCH" or issubclass(resource, ResourceRelationship):
        return None
    return {"data": {"type": resource.schema.opts.type_, "id": TOLD_ID}}
