"""Pictures: what the client apps read of a guest's movements."""

from datetime import UTC, datetime, timedelta

from app.models import Movement
from app.models.movements import IN, OUT
from app.services import pictures

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def movement(hours: float, direction: str, device: str | None = None, room: int | None = None) -> Movement:
    at = NOON + timedelta(hours=hours)
    return Movement(direction=direction, occurred_at=at, device=device, microlocation_id=room)


def test_nobody_has_been_seen():
    assert pictures.of([]) == {
        "checkin_times": None, "checkout_times": None, "device_name_checkin": None,
        "is_checked_in": False, "is_checked_out": False,
    }  # fmt: skip


def test_times_are_listed_with_one_device_for_each_entry():
    history = [movement(0, IN, "Gate 1"), movement(1, OUT, "Gate 2"), movement(2.5, IN)]
    assert pictures.of(history) == {
        "checkin_times": "2026-11-21T12:00:00+00:00,2026-11-21T14:30:00+00:00",
        "checkout_times": "2026-11-21T13:00:00+00:00",
        "device_name_checkin": "Gate 1,-",
        "is_checked_in": True,
        "is_checked_out": False,
    }
    assert pictures.of(history[:2])["is_checked_out"] is True


def test_rooms_are_not_in_the_picture():
    door, room = movement(0, IN), movement(1, IN, room=7)
    assert pictures.at_the_venue([door, room]) == [door]
