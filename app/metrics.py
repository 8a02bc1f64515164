"""What is counted of the work of all workers, in the words of Prometheus.

prometheus-client decides when it is imported whether it counts across processes (`app.metric_files`), so this module is
imported when an application is made, and not before.

Business is counted where it is stored, whoever has asked for it and by which address: scans and sales are noted when
their rows are written, and count when their transaction is committed.
"""

from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, multiprocess, values
from sqlalchemy import event, inspect
from sqlalchemy.pool import Pool

from app.database import db
from app.models import Movement, Order
from app.models.orders import COMPLETED

REQUESTS = Counter("events_requests", "Requests answered.", ("route", "method", "status"))
SECONDS = Histogram(
    "events_request_seconds",
    "How long they took.",
    ("route", "method"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
STATEMENTS = Counter("events_statements", "SQL statements of requests.")
REFUSALS = Counter("events_refusals", "Errors told, by their code.", ("code",))
LOGIN_FAILURES = Counter("events_login_failures", "Log-ins refused, by the error's code.", ("code",))
SCANS = Counter("events_scans", "Scans stored, by what became of them.", ("direction", "verdict", "reason"))
SALES = Counter("events_sales", "Orders completed.", ("channel",))
CONNECTIONS = Gauge("events_connections_in_use", "Database connections in use.", multiprocess_mode="livesum")
LISTENERS = Gauge("events_stream_listeners", "Listeners of live streams.", multiprocess_mode="livesum")

DOOR, ONLINE = "door", "online"

_NOTED = "metrics noted"
_TAKEN = "metrics taken"


def registry() -> CollectorRegistry:
    """What all workers have counted; of a process without others, what it has."""
    if values.ValueClass is values.MutexValue:
        return REGISTRY
    collected = CollectorRegistry()
    multiprocess.MultiProcessCollector(collected)
    return collected


# --- of transactions --------------------------------------------------------------------------------------------------


@event.listens_for(db.session, "after_flush")
def _note(session: Any, _context: object) -> None:
    for row in session.new:
        _note_new(session, row)
    for row in session.dirty:
        if isinstance(row, Order) and inspect(row).attrs.status.history.added:
            _note_sale(session, row)


@event.listens_for(db.session, "detached_to_persistent")
def _note_stored(session: Any, row: Any) -> None:
    """Scans and sales are stored past the session's flush, and then put into it (`app.services.recordsets`)."""
    _note_new(session, row)


def _note_new(session: Any, row: Any) -> None:
    if isinstance(row, Movement):
        facts = vars(row)  # not the attributes: what was not set is not to be read from the database
        _keep(session, SCANS.labels(facts["direction"], facts["verdict"], facts.get("reason") or ""))
    elif isinstance(row, Order):
        _note_sale(session, row)


def _note_sale(session: Any, order: Order) -> None:
    facts = vars(order)
    if facts.get("status") == COMPLETED:
        at_the_door = any(facts.get(name) is not None for name in ("sold_by_id", "sold_by_pass_id"))
        _keep(session, SALES.labels(DOOR if at_the_door else ONLINE))


def _keep(session: Any, counter: Counter) -> None:
    session.info.setdefault(_NOTED, []).append(counter)


@event.listens_for(db.session, "after_commit")
def _count(session: Any) -> None:
    for counter in session.info.pop(_NOTED, ()):
        counter.inc()


@event.listens_for(db.session, "after_rollback")
def _forget(session: Any) -> None:
    session.info.pop(_NOTED, None)


# --- of the pool ------------------------------------------------------------------------------------------------------


@event.listens_for(Pool, "checkout")
def _taken(_connection: object, record: Any, _proxy: object) -> None:
    # Marked, since a connection that could not be opened is given back without having been taken.
    record.record_info[_TAKEN] = True
    CONNECTIONS.inc()


@event.listens_for(Pool, "checkin")
def _given_back(_connection: object, record: Any) -> None:
    if record.record_info.pop(_TAKEN, False):
        CONNECTIONS.dec()
