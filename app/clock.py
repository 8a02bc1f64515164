"""The only clock, and the only place that reads and writes instants as text (RFC 3339, always with an offset)."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,9}))?\s?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)

TICK = timedelta(microseconds=1)
"""The smallest step between two instants that PostgreSQL keeps apart."""


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """The instant that an RFC 3339 text names, aware, in UTC.

    Digits beyond microseconds are cut off (the Android app sends nanoseconds). Raises `ValueError` for anything
    else, a time without an offset too: it would name a different instant in every time zone.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time with an offset: {text!r}")
    day, minute, second, fraction, offset = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")
    parsed = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{micros}{offset.upper()}")
    try:
        return parsed.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"out of range: {text!r}") from error


def format_instant(moment: datetime) -> str:
    """RFC 3339 in UTC with ``+00:00``; microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat()


def local_day(moment: datetime, timezone: str) -> str:
    """The calendar day (``YYYY-MM-DD``) of an instant in a time zone: what door staff call «today»."""
    return moment.astimezone(ZoneInfo(timezone)).date().isoformat()


def start_of_local_day(moment: datetime, timezone: str) -> datetime:
    """The first instant, in UTC, of the local calendar day that holds ``moment``."""
    zone = ZoneInfo(timezone)
    today = moment.astimezone(zone).date()
    return datetime(today.year, today.month, today.day, tzinfo=zone).astimezone(UTC)


def end_of_local_day(moment: datetime, timezone: str) -> datetime:
    """The last instant, in UTC, of the local calendar day that holds ``moment``; right on days of 23 or 25 hours."""
    zone = ZoneInfo(timezone)
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC) - TICK
