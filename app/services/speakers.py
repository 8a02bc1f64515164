"""Speakers: creation, change and deletion, and who speaks where."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, select
from sqlalchemy import delete as removal
from sqlalchemy.dialects.postgresql import insert

from app.clock import utcnow
from app.database import session
from app.errors import Invalid
from app.models import Session, Speaker
from app.models.speakers import sessions_speakers

Row = TypeVar("Row", Session, Speaker)

LINKS = sessions_speakers.c
SESSIONS = "/data/relationships/sessions/data"


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
        talks = of_event(Session, speaker.event_id, data.pop("session_ids"), pointer=SESSIONS)
        link(LINKS.speaker_id, speaker.id, LINKS.session_id, [talk.id for talk in talks])
        session().expire(speaker, ["sessions"])


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


def link(own: Column[int], row_id: int, other: Column[int], ids: Sequence[int]) -> None:
    """Links a session to exactly these speakers, or a speaker to exactly these sessions.

    Not by the relationships of the models, which fail when somebody does the same from the other side meanwhile.
    """
    session().execute(removal(sessions_speakers).where(own == row_id, other.not_in(ids)))
    if ids:
        links = [{own.name: row_id, other.name: each} for each in ids]
        session().execute(insert(sessions_speakers).on_conflict_do_nothing(), links)
