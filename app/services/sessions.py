"""Sessions: programme items with their place and time."""

from typing import Any

from sqlalchemy import ColumnElement, select

from app.clock import local_day, utcnow
from app.database import session
from app.errors import Invalid, NotFound
from app.models import Event, Microlocation, Session, SessionType, Speaker, Track
from app.models.sessions import STATES
from app.services import appearances, references


def create(data: dict[str, Any], *, creator_id: int | None = None) -> Session:
    """A new session. Raises `Invalid`: see `update`."""
    _require_valid(data["event_id"], data.get("starts_at"), data.get("ends_at"), data)
    on_stage = references.rows_of_event(data["event_id"], Speaker, data.pop("speaker_ids", []), "speaker")
    programme_item = Session(**data, creator_id=creator_id, speakers=on_stage)
    session().add(programme_item)
    session().flush()
    return programme_item


def update(programme_item: Session, data: dict[str, Any]) -> None:
    """Checks a change, and says who speaks (``speaker_ids``; with ``gone``, who speaks besides, and who no more).

    Raises `Invalid` for an end before the start, and for a track, room, type or speaker of another event.
    """
    starts_at = data.get("starts_at", programme_item.starts_at)
    ends_at = data.get("ends_at", programme_item.ends_at)
    _require_valid(programme_item.event_id, starts_at, ends_at, data)
    if "speaker_ids" in data:
        on_stage = references.rows_of_event(programme_item.event_id, Speaker, data.pop("speaker_ids"), "speaker")
        appearances.set_speakers(programme_item, on_stage, gone=data.pop("gone", None))


def find(session_id: int) -> Session:
    """The living session. Raises `NotFound`."""
    found = session().scalar(select(Session).where(Session.id == session_id, Session.deleted_at.is_(None)))
    if found is None:
        raise NotFound.of("Session", session_id, pointer="/data/relationships/session/data")
    return found


def transitions() -> dict[str, dict[str, dict[str, bool]]]:
    """Who may move a session from which state to which: ``{who: {from: {to: true}}}``.

    Organizers may set any. Speakers change nothing here; the key is there because clients look into it.
    """
    return {
        "organizer": {state: {other: True for other in STATES if other != state} for state in STATES},
        "speaker": {state: {} for state in STATES},
    }


def dates(event: Event, *, seen: ColumnElement[bool]) -> list[str]:
    """The days (``YYYY-MM-DD``), in the event's time zone, on which sessions that fulfil ``seen`` begin; in order.

    Told here and not by PostgreSQL, which does not know all zones that Python knows.
    """
    begins = select(Session.starts_at).where(Session.event_id == event.id, seen)
    return sorted({local_day(moment, event.timezone) for moment in session().scalars(begins) if moment is not None})


def delete(programme_item: Session) -> None:
    """Hides a session."""
    programme_item.deleted_at = utcnow()
    session().flush()


def _require_valid(event_id: int, starts_at: Any, ends_at: Any, data: dict[str, Any]) -> None:
    if starts_at and ends_at and starts_at >= ends_at:
        raise Invalid("ends-at should be after starts-at. Send a later ends-at.", pointer="/data/attributes/ends-at")
    references.require_of_event(event_id, Track, data.get("track_id"), "track")
    references.require_of_event(event_id, Microlocation, data.get("microlocation_id"), "microlocation")
    references.require_of_event(event_id, SessionType, data.get("session_type_id"), "session-type")
