"""Dumps of the database in pg_dump's custom format, made and restored by PostgreSQL's own programs.

A dump is written beside its place, read again from its first byte to its last, and moved there when all is well. It is
restored in one transaction: what was there before goes when all of it has come.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn
from sqlalchemy import make_url

from app.postgresql import VERSION, programs, reason

NAME = "backup-%Y%m%dT%H%M%SZ.dump"
OWN_NAMES = re.compile(r"backup-\d{8}T\d{6}Z\.dump")

LOCK_WAIT_SECONDS = 60
"""How long a dump waits for a migration that is at a table."""

UNFINISHED = ".unfinished"

REPLACE = (
    "SET lock_timeout = '5s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC"
)

_REVISION = re.compile(r"^COPY public\.alembic_version .*\n(.*)\n\\\.$", re.MULTILINE)
_CHUNK = 1 << 20


class CannotDump(Exception):
    """What is wrong with a dump, or with the database it is of; the text is one sentence that says what to do."""


def name_at(moment: datetime) -> str:
    """What a dump of this instant (UTC) is called when nobody has named it."""
    return moment.strftime(NAME)


def require_version(server: int) -> None:
    """Raises `CannotDump` for a server of a newer major version than pg_dump, which would refuse it."""
    if server > int(VERSION):
        raise CannotDump(
            f"The database is PostgreSQL {server}, and the pg_dump that comes with this server is {VERSION}: use that "
            f"of PostgreSQL {server}, or a newer one."
        )


def write(database_url: str, path: Path) -> int:
    """Writes a dump to ``path``, for its owner's eyes only; gives its size in bytes. Raises `CannotDump`."""
    if path.exists():
        raise CannotDump(f"{path} exists already: choose another name.")
    dsn, environment = _connection(database_url)
    with _unfinished(path) as unfinished:
        wait = f"--lock-wait-timeout={LOCK_WAIT_SECONDS * 1000}"
        _run(
            environment, "pg_dump", "--format=custom", "--no-password", wait, f"--file={unfinished}", f"--dbname={dsn}"
        )
        require_whole(unfinished)
        size = unfinished.stat().st_size
        unfinished.rename(path)
        _sync_folder(path.parent)
    return size


def require_whole(path: Path) -> None:
    """Reads all of a dump. Raises `CannotDump` when that is not possible."""
    _run({}, "pg_restore", "--file=/dev/null", str(path))


def revision_of(path: Path) -> str:
    """The schema's revision that a dump is of. Raises `CannotDump` when it is none of this server's."""
    told = _run({}, "pg_restore", "--data-only", "--schema=public", "--table=alembic_version", "--file=-", str(path))
    match = _REVISION.search(told)
    if match is None:
        raise CannotDump(f"{path} is no backup of this server: it says nothing of its schema.")
    return match[1]


def restore(database_url: str, path: Path, *, replace: bool) -> None:
    """Puts a dump into the database, in one transaction; ``replace``: after all that is there. Its tables belong to who
    restores them. Raises `CannotDump`; nothing has changed then."""
    dsn, environment = _connection(database_url)
    before = ("--command", REPLACE) if replace else ()
    options = ("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--single-transaction")
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        reader = _start(
            {}, "pg_restore", "--no-owner", "--no-privileges", "--file=-", str(path), stdout=subprocess.PIPE
        )
        writer = _start(
            environment, "psql", *options, f"--dbname={dsn}", *before, "--file=-",
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        with reader, writer:
            try:
                _pass_on(reader, writer)
            except BaseException:
                writer.kill()  # at the end of its input it would commit what it has
                reader.kill()
                raise
            finally:
                writer.wait()
        if writer.returncode != 0:
            said.seek(0)
            raise CannotDump(f"The database does not take {path}: {reason(said.read())}.")


def prune(folder: Path, keep: int) -> list[Path]:
    """Deletes dumps that were named by us, but for the newest ``keep``; gives those that are gone."""
    own = sorted(path for path in folder.iterdir() if OWN_NAMES.fullmatch(path.name))
    old = own[:-keep]
    for path in old:
        path.unlink()
    return old


def _pass_on(reader: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]") -> None:
    assert reader.stdout is not None
    assert writer.stdin is not None
    try:
        while chunk := reader.stdout.read(_CHUNK):
            writer.stdin.write(chunk)
        writer.stdin.flush()
    except BrokenPipeError:  # it has ended, and says why
        reader.kill()
        with suppress(BrokenPipeError):
            writer.stdin.close()
        return
    if reader.wait() != 0:
        raise CannotDump("The dump could not be read to its end: nothing was restored.")
    writer.stdin.close()


def _connection(database_url: str) -> tuple[str, dict[str, str]]:
    """What PostgreSQL's programs are told: no password on the command line, which everybody on the machine can read."""
    url = make_url(database_url)
    _, options = url.get_dialect()().create_connect_args(url)
    password = options.pop("password", None)
    return make_dsn(**options), {"PGPASSWORD": password} if password else {}


def _run(environment: dict[str, str], program: str, *arguments: str) -> str:
    """What the program prints. Raises `CannotDump` with its reason when it fails."""
    process = _start(environment, program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.communicate()
    if process.returncode != 0:
        raise CannotDump(f"{program} failed: {reason(errors.decode(errors='replace'))}.")
    return output.decode(errors="replace")


def _start(environment: dict[str, str], program: str, *arguments: str, **files: Any) -> "subprocess.Popen[bytes]":
    folder = programs()
    if folder is None:
        raise CannotDump("PostgreSQL's programs are not installed here: 'make serve' installs them.")
    # Its own variables of the environment are meant, as they are by the driver: a password file, certificates.
    ours = os.environ | {"LC_ALL": "C"} | environment
    return subprocess.Popen([str(folder / program), *arguments], env=ours, **files)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that only its owner can read; gone at the end, unless it was moved."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=UNFINISHED, dir=path.parent)
    except OSError as error:
        raise CannotDump(f"Nothing can be written to {path.parent}: {error.strerror}.") from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Else a power failure may take the name back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
