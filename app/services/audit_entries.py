"""Audit entries that no trigger writes, because what they tell is not seen in any column."""

from typing import Any

from sqlalchemy import insert

from app.database import session
from app.models import AuditEntry
from app.models.audit_entries import ERASE


def note_erasure(model: Any, row_id: int, event_id: int | None = None) -> None:
    """That a person was removed from a row of ``model``: that it was done, and nothing of what was there."""
    noun = {"noun": model.__tablename__, "row_id": row_id, "event_id": event_id}
    session().execute(insert(AuditEntry).values(verb=ERASE, **noun))
