"""What operations say of themselves is said to clients, and is so."""

import re

import pytest
from flask import Flask

from app.api.jsonapi.querystring import relationship
from app.schemas.base import dasherized
from tests.openapi import Described

LINKED = "/relationships/{relationship}"


@pytest.mark.parametrize(
    ("method", "of", "summary", "changed"),
    [
        ("PATCH", "/v1/faqs/{id}", "Refused (403): no link of a faq is changed here.", []),
        ("DELETE", "/v1/attendees/{id}", "Refused (403): nothing is taken from links of an attendee here.", []),
        ("PATCH", "/v1/attendees/{id}", "Links an attendee to what is sent, and to nothing else.", ["tag"]),
        ("POST", "/v1/tracks/{id}", "Links a track to what is sent besides.", ["sessions"]),
    ],
)
def test_links_tell_what_is_changed_at_their_addresses(
    described: Described, method: str, of: str, summary: str, changed: list[str]
):
    operation = described.operations[method, of + LINKED]
    assert operation["summary"] == summary
    told = re.search("Changed here: (.*); all others", operation["description"])
    assert re.findall("`([^`]+)`", told[1] if told else "") == changed


def test_only_what_can_be_changed_is_named_where_links_are_written(app: Flask, described: Described):
    """Each name of the address's parameter, or nothing where the summary says that all are refused."""
    adapter, seen = app.url_map.bind("localhost"), 0
    for (method, template), operation in described.operations.items():
        if not template.endswith(LINKED) or method == "GET":
            continue
        endpoint, _ = adapter.match(re.sub(r"\{[^}]*\}", "1", template), method=method)
        resource = app.view_functions[endpoint].view_class
        [names] = [each["schema"]["enum"] for each in operation["parameters"] if each.get("name") == "relationship"]
        fields = {name: relationship(resource.schema, name) for name in resource.changeable}
        open_ = [dasherized(name) for name, field in fields.items() if field and (method == "PATCH" or field.many)]
        is_refused = operation["summary"].startswith("Refused (403): ")
        assert is_refused != bool(open_), (method, template)
        assert is_refused != ("200" in operation["responses"]), (method, template)
        assert is_refused or sorted(names) == sorted(open_), (method, template)
        seen += 1
    assert seen > 90


def test_what_reads_is_not_summed_up_as_what_writes(described: Described):
    """A class that does both says in its docstring what is there; what else can be done tells the other method."""
    writing = re.compile(r"creation|sign-?up|PATCH|POST|DELETE|\bchanges?\b|; \d{3}", re.IGNORECASE)
    told = {place: operation["summary"] for place, operation in described.operations.items() if place[0] == "GET"}
    told.pop(("GET", "/readyz"))  # its 503 is no refusal: it says what the checks have found
    told.pop(("GET", "/v1/audit-entries/{id}"))  # a change is what it shows
    assert len(told) > 200
    assert {place: said for place, said in told.items() if writing.search(said)} == {}


@pytest.mark.parametrize(
    ("method", "template", "summary"),
    [
        ("GET", "/v1/tracks/{id}", "One track."),
        ("GET", "/v1/users", "All accounts."),
        ("POST", "/v1/users", "Signs up."),
        ("POST", "/v1/events/{event_id}/movements", "Records a scan."),
        ("POST", "/v1/user-check-in", "Records a scan at a station."),
        ("DELETE", "/v1/user-check-in/{id}", "Takes a scan at a station back."),
        ("PATCH", "/v1/check-in-conflicts/{id}", "Decides about scans that contradict each other."),
        ("GET", "/v1/settings/{id}", "What everybody may know of the server (/v1/settings/{id})."),
        (
            "POST",
            "/v1/orders/create-order",
            "The caller's order of a cart, with its attendees, ready to be filled in.",
        ),
    ],
)
def test_summaries_are_for_who_reads_no_code(described: Described, method: str, template: str, summary: str):
    assert described.operations[method, template]["summary"] == summary
