"""Tracks: creation and deletion."""

from typing import Any

from app.clock import utcnow
from app.database import session
from app.models import Track


def create(data: dict[str, Any]) -> Track:
    """A new track."""
    track = Track(**data)
    session().add(track)
    session().flush()
    return track


def delete(track: Track) -> None:
    """Hides a track; its sessions stay, without a track that anybody sees."""
    track.deleted_at = utcnow()
    session().flush()
