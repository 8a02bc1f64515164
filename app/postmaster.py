"""What lies beside the files of an embedded PostgreSQL and tells whether it runs: its pid file, and its lock files."""

from dataclasses import dataclass
from pathlib import Path

import psutil

from app.postgresql import DatabaseUnavailable

SOCKET = ".s.PGSQL.5432"
"""The socket's file in its folder."""

_READY = {"ready", "standby"}
"""What the pid file says when the server answers; a standby answers reads."""

_PID_FILE = "postmaster.pid"
_IMPOSSIBLE_PID = "2147483647"  # above every system's largest pid


@dataclass(frozen=True)
class Postmaster:
    """What the pid file of a running server says."""

    pid: int
    socket_folder: str
    ready: bool


def running(database_dir: Path) -> Postmaster | None:
    """The running server. A pid file alone proves nothing: it outlives a killed server, and pids are reused.

    Raises `DatabaseUnavailable` when the files belong to another user.
    """
    try:
        lines = (database_dir / _PID_FILE).read_text().splitlines()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise DatabaseUnavailable(
            f"The embedded database in {database_dir} belongs to another user: run this as the user who started it "
            "first."
        ) from error
    if not lines or not lines[0].isdigit() or not _is_server_of(database_dir, int(lines[0])):
        return None
    lines += [""] * 8  # the file is written line by line while the server starts
    return Postmaster(int(lines[0]), socket_folder=lines[4], ready=lines[7].strip() in _READY)


def mark_lock_files_stale(database_dir: Path, socket_folder: Path) -> None:
    """Lets PostgreSQL see that left-over lock files are stale although their pid is in use, by something else.

    In the pid file only the pid is replaced: by the rest PostgreSQL recognises surviving children of a killed
    server, beside which it must not start. A file cut short (by a power failure) says nothing and goes.
    """
    (socket_folder / f"{SOCKET}.lock").unlink(missing_ok=True)
    path = database_dir / _PID_FILE
    if not path.exists():
        return
    lines = path.read_text().splitlines()
    if len(lines) < 7 or not lines[0].isdigit():
        path.unlink()
    elif psutil.pid_exists(int(lines[0])):
        path.write_text("\n".join([_IMPOSSIBLE_PID, *lines[1:]]) + "\n")


def _is_server_of(database_dir: Path, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        # A zombie is dead; one stays when process 1 of a container does not collect its children.
        return process.status() != psutil.STATUS_ZOMBIE and str(database_dir) in process.cmdline()
    except psutil.Error:
        return False
