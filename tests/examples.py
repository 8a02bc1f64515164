"""Answers as the OpenAPI document shows them: the same in every run."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, scoped_session

from app.clock import format_instant, parse_instant

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST_ID = 101

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?\+00:00")
RANDOM = {
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+": "eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6MTAxfQ.c2VhbA",
    r"pass\.[\w-]+": "pass.9jQ2mXcV4tBzK7nW1rYd",
    r"data:image/svg\+xml;base64,[\w+/=]+": "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
    r"\b[0-9a-f]{40}\b": "3141592653589793238462643383279502884197",
    r"Etc/GMT[+-][0-9]+": "UTC",
}
"""What is another in every run, and what stands there instead."""


def number_anew(session: scoped_session[Session]) -> None:
    """All ids begin with `FIRST_ID`, whatever was there before and is no more; taken back with the test."""
    for name in session.scalars(text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")).all():
        session.execute(text(f'ALTER SEQUENCE "{name}" RESTART WITH {FIRST_ID}'))


def stable(told: Any, *, begun: datetime, named: Mapping[str, str], random: Mapping[str, str] = RANDOM) -> Any:
    """The same without what is another in every run. ``named`` are texts that are, and what stands for them; ``begun``
    is what stands as `NOON`; ``random`` are patterns like `RANDOM`."""
    written = json.dumps(told, ensure_ascii=False)
    for found, fixed in named.items():
        written = written.replace(found, fixed)
    for pattern, fixed in random.items():
        written = re.sub(pattern, fixed, written)
    return json.loads(TIME.sub(lambda found: _time(found[0], begun), written))


def _time(written: str, begun: datetime) -> str:
    hours = round((parse_instant(written) - begun) / HOUR)
    return format_instant(NOON + hours * HOUR)
