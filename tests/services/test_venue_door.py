"""The venue's own door: where a guest stands, and what is recorded of him."""

from datetime import datetime, timedelta

import pytest

from app.clock import TICK, utcnow
from app.errors import Forbidden, OrderNotPaid
from app.models import Movement
from app.models.movements import ACCEPTED, AUTOMATIC, IN, OUT, PATCH, REFUSED, REPLAYED
from app.services.ledger import Ledger, Origin
from app.services.venue_door import Scanner, VenueDoor
from tests.factories import World

HOUR = timedelta(hours=1)


@pytest.fixture
def now(world: World) -> datetime:
    """About noon at an event that goes on: an hour ago is the same day."""
    moment = utcnow()
    offset = 12 - moment.hour  # Etc/GMT-5 is five hours *ahead* of UTC
    world.event.timezone = f"Etc/GMT{-offset:+d}" if offset else "UTC"
    world.event.starts_at, world.event.ends_at = moment - timedelta(days=3), moment + timedelta(days=3)
    world.session.flush()
    return moment


def opened(world: World, *, may_scan: bool = True) -> VenueDoor:
    return VenueDoor(Ledger(world.attendee), Scanner(world.registrar.id, may_scan), PATCH)


def kept(world: World) -> list[tuple[str, str, str | None]]:
    rows = world.session.query(Movement).filter_by(attendee_id=world.attendee.id).order_by(Movement.id)
    return [(row.direction, row.verdict, row.reason) for row in rows]


def test_who_comes_and_leaves_is_inside_meanwhile(world: World, now: datetime):
    door = opened(world)
    assert (door.last, door.open_entry, door.unanswered_entry) == (None, None, None)
    door.enter(now - HOUR, device="Gate A")
    assert door.moved
    assert door.open_entry is door.unanswered_entry is door.last is not None
    assert door.is_still_inside(now)
    assert not door.is_still_inside(now + timedelta(days=1)), "who was not seen that day has left without a scan"
    door.leave(now, device="Gate B")
    assert (door.open_entry, door.unanswered_entry) == (None, None)
    door.write()
    assert kept(world) == [(IN, ACCEPTED, None), (OUT, ACCEPTED, None)]
    assert world.attendee.is_checked_out


def test_an_exit_that_nobody_scanned_leaves_its_entry_unanswered(world: World, now: datetime):
    door = opened(world)
    door.enter(now - HOUR)
    entry = door.last
    door.ledger.scan(Origin(AUTOMATIC, None, now), OUT, now - HOUR / 2)
    assert (door.open_entry, door.unanswered_entry) == (None, entry)


def test_a_time_counts_after_all_that_is_known_and_by_our_clock_when_it_is_not_believed(world: World, now: datetime):
    door = opened(world)
    assert door.counted(now - HOUR) == now - HOUR
    assert door.counted(now + HOUR) == door.counted(None) == door.now
    door.enter(now - HOUR)
    assert door.counted(now - 2 * HOUR) == now - HOUR + TICK


def test_what_is_new_is_known_neither_as_counted_nor_as_sent(world: World, now: datetime):
    door = opened(world)
    sent, counted, later = now - 2 * HOUR, now - HOUR, now
    door.enter(counted, device_time=sent)
    assert door.new([later, counted, sent, later]) == [later]
    assert door.new_exits([later, counted]) == [counted, later], "an entry of the same time is no exit"


def test_who_may_not_scan_is_refused_when_the_guest_has_moved_and_not_told_of_the_order(world: World, now: datetime):
    world.order.status = "cancelled"
    door = opened(world, may_scan=False)
    door.replay(IN, sent=None, reason="already-inside")
    door.write()
    door.enter(now)
    with pytest.raises(Forbidden):
        door.write()
    assert kept(world) == []


def test_a_wish_that_is_fulfilled_and_one_that_is_refused_are_kept(world: World, now: datetime):
    world.order.status = "cancelled"
    door = opened(world)
    door.replay(OUT, sent=now, reason="already-left")
    assert (door.replayed, door.moved) == (True, False)
    with pytest.raises(OrderNotPaid):
        door.enter(now)
    door.refuse(IN, reason="cancelled")
    assert kept(world) == [(OUT, REPLAYED, "already-left"), (IN, REFUSED, "cancelled")]
