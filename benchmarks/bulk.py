"""Whole lists at once: the CSV export, and all guests on one page. How soon, how long, and how much memory it takes."""

import http.client
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
from sqlalchemy import text

from app.database import session
from benchmarks.load import Refused
from benchmarks.memory import MEGABYTE, watched
from benchmarks.servers import Server
from benchmarks.stage import Bench
from benchmarks.tables import markdown

HEADS = ("what", "first byte s", "all s", "MB", "worker grew by MB", "target", "seen")

CHUNK = 2**16
SLOW_READER_SECONDS = 0.3
"""How long a slow client waits before it reads on, ten times."""

BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND state <> 'idle'
"""


@dataclass
class Taken:
    """What a download took. ``grown``: by how many bytes the worker that grew most was larger than before, at most."""

    first_byte: float = 0.0
    seconds: float = 0.0
    size: int = 0
    grown: int = 0
    busy: list[int] = field(default_factory=list)
    """Database connections that were at work while the client did not read."""


def exports(bench: Bench, servers: Mapping[str, Server], *, rounds: int) -> str:
    """The table of the CSV export of all guests, beside the floor's."""
    ours, floor = servers["ours"], servers["floor"]
    taken: dict[str, list[Taken]] = {"ours": [], "floor": []}
    _warm(ours, bench)
    for _ in range(rounds):
        taken["ours"].append(_download(ours, _link(ours, bench), None))
        taken["floor"].append(_download(floor, f"/v1/events/{bench.event_id}/attendees.csv", None))
    ratio = _median(taken["floor"]) / _median(taken["ours"])
    what, targets = f"CSV export of {len(bench.guest_ids):,}", "first byte < 0.5 s, < 50 MB, ≥ 0.5 of COPY"
    rows = (_cells(what, taken["ours"], targets, f"{ratio:.2f} of COPY"), _cells("COPY", taken["floor"], "", ""))
    return markdown(HEADS, rows)


def whole_page(bench: Bench, servers: Mapping[str, Server], *, rounds: int) -> str:
    """The table of all guests on one page, read fast and slowly."""
    ours, address = servers["ours"], f"/v1/events/{bench.event_id}/attendees?page%5Bsize%5D=0"
    _warm(ours, bench)
    fast = [_download(ours, address, bench.organizers_token) for _ in range(rounds)]
    slow = _download(ours, address, bench.organizers_token, bench)
    busy = f"{statistics.median(slow.busy):.0f} connections at work"
    rows = (
        _cells(f"page[size]=0 of {len(bench.guest_ids):,}", fast, "< 150 MB", ""),
        _cells("read slowly", [slow], "no connection at work", busy),
    )
    return markdown(HEADS, rows)


def _warm(server: Server, bench: Bench) -> None:
    """What a worker loads once is no part of what a list takes."""
    for _ in server.workers():
        _download(server, f"/v1/events/{bench.event_id}/attendees?page%5Bsize%5D=50", bench.organizers_token)


def _median(taken: list[Taken]) -> float:
    return statistics.median(one.seconds for one in taken)


def _cells(what: str, taken: list[Taken], target: str, seen: str) -> tuple[str, ...]:
    first = statistics.median(one.first_byte for one in taken)
    megabytes = (taken[0].size / MEGABYTE, max(one.grown for one in taken) / MEGABYTE)
    return (what, f"{first:.2f}", f"{_median(taken):.2f}", *(f"{each:.1f}" for each in megabytes), target, seen)


def _link(server: Server, bench: Bench) -> str:
    """The way of the clients: they start a task, ask how far it is, and open its link."""
    task = _json(server, f"/v1/events/{bench.event_id}/export/attendees/csv", bench.organizers_token)["task_url"]
    link: str = _json(server, task, bench.organizers_token)["result"]["download_url"]
    return "/" + link.split("/", 3)[3]


def _json(server: Server, path: str, token: str) -> dict[str, dict[str, str]]:
    with _asked(server, path, token) as answer:
        found: dict[str, dict[str, str]] = orjson.loads(answer.read())
        return found


@contextmanager
def _asked(server: Server, path: str, token: str | None) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        connection.request("GET", path, headers={} if token is None else {"Authorization": f"JWT {token}"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(f"{path}: {answer.status} {answer.read()[:1000].decode(errors='replace')}")
        yield answer
    finally:
        connection.close()


def _download(server: Server, path: str, token: str | None, slowly: Bench | None = None) -> Taken:
    """Reads the answer; ``slowly``: with long pauses, in which PostgreSQL is asked who is at work."""
    taken = Taken()
    with watched(server.workers()) as growth:
        began = time.perf_counter()
        with _asked(server, path, token) as answer:
            while part := answer.read(CHUNK):
                if not taken.size:
                    taken.first_byte = time.perf_counter() - began
                taken.size += len(part)
                if slowly is not None and len(taken.busy) < 10:
                    time.sleep(SLOW_READER_SECONDS)
                    taken.busy.append(_at_work(slowly))
        taken.seconds = time.perf_counter() - began
    taken.grown = growth.most
    return taken


def _at_work(bench: Bench) -> int:
    with bench.app.app_context():
        number: int = session().execute(text(BUSY)).scalar_one()
        return number
