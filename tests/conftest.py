"""A real PostgreSQL and the real application. What a test writes is rolled back after it."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import flask_migrate
import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask, has_app_context
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, scoped_session
from xdist.scheduler import LoadScopeScheduling

from app import create_app, database
from app.config import Settings
from app.database import db
from app.services import passwords
from tests import conformance, factories
from tests.committed import Shop, shop
from tests.database import test_database_url
from tests.factories import World
from tests.http import Api, ApiClient
from tests.moulds import Mould
from tests.transactions import rolled_back, undone

hypothesis.settings.register_profile("suite", deadline=None)  # what properties ask is not how long an example takes
hypothesis.settings.load_profile("suite")

MOST_PROCESSES = 8
"""Each has a PostgreSQL of its own; more would wait for the longest file."""

TIMED = {
    "test_audit_chain",
    "test_batch_faults",
    "test_benchmarks",
    "test_bulk",
    "test_count_races",
    "test_door_simulator",
    "test_embedded",
    "test_fault_matrix",
    "test_faults",
    "test_foreign_clients",
    "test_idempotency_faults",
    "test_live",
    "test_login_attack",
    "test_races",
    "test_replica",
    "test_running",
    "test_scan_races",
    "test_schemathesis",
    "test_serving",
    "test_upgrade",
}
"""Files that measure time, start and kill servers, or race: all in one process, so that no two run at once."""


LONG = {"test_access", "test_fuzz", "test_order_changes", "test_reach"}
"""Files that take longest: handed out in shares."""

SHARES = 16


class ByFile(LoadScopeScheduling):
    """Hands whole files to the processes, since a file's tests share its fixtures; the timed ones together, the long
    ones in shares."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if Path(file).stem in TIMED:
            return "timed"
        return f"{file} {crc32(nodeid.encode()) % SHARES}" if Path(file).stem in LONG else file


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(conformance.Counted())


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process each core; none but this one where files are named, or ``-s`` wants to see what they print."""
    if config.option.capture == "no" or any(".py" in argument for argument in config.args):
        return 0
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: begun last, it would keep one process busy while the others are idle. Files of
    one folder are about one layer, and short; those that stand beside the folders are about the whole."""
    items.sort(key=lambda item: (item.path.stem not in TIMED, item.path.stem not in LONG, len(item.path.parts)))


TRUE_HASHER = passwords._hasher


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """What a hash costs is no matter, but for who asks for `true_hashes`; servers that are started have their own."""
    with hashing_with(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture(scope="module")
def true_hashes(quick_hashes: None) -> Iterator[None]:
    """Hashes that cost what they do in production."""
    with hashing_with(TRUE_HASHER):
        yield


@contextmanager
def hashing_with(hasher: PasswordHasher) -> Iterator[None]:
    """Passwords are hashed by this one, those that are kept ready, too."""
    kept = (passwords._nobodys_hash, factories._hash)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", hasher)
        for function in kept:
            function.cache_clear()
        yield
    for function in kept:
        function.cache_clear()


CHANGES = re.compile(
    r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM|FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE|pg_advisory\w+)\b"
)


@pytest.fixture(scope="session", autouse=True)
def reads_change_nothing() -> Iterator[None]:
    """Requests that only read have no transaction: what one changed would stay, and what it locked would be free."""

    def require_none(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        reads = has_app_context() and db.session.info.get(database._READS)
        assert not (reads and CHANGES.search(statement)), statement

    event.listen(Engine, "before_cursor_execute", require_none, insert=True)  # before it is made a plan's name
    yield
    event.remove(Engine, "before_cursor_execute", require_none)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A server for the whole run, whose first database has the current schema."""
    with test_database_url() as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for the test database; nothing is read from the environment."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    return Settings(database_url=database_url, data_dir=data_dir, logins_per_minute=1_000_000)  # nobody counts tests


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


@pytest.fixture(scope="module")
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The application on a database of the file's own, where everything is really committed."""
    with shop(database_url, tmp_path_factory.mktemp("store")) as opened:
        yield opened


@pytest.fixture(scope="module")
def all_adds_up(store: Shop) -> Iterator[None]:
    """However the tests of a file end, everything in its store adds up."""
    yield
    assert store.findings() == []


@pytest.fixture
def session(app: Flask) -> Iterator[scoped_session[Session]]:
    """The session; whatever the test and the requests in it commit is rolled back after it."""
    with undone() if has_app_context() else rolled_back(app) as session:
        yield session


@pytest.fixture(scope="session")
def world_mould(app: Flask) -> Mould:
    """The world is made once for all tests, and cast for each."""
    with rolled_back(app) as session:
        return Mould(session, World)


@pytest.fixture
def world(world_mould: Mould, session: scoped_session[Session]) -> World:
    """A published event with tickets and one person for each role."""
    return world_mould.cast(session)


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
