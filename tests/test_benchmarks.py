"""The benchmarks still measure what they say: both servers answer every job, and what they wrote adds up after it."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest
from flask import Flask
from flask_jwt_extended import create_access_token
from psycopg2.errors import UndefinedTable
from sqlalchemy import make_url, text

from app.database import session
from app.services import integrity
from app.services.passwords import hashed
from app.services.reports import REPORTS
from benchmarks import loader, profiles, wrk
from benchmarks.comparison import Compared, require_all_met
from benchmarks.floor_exports import export_calls
from benchmarks.jobs import JOBS, MOST_SCANS_A_SECOND, Queue
from benchmarks.load import Refused, Round, drive, encoded
from benchmarks.loader import Sale, load_crowd
from benchmarks.stage import Bench, require_same_work
from tests.factories import World
from tests.servers import PROJECT, environment

GUESTS = 43
TOKENS = ("token", "organizers_token")
COLUMNS = ["job", "target", "ratio", "ours_rps", "floor_rps", "p50_ms", "p99_ms", "cpu_ms_web", "cpu_ms_db"]
TARGETS = ["crowded_rps", "misses"]
DRIVERS = [drive, *([wrk.drive] if wrk.drives(1) else [])]


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    """A loaded event without servers."""
    sale = Sale(world.event.id, [world.paid.id, world.free.id], world.registrar.id, 25, hashed("a crowd's"))
    crowd = load_crowd(sale, GUESTS, inside=True)
    people = {"token": "registrar", "organizers_token": "owner", "orders": crowd.identifiers, "buyers": crowd.buyers}
    return Bench(app, event_id=sale.event_id, ticket_ids=list(sale.ticket_ids), guest_ids=crowd.guest_ids, **people)


def test_where_the_time_goes_is_told_of_each_job(bench: Bench, world: World):
    """But of pages, of which there is none among so few guests, and of log-ins, whose passwords are others here."""
    jobs = [job for job in JOBS if "page" not in job.name and job.name != "log-in"]
    with bench.app.app_context():
        tokens = dict.fromkeys(TOKENS, create_access_token(world.owner.id))
    table = profiles.measure(replace(bench, **tokens), jobs, requests=2).splitlines()
    rows = [line.split("|")[1:-1] for line in table if line.startswith("| ")][2:]
    assert [name.strip() for name, *_ in rows] == [job.name for job in jobs]
    assert all(float(database) > 0 for _, database, *_ in rows)


def test_both_servers_answer_every_job_and_what_they_wrote_adds_up(database_url: str, tmp_path: Path):
    """That it adds up, the benchmark says itself; its answers are as long on both sides, and it keeps the rows."""
    rows = tmp_path / "rows.json"
    settings = {"BENCH_DATABASE_URL": database_url, "BENCH_SECONDS": "0.1", "BENCH_GUESTS": "1000"}
    done = subprocess.run(
        [sys.executable, "benchmarks/quick.py", "--rounds", "1", "--uncrowded", "--out", str(rows)],
        check=False,
        cwd=PROJECT,
        env=environment(tmp_path, **settings),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = orjson.loads(rows.read_bytes())
    assert [row["job"] for row in found] == [job.name for job in JOBS]
    heads, _, *lines = [
        [cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines() if line.startswith("|")
    ]
    for row, cells in zip(found, lines, strict=True):
        assert list(row) == [*COLUMNS, *TARGETS]
        assert min(row[name] for name in COLUMNS[1:7]) > 0
        shown = dict(zip(heads, cells, strict=True))
        assert shown["job"] == row["job"]
        assert int(shown["bytes"]) == pytest.approx(int(shown["floor's"]), rel=0.05)


def test_what_does_not_add_up_is_refused(bench: Bench):
    require_same_work(bench)
    session().execute(text("UPDATE tickets SET sold = sold + 1 WHERE id = :id"), {"id": bench.ticket_ids[0]})
    with pytest.raises(Refused, match="does not add up"):
        require_same_work(bench)


def test_every_guest_is_scanned_once_before_any_is_scanned_again(bench: Bench):
    queue = Queue()
    half = (GUESTS + 1) / 2 / MOST_SCANS_A_SECOND
    first = queue.scans(bench, half)
    assert len(first) == 22
    assert b'{"is-checked-out":true}' in first[0]  # every second one is inside
    assert b'{"is-checked-in":true}' in first[1]
    assert queue.scans(bench, half) == first
    queue.note(bench, len(first))  # another server may have sent them
    second = queue.scans(bench, half)
    queue.note(bench, len(second) - 1)
    assert len({*first, *second}) == GUESTS
    assert second[-1] == first[0]
    assert queue.scans(bench, half)[0] == first[0]


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that knows one address."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/known" else 404)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_answer_that_is_none_is_refused(port: int, driver: Callable[..., Round]):
    known, unknown = (encoded("GET", path, None) for path in ("/known", "/unknown"))
    measured = driver(port, [known], seconds=1, connections=2, again=True)
    assert measured.rate == pytest.approx(measured.requests / measured.seconds)
    assert measured.requests <= measured.taken <= measured.requests + 3
    assert measured.received_bytes >= 5 * measured.requests
    with pytest.raises(Refused, match="404"):
        driver(port, [known, unknown], seconds=1, connections=2, again=True)


def test_the_ratio_is_that_of_requests_or_of_processor_time():
    measured = Compared(JOBS[0])
    measured.turns["ours"] += [a_round(100), a_round(300)]
    measured.turns["floor"] += [a_round(500), a_round(300)]
    assert measured.ratio == pytest.approx(0.5)
    assert measured.spread == pytest.approx(0.5)
    assert measured.misses == []
    measured.by_rate = False
    measured.turns["ours"] = [a_round(100, cpu_seconds=0.4, database_seconds=0.2)]
    measured.turns["floor"] = [a_round(100, cpu_seconds=0.1, database_seconds=0.1)]
    measured.crowded = a_round(99)
    assert measured.ratio == pytest.approx(1 / 3)
    assert measured.misses == ["ratio 0.33 < 0.5", "99/s with 64 connections < 100/s"]
    measured.turns["ours"][0].latencies[5000] = 2
    assert measured.steepness == pytest.approx(5)
    assert measured.misses[1] == "p99 5.0 × p50 > 4"
    require_all_met([])
    with pytest.raises(Refused, match=r"PATCH: ratio 0\.33 < 0\.5; p99 5\.0 × p50 > 4; 99/s with 64"):
        require_all_met([measured])


def a_round(requests: int, **facts: float) -> Round:
    return Round(seconds=1, requests=requests, latencies=Counter({1000: requests}), **facts)


def test_the_floors_export_is_what_copy_gives(app: Flask, database_url: str):
    """Of nobody; and an error is no end of the file."""
    floor = Flask("floor")
    floor.register_blueprint(export_calls)
    url = make_url(database_url).set(drivername="postgresql")
    nowhere = url.update_query_dict({"options": "-csearch_path=nowhere"})
    ask = floor.test_client().get
    floor.config["URL"] = url.render_as_string(hide_password=False)
    headings = ",".join(column.heading for column in REPORTS["attendees"].columns)
    assert ask("/v1/events/0/attendees.csv").text == f"{headings}\n"
    floor.config["URL"] = nowhere.render_as_string(hide_password=False)
    with pytest.raises(UndefinedTable):
        ask("/v1/events/0/attendees.csv", buffered=True)


def test_percentiles_are_of_all_answers():
    measured = Round(latencies=Counter({1000: 50, 2000: 49, 9000: 1}))
    assert [measured.percentile(percent) for percent in (0, 49, 50, 98, 99, 100)] == [1, 1, 2, 2, 9, 9]


@pytest.mark.parametrize("large", [1, 1000])
def test_a_loaded_crowd_adds_up(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, large: int):
    monkeypatch.setattr(loader, "LARGE", large)  # without the database's triggers, and with them
    bench: Bench = request.getfixturevalue("bench")
    assert integrity.report() == []
    numbers = text(
        "SELECT count(*), count(*) FILTER (WHERE is_checked_in), count(written_in), count(secret), count(users.id) "
        "FROM ticket_holders LEFT JOIN users ON users.email = ticket_holders.email WHERE ticket_holders.id = ANY(:ids)"
    )
    assert session().execute(numbers, {"ids": bench.guest_ids}).one() == (GUESTS, 22, GUESTS, GUESTS, 3)
