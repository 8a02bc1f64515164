"""What the log says, and what it never does."""

import io
import json
import logging
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine
from gunicorn.workers.base import Worker

from app import create_app, logs
from app.clock import parse_instant
from app.config import Settings
from tests.factories import World
from tests.http import Api


@pytest.fixture
def written() -> Any:
    """The lines that `app.access` and `app` write meanwhile, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.AsJson())
    log = logging.getLogger("app")
    before = log.level
    log.addHandler(handler)
    log.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.setLevel(before)
    log.removeHandler(handler)


def test_a_request_is_one_line_that_names_nobody(api: Api, world: World, written: Any):
    url = f"/v1/events/{world.event.id}/attendees?filter=[]&page%5Bsize%5D=1&q=Ada"
    response = api.client.get(
        url, headers={"Authorization": api.authorization(world.organizer), "X-Request-Id": "abc-1"}
    )
    assert response.status_code == 200
    [line] = written()
    assert parse_instant(line.pop("time"))
    assert line.pop("ms") > 0
    assert line.pop("statements") > 1
    assert line == {
        "level": "INFO",
        "logger": "app.access",
        "request": "abc-1",
        "message": "request",
        "actor": f"user:{world.organizer.id}",
        "method": "GET",
        "route": "/v1/events/<id:event_id>/attendees",
        "status": 200,
        "refusals": [],
        "bytes": len(response.data),
        "replayed": False,
    }


def test_statements_are_those_of_the_request(api: Api, world: World, written: Any, count_queries: Any):
    with count_queries() as statements:
        api.get(f"/v1/events/{world.event.id}", world.organizer)
    api.client.get("/v1/nothing/of/this?name=Ada")
    known, unknown = written()
    assert known["statements"] == len(statements) + 1, "and the test's savepoint"
    assert (unknown["statements"], unknown["route"], unknown["actor"]) == (0, "(no route)", None)
    assert unknown["refusals"] == ["not-found"]


def test_an_answer_that_was_given_before_is_marked(app: Flask, settings: Settings, written: Any):
    app = create_app(settings)
    app.add_url_rule("/again", view_func=lambda: ("", 200, {"Idempotent-Replayed": "true"}))
    app.test_client().get("/again")
    assert written()[0]["replayed"] is True


def test_an_exception_is_told_without_its_words():
    try:
        raise ValueError("Ada Lovelace")
    except ValueError:
        record = logging.LogRecord("app", logging.ERROR, __file__, 1, "it %s", ("broke",), sys.exc_info())
    for form in (logs.AsJson(), logs.AsText()):
        line = form.format(record)
        assert "it broke" in line
        assert "test_an_exception_is_told_without_its_words" in line, "the stack says where"
        assert "ValueError" in line
        assert "ValueError: Ada" not in line


def test_text_tells_the_same(api: Api, world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", logger="app.access")
    api.get(f"/v1/events/{world.event.id}", world.organizer)
    line = logs.AsText().format(caplog.records[-1])
    assert " INFO app.access request=- : request" not in line
    assert f"actor=user:{world.organizer.id} method=GET route=/v1/events/<id:id> status=200 refusals=[] ms=" in line


def test_json_unless_somebody_looks_on(monkeypatch: pytest.MonkeyPatch):
    settings = Settings()
    assert isinstance(logs.formatter(settings), logs.AsJson)
    assert isinstance(logs.formatter(replace(settings, log_format="text")), logs.AsText)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(logs.formatter(settings), logs.AsText)
    assert isinstance(logs.formatter(replace(settings, log_format="json")), logs.AsJson)


def test_gunicorn_does_not_quote_what_clients_have_sent(monkeypatch: pytest.MonkeyPatch):
    """Its own code for requests that it cannot read, and for those that fail beyond the application."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    config = Config()
    worker = SimpleNamespace(log=logs.GunicornLogger(config), cfg=config)
    request = SimpleNamespace(
        method="GET", uri="/v1/attendees?name=Ada", query="", body=None, version=(1, 1), headers=[]
    )
    monkeypatch.setattr("gunicorn.workers.base.util.write_error", lambda *_: None)
    for error in (InvalidRequestLine("GET /Ada"), ValueError("Ada")):
        try:
            raise error
        except Exception as raised:
            sent = None if isinstance(raised, InvalidRequestLine) else request
            Worker.handle_error(worker, sent, None, ("1.2.3.4", 1), raised)
    refused, failed = (json.loads(line) for line in stream.getvalue().splitlines())
    assert refused["message"] == "a client has sent what is no HTTP request"
    assert failed["message"] == "Error handling request"
    assert "Ada" not in stream.getvalue()
    assert "1.2.3.4" not in stream.getvalue()
