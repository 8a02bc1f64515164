"""What the fault matrix strikes at: a real server, and the crowd in front of it."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  # a type
from sqlalchemy import make_url

from benchmarks.crowd import Crowd
from benchmarks.deeds import changes
from benchmarks.stage import Bench
from tests.servers import Server


@dataclass
class House:
    """A server with a crowd in front of it, and where both stand."""

    folder: Path
    settings: dict[str, str]
    server: Server
    bench: Bench
    lock_seconds: float
    crowd: Crowd = field(init=False)
    complaints: list[str] = field(default_factory=list)
    """What a fault itself has seen that must not be."""

    def __post_init__(self) -> None:
        name = f"in-flight-{time.monotonic_ns()}"
        self.in_flight = changes(name, self.bench.guest_ids[-1:])  # the last guest is in no client's share

    @property
    def threads(self) -> int:
        """How many requests the server works on at once."""
        return int(self.settings["WORKERS"]) * int(self.settings["THREADS"])

    def start_again(self) -> None:
        """Another server where the last one was."""
        output = self.folder / f"output-{time.monotonic_ns()}"
        self.server = Server(self.server.data_dir, output, self.server.port, **self.settings)
        self.server.wait_until_up()

    def connection(self) -> Connection:
        """One of our own to the database."""
        url = self.server.postgres.running_url()
        assert url is not None
        return psycopg2.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
