"""One real request and answer of each operation of the OpenAPI document that the story does not tell: the requests of
the table of rights, of which whole lists and rows are cut down.

Who has changed what is answered writes them anew with ``WRITE_EXAMPLES=1 pytest tests/api/test_openapi_examples.py``,
after the story (tests/api/test_openapi_story.py), and looks at the difference.
"""

import json
import os
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from app.api.jsonapi.querystring import attribute_names
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.openapi import examples
from app.clock import utcnow
from app.schemas.base import dasherized
from tests.examples import RANDOM, number_anew, stable
from tests.http import Api
from tests.openapi import Described
from tests.rights.answers import ACTORS
from tests.rights.place import open_place
from tests.rights.rows import Row
from tests.rights.table import TABLE

SHOWN = 3
"""So many attributes are asked for, where a whole row is shown elsewhere."""

LONGEST = 200
"""Characters of a text."""

EVENT = "a1b2c3d4"
HERE = {
    r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}": "5e6f7a8b-1c2d-4e3f-8a9b-0c1d2e3f4a5b",
    rf'"identifier": "(?!{EVENT})[0-9a-f]{{8}}"': '"identifier": "b2c3d4e5"',
    r"/v1/(tasks|downloads)/[\w.-]+": r"/v1/\1/WyJjc3YiLDEwMV0.awMKPw.3OFQ_cPuxlZy8aPLec5zkj",
    r'"token": "[\w.-]{60,}"': '"token": "WyJhZGFAZXhhbXBsZS5vcmciXQ.yvY-kil4wkz-mvuAEAyVpbD9PC"',
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT": "Sat, 21 Nov 2026 12:00:00 GMT",
    r'"silent-seconds": \d+': '"silent-seconds": 2',
    r'(code": "|code=)[\w-]{32}': r"\1NhvSpMMCRIsxIIqmprkk1nzHa6FzXLat",
    r'"cursor": "[\w-]+"': '"cursor": "g7qrDGcu1LMAAAAAAAAAAAAAAAAAAAAA"',
}
"""What is another in every run, beside `RANDOM`."""

NOT_HERE = {"getOpenapi", "refreshToken"}
"""The answer is this document; and that of a log-in stands beside it."""


def test_every_operation_that_can_succeed_has_an_example(app: Flask, session: scoped_session[Session]):
    described = Described(app)
    if os.environ.get("WRITE_EXAMPLES"):
        found = answered(app, session, described, known=json.loads(examples.STORY.read_text())["operations"])
        lines = [f"{json.dumps(name)}: {json.dumps(found[name], ensure_ascii=False)}" for name in sorted(found)]
        examples.CALLS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    wanted = {operation["operationId"] for operation in described.operations.values() if gives_json(operation)}
    assert sorted(wanted - examples.read()["operations"].keys() - NOT_HERE) == []


def test_every_body_that_can_be_taken_has_an_example(app: Flask):
    """A request of the table is shown if it says nothing but what the document tells."""
    without = [
        operation["operationId"]
        for operation in Described(app).operations.values()
        for content in operation.get("requestBody", {"content": {}})["content"].values()
        if "examples" not in content and any(status < "300" for status in operation["responses"])
    ]
    assert without == []


def gives_json(operation: Any) -> bool:
    """It can succeed, and with more than a file."""
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return any(media_type.endswith("json") for answer in answers for media_type in answer.get("content", {}))


def answered(app: Flask, session: scoped_session[Session], described: Described, *, known: Any) -> dict[str, Any]:
    """What was asked and answered, by the names of operations that are not ``known``."""
    number_anew(session)
    begun = utcnow()
    place, actors = open_place(session)
    named = {place.event.identifier: EVENT}
    api, found = Api(app.test_client()), {}
    for row in reversed(TABLE):
        operation = described.operations[row.method, described.template_of(row.rule)]
        actor = next((each for each in ("staff", *ACTORS) if row.answers.of(each, "published") == "ok"), "staff")
        url, document = row.request(place, actor)
        url += query(app, row, url)
        is_told = not described.wrong_body(row.method, row.rule, document)  # some rows say more, to see it ignored
        undone = session.connection().begin_nested()
        response = api.send(row.method, url, actors.get(actor), document, fresh=True)
        undone.rollback()
        if operation["operationId"] not in {*known, *NOT_HERE} and response.status_code < 300:
            found[operation["operationId"]] = seen(f"{row.method} {url}", document if is_told else None, response)
    told: dict[str, Any] = cut(stable(found, begun=begun, named=named, random=RANDOM | HERE))
    return told


def query(app: Flask, row: Row, url: str) -> str:
    """Asks for some attributes, unless a row is shown under its own address, or made."""
    endpoint, _ = app.url_map.bind("localhost").match(url.partition("?")[0], method=row.method)
    resource = getattr(app.view_functions[endpoint], "view_class", None)
    if resource is None or issubclass(resource, ResourceRelationship) or row.method in {"POST", "DELETE"}:
        return ""
    if row.method == "GET" and row.rule.endswith(("<id:id>", "<identifier:identifier>")):
        return ""
    names = [dasherized(name) for name in attribute_names(resource.schema) if name != "id"]
    return f"{'&' if '?' in url else '?'}fields[{resource.schema.opts.type_}]={','.join(names[:SHOWN])}"


def seen(asked: str, document: Any, response: Any) -> dict[str, Any]:
    """The example."""
    sent = {} if document is None else {"request": document}
    answers = {str(response.status_code): response.json} if response.is_json and response.data else {}
    return {"asked": asked, **sent, "answers": answers}


def cut(value: Any) -> Any:
    """Lists have one row, and texts are not long."""
    if isinstance(value, dict):
        return {name: cut(part) for name, part in value.items()}
    if isinstance(value, list):
        return [cut(part) for part in value[:1]]
    return value[:LONGEST] if isinstance(value, str) else value
