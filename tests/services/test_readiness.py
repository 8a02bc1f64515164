"""What should be looked at before doors open, one check after the other."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.models import Backup, Device
from app.models.movements import HELD
from app.models.orders import CANCELLED
from app.services import readiness
from app.services.readiness import Check, Status
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.programme import make_conflict, make_microlocation, make_movement, make_pass

HOUR = timedelta(hours=1)


def check(world: World, code: str) -> Check:
    world.session.flush()
    [found] = [each for each in readiness.checks(world.event) if each.code == code]
    return found


def told(world: World, code: str) -> tuple[str, int, tuple[str, ...]]:
    found = check(world, code)
    assert found.detail.endswith("."), found
    return found.status, found.count, found.ids


def heard(world: World, name: str, **facts: Any) -> None:
    now = utcnow()
    defaults = {"event_id": world.event.id, "last_contact_at": now, "sent_at": now, "skew_ms": 0}
    world.session.add(Device(name=name, **defaults | facts))


def test_an_event_that_is_ready(world: World):
    world.event.timezone, world.event.capacity = "Europe/Vienna", 500
    make_microlocation(world.session, world.event, capacity=100)
    heard(world, "Phone 1")
    backed_up(world, 1)
    world.session.flush()
    found = readiness.checks(world.event)
    assert {each.code: each.status for each in found if each.status != Status.OK} == {}
    assert readiness.worst(found) == Status.OK
    assert len({each.code for each in found}) == len(found) == 14


def test_the_worst_counts(world: World):
    world.session.flush()
    assert readiness.worst(readiness.checks(world.event)) == Status.WARNING
    world.event.state = "draft"
    assert readiness.worst(readiness.checks(world.event)) == Status.FAILED
    assert readiness.worst([]) == Status.OK


def test_a_draft_and_an_event_that_is_over(world: World):
    own = (str(world.event.id),)
    assert told(world, "event-published") == ("ok", 0, ())
    world.event.state = "draft"
    assert told(world, "event-published") == ("failed", 1, own)
    world.event.state, world.event.ends_at = "published", utcnow() - HOUR
    assert told(world, "event-published") == ("failed", 1, own)


@pytest.mark.parametrize(("zone", "status"), [("Europe/Vienna", "ok"), ("UTC", "warning"), ("Atlantis/Sea", "failed")])
def test_the_time_zone(world: World, zone: str, status: str):
    world.event.timezone = zone
    found = check(world, "event-time-zone")
    assert found.status == status
    assert zone in found.detail


def test_tickets_that_the_door_can_sell(world: World):
    assert told(world, "tickets-on-sale") == ("ok", 0, ())
    world.free.is_hidden = True
    assert told(world, "tickets-on-sale") == ("ok", 1, (str(world.free.id),))
    world.paid.quantity = world.paid.sold
    both = (str(world.free.id), str(world.paid.id))
    assert told(world, "tickets-on-sale") == ("warning", 2, both)
    world.paid.deleted_at = world.free.deleted_at = utcnow()
    assert told(world, "tickets-on-sale") == ("warning", 0, ())


def test_tickets_are_judged_at_the_time_when_doors_open(world: World):
    world.event.starts_at = utcnow() + 2 * HOUR
    world.free.sales_starts_at = utcnow() + HOUR
    world.paid.sales_ends_at = utcnow() + HOUR
    assert told(world, "tickets-on-sale") == ("ok", 1, (str(world.paid.id),))


def test_registrars_who_may_log_in(world: World):
    assert told(world, "registrars") == ("ok", 0, ())
    assert "1 registrars" in check(world, "registrars").detail
    world.registrar.is_blocked = True
    assert told(world, "registrars") == ("warning", 0, ())
    world.registrar.is_blocked, world.registrar.deleted_at = False, utcnow()
    assert told(world, "registrars") == ("warning", 0, ())


def test_door_staff_with_passes_instead_of_accounts(world: World):
    world.registrar.is_blocked = True
    make_pass(world.session, world.event, "sell", "search")
    make_pass(world.session, make_event(world.session), "scan")
    assert told(world, "registrars") == ("warning", 0, ())
    scanning = make_pass(world.session, world.event, "sell", "scan", valid_from=utcnow() + HOUR)
    assert told(world, "registrars") == ("ok", 0, ())
    assert "0 registrars" in check(world, "registrars").detail
    assert "1 door passes" in check(world, "registrars").detail
    scanning.revoked_at = utcnow()
    assert told(world, "registrars") == ("warning", 0, ())
    scanning.revoked_at, scanning.valid_from, scanning.valid_until = None, utcnow() - 2 * HOUR, utcnow() - HOUR
    assert told(world, "registrars") == ("warning", 0, ())


def test_capacities(world: World):
    assert told(world, "venue-capacity") == ("warning", 1, (str(world.event.id),))
    world.event.capacity = 0
    assert told(world, "venue-capacity") == ("ok", 0, ())
    assert told(world, "room-capacities") == ("ok", 0, ())
    make_microlocation(world.session, world.event, capacity=0)
    make_microlocation(world.session, world.event, deleted_at=utcnow())
    make_microlocation(world.session, make_event(world.session))
    assert told(world, "room-capacities") == ("ok", 0, ())
    hall = make_microlocation(world.session, world.event)
    assert told(world, "room-capacities") == ("warning", 1, (str(hall.id),))


def test_the_same_person_twice(world: World):
    ada = {"firstname": "Ada", "lastname": "Lovelace", "email": "ada@example.org"}
    first = make_attendee(world.session, world.free, **ada)
    make_attendee(world.session, world.free, **ada | {"firstname": "Grace"})
    make_attendee(world.session, world.free, **ada | {"email": None})
    make_attendee(world.session, world.free, **ada, deleted_at=utcnow())
    make_attendee(world.session, world.free, order=make_order(world.session, world.free, status=CANCELLED), **ada)
    make_attendee(world.session, make_ticket(world.session, make_event(world.session)), **ada)
    assert told(world, "duplicate-guests") == ("ok", 0, ())
    second = make_attendee(world.session, world.paid, **{name: value.upper() for name, value in ada.items()})
    assert told(world, "duplicate-guests") == ("warning", 2, (str(first.id), str(second.id)))
    found = check(world, "duplicate-guests")
    assert not any(word.lower() in str(found).lower() for word in ada.values())


def test_many_are_counted_and_the_first_are_named(world: World):
    for _ in range(readiness.SHOWN + 5):
        make_attendee(world.session, world.free, lastname="Lovelace", email="ada@example.org")
    found = check(world, "duplicate-guests")
    assert (found.count, len(found.ids)) == (25, readiness.SHOWN)


def test_devices(world: World):
    heard(world, "Right", skew_ms=-60_000, backlog=0)
    heard(world, "Fast", skew_ms=-60_001)
    heard(world, "Slow", skew_ms=3_600_000)
    heard(world, "Full", backlog=3)
    heard(world, "Gone", last_contact_at=utcnow() - HOUR - timedelta(minutes=1))
    event_id = world.event.id
    assert told(world, "device-clocks") == ("warning", 2, (f"{event_id}:Fast", f"{event_id}:Slow"))
    assert told(world, "device-contact") == ("warning", 1, (f"{event_id}:Gone",))
    assert told(world, "device-backlog") == ("warning", 1, (f"{event_id}:Full",))


def test_scans_that_wait_for_somebody(world: World):
    assert told(world, "held-scans") == told(world, "open-conflicts") == ("ok", 0, ())
    held = make_movement(world.session, world.attendee, verdict=HELD)
    conflict = make_conflict(world.session, world.attendee)
    assert told(world, "held-scans") == ("warning", 1, (str(held.id),))
    assert told(world, "open-conflicts") == ("warning", 1, (str(conflict.id),))
    conflict.state, conflict.withdrawn_at = "withdrawn", utcnow()
    assert told(world, "open-conflicts") == ("ok", 0, ())


def test_eleven_statements_whatever_there_is(world: World, count_queries):
    for _ in range(3):
        make_microlocation(world.session, world.event)
        make_conflict(world.session, make_attendee(world.session, world.free))
    with count_queries() as statements:
        readiness.checks(world.event)
    assert len(statements) == 11


@pytest.mark.parametrize(("hours", "status"), [(23, "ok"), (25, "warning")])
def test_the_last_backup(world: World, hours: int, status: str):
    assert told(world, "last-backup") == ("warning", 0, ())
    backed_up(world, 100)
    backed_up(world, hours)
    assert told(world, "last-backup") == (status, 0, ())


def backed_up(world: World, hours_ago: int) -> None:
    at = utcnow() - hours_ago * HOUR
    world.session.add(Backup(started_at=at, finished_at=at, bytes=1, file_name="a"))


def test_passes_that_end_too_early(world: World):
    end = world.event.ends_at
    assert told(world, "door-passes") == ("ok", 0, ())
    make_pass(world.session, world.event, "scan", valid_until=end)
    early = make_pass(world.session, world.event, "scan", valid_until=end - timedelta(seconds=1))
    assert told(world, "door-passes") == ("warning", 1, (str(early.id),))
    early.revoked_at = utcnow()
    assert told(world, "door-passes") == ("ok", 0, ())
