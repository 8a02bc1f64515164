"""The embedded PostgreSQL: where its files live, how it starts and stops.

The wheel that brings its programs (`app.postgresql`) could start and clean up, too; that is not used, because it waits
ten seconds at most and loses track of killed processes. Here one process owns the database: see `app.ownership`.
"""

import hashlib
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from app import postmaster, system_user
from app.postgresql import VERSION, DatabaseUnavailable, environment, programs, reason
from app.system_user import let_read, let_through, make_private_folder

START_SECONDS = 60
"""How long a start may take: recovery after a crash replays everything since the last checkpoint."""

STOP_SECONDS = 30
"""How long an orderly stop may take: it writes everything changed since the last checkpoint."""

MIN_CONNECTIONS = 100
"""PostgreSQL's own default for ``max_connections``; never less."""

_SURVIVOR_SECONDS = 15
_LONGEST_SOCKET_PATH = 103  # bytes, on macOS; Linux takes 107


class EmbeddedPostgres:
    """The server whose files are in ``database_dir``.

    Starting and stopping it is its owner's business (`app.ownership`). ``durable=False`` is for throw-away
    data only: faster, and lost when the machine stops.
    """

    def __init__(self, database_dir: Path, *, max_connections: int = MIN_CONNECTIONS, durable: bool = True):
        self.database_dir = database_dir.resolve()
        self.log = self.database_dir / "server.log"
        self._socket_folder = _socket_folder(self.database_dir)
        self._max_connections = max(max_connections, MIN_CONNECTIONS)
        self._durable = durable
        self._programs = _programs()
        self._announced = False

    def start(self) -> str:
        """Starts the server and gives its URL; the first time, its files are made. A running one is taken over.

        Raises `DatabaseUnavailable`.
        """
        try:
            if self._running() is None:
                self._open_for_system_user()
                self._create_files()
                self._launch()
            return self._wait_until_ready()
        except OSError as error:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL in {self.database_dir} cannot be started: {error}."
            ) from error

    def stop(self) -> None:
        """Stops the server and cuts its connections; nothing to do when it is not running.

        Raises `DatabaseUnavailable` when it does not stop.
        """
        # An «immediate» stop (SIGQUIT) is safe, the next start recovers; it is for a server that hangs.
        for number in (signal.SIGINT, signal.SIGQUIT):
            if self._has_stopped_after(number):
                return
        raise DatabaseUnavailable(f"The embedded PostgreSQL in {self.database_dir} does not stop; see {self.log}.")

    def running_url(self) -> str | None:
        """The URL of the running server; None when it is not running, or not yet ready."""
        running = self._running()
        if running is None or not running.ready:
            return None
        # The port only names the socket's file. Without it libpq would ask the environment (PGPORT).
        return f"postgresql+psycopg2://postgres:@/postgres?host={quote(running.socket_folder)}&port=5432"

    def pid(self) -> int | None:
        """The process id of the running server."""
        running = self._running()
        return running.pid if running else None

    def _has_stopped_after(self, number: signal.Signals) -> bool:
        running = self._running()
        if running is None:
            return True
        with suppress(ProcessLookupError):
            os.kill(running.pid, number)
        give_up = time.monotonic() + STOP_SECONDS
        while time.monotonic() < give_up:
            if self._running() is None:
                return True
            time.sleep(0.02)
        return False

    def _running(self) -> postmaster.Postmaster | None:
        return postmaster.running(self.database_dir)

    def _create_files(self) -> None:
        if self.database_dir.exists():
            self._require_usable_files()
            return
        # Made beside its place and moved there when complete: a first start that was killed leaves nothing half-made.
        unfinished = self.database_dir.with_name(f"{self.database_dir.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_private_folder(unfinished)
        # The built-in locale gives one sort order and one lower() on every machine, whatever its language.
        result = self._run(
            "initdb",
            *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
            *("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if self._durable else ("--no-sync",)),
            folder=unfinished,
        )
        if result.returncode != 0:
            raise DatabaseUnavailable(f"The embedded PostgreSQL cannot make its files: {reason(result.stdout)}.")
        unfinished.rename(self.database_dir)

    def _require_usable_files(self) -> None:
        try:
            version = (self.database_dir / "PG_VERSION").read_text().strip()
        except FileNotFoundError as error:
            raise DatabaseUnavailable(
                f"{self.database_dir} holds no PostgreSQL database: move it away, or set DATA_DIR."
            ) from error
        if version != VERSION:
            raise DatabaseUnavailable(
                f"{self.database_dir} was made by PostgreSQL {version}, this is {VERSION}: dump it with the old "
                "release and restore it here."
            )
        if self.database_dir.stat().st_uid == 0:
            raise DatabaseUnavailable(
                f"{self.database_dir} belongs to root, as whom PostgreSQL does not run: give it to another user "
                "(chown -R)."
            )

    def _launch(self) -> None:
        self._make_socket_folder()
        postmaster.mark_lock_files_stale(self.database_dir, self._socket_folder)
        give_up = time.monotonic() + _SURVIVOR_SECONDS
        while True:
            log_size = self.log.stat().st_size if self.log.exists() else 0
            result = self._run(
                *("pg_ctl", "start", "-w", "-t", str(START_SECONDS)),
                *("-l", str(self.log), "-o", shlex.join(self._server_options())),
            )
            if result.returncode == 0 or self._running() is not None:
                return
            said = self._log_since(log_size) or result.stdout
            # The children of a killed server still hold its memory for a moment.
            if "shared memory block" not in said or time.monotonic() > give_up:
                raise DatabaseUnavailable(
                    f"The embedded PostgreSQL does not start: {reason(said)} (its log is {self.log})."
                )
            time.sleep(0.2)

    def _server_options(self) -> list[str]:
        # No network address (-h ''): only who may enter the folder of the socket can connect.
        options = ["-h", "", "-p", "5432", "-k", str(self._socket_folder)]
        settings = {"max_connections": str(self._max_connections), "log_checkpoints": "off"}
        # Failed statements and rows that break a constraint name guests: the log shows neither.
        settings |= {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # Nothing is left in the tables of tests; statistics of empty tables make bad plans.
            settings |= {"autovacuum": "off"}
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        return options

    def _make_socket_folder(self) -> None:
        folder = self._socket_folder
        with suppress(FileExistsError):
            make_private_folder(folder)
        if folder.is_symlink() or folder.stat().st_uid != self.database_dir.stat().st_uid:
            raise DatabaseUnavailable(f"{folder} belongs to somebody else: set DATA_DIR to a shorter path.")

    def _wait_until_ready(self) -> str:
        give_up = time.monotonic() + START_SECONDS
        while self._running() is not None and time.monotonic() < give_up:
            url = self.running_url()
            if url is not None:
                return url
            time.sleep(0.05)
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL is not ready after {START_SECONDS} seconds; it may still be recovering from a "
            f"crash: see {self.log}, and start again."
        )

    def _log_since(self, size: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as file:
            file.seek(size)
            return file.read()

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program of PostgreSQL on the database's files (or on ``folder``), as the user they belong to."""
        folder = folder or self.database_dir
        owner = folder.stat() if os.geteuid() == 0 else None
        # A file, not a pipe: the server inherits it, and a pipe would only end with the server.
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            result = subprocess.run(
                [str(self._programs / program), *arguments, "-D", str(folder)],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment(),
                start_new_session=True,  # Ctrl-C is for the owner, who stops the server last
                user=owner and owner.st_uid,
                group=owner and owner.st_gid,
                extra_groups=owner and [],
            )
            output.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, stdout=output.read())

    def _open_for_system_user(self) -> None:
        """PostgreSQL refuses to run as root: as root, lets the user it runs as reach its programs and files."""
        if os.geteuid() != 0:
            return
        self.database_dir.parent.mkdir(parents=True, exist_ok=True)
        opened = [
            folder
            for path in (self.database_dir, self._socket_folder, self._programs.resolve())
            for folder in let_through(path)
        ]
        for folder in _program_folders(self._programs):
            let_read(folder)
        if not self._announced:
            self._announced = True
            also = f"; for that, other users may now pass through {', '.join(map(str, opened))}" if opened else ""
            print(f"Running as root: PostgreSQL runs as user {self._system_user_name()}{also}.", file=sys.stderr)

    def _system_user_name(self) -> str:
        if not self.database_dir.exists():
            return system_user.NAME
        uid = self.database_dir.stat().st_uid
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)


def _programs() -> Path:
    found = programs()
    if found is None:
        raise DatabaseUnavailable("No embedded PostgreSQL on this machine: set DATABASE_URL, or run 'make serve'.")
    return found


def _program_folders(programs: Path) -> list[Path]:
    """Everything that the programs read: their installation, and the shared libraries beside the package."""
    package = programs.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    return [programs.parent, *([libraries] if libraries.exists() else [])]


def _socket_folder(database_dir: Path) -> Path:
    """Where the socket is: among the database's files, or in a folder with a short path when theirs is too long."""
    path = os.fsencode(database_dir / postmaster.SOCKET)
    if len(path) <= _LONGEST_SOCKET_PATH and b"," not in path:  # a comma would separate two folders
        return database_dir
    return Path(tempfile.gettempdir()).resolve() / f"postgresql-{hashlib.sha256(path).hexdigest()[:16]}"
