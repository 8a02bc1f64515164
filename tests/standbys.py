"""A streaming replica of the tests' PostgreSQL, on the same machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from app.embedded import EmbeddedPostgres
from app.system_user import make_private_folder


@contextmanager
def standby(primary: EmbeddedPostgres, folder: Path) -> Iterator[EmbeddedPostgres]:
    """A copy of a running server that follows it; it is stopped at the end, if it still runs."""
    copy = EmbeddedPostgres(folder, durable=False, max_connections=200)
    make_private_folder(copy.database_dir)
    socket_folder = make_url(primary.running_url() or "").query["host"]
    taken = copy._run(
        "pg_basebackup",
        *("--host", str(socket_folder), "--username", "postgres", "--wal-method", "stream"),
        *("--write-recovery-conf", "--checkpoint", "fast", "--no-sync"),
    )
    assert taken.returncode == 0, taken.stdout
    copy.start()
    try:
        yield copy
    finally:
        copy.stop()
