"""``manage.py serve``: one process that starts PostgreSQL and gunicorn, watches over both, and stops them in order."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import flask_migrate

from app import create_app
from app.config import Settings
from app.database import db
from app.embedded import EmbeddedPostgres
from app.ownership import own
from app.postgresql import DatabaseUnavailable
from app.preflight import require_answer, require_known_schema

SUPERVISOR = "SERVE_PID"
"""Environment variable that tells gunicorn the process id of its supervisor."""

GRACEFUL_SECONDS = 10
"""How long running requests may take to finish when the server stops."""

SILENT_SECONDS = 5
"""How long a client may be silent in the middle of a request; then its thread works for others."""

LOOK_SECONDS = 0.2
"""How often the supervisor looks whether its children live."""

_LARGEST_PORT = 65535
_PROJECT = Path(__file__).parent.parent
_PORT_SECONDS = 10
_ANSWER_SECONDS = 60
_STABLE_SECONDS = 60
_LONGEST_DELAY = 30
_QUESTION = "/v1/events?page%5Bsize%5D=1"


class CannotServe(Exception):
    """Why the server cannot start; the text is one sentence that says what to do."""


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT.

    Raises `CannotServe` and `app.embedded.DatabaseUnavailable`; whatever was started by then is stopped again.
    """
    stopping = _stop_signals()
    with ExitStack() as stack:
        listener = stack.enter_context(_claimed_port(settings.host, settings.port))
        host, port = listener.getsockname()[:2]
        url, postgres = stack.enter_context(_database(settings))
        if stopping.is_set():
            return
        welcome = _prepare(replace(settings, database_url=url), base_url(host, port))
        if stopping.is_set():
            return
        web = Gunicorn(listener, settings, url)
        stack.callback(web.stop)
        # Without our copy of the socket, new connections are refused as soon as gunicorn has closed its own.
        stack.callback(listener.close)
        web.start()
        _wait_for_answer((_reachable(host), port), web, stopping)
        if not stopping.is_set():
            print(welcome, flush=True)
        _watch(web, postgres, stopping)


class Gunicorn:
    """gunicorn as a child process. It inherits the listening socket, so that requests wait while it is restarted."""

    def __init__(self, listener: socket.socket, settings: Settings, database_url: str):
        self._listener = listener
        self._environment = os.environ | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(settings.data_dir.absolute()),
            SUPERVISOR: str(os.getpid()),
        }
        self._patience = settings.drain_seconds + GRACEFUL_SECONDS + 5
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts gunicorn; its answer is not awaited."""
        descriptor = self._listener.fileno()
        options = ["-c", "python:app.gunicorn_config", "--bind", f"fd://{descriptor}"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "app:create_app()"],
            pass_fds=[descriptor],
            cwd=_PROJECT,
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for the supervisor, who lets requests finish
        )

    def is_alive(self) -> bool:
        """Whether gunicorn's master process runs; it watches over the workers itself."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Lets who sends requests know, and running ones finish, for a limited time; then ends gunicorn and its
        workers."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Keeper:
    """Starts something again whenever it has died: at once the first time, later when deaths follow each other."""

    def __init__(self, name: str, is_alive: Callable[[], bool], start: Callable[[], object]):
        self._name = name
        self._is_alive = is_alive
        self._start = start
        self._started = time.monotonic()
        self._quick_deaths = 0
        self._due: float | None = None

    def look(self) -> None:
        """Restarts it if it is dead and the time for that has come; never blocks on a delay."""
        now = time.monotonic()
        if self._due is None:
            if self._is_alive():
                return
            delay = self._delay(now)
            self._due = now + delay
            _say(f"{self._name} has ended; it is started again" + (f" in {delay} seconds." if delay else "."))
        if now >= self._due:
            self._due = None
            self._restart()

    def _delay(self, now: float) -> int:
        if now - self._started > _STABLE_SECONDS:
            self._quick_deaths = 0
        self._quick_deaths += 1
        return min(_LONGEST_DELAY, 2 ** (self._quick_deaths - 2)) if self._quick_deaths > 1 else 0

    def _restart(self) -> None:
        try:
            self._start()
        except DatabaseUnavailable as error:
            _say(str(error))
        self._started = time.monotonic()


def _watch(web: Gunicorn, postgres: EmbeddedPostgres | None, stopping: threading.Event) -> None:
    keepers = [Keeper("gunicorn", web.is_alive, web.start)]
    if postgres is not None:
        keepers.append(Keeper("PostgreSQL", lambda: postgres.pid() is not None, postgres.start))
    while not stopping.wait(LOOK_SECONDS):
        for keeper in keepers:
            keeper.look()


def _stop_signals() -> threading.Event:
    """An event that is set when we are asked to stop."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP, and means it
            signal.signal(number, lambda *_: stopping.set())
    return stopping


def _claimed_port(host: str, port: int) -> socket.socket:
    """A socket bound to the port, not listening yet. Raises `CannotServe` when that is not possible."""
    if port > _LARGEST_PORT:
        raise CannotServe(f"PORT is {port}: it must be {_LARGEST_PORT} at most.")
    give_up = time.monotonic() + _PORT_SECONDS  # gunicorn of a supervisor that was just killed needs a moment to end
    while True:
        try:
            return _bound_socket(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CannotServe(f"Cannot listen on HOST {host}, PORT {port}: {error.strerror}.") from error
            if time.monotonic() > give_up:
                raise CannotServe(
                    f"Port {port} is in use: stop what listens there, or choose another one, such as PORT={port + 1}."
                ) from error
        time.sleep(0.1)


def _bound_socket(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def base_url(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens on ``host``; «everywhere» includes the loopback."""
    host = _reachable(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


@contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """The database's URL, and the embedded server when it is that one, which we then own."""
    if settings.database_listen_url is not None:
        require_answer(settings.database_listen_url, "DATABASE_LISTEN_URL")
    if settings.database_url is not None:
        require_answer(settings.database_url)
        yield settings.database_url, None
        return
    with own(settings.database_dir, max_connections=_needed_connections(settings)) as postgres:
        yield postgres.start(), postgres


def _needed_connections(settings: Settings) -> int:
    """Twice what all workers may hold (old and new ones overlap in a restart), and some for commands."""
    return 2 * settings.workers * settings.connections_per_worker + 20


def _prepare(settings: Settings, address: str) -> str:
    """Brings the schema up to date and loads the demo event into an empty database; gives the text to greet with."""
    from app import demo

    app = create_app(settings)
    with app.app_context():
        require_known_schema()
        flask_migrate.upgrade()
        demo.load_if_empty()
        welcome = demo.welcome_text(address)
        db.engine.dispose()
    return welcome


def _wait_for_answer(address: tuple[str, int], web: Gunicorn, stopping: threading.Event) -> None:
    give_up = time.monotonic() + _ANSWER_SECONDS
    while not stopping.is_set():
        if not web.is_alive():
            raise CannotServe("gunicorn ended while it was starting: its messages above say why.")
        if _answers(address):
            return
        if time.monotonic() > give_up:
            raise CannotServe(f"gunicorn gave no answer for {_ANSWER_SECONDS} seconds.")
        time.sleep(0.05)


def _answers(address: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*address, timeout=5)
    try:
        connection.request("GET", _QUESTION)
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
