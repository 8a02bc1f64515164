"""What benchmarks stand on: a loaded event, applications under gunicorn, and a throw-away PostgreSQL.

It syncs to disk as in production; or it is a database made on the server of ``BENCH_DATABASE_URL``, and dropped at the
end. Everything stays on the loopback.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import flask_migrate
import orjson
import psutil
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import NullPool, create_engine, func, make_url, select, text, update

from app import create_app
from app.clock import utcnow
from app.config import Settings
from app.database import session, transaction
from app.embedded import EmbeddedPostgres
from app.models import TicketHolder
from app.models.users_events_roles import REGISTRAR, ROLES
from app.services import events, integrity, orders, tickets, users, users_events_roles
from app.services.orders import Item
from benchmarks.load import Refused, Round, drive, encoded

PROJECT = Path(__file__).resolve().parent.parent

GUESTS = 1000
GUESTS_PER_ORDER = 10
TICKETS = 8
"""Orders go to so many tickets in turn: with one, sellers would wait for each other's commit, ours and the floor's."""

START_SECONDS = 30


@dataclass(frozen=True)
class Bench:
    """The loaded database: whom requests come from, and what they are about."""

    app: Flask
    token: str
    event_id: int
    ticket_ids: list[int]
    guest_ids: list[int]


class Server:
    """An application under gunicorn."""

    def __init__(self, name: str, application: str, environment: dict[str, str], log: Path):
        self.name = name
        self.port = _free_port()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_config", application],
                cwd=PROJECT,
                env=os.environ | environment | {"HOST": "127.0.0.1", "PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._log = log

    def wait_until_it_listens(self) -> None:
        """Returns when connections are accepted. Raises `Refused` when they are not, in time."""
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise Refused(f"gunicorn does not serve {self.name}:\n{self._log.read_text()}")

    def measure(self, requests: Iterator[bytes], seconds: float) -> Round:
        """A round, with the processor time that the web processes spent on it."""
        before = self._cpu_seconds()
        measured = drive(self.port, requests, seconds=seconds)
        measured.cpu_seconds = self._cpu_seconds() - before
        return measured

    def stop(self) -> None:
        """Ends gunicorn and its workers."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _cpu_seconds(self) -> float:
        master = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (master, *master.children(recursive=True))]
        return sum(each.user + each.system for each in times)


def check_outs(bench: Bench) -> Iterator[bytes]:
    """One for each guest, who is inside."""
    for guest_id in bench.guest_ids:
        data = {"type": "attendee", "id": str(guest_id), "attributes": {"is-checked-out": True}}
        yield encoded("PATCH", f"/v1/attendees/{guest_id}", bench.token, orjson.dumps({"data": data}))


def everybody_inside(bench: Bench) -> None:
    """As if every guest had come in an hour ago, and nothing else had ever happened."""
    with bench.app.app_context(), transaction():
        session().execute(text("TRUNCATE movements CASCADE"))
        session().execute(
            text(
                "INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, source, verdict) "
                "SELECT event_id, id, 'in', now() - interval '1 hour', now(), 'patch', 'accepted' "
                "FROM ticket_holders WHERE id = ANY(:ids)"
            ),
            {"ids": bench.guest_ids},
        )
        _count_who_is_inside()
        session().execute(
            text(
                "UPDATE ticket_holders SET is_checked_in = true, is_checked_out = false, checkout_times = NULL, "
                "device_name_checkin = '-', checkin_times = :entered WHERE id = ANY(:ids)"
            ),
            {
                "ids": bench.guest_ids,
                "entered": session().scalar(text("SELECT min(occurred_at) FROM movements")).isoformat(),
            },
        )


def _count_who_is_inside() -> None:
    session().execute(text("TRUNCATE occupancy_counts"))
    session().execute(
        text(
            "INSERT INTO occupancy_counts (event_id, slot, entries, exits) SELECT event_id, 0, "
            "count(*) FILTER (WHERE direction = 'in'), count(*) FILTER (WHERE direction = 'out') "
            "FROM movements GROUP BY event_id"
        )
    )


def require_same_work(bench: Bench) -> None:
    """Raises `Refused` when what was written does not add up."""
    with bench.app.app_context():
        with transaction():
            _count_who_is_inside()  # the floor writes movements and counts nobody
        findings = [finding.text for finding in integrity.report()]
    if findings:
        raise Refused(f"What was written does not add up, so the numbers are void: {'; '.join(findings)}")


@contextmanager
def server_url(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL: the given one, or an embedded one in ``folder``."""
    given = os.environ.get("BENCH_DATABASE_URL")
    if given:
        yield Settings.from_environment({"DATABASE_URL": given}).required_database_url()
        return
    server = EmbeddedPostgres(folder / "postgresql")
    url = server.start()
    try:
        yield url
    finally:
        server.stop()


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The address of an empty database, dropped at the end."""
    name = f"bench_{secrets.token_hex(6)}"
    _administer(server_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def load(settings: Settings) -> Bench:
    """The application on a migrated database with an event in it."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            bench = _fill(app)
        _administer(settings.required_database_url(), "VACUUM ANALYZE")
    return bench


def _fill(app: Flask) -> Bench:
    """A published event with guests who have a name and an address, and a registrar."""
    owner, registrar = (
        users.create_account(email=f"{name}@bench.example", password=secrets.token_hex(8), is_verified=True)
        for name in ("owner", "registrar")
    )
    now = utcnow()
    event = events.create(
        {
            "name": "Bench",
            "starts_at": now - timedelta(days=1),
            "ends_at": now + timedelta(days=3),
            "timezone": "UTC",
            "state": "published",
            "can_pay_onsite": True,
        },
        owner_id=owner.id,
    )
    role_id, _ = ROLES[REGISTRAR]
    users_events_roles.create(event_id=event.id, user_id=registrar.id, role_id=role_id, may_name_heads=False)
    offers = [
        tickets.create(
            event,
            {
                "event_id": event.id,
                "name": f"Ticket {number}",
                "type": "paid",
                "price": 25,
                "quantity": 1_000_000,
                "sales_starts_at": event.starts_at,
                "sales_ends_at": event.ends_at,
            },
        )
        for number in range(TICKETS)
    ]
    for number in range(GUESTS // GUESTS_PER_ORDER):
        items = [Item(0, offers[number % TICKETS].id, GUESTS_PER_ORDER)]
        orders.place_onsite(event, {"event_id": event.id, "on_site_tickets": items}, sold_by_id=registrar.id)
    email = func.concat("guest", TicketHolder.id, "@bench.example")
    session().execute(update(TicketHolder).values(firstname="Ada", email=email, company="Analytical Engines"))
    return Bench(
        app=app,
        token=create_access_token(registrar.id),
        event_id=event.id,
        ticket_ids=[ticket.id for ticket in offers],
        guest_ids=list(
            session().scalars(
                select(TicketHolder.id).where(TicketHolder.event_id == event.id).order_by(TicketHolder.id)
            )
        ),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
