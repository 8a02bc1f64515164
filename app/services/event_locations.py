"""Where events are: the places that the web app offers on its start page."""

import re
from dataclasses import dataclass

from sqlalchemy import func, select

from app.database import session
from app.models import Event
from app.models.events import PUBLISHED

SHOWN = 6


@dataclass(frozen=True)
class Place:
    """A place of events; ``id`` is that of the first event there, so that it stays the same."""

    id: int
    name: str
    slug: str


def most_frequent() -> list[Place]:
    """The places (``searchable_location_name``) of most published events, the most frequent first, six at most."""
    name = Event.searchable_location_name
    statement = (
        select(func.min(Event.id), name)
        .where(Event.state == PUBLISHED, Event.deleted_at.is_(None), name != "")
        .group_by(name)
        .order_by(func.count().desc(), name)
        .limit(SHOWN)
    )
    return [Place(first, str(place), _slug(str(place))) for first, place in session().execute(statement)]


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")
