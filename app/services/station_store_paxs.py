"""Heads counted by hand: creation and deletion."""

from typing import Any

from app.clock import utcnow
from app.database import session
from app.errors import Invalid
from app.models import Session, Station, StationStorePax


def create(station: Station, data: dict[str, Any]) -> StationStorePax:
    """A new count. Raises `Invalid` for a session of another event."""
    programme_item = session().get(Session, data["session_id"])
    if programme_item is None or programme_item.event_id != station.event_id or programme_item.deleted_at is not None:
        raise Invalid(
            f"The station's event has no session with id {data['session_id']}. Name one of this event.",
            pointer="/data/relationships/session/data",
        )
    now = utcnow()
    counted = StationStorePax(**data, event_id=station.event_id, created_at=now, modified_at=now)
    session().add(counted)
    session().flush()
    return counted


def delete(counted: StationStorePax) -> None:
    """Removes a count."""
    session().delete(counted)
    session().flush()
