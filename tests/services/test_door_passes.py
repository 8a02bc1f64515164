"""Door passes: their times, their one pairing, and what ends them."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.errors import Conflict, Forbidden, Invalid, NotFound, PassNotInForce
from app.models import DoorPass
from app.models.door_passes import EXPIRED, NOT_YET, PAIRED, REVOKED, WAITING
from app.services import batches, door_passes, movements
from tests.factories import World, make_event
from tests.programme import make_microlocation, make_pass

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def create(world: World, **facts: Any) -> tuple[DoorPass, str]:
    defaults = {"name": "North", "abilities": ["scan"], "valid_until": world.event.ends_at}
    return door_passes.create(world.event, defaults | facts, created_by_id=world.owner.id)


def test_a_pass_begins_now_and_its_code_is_good_for_a_day(world: World):
    door_pass, code = create(world)
    assert abs(door_pass.valid_from - utcnow()) < HOUR
    assert abs(door_pass.pairing_until - utcnow() - DAY) < HOUR
    assert len(code) >= 128 / 6, "random bits"
    assert code not in (door_pass.pairing_hash, door_pass.token_hash)
    soon, _ = create(world, valid_until=utcnow() + HOUR)
    assert soon.pairing_until == soon.valid_until


@pytest.mark.parametrize(("begins", "ends"), [(HOUR, HOUR), (2 * HOUR, HOUR), (-2 * HOUR, -HOUR), (HOUR, 11 * DAY)])
def test_times_that_make_no_sense(world: World, begins: timedelta, ends: timedelta):
    now = utcnow()
    with pytest.raises(Invalid) as refused:
        create(world, valid_from=now + begins, valid_until=now + ends)
    assert refused.value.pointer == door_passes.VALID_UNTIL


def test_a_room_of_another_event(world: World):
    elsewhere = make_microlocation(world.session, make_event(world.session))
    with pytest.raises(Invalid):
        create(world, microlocation_id=elsewhere.id)


def test_a_code_pairs_once(world: World):
    door_pass, code = create(world)
    assert door_pass.state == WAITING
    paired, token = door_passes.pair(code, "Phone 7")
    assert paired is door_pass
    assert (paired.state, paired.paired_device, paired.pairing_until) == (PAIRED, "Phone 7", None)
    assert token.startswith("pass.")
    assert token not in (paired.token_hash, code)
    assert door_passes.of_token(token) is door_passes.in_force(paired.id) is paired
    with pytest.raises(NotFound):
        door_passes.pair(code, "Phone 8")
    assert paired.paired_device == "Phone 7"


def test_codes_that_are_not_good_are_all_told_the_same(world: World):
    words = set()
    over = {"valid_from": utcnow() - DAY, "valid_until": utcnow() - HOUR}
    late = {"pairing_until": utcnow() - HOUR}
    for facts in ({"revoked_at": utcnow()}, over, late):
        door_pass, code = create(world)
        for name, value in facts.items():
            setattr(door_pass, name, value)
        world.session.flush()
        words.add(refused_words(code))
    door_pass, code = create(world)
    world.event.deleted_at = utcnow()
    world.session.flush()
    words |= {refused_words(code), refused_words("nobody's")}
    assert len(words) == 1


def refused_words(code: str) -> str:
    with pytest.raises(NotFound) as refused:
        door_passes.pair(code, "Phone 7")
    return refused.value.detail


def test_another_code_ends_the_phone_before(world: World):
    door_pass, code = create(world)
    _, token = door_passes.pair(code, "Phone 7")
    another = door_passes.make_code(door_pass)
    assert (door_pass.state, door_pass.paired_at, door_pass.paired_device) == (WAITING, None, None)
    assert reason_of(token) == "unknown"
    third = door_passes.make_code(door_pass)
    refused_words(another)
    door_passes.pair(third, "Phone 8")
    assert door_pass.state == PAIRED


def test_revoking_is_at_once_and_for_good(world: World):
    door_pass, code = create(world)
    _, token = door_passes.pair(code, "Phone 7")
    door_passes.revoke(door_pass, revoked_by_id=world.owner.id)
    since = door_pass.revoked_at
    assert (door_pass.state, door_pass.revoked_by_id) == (REVOKED, world.owner.id)
    assert reason_of(token) == REVOKED
    door_passes.revoke(door_pass, revoked_by_id=world.organizer.id)
    assert (door_pass.revoked_at, door_pass.revoked_by_id) == (since, world.owner.id)
    with pytest.raises(Conflict, match="revoked"):
        door_passes.make_code(door_pass)


def test_a_pass_that_waits_is_revoked_with_its_code(world: World):
    door_pass, code = create(world)
    door_passes.revoke(door_pass, revoked_by_id=world.owner.id)
    refused_words(code)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"valid_from": utcnow() - DAY, "valid_until": utcnow() - HOUR}, EXPIRED),
        ({"valid_from": utcnow() + HOUR, "valid_until": utcnow() + DAY}, NOT_YET),
        ({"valid_from": utcnow() - DAY, "valid_until": utcnow() - HOUR, "revoked_at": utcnow()}, REVOKED),
    ],
)
def test_a_pass_out_of_force_says_why(world: World, facts: dict[str, Any], reason: str):
    door_pass = make_pass(world.session, world.event, token="pass.x", **facts)
    assert door_pass.state == reason
    assert reason_of("pass.x") == reason


def test_a_pass_of_an_event_that_is_gone(world: World):
    make_pass(world.session, world.event, token="pass.x")
    world.event.deleted_at = utcnow()
    world.session.flush()
    assert reason_of("pass.x") == "unknown"
    assert reason_of("pass.of nobody") == "unknown"


def reason_of(token: str) -> str:
    with pytest.raises(PassNotInForce) as refused:
        door_passes.of_token(token)
    assert refused.value.meta
    return refused.value.meta["reason"]


def test_an_ended_pass_is_extended_and_gets_no_code_before(world: World):
    over = {"valid_from": utcnow() - DAY, "valid_until": utcnow() - HOUR}
    door_pass = make_pass(world.session, world.event, token="pass.x", **over)
    with pytest.raises(Conflict, match="ended"):
        door_passes.make_code(door_pass)
    door_passes.update_end(door_pass, utcnow() + HOUR)
    for wrong in (door_pass.valid_from, world.event.ends_at + 8 * DAY):
        with pytest.raises(Invalid):
            door_passes.update_end(door_pass, wrong)


def test_use_is_noted_once_a_minute(world: World):
    door_pass = make_pass(world.session, world.event, token="pass.x", last_used_at=None)
    assert door_passes.is_use_due(door_pass)
    door_passes.note_use(door_pass.id)
    world.session.refresh(door_pass)
    first = door_pass.last_used_at
    assert abs(first - utcnow()) < HOUR
    assert not door_passes.is_use_due(door_pass)
    door_passes.note_use(door_pass.id)
    world.session.refresh(door_pass)
    assert door_pass.last_used_at == first
    door_pass.last_used_at = first - door_passes.USE_NOTED
    assert door_passes.is_use_due(door_pass)


def test_a_scan_counts_where_the_pass_is_bound_to():
    scan = movements.Scan(1, "in", gate="South")
    assert door_passes.bound(scan, gate=None, microlocation_id=None) == scan
    bound = door_passes.bound(scan, gate="North", microlocation_id=3)
    assert (bound.gate, bound.microlocation_id, bound.attendee_id) == ("North", 3, 1)
    in_room = batches.Scan("1", "in", utcnow(), attendee_id=1, microlocation_id=3)
    assert door_passes.bound(in_room, gate=None, microlocation_id=3) == in_room
    with pytest.raises(Forbidden):
        door_passes.bound(in_room, gate=None, microlocation_id=4)
