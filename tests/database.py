"""The PostgreSQL that the tests run on."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from app.config import Settings
from app.embedded import EmbeddedPostgres

CONNECTIONS = 200
"""Enough for the race tests, which sell from many connections at once."""


@contextmanager
def test_database_url() -> Iterator[str]:
    """The URL of ``TEST_DATABASE_URL``, or of a throw-away embedded server that is removed at the end."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Settings.from_environment({"DATABASE_URL": given}).required_database_url()
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
