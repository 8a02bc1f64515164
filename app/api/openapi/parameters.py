"""Parameters of query strings and headers, made of what `app.api.jsonapi.querystring` reads."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from apispec.core import Components
from sqlalchemy import inspect

from app.api.calls import Parameter
from app.api.edge.idempotency import HEADER
from app.api.jsonapi.filtering import COMPARISONS, NULLS, SETS, TEXTS
from app.api.jsonapi.querystring import DEEPEST_INCLUDE, MOST_INCLUDED, SchemaClass, attribute_names
from app.api.openapi.resources import ID, Described, name_of, ref, relationships
from app.schemas.base import dasherized

Asked = Described | str
"""A parameter, or the name of one among the components."""

OVER = ("has", "any")
"""Operators that walk over a relationship."""

OPERATORS = [*COMPARISONS, *TEXTS, *sorted(SETS), *sorted(NULLS), *OVER]
OPERATOR = f"^_*({'|'.join('_?'.join(operator) for operator in OPERATORS)})_*$"
"""Underscores may stand anywhere (`app.api.jsonapi.filtering`)."""

PATH = r"(\.[a-z0-9_-]+)"
"""What follows a relationship's name, which leads to a row with names of its own."""

FILTER: Described = {
    "description": "Conditions, all of which must hold.",
    "type": "array",
    "items": ref("Condition"),
}
CONDITION: Described = {
    "description": "An attribute compared, a relationship looked through, or other conditions joined.",
    "anyOf": [
        {
            "type": "object",
            "required": ["name", "op"],
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "op": {
                    "description": "How: SQLAlchemy's spellings (`in_`, `is_not`, `notin_`) are understood, too.",
                    "type": "string",
                    "pattern": OPERATOR,
                    "examples": OPERATORS,
                },
                "val": {"description": "A value; after `has` and `any` another condition."},
                "field": {"description": "Instead of a value: another attribute of the row.", "type": "string"},
            },
            "anyOf": [{"required": ["val"]}, {"required": ["field"]}],
        },
        *(
            {"type": "object", "required": [word], "properties": {word: {"type": "array", "items": ref("Condition")}}}
            for word in ("and", "or")
        ),
        {"type": "object", "required": ["not"], "properties": {"not": ref("Condition")}},
    ],
}

KEY, MATCH, NONE_MATCH = "IdempotencyKey", "IfMatch", "IfNoneMatch"

TAG: Described = {"type": "string", "examples": ["*", 'W/"2d06800538d394c20d4fe6f1e7a9b4b0"']}

SHARED: dict[str, Described] = {
    "PageSize": {
        "name": "page[size]",
        "in": "query",
        "description": "So many rows; 0 is everything.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    },
    "PageNumber": {
        "name": "page[number]",
        "in": "query",
        "description": "Which page; past the end is an empty list.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1},
    },
    "PageAfter": {
        "name": "page[after]",
        "in": "query",
        "description": "The id before the page, in a list that is not sorted: from `links.next`, as it stands there.",
        "schema": ID,
    },
    "Filter": {
        "name": "filter",
        "in": "query",
        "description": "Which rows: a JSON array of conditions. Names are attributes and relationships of the rows.",
        "content": {"application/json": {"schema": ref("Filter")}},
    },
    KEY: {
        "name": HEADER,
        "in": "header",
        "description": "A name that the client makes up for one request, which can then be sent again until there is "
        "an answer, and is done once. Kept for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
    MATCH: {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of what the client has read: nothing is done if it has changed since (412).",
        "schema": TAG,
    },
    NONE_MATCH: {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of what the client has: it is not sent again if it has not changed (304).",
        "schema": TAG,
    },
}


def register(components: Components) -> None:
    """Puts what all lists share among the components."""
    components.schema("Filter", FILTER)
    components.schema("Condition", CONDITION)
    for name, described in SHARED.items():
        components.parameter(name, described["in"], described)


class OfSchemas:
    """The parameters that name what a schema has, each once."""

    def __init__(self, components: Components):
        self._components = components

    def of_list(self, schema: SchemaClass, *, has_own_order: bool) -> list[Asked]:
        """Those of a list of rows."""
        pages = ["PageSize", "PageNumber", *([] if has_own_order else ["PageAfter"])]
        return [*pages, self._sort(schema), "Filter", *self.of_one(schema)]

    def of_one(self, schema: SchemaClass) -> list[Asked]:
        """Those of any document of a row."""
        include = [self._include(schema)] if relationships(schema) else []
        return [*include, self._fields(schema)]

    def _sort(self, schema: SchemaClass) -> Asked:
        columns = inspect(schema.Meta.model).columns
        names = [dasherized(name) for name in attribute_names(schema) if name in columns]
        described = "By what, `-` for descending; nulls last, ties by id. Over relationships to one row, too: `a.name`."
        over = [name for name, field in relationships(schema).items() if not field.many]
        either = [_either(names), *([f"({_either(over)}){PATH}+"] if over else [])]
        pattern = f"-?({'|'.join(either)})"
        names += [f"-{name}" for name in names]
        return self._names(f"{name_of(schema)}Sort", "sort", described, names, pattern)

    def _include(self, schema: SchemaClass) -> Asked:
        names = [dasherized(name) for name in relationships(schema)]
        described = (
            "Relationships whose rows come with the document, as far as the caller may see them; further with dots "
            f"(`order.user`), {DEEPEST_INCLUDE} deep and {MOST_INCLUDED} in all."
        )
        pattern = f"({_either(names)}){PATH}{{0,{DEEPEST_INCLUDE - 1}}}"
        return self._names(f"{name_of(schema)}Include", "include", described, names, pattern)

    def _fields(self, schema: SchemaClass) -> Asked:
        type_ = schema.opts.type_
        names = [dasherized(name) for name in (*attribute_names(schema), *relationships(schema))]
        described = f"What is told of each {type_}. Of other types that are included likewise: `fields[event]=name`."
        return self._names(f"{name_of(schema)}Fields", f"fields[{type_}]", described, names, _either(names))

    def _names(self, component: str, name: str, described: str, names: list[str], pattern: str) -> Asked:
        """A list of ``names``, or of what else the pattern lets in: paths, the names in snake case, and nothing, as an
        empty list is written."""
        if component not in self._components.parameters:
            items = {"type": "string", "anyOf": [{"enum": names}, {"pattern": f"^({pattern})?$"}]}
            schema = {"type": "array", "items": items}
            style = {"style": "form", "explode": False}
            parameter = {"name": name, "in": "query", "description": described, "schema": schema} | style
            self._components.parameter(component, "query", parameter)
        return component


def _either(names: Iterable[str]) -> str:
    """The pattern of names, with dashes or in snake case."""
    return "|".join(re.sub("[-_]", "[-_]", name) for name in names)


def declared(parameter: Parameter | str) -> Asked:
    """A parameter that was declared beside a call or resource, or the name of a shared one."""
    if isinstance(parameter, str):
        return parameter
    schema: Any = msgspec.json.schema(parameter.of)
    told = {"name": parameter.name, "in": "query", "description": parameter.says, "schema": schema}
    return told | ({"required": True} if parameter.is_required else {})
