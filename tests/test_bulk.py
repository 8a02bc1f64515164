"""What a worker spends on files and lists of very many guests: when they begin, and by how much it grows."""

import http.client
import os
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.memory import MEGABYTE, watched
from tests.committed import Shop
from tests.database import run
from tests.factories import World
from tests.gunicorns import ask, gunicorn

GUESTS = int(os.environ.get("BULK_GUESTS", "4000"))


@dataclass
class Fetched:
    """What an answer was like: its status and length, and by how much the worker grew."""

    status: int
    length: int
    growth: int


def fetched(port: int, worker: psutil.Process, url: str, headers: dict[str, str]) -> Fetched:
    """An answer, while somebody looks at the worker all the time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    with closing(connection), watched([worker]) as growth:
        connection.request("GET", url, headers=headers)
        response = connection.getresponse()
        length = 0
        while piece := response.read(MEGABYTE):
            length += len(piece)
    return Fetched(response.status, length, growth.most)


def crowd(store: Shop) -> World:
    """An event with many guests, who need no order here."""
    world = store.open()
    run(
        store.url,
        "SET session_replication_role = replica; "
        "INSERT INTO ticket_holders (event_id, ticket_id, firstname, lastname, email, created_at) "
        f"SELECT {world.event.id}, {world.free.id}, 'Ada', 'Guest ' || number, number || '@example.org', now() "
        f"FROM generate_series(1, {GUESTS}) AS number",
    )
    return world


def test_a_worker_does_not_grow_with_what_it_sends(store: Shop):
    """`BULK_GUESTS=100000` asks for more of them."""
    world = crowd(store)
    token = store.token(world.organizer)
    headers = {"Authorization": f"JWT {token}"}
    attendees = f"/v1/events/{world.event.id}/attendees"
    with gunicorn(store, workers=1, threads=4) as (port, master):
        worker = psutil.Process(master.pid).children()[0]
        task: Any = ask(port, "GET", f"/v1/events/{world.event.id}/export/attendees/csv", token).document["task_url"]
        link = ask(port, "GET", task, token).document["result"]["download_url"].removeprefix(f"http://127.0.0.1:{port}")
        fetched(port, worker, f"{attendees}?page[size]=20", headers)
        file = fetched(port, worker, link, {})
        page = fetched(port, worker, f"{attendees}?page[size]=1000000", headers)
        whole = fetched(port, worker, f"{attendees}?page[size]=0", headers)
    assert (file.status, page.status, whole.status) == (200, 200, 200)
    assert (file.length > 50 * GUESTS, whole.length > 1000 * GUESTS) == (True, True)
    assert abs(page.length - whole.length) < 100, "but for the links"
    # Of 4,000 guests it is 1 and 7 MB; read and rendered at once, the document makes it 30.
    assert file.growth < 10 * MEGABYTE
    assert page.growth < 15 * MEGABYTE
    assert whole.growth < 15 * MEGABYTE
