"""The links of the OpenAPI document: each names an operation, and what it can ask that with; followed, they lead on."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask

from app import schemas
from tests.factories import World
from tests.http import MEDIA_TYPE, Api, resource
from tests.openapi import Described

EXPRESSION = re.compile(r"\$response\.body#(/.+)")

SCHEMAS = {getattr(schemas, name).opts.type_: getattr(schemas, name) for name in schemas.__all__}


class Found(NamedTuple):
    """A link, and the answer that it follows."""

    source: str
    answer: Any
    name: str
    link: Any


@pytest.fixture(scope="module")
def described(app: Flask) -> Described:
    return Described(app)


@pytest.fixture(scope="module")
def by_name(described: Described) -> dict[str, Any]:
    """The operations, and where they are."""
    return {
        operation["operationId"]: operation | {"method": method, "template": template}
        for (method, template), operation in described.operations.items()
    }


def links(described: Described) -> Iterator[Found]:
    """All of them."""
    for operation in described.operations.values():
        for answer in operation["responses"].values():
            for name, reference in answer.get("links", {}).items():
                yield Found(operation["operationId"], answer, name, at(described, reference["$ref"]))


def at(described: Described, reference: str) -> Any:
    """What a reference means."""
    found = described.whole
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def document_of(answer: Any) -> Any:
    """The schema of an answer in JSON: a number's and an identifier's at one place are told together, and one may be a
    file."""
    [schema] = [content["schema"] for media_type, content in answer["content"].items() if media_type.endswith("json")]
    return schema


def expressions(value: Any) -> list[str]:
    """The pointers into the answer, at any depth."""
    if isinstance(value, dict):
        return [pointer for part in value.values() for pointer in expressions(part)]
    found = EXPRESSION.fullmatch(value)
    return [found[1]] if found else []


def tells(described: Described, schema: Any, pointer: str) -> bool:
    """A value of the schema can have what the pointer leads to."""
    if "$ref" in schema:
        return tells(described, at(described, schema["$ref"]), pointer)
    if "anyOf" in schema:
        return any(tells(described, each, pointer) for each in schema["anyOf"])
    first, _, others = pointer.removeprefix("/").partition("/")
    return not pointer or (
        first in schema.get("properties", {}) and tells(described, schema["properties"][first], others)
    )


def test_links_name_operations_and_what_these_take(described: Described, by_name: dict[str, Any]):
    seen = set()
    for source, _, name, link in links(described):
        operation = by_name[link["operationId"]]
        assert name == operation["operationId"] != source
        taken = {
            parameter["name"]
            for parameter in operation["parameters"]
            if isinstance(parameter, dict) and "name" in parameter
        }
        assert link.get("parameters", {}).keys() <= taken, (source, name)
        assert ("requestBody" in link) <= ("requestBody" in operation), (source, name)
        assert any(status < "300" for status in operation["responses"]), (source, name)
        seen.add(name)
    assert seen == described.whole["components"]["links"].keys()
    assert len(seen) > 300


def test_links_ask_with_what_the_answer_tells(described: Described):
    for source, answer, name, link in links(described):
        schema = document_of(answer)
        asked = expressions(link.get("parameters", {})) + expressions(link.get("requestBody", {}))
        assert asked, (source, name)
        for pointer in asked:
            assert tells(described, schema, pointer), (source, name, pointer)
            assert not tells(described, schema, f"{pointer}s"), (source, name, pointer)


def test_whoever_makes_a_row_is_led_to_it(described: Described, by_name: dict[str, Any]):
    """And whoever has read it, to all that its maker is led to."""
    made = 0
    for (method, template), operation in described.operations.items():
        answer = operation["responses"].get("201")
        if answer is None:
            continue
        one = document_of(answer)["properties"]["data"]
        [row] = [at(described, each["$ref"]) for each in one.get("anyOf", [one]) if "$ref" in each]
        url = SCHEMAS[row["properties"]["type"]["const"]].Meta.self_url
        read = described.operations["GET", re.sub("{.*}", "{id}", url)]
        assert read["operationId"] in answer["links"], (method, template)
        after_read = read["responses"]["200"]["links"].keys()
        assert answer["links"].keys() - {read["operationId"]} <= after_read | {"pairDoorPass"}, (method, template)
        made += 1
    assert made > 30


@pytest.mark.parametrize(
    ("source", "status", "name", "link"),
    [
        ("createOrder", "201", "listOrderAttendees", {"parameters": {"order_id": "$response.body#/data/id"}}),
        (
            "createOrder",
            "201",
            "printInvoice",
            {"parameters": {"order_identifier": "$response.body#/data/attributes/identifier"}},
        ),
        (
            "getOrder",
            "200",
            "resendOrderMails",
            {"requestBody": {"data": {"order": "$response.body#/data/attributes/identifier"}}},
        ),
        (
            "getAttendee",
            "200",
            "updateAttendee",
            {
                "parameters": {"id": "$response.body#/data/id"},
                "requestBody": {"data": {"type": "attendee", "id": "$response.body#/data/id"}},
            },
        ),
        ("getAttendee", "200", "printBadge", {"parameters": {"attendee_id": "$response.body#/data/id"}}),
        (
            "createEventMovement",
            "201",
            "createMovementUndo",
            {"parameters": {"movement_id": "$response.body#/data/id"}},
        ),
        ("getEvent", "200", "createEventMovement", {"parameters": {"event_id": "$response.body#/data/id"}}),
        ("updateTicket", "200", "getTicket", {"parameters": {"id": "$response.body#/data/id"}}),
        ("createOrderOfCart", "200", "getOrder", {"parameters": {"id": "$response.body#/data/id"}}),
        (
            "makePairingCode",
            "200",
            "pairDoorPass",
            {"requestBody": {"data": {"attributes": {"code": "$response.body#/meta/pairing-code"}}}},
        ),
    ],
)
def test_links_are_made_of_addresses_and_declarations(
    described: Described, by_name: dict[str, Any], source: str, status: str, name: str, link: Any
):
    answer = by_name[source]["responses"][status]
    told = at(described, answer["links"][name]["$ref"])
    assert {member: value for member, value in told.items() if member != "description"} == {"operationId": name} | link
    assert ("description" in told) == ("requestBody" in link)


def test_only_what_makes_a_row_or_reads_it_leads_everywhere(by_name: dict[str, Any]):
    assert by_name["getAttendeeOrder"]["responses"]["200"]["links"].keys() == {"getOrder"}
    for name in ("listOrders", "deleteTicket", "getOrderRelationship"):
        assert "links" not in by_name[name]["responses"]["200"]


@pytest.mark.parametrize(
    ("creation", "type_", "attributes"),
    [("createMicrolocation", "microlocation", {"name": "Hall"}), ("createSponsor", "sponsor", {"name": "Mill"})],
)
def test_followed_links_are_answered(
    api: Api,
    world: World,
    described: Described,
    by_name: dict[str, Any],
    creation: str,
    type_: str,
    attributes: dict[str, str],
):
    """After a creation a program that knows the links alone reads, changes and at last deletes what it has made."""
    made = api.post(by_name[creation]["template"], resource(type_, attributes, event=world.event), world.staff)
    assert made.status_code == 201, made.json
    followed = set()
    names = sorted(by_name[creation]["responses"]["201"]["links"], key=lambda name: name.startswith("delete"))
    for link in (described.whole["components"]["links"][name] for name in names):
        operation = by_name[link["operationId"]]
        if "requestBody" in operation and "requestBody" not in link:
            continue  # what is to be linked is for the client to say
        url = operation["template"].replace("{relationship}", "event")
        for parameter, expression in link["parameters"].items():
            url = url.replace(f"{{{parameter}}}", evaluated(expression, made.json))
        body = evaluated(link.get("requestBody"), made.json)
        answer = api.send(operation["method"], url, world.staff, body)
        assert (answer.status_code, answer.content_type) == (200, MEDIA_TYPE), (url, answer.json)
        followed.add(operation["method"])
    assert followed == {"GET", "PATCH", "DELETE"}


def evaluated(value: Any, told: Any) -> Any:
    """What a value of a link is after an answer."""
    if isinstance(value, dict):
        return {name: evaluated(part, told) for name, part in value.items()}
    found = EXPRESSION.fullmatch(value or "")
    if found is None:
        return value
    for part in found[1].split("/")[1:]:
        told = told[part]
    return told
