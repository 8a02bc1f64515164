"""What those are told who watch over the server, whatever has become of its database."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session, scoped_session

from app import create_app, stopping
from app.config import Settings
from app.soundings import PATIENCE_SECONDS
from tests.database import new_database, run
from tests.http import Api

GOOD = {"running": True, "database": True, "schema": True}
AWAY = {"running": True, "database": False, "schema": False}


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Where somebody takes connections, and says nothing."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(50)
        yield f"postgresql+psycopg2://nobody@127.0.0.1:{mute.getsockname()[1]}/nothing"


def told(url: str) -> tuple[int, object]:
    response = create_app(Settings(database_url=url, secret_key="k" * 32)).test_client().get("/readyz")
    assert response.json is not None
    assert response.json["ready"] == (response.status_code == 200)
    assert ("Retry-After" in response.headers) == (response.status_code == 503)
    return response.status_code, response.json["checks"]


def test_a_server_that_works_is_ready(api: Api):
    response = api.client.get("/readyz")
    assert (response.status_code, response.json) == (200, {"ready": True, "checks": GOOD})
    assert response.headers["Cache-Control"] == "no-store"


def test_it_lives_and_is_not_ready_without_a_database():
    url = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
    assert create_app(Settings(database_url=url, secret_key="k" * 32)).test_client().get("/healthz").json == {
        "healthy": True
    }
    assert told(url) == (503, AWAY)


def test_a_database_that_hangs_holds_one_thread_and_nobody_for_long(silent_url: str):
    client_of = create_app(Settings(database_url=silent_url, secret_key="k" * 32)).test_client
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client_of().get("/readyz"), range(4)))
    assert time.monotonic() - began < PATIENCE_SECONDS + 1
    assert {answer.status_code for answer in answers} == {503}
    assert [thread.name for thread in threading.enumerate()].count("sounding") == 1


def test_a_schema_that_is_behind_is_not_enough_and_a_newer_one_is(database_url: str):
    """During an upgrade the former release goes on."""
    behind = GOOD | {"schema": False}
    with new_database(database_url, "probes") as url:
        assert told(url) == (503, behind)
        run(url, "CREATE TABLE alembic_version AS SELECT '6f0d92b7c1e5' AS version_num")
        assert told(url) == (503, behind)
        run(url, "UPDATE alembic_version SET version_num = 'of-tomorrow'")
        assert told(url) == (200, GOOD)


def test_a_server_that_is_about_to_stop_is_not_ready(api: Api):
    stopping._told[0] = 1
    try:
        response = api.client.get("/readyz")
    finally:
        stopping._told[0] = 0
    assert (response.status_code, response.json["checks"]) == (503, GOOD | {"running": False})
    assert api.client.get("/healthz").status_code == 200


def test_probes_do_not_fill_the_log(api: Api, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", logger="app.access")
    for path in ("/healthz", "/readyz", "/metrics"):
        api.client.get(path)
    assert caplog.records == []
    caplog.set_level("DEBUG", logger="app.access")
    api.client.get("/healthz")
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]


def test_a_probe_costs_one_statement(api: Api, session: scoped_session[Session], count_queries):
    api.client.get("/readyz")
    with count_queries() as statements:
        api.client.get("/readyz")
    assert statements == ["SELECT version_num FROM alembic_version"]
