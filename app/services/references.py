"""What a row is to refer to: it must be there, and of the same event where it belongs to one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.database import session
from app.errors import Invalid, NotFound


def require_of_event(event_id: int, model: Any, row_id: int | None, name: str) -> None:
    """Raises `Invalid` unless the event has that living row; None is no reference. ``name`` is the relationship's."""
    if row_id is not None and not is_of_event(event_id, model, row_id):
        raise _not_of_event(name, [row_id], relationship=name)


def is_of_event(event_id: int, model: Any, row_id: int) -> bool:
    """Whether the event has that living row."""
    return _is_there(model, row_id, model.event_id == event_id)


def rows_of_event(event_id: int, model: Any, ids: Sequence[int], name: str) -> list[Any]:
    """The living rows with these ids, in their order. Raises `Invalid` unless the event has all of them. ``name`` is
    one row's; the relationship has it in the plural."""
    if not ids:
        return []
    statement = select(model).where(model.id.in_(ids), model.event_id == event_id, *_living(model))
    found = list(session().scalars(statement.order_by(model.id)))
    if missing := set(ids) - {row.id for row in found}:
        raise _not_of_event(name, sorted(missing), relationship=f"{name}s")
    return found


def require_known(model: Any, row_id: int | None, name: str) -> None:
    """Raises `NotFound` unless there is that living row; None is no reference. ``name`` is the relationship's."""
    if row_id is None or _is_there(model, row_id):
        return
    raise NotFound.of(f"{model.called()}.id", row_id, pointer=f"/data/relationships/{name}/data")


def _is_there(model: Any, row_id: int, *conditions: ColumnElement[bool]) -> bool:
    statement = select(model.id).where(model.id == row_id, *_living(model), *conditions)
    return session().scalar(statement) is not None


def _living(model: Any) -> tuple[ColumnElement[bool], ...]:
    return (model.deleted_at.is_(None),) if hasattr(model, "deleted_at") else ()


def _not_of_event(name: str, ids: Sequence[int], *, relationship: str) -> Invalid:
    named = ", ".join(map(str, ids))
    return Invalid(
        f"This event has no {name} with id {named}. Name one of this event.",
        pointer=f"/data/relationships/{relationship}/data",
    )
