"""What a supervisor may decide about a contradiction, what it does, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import TICK
from app.errors import Conflict, Invalid
from app.models import CheckInConflict, Movement
from app.models.movements import ACCEPTED, CONFLICT, DESK, IN, OUT, PATCH
from app.services import check_in_conflicts, contradictions, integrity, occupancy
from app.services.check_in_conflicts import Decision
from app.services.ledger import Ledger, Origin
from tests.factories import World
from tests.programme import make_microlocation


class Desk:
    """A guest's scans, and a supervisor who looks at them."""

    def __init__(self, world: World):
        self.world, self.guest = world, world.attendee
        self.begins = world.event.starts_at = world.event.starts_at.replace(hour=12)

    def at(self, minutes: float) -> datetime:
        """So many minutes after noon, when the doors open."""
        return self.begins + timedelta(minutes=minutes)

    def scan(self, minutes: float, direction: str = IN, **facts: Any) -> Movement:
        """A scan."""
        book = Ledger(self.guest)
        movement = book.scan(Origin(PATCH, None, self.at(minutes)), direction, self.at(minutes), **facts)
        book.write()
        return movement

    def undo(self, movement: Movement) -> None:
        """Takes a scan back."""
        book = Ledger(self.guest)
        book.undo(movement)
        book.write()

    @property
    def conflict(self) -> CheckInConflict:
        """The only one."""
        [row] = contradictions.of_attendees([self.guest.id])
        return row

    def resolve(self, resolution: str | None, reason: str | None = "I saw it", *, minutes: float | None = None) -> None:
        """The supervisor decides."""
        decision = Decision(resolution, reason, None if minutes is None else self.at(minutes))
        check_in_conflicts.lock_attendee(self.conflict.id)
        check_in_conflicts.resolve(self.conflict, decision, resolved_by_id=self.world.organizer.id)

    def counted(self) -> list[tuple[str, datetime]]:
        """What counts, in order."""
        return [(row.direction, row.occurred_at) for row in Ledger(self.guest).scans if row.verdict == ACCEPTED]


@pytest.fixture
def desk(world: World) -> Desk:
    """Nobody has come yet."""
    return Desk(world)


@pytest.fixture
def two_entries(desk: Desk) -> tuple[Movement, Movement]:
    """An hour apart."""
    return desk.scan(0), desk.scan(60)


def refused(desk: Desk, *decision: Any, **more: Any) -> str | None:
    """Where a decision is refused, having changed nothing."""
    before = len(Ledger(desk.guest).scans)
    with pytest.raises(Invalid) as refusal:
        desk.resolve(*decision, **more)
    assert (desk.conflict.state, desk.conflict.resolution) == ("open", None)
    assert len(Ledger(desk.guest).scans) == before
    return refusal.value.pointer


@pytest.mark.parametrize("resolution", ["double-read", "shared-ticket", "dismissed"])
def test_a_decision_is_kept_with_its_author(desk: Desk, two_entries: tuple[Movement, Movement], resolution: str):
    desk.resolve(resolution)
    row = desk.conflict
    assert (row.state, row.resolution, row.resolution_reason) == ("resolved", resolution, "I saw it")
    assert (row.resolved_by, row.resolved_at is None) == (desk.world.organizer, False)
    assert two_entries[1].verdict == CONFLICT, "the scan counts as little as before"
    assert integrity.report() == []
    desk.scan(90, OUT)
    assert desk.conflict.state == "resolved", "it is not asked again"


@pytest.mark.parametrize("minutes", [None, 20])
def test_a_lost_exit_is_recorded(desk: Desk, two_entries: tuple[Movement, Movement], minutes: float | None):
    desk.resolve("lost-exit", minutes=minutes)
    first, second = two_entries
    left = desk.at(20) if minutes else second.occurred_at - TICK
    assert desk.counted() == [(IN, first.occurred_at), (OUT, left), (IN, second.occurred_at)]
    [missing] = [row for row in Ledger(desk.guest).scans if row.direction == OUT]
    assert (missing.source, missing.recorded_by_id, missing.is_inferred) == (DESK, desk.world.organizer.id, False)
    assert missing.uncertainty_ms == (None if minutes else 3_600_000), "at any time of the hour, if nobody knows"
    assert (second.verdict, second.reason, second.told) == (ACCEPTED, None, CONFLICT)
    assert (desk.conflict.state, desk.conflict.withdrawn_at) == ("resolved", None)
    assert desk.guest.checkin_times.count(",") == 1
    assert occupancy.by_place(desk.world.event.id) == {(None, None): occupancy.Count(2, 1)}
    assert integrity.report() == []


def test_a_lost_entry_is_recorded(desk: Desk):
    desk.scan(0)
    desk.scan(10, OUT)
    second = desk.scan(60, OUT)
    desk.resolve("lost-entry", minutes=30)
    assert desk.counted()[2:] == [(IN, desk.at(30)), (OUT, second.occurred_at)]
    assert integrity.report() == []


