"""Scans at the event's own doors: what is let through, what is the same scan again, and what is refused and kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import utcnow
from app.models import Movement
from app.models.movements import ACCEPTED, IN, OUT, REFUSED
from app.models.orders import CANCELLED, COMPLETED, PENDING
from app.services import integrity, movements, occupancy
from app.services.movements import Outcome, Scan
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.programme import make_microlocation, where_it_is_noon


class Gate:
    """A phone at the door of an event, and the guests who come."""

    def __init__(self, world: World):
        world.event.timezone = where_it_is_noon()
        self.world = world
        self.guest = world.attendee
        self.phone = Scan(self.guest.id, IN, device="Phone 1")

    def scan(self, direction: str = IN, *, overrides: bool = False, **facts: Any) -> Outcome:
        """A scan by the registrar."""
        scan = replace(self.phone, direction=direction, **facts)
        return movements.record(self.world.event, scan, recorded_by_id=self.world.registrar.id, overrides=overrides)

    def later(self, seconds: int = 60) -> None:
        """Moves all that was scanned into the past."""
        for row in self.rows():
            row.occurred_at -= timedelta(seconds=seconds)
            row.recorded_at -= timedelta(seconds=seconds)
        self.world.session.flush()

    def rows(self) -> list[Movement]:
        """What is recorded, in order of arrival."""
        return list(self.world.session.scalars(select(Movement).order_by(Movement.id)))

    def told(self) -> list[tuple[str, str, str | None]]:
        """In short."""
        return [(row.direction, row.verdict, row.reason) for row in self.rows()]


@pytest.fixture
def gate(world: World) -> Gate:
    """Nobody has come yet."""
    return Gate(world)


def refused(outcome: Outcome) -> str:
    assert outcome.refusal is not None
    assert outcome.movement.verdict == REFUSED
    assert outcome.refusal.meta is not None
    assert outcome.refusal.meta["reason"] == outcome.movement.reason == outcome.movement.told_reason
    return outcome.refusal.reason


def test_in_and_out(gate: Gate):
    first = gate.scan()
    assert (first.refusal, first.is_replayed, first.movement.verdict) == (None, False, ACCEPTED)
    assert gate.guest.is_checked_in
    gate.later()
    gate.scan(OUT)
    assert gate.guest.is_checked_out
    assert gate.told() == [(IN, ACCEPTED, None), (OUT, ACCEPTED, None)]
    row = gate.rows()[0]
    assert (row.device, row.source, row.recorded_by_id) == ("Phone 1", "desk", gate.world.registrar.id)
    assert integrity.report() == []


def test_a_second_tap_is_the_first_one(gate: Gate):
    first = gate.scan()
    again = gate.scan()
    assert (again.movement, again.is_replayed, again.refusal) == (first.movement, True, None)
    assert len(gate.rows()) == 1


@pytest.mark.parametrize("other", [{"device": "Phone 2"}, {"device": None}])
def test_at_another_device_it_is_not(gate: Gate, other: dict[str, Any]):
    gate.scan()
    outcome = gate.scan(**other)
    assert refused(outcome) == "already-inside"
    assert gate.guest.checkin_times.count(",") == 0


def test_later_it_is_not(gate: Gate):
    gate.scan()
    gate.later(seconds=11)
    assert refused(gate.scan()) == "already-inside"


def test_with_a_movement_between_it_is_not(gate: Gate):
    gate.scan()
    gate.scan(OUT, device="Phone 2")
    assert gate.scan().is_replayed is False
    assert gate.guest.is_checked_in


def test_the_clients_own_name_makes_it_the_same_scan_at_any_time(gate: Gate):
    first = gate.scan(client_uuid="7")
    gate.later(seconds=3600)
    gate.scan(OUT, client_uuid="8")
    again = gate.scan(client_uuid="7")
    assert (again.movement, again.is_replayed) == (first.movement, True)
    assert not gate.guest.is_checked_in, "what came after it stands"


def test_a_refusal_sent_again_is_the_same_refusal(gate: Gate):
    gate.world.order.status = PENDING
    assert refused(gate.scan(client_uuid="7")) == "unpaid"
    gate.world.order.status = COMPLETED
    again = gate.scan(client_uuid="7")
    assert (again.is_replayed, again.refusal.reason if again.refusal else None) == (True, "unpaid")
    assert len(gate.rows()) == 1


def test_who_is_refused_and_why(gate: Gate):
    gate.world.order.status = CANCELLED
    assert refused(gate.scan()) == "cancelled"
    gate.world.order.status = PENDING
    assert refused(gate.scan()) == "unpaid"
    gate.world.order.status = COMPLETED
    foreign = make_order(gate.world.session, make_ticket(gate.world.session, make_event(gate.world.session)))
    assert refused(gate.scan(attendee_id=foreign.attendees[0].id)) == "wrong-event"
    loose = make_attendee(gate.world.session, gate.world.free)
    assert refused(gate.scan(attendee_id=loose.id)) == "unpaid"
    gate.scan()
    gate.later()
    gate.scan(OUT)
    gate.later()
    assert refused(gate.scan(OUT)) == "not-inside"
    assert {row.event_id for row in gate.rows()} == {gate.world.event.id}
    assert integrity.report() == []


def test_the_refusal_says_who_when_and_where(gate: Gate):
    gate.world.registrar.first_name = "Ada"
    gate.scan(gate="North")
    outcome = gate.scan(device="Phone 2")
    assert outcome.refusal is not None
    assert " at North by Ada" in outcome.refusal.detail
    assert "scanned in on" in outcome.refusal.detail


def test_who_leaves_without_having_come_has_come(gate: Gate):
    gate.scan(OUT)
    assert gate.told() == [(IN, ACCEPTED, "exit-without-entry"), (OUT, ACCEPTED, None)]


def test_what_is_not_there(gate: Gate):
    elsewhere = make_microlocation(gate.world.session, make_event(gate.world.session))
    gone = make_microlocation(gate.world.session, gate.world.event, deleted_at=utcnow())
    unknown = gate.scan(attendee_id=0, microlocation_id=elsewhere.id)
    assert refused(unknown) == "unknown"
    assert (unknown.movement.attendee_id, unknown.movement.scanned) == (None, "0")
    for room in (elsewhere, gone):
        outcome = gate.scan(microlocation_id=room.id)
        assert refused(outcome) == "unknown-room"
        assert (outcome.movement.attendee_id, outcome.movement.microlocation_id) == (gate.guest.id, None)
    assert integrity.report() == []
    gate.guest.deleted_at = utcnow()
    assert refused(gate.scan()) == "unknown"
    assert len(gate.rows()) == 4


def test_a_room_with_a_hard_limit(gate: Gate):
    session = gate.world.session
    hall = make_microlocation(session, gate.world.event, capacity=1, is_capacity_hard=True)
    [second] = make_order(session, gate.world.free).attendees
    gate.scan(microlocation_id=hall.id)
    assert refused(gate.scan(attendee_id=second.id, microlocation_id=hall.id)) == "room-full"
    reason = {"override_reason": "the speaker"}
    assert refused(gate.scan(attendee_id=second.id, microlocation_id=hall.id, **reason)) == "room-full"
    let_in = gate.scan(attendee_id=second.id, microlocation_id=hall.id, overrides=True, **reason)
    assert (let_in.refusal, let_in.movement.override_reason, let_in.warnings) == (None, "the speaker", ("room-full",))
    assert occupancy.by_place(gate.world.event.id)[hall.id, None].inside == 2
    assert integrity.report() == []


def test_a_room_with_a_soft_limit_tells_the_door(gate: Gate):
    hall = make_microlocation(gate.world.session, gate.world.event, capacity=0)
    outcome = gate.scan(microlocation_id=hall.id)
    assert (outcome.refusal, outcome.warnings) == (None, ("room-full",))
    again = gate.scan(microlocation_id=hall.id)
    assert (again.is_replayed, again.warnings) == (True, ("room-full",))
    gate.later()
    assert gate.scan(OUT, microlocation_id=hall.id).warnings == ()


def test_who_took_the_last_place_is_not_warned_when_scanned_twice(gate: Gate):
    hall = make_microlocation(gate.world.session, gate.world.event, capacity=1)
    assert [gate.scan(microlocation_id=hall.id).warnings for _ in range(2)] == [(), ()]
