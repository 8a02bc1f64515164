"""Every answer of the test client is a document of JSON:API 1.0: by its JSON Schema, and by what no schema can say."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft7Validator, ValidationError

MEDIA_TYPE = "application/vnd.api+json"
"""Answers of other media types are plain JSON for calls that are no resources, files, and streams of events."""

NUMERIC_IDS = {"station", "user_check_in", "station-store-pax"}
"""The kiosk compares the ids of stations, and of what happens there, with numbers (docs/clients.md, 23); in linkage
they are texts as everywhere."""

CALLED_TYPE = {"ticket", "custom-form", "sponsor"}
"""They have an attribute ``type``, which JSON:API keeps for itself: the apps read a ticket's there, and the web app
those of form fields and sponsors."""

PAGES = {"first", "last", "prev", "next"}

SCHEMA = Draft7Validator(json.loads((Path(__file__).parent / "jsonapi_1_0.json").read_text()))


class Counted:
    """How many answers were checked; with several processes, in all of them."""

    here = 0

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["checked_answers"] = Counted.here

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        Counted.here += getattr(node, "workeroutput", {}).get("checked_answers", 0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.write_line(f"{Counted.here} answers were checked against JSON:API 1.0")


def check(response: Any) -> None:
    """Fails for an answer of the test client that says of itself that it is JSON:API, and is not. One without a body is
    none."""
    if response.content_type == MEDIA_TYPE and response.data:  # a stream of events is not read to its end
        check_body(f"{response.request.method} {response.request.path}", response.headers, response.data)


def check_body(asked: str, headers: Mapping[str, str], body: bytes) -> None:
    """The same of what came over the network, from who was ``asked``."""
    if headers.get("Content-Type") != MEDIA_TYPE or not body:
        return
    Counted.here += 1
    is_packed = headers.get("Content-Encoding") == "gzip"
    wrong = list(violations(orjson.loads(gzip.decompress(body) if is_packed else body)))
    assert not wrong, f"{asked} is no JSON:API: {'; '.join(wrong)}"


def violations(document: Any) -> Iterator[str]:
    """What is wrong with a document, in words; nothing further where the schema is broken."""
    resources = _resources(document)
    for resource in resources:
        _leave_exceptions_out(resource)
    try:
        SCHEMA.validate(document)
    except ValidationError as error:
        yield f"/{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
        return
    yield from _repeated(resources)
    yield from _unlinked(document)
    yield from _names_twice(resources)
    yield from (f"{link} is no path" for link in _links(document) if not link.startswith("/v1/"))
    if not isinstance(document.get("data"), list) and PAGES & document.get("links", {}).keys():
        yield "links to pages of what has none"
    if "jsonapi" not in document:
        yield "it does not say of which version it is"


def _primary(document: Any) -> list[Any]:
    data = document.get("data")
    return data if isinstance(data, list) else [] if data is None else [data]


def _resources(document: Any) -> list[Any]:
    """All resource objects. Where the primary data are identifiers, they only say which of the others are meant."""
    primary = [each for each in _primary(document) if "attributes" in each or "included" not in document]
    return [*primary, *document.get("included", ())]


def _leave_exceptions_out(resource: Any) -> None:
    if resource.get("type") in NUMERIC_IDS and isinstance(resource.get("id"), int):
        resource["id"] = str(resource["id"])
    if resource.get("type") in CALLED_TYPE:
        resource.get("attributes", {}).pop("type", None)


def _name(resource: Any) -> tuple[str, str]:
    return resource["type"], resource["id"]


def _repeated(resources: list[Any]) -> Iterator[str]:
    seen = set()
    for resource in resources:
        if _name(resource) in seen:
            yield f"{_name(resource)} is there twice"
        seen.add(_name(resource))


def _unlinked(document: Any) -> Iterator[str]:
    """What is included without a way of linkage that leads to it from the primary data (full linkage)."""
    included = {_name(resource): resource for resource in document.get("included", ())}
    reached = [included.pop(_name(each), each) for each in _primary(document)]
    for resource in reached:  # grows on the way
        reached += [included.pop(name) for name in _linked(resource) if name in included]
    yield from (f"{name} is included and linked from nowhere" for name in included)


def _linked(resource: Any) -> Iterator[tuple[str, str]]:
    for relationship in resource.get("relationships", {}).values():
        data = relationship.get("data")
        yield from (_name(each) for each in (data if isinstance(data, list) else [data] if data else []))


def _names_twice(resources: list[Any]) -> Iterator[str]:
    """Attributes and relationships share their names."""
    for resource in resources:
        both = resource.get("attributes", {}).keys() & resource.get("relationships", {}).keys()
        if both:
            yield f"{resource['type']} has {', '.join(sorted(both))} as attribute and as relationship"


def _links(document: Any) -> Iterator[str]:
    yield from document.get("links", {}).values()
    for resource in _resources(document):
        yield from resource.get("links", {}).values()
        for relationship in resource.get("relationships", {}).values():
            yield from relationship.get("links", {}).values()
