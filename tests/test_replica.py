"""More than one machine: two application servers, a database and a streaming replica of it.

What the replica does not show yet tells where something was read: replay is paused, and a name changed.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import make_url

from app import create_app
from app.config import Settings
from app.database import db
from app.embedded import EmbeddedPostgres
from app.replica import EXTENSION, Replica
from tests.committed import Answer, Shop, at_once, shop
from tests.database import CONNECTIONS, run, temporary_folder
from tests.factories import World, make_ticket
from tests.gunicorns import ask, gunicorn
from tests.http import resource
from tests.processes import wait_until
from tests.standbys import standby

MAX_AGE_SECONDS = 5
SEATS, SELLERS = 20, 8


class Machines:
    """Two servers before one database, and its replica."""

    def __init__(self, store: Shop, replica: EmbeddedPostgres, replica_url: str, ports: tuple[int, int]):
        self.store, self.replica, self.replica_url, self.ports = store, replica, replica_url, ports
        self.world: World = store.open()
        wait_until(lambda: run(replica_url, f"SELECT id FROM events WHERE id = {self.world.event.id}") != [])
        self.tokens = {name: store.token(getattr(self.world, name)) for name in ("organizer", "registrar")}

    def ask(self, server: int, method: str, url: str, *, by: str = "", document: Any = None) -> Answer:
        """What a server answers somebody, or nobody."""
        return ask(self.ports[server], method, url, self.tokens.get(by, ""), document)

    def rename(self, name: str) -> None:
        """Gives the event another name."""
        event = self.world.event
        document = resource("event", {"name": name}, id_=event.id)
        assert self.ask(0, "PATCH", f"/v1/events/{event.id}", by="organizer", document=document).status == 200

    def name(self, server: int, *, by: str = "") -> str:
        """The event's name, as a server tells it."""
        answer = self.ask(server, "GET", f"/v1/events/{self.world.event.id}", by=by)
        assert answer.status == 200
        return answer.data["attributes"]["name"]

    def is_asked(self, server: int) -> bool:
        """Whether the server reads from the replica what the public asks for."""
        with self.paused():
            fresh, old = f"at {time.monotonic()}", self.name(server)
            self.rename(fresh)
            return self.name(server) == old

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The replica goes on following, and shows nothing of it."""
        run(self.replica_url, "SELECT pg_wal_replay_pause()")
        wait_until(lambda: run(self.replica_url, "SELECT pg_get_wal_replay_pause_state()") == ["paused"])
        try:
            yield
        finally:
            run(self.replica_url, "SELECT pg_wal_replay_resume()")


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with temporary_folder() as folder:
        primary = EmbeddedPostgres(folder / "postgresql", max_connections=CONNECTIONS, durable=False)
        url = primary.start()
        try:
            with (
                shop(url, tmp_path_factory.mktemp("machines")) as store,
                standby(primary, folder / "standby") as replica,
            ):
                replica_url = url_of(replica, store)
                settings = {
                    "DATABASE_REPLICA_URL": replica_url,
                    "REPLICA_MAX_AGE_SECONDS": str(MAX_AGE_SECONDS),
                }
                with (
                    gunicorn(store, workers=1, threads=SELLERS, **settings) as (one, _),
                    gunicorn(store, workers=1, threads=SELLERS, **settings) as (other, _),
                ):
                    yield Machines(store, replica, replica_url, (one, other))
                assert store.findings() == []
        finally:
            primary.stop()


def url_of(replica: EmbeddedPostgres, store: Shop) -> str:
    """The address of the store's database on the replica."""
    url = make_url(replica.running_url() or "").set(database=make_url(store.url).database)
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize("server", [0, 1])
def test_the_public_reads_from_the_replica(machines: Machines, server: int):
    wait_until(lambda: machines.is_asked(server))
    with machines.paused():
        shown = machines.name(server)
        machines.rename(f"{shown}, changed")
        assert machines.name(server) == shown
        assert machines.name(server, by="registrar") == f"{shown}, changed"


def test_statistics_may_be_old_and_attendance_never_is(machines: Machines):
    """A guest is checked in through one server while the replica stands still; the other one knows."""
    wait_until(lambda: machines.is_asked(1))
    event, guest = machines.world.event.id, machines.world.attendee.id
    sold = f"/v1/events/{event}/order-statistics"
    with machines.paused():
        before = machines.ask(1, "GET", sold, by="organizer").document
        sale = resource(
            "order", {"on-site-tickets": [{"id": machines.world.free.id, "quantity": 1}]}, event=machines.world.event
        )
        assert machines.ask(0, "POST", "/v1/orders?onsite=true", by="registrar", document=sale).status == 201
        assert machines.ask(1, "GET", sold, by="organizer").document == before
        change = resource("attendee", {"is-checked-in": True}, id_=guest)
        assert machines.ask(0, "PATCH", f"/v1/attendees/{guest}", by="registrar", document=change).status == 200
        shown = machines.ask(1, "GET", f"/v1/attendees/{guest}", by="registrar").document
        assert shown["data"]["attributes"]["is-checked-in"] is True
        inside = machines.ask(1, "GET", f"/v1/events/{event}/occupancy", by="registrar").document
        assert inside["data"]["attributes"]["inside"] == 1


def test_a_replica_that_stands_still_is_left_alone(machines: Machines):
    wait_until(lambda: machines.is_asked(0))
    with machines.paused():
        machines.rename("the newest")
        wait_until(lambda: machines.name(0) == "the newest", MAX_AGE_SECONDS + 5)
    wait_until(lambda: machines.is_asked(0))


def test_two_servers_sell_the_last_seats_once(machines: Machines):
    with machines.store.stocking() as session:
        ticket = make_ticket(session, machines.world.event, name="scarce", quantity=SEATS, max_order=2)
    document = resource("order", {"on-site-tickets": [{"id": ticket.id, "quantity": 1}]}, event=machines.world.event)

    def sell(seller: int) -> list[int]:
        url = "/v1/orders?onsite=true"
        return [machines.ask(seller % 2, "POST", url, by="registrar", document=document).status for _ in range(5)]

    statuses = Counter(status for answers in at_once(SELLERS, sell) for status in answers)
    assert statuses == {201: SEATS, 409: SELLERS * 5 - SEATS}
    assert machines.store.count(f"SELECT sold FROM tickets WHERE id = {ticket.id}") == SEATS


def test_a_replica_that_is_killed_costs_nobody_an_answer(machines: Machines):
    wait_until(lambda: machines.is_asked(0))
    killed = machines.replica.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    machines.rename("without the replica")
    wait_until(lambda: machines.name(0) == "without the replica")  # each of them is answered
    machines.replica.start()
    wait_until(lambda: machines.is_asked(0))


def test_what_is_no_replica_is_left_alone(machines: Machines):
    """The database itself, named by mistake, answers and is up to date."""
    url = machines.store.url
    app = create_app(Settings(database_url=url, database_replica_url=url))
    with app.app_context():
        replica: Replica = app.extensions[EXTENSION]
        replica.look()
        assert not replica.is_fresh
        for engine in db.engines.values():
            engine.dispose()
