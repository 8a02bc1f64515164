"""gunicorn's settings, for ``manage.py serve``.

Without it, on a database whose schema is current: ``gunicorn -c python:app.gunicorn_config "app:create_app()"``.
"""

import ctypes
import os
import signal
import socket
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

from app import create_app, metric_files, stopping
from app.config import BadSetting, Settings
from app.database import db
from app.garbage import settle
from app.live import BOARD
from app.logs import GunicornLogger
from app.mailing import Postman
from app.postgresql import DatabaseUnavailable
from app.preflight import SchemaMismatch, require_answer, require_current_schema
from app.replica import lookout
from app.rounds import cleaner, watchman
from app.sealing import sealer
from app.serving import GRACEFUL_SECONDS, SILENT_SECONDS, SUPERVISOR

_PR_SET_PDEATHSIG = 1

_settings = Settings.from_environment()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "app.web_worker.EvenWorker"
threads = _settings.threads
graceful_timeout = GRACEFUL_SECONDS
keepalive = 5  # seconds; phones at the door send several requests in a row
accesslog = None  # the application logs one line per request itself
loglevel = "warning"
logger_class = GunicornLogger
forwarded_allow_ips = ""  # what proxies say is believed in one place, app.proxies; gunicorn believes the loopback's
secure_scheme_headers: dict[str, str] = {}
limit_request_line = 8190  # gunicorn's largest: filters in addresses are long
control_socket_disable = True  # it would be shared by all servers of one user
_memory = Path("/dev/shm")
if _memory.is_dir():
    worker_tmp_dir = str(_memory)  # heartbeats on a slow disk can stall a worker
metric_files.prepare(_memory if _memory.is_dir() else Path(tempfile.gettempdir()))


def on_starting(_server: object) -> None:
    """Without a supervisor, refuses a database that is not ready, which ``serve`` has done already. With one, ends
    together with it: a ``kill -9`` gives it no time to stop us (Linux only)."""
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None:
        _require_ready_database()
        return
    if sys.platform != "linux":
        return
    # SIGQUIT ends it without waiting for requests: the next supervisor needs the port.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
    if os.getppid() != int(supervisor):  # it was gone before we asked
        sys.exit(1)


def when_ready(server: Any) -> None:
    """By now gunicorn listens, and handles its signals.

    A phone that loses the network in the middle of a request must not keep a thread: gunicorn itself would wait for the
    rest of a body without end, and until somebody reads the rest of an answer. Connections inherit this from the socket
    that they come from.
    """
    stopping.hold_back(_settings.drain_seconds)
    silence = struct.pack("ll", SILENT_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, silence)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, silence)


def post_worker_init(worker: Any) -> None:
    """Beside its requests each worker does what nobody waits for: it tells listeners, sends mails, makes the rounds,
    seals the audit, and looks how old the replica is. It begins with nothing left to load."""
    settle()
    board = worker.wsgi.extensions.get(BOARD)
    if board is None:
        return  # the benchmarks' bare application, under the same settings
    worker.background = [board, *(kind(worker.wsgi) for kind in (Postman, watchman, cleaner, sealer, lookout))]
    # gunicorn calls nothing when it begins to stop: streams look for themselves, or it would wait for them in vain.
    board.start(lambda: worker.alive and worker.ppid == os.getppid())
    for each in worker.background[1:]:
        each.start()


def worker_exit(_server: object, worker: Any) -> None:
    """What is being done beside the requests comes to its end, or is left when that takes long."""
    for each in getattr(worker, "background", ()):  # none of an application that could not be loaded
        each.stop()


def child_exit(_server: object, worker: Any) -> None:
    """Connections and listeners of a worker that has ended are gone."""
    metric_files.forget_worker(worker.pid)
    worker.leave()


def on_exit(_server: object) -> None:
    """The last that the master does."""
    metric_files.remove()


def _require_ready_database() -> None:
    try:
        require_answer(_settings.required_database_url())
        if _settings.database_listen_url is not None:
            require_answer(_settings.database_listen_url, "DATABASE_LISTEN_URL")
        with create_app(_settings).app_context():
            require_current_schema()
            db.engine.dispose()
    except (BadSetting, DatabaseUnavailable, SchemaMismatch) as error:
        sys.exit(str(error))
