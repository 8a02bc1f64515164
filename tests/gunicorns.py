"""gunicorn with several workers on a database of a test's own, and its clients."""

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psutil

from tests import conformance
from tests.committed import PATIENCE, Answer, Shop
from tests.http import MEDIA_TYPE
from tests.processes import wait_until
from tests.servers import PROJECT, environment, free_port


@contextmanager
def gunicorn(
    store: Shop,
    *,
    workers: int,
    threads: int,
    output: Path | None = None,
    release: Path = PROJECT,
    **settings: str,
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the master process of a server that answers; it is stopped at the end. ``output``: where it writes;
    ``release``: whose code; ``settings``: variables of its environment."""
    port = free_port()
    size = {"WORKERS": str(workers), "THREADS": str(threads)}
    given = {"DATABASE_URL": store.url, "PORT": str(port), **size, "LOG_LEVEL": "ERROR"} | settings
    with output.open("w") if output else nullcontext() as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_config", "app:create_app()"],
            cwd=release,
            env=environment(store.app.config["SETTINGS"].data_dir, **given),
            stdout=file,
            stderr=file,
        )
    try:
        wait_until(lambda: _is_up(port) or process.poll() is not None, 60)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def ask(
    port: int, method: str, url: str, token: str = "", document: Any = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer to one request on a connection of its own; what is no JSON is only in its ``body``. Raises `OSError`
    where nobody takes it."""
    sent = {"Content-Type": MEDIA_TYPE} | ({"Authorization": f"JWT {token}"} if token else {}) | dict(headers or {})
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request(method, url, None if document is None else json.dumps(document), sent)
        response = connection.getresponse()
        body = response.read()
    conformance.check_body(f"{method} {url}", response.headers, body)
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(response.status, json.loads(body) if is_json else {}, response.headers, body)


def post(port: int, url: str, token: str, document: Any, headers: Mapping[str, str] | None = None) -> Answer | None:
    """The answer to a POST; None when the connection broke."""
    try:
        return ask(port, "POST", url, token, document, headers)
    except (OSError, http.client.HTTPException):
        return None


@contextmanager
def at_work(number: int, turn: Callable[[int], None]) -> Iterator[Callable[[], bool]]:
    """While the block runs, ``turn(0)`` to ``turn(number - 1)`` are done again and again, side by side; what was begun
    is finished, and what went wrong is raised at the end. The block gets a way to ask whether something did."""
    done = threading.Event()

    def work(index: int) -> None:
        while not done.is_set():
            turn(index)

    with ThreadPoolExecutor(number) as pool:
        working = [pool.submit(work, index) for index in range(number)]
        try:
            yield lambda: any(each.done() for each in working)
        finally:
            done.set()
    for each in working:
        each.result()


def kill_workers(master: "subprocess.Popen[bytes]", kills: int, *, pause: float, progress: Callable[[], int]) -> None:
    """Kills the older of two workers, so often, each at a moment of its own up to ``pause`` seconds after there was any
    ``progress`` since the kill before: a number that grows. So whoever is killed is at work."""
    chance = random.Random(9)
    workers = psutil.Process(master.pid).children
    seen = progress()

    def is_time() -> bool:
        return len(workers()) == 2 and progress() > seen

    for _ in range(kills):
        wait_until(is_time, 60)
        time.sleep(chance.random() * pause)
        min(workers(), key=psutil.Process.create_time).kill()
        seen = progress()


def _is_up(port: int) -> bool:
    try:
        return ask(port, "GET", "/v1/events?page%5Bsize%5D=1").status == 200
    except OSError:
        return False
