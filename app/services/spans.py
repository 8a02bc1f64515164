"""From when to when something is: of an event, a session, a speakers' call."""

from datetime import datetime

from app.errors import Invalid


def require_order(starts_at: datetime, ends_at: datetime) -> None:
    """Raises `Invalid` unless it ends after it starts."""
    if starts_at >= ends_at:
        raise Invalid("ends-at should be after starts-at. Send a later ends-at.", pointer="/data/attributes/ends-at")
