"""What benchmarks stand on: a loaded event, ours and the floor, and a throw-away PostgreSQL.

It syncs to disk as in production; or it is a database made on the server of ``BENCH_DATABASE_URL``, and dropped at the
end. Everything stays on the loopback.
"""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import NullPool, create_engine, make_url, text

from app import create_app
from app.clock import utcnow
from app.config import Settings
from app.database import session, transaction
from app.embedded import EmbeddedPostgres
from app.models import Event, Ticket
from app.models.users_events_roles import REGISTRAR, ROLES
from app.services import events, integrity, tickets, users, users_events_roles
from benchmarks.clocks import postmaster
from benchmarks.load import Refused
from benchmarks.loader import Sale, load_crowd
from benchmarks.servers import Server

GUESTS = 1000
EVENTS = 20
TICKETS = 8
"""Orders go to so many tickets in turn: with one, sellers would wait for each other's commit, ours and the floor's."""

PRICE = 25
PASSWORD = "measured-again-1"  # of every account
SOME = 1000
"""Of how many orders and buyers the requests of a job are about."""

PATIENT = {"STATEMENT_TIMEOUT_MS": "3600000"}
"""For what is written and recounted at once, of which no request does as much."""

SERVERS = {"ours": "app:create_app()", "floor": "benchmarks.floor:create_app()"}


@dataclass(frozen=True)
class Bench:
    """The loaded database: whom requests come from, and what they are about."""

    app: Flask
    token: str
    """Of a registrar, who sells and scans."""
    organizers_token: str
    event_id: int
    ticket_ids: list[int]
    guest_ids: Sequence[int]
    orders: Sequence[str]
    """Identifiers of some."""
    buyers: Sequence[str]
    """Addresses of some accounts."""


def count_who_is_inside() -> None:
    """Counts anew who is inside, of every event, from its movements."""
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
            count_who_is_inside()  # the floor writes movements and counts nobody
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


@contextmanager
def prepared(
    folder: Path, server_url: str, guests: int = GUESTS, names: Sequence[str] = tuple(SERVERS)
) -> Iterator[tuple[Bench, dict[str, Server]]]:
    """A loaded database of its own, every second guest inside, and the servers of these ``names``, which listen."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(server_url))
        name = make_url(url).database
        settings = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32), "DATA_DIR": str(folder)}
        environment = settings | {"LOGINS_PER_MINUTE": "1000000"}  # they all come from one address
        bench = load(Settings.from_environment(os.environ | environment | PATIENT), guests, inside=True)
        database, servers = postmaster(url), dict[str, Server]()
        for each in names:
            servers[each] = Server(each, SERVERS[each], environment, folder / f"{name}-{each}.log", database)
            stack.callback(servers[each].stop)
        for server in servers.values():
            server.wait_until_it_listens()
        yield bench, servers


def load(settings: Settings, guests: int = GUESTS, *, inside: bool = False) -> Bench:
    """The application on a migrated database with events in it, one of which has ``guests`` (see `load_crowd`)."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        with transaction():
            facts = _fill(guests, inside=inside)
        _administer(settings.required_database_url(), "VACUUM ANALYZE")
    return Bench(app=app, token=_token(app, "registrar"), organizers_token=_token(app, "owner"), **facts)


def _token(app: Flask, name: str) -> str:
    """As a client gets it: it is told from others by its log-in."""
    credentials = {"email": _email(name), "password": PASSWORD}
    answer = app.test_client().post("/auth/session", json=credentials)
    token: str = answer.json["access_token"]
    return token


def _email(name: str) -> str:
    return f"{name}@bench.example"


def _fill(guests: int, *, inside: bool) -> dict[str, Any]:
    """Published events; of the first an organizer, a registrar, tickets and guests."""
    owner, registrar = (
        users.create_account(email=_email(name), password=PASSWORD, is_verified=True) for name in ("owner", "registrar")
    )
    event, *_ = [_event(number, owner.id) for number in range(EVENTS)]
    role_id, _ = ROLES[REGISTRAR]
    users_events_roles.create(event_id=event.id, user_id=registrar.id, role_id=role_id, may_name_heads=False)
    ticket_ids = [_ticket(event, f"Ticket {number}").id for number in range(TICKETS)]
    assert registrar.password_hash is not None
    sale = Sale(event.id, ticket_ids, registrar.id, PRICE, registrar.password_hash)
    crowd = load_crowd(sale, guests, inside=inside)
    return {
        "event_id": event.id,
        "ticket_ids": ticket_ids,
        "guest_ids": crowd.guest_ids,
        "orders": crowd.identifiers[:SOME],
        "buyers": crowd.buyers[:SOME],
    }


def _event(number: int, owner_id: int) -> Event:
    now = utcnow()
    facts = {
        "name": f"Bench {number}",
        "description": "An evening of measuring, with guests from near and far.",
        "location_name": "Great Hall",
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=3),
        "timezone": "UTC",
        "state": "published",
        "can_pay_onsite": True,
    }
    return events.create(facts, owner_id=owner_id)


def _ticket(event: Event, name: str) -> Ticket:
    sales = {"sales_starts_at": event.starts_at, "sales_ends_at": event.ends_at}
    facts = {"event_id": event.id, "name": name, "type": "paid", "price": PRICE, "quantity": 10_000_000}
    return tickets.create(event, facts | sales)
