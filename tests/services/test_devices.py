"""Devices' clocks: what is added to their times, and how sure that is."""

from datetime import datetime, timedelta

import pytest

from app.clock import utcnow
from app.models.movements import HELD
from app.services import devices
from app.services.devices import SHOWN, Clock, Contact
from tests.factories import World
from tests.programme import make_movement

SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return utcnow()


@pytest.mark.parametrize(
    ("behind", "change", "skew", "uncertainty"),
    [
        (0, 0, 0, 0),
        (4, 0, 0, 4),
        (-5, 0, 0, 5),
        (6, 0, 6, 1),
        (-3600, 0, -3600, 1),
        (-3600, -3600, -3600, 3601),
        (2, 3602, 0, 3602),
    ],
)
def test_a_clock_is_measured(now: datetime, behind: float, change: float, skew: float, uncertainty: float):
    clock = Clock.measured(Contact("Phone 1", now - behind * SECOND, now), change * SECOND)
    assert clock == Clock(skew * SECOND, uncertainty * SECOND)
    assert clock.counted(now) == now + skew * SECOND
    assert clock.uncertainty_ms == uncertainty * 1000


def test_a_device_is_remembered_under_its_name(world: World, now: datetime):
    for number, behind in enumerate((10, 70)):
        sent_at = now - behind * SECOND
        clock = devices.heard(world.event.id, Contact("Phone 1", sent_at, now, backlog=number), sent_at - 60 * SECOND)
    assert clock == Clock(70 * SECOND, 61 * SECOND)
    [seen] = devices.of_event(world.event.id)
    assert seen.told is not None
    assert (seen.told.skew_ms, seen.told.skew_change_ms, seen.told.backlog, seen.told.backlog_seconds) == (
        70_000, 60_000, 1, 60,
    )  # fmt: skip
    assert seen.silent_seconds(now + 90 * SECOND) == 90


def test_devices_are_found_by_their_scans(world: World, now: datetime):
    for device, minutes in (("B", 5), ("A", 9), ("B", 1), (None, 0), ("C", 3)):
        at = now - timedelta(minutes=minutes)
        make_movement(world.session, world.attendee, device=device, recorded_at=at, verdict="refused")
    make_movement(world.session, world.attendee, device="B", recorded_at=now - timedelta(hours=1), verdict=HELD)
    devices.heard(world.event.id, Contact("C", now, now), None)
    found = [(seen.name, seen.silent_seconds(now), seen.held) for seen in devices.of_event(world.event.id)]
    assert found == [("A", 540, 0), ("B", 60, 1), ("C", 0, 0)]


@pytest.mark.parametrize("scans", [2, 40])
def test_devices_are_read_in_three_statements(world: World, now: datetime, count_queries, scans: int):
    for number in range(scans):
        make_movement(world.session, world.attendee, device=f"Phone {number % 2}", verdict="refused")
    with count_queries() as sent:
        assert len(devices.of_event(world.event.id)) == 2
    assert len(sent) == 3


def test_the_latest_are_told_with_the_occupancy(world: World, now: datetime):
    for number in range(SHOWN + 5):
        device, at = f"Made up {number:03}", now - timedelta(days=1, minutes=number)
        make_movement(world.session, world.attendee, device=device, recorded_at=at, verdict="refused")
    make_movement(world.session, world.attendee, device="Phone 1", recorded_at=now, verdict="refused")
    names = [seen.name for seen in devices.lately(world.event.id)]
    assert names == [*(f"Made up {number:03}" for number in range(SHOWN - 1)), "Phone 1"]
