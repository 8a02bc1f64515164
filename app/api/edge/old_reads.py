"""Reads that may be slightly old: from the replica while it is fresh, else, and when it fails, where all is written."""

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.database import reading_from_replica, session
from app.replica import EXTENSION, Replica

log = logging.getLogger(__name__)

Result = TypeVar("Result")


def maybe_old(work: Callable[[], Result]) -> Result:
    """What comes of ``work``, which only reads; it may run twice."""
    replica: Replica = current_app.extensions[EXTENSION]
    if not replica.is_fresh:
        return work()
    try:
        with reading_from_replica():
            return work()
    except (DBAPIError, PoolTimeout) as error:  # it is away, or what was read has changed there
        log.warning("the replica failed: %s", type(error).__name__)
        replica.doubt()
        session().rollback()
        return work()
