"""The one connection of a worker that listens: what one worker tells on it, those of all workers hear.

Outside of the pool, since a connection that listens must stay (PgBouncer in transaction mode cannot do that), and
outside of every request: PostgreSQL lets transactions that notify commit one after the other.
"""

import logging
import time
from collections.abc import Iterable

import psycopg2
from sqlalchemy import make_url

log = logging.getLogger(__name__)

CHANNEL = "occupancy"
NAME = "events-live"
"""As PostgreSQL's list of connections shows it."""

PAUSE_SECONDS = 2
"""How long after a failure the connection is not opened again."""

ANSWER_SECONDS = 5
"""Whoever does not answer within it is away."""

MOST_IDS = 300
"""In one notice, which must stay below 8,000 bytes."""


class Line:
    """Ids that changed, told to all workers and heard from all. Opened when it is first used; reopened after failures.

    For one thread. `is_open` says whether nothing can have been missed since the last `exchange`.
    """

    def __init__(self, database_url: str):
        url = make_url(database_url)
        self._arguments, self._options = url.get_dialect()().create_connect_args(url)
        self._connection: psycopg2.extensions.connection | None = None
        self._due = 0.0
        self._is_lost = False

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._connection is not None

    @property
    def may_open(self) -> bool:
        """Whether the pause after the last failure is over."""
        return time.monotonic() >= self._due

    def fileno(self) -> int:
        """Readable when there is something to hear. Only while it is open."""
        assert self._connection is not None
        return int(self._connection.fileno())

    def exchange(self, told: Iterable[int]) -> set[int] | None:
        """Tells ids, and gives those that were heard, one's own among them. None when it failed, and is closed now:
        ``told`` must be told again, and others may be missed."""
        try:
            connection = self._connection or self._opened()
            with connection.cursor() as cursor:
                for text in _in_parts(told):
                    cursor.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
            connection.poll()
        except psycopg2.Error as error:
            self._lose(error)
            return None
        payloads = [notice.payload for notice in connection.notifies]
        connection.notifies.clear()
        return {int(each) for payload in payloads for each in payload.split(",") if each.isdecimal()}

    def close(self) -> None:
        """Stops listening."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _opened(self) -> "psycopg2.extensions.connection":
        # An answer that never comes must not keep the thread: nobody would be told anything.
        ours = {
            "application_name": NAME,
            "connect_timeout": ANSWER_SECONDS,
            "tcp_user_timeout": ANSWER_SECONDS * 1000,
            "keepalives_idle": ANSWER_SECONDS,
            "options": f"-c statement_timeout={ANSWER_SECONDS * 1000}",
        }
        connection = psycopg2.connect(*self._arguments, **{**ours, **self._options})
        self._connection = connection
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        if self._is_lost:
            log.info("the connection that listens is open again")
        self._is_lost = False
        return connection

    def _lose(self, error: Exception) -> None:
        self.close()
        self._due = time.monotonic() + PAUSE_SECONDS
        if not self._is_lost:  # once, not for every try
            log.warning("the connection that listens was lost: %s; it is opened again", type(error).__name__)
        self._is_lost = True


def _in_parts(ids: Iterable[int]) -> list[str]:
    texts = [str(each) for each in sorted(ids)]
    return [",".join(texts[first : first + MOST_IDS]) for first in range(0, len(texts), MOST_IDS)]
