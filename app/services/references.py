"""What a row is to refer to: it must be there, and of the same event where it belongs to one."""

from typing import Any

from sqlalchemy import ColumnElement, select

from app.database import session
from app.errors import Invalid, NotFound


def require_of_event(event_id: int, model: Any, row_id: int | None, name: str) -> None:
    """Raises `Invalid` unless the event has that living row; None is no reference. ``name`` is the relationship's."""
    if row_id is None or _is_there(model, row_id, model.event_id == event_id):
        return
    raise Invalid(
        f"This event has no {name} with id {row_id}. Name one of this event.",
        pointer=f"/data/relationships/{name}/data",
    )


def require_known(model: Any, row_id: int | None, name: str) -> None:
    """Raises `NotFound` unless there is that living row; None is no reference. ``name`` is the relationship's."""
    if row_id is None or _is_there(model, row_id):
        return
    raise NotFound(f"{model.__name__}.id: {row_id} not found", pointer=f"/data/relationships/{name}/data")


def _is_there(model: Any, row_id: int, *conditions: ColumnElement[bool]) -> bool:
    living = (model.deleted_at.is_(None),) if hasattr(model, "deleted_at") else ()
    return session().scalar(select(model.id).where(model.id == row_id, *living, *conditions)) is not None
