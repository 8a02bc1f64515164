"""Refusals in the document, made of the errors' classes: each operation tells the codes that it may answer."""

from collections.abc import Container, Iterable
from functools import cache
from typing import Any

from apispec.core import Components

from app.api.edge.http_errors import MethodNotAllowed, Unexpected
from app.api.jsonapi.documents import MEDIA_TYPE
from app.api.openapi.error_advice import ADVICE
from app.api.openapi.error_catalogue import kinds
from app.api.openapi.resources import Described, ref, summary
from app.errors import Busy, DomainError, StillRunning, TooManyRequests

JSON = "application/json"

RETRY_AFTER: Described = {
    "description": "Seconds after which the same may be asked again.",
    "schema": {"type": "integer", "minimum": 1},
}
ALLOW: Described = {"description": "The methods that are offered here.", "schema": {"type": "string"}}

SHARED = {401, 429, 503}
"""Statuses that are told alike everywhere: which of their codes it is depends on who asks, and on what went before."""


@cache
def by_status() -> dict[int, list[type[DomainError]]]:
    """The classes of all codes."""
    found: dict[int, list[type[DomainError]]] = {}
    for kind in kinds():
        found.setdefault(kind.status, []).append(kind)
    return dict(sorted(found.items()))


class Refusals:
    """Puts the answers among the components, each once: of a status there are as many as there are sets of codes that
    operations answer with it. ``examples`` are answers, by status."""

    def __init__(self, components: Components, examples: dict[str, Any]):
        self._components, self._examples = components, examples
        components.schema("Error", _error([kind.code for kind in kinds()]))
        components.schema("Errors", _errors())
        components.schema("PlainError", _plain())
        self.told({Unexpected})

    def told(self, refuses: Iterable[type[DomainError]], *, plainly: Container[int] = ()) -> Described:
        """References to the answers of an operation, by status; ``plainly``: these statuses as ``{"error": …}``."""
        codes = {kind.code for kind in refuses}
        answers: Described = {}
        for status, kinds_of in by_status().items():
            found = [kind for kind in kinds_of if kind.code in codes]
            if found:
                found = kinds_of if status in SHARED else found
                answers[str(status)] = self._answer(status, found, plainly=status in plainly)
        return answers

    def _answer(self, status: int, found: list[type[DomainError]], *, plainly: bool) -> Described:
        name = "Or".join(kind.__name__ for kind in (found[:1] if status in SHARED else found))
        name += "Plainly" if plainly else ""
        if name not in self._components.responses:
            told = {"description": _described(found), "headers": _headers(found)}
            content = {JSON: {"schema": ref("PlainError")}} if plainly else {MEDIA_TYPE: self._content(status, found)}
            self._components.response(name, told | {"content": content})
        return {"$ref": f"#/components/responses/{name}"}

    def _content(self, status: int, found: list[type[DomainError]]) -> Described:
        """What is sent, with an example where that is an answer of these codes."""
        example = self._examples.get(str(status), {"errors": []})
        codes = {each["code"] for each in example["errors"]}
        is_one = codes and codes <= {kind.code for kind in found}
        return {"schema": ref("Errors")} | ({"example": example} if is_one else {})


def _described(found: list[type[DomainError]]) -> str:
    """What each code means; of several also which calls are answered so."""
    of = {kind: f" Answered to {ADVICE[kind].arises}." if len(found) > 1 else "" for kind in found}
    return "\n".join(f"* `{kind.code}`: {summary(kind)} {_sentence(ADVICE[kind].remedy)}{of[kind]}" for kind in found)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].removesuffix('.')}."


def _headers(found: list[type[DomainError]]) -> Described:
    if any(issubclass(kind, Busy | StillRunning | TooManyRequests) for kind in found):
        return {"Retry-After": RETRY_AFTER}
    return {"Allow": ALLOW} if MethodNotAllowed in found else {}


def _error(codes: list[str]) -> Described:
    texts = {name: {"type": "string"} for name in ("title", "detail")}
    places = {name: {"type": "string"} for name in ("pointer", "parameter")}
    return {
        "description": "What is wrong, where, and what to do.",
        "type": "object",
        "required": ["status", "code", "title", "detail", "source"],
        "properties": {
            "status": {"type": "string", "pattern": "^[45][0-9]{2}$"},
            "code": {"description": "A stable word for machines.", "enum": codes},
            **texts,
            "source": {"type": "object", "properties": places},
            "meta": {"description": "Facts for machines.", "type": "object"},
        },
    }


def _errors() -> Described:
    return {
        "description": "One error or several, the first of which decides the status.",
        "type": "object",
        "required": ["errors", "jsonapi"],
        "properties": {"errors": {"type": "array", "minItems": 1, "items": ref("Error")}, "jsonapi": ref("JsonApi")},
    }


def _plain() -> Described:
    return {
        "description": "What is wrong, as log-in and its like tell it.",
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}},
    }
