"""What is simply stored under an event: creation and deletion, the same for all of its nouns."""

from typing import Any, TypeVar

from app.clock import utcnow
from app.database import session

Row = TypeVar("Row")


def create(model: type[Row], data: dict[str, Any]) -> Row:
    """A new row of ``model``."""
    row = model(**data)
    session().add(row)
    session().flush()
    return row


def delete(row: Any) -> None:
    """Hides a row, whose references stay and lead to nothing that anybody sees; removes it where nothing is hidden."""
    if hasattr(row, "deleted_at"):
        row.deleted_at = utcnow()
    else:
        session().delete(row)
    session().flush()
