"""Pages: creation and deletion."""

from typing import Any

from app.database import session
from app.models import Page


def create(data: dict[str, Any]) -> Page:
    """A new page."""
    page = Page(**data)
    session().add(page)
    session().flush()
    return page


def delete(page: Page) -> None:
    """Removes a page."""
    session().delete(page)
    session().flush()
