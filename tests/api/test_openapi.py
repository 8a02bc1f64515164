"""The OpenAPI document is valid, and tells everything: routes, attributes, parameters, refusals; by itself."""

import json
import os
import re
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask_rest_jsonapi_next import Api as Resources
from jsonschema_rs import validator_for
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.schemas import schema_v31

from app import create_app, schemas
from app.api.jsonapi import rendering
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.querystring import Query, attribute_names, relationship
from app.api.openapi import attributes, document, rights
from app.api.openapi.addresses import READS_OF_ALL
from app.api.orders import OrderList
from app.api.routes import ROUTES
from app.api.tickets import Tickets
from app.config import Settings
from app.errors import DomainError
from app.permissions.policy import Permission
from app.schemas import TicketSchema
from app.schemas.base import dasherized
from app.schemas.fields import Whole
from tests.factories import World
from tests.http import MEDIA_TYPE
from tests.openapi import Described

EVERY = 8

SCHEMAS = [getattr(schemas, name) for name in schemas.__all__]


def test_the_document_is_valid(described: Described):
    """Against the schema of OpenAPI 3.1 all of it; what else must hold is looked at in one path of `EVERY`, which takes
    1.7 seconds of processor time instead of 3.7."""
    assert list(validator_for(dict(schema_v31)).iter_errors(described.whole)) == []
    paths = dict(list(described.whole["paths"].items())[:: int(os.environ.get("OPENAPI_EVERY", EVERY))])
    OpenAPIV31SpecValidator(described.whole | {"paths": paths}).validate()
    assert described.whole["openapi"].startswith("3.1")


def test_every_route_and_method_is_in_it_and_nothing_else(app: Flask, described: Described):
    rules = [(rule.rule, rule.methods - READS_OF_ALL) for rule in app.url_map.iter_rules()]
    served = {(method, described.template_of(rule)) for rule, methods in rules for method in methods}
    assert served == described.operations.keys()


def test_operations_have_names_of_their_own_and_tell_who_may(described: Described):
    names = [operation["operationId"] for operation in described.operations.values()]
    assert len(set(names)) == len(names)
    for place, operation in described.operations.items():
        assert re.fullmatch("[a-z][A-Za-z0-9]+", operation["operationId"]), place
        assert "**Who may**" in operation["description"], place
        assert re.fullmatch(r"[A-Z][^`]*\.", operation["summary"]), (place, operation["summary"])
        assert operation["tags"], place


def test_words_are_for_clients(described: Described):
    """No operation of a tag is summed up as another is, and what is said comes from us."""
    told = [(tag, operation["summary"]) for operation in described.operations.values() for tag in operation["tags"]]
    assert sorted({each for each in told if told.count(each) > 1}) == []
    written = json.dumps(described.whole)
    assert ":param" not in written
    assert "database" not in described.operations["GET", "/v1/tickets/{id}"]["description"]
    links = described.operations["PATCH", "/v1/sessions/{id}/relationships/{relationship}"]
    assert links["responses"]["200"]["description"] == "What is linked now."
    tags = {tag["name"]: tag["description"] for tag in described.whole["tags"]}
    assert tags["repairs"] == "Which scans should have been of which direction."  # not of what undoes one
    assert [text for text in tags.values() if not re.search(r"[^.?][.?]$", text)] == []


@pytest.mark.parametrize(
    ("method", "template", "summary"),
    [
        ("PATCH", "/v1/tracks/{id}", "Changes a track."),
        ("POST", "/v1/orders", "Makes an order."),
        ("POST", "/v1/movements/{movement_id}/correct", "Gives a scan another time."),
        ("GET", "/v1/amendments/{amendment_id}/replacement", "The replacement of an amendment."),
        (
            "GET",
            "/v1/events/upcoming",
            "What the web app's first page shows: the next events first, to everybody the same.",
        ),
        ("GET", "/v1/tickets/{ticket_id}/discount-codes", "The discount codes of a ticket."),
        ("GET", "/v1/orders/{order_id}/sold-by-pass", "The pass that an order was sold by."),
        ("GET", "/v1/door-passes/{door_pass_id}/revoked-by", "Whom a door pass was revoked by."),
        ("PATCH", "/v1/settings/{id}", "Changes the settings (/v1/settings/{id})."),
        ("GET", "/v1/users/{id}/relationships/{relationship}", "What a user is linked to."),
        ("GET", "/v1/events/{event_id}/export/attendees/pdf", "The task of an event's attendees, as PDF."),
    ],
)
def test_summaries_are_made_of_method_and_noun(described: Described, method: str, template: str, summary: str):
    assert described.operations[method, template]["summary"] == summary


