"""Processor time of whole families of processes, and how steady the machine is."""

import statistics
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import psycopg2
from sqlalchemy import make_url

LOOPS = 300_000
SAMPLES = 9


def cpu_seconds(root: psutil.Process) -> float:
    """Processor time of a process and its descendants, with those that have ended.

    Of a process that has ended, its parent keeps the time: so the root is read last, and nothing is lost of one that
    ends meanwhile.
    """
    seconds = 0.0
    for child in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            seconds += _own(child)
    return seconds + _own(root)


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def postmaster(url: str) -> psutil.Process | None:
    """The process whose children are PostgreSQL's; None when the server is on another machine."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(plain)
    try:
        backend = psutil.Process(connection.info.backend_pid)
        return backend.parent() if backend.name().startswith("postgres") else None
    except psutil.NoSuchProcess:
        return None
    finally:
        connection.close()


def fixed_work() -> float:
    """Milliseconds that the same loop takes: the median of some, which grows when others use the processor."""
    return 1000 * statistics.median(_timed(_loop) for _ in range(SAMPLES))


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _loop() -> None:
    for _ in range(LOOPS):
        pass
