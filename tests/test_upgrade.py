"""An upgrade without closing the doors, and the way back: the previous release works on the new schema, and both work
beside each other. The previous release is the one packed in tests/releases."""

import itertools
import json
import os
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask_migrate
import pytest

from app import create_app
from app.config import Settings
from app.database import db
from app.demo import ACCOUNTS
from tests.committed import Answer, Shop
from tests.database import new_database
from tests.gunicorns import ask, at_work, gunicorn
from tests.http import resource
from tests.processes import wait_until
from tests.servers import PROJECT, environment

LEAST = int(os.environ.get("UPGRADE_ANSWERS", "5"))
"""So many answers of each kind come from each server, at least, while something happens."""

MOST = 80
"""Sales at each server, at most, while something happens: the demo event has so many seats in all."""

PAUSE = 0.03
"""Seconds that each takes before he does the next thing."""

LONGEST = Settings.lock_timeout_ms / 1000
"""No request waits longer for a lock."""

BUSY = 3
"""Seconds that an answer may take besides, on a machine that does other things too."""

EXPECTED = {"sale": {201}, "scan": {200, 201, 409}, "check": {200, 422}, "read": {200}}
"""Besides 503: see `Answered`. A second scan of who is inside is 409, and both servers scan the same guests."""


@dataclass(frozen=True)
class Answered:
    """What a server has said, and after how many seconds."""

    kind: str
    port: int
    seconds: float
    answer: Answer = field(repr=False)

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def number(self) -> int:
        """The id of what was made."""
        return int(self.answer.data["id"])


class Town:
    """The demo event of the previous release, and whoever sells, scans and reads there."""

    def __init__(self, store: Shop, demo: dict[str, Any]):
        self.store = store
        self.event_id: int = demo["event_id"]
        self.free_id: int = demo["ticket_ids"][0]
        self.answers: list[Answered] = []
        self.orders_before = store.count("SELECT count(*) FROM orders")
        self.guests = store.rows("SELECT id FROM ticket_holders ORDER BY id LIMIT 8")
        self._numbers = itertools.count(1)

    def log_in(self, port: int) -> None:
        email, password = ACCOUNTS["registrar"]
        answer = ask(port, "POST", "/auth/session", document={"email": email, "password": password})
        self.token: str = answer.document["access_token"]

    @contextmanager
    def at_work(self, *ports: int) -> Iterator[None]:
        """At each server somebody sells, two scan and one reads, until the block ends and all have done something."""
        done, turns = list[Answered](), Counter[int]()
        jobs: tuple[Callable[[int], Answered], ...] = (self._sell, self._scan, self._check, self._read)
        places = [(job, port) for port in ports for job in jobs]

        def turn(index: int) -> None:
            job, port = places[index]
            if job != self._sell or turns[index] < MOST:
                done.append(job(port))
            turns[index] += 1
            time.sleep(PAUSE)

        with at_work(len(places), turn) as is_over:
            yield
            wait_until(lambda: _all_have_done_something(done, ports) or is_over(), 60)
        self.answers += done
        assert _all_have_done_something(done, ports)
        for answered in done:
            _require_sense(answered)

    def _send(self, kind: str, port: int, method: str, url: str, document: Any = None) -> Answered:
        began = time.monotonic()
        answer = ask(port, method, url, self.token, document)
        return Answered(kind, port, time.monotonic() - began, answer)

    def _sell(self, port: int) -> Answered:
        items = [{"id": self.free_id, "quantity": 1}]
        document = resource("order", {"on-site-tickets": items})
        document["data"]["relationships"] = {"event": {"data": {"type": "event", "id": str(self.event_id)}}}
        return self._send("sale", port, "POST", "/v1/orders?onsite=true", document)

    def _scan(self, port: int) -> Answered:
        number = next(self._numbers)
        guest, direction = self._next(number)
        attributes = {"direction": direction, "device": f"Phone {port}", "client-uuid": f"scan-{number}"}
        document = resource("movement", attributes)
        document["data"]["relationships"] = {"attendee": {"data": {"type": "attendee", "id": str(guest)}}}
        return self._send("scan", port, "POST", f"/v1/events/{self.event_id}/movements", document)

    def _check(self, port: int) -> Answered:
        guest, direction = self._next(next(self._numbers))
        attributes = {"is-checked-in" if direction == "in" else "is-checked-out": True}
        return self._send("check", port, "PATCH", f"/v1/attendees/{guest}", resource("attendee", attributes, id_=guest))

    def _read(self, port: int) -> Answered:
        pages = ("attendees?include=order,ticket", "occupancy", "orders", "movements", "tickets")
        return self._send("read", port, "GET", f"/v1/events/{self.event_id}/{pages[next(self._numbers) % len(pages)]}")

    def _next(self, number: int) -> tuple[int, str]:
        turn, place = divmod(number, len(self.guests))
        return self.guests[place], "out" if turn % 2 else "in"

    def require_nothing_lost(self) -> None:
        """Every sale and scan that was acknowledged is there, once, and nothing else was sold."""
        sold = [answer.number for answer in self.answers if (answer.kind, answer.status) == ("sale", 201)]
        listed = ", ".join(map(str, sold))
        assert len(set(sold)) == len(sold) == self.store.count(f"SELECT count(*) FROM orders WHERE id IN ({listed})")
        assert self.store.count("SELECT count(*) FROM orders") == self.orders_before + len(sold)
        guests = f"SELECT count(*) FROM ticket_holders WHERE order_id IN ({listed}) AND deleted_at IS NULL"
        assert self.store.count(guests) == len(sold)
        scanned = [answer.number for answer in self.answers if (answer.kind, answer.status) == ("scan", 201)]
        listed = ", ".join(map(str, scanned))
        assert len(set(scanned)) == len(scanned)
        assert self.store.count(f"SELECT count(*) FROM movements WHERE id IN ({listed})") == len(scanned)


