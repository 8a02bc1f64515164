"""``manage.py serve`` as a process of its own, with the embedded PostgreSQL."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.embedded import EmbeddedPostgres
from tests.processes import wait_until

PROJECT = Path(__file__).parent.parent
DATABASE_SETTINGS = {
    *("DATABASE_URL", "DATABASE_LISTEN_URL", "DATABASE_REPLICA_URL", "TEST_DATABASE_URL"),
    *("DATA_DIR", "HOST", "PORT"),
}
"""What a developer may have set for a server of his own, and what no server of a test may take from there."""


class Server:
    """A running ``manage.py serve``."""

    def __init__(self, data_dir: Path, output: Path, port: int, **settings: str):
        self.port = port
        self.data_dir = data_dir
        self.postgres = EmbeddedPostgres(data_dir / "postgresql")
        self._output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=PROJECT,
                env=environment(data_dir, PORT=str(self.port), **settings),
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self._output.read_text()

    def wait_until_up(self) -> None:
        # The base URL stands in the greeting, which is printed when the server has answered.
        wait_until(lambda: f"http://127.0.0.1:{self.port}" in self.output() or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.output()

    def status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/v1/events")
            return connection.getresponse().status
        finally:
            connection.close()

    def gunicorn(self) -> psutil.Process | None:
        children = psutil.Process(self.process.pid).children()
        # as_dict gives None for the command line of one that has just died
        return next((child for child in children if "gunicorn" in (child.as_dict(["cmdline"])["cmdline"] or [])), None)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Variables for a process that knows of no other database, with these settings."""
    ours = {name: value for name, value in os.environ.items() if name not in DATABASE_SETTINGS}
    return ours | {"DATA_DIR": str(data_dir)} | settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving_in(folder: Path, port: int | None = None, **settings: str) -> Iterator[Server]:
    server = Server(folder / "var", folder / "output", port or free_port(), **settings)
    try:
        server.wait_until_up()
        yield server
    finally:
        server.stop()
