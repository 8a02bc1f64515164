"""Backups are remembered, so that it can be asked when the last one was."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.clock import utcnow
from app.models import Backup
from app.services import backups


def test_a_backup_is_remembered(session: Any):
    began = utcnow()
    backups.note(started_at=began, finished_at=began + timedelta(minutes=2), size=7, file_name="a.dump")
    session.expire_all()
    [row] = session.scalars(select(Backup))
    assert (row.started_at, row.finished_at - row.started_at, row.bytes) == (began, timedelta(minutes=2), 7)
