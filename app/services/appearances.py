"""Who speaks in which session, changed from either side.

Not by the relationships of the models, which fail when somebody does the same from the other side meanwhile.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Column, delete
from sqlalchemy.dialects.postgresql import insert

from app.database import session
from app.models import Session, Speaker
from app.models.speakers import sessions_speakers

_LINKS = sessions_speakers.c


def set_sessions(speaker: Speaker, talks: Iterable[Session], *, gone: Sequence[int] | None = None) -> None:
    """Links a speaker to these sessions, and no more to those whose ids are ``gone``: without it, to no others."""
    _link(_LINKS.speaker_id, speaker.id, _LINKS.session_id, [talk.id for talk in talks], gone)
    session().expire(speaker, ["sessions"])


def set_speakers(programme_item: Session, on_stage: Iterable[Speaker], *, gone: Sequence[int] | None = None) -> None:
    """Links a session to these speakers, and no more to those whose ids are ``gone``: without it, to no others."""
    _link(_LINKS.session_id, programme_item.id, _LINKS.speaker_id, [who.id for who in on_stage], gone)
    session().expire(programme_item, ["speakers"])


def _link(own: Column[int], row_id: int, other: Column[int], ids: list[int], gone: Sequence[int] | None) -> None:
    stale = other.not_in(ids) if gone is None else other.in_(gone)
    session().execute(delete(sessions_speakers).where(own == row_id, stale))
    if ids:
        links = [{own.name: row_id, other.name: each} for each in ids]
        session().execute(insert(sessions_speakers).on_conflict_do_nothing(), links)
