"""The one transaction of a request, committed once, after the answer is rendered. Opened here, but for what is listed.
A request that only reads has none.

When a sale comes up short, it is rolled back, seats whose time has run out are freed in a transaction of their own, and
the request runs once more. Deadlocks, serialization failures and what two have sent at once under the same name are
retried. More than one are only: a batch of scans, one after the other (`app.api.movement_batches`); a password that is
tried, counted in small ones before and after it is checked (`app.api.edge.login_attempts`); and the use of a door pass,
noted after the answer (`app.api.door_passes`).
"""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.api.edge import idempotency
from app.database import SYSTEM, only_read, transaction
from app.errors import SoldOut
from app.permissions.actors import ANONYMOUS
from app.services import inventory

READS = {"GET", "HEAD"}
"""Methods that change nothing."""

ATTEMPTS = 3
"""How often a request is tried when the database breaks a deadlock."""

DEADLOCK = "40P01"
SERIALIZATION = "40001"
RETRIED = {DEADLOCK, SERIALIZATION}
"""SQLSTATEs after which the same transaction may succeed at once."""

NAMED_BY_CLIENTS = {"uq_movements_event_id_client_uuid", "pk_idempotency_keys"}
"""Unique constraints of what is the same when it is sent twice: the next try finds the row of who was faster."""


Result = TypeVar("Result")


def register(app: Flask) -> None:
    """Spares the requests to ``app`` that only read a transaction."""
    app.before_request(_only_read)


def in_transaction(work: Callable[[], Response]) -> Response:
    """The answer that ``work`` gives, whose changes are one transaction; it may run more than once, and does not run if
    the same request was answered before (`app.api.edge.idempotency`)."""
    return in_step(lambda: idempotency.once(work))


def in_step(work: Callable[[], Result]) -> Result:
    """What comes of ``work``, one of several transactions that a request is made of; it may run more than once."""
    short: SoldOut | None = None
    swept = False
    attempt = 1
    while True:
        try:
            if short is not None and not swept:
                _free_overdue_seats(short)
                swept = True
            with transaction(g.get("actor", ANONYMOUS).subject, g.request_id):
                return work()
        except SoldOut as error:
            if swept:
                raise
            short = error  # tried again even if nothing is left to free: another seller's sweep may just have freed it
        except (OperationalError, IntegrityError) as error:
            if attempt == ATTEMPTS or not _may_succeed_now(error):
                raise
            attempt += 1


def _only_read() -> None:
    if request.method in READS:
        only_read()


def _may_succeed_now(error: DBAPIError) -> bool:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return getattr(error.orig, "pgcode", None) in RETRIED or constraint in NAMED_BY_CLIENTS


def _free_overdue_seats(error: SoldOut) -> None:
    ticket_ids = [each.ticket_id for each in error.all if isinstance(each, SoldOut)]
    with transaction(SYSTEM, g.request_id):
        inventory.expire_overdue(ticket_ids, held_for=current_app.config["SETTINGS"].order_expiry)
