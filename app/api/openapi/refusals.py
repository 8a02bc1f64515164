"""Refusals in the document: an answer for each status, once, made of the errors' classes."""

from collections.abc import Collection
from functools import cache
from typing import Any

from apispec.core import Components

from app.api.documents import MEDIA_TYPE
from app.api.error_advice import ADVICE
from app.api.error_catalogue import kinds
from app.api.http_errors import MethodNotAllowed
from app.api.openapi.resources import Described, ref, summary
from app.errors import Busy, DomainError, StillRunning, TooManyRequests

JSON = "application/json"

RETRY_AFTER: Described = {
    "description": "Seconds after which the same may be asked again.",
    "schema": {"type": "integer", "minimum": 1},
}
ALLOW: Described = {"description": "The methods that are offered here.", "schema": {"type": "string"}}


@cache
def by_status() -> dict[int, list[type[DomainError]]]:
    """The classes, the first of which names the answer."""
    found: dict[int, list[type[DomainError]]] = {}
    for kind in kinds():
        found.setdefault(kind.status, []).append(kind)
    return dict(sorted(found.items()))


def answer(status: int, *, plainly: bool = False) -> Described:
    """The reference to the answer of a status; ``plainly``: as ``{"error": …}``."""
    return {"$ref": f"#/components/responses/{name_of(status, plainly=plainly)}"}


def name_of(status: int, *, plainly: bool = False) -> str:
    """The component's name."""
    return by_status()[status][0].__name__ + ("Plainly" if plainly else "")


def register(components: Components, examples: dict[str, Any], *, plainly: Collection[int]) -> None:
    """Puts the answers and what they hold among the components; ``plainly``: these are told in plain JSON, too."""
    components.schema("Error", _error([kind.code for kind in kinds()]))
    components.schema("Errors", _errors())
    components.schema("PlainError", _plain())
    for status, found in by_status().items():
        told = {"description": _described(found), "headers": _headers(found)}
        example = {"example": examples[str(status)]} if str(status) in examples else {}
        components.response(name_of(status), told | {"content": {MEDIA_TYPE: {"schema": ref("Errors")} | example}})
        if status in plainly:
            content = {JSON: {"schema": ref("PlainError")}}
            components.response(name_of(status, plainly=True), told | {"content": content})


def _described(found: list[type[DomainError]]) -> str:
    return "\n".join(f"* `{kind.code}`: {summary(kind)} {_sentence(ADVICE[kind].remedy)}" for kind in found)


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
