"""What is remembered of backups."""

from datetime import datetime

from app.database import session
from app.models import Backup


def note(*, started_at: datetime, finished_at: datetime, size: int, file_name: str) -> Backup:
    """Remembers that a backup of ``size`` bytes was made."""
    backup = Backup(started_at=started_at, finished_at=finished_at, bytes=size, file_name=file_name)
    session().add(backup)
    session().flush()
    return backup
