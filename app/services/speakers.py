"""Speakers: creation, change and deletion."""

from typing import Any

from app.clock import utcnow
from app.database import session
from app.models import Session, Speaker
from app.services import appearances, references


def create(data: dict[str, Any], *, user_id: int | None = None) -> Speaker:
    """A new speaker, entered by a user. Raises `Invalid` for sessions of another event."""
    talks = references.rows_of_event(data["event_id"], Session, data.pop("session_ids", []), "session")
    speaker = Speaker(**data, user_id=user_id, sessions=talks)
    session().add(speaker)
    session().flush()
    return speaker


def update(speaker: Speaker, data: dict[str, Any]) -> None:
    """Says in which sessions he speaks (``session_ids``; with ``gone``, in which besides, and in which no more). Raises
    as `create`."""
    if "session_ids" in data:
        talks = references.rows_of_event(speaker.event_id, Session, data.pop("session_ids"), "session")
        appearances.set_sessions(speaker, talks, gone=data.pop("gone", None))


def delete(speaker: Speaker) -> None:
    """Hides a speaker."""
    speaker.deleted_at = utcnow()
    session().flush()
