"""The OpenAPI document in tests: whether answers are as it says, to the last member."""

import re
from functools import cached_property
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker

from app.api.openapi import document


class Described:
    """The document of an application. ``closed``: objects whose members it tells have no others."""

    def __init__(self, app: Flask):
        self.whole = document.of(app)
        self._closed = _close(self.whole)
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
        media_type = response.content_type.removesuffix("; charset=utf-8")
        path = ("paths", self.template_of(rule), method.lower(), "responses", status)
        if "$ref" in answers[status]:
            path = tuple(answers[status]["$ref"].removeprefix("#/").split("/"))
        content = self._at(path)["content"]
        if media_type not in {key.removesuffix("; charset=utf-8") for key in content}:
            return [f"{media_type} is not told of {status}"]
        if "json" not in media_type:
            return []
        return self.errors((*path, "content", media_type, "schema"), response.json)

    def errors(self, path: tuple[str, ...], value: Any) -> list[str]:
        """What of a value is not as the schema at a place of the document says."""
        if path not in self._validators:
            pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)
            schema = {"$ref": f"#/{pointer}"} | self._closed
            self._validators[path] = Draft202012Validator(schema, format_checker=FormatChecker(["date-time"]))
        found = self._validators[path].iter_errors(value)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]

    def _at(self, path: tuple[str, ...]) -> Any:
        place = self.whole
        for part in path:
            place = place[part]
        return place


def _close(described: Any) -> Any:
    if isinstance(described, list):
        return [_close(part) for part in described]
    if not isinstance(described, dict):
        return described
    closed = {name: _close(part) for name, part in described.items()}
    if isinstance(described.get("properties"), dict) and "type" in described:
        closed.setdefault("additionalProperties", False)
    return closed