def test_every_meaning_of_a_creation_tells_who_may(described: Described):
    """At the door one must be allowed to sell, which is the server's main call."""
    told = described.operations["POST", "/v1/orders"]["description"]
    assert "**Who may** (`order-create`):" in told
    assert "**Who may with `onsite=true`** (`order-sell`):" in told
    assert "* Registrar (door staff) of the thing's event" in told.partition("(`order-sell`)")[2]
    resources = {resource for resource, *_ in ROUTES if issubclass(resource, ResourceList)}
    several = [each for each in resources if each.creation_permission is not ResourceList.creation_permission]
    assert OrderList in several
    assert [each for each in several if not each.also["POST"].needs] == []


def test_who_may_is_told_in_the_same_order_in_every_process():
    """A route's arguments are a set; what is told by several workers has one tag."""
    names = ("session_id", "station_id")
    told = [rights.told(Permission.STATION_STORE_PAX_READ, each) for each in (names, names[::-1])]
    assert told[0] == told[1]
    assert "(`session-read`)" in told[0]
    assert "(`station-read`)" in told[0]


@pytest.mark.parametrize(
    ("method", "template", "name"),
    [
        ("GET", "/v1/events/{event_id}/attendees", "listEventAttendees"),
        ("POST", "/v1/orders", "createOrder"),
        ("PATCH", "/v1/attendees/{id}", "updateAttendee"),
        ("GET", "/v1/audit-entries/{id}", "getAuditEntry"),
        ("GET", "/v1/movements/{id}/relationships/{relationship}", "getMovementRelationship"),
        ("POST", "/v1/auth/login", "logIn"),
        ("POST", "/auth/session", "logInAtAuthSession"),
        ("GET", "/v1/events/{event_id}/export/attendees/csv", "exportAttendeesCsv"),
    ],
)
def test_names_of_operations_stay_as_they_are(described: Described, method: str, template: str, name: str):
    assert described.operations[method, template]["operationId"] == name


def test_two_addresses_at_one_place_are_told_together(app: Flask, described: Described):
    """A number is a ticket's; an identifier is an order's, whose tickets are printed and never changed."""
    printed = described.operations["GET", "/v1/tickets/{id}"]["responses"]["200"]["content"]
    assert printed.keys() == {MEDIA_TYPE, "application/pdf"}
    refused = app.test_client().delete("/v1/tickets/a1b2c3d4")
    assert refused.status_code == 405
    assert described.wrong("DELETE", "/v1/tickets/<id:id>", refused) == []
    assert "405" not in described.operations["DELETE", "/v1/events/{id}"]["responses"]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_every_attribute_and_relationship_is_in_it(components: Any, schema: Any):
    name = schema.__name__.removesuffix("Schema")
    shown = components["schemas"][f"{name}Attributes"]["properties"]
    assert shown.keys() == {dasherized(attribute) for attribute in attribute_names(schema)} - {"id"}
    links = {dasherized(link) for link in schema._declared_fields if relationship(schema, link)}
    told = components["schemas"].get(f"{name}Relationships", {"properties": {}})["properties"]
    assert told.keys() == links
    for described in shown.values():
        assert "type" in described or "enum" in described or "anyOf" in described, f"{name}: {described}"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_every_attribute_that_is_sent_has_a_type(schema: Any):
    for creating in (True, False):
        sent, required = attributes.accepted(schema, creating=creating)
        assert set(required) <= sent.keys()
        assert all("type" in described for described in sent.values()), sent
        ignored = schema.update_only if creating else schema.create_only
        assert sent.keys().isdisjoint(map(dasherized, ignored))


def test_every_refusal_is_in_it(components: Any):
    codes = {kind.code: kind.status for kind in subclasses(DomainError)}
    assert set(components["schemas"]["Error"]["properties"]["code"]["enum"]) == codes.keys()
    told = {
        code
        for answer in components["responses"].values()
        for code in re.findall(r"^\* `([\w-]+)`", answer["description"], re.MULTILINE)
    }
    assert told == codes.keys()


def test_what_every_operation_may_be_refused_with_is_told_once(described: Described):
    for place, operation in described.operations.items():
        for status, answer in operation["responses"].items():
            is_own = int(status) < 400 or (place[1] == "/readyz" and status == "503")
            assert ("$ref" in answer) != is_own, (place, status)


def test_every_shared_refusal_is_used_or_in_the_introduction(described: Described, components: Any):
    used = {
        answer.get("$ref") for operation in described.operations.values() for answer in operation["responses"].values()
    }
    told = set(re.findall(r"\(`(\w+)`\)", described.whole["info"]["description"]))
    assert told == {"MethodNotAllowed", "Unexpected"}
    assert {f"#/components/responses/{name}" for name in components["responses"].keys() - told} <= used


