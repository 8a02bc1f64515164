"""gunicorn's settings, for ``manage.py serve``.

Without it, on a database whose schema is current: ``gunicorn -c python:app.gunicorn_config "app:create_app()"``.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from app.config import Settings
from app.serving import GRACEFUL_SECONDS, SUPERVISOR

_PR_SET_PDEATHSIG = 1

_settings = Settings.from_environment()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
graceful_timeout = GRACEFUL_SECONDS
keepalive = 5  # seconds; phones at the door send several requests in a row
accesslog = None  # the application logs one line per request itself
loglevel = "warning"
control_socket_disable = True  # it would be shared by all servers of one user
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # heartbeats on a slow disk can stall a worker


def on_starting(_server: object) -> None:
    """Ends gunicorn together with its supervisor, which a ``kill -9`` gives no time to stop it (Linux only)."""
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None or sys.platform != "linux":
        return
    # SIGQUIT ends it without waiting for requests: the next supervisor needs the port.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
    if os.getppid() != int(supervisor):  # it was gone before we asked
        sys.exit(1)
