"""What checks every answer of the suite against JSON:API 1.0 does see what is wrong."""

import copy
from typing import Any

import pytest

from app.api.jsonapi import rendering
from tests import conformance
from tests.factories import World
from tests.http import Api


def good() -> dict[str, Any]:
    """An order with a guest, whose ticket is included too."""
    order = {
        "type": "order",
        "id": "1",
        "attributes": {"amount": 0, "tax-business-info": None},
        "relationships": {"attendees": {"data": [{"type": "attendee", "id": "7"}], "links": {"related": "/v1/x"}}},
        "links": {"self": "/v1/orders/1"},
    }
    guest = {"type": "attendee", "id": "7", "relationships": {"ticket": {"data": {"type": "ticket", "id": "1"}}}}
    ticket = {"type": "ticket", "id": "1", "attributes": {"type": "free"}}
    return {
        "data": order,
        "included": [guest, ticket],
        "links": {"self": "/v1/orders/1"},
        "jsonapi": {"version": "1.0"},
    }


def test_a_good_document_has_no_fault():
    assert list(conformance.violations(good())) == []
    refused = {"errors": [{"status": "404", "source": {"parameter": "id"}}], "jsonapi": {"version": "1.0"}}
    assert list(conformance.violations(refused)) == []


def test_identifiers_and_what_they_mean():
    """The answer of a relationship with include."""
    document = good()
    linked = document["data"]["relationships"]["attendees"]
    document |= {"data": linked["data"], "links": linked["links"]}
    assert list(conformance.violations(document)) == []
    document["data"] = []
    assert list(conformance.violations(document)) == [
        "('attendee', '7') is included and linked from nowhere",
        "('ticket', '1') is included and linked from nowhere",
    ]


REMOVED = object()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("data.id", 1, "not of type"),
        ("data.type", REMOVED, "required"),
        ("data.attributes.id", "1", "not allowed"),
        ("data.attributes.-amount", 1, "does not match"),
        ("data.attributes.attendees", [], "as attribute and as relationship"),
        ("data.relationships.attendees.data", [{"type": "attendee", "id": 7}], "not of type"),
        ("data.relationships.attendees.data", [], "('attendee', '7') is included and linked from nowhere"),
        ("data.relationships.user", {}, "less than 1"),
        ("data.relationships.user", {"links": {"about": "/v1/users/1"}}, "anyOf"),
        ("data.links.self", "orders/1", "orders/1 is no path"),
        ("data.links.self", "http://localhost/v1/orders/1", "is no path"),
        ("data.name", "Ada", "Additional properties"),
        ("links.next", "/v1/orders/1?page=2", "pages of what has none"),
        ("count", 1, "Additional properties"),
        ("errors", [{"status": "404"}], "not allowed"),
        ("jsonapi", REMOVED, "of which version"),
        ("data", REMOVED, "required"),
        ("included.0.relationships.ticket.data.id", "2", "('ticket', '1') is included and linked from nowhere"),
    ],
)
def test_what_is_wrong_is_seen(path: str, value: Any, words: str):
    document = good()
    *way, name = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is REMOVED:
        del place[name]
    else:
        place[name] = value
    assert words in "; ".join(conformance.violations(document))


def test_what_is_there_twice_is_seen():
    document = good()
    document["included"].append(copy.deepcopy(document["included"][0]))
    assert "('attendee', '7') is there twice" in list(conformance.violations(document))


def test_an_error_without_a_source_that_points_is_seen():
    document = {"errors": [{"status": 404, "source": {"pointer": "data"}}], "jsonapi": {"version": "1.0"}}
    assert list(conformance.violations(document)) != []


def test_an_answer_that_breaks_the_rules_fails_the_test_that_gets_it(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
):
    """Planted: linkage with numbers, as the existing server writes it."""
    before = conformance.Counted.here
    url = f"/v1/attendees/{world.attendee.id}?include=ticket"
    assert api.get(url, world.staff).status_code == 200
    right = rendering.linkage
    monkeypatch.setattr(rendering, "linkage", lambda rows, type_: right(rows, type_) | {"id": rows.id})
    with pytest.raises(AssertionError, match=rf"GET /v1/attendees/{world.attendee.id} is no JSON:API: .*not of type"):
        api.get(url, world.staff)
    assert conformance.Counted.here == before + 2
