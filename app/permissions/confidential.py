"""Columns that only the team of a row's event is told of: in documents, and where filters and sorting could tell."""

from typing import Any

from sqlalchemy import ColumnElement, case

from app.models import Session, Speaker
from app.permissions.actors import Actor

CONFIDENTIAL = {
    Speaker: (
        "email",
        "mobile",
        "address",
        "gender",
        "heard_from",
        "speaking_experience",
        "sponsorship_required",
        "complex_field_values",
    ),
    Session: ("comments", "complex_field_values"),
}
"""By model."""


def column(actor: Actor, model: Any, name: str) -> ColumnElement[Any]:
    """A column to compare and sort by: of rows that the actor is not told it of, null."""
    found: ColumnElement[Any] = getattr(model, name)
    if actor.is_staff or name not in CONFIDENTIAL.get(model, ()):
        return found
    return case((model.event_id.in_(list(actor.roles)), found))


def concealed(actor: Actor, row: Any) -> tuple[str, ...]:
    """The columns of a row that the actor is not told of."""
    told = actor.is_staff or getattr(row, "event_id", None) in actor.roles
    return () if told else CONFIDENTIAL.get(type(row), ())
