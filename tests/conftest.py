"""A real PostgreSQL and the real application. What a test writes is rolled back after it."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session, scoped_session

from app import create_app
from app.config import Settings
from app.database import db
from tests.database import test_database_url
from tests.factories import World
from tests.http import Api


class ApiClient(FlaskClient):
    """A client whose requests run, as in production, in nobody else's application context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A server for the whole run, whose first database has the current schema."""
    with test_database_url() as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for the test database; nothing is read from the environment."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    return Settings(database_url=database_url, data_dir=data_dir)


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """The application on a migrated database."""
    app = create_app(settings)
    app.test_client_class = ApiClient
    with app.app_context():
        flask_migrate.upgrade()
        # The test's transaction stays open around the application's commits and rollbacks.
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    return app


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """The session; whatever the test and the requests in it commit is rolled back after it."""
    with app.app_context():
        engines, engine = db.engines, db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection  # type: ignore[assignment]  # Flask-SQLAlchemy ignores a bind= on the session
            try:
                yield db.session
            finally:
                db.session.remove()
                engines[None] = engine
                outer.rollback()


@pytest.fixture
def world(session: scoped_session[Session]) -> World:
    """A published event with tickets and one person for each role."""
    return World(session)


@pytest.fixture
def api(app: Flask, session: scoped_session[Session]) -> Api:
    """Speaks JSON:API to the application as one person or another."""
    return Api(app.test_client(), session)


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """A context manager that gives the list of SQL statements sent within it (savepoints of the test apart)."""

    @contextmanager
    def counted() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "SAVEPOINT" not in statement:
                statements.append(statement)

        engine = db.engines[None]
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counted
