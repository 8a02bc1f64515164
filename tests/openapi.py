"""The OpenAPI document in tests: whether answers are as it says, to the last member."""

import re
from functools import cached_property
from typing import Any

from flask import Flask
from jsonschema_rs import Draft202012Validator, Registry

from app.api.openapi import document

NAME = "urn:openapi"


class Described:
    """The document of an application."""

    def __init__(self, app: Flask):
        self.whole = document.of(app)
        self._closed = _close(self.whole)
        self._registry = Registry([(NAME, {"components": self._closed["components"]})])
        self._templates = {re.sub(r"\{[^}]*\}", "{}", template): template for template in self.whole["paths"]}
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}

    @cached_property
    def operations(self) -> dict[tuple[str, str], Any]:
        """The operations by method and template."""
        return {
            (method.upper(), template): operation
            for template, place in self.whole["paths"].items()
            for method, operation in place.items()
        }

    def template_of(self, rule: str) -> str:
        """The template of an address of the application."""
        return self._templates[re.sub(r"<[^>]*>", "{}", rule)]

    def wrong(self, method: str, rule: str, response: Any) -> list[str]:
        """What of an answer is not as it is told."""
        answers = self.operations[method, self.template_of(rule)]["responses"]
        status = str(response.status_code)
        if status not in answers:
            return [f"{status} is not told"]
        path = ("paths", self.template_of(rule), method.lower(), "responses", status)
        if "$ref" in answers[status]:
            path = _path(answers[status]["$ref"])
            untold = _codes(response) - self.codes(*path)
            if untold:
                return [f"{status} {', '.join(sorted(untold))} is not told"]
        content = {_bare(key): key for key in _at(self.whole, path).get("content", {})}
        if not content:
            return [f"a body is not told of {status}"] if response.data else []
        media_type = _bare(response.content_type)
        if media_type not in content:
            return [f"{media_type} is not told of {status}"]
        if "json" not in media_type:
            return []
        return self.errors((*path, "content", content[media_type], "schema"), response.json)

    def codes(self, *path: str) -> set[str]:
        """The codes of a refusal at a place of the document."""
        return set(re.findall(r"^\* `([\w-]+)`", _at(self.whole, path)["description"], re.MULTILINE))

    def refused(self, method: str, template: str) -> set[str]:
        """The codes that an operation tells."""
        answers = self.operations[method, template]["responses"].values()
        return {code for each in answers if "$ref" in each for code in self.codes(*_path(each["$ref"]))}

    def wrong_body(self, method: str, rule: str, body: Any) -> list[str]:
        """What of a body is sent otherwise than it is told."""
        path = ("paths", self.template_of(rule), method.lower(), "requestBody", "content")
        if "requestBody" not in self.operations[method, self.template_of(rule)]:
            return []
        [media_type] = _at(self.whole, path)
        return self.errors((*path, media_type, "schema"), body)

    def errors(self, path: tuple[str, ...], value: Any) -> list[str]:
        """What of a value is not as the schema at a place of the document says."""
        if path not in self._validators:
            schema = _at(self._closed, path)
            self._validators[path] = Draft202012Validator(schema, validate_formats=True, registry=self._registry)
        found = self._validators[path].iter_errors(value)
        return [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in found]


def _path(reference: str) -> tuple[str, ...]:
    return tuple(reference.removeprefix("#/").split("/"))


def _codes(refusal: Any) -> set[str]:
    """The codes of a refusal; none where it is told in plain JSON."""
    return {each["code"] for each in (refusal.json or {}).get("errors", ())}


def _bare(media_type: str) -> str:
    return media_type.removesuffix("; charset=utf-8")


def _at(described: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        described = described[part]
    return described


def _close(described: Any) -> Any:
    """The same where objects have no other members than it tells, with references into the document by its name."""
    if isinstance(described, list):
        return [_close(part) for part in described]
    if not isinstance(described, dict):
        return described
    closed = {name: _close(part) for name, part in described.items()}
    if "$ref" in described:
        closed["$ref"] = NAME + described["$ref"]
    if isinstance(described.get("properties"), dict) and "type" in described:
        closed.setdefault("additionalProperties", False)
    return closed
