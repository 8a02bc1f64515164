"""Sessions: programme items with their place and time."""

from typing import Any

from app.clock import utcnow
from app.database import session
from app.errors import Invalid
from app.models import Microlocation, Session, SessionType, Track
from app.services import references


def create(data: dict[str, Any]) -> Session:
    """A new session. Raises `Invalid`: see `update`."""
    _require_valid(data["event_id"], data.get("starts_at"), data.get("ends_at"), data)
    programme_item = Session(**data)
    session().add(programme_item)
    session().flush()
    return programme_item


def update(programme_item: Session, data: dict[str, Any]) -> None:
    """Checks a change. Raises `Invalid` for an end before the start, and a track, room or type of another event."""
    starts_at = data.get("starts_at", programme_item.starts_at)
    ends_at = data.get("ends_at", programme_item.ends_at)
    _require_valid(programme_item.event_id, starts_at, ends_at, data)


def delete(programme_item: Session) -> None:
    """Hides a session."""
    programme_item.deleted_at = utcnow()
    session().flush()


def _require_valid(event_id: int, starts_at: Any, ends_at: Any, data: dict[str, Any]) -> None:
    if starts_at and ends_at and starts_at >= ends_at:
        raise Invalid("ends-at should be after starts-at", pointer="/data/attributes/ends-at")
    references.require_of_event(event_id, Track, data.get("track_id"), "track")
    references.require_of_event(event_id, Microlocation, data.get("microlocation_id"), "microlocation")
    references.require_of_event(event_id, SessionType, data.get("session_type_id"), "session-type")
