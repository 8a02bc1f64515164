"""A database of its own, where everything is really committed: for races and faults."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import flask_migrate
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import text

from app import create_app
from app.config import Settings
from app.database import db
from app.models import User
from app.services import integrity
from tests.database import new_database, run
from tests.factories import World
from tests.http import MEDIA_TYPE, ApiClient

SELLERS = 16
"""As many at once; each has a connection of its own."""

PATIENCE = 30
"""Seconds after which something that never comes fails a test instead of stopping it."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What one request got."""

    status: int
    document: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def data(self) -> dict[str, Any]:
        return self.document["data"]

    @property
    def is_replayed(self) -> bool:
        return self.document.get("meta", {}).get("replayed", False)


class Shop:
    """The application on a database where nothing is rolled back, and an event in it."""

    def __init__(self, app: Flask, url: str):
        self.app = app
        self.url = url

    def open(self) -> World:
        """A new event with tickets and people, committed."""
        with self.app.app_context():
            world = World(db.session)
            db.session.commit()
            db.session.remove()
        return world

    @contextmanager
    def stocking(self) -> Iterator[Any]:
        """A session whose changes are committed at the end; rows stay readable afterwards."""
        with self.app.app_context():
            yield db.session
            db.session.commit()
            db.session.remove()

    def token(self, user: User) -> str:
        """Made ahead, so that threads do nothing but their request."""
        epoch = self.count(f"SELECT token_epoch FROM users WHERE id = {user.id}")
        with self.app.app_context():
            return create_access_token(user.id, additional_claims={"epoch": epoch})

    def send(
        self,
        method: str,
        url: str,
        token: str,
        document: Any,
        *,
        key: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """One request, in no context but its own; ``key`` is its ``Idempotency-Key``."""
        named = {"Authorization": f"JWT {token}"} | ({"Idempotency-Key": key} if key else {}) | dict(headers)
        response = self.app.test_client().open(
            url, method=method, headers=named, json=document, content_type=MEDIA_TYPE
        )
        return Answer(response.status_code, response.json, response.headers, response.data)

    def meanwhile(self, change: str, work: Callable[[], Result]) -> Result:
        """What comes of ``work`` that has to wait for a change, which is committed when it waits."""
        waits = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        with ThreadPoolExecutor(1) as pool:
            with self.stocking() as stock:
                stock.execute(text(change))
                begun = pool.submit(work)
                deadline = time.monotonic() + PATIENCE
                while not self.rows(f"SELECT pid {waits}"):
                    assert time.monotonic() < deadline, "nobody waits"
            return begun.result()

    def rows(self, statement: str) -> list[Any]:
        """The first column of what a statement finds, on a connection that the application does not know."""
        return run(self.url, statement)

    def count(self, statement: str) -> int:
        """The one number that a statement finds."""
        [number] = self.rows(statement)
        return int(number)

    def findings(self) -> list[str]:
        """What the recount of the whole database finds."""
        with self.app.app_context():
            return [finding.text for finding in integrity.report()]

    def deadlocks(self) -> int:
        """How many deadlocks PostgreSQL has broken in this database, also those that a retry has hidden."""
        with self.app.app_context():
            db.engine.dispose()  # backends report what they have counted when they end, at the latest
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        deadline = threading.Event()
        for _ in range(PATIENCE * 50):
            if not self.rows(f"SELECT pid {others}"):
                break
            deadline.wait(0.02)
        return self.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@contextmanager
def shop(server_url: str, data_dir: Path) -> Iterator[Shop]:
    """A migrated database on the test server, with its application; removed at the end."""
    with new_database(server_url, "shop") as url:
        app = create_app(Settings(database_url=url, data_dir=data_dir, threads=SELLERS + 4))
        app.test_client_class = ApiClient
        with app.app_context():
            flask_migrate.upgrade()
        try:
            yield Shop(app, url)
        finally:
            with app.app_context():
                db.engine.dispose()


def settle(store: Shop) -> None:
    """Waits until all that is committed may be read: others' transactions on the same server hold it back."""
    written = store.count("SELECT pg_current_xact_id()::text::bigint")
    for _ in range(PATIENCE * 100):
        if store.count("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint") > written:
            return
        time.sleep(0.01)
    raise AssertionError("a transaction on this server does not end")


def at_once(number: int, work: Callable[[int], Result]) -> list[Result]:
    """The results of ``work(0)`` to ``work(number - 1)``, all begun at the same moment."""
    gate = threading.Barrier(number, timeout=PATIENCE)

    def begin(index: int) -> Result:
        gate.wait()
        return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))