def _all_have_done_something(done: list[Answered], ports: tuple[int, ...]) -> bool:
    counted = Counter((answer.kind, answer.port) for answer in list(done) if answer.status != 503)
    return all(counted[kind, port] >= LEAST for kind in EXPECTED for port in ports)


def _require_sense(answered: Answered) -> None:
    """A server under a migration may be busy, says so in time, and says when to come again."""
    assert answered.seconds < LONGEST + BUSY, answered
    if answered.status == 503:
        assert answered.answer.headers["Retry-After"], answered
    else:
        assert answered.status in EXPECTED[answered.kind], (answered, answered.answer.document)


def manage(release: Path, store: Shop, *arguments: str) -> str:
    """What a command of a release prints."""
    variables = environment(store.app.config["SETTINGS"].data_dir, DATABASE_URL=store.url)
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, check=False, cwd=release, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the previous release."""
    [packed] = (PROJECT / "tests" / "releases").glob("*.tar.xz")
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(packed) as archive:
        archive.extraction_filter = lambda member, _path: member  # ours; without it newer Pythons warn
        archive.extractall(folder)
    return folder


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """An empty database, and the application of today, which has not touched it."""
    with new_database(database_url, "upgrade") as url:
        app = create_app(Settings(database_url=url, data_dir=tmp_path))
        yield Shop(app, url)
        with app.app_context():
            db.engine.dispose()


def test_both_releases_work_through_an_upgrade_and_back(
    store: Shop, previous: Path, capsys: pytest.CaptureFixture[str]
):
    manage(previous, store, "db", "upgrade")
    town = Town(store, json.loads(manage(previous, store, "demo", "--json")))
    [head] = store.rows("SELECT version_num FROM alembic_version")
    size = {"workers": 1, "threads": 4}
    with gunicorn(store, release=previous, **size) as (old, _):
        town.log_in(old)
        with town.at_work(old), store.app.app_context():
            flask_migrate.upgrade()
        with gunicorn(store, **size) as (new, _), town.at_work(old, new):
            pass
        assert store.findings() == []
        with town.at_work(old), store.app.app_context():
            flask_migrate.downgrade(revision=head)
        with town.at_work(old):
            assert store.rows("SELECT version_num FROM alembic_version") == [head]
    assert manage(previous, store, "integrity") == "Everything adds up.\n"
    town.require_nothing_lost()
    with capsys.disabled():
        counted = Counter((answer.kind, answer.status) for answer in town.answers)
        slowest = max(answer.seconds for answer in town.answers)
        print(f"\nupgrade and back: {dict(sorted(counted.items()))}, slowest answer {slowest:.2f} s")
