"""Where the time of each job goes: in one process without a server, by cProfile.

That makes Python's own work look about twice as long as it is, and adds the same to each call, however short. So the
shares tell more than the sums.
"""

import cProfile
import io
import logging
import pstats
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import PurePath
from typing import Any

from werkzeug.test import run_wsgi_app

from app.garbage import settle
from benchmarks.jobs import Job
from benchmarks.load import Refused
from benchmarks.stage import Bench
from benchmarks.tables import markdown

REQUESTS = 200
WARM = 20
"""Requests before those that are looked at: what is made once has been made."""

SECONDS = 1.0
"""As many requests are prepared as would do for a turn of this length."""

COSTLIEST = 5

DATABASE, HASH = "PostgreSQL", "argon2"
KINDS = ("psycopg2", "sqlalchemy", "flask", "werkzeug", "marshmallow", "orjson", "logging", "app")
"""By a word in a file's path or a function's name; whatever has none of them is Python's own."""

Function = tuple[str, int, str]


def measure(bench: Bench, jobs: Sequence[Job], *, requests: int = REQUESTS) -> str:
    """A table of the jobs, and of each its costliest functions."""
    settle()  # as a worker does
    with _silence():
        found = {job.name: _profiled(bench, job, requests) for job in jobs}
    kinds = [DATABASE, HASH, *KINDS, "Python"]
    shares = {name: _shares(functions) for name, functions in found.items()}
    rows = [[name, *(f"{share[kind]:.2f}" for kind in kinds)] for name, share in shares.items()]
    lines = [f"* {name}: {', '.join(_costliest(functions))}" for name, functions in found.items()]
    return "\n".join([markdown(["job, ms a request", *kinds], rows), "", *lines])


def _profiled(bench: Bench, job: Job, requests: int) -> dict[Function, float]:
    """Milliseconds of a request that each function takes itself."""
    sent = job.requests(bench, SECONDS)
    asked = map(_environment, islice(cycle(sent) if job.again else sent, WARM + requests))
    for each in islice(asked, WARM):
        _ask(bench, each)
    profile = cProfile.Profile()
    number = 0
    for each in asked:
        profile.enable()
        _ask(bench, each)
        profile.disable()
        number += 1
    job.note(bench, WARM + number)
    return {function: times[2] * 1000 / number for function, times in pstats.Stats(profile).stats.items()}


def _ask(bench: Bench, environment: dict[str, Any]) -> None:
    body, status, _headers = run_wsgi_app(bench.app, environment, buffered=True)
    if status.split()[0] not in {"200", "201"}:
        raise Refused(f"{status}: {b''.join(body)!r}")


def _environment(request: bytes) -> dict[str, Any]:
    """What gunicorn would make of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, address, version = first.split()
    path, _, query = address.partition("?")
    headers = {name.upper().replace("-", "_"): value for name, value in (line.split(": ") for line in lines)}
    plain = {name: headers.pop(name) for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if name in headers}
    return {
        **plain,
        **{f"HTTP_{name}": value for name, value in headers.items()},
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": version,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _shares(functions: dict[Function, float]) -> Counter[str]:
    shares: Counter[str] = Counter()
    for function, milliseconds in functions.items():
        shares[_kind(function)] += milliseconds
    return shares


def _kind(function: Function) -> str:
    file, _, name = function
    if "psycopg2" in name and ("'execute'" in name or "'commit'" in name):
        return DATABASE
    if "argon2" in name or "_ffi" in name:
        return HASH
    parts = {*PurePath(file).parts, *name.replace(".", " ").replace("'", " ").split()}
    return next((kind for kind in KINDS if kind in parts), "Python")


def _costliest(functions: dict[Function, float]) -> Iterable[str]:
    """The functions that take most, but for those that wait for PostgreSQL."""
    own = {function: each for function, each in functions.items() if _kind(function) not in {DATABASE, HASH}}
    for (file, line, name), each in Counter(own).most_common(COSTLIEST):
        place = f" ({PurePath(file).parent.name}/{PurePath(file).name}:{line})" if line else ""
        yield f"`{name.strip('{}').removeprefix('built-in method ')}`{place} {each:.3f}"


@contextmanager
def _silence() -> Iterator[None]:
    """The log's lines are made, and go nowhere."""
    handlers = [handler for handler in logging.getLogger().handlers if isinstance(handler, logging.StreamHandler)]
    before = [handler.setStream(io.StringIO()) for handler in handlers]
    try:
        yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            handler.setStream(stream)
