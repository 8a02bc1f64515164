"""``make bench-ledger``: what the ledger costs.

First: the same requests at an event with few movements and with many. Then: eight phones that check guests out at one
door, with the counts of who is inside in slots, in a single row, and without them.
"""

import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
from flask import Flask
from sqlalchemy import Engine, event, text

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app import create_app  # noqa: E402  # the project is importable only now
from app.config import Settings  # noqa: E402
from app.database import db, session, transaction  # noqa: E402
from app.services import occupancy  # noqa: E402
from benchmarks.load import Refused, encoded  # noqa: E402
from benchmarks.servers import Server  # noqa: E402
from benchmarks.stage import (  # noqa: E402
    PATIENT,
    Bench,
    count_who_is_inside,
    fresh_database,
    load,
    server_url,
)

FEW, MANY = 1_000, 200_000
MOVEMENTS_OF_A_GUEST = 4
REQUESTS = 300
ROUNDS = 3
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
WRITERS = {
    "16 slots": "app:create_app()",
    "one row": "benchmarks.ledger:counting_in_one_row()",
    "not counted": "benchmarks.ledger:not_counting()",
}

CROWD = """
    WITH guests AS (
        INSERT INTO ticket_holders (event_id, ticket_id, firstname, created_at)
        SELECT :event_id, :ticket_id, 'Crowd', now() FROM generate_series(1, :guests) RETURNING id
    )
    INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, device_name, source, verdict)
    SELECT :event_id, guests.id, CASE WHEN nth % 2 = 0 THEN 'in' ELSE 'out' END,
           now() - interval '1 hour' + nth * interval '10 minutes', now(),
           'Phone ' || guests.id % 20, 'desk', 'accepted'
    FROM guests, generate_series(0, :each - 1) AS nth
"""


def counting_in_one_row() -> Flask:
    """The application, whose counts are one row for each door."""
    occupancy.SLOTS = 1  # type: ignore[attr-defined]  # as it is imported there
    return create_app()


def not_counting() -> Flask:
    """The application, which counts nobody."""
    occupancy.count = lambda _event_id, _changes: None
    return create_app()


def main() -> None:
    """Prepares, measures, prints, and cleans up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = stack.enter_context(fresh_database(stack.enter_context(server_url(folder))))
        environment = {
            "DATABASE_URL": url,
            "SECRET_KEY": secrets.token_hex(32),
            "DATA_DIR": str(folder),
            "LOG_LEVEL": "WARNING",
        }
        bench = load(Settings.from_environment(os.environ | environment | PATIENT))
        _print_sizes(bench)
        _print_writers(bench, environment, folder)


def _print_sizes(bench: Bench) -> None:
    measured = {}
    for number in (FEW, MANY):
        _everybody_inside(bench)
        with bench.app.app_context():
            with transaction():
                _crowd(bench, number - len(bench.guest_ids))
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        measured[number] = {name: _timed(bench, requests) for name, requests in JOBS.items()}
    print(f"{'':24}{f'{FEW:,} movements':>24}{f'{MANY:,} movements':>24}   ratio")
    for name in JOBS:
        (few, some), (many, same) = measured[FEW][name], measured[MANY][name]
        told = [f"{took * 1000:.2f} ms, {sent} statements" for took, sent in ((few, some), (many, same))]
        print(f"{name:24}{told[0]:>24}{told[1]:>24}   {many / few:.2f}")


def _crowd(bench: Bench, movements: int) -> None:
    guests = movements // MOVEMENTS_OF_A_GUEST
    facts = {"event_id": bench.event_id, "ticket_id": bench.ticket_ids[0], "guests": guests}
    session().execute(text(CROWD), facts | {"each": MOVEMENTS_OF_A_GUEST})
    counts = (
        "INSERT INTO occupancy_counts (event_id, slot, entries, exits) VALUES (:event_id, 1, :number, :number) "
        "ON CONFLICT DO NOTHING"
    )
    number = guests * MOVEMENTS_OF_A_GUEST // 2
    session().execute(text(counts), {"event_id": bench.event_id, "number": number})


def _timed(bench: Bench, requests: Callable[[Bench, int], tuple[str, str, str | None]]) -> tuple[float, int]:
    """Seconds of the median request, and how many statements the last one has sent."""
    client, took = bench.app.test_client(), list[float]()
    headers = {"Authorization": f"JWT {bench.token}", "Content-Type": "application/vnd.api+json"}
    for number in range(REQUESTS):
        method, url, body = requests(bench, number)
        with _statements() as sent:
            began = time.perf_counter()
            response = client.open(url, method=method, data=body, headers=headers)
            took.append(time.perf_counter() - began)
        if response.status_code != 200:
            raise Refused(f"{method} {url} gave {response.status_code}: {response.text}")
    return statistics.median(took), len(sent)


@contextmanager
def _statements() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _check_out(bench: Bench, number: int) -> tuple[str, str, str]:
    guest_id = bench.guest_ids[number]
    body = f'{{"data": {{"type": "attendee", "id": "{guest_id}", "attributes": {{"is-checked-out": true}}}}}}'
    return "PATCH", f"/v1/attendees/{guest_id}", body


def _occupancy(bench: Bench, _number: int) -> tuple[str, str, None]:
    return "GET", f"/v1/events/{bench.event_id}/occupancy", None


JOBS: dict[str, Callable[[Bench, int], tuple[str, str, str | None]]] = {
    "check-out PATCH": _check_out,
    "occupancy": _occupancy,
}


def _print_writers(bench: Bench, environment: dict[str, str], folder: Path) -> None:
    with ExitStack() as stack:
        servers = []
        for name, application in WRITERS.items():
            servers.append(Server(name, application, environment, folder / f"{name}.log"))
            stack.callback(servers[-1].stop)
        for server in servers:
            server.wait_until_it_listens()
        rates: dict[str, list[float]] = {server.name: [] for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                _everybody_inside(bench)
                rates[server.name].append(server.measure(list(_check_outs(bench)), SECONDS, again=False).rate)
    print("\neight phones at one door, check-outs a second:")
    for name, found in rates.items():
        print(f"{name:24}{statistics.median(found):8.0f}   ({', '.join(f'{rate:.0f}' for rate in found)})")


def _check_outs(bench: Bench) -> Iterator[bytes]:
    """One for each guest, who is inside."""
    for guest_id in bench.guest_ids:
        data = {"type": "attendee", "id": str(guest_id), "attributes": {"is-checked-out": True}}
        yield encoded("PATCH", f"/v1/attendees/{guest_id}", bench.token, orjson.dumps({"data": data}))


def _everybody_inside(bench: Bench) -> None:
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
        count_who_is_inside()
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


if __name__ == "__main__":
    try:
        main()
    except Refused as error:
        sys.exit(str(error))
