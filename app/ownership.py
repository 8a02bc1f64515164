"""Who owns the embedded PostgreSQL: one process, which holds the lock beside its files. The operating system frees it
when that process is killed. Everybody else attaches."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded import MIN_CONNECTIONS, START_SECONDS, EmbeddedPostgres
from app.postgresql import DatabaseUnavailable


@contextmanager
def own(
    database_dir: Path, *, max_connections: int = MIN_CONNECTIONS, patience: float = 3
) -> Iterator[EmbeddedPostgres]:
    """Owns the embedded PostgreSQL for the block: it runs inside, and is stopped at the end.

    One that a killed owner left running is taken over. Raises `DatabaseUnavailable`, also when another process owns it
    and has not given it up after ``patience`` seconds.
    """
    server = EmbeddedPostgres(database_dir, max_connections=max_connections)
    with _lock_file(server, "lock") as ownership:
        _wait_for_ownership(server, ownership, patience)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def attach_or_borrow(database_dir: Path) -> Iterator[str]:
    """The URL of the embedded PostgreSQL: of the running one, or of one that runs for this block only.

    Raises `DatabaseUnavailable`.
    """
    server = EmbeddedPostgres(database_dir)
    with _lock_file(server, "users") as users, _lock_file(server, "lock") as ownership:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a borrower is stopping the server
        url = _url_unless_ours(server, ownership)
        if url is not None:
            yield url
            return
        url = server.start()
        try:
            yield url
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX)  # those who attached meanwhile finish first
            finally:
                server.stop()


def _url_unless_ours(server: EmbeddedPostgres, ownership: int) -> str | None:
    """The URL of the running server, also of one that is just being started; None when we have become its owner."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        url = server.running_url()
        if url is not None:
            return url
        if _try_lock(ownership):
            return None
        time.sleep(0.1)
    raise DatabaseUnavailable(
        f"Another process owns the embedded PostgreSQL in {server.database_dir}, but it does not come up: see "
        f"{server.log}."
    )


def _wait_for_ownership(server: EmbeddedPostgres, ownership: int, patience: float) -> None:
    give_up = time.monotonic() + patience
    while not _try_lock(ownership):
        if time.monotonic() > give_up:
            raise DatabaseUnavailable(
                f"The embedded database in {server.database_dir} is in use by another server or command: stop that "
                "first, or set DATA_DIR to another folder."
            )
        time.sleep(0.1)


@contextmanager
def _lock_file(server: EmbeddedPostgres, purpose: str) -> Iterator[int]:
    """An open file to lock, beside the database's folder. Closing it frees the lock; children do not inherit it."""
    path = server.database_dir.with_name(f"{server.database_dir.name}.{purpose}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DatabaseUnavailable(f"The data folder cannot be used: {error}; set DATA_DIR to another one.") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
