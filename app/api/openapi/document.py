"""The OpenAPI document of the application: every address and method that it serves, and nothing else."""

from apispec import APISpec
from flask import Flask

from app.api.edge.http_errors import MethodNotAllowed
from app.api.openapi import examples, links, parameters
from app.api.openapi.addresses import Place, Served, places
from app.api.openapi.addresses import parameters as parameters_of
from app.api.openapi.attributes import VERSION
from app.api.openapi.operations import OfResources
from app.api.openapi.parameters import OfSchemas
from app.api.openapi.plain import OfCalls, about
from app.api.openapi.plain import tag as tag_of_call
from app.api.openapi.refusals import Refusals
from app.api.openapi.resources import Described, Resources, summary
from app.api.openapi.shapes import Shapes
from app.api.openapi.words import tag as tag_of_resource

TITLE = "Events: ticketing and attendance"
ABOUT = """JSON:API 1.0 under `/v1`, and some calls in plain JSON; `docs/api.md` tells the whole story.

Log in at `/v1/auth/login`, and send `Authorization: JWT <token>` with every other request. Whatever can be read answers
`HEAD` too. Bodies may have members that are not told here: they are ignored. Clients must ignore those that they do not
know in answers: what is added here is no new version. No text that is sent may hold a NUL character.

Two errors are not told of each call: 405 (`MethodNotAllowed`) for a method that an address does not offer, and 500
(`Unexpected`) for a fault of ours, which was logged under the answer's `X-Request-Id`. Nor is what the web server says
by itself, in HTML: 414 to an address of more than 8190 bytes, 431 to longer headers, 400 to what is no HTTP.
"""
SCHEME = "token"
TOKEN: Described = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "`JWT <token>`: the word JWT, a blank, and the token of a log-in or of a door pass.",
}


class _Document:
    """The document while it is made."""

    def __init__(self, app: Flask):
        self._spec = APISpec(TITLE, "1", VERSION, info={"description": ABOUT}, servers=[{"url": "/"}])
        components, shapes = self._spec.components, Shapes(self._spec.components)
        self._resources = Resources(components)
        self._examples = examples.read()
        self._refusals = Refusals(components, self._examples["refusals"])
        self._of_resources = OfResources(self._resources, OfSchemas(components), shapes, self._refusals)
        self._of_calls = OfCalls(app, self._resources, shapes, self._refusals)
        self._tags: dict[str, str] = {}
        self._summaries: dict[tuple[str, ...], tuple[str, str]] = {}
        components.security_scheme(SCHEME, TOKEN)
        parameters.register(components)
        self._places = places(app)
        for template, place in self._places.items():
            self._add(template, place)
        self._resources.include_all()

    def whole(self) -> Described:
        """All of it."""
        for name, description in sorted(self._tags.items()):
            self._spec.tag({"name": name, "description": description})
        whole: Described = self._spec.to_dict()
        links.put(whole, self._places)
        return whole

    def _add(self, template: str, place: Place) -> None:
        operations = {method.lower(): self._operation(template, method, found) for method, found in place.items()}
        ways = {served.rule.rule for found in place.values() for served in found}
        for method, found in place.items():
            if len(found) < len(ways):  # an identifier of an order names no ticket that could be changed
                operations[method.lower()]["responses"] |= self._refusals.told({MethodNotAllowed})
        self._spec.path(template, operations=operations)

    def _operation(self, template: str, method: str, found: list[Served]) -> Described:
        first, *others = {served.rule.endpoint: served for served in found}.values()
        operation = self._describe(template, method, first)
        for other in others:
            _merge(operation, self._describe(template, method, other))
        operation["parameters"] = [*parameters_of(template, method, found), *operation["parameters"]]
        examples.put(operation, self._examples["operations"].get(operation["operationId"], {}))
        operation["summary"] = self._summed_up(template, method, operation)
        return operation

    def _summed_up(self, template: str, method: str, operation: Described) -> str:
        """The summary, which no other operation of the tag has: several addresses of one call are told apart."""
        summary: str = operation["summary"].replace("`", "")  # no Markdown there, as in descriptions
        first = self._summaries.setdefault((*operation["tags"], summary), (template, method))
        return summary if first == (template, method) else f"{summary.removesuffix('.')} ({template})."

    def _describe(self, template: str, method: str, served: Served) -> Described:
        if served.resource is None:
            self._tags.setdefault(tag_of_call(served), about(served))
            described = self._of_calls.describe(template, method, served)
        else:
            schema = served.resource.schema
            # A noun is told by its own rows.
            if template.endswith("/{id}") or tag_of_resource(schema) not in self._tags:
                self._tags[tag_of_resource(schema)] = summary(schema)
            described = self._of_resources.describe(template, method, served)
        return {"security": _security(described)} | described


def of(app: Flask) -> Described:
    """The document of an application."""
    return _Document(app).whole()


def _merge(operation: Described, other: Described) -> None:
    """Adds what the other address at the same place answers, and lets in whom either of them does."""
    if {} in other["security"]:
        operation["security"] = other["security"]
    operation["description"] += f"\n\n{other['summary']} {other['description']}"
    for status, answer in other["responses"].items():
        known = operation["responses"].setdefault(status, answer)
        if "$ref" in known and known != answer:
            raise LookupError(f"{operation['operationId']}: two addresses answer {status} with other codes each")
        if "content" in known and known is not answer:
            known["content"] = known["content"] | answer["content"]


def _security(operation: Described) -> list[Described]:
    """No token is looked at, or one may be sent, or one must: where a token is looked at it may be bad, and where
    something is forbidden it could be allowed by one."""
    if "401" not in operation["responses"]:
        return []
    return [{SCHEME: []}] if "403" in operation["responses"] else [{}, {SCHEME: []}]
