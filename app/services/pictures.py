"""The columns of an attendee that the client apps read, as a picture of his movements."""

from collections.abc import Iterable, Sequence

from app.clock import format_instant
from app.models import Movement
from app.models.movements import IN, OUT

NO_DEVICE = "-"
"""What ``device-name-checkin`` shows for an entry without a device name."""

Picture = dict[str, str | bool | None]
"""The attendee's columns, by name."""


def at_the_venue(movements: Iterable[Movement]) -> list[Movement]:
    """Those of the venue's own door."""
    return [movement for movement in movements if movement.microlocation_id is None]


def of(history: Sequence[Movement]) -> Picture:
    """The columns for a history (what counts at the venue's door, in order of time): times and devices as
    comma-separated text, and the two flags."""
    entries = [movement for movement in history if movement.direction == IN]
    exits = [movement for movement in history if movement.direction == OUT]
    inside = bool(history) and history[-1].direction == IN
    return {
        "checkin_times": ",".join(format_instant(movement.occurred_at) for movement in entries) or None,
        "checkout_times": ",".join(format_instant(movement.occurred_at) for movement in exits) or None,
        "device_name_checkin": ",".join(movement.device or NO_DEVICE for movement in entries) or None,
        "is_checked_in": inside,
        "is_checked_out": bool(history) and not inside,
    }
