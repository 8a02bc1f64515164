"""gunicorn with several workers on a database of a test's own."""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.committed import Answer, Shop
from tests.http import MEDIA_TYPE
from tests.processes import wait_until

PROJECT = Path(__file__).parent.parent


@contextmanager
def gunicorn(store: Shop, *, workers: int, threads: int) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the master process of a server that answers; it is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "DATABASE_URL": store.url,
        "DATA_DIR": str(store.app.config["SETTINGS"].data_dir),
        "PORT": str(port),
        "WORKERS": str(workers),
        "THREADS": str(threads),
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_config", "app:create_app()"],
        cwd=PROJECT,
        env=os.environ | settings,
    )
    try:
        wait_until(lambda: _is_up(port) or process.poll() is not None, 60)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def post(port: int, url: str, token: str, document: Any, headers: Mapping[str, str] | None = None) -> Answer | None:
    """The answer to one request on a connection of its own; None when the connection broke."""
    sent = {"Authorization": f"JWT {token}", "Content-Type": MEDIA_TYPE} | dict(headers or {})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", url, json.dumps(document), sent)
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, json.loads(body), response.headers, body)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextmanager
def at_work(number: int, turn: Callable[[int], None]) -> Iterator[None]:
    """While the block runs, ``turn(0)`` to ``turn(number - 1)`` are done again and again, side by side; what was begun
    is finished, and what went wrong is raised at the end."""
    done = threading.Event()

    def work(index: int) -> None:
        while not done.is_set():
            turn(index)

    with ThreadPoolExecutor(number) as pool:
        working = [pool.submit(work, index) for index in range(number)]
        try:
            yield
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
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/events?page%5Bsize%5D=1")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
