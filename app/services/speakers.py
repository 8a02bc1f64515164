"""Speakers: creation, change and deletion, and how many there are."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select

from app.clock import utcnow
from app.database import session
from app.errors import Invalid
from app.models import Event, Session, Speaker
from app.models.speakers import sessions_speakers

Row = TypeVar("Row", Session, Speaker)

SESSIONS = "/data/relationships/sessions/data"
COUNTED = ("accepted", "confirmed", "pending", "rejected", "withdrawn", "canceled")


def create(data: dict[str, Any], *, user_id: int | None = None) -> Speaker:
    """A new speaker, entered by a user. Raises `Invalid` for sessions of another event."""
    talks = of_event(Session, data["event_id"], data.pop("session_ids", []), pointer=SESSIONS)
    speaker = Speaker(**data, user_id=user_id, sessions=talks)
    session().add(speaker)
    session().flush()
    return speaker


def update(speaker: Speaker, data: dict[str, Any]) -> None:
    """Says in which sessions he speaks (``session_ids``). Raises as `create`."""
    if "session_ids" in data:
        speaker.sessions = of_event(Session, speaker.event_id, data.pop("session_ids"), pointer=SESSIONS)


def delete(speaker: Speaker) -> None:
    """Hides a speaker."""
    speaker.deleted_at = utcnow()
    session().flush()


def of_event(model: type[Row], event_id: int, ids: Sequence[int], *, pointer: str) -> list[Row]:
    """The living rows with these ids. Raises `Invalid` when the event has not all of them."""
    if not ids:
        return []
    living = select(model).where(model.id.in_(ids), model.event_id == event_id, model.deleted_at.is_(None))
    found = list(session().scalars(living.order_by(model.id)))
    if missing := set(ids) - {row.id for row in found}:
        named = ", ".join(map(str, sorted(missing)))
        raise Invalid(
            f"This event has no {model.__name__.lower()} with id {named}. Name those of this event.", pointer=pointer
        )
    return found


def counted(event: Event) -> dict[str, int]:
    """How many speakers have a session in which state; ``total`` is all of them, also those without a session."""
    living = (Speaker.event_id == event.id, Speaker.deleted_at.is_(None))
    by_state = (
        select(Session.state, func.count(Speaker.id.distinct()))
        .join_from(Speaker, sessions_speakers)
        .join(Session)
        .where(*living, Session.deleted_at.is_(None))
        .group_by(Session.state)
    )
    found: dict[str, int] = {row[0]: row[1] for row in session().execute(by_state)}
    total = session().scalar(select(func.count(Speaker.id)).where(*living)) or 0
    return {state: found.get(state, 0) for state in COUNTED} | {"total": total}
