"""An application under gunicorn, with the settings of production, whose turns are measured."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks import load, wrk
from benchmarks.clocks import cpu_seconds
from benchmarks.load import CONNECTIONS, NoAnswer, Refused, Round

PROJECT = Path(__file__).resolve().parent.parent

START_SECONDS = 60
LONGEST_SECONDS = 30

PROBE_SECONDS = 0.2
"""How long a server is asked before a turn, so that nothing in the turn is done for the first time."""


class Server:
    """An application under gunicorn. ``database`` is the process of its PostgreSQL, if that runs here."""

    def __init__(
        self,
        name: str,
        application: str,
        environment: dict[str, str],
        log: Path,
        database: psutil.Process | None = None,
    ):
        self.name = name
        self.port = _free_port()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "python:app.gunicorn_config", application],
                cwd=PROJECT,
                env=os.environ | environment | {"HOST": "127.0.0.1", "PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._log, self._database = log, database

    def wait_until_it_listens(self) -> None:
        """Returns when connections are accepted. Raises `Refused` when they are not, in time."""
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise Refused(f"gunicorn does not serve {self.name}:\n{self._log.read_text()}")

    def measure(
        self, requests: Sequence[bytes], seconds: float, *, connections: int = CONNECTIONS, again: bool = True
    ) -> Round:
        """A turn, with the processor time that the web processes and PostgreSQL spent on it; wrk drives where it can.
        ``again``: over and over the same requests; then a turn without an answer is made anew, twice as long."""
        drive = wrk.drive if wrk.drives(seconds) else load.drive
        web, database = self.web_seconds(), self._database_seconds()
        try:
            measured = drive(self.port, requests, seconds=seconds, connections=connections, again=again)
        except NoAnswer:
            if not again or seconds > LONGEST_SECONDS:
                raise
            return self.measure(requests, 2 * seconds, connections=connections)
        measured.cpu_seconds = self.web_seconds() - web
        measured.database_seconds = self._database_seconds() - database
        return measured

    def probe(self, requests: Sequence[bytes], *, again: bool = True) -> Round:
        """Warms up, each answer being read and checked."""
        return load.drive(self.port, requests, seconds=PROBE_SECONDS, again=again)

    def workers(self) -> list[psutil.Process]:
        """gunicorn's worker processes."""
        return psutil.Process(self._process.pid).children()

    def web_seconds(self) -> float:
        """Processor time of gunicorn up to now."""
        return cpu_seconds(psutil.Process(self._process.pid))

    def stop(self) -> None:
        """Ends gunicorn and its workers."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _database_seconds(self) -> float:
        return 0.0 if self._database is None else cpu_seconds(self._database)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
