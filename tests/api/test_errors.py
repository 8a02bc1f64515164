"""Every error is a JSON:API error document; a database that is locked, slow or gone is 503 with ``Retry-After``."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import psycopg2
import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DatabaseError

from app import create_app
from app.api.jsonapi.errors import CONSTRAINTS, as_object, refusal
from app.config import Settings
from app.database import session
from app.errors import DomainError, Invalid, SoldOut
from tests.database import run
from tests.factories import World
from tests.http import Api, error_codes, resource
from tests.processes import wait_until


def test_an_unknown_address(api: Api):
    for url in (
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/events/1/nothing",
        f"/v1/events/{'9' * 30}",
        "/v1/events/%00",
        "/v1/events/-",
    ):
        response = api.get(url)
        assert response.status_code == 404, url
        assert error_codes(response) == ["not-found"]
    assert "/v1/nothing" in api.get("/v1/nothing").json["errors"][0]["detail"]


def test_every_address_names_the_methods_that_it_has(app: Flask, api: Api):
    """A method that is not offered is 405 with ``Allow``, also where several resources share the rest of an address."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        url = re.sub(r"<id:\w+>", "1", re.sub(r"<(identifier:)?\w+>", "a1", str(rule)))
        offered = set(adapter.allowed_methods(url))
        for method in {"GET", "POST", "PATCH", "DELETE", "PUT"} - offered:
            response = api.send(method, url)
            assert response.status_code == 405, (method, url)
            assert error_codes(response) == ["method-not-allowed"]
            assert set(response.headers["Allow"].split(", ")) == offered


def test_a_row_that_is_not_there(api: Api, world: World):
    for url, parameter in (
        ("/v1/events/999999", "id"),
        ("/v1/events/a1b2c3d4", "identifier"),
        ("/v1/tickets/999999", "id"),
        ("/v1/events/999999/tracks", "event_id"),
        ("/v1/events/a1b2c3d4/tracks", "event_identifier"),
        ("/v1/tracks/999999/event", "track_id"),
    ):
        response = api.get(url, world.staff)
        assert response.status_code == 404
        assert error_codes(response) == ["not-found"]
        assert response.json["errors"][0]["source"] == {"parameter": parameter}


def test_nobody_and_a_stranger(api: Api, world: World):
    document = resource("track", {"name": "x", "color": "#000000"}, event=world.event)
    nobody = api.post("/v1/tracks", document)
    assert (nobody.status_code, error_codes(nobody)) == (401, ["not-logged-in"])
    stranger = api.post("/v1/tracks", document, world.stranger)
    assert (stranger.status_code, error_codes(stranger)) == (403, ["forbidden"])


def test_who_may_not_is_told_whom_to_ask(api: Api, world: World):
    """Nobody at an event has a say in what belongs to the server."""
    track = resource("track", {"name": "x", "color": "#000000"}, event=world.event)
    refused = {
        api.post("/v1/tracks", track, world.stranger): "an organizer",
        api.get(f"/v1/users/{world.buyer.id}", world.organizer): "the server's staff",
        api.get("/v1/users", world.organizer): "the server's staff",
        api.post("/v1/pages", resource("page", {"name": "x", "url": "/x"}), world.owner): "the server's staff",
    }
    for response, whom in refused.items():
        assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
        assert f"Ask {whom}" in response.json["errors"][0]["detail"]


@pytest.mark.parametrize("header", ["Bearer abc", "JWT abc", "JWT a.b.c", "nonsense", "JWT \xff"])
def test_a_bad_token_is_401(api: Api, header: str):
    response = api.client.get("/v1/events", headers={"Authorization": header})
    assert response.status_code == 401
    assert error_codes(response) == ["not-logged-in"]


@pytest.mark.parametrize("header", ["JWT null", "JWT undefined", "JWT", ""])
def test_no_token_is_nobody(api: Api, header: str):
    assert api.client.get("/v1/events", headers={"Authorization": header}).status_code == 200


def test_every_answer_has_a_request_id(api: Api):
    given = api.client.get("/v1/nothing", headers={"X-Request-Id": "abc-1"})
    assert given.headers["X-Request-Id"] == "abc-1"
    unusable = api.client.get("/v1/nothing", headers={"X-Request-Id": "a b\x7f"})
    assert re.fullmatch("[0-9a-f]{32}", unusable.headers["X-Request-Id"])


def test_an_error_object():
    shown = as_object(SoldOut("Short", ticket_id=7, requested=4, available=3, pointer="/data"))
    assert shown == {
        "status": "409",
        "code": "sold-out",
        "title": "Sold out",
        "detail": "Short",
        "source": {"pointer": "/data"},
        "meta": {"ticket-id": "7", "requested": 4, "available": 3},
    }
    assert as_object(Invalid("x", parameter="sort"))["source"] == {"parameter": "sort"}
    assert as_object(Invalid("x")) == {
        "status": "422",
        "code": "invalid",
        "title": "Validation error",
        "detail": "x",
        "source": {},
    }


