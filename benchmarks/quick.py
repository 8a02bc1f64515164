"""``make bench-quick``: three jobs of an evening at the door, each beside a bare view that does the same work.

Ours and the floor (`benchmarks.floor`) run under gunicorn with the same settings, on the same PostgreSQL: a throw-away
embedded one that syncs to disk as in production, or a database made on the server of ``BENCH_DATABASE_URL`` and dropped
at the end. They take turns, so that a slow moment of the machine hits both. Everything stays on the loopback.
"""

import itertools
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import flask_migrate
import orjson
import psutil
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import NullPool, create_engine, func, make_url, select, text, update

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app import create_app  # noqa: E402  # the project is importable only now
from app.clock import utcnow  # noqa: E402
from app.config import Settings  # noqa: E402
from app.database import session, transaction  # noqa: E402
from app.embedded import EmbeddedPostgres  # noqa: E402
from app.models import TicketHolder  # noqa: E402
from app.models.users_events_roles import REGISTRAR, ROLES  # noqa: E402
from app.services import events, integrity, orders, tickets, users, users_events_roles  # noqa: E402
from app.services.orders import Item  # noqa: E402
from benchmarks.load import Refused, Round, drive, encoded  # noqa: E402

GUESTS = 1000
GUESTS_PER_ORDER = 10
PAGE_SIZE = 50
SEATS = 2
TICKETS = 8
"""Orders go to so many tickets in turn: with one, sellers would wait for each other's commit, ours and the floor's."""

ROUNDS = 2
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
"""How long each of a job's turns lasts."""

WARM_UP_SECONDS = 0.5
START_SECONDS = 30
SERVERS = {"ours": "app:create_app()", "floor": "benchmarks.floor:create_app()"}


@dataclass(frozen=True)
class Bench:
    """The loaded database: whom requests come from, and what they are about."""

    app: Flask
    token: str
    event_id: int
    ticket_ids: list[int]
    guest_ids: list[int]


@dataclass(frozen=True)
class Job:
    """What is measured: ``prepare`` runs before every round, ``requests`` gives the round's requests."""

    name: str
    requests: Callable[[Bench], Iterator[bytes]]
    prepare: Callable[[Bench], None] = lambda _bench: None


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


def on_site_orders(bench: Bench) -> Iterator[bytes]:
    """Without end."""
    for ticket_id in itertools.cycle(bench.ticket_ids):
        attributes = {"id": str(ticket_id), "quantity": str(SEATS)}
        data = {
            "type": "order",
            "attributes": {"on-site-tickets": [{"data": {"type": "on-site-ticket", "attributes": attributes}}]},
            "relationships": {"event": {"data": {"type": "event", "id": str(bench.event_id)}}},
        }
        yield encoded("POST", "/v1/orders?onsite=true", bench.token, orjson.dumps({"data": data}))


def pages(bench: Bench) -> Iterator[bytes]:
    """The pages of the guests, over and over."""
    for number in itertools.cycle(range(1, GUESTS // PAGE_SIZE + 1)):
        query = f"{quote('page[size]')}={PAGE_SIZE}&{quote('page[number]')}={number}"
        yield encoded("GET", f"/v1/events/{bench.event_id}/attendees?{query}", bench.token)


JOBS = (
    Job(f"attendee page of {PAGE_SIZE}", pages),
    Job("check-out PATCH", check_outs, everybody_inside),
    Job(f"on-site order of {SEATS}", on_site_orders),
)


class Server:
    """One of the two applications under gunicorn."""

    def __init__(self, name: str, environment: dict[str, str], log: Path):
        self.name = name
        self.port = _free_port()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_config", SERVERS[name]],
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


def main() -> None:
    """Prepares, measures, prints, and cleans up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = stack.enter_context(_fresh_database(stack.enter_context(_server_url(folder))))
        environment = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32), "DATA_DIR": str(folder)}
        bench = _load(Settings.from_environment(os.environ | environment))
        servers = [Server(name, environment, folder / f"{name}.log") for name in SERVERS]
        for server in servers:
            stack.callback(server.stop)
        for server in servers:
            server.wait_until_it_listens()
        results = {job.name: _compare(job, servers, bench) for job in JOBS}
        print(_table(results))
        _require_same_work(bench)


def _compare(job: Job, servers: list[Server], bench: Bench) -> dict[str, Round]:
    print(f"{job.name} …", file=sys.stderr, flush=True)
    for server in servers:
        job.prepare(bench)
        server.measure(job.requests(bench), WARM_UP_SECONDS)
    totals = {server.name: Round() for server in servers}
    for _, server in itertools.product(range(ROUNDS), servers):
        job.prepare(bench)
        totals[server.name].add(server.measure(job.requests(bench), SECONDS))
    return totals


def _table(results: dict[str, dict[str, Round]]) -> str:
    heads = (
        "job",
        "ours req/s",
        "floor req/s",
        "ratio",
        "p50/p99 ms",
        "floor's",
        "CPU ms",
        "floor's",
        "bytes",
        "floor's",
    )
    rows = [heads]
    for name, measured in results.items():
        ours, floor = measured["ours"], measured["floor"]
        both = (ours, floor)
        rows.append(
            (
                name,
                *(f"{each.rate:.0f}" for each in both),
                f"{ours.rate / floor.rate:.2f}",
                *(f"{each.percentile(50):.1f}/{each.percentile(99):.1f}" for each in both),
                *(f"{each.cpu_ms:.2f}" for each in both),
                *(str(each.answer_bytes) for each in both),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(lines)


def _require_same_work(bench: Bench) -> None:
    with bench.app.app_context():
        with transaction():
            _count_who_is_inside()  # the floor writes movements and counts nobody
        findings = [finding.text for finding in integrity.report()]
    if findings:
        raise Refused(f"What was written does not add up, so the numbers are void: {'; '.join(findings)}")


@contextmanager
def _server_url(folder: Path) -> Iterator[str]:
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
def _fresh_database(server_url: str) -> Iterator[str]:
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


def _load(settings: Settings) -> Bench:
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
        guest_ids=list(session().scalars(select(TicketHolder.id).order_by(TicketHolder.id))),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
