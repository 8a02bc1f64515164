"""Who is inside, live: across gunicorn's workers, without delay for anybody else, and healed whatever is lost."""

import http.client
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.notices import NAME
from app.serving import GRACEFUL_SECONDS
from tests.committed import Shop
from tests.factories import World
from tests.gunicorns import gunicorn
from tests.http import MEDIA_TYPE, resource
from tests.listeners import Ear
from tests.processes import wait_until

pytestmark = pytest.mark.usefixtures("all_adds_up")

WORKERS, THREADS = 2, 4
LISTENING = f"SELECT pid FROM pg_stat_activity WHERE application_name = '{NAME}' AND datname = current_database()"


class Venue:
    """An event on a real server with two workers, at whose door one guest goes in and out."""

    def __init__(self, store: Shop, port: int, process: "subprocess.Popen[bytes]"):
        self.store, self.port, self.process = store, port, process
        self.world: World = store.open()
        self.token = store.token(self.world.registrar)
        self.url = f"/v1/events/{self.world.event.id}/occupancy"
        self._door = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._scans = 0

    def scan(self) -> int:
        """The guest goes in, or out if he was in; gives how many are inside then. Always the same worker's scan."""
        self._scans += 1
        inside = self._scans % 2
        document = resource("movement", {"direction": "in" if inside else "out"}, attendee=self.world.attendee)
        assert self.request("POST", f"/v1/events/{self.world.event.id}/movements", document) == 201
        return inside

    def leave(self) -> None:
        self._door.close()

    def request(self, method: str, url: str, document: Any = None) -> int:
        body = None if document is None else json.dumps(document)
        headers = {"Authorization": f"JWT {self.token}", "Content-Type": MEDIA_TYPE}
        self._door.request(method, url, body, headers)
        response = self._door.getresponse()
        response.read()
        return response.status

    def median(self, url: str, requests: int = 150) -> float:
        """Seconds that a request takes."""
        taken = []
        for _ in range(requests):
            began = time.perf_counter()
            assert self.request("GET", url) == 200
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    @contextmanager
    def everybody_listening(self) -> Iterator[list[Ear]]:
        """A listener at each worker: there is one place at each, and who finds none asks again."""
        ears: list[Ear] = []

        def all_are_there() -> bool:
            ear = self.listen()
            if ear.status == 200:
                ears.append(ear)
            else:
                assert ear.status == 503
                ear.hang_up()
            return len(ears) == WORKERS

        try:
            wait_until(all_are_there)
            yield ears
        finally:
            for ear in ears:
                ear.hang_up()

    def listen(self) -> Ear:
        return Ear(self.port, f"{self.url}/stream", self.token)


@pytest.fixture(scope="module")
def venue(store: Shop) -> Iterator[Venue]:
    with gunicorn(store, workers=WORKERS, threads=THREADS) as (port, process):
        venue = Venue(store, port, process)
        yield venue
        venue.leave()


def reached(ears: list[Ear], inside: int) -> Callable[[], bool]:
    return lambda: all(ear.inside() == inside for ear in ears)


def test_a_scan_through_one_worker_reaches_the_listeners_of_both_within_a_second(venue: Venue):
    with venue.everybody_listening() as ears:
        wait_until(lambda: len(venue.store.rows(LISTENING)) == WORKERS)
        delays = []
        for _ in range(8):
            began = time.monotonic()
            wait_until(reached(ears, venue.scan()), 1)
            delays.append(max(ear.heard[-1][0] for ear in ears) - began)
    print(f"\nfrom the scan to the last listener: {statistics.median(delays):.3f} s, at most {max(delays):.3f} s")
    assert max(delays) < 1


def test_with_all_places_taken_others_are_served_as_fast_as_before(venue: Venue):
    url = f"/v1/events/{venue.world.event.id}"
    venue.median(url, 30)
    before = venue.median(url)
    with venue.everybody_listening():
        meanwhile = venue.median(url)
        refused = [venue.listen() for _ in range(3 * WORKERS)]
    after = venue.median(url)
    milliseconds = [round(each * 1000, 1) for each in (before, meanwhile, after)]
    print("\nmedian of a GET in ms before, with all places taken, and after: {}, {}, {}".format(*milliseconds))
    assert meanwhile < 2 * max(before, after) + 0.01
    for ear in refused:
        assert (ear.status, ear.response.headers["Retry-After"]) == (503, "5")
        [error] = json.loads(ear.response.read())["errors"]
        assert error["code"] == "streams-taken"
        ear.hang_up()


def test_a_place_is_free_again_soon_after_its_client_has_gone(venue: Venue):
    with venue.everybody_listening():
        pass
    began = time.monotonic()
    with venue.everybody_listening():
        assert time.monotonic() - began < 4


def test_a_burst_is_told_in_a_few_events_and_the_last_one_is_right(venue: Venue):
    with venue.everybody_listening() as ears:
        told = [len(ear.heard) for ear in ears]
        began = time.monotonic()
        for _ in range(101):
            inside = venue.scan()
        seconds = time.monotonic() - began
        wait_until(reached(ears, inside), 2)
        events = [len(ear.heard) - before for ear, before in zip(ears, told, strict=True)]
    print(f"\n101 scans in {seconds:.1f} s: {events} events")
    assert max(events) <= 10 * seconds + 3
    assert max(events) < 60


def test_a_lost_connection_is_opened_again(venue: Venue):
    with venue.everybody_listening() as ears:
        wait_until(lambda: len(venue.store.rows(LISTENING)) == WORKERS)
        lost = set(venue.store.rows(LISTENING))
        venue.store.rows(f"SELECT pg_terminate_backend(pid) FROM ({LISTENING}) AS listening")
        wait_until(lambda: len(set(venue.store.rows(LISTENING)) - lost) == WORKERS, 6)
        time.sleep(0.3)  # what was missed meanwhile has been read
        venue.leave()  # the server may have, while nobody spoke
        wait_until(reached(ears, venue.scan()), 1)


def test_streams_end_when_the_server_stops(venue: Venue):
    """The last one: it ends the server of the others."""
    with venue.everybody_listening() as ears:
        began = time.monotonic()
        venue.process.terminate()
        wait_until(lambda: all(ear.ended_at is not None for ear in ears), 4)
        streams = max(ear.ended_at or 0 for ear in ears) - began
        assert venue.process.wait(GRACEFUL_SECONDS) == 0, "it need not be made to"
        print(f"\nstreams ended after {streams:.1f} s, the server after {time.monotonic() - began:.1f} s")
