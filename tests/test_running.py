"""A real gunicorn with two workers: what it counts and writes, and how it stops."""

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import NullPool, create_engine, text

from app import stopping
from app.serving import GRACEFUL_SECONDS
from tests.committed import Shop
from tests.factories import World
from tests.gunicorns import ask, gunicorn
from tests.http import resource
from tests.processes import wait_until

pytestmark = pytest.mark.usefixtures("all_adds_up")

DRAIN = 2
PHONES, ROUNDS = 20, 4


class Sale(threading.Thread):
    """A sale at the door, in a thread of its own."""

    def __init__(self, store: Shop, world: World, port: int):
        super().__init__()
        item = {"data": {"type": "on-site-ticket", "attributes": {"id": str(world.free.id), "quantity": "1"}}}
        document = resource("order", {"on-site-tickets": [item]}, event=world.event)
        self._request = port, "POST", "/v1/orders?onsite=true", store.token(world.registrar), document
        self.status = 0
        self.start()

    def run(self) -> None:
        self.status = ask(*self._request).status


@contextmanager
def ticket_locked(store: Shop, world: World) -> Iterator[None]:
    """Every sale of the ticket waits meanwhile."""
    engine = create_engine(store.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SELECT FROM tickets WHERE id = {world.free.id} FOR UPDATE"))
        yield


def waiting(store: Shop) -> bool:
    return store.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 1


def send_nonsense(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /v1/Ada HTTP/1.1\r\nAda( : 1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")


def test_what_it_tells_and_that_what_was_sent_is_answered_when_it_stops(store: Shop, tmp_path: Path):
    """Workers count together; readiness goes down first; and all is in the log, as JSON, without what clients sent."""
    world, output = store.open(), tmp_path / "output"
    settings = {
        "DRAIN_SECONDS": str(DRAIN),
        "LOG_LEVEL": "INFO",
        "LOCK_TIMEOUT_MS": "20000",
        "METRICS_TOKEN": "of the operator",
    }
    with gunicorn(store, workers=2, threads=4, output=output, **settings) as (port, process):
        assert ask(port, "GET", "/readyz").status == 200
        assert ask(port, "GET", f"/v1/events/{world.event.id}?Ada").status == 200
        send_nonsense(port)
        require_metrics(port, process.pid)
        with ticket_locked(store, world):
            sale = Sale(store, world, port)
            wait_until(lambda: waiting(store))
            process.terminate()
            told_at = time.monotonic()
            wait_until(lambda: ask(port, "GET", "/readyz").status == 503, DRAIN)
            while time.monotonic() < told_at + DRAIN / 2:  # every worker knows
                answer = ask(port, "GET", "/readyz")
                assert answer.status == 503
                assert answer.document["checks"] == {"running": False, "database": True, "schema": True}
                assert ask(port, "GET", f"/v1/events/{world.event.id}").status == 200, "it still serves"
            assert process.poll() is None
            time.sleep(max(0, told_at + DRAIN + 0.5 - time.monotonic()))
            assert sale.status == 0
        sale.join(10)
        assert sale.status == 201
        assert process.wait(GRACEFUL_SECONDS) == 0
        with pytest.raises(OSError, match="refused"):
            ask(port, "GET", "/healthz")
    assert store.count(f"SELECT count(*) FROM orders WHERE event_id = {world.event.id}") == 2, "and the world's own"
    require_json(output.read_text().splitlines())


@contextmanager
def phones(port: int) -> Iterator[None]:
    """So many clients, one after the other, who all keep their connection."""
    with ExitStack() as held:
        for _ in range(PHONES):
            connection = held.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)))
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
        yield


def held_by(worker: psutil.Process, port: int) -> int:
    open_ones = (each for each in worker.net_connections() if each.status == psutil.CONN_ESTABLISHED)
    return sum(each.laddr.port == port for each in open_ones)


def shares(port: int, master: psutil.Process) -> list[int]:
    with phones(port):
        return [held_by(worker, port) for worker in master.children()]


def test_connections_that_are_kept_are_shared_among_the_workers_evenly(store: Shop):
    """Else one of two cores has nothing to do. As soon as both have loaded; also when one has taken another's place."""
    with gunicorn(store, workers=2, threads=4) as (port, process):
        master = psutil.Process(process.pid)
        for _ in range(2):
            wait_until(lambda: len(found := shares(port, master)) == 2 and min(found) > 0)
            rounds = [shares(port, master) for _ in range(ROUNDS)]
            assert all(sum(one) == PHONES for one in rounds)
            assert min(map(sum, zip(*rounds, strict=True))) >= ROUNDS * (PHONES / 2 - 3), rounds
            killed = master.children()[0]
            killed.kill()
            killed.wait()


@pytest.fixture
def stops() -> Iterator[list[int]]:
    """How this process is stopped, as gunicorn's master is: the signals that came through."""
    heard: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    yield heard
    signal.setitimer(signal.ITIMER_REAL, 0)
    stopping._told[0] = 0
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("seconds", "passed_on"), [(0, [1, 2]), (60, [0, 1])])
def test_without_time_to_drain_and_at_the_second_signal_it_stops_at_once(
    stops: list[int], seconds: int, passed_on: list[int]
):
    stopping.hold_back(seconds)
    for number in passed_on:
        signal.raise_signal(signal.SIGTERM)
        assert stopping.is_told()
        assert stops == [signal.SIGTERM] * number
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0), "and not once more"


def require_metrics(port: int, master: int) -> None:
    """Of all workers together, asked of any; also of those that have died, but for what they had in use."""
    assert ask(port, "GET", "/metrics").status == 401
    for _ in range(10):
        assert ask(port, "GET", "/v1/pages").status == 200
    told = [metrics(port) for _ in range(4)]
    assert [each['events_requests_total{method="GET",route="/v1/pages",status="200"}'] for each in told] == [10] * 4
    workers = psutil.Process(master).children()
    for worker in workers:
        worker.kill()
    wait_until(lambda: not set(workers) & set(psutil.Process(master).children()))
    told = [metrics(port) for _ in range(4)]
    assert [each['events_requests_total{method="GET",route="/v1/pages",status="200"}'] for each in told] == [10] * 4
    wait_until(lambda: metrics(port)["events_connections_in_use"] == 0)


def metrics(port: int) -> dict[str, float]:
    lines = ask(port, "GET", "/metrics", headers={"Authorization": "Bearer of the operator"}).body.decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def require_json(lines: list[str]) -> None:
    """Of each request, of each worker when it is ready, and gunicorn's own, of what is no request."""
    told = [json.loads(line) for line in lines]
    assert len([line for line in told if "left out of garbage collections" in line["message"]]) >= 2
    routes = [line.get("route") for line in told]
    assert "/v1/events/<id:id>" in routes
    assert "/readyz" not in routes
    assert "a client has sent what is no HTTP request" in [line["message"] for line in told]
    assert not [line for line in lines if "Ada" in line]
