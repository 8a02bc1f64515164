"""Whether what clients were told stands in the database, once each, and nothing else does."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.database import db, session
from app.services import integrity
from benchmarks.deeds import Told

NEWEST = "SELECT (SELECT coalesce(max(id), 0) FROM orders), (SELECT coalesce(max(id), 0) FROM movements)"
ORDERS = "SELECT identifier::text FROM orders WHERE event_id = :event_id AND id > :orders"
KEYS = "SELECT key FROM idempotency_keys WHERE key = ANY(:keys)"
SCANS = """
    SELECT client_uuid, id::text FROM movements
    WHERE event_id = :event_id AND id > :movements AND client_uuid IS NOT NULL
"""
CHANGES = """
    SELECT attendee_id, count(*) FROM movements
    WHERE event_id = :event_id AND id > :movements AND source = 'patch' AND verdict IN ('accepted', 'conflict')
        AND NOT is_inferred
    GROUP BY attendee_id
"""


@dataclass(frozen=True)
class Difference:
    """How the database differs from what clients were told. All zero, and no finding: nothing lost, nothing twice."""

    lost: int
    doubled: int
    findings: list[str]


class Books:
    """The database of an event, from now on."""

    def __init__(self, app: Flask, event_id: int):
        self._app, self._since = app, {"event_id": event_id}
        [(orders, movements)] = self._rows(NEWEST)
        self._since |= {"orders": orders, "movements": movements}

    def compare(self, told: Told) -> Difference:
        """What differs. Everybody has been told of everything he has asked for: nobody waits for an answer now."""
        orders = [identifier for (identifier,) in self._rows(ORDERS)]
        scans = self._rows(SCANS)
        changes = dict(self._rows(CHANGES))
        keys = {key for (key,) in self._rows(KEYS, keys=list(told.sales))}
        sold, seen = set(told.sales.values()), set(told.scans.items())
        lost = len(told.sales) - len(sold & set(orders)) + len(told.sales.keys() - keys) + len(seen - set(scans))
        doubled = len(set(orders) - sold) + len(set(scans) - seen)
        for guest_id in told.changes.keys() | changes.keys():
            more = changes.get(guest_id, 0) - told.changes[guest_id]
            lost, doubled = lost + max(0, -more), doubled + max(0, more)
        return Difference(lost, doubled, self._findings())

    def _rows(self, statement: str, **facts: Any) -> list[Any]:
        with self._app.app_context():
            rows = [tuple(row) for row in session().execute(text(statement), self._since | facts)]
            session().rollback()
            db.engine.dispose()  # nothing of ours is in the way of the next fault, nor is it hit by it
        return rows

    def _findings(self) -> list[str]:
        with self._app.app_context():
            found = [finding.text for finding in integrity.report()]
            session().rollback()
            db.engine.dispose()
        return found
