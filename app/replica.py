"""The replica: a copy of the database that is a moment old, and who looks how old.

Reads that may be old go there (`app.api.edge.old_reads`), never a sale or a scan. One thread of each worker notes how
far the database has written, asks the replica how far it has come, and so knows when the replica was up to date at the
latest. Clocks and statistics are not asked: an idle database looks as if its replica were behind, and a replica that
has lost its connection as if it were not.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from decimal import Decimal

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.background import Background
from app.config import Settings
from app.database import REPLICA, db

log = logging.getLogger(__name__)

EXTENSION = "app.replica"
"""Where the application keeps its `Replica`, among its extensions."""

LOOK_SECONDS = 1

_WRITTEN = text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, system_identifier FROM pg_control_system()")
_REPLAYED = text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn END, "
    "system_identifier FROM pg_control_system()"
)
"""Bytes since the database began, nothing where the database is no replica; and which database it is a copy of."""


class Replica:
    """What a worker knows of the replica. Until the first look, and where there is none, it is not fresh."""

    def __init__(self, settings: Settings):
        self.is_there = settings.database_replica_url is not None
        self._max_age = settings.replica_max_age_seconds
        self._written: deque[tuple[float, Decimal]] = deque(maxlen=settings.replica_max_age_seconds // LOOK_SECONDS + 1)
        self._up_to_date_at: float | None = None
        self._told: str | None = "not asked yet"

    @property
    def is_fresh(self) -> bool:
        """Whether it shows everything that was written until ``replica_max_age_seconds`` ago."""
        return self._up_to_date_at is not None and time.monotonic() - self._up_to_date_at <= self._max_age

    def look(self) -> None:
        """Asks both how far they are. Within an application context."""
        try:
            problem = self._compare()
        except DBAPIError as error:
            problem = f"does not answer ({type(error.orig).__name__})"
        if problem is None and not self.is_fresh:
            problem = "is behind"
        if problem != self._told:  # once, and not every second
            log.warning("the replica %s", "is used" if problem is None else f"{problem}; it is left alone")
        self._told = problem

    def doubt(self) -> None:
        """It has failed somebody: it is left alone until the next look that finds it up to date."""
        self._up_to_date_at = None

    def _compare(self) -> str | None:
        """Notes when it was up to date; gives what speaks against it."""
        now = time.monotonic()
        with db.engine.connect() as connection:
            written, original = connection.execute(_WRITTEN).one()
        self._written.append((now, written))
        with db.engines[REPLICA].connect() as connection:
            replayed, copied = connection.execute(_REPLAYED).one()
        if replayed is None or copied != original:
            self.doubt()
            return "is no replica of this database"
        shown = [noted for noted, position in self._written if position <= replayed]
        if shown:
            self._up_to_date_at = shown[-1]
        return None


def lookout(app: Flask) -> Background:
    """Who looks how old the replica is, beside the requests of a worker; without a replica he does nothing."""
    replica: Replica = app.extensions[EXTENSION]

    def look(_go_on: Callable[[], bool]) -> None:
        if replica.is_there:
            replica.look()

    return Background(app, "replica", look, every=LOOK_SECONDS, complaint="nobody knows how old the replica is")
