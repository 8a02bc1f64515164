"""Rows of an event's programme for tests: tracks, microlocations, sessions."""

from typing import Any

from app.models import Event, Microlocation, Session, Track


def make_track(session: Any, event: Event, **facts: Any) -> Track:
    """A grey track."""
    return _add(session, Track(**{"event_id": event.id, "name": "Music", "color": "#808080"} | facts))


def make_microlocation(session: Any, event: Event, **facts: Any) -> Microlocation:
    """A hall."""
    return _add(session, Microlocation(**{"event_id": event.id, "name": "Main hall"} | facts))


def make_session(session: Any, event: Event, **facts: Any) -> Session:
    """An accepted programme item without a time."""
    return _add(session, Session(**{"event_id": event.id, "title": "Opening", "state": "accepted"} | facts))


def _add(session: Any, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
