"""Addresses of the application as templates of OpenAPI, and the names of their operations.

An event's number and its identifier stand at the same place of two addresses: to OpenAPI they are one, whose parameter
is either.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.api.openapi.resources import Described, pascal, relationships
from app.schemas.base import dasherized

READS_OF_ALL = {"HEAD", "OPTIONS"}
"""Methods that every address has which can be read."""

_PARAMETER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True)
class Served:
    """A rule, and the view behind it."""

    rule: Rule
    view: Any

    @property
    def template(self) -> str:
        """The address as OpenAPI writes it."""
        return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", self.rule.rule)

    @property
    def methods(self) -> list[str]:
        """The methods that are its own."""
        return sorted((self.rule.methods or set()) - READS_OF_ALL)

    @property
    def resource(self) -> Any:
        """The class of the resource; None for a call that is none."""
        return getattr(self.view, "view_class", None)


Place = dict[str, list[Served]]
"""What is served at one template, by method."""


def places(app: Flask) -> dict[str, Place]:
    """All that is served, by template; of several that differ in names only, by that of the number."""
    found: dict[str, Place] = {}
    templates: dict[str, str] = {}
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: ("identifier" in rule._converters, rule.rule))
    for rule in rules:
        served = Served(rule, app.view_functions[rule.endpoint])
        template = templates.setdefault(_PARAMETER.sub("{}", served.template), served.template)
        for method in served.methods:
            found.setdefault(template, {}).setdefault(method, []).append(served)
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith("/v1/"), item[0])))


def parameters(template: str, served: Iterable[Served]) -> list[Described]:
    """The parameters of a template, each of which is what one of the addresses lets in."""
    columns = zip(*(list(_arguments(each)) for each in served), strict=True)
    return [_parameter(name, list(column)) for name, column in zip(named(template), columns, strict=True)]


def named(template: str) -> list[str]:
    """The names of a template's parameters."""
    return _PARAMETER.findall(template)


def operation_id(template: str, method: str, verb: str) -> str:
    """The name of what a resource does, as ``listEventAttendees``."""
    parts = [part for part in template.removeprefix("/v1").split("/") if part]
    is_one = [is_variable(following) for following in [*parts[1:], "{}" if method == "POST" else ""]]
    words = [singular(part) if one else part for part, one in zip(parts, is_one, strict=True) if not is_variable(part)]
    return verb + "".join(pascal(word) for word in words)


def alias(template: str) -> str:
    """What tells one of several addresses of a call from the first."""
    words = re.split(r"[^A-Za-z0-9]+", _PARAMETER.sub("", template))
    return "At" + "".join(word[:1].upper() + word[1:] for word in words)


def is_variable(part: str) -> bool:
    """The part of a template is a parameter."""
    return part.startswith("{")


def singular(noun: str) -> str:
    """One of a noun as addresses write it."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-2] if noun.endswith("sses") else noun.removesuffix("s")


def _arguments(served: Served) -> Iterator[tuple[str, str, Served]]:
    for name in named(served.template):
        yield name, served.rule._converters[name].regex, served


def _parameter(name: str, column: list[tuple[str, str, Served]]) -> Described:
    schema: Described = {"type": "string"}
    resource = column[0][2].resource
    if name == "relationship":
        schema["enum"] = [dasherized(linked) for linked in relationships(resource.schema)]
    else:
        schema["pattern"] = f"^({'|'.join(dict.fromkeys(regex for _, regex, _ in column))})$"
    told = {"description": " ".join(_words(other) for other in dict.fromkeys(other for other, _, _ in column))}
    return {"name": name, "in": "path", "required": True, "schema": schema} | told


def _words(argument: str) -> str:
    of, _, kind = argument.rpartition("_")
    return f"The {kind} of the {of.replace('_', ' ')}." if of else f"Its {kind}."
