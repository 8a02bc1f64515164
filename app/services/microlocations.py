"""Microlocations: creation and deletion."""

from typing import Any

from app.clock import utcnow
from app.database import session
from app.models import Microlocation


def create(data: dict[str, Any]) -> Microlocation:
    """A new microlocation."""
    microlocation = Microlocation(**data)
    session().add(microlocation)
    session().flush()
    return microlocation


def delete(microlocation: Microlocation) -> None:
    """Hides a microlocation; its sessions stay, without a microlocation that anybody sees."""
    microlocation.deleted_at = utcnow()
    session().flush()
