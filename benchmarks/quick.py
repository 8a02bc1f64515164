"""``make bench-quick``: three jobs of an evening at the door, each beside a bare view that does the same work.

Ours and the floor (`benchmarks.floor`) run under gunicorn with the same settings, on the same PostgreSQL: a throw-away
embedded one that syncs to disk as in production, or a database made on the server of ``BENCH_DATABASE_URL`` and dropped
at the end. They take turns, so that a slow moment of the machine hits both. Everything stays on the loopback.
"""

import itertools
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app.config import Settings  # noqa: E402
from benchmarks.load import Refused, Round, encoded  # noqa: E402
from benchmarks.stage import (  # noqa: E402
    GUESTS,
    Bench,
    Server,
    check_outs,
    everybody_inside,
    fresh_database,
    load,
    require_same_work,
    server_url,
)

PAGE_SIZE = 50
SEATS = 2

ROUNDS = 2
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
"""How long each of a job's turns lasts."""

WARM_UP_SECONDS = 0.5
SERVERS = {"ours": "app:create_app()", "floor": "benchmarks.floor:create_app()"}


@dataclass(frozen=True)
class Job:
    """What is measured: ``prepare`` runs before every round, ``requests`` gives the round's requests."""

    name: str
    requests: Callable[[Bench], Iterator[bytes]]
    prepare: Callable[[Bench], None] = lambda _bench: None


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


def main() -> None:
    """Prepares, measures, prints, and cleans up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = stack.enter_context(fresh_database(stack.enter_context(server_url(folder))))
        environment = {"DATABASE_URL": url, "SECRET_KEY": secrets.token_hex(32), "DATA_DIR": str(folder)}
        bench = load(Settings.from_environment(os.environ | environment))
        servers = [
            Server(name, application, environment, folder / f"{name}.log") for name, application in SERVERS.items()
        ]
        for server in servers:
            stack.callback(server.stop)
        for server in servers:
            server.wait_until_it_listens()
        results = {job.name: _compare(job, servers, bench) for job in JOBS}
        print(_table(results))
        require_same_work(bench)


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


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
