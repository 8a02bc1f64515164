"""What the OpenAPI document tells of query strings is understood, and what is understood is told."""

import json
from typing import Any

import pytest
from jsonschema_rs import validator_for

from app import schemas
from app.api.jsonapi.base import ResourceList
from app.api.routes import ROUTES
from tests.factories import World
from tests.http import Api
from tests.openapi import Described

SCHEMAS = [getattr(schemas, name) for name in schemas.__all__]
LISTS = ("/v1/events/{event_id}/attendees", "/v1/orders", "/v1/events/{event_id}/movements", "/v1/events/upcoming")


@pytest.mark.parametrize("template", LISTS)
def test_the_parameters_of_lists_are_understood(api: Api, world: World, described: Described, template: str):
    url = template.format(event_id=world.event.id)
    told = {parameter["name"]: parameter for parameter in parameters(described, "GET", template)}
    asked = {name: value for name, parameter in told.items() for value in values(parameter)}
    assert {"page[size]", "page[number]", "sort", "filter", "include"} <= asked.keys()
    assert ("page[after]" in asked) == (template != "/v1/events/upcoming")
    for name, parameter in told.items():
        for value in values(parameter):
            response = api.client.get(url, query_string={name: value}, headers=token(api, world))
            assert response.status_code == 200, (name, value, response.json)


def parameters(described: Described, method: str, template: str) -> list[Any]:
    """Those of the query string."""
    found = []
    for parameter in described.operations[method, template]["parameters"]:
        shared = described.whole["components"]["parameters"].get(parameter.get("$ref", "").rsplit("/", 1)[-1])
        found.append(shared or parameter)
    return [parameter for parameter in found if parameter["in"] == "query"]


def values(parameter: Any) -> list[str]:
    """Some that it may have; of a list of words each."""
    if parameter["name"] == "filter":
        return [json.dumps([{"not": {"name": "id", "op": "eq", "val": "7"}}])]
    schema = parameter["schema"]
    if "items" in schema:
        words = words_of(parameter)
        return [*words, ",".join(words[:2])] if parameter["name"] == "include" else [words[0], ",".join(words)]
    return ["" if parameter["name"] == "cursor" else "1"]


def words_of(parameter: Any) -> list[str]:
    """The names that a list of them is told to hold."""
    words: list[str] = parameter["schema"]["items"]["anyOf"][0]["enum"]
    return words


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("/v1/events/{event_id}/attendees", {"sort": "-order.completed-at"}),
        ("/v1/events/{event_id}/attendees", {"sort": "order.completed_at"}),
        ("/v1/events/{event_id}/attendees", {"include": "order.user"}),
        ("/v1/events/{event_id}/attendees", {"fields[attendee]": "is_checked_in"}),
        ("/v1/orders", {"sort": "-completed_at"}),
        ("/v1/orders", {"include": "attendees.ticket"}),
    ],
)
def test_paths_and_snake_case_are_told_and_understood(
    api: Api, world: World, described: Described, template: str, query: dict[str, str]
):
    [(name, value)] = query.items()
    [told] = [each for each in parameters(described, "GET", template) if each["name"] == name]
    assert is_told(told["schema"], value.split(","))
    assert not is_told(told["schema"], ["nothing"])
    assert not is_told(told["schema"], ["nothing.name"])
    response = api.client.get(template.format(event_id=world.event.id), query_string=query, headers=token(api, world))
    assert response.status_code == 200, response.json


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("eq", {"val": "Ada"}),
        ("eq", {"field": "lastname"}),
        ("in_", {"val": ["Ada"]}),
        ("not_in", {"val": ["Ada"]}),
        ("notin_", {"val": ["Ada"]}),
        ("is_", {"val": None}),
        ("is_not", {"val": None}),
        ("match", {"val": "Ada"}),
    ],
)
def test_conditions_in_all_spellings_are_told_and_understood(
    api: Api, world: World, described: Described, operator: str, value: dict[str, Any]
):
    path, nodes = ("components", "schemas", "Filter"), [{"name": "firstname", "op": operator} | value]
    assert described.errors(path, nodes) == []
    assert described.errors(path, [nodes[0] | {"op": "between"}])
    url = f"/v1/events/{world.event.id}/attendees"
    assert api.get(url, world.staff, filter=json.dumps(nodes)).status_code == 200


def is_told(schema: Any, value: Any) -> bool:
    """A value is one that a parameter may have."""
    return bool(validator_for(schema).is_valid(value))


def token(api: Api, world: World) -> dict[str, str]:
    return {"Authorization": api.authorization(world.staff)}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_lists_can_be_sorted_by_what_is_told(components: Any, schema: Any):
    """What is told to sort by is a column, up and down; that each is understood is tested above."""
    told = components["parameters"].get(f"{schema.__name__.removesuffix('Schema')}Sort")
    if told is None:
        assert not any(issubclass(row.schema, schema) for row in lists())
        return
    words = words_of(told)
    assert {word.removeprefix("-") for word in words} == {word for word in words if not word.startswith("-")}
    assert "id" in words


def lists() -> list[Any]:
    return [resource for resource, *_ in ROUTES if issubclass(resource, ResourceList) and "GET" in resource.methods]