def test_a_lost_entry_to_a_room_that_he_was_never_seen_in(desk: Desk):
    hall = make_microlocation(desk.world.session, desk.world.event).id
    desk.scan(0)
    second = desk.scan(60, OUT, microlocation_id=hall)
    assert desk.conflict.first is None
    desk.resolve("lost-entry")
    [missing] = [row for row in Ledger(desk.guest).scans if row.microlocation_id == hall and row.direction == IN]
    assert (missing.occurred_at, second.verdict) == (second.occurred_at - TICK, ACCEPTED)
    assert missing.uncertainty_ms is None, "since when is not known"
    assert integrity.report() == []


def test_when_the_added_exit_is_taken_back_it_is_asked_again(desk: Desk, two_entries: tuple[Movement, Movement]):
    desk.resolve("lost-exit")
    [missing] = [row for row in Ledger(desk.guest).scans if row.direction == OUT]
    desk.undo(missing)
    row = desk.conflict
    assert (row.state, row.resolution, row.resolved_by) == ("open", "lost-exit", desk.world.organizer), (
        "what was decided before is still told"
    )
    assert integrity.report() == []
    desk.resolve("dismissed")
    assert (desk.conflict.state, desk.conflict.resolution) == ("resolved", "dismissed")


def test_a_late_scan_changes_no_decision(desk: Desk, two_entries: tuple[Movement, Movement]):
    desk.resolve("dismissed")
    desk.scan(30, OUT)
    assert two_entries[1].verdict == ACCEPTED
    assert desk.conflict.state == "resolved"
    assert integrity.report() == []


def test_it_is_decided_once(desk: Desk, two_entries: tuple[Movement, Movement]):
    desk.world.organizer.first_name = "Ada"
    desk.resolve("dismissed")
    with pytest.raises(Conflict, match="was resolved as dismissed by Ada at 20") as refusal:
        desk.resolve("lost-exit")
    assert "+00:00" in refusal.value.detail
    assert len(desk.counted()) == 1


def test_there_is_nothing_to_decide_about_what_has_vanished(desk: Desk, two_entries: tuple[Movement, Movement]):
    desk.undo(two_entries[0])
    with pytest.raises(Conflict, match="nothing to resolve"):
        desk.resolve("dismissed")


@pytest.mark.parametrize("reason", [None, "", " \t"])
def test_a_reason_is_needed(desk: Desk, two_entries: tuple[Movement, Movement], reason: str | None):
    assert refused(desk, "dismissed", reason) == check_in_conflicts.REASON
    assert refused(desk, None) == check_in_conflicts.RESOLUTION


def test_a_missing_movement_must_fit_the_scan(desk: Desk, two_entries: tuple[Movement, Movement]):
    assert refused(desk, "lost-entry") == check_in_conflicts.RESOLUTION
    desk.undo(two_entries[1])
    desk.scan(70, OUT)
    desk.scan(80, OUT)
    rows = contradictions.of_attendees([desk.guest.id])
    with pytest.raises(Invalid) as refusal:
        check_in_conflicts.resolve(rows[-1], Decision("lost-exit", "so"), resolved_by_id=None)
    assert refusal.value.pointer == check_in_conflicts.RESOLUTION


@pytest.mark.parametrize("minutes", [-1, 0, 60, 61])
def test_it_lies_between_the_two(desk: Desk, two_entries: tuple[Movement, Movement], minutes: float):
    assert refused(desk, "lost-exit", minutes=minutes) == check_in_conflicts.TIME


def test_only_a_missing_movement_has_a_time(desk: Desk, two_entries: tuple[Movement, Movement]):
    assert refused(desk, "dismissed", minutes=30) == check_in_conflicts.TIME


def test_it_must_not_contradict_what_was_scanned_between(desk: Desk):
    hall = make_microlocation(desk.world.session, desk.world.event).id
    desk.scan(0)
    desk.scan(30, microlocation_id=hall)
    second = desk.scan(60)
    assert refused(desk, "lost-exit", minutes=20) == check_in_conflicts.TIME
    desk.resolve("lost-exit", minutes=40)
    assert second.verdict == ACCEPTED


def test_nothing_lies_between_two_scans_of_one_moment(desk: Desk):
    desk.scan(0, client_uuid="a")
    desk.scan(0, client_uuid="b")
    assert refused(desk, "lost-exit") == check_in_conflicts.RESOLUTION


def test_questions_that_differ_from_the_scans_are_found(desk: Desk, two_entries: tuple[Movement, Movement]):
    rule = "attendee-conflicts"
    conflict = desk.conflict
    for wrong in (
        {"first_id": two_entries[1].id},
        {"suggestion": "double-read"},
        {"state": "withdrawn", "withdrawn_at": desk.begins},
    ):
        right = {name: getattr(conflict, name) for name in wrong}
        _set(desk, conflict, wrong)
        assert [(finding.rule, finding.ids) for finding in integrity.report()] == [(rule, (desk.guest.id,))], wrong
        _set(desk, conflict, right)
    assert integrity.report() == []
    desk.undo(two_entries[0])
    _set(desk, conflict, {"state": "open", "withdrawn_at": None})
    assert [finding.rule for finding in integrity.report()] == [rule]
    desk.world.session.delete(conflict)
    assert integrity.report() == []
    desk.scan(30)
    desk.world.session.delete(desk.conflict)
    assert [finding.rule for finding in integrity.report()] == [rule]


def _set(desk: Desk, conflict: CheckInConflict, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(conflict, name, value)
    desk.world.session.flush()
