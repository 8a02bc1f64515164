"""Whom a scan names, and whether it is the one that has its name."""

from typing import Any

from app.clock import utcnow
from app.models import Movement
from app.models.movements import ACCEPTED, BATCH, IN, OUT, REFUSED
from app.services import guests
from app.services.batches import Scan
from app.services.ledger import Origin
from tests.factories import World, make_attendee


def scan(direction: str = IN, **facts: Any) -> Scan:
    return Scan("7", direction, utcnow(), **facts)


def test_a_code_names_whom_it_was_printed_for(world: World):
    first, second = world.order.attendees
    code = world.order.door_code(first.id)
    assert (scan(secret=code).names(first), scan(secret=f"x{code}").names(first)) == (True, False)
    assert not scan(secret=code).names(second)
    assert not scan(secret=code).names(make_attendee(world.session, world.free)), "who has no order has no code"
    assert scan(attendee_id=first.id).names(first)


def test_locked_are_the_living(world: World):
    first, second = world.order.attendees
    second.deleted_at = utcnow()
    world.session.flush()
    assert guests.locked({first.id, second.id, 0}) == {first.id: first}
    assert guests.locked(set()) == {}


def test_the_same_scan_again(world: World):
    """By id or by the code, as long as it is the guest, the way and the place."""
    first, second = world.order.attendees
    row = Movement(attendee_id=first.id, direction=IN, microlocation_id=3, told=ACCEPTED)
    code = world.order.door_code(first.id)
    for same in ({"attendee_id": first.id}, {"secret": code}):
        assert scan(microlocation_id=3, **same).is_kept_as(row, first)
        assert scan(microlocation_id=3, **same).is_kept_as(row, None), "he was deleted since"
    assert not scan(OUT, microlocation_id=3, attendee_id=first.id).is_kept_as(row, first)
    assert not scan(attendee_id=first.id).is_kept_as(row, first)
    assert not scan(microlocation_id=3, secret=f"x{code}").is_kept_as(row, first)
    assert not scan(microlocation_id=3, attendee_id=second.id).is_kept_as(row, second)


def test_a_row_that_was_refused_may_have_lost_its_room():
    row = Movement(direction=IN, told=REFUSED, scanned="nobody's")
    assert scan(microlocation_id=3, secret="nobody's").is_kept_as(row, None)
    assert not scan(secret="another").is_kept_as(row, None)


def test_who_is_unknown_is_kept(world: World):
    now = utcnow()
    origin = Origin(BATCH, world.registrar.id, now)
    row = guests.keep_unknown(origin, scan(OUT, secret="nobody's"), now, event_id=world.event.id, gate="North")
    world.session.flush()
    assert (row.attendee_id, row.scanned, row.gate, row.direction) == (None, "nobody's", "North", OUT)
    assert (row.verdict, row.reason, row.told, row.told_reason) == (REFUSED, "unknown", REFUSED, "unknown")
    assert (row.occurred_at, row.source, row.recorded_by_id) == (now, BATCH, world.registrar.id)