@pytest.mark.parametrize(
    ("method", "template", "statuses"),
    [
        ("POST", "/v1/orders/create-order", {"408", "409", "413", "422"}),
        ("POST", "/v1/door-passes/{door_pass_id}/revoke", {"408", "409", "413", "422"}),
        ("POST", "/v1/auth/verify-email", {"408", "409", "413", "422"}),
        ("DELETE", "/v1/tracks/{id}/relationships/{relationship}", {"408", "413"}),
        ("DELETE", "/v1/tracks/{id}", {"408", "409", "413", "422"}),
        ("GET", "/v1/groups", {"401"}),
        ("POST", "/v1/orders/calculate-amount", {"401"}),
    ],
)
def test_what_is_answered_before_the_call_itself_is_told(
    described: Described, method: str, template: str, statuses: set[str]
):
    assert statuses <= described.operations[method, template]["responses"].keys()


def test_nothing_is_added_to_links_to_one(described: Described):
    """Of an attendee the tag is changed, and that is one."""
    template = "/v1/attendees/{id}/relationships/{relationship}"
    for method in ("POST", "DELETE"):
        assert [status for status in described.operations[method, template]["responses"] if status < "400"] == []
    assert "200" in described.operations["PATCH", template]["responses"]


def subclasses(kind: type[DomainError]) -> set[type[DomainError]]:
    return set(kind.__subclasses__()).union(*(subclasses(each) for each in kind.__subclasses__()))


class PlantedSchema(TicketSchema):
    """A ticket that tells one thing more."""

    class Meta(TicketSchema.Meta):
        """Type ticket."""

        self_url = "/v1/planted/{id}"

    sold = Whole(dump_only=True)


class PlantedDetail(ResourceDetail):
    """One such ticket."""

    schema = PlantedSchema
    data_layer: ClassVar = {"class": Tickets}
    permissions: ClassVar = {"GET": Permission.TICKET_READ}


def test_a_new_attribute_appears_by_itself(settings: Settings, app: Flask, world: World):
    """In the document, and in what is rendered: nothing but the schema was touched."""
    other = create_app(settings)
    resources = Resources()
    resources.app = other
    resources.route(PlantedDetail, "planted_detail", "/v1/planted/<id:id>")
    whole = document.of(other)
    told = whole["components"]["schemas"]["PlantedAttributes"]["properties"]
    assert told["sold"] == {"type": "integer", "readOnly": True}
    assert told.keys() - {"sold"} == whole["components"]["schemas"]["TicketAttributes"]["properties"].keys()
    assert "sold" in whole["components"]["parameters"]["PlantedFields"]["schema"]["items"]["anyOf"][0]["enum"]
    with app.test_request_context(f"/v1/planted/{world.paid.id}"):
        shown = rendering.detail(world.paid, PlantedSchema, Query())
    assert shown["data"]["attributes"]["sold"] == world.paid.sold == 2


def test_examples_are_as_they_are_described(described: Described):
    seen, wrong = 0, []
    for (method, template), operation in described.operations.items():
        places: list[tuple[str, ...]] = [("responses", status) for status in operation["responses"]]
        places += [("requestBody",)] if "requestBody" in operation else []
        for place in places:
            for media_type, content in at(operation, place).get("content", {}).items():
                for example in content.get("examples", {}).values():
                    path = ("paths", template, method.lower(), *place, "content", media_type, "schema")
                    wrong += [(method, template, *place, found) for found in described.errors(path, example["value"])]
                    seen += 1
    assert wrong == []
    assert seen > 400


def at(described: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        described = described[part]
    return described


def test_what_is_not_told_is_noticed(described: Described):
    """The comparison of answers with the document sees a member too many, one too few, and one of another type."""
    path = ("components", "schemas", "Attendee")
    good = described.whole["paths"]["/v1/attendees/{id}"]["get"]["responses"]["200"]["content"][MEDIA_TYPE]
    attendee = good["examples"]["real"]["value"]["data"]
    assert described.errors(path, attendee) == []
    more = attendee | {"attributes": attendee["attributes"] | {"planted": 1}}
    assert described.errors(path, more) == [
        "attributes: Additional properties are not allowed ('planted' was unexpected)"
    ]
    assert described.errors(path, {name: attendee[name] for name in ("type", "id", "links")}) == [
        ': "attributes" is a required property'
    ]
    assert described.errors(path, attendee | {"id": 7}) == ['id: 7 is not of type "string"']
