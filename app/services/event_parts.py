"""What is simply stored under an event, or for the whole server: the same creation, change and deletion for all nouns,
and the few rules of single ones."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict
from app.models import Event, EventCopyright, EventSubTopic, EventTopic, SpeakersCall
from app.services import references, spans

Row = TypeVar("Row")

ONE_PER_EVENT: dict[Any, str] = {
    EventCopyright: "This event has its copyright already. Change that one.",
    SpeakersCall: "This event has its speakers' call already. Change that one.",
}
"""Of which an event has one at most, with the words that refuse a second one."""


def create(model: type[Row], data: dict[str, Any]) -> Row:
    """A new row of ``model``.

    Raises `Conflict` for the second of what an event has once, `NotFound` for a sub-topic of no topic, and as `update`.
    """
    if model in ONE_PER_EVENT:
        _require_none_yet(model, data["event_id"])
    if model is SpeakersCall:
        spans.require_order(data["starts_at"], data["ends_at"])
    if model is EventSubTopic:
        references.require_known(EventTopic, data["event_topic_id"], "event-topic")
    row = model(**data)
    session().add(row)
    session().flush()
    return row


def living(model: Any, event: Event) -> Sequence[Any]:
    """All rows of ``model`` that belong to the event, but for deleted ones, by id."""
    of_event = select(model).where(model.event_id == event.id, model.deleted_at.is_(None))
    return session().scalars(of_event.order_by(model.id)).all()


def update(row: Any, data: dict[str, Any]) -> None:
    """Checks a change. Raises `Invalid` for a speakers' call that ends before it starts."""
    if isinstance(row, SpeakersCall):
        spans.require_order(data.get("starts_at", row.starts_at), data.get("ends_at", row.ends_at))


def delete(row: Any) -> None:
    """Hides a row, whose references stay and lead to nothing that anybody sees; removes it where nothing is hidden."""
    if hasattr(row, "deleted_at"):
        row.deleted_at = utcnow()
    else:
        session().delete(row)
    session().flush()


def _require_none_yet(model: Any, event_id: int) -> None:
    living = select(model.id).where(model.event_id == event_id, model.deleted_at.is_(None))
    if session().scalar(living) is not None:
        raise Conflict(ONE_PER_EVENT[model], pointer="/data/relationships/event/data")
