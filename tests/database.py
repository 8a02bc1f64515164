"""The PostgreSQL that the tests run on."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url, text

from app.config import Settings
from app.embedded import EmbeddedPostgres

CONNECTIONS = 200
"""Enough for the race tests, which sell from many connections at once."""


@contextmanager
def test_database_url() -> Iterator[str]:
    """The URL of ``TEST_DATABASE_URL``, or of a throw-away embedded server that is removed at the end.

    Of several processes on a given server each gets a database of its own: they would see each other's rows.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        url = Settings.from_environment({"DATABASE_URL": given}).required_database_url()
        if "PYTEST_XDIST_WORKER" not in os.environ:
            yield url
            return
        with new_database(url, "tests") as own_url:
            yield own_url
        return
    with temporary_folder() as folder:
        server = EmbeddedPostgres(folder / "postgresql", max_connections=CONNECTIONS, durable=False)
        url = server.start()
        try:
            yield url
        finally:
            server.stop()


test_database_url.__test__ = False  # type: ignore[attr-defined]  # its name is no test's, where it is imported


@contextmanager
def new_database(server_url: str, purpose: str) -> Iterator[str]:
    """The URL of an empty database on that server, removed at the end."""
    name = f"{purpose}_{uuid.uuid4().hex}"
    _administer(server_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that PostgreSQL can reach.

    pytest's own are no use for that: each of its sessions closes the folder above them to other users, and to root's
    PostgreSQL, which runs as another user, that is as if its files were gone.
    """
    with tempfile.TemporaryDirectory(prefix="test-database-") as folder:
        yield Path(folder)


def run(url: str | None, statement: str) -> list[Any]:
    """Commits one statement on a connection of its own; gives the first column of its rows."""
    assert url is not None
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return list(result.scalars()) if result.returns_rows else []


def _administer(server_url: str, statement: str) -> None:
    engine = create_engine(server_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