def test_the_codes_differ():
    """Clients tell refusals apart by their codes."""
    kinds: list[type[DomainError]] = [DomainError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    codes = [kind.code for kind in kinds if "code" in vars(kind)]
    assert len(codes) == len(set(codes)) > 15


def test_the_constraints_that_have_words_exist(app: Flask, database_url: str):
    """Else a lost race would be told in the database's words."""
    assert CONSTRAINTS.keys() <= set(run(database_url, "SELECT relname FROM pg_class WHERE relkind = 'i'"))


def test_an_unexpected_error_is_logged_and_tells_nothing(settings: Settings, caplog: pytest.LogCaptureFixture):
    app = create_app(settings)

    secret = uuid.uuid4().hex

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError(secret)

    response = app.test_client().get("/broken")
    assert response.status_code == 500
    assert error_codes(response) == ["internal"]
    assert secret not in response.text
    assert "unexpected error: RuntimeError in GET /broken" in caplog.text
    assert "in broken" in caplog.text, "the stack says where"
    assert secret not in caplog.text, "its words may be a guest's"


@contextmanager
def locked(database_url: str, table: str) -> Iterator[None]:
    """Another connection keeps everybody from the table."""
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield


def require_busy(response: Any) -> None:
    assert response.status_code == 503, response.json
    assert error_codes(response) == ["busy"]
    assert int(response.headers["Retry-After"]) > 0


SIGN_UP = resource("user", {"email": "new@example.org", "password": "correct horse"})


@pytest.mark.parametrize("limit", ["lock_timeout_ms", "statement_timeout_ms"])
def test_a_lock_that_somebody_else_holds(app: Flask, settings: Settings, database_url: str, limit: str):
    client = Api(create_app(replace(settings, **{limit: 50})).test_client())
    with locked(database_url, "users, events"):
        require_busy(client.get("/v1/events"))
        require_busy(client.post("/v1/users", SIGN_UP))
    assert client.get("/v1/events").status_code == 200
    assert run(database_url, "SELECT count(*) FROM users WHERE email = 'new@example.org'") == [0]


def test_a_connection_that_dies_in_a_request(app: Flask, settings: Settings, database_url: str):
    client = Api(create_app(settings).test_client())
    answers: list[Any] = []
    with locked(database_url, "events"):
        waiting = Thread(target=lambda: answers.append(client.get("/v1/events")))
        waiting.start()
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: run(database_url, kill) == [True])
        waiting.join(10)
    require_busy(answers[0])
    assert client.get("/v1/events").status_code == 200


@pytest.mark.parametrize(
    ("sqlstate", "status"),
    [
        ("53100", 503),  # disk full
        ("58030", 503),  # the disk fails
        ("XX000", 503),  # a file cannot be extended, for another reason than a full disk
        ("25006", 503),  # it may only be read
        ("54000", 422),  # more than it can ever hold
        ("42804", 500),  # our statement is wrong
        ("25P02", 500),  # and so is what we do after an error
    ],
)
def test_what_the_database_says_of_itself_is_told_apart_from_our_faults(settings: Settings, sqlstate: str, status: int):
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> str:
        session().execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"))
        return "well"

    response = app.test_client().get("/broken")
    assert response.status_code == status
    assert (response.headers.get("Retry-After") is not None) == (status == 503)


@pytest.mark.parametrize(("is_lost", "status"), [(True, 503), (False, 500)])
def test_a_connection_lost_in_the_middle_of_an_answer(app: Flask, is_lost: bool, status: int):
    """The driver has no better class for it than that of all errors."""
    error = DatabaseError("SELECT", None, psycopg2.DatabaseError("closed"), connection_invalidated=is_lost)
    with app.test_request_context("/v1/events"):
        assert refusal(error).status == status


def test_connections_that_died_between_requests_cost_nothing(app: Flask, settings: Settings, database_url: str):
    """The database was restarted."""
    client = Api(create_app(replace(settings)).test_client())
    assert client.get("/v1/events").status_code == 200
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'"
    assert run(database_url, f"SELECT pg_terminate_backend(pid, 5000) {others}")  # waits until they are gone
    assert client.get("/v1/events").status_code == 200


def test_no_database_at_all(settings: Settings):
    nowhere = replace(settings, database_url="postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    client = Api(create_app(nowhere).test_client())
    require_busy(client.get("/v1/events"))
    require_busy(client.post("/v1/users", SIGN_UP))
    assert client.get("/v1/nothing").status_code == 404
