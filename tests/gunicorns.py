"""gunicorn with several workers on a database of a test's own."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.committed import Shop
from tests.processes import wait_until

PROJECT = Path(__file__).parent.parent


@contextmanager
def gunicorn(
    store: Shop, *, workers: int, threads: int, release: Path = PROJECT
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the master process of a server that answers; it is stopped at the end. ``release``: whose code."""
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
        cwd=release,
        env=os.environ | settings,
    )
    try:
        wait_until(lambda: _is_up(port) or process.poll() is not None, 60)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v1/events?page%5Bsize%5D=1")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
