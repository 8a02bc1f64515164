"""Sessions: programme items with their place and time."""

from typing import Any

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.errors import Invalid
from app.models import Microlocation, Session, Track


def create(data: dict[str, Any]) -> Session:
    """A new session. Raises `Invalid`: see `update`."""
    _require_valid(data["event_id"], data.get("starts_at"), data.get("ends_at"), data)
    programme_item = Session(**data)
    session().add(programme_item)
    session().flush()
    return programme_item


def update(programme_item: Session, data: dict[str, Any]) -> None:
    """Checks a change. Raises `Invalid` for an end before the start, and a track or room of another event."""
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
    _require_same_event(event_id, Track, data.get("track_id"), "track")
    _require_same_event(event_id, Microlocation, data.get("microlocation_id"), "microlocation")


def _require_same_event(event_id: int, model: type[Track | Microlocation], row_id: int | None, name: str) -> None:
    if row_id is None:
        return
    found = session().scalar(
        select(model.id).where(model.id == row_id, model.event_id == event_id, model.deleted_at.is_(None))
    )
    if found is None:
        raise Invalid(
            f"This event has no {name} with id {row_id}. Name one of this event.",
            pointer=f"/data/relationships/{name}/data",
        )
