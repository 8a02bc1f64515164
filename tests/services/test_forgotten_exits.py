"""Forgotten exits: who is checked out, as of when, and what late scans make of it."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import TICK
from app.models import Event, Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, CONFLICT, DESK, IN, OUT, UNDONE
from app.services import forgotten_exits, integrity, occupancy
from app.services.closing import LINGERING
from app.services.forgotten_exits import RECENT, Batch
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_event, make_order, make_ticket
from tests.programme import make_microlocation

STARTS = datetime(2026, 11, 21, 17, tzinfo=UTC)
ENDS = datetime(2026, 11, 21, 22, tzinfo=UTC)
GRACE = timedelta(minutes=60)


class Night:
    """An evening's event, its guests, and a clock that the test sets."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch):
        self.world, self.guest = world, world.attendee
        self.event: Event = world.event
        self.event.starts_at, self.event.ends_at, self.event.timezone = STARTS, ENDS, "Europe/Berlin"
        self.now = ENDS + GRACE
        world.session.flush()
        monkeypatch.setattr(forgotten_exits, "utcnow", lambda: self.now)

    def scan(self, direction: str, minutes: int, guest: TicketHolder | None = None, **facts: Any) -> Movement:
        """A scan so many minutes after the end."""
        book, at = Ledger(guest or self.guest), ENDS + timedelta(minutes=minutes)
        movement = book.scan(Origin(DESK, None, at), direction, at, **facts)
        book.write()
        return movement

    def close(self, minutes: int = 60) -> int:
        """What a round makes, so many minutes after the end."""
        self.now = ENDS + timedelta(minutes=minutes)
        events = forgotten_exits.due_events(grace=GRACE)
        return sum(forgotten_exits.check_out(event_id, due).checked_out for event_id, due in events)

    def told(self, guest: TicketHolder | None = None) -> list[tuple[Any, ...]]:
        """What is recorded, in order of time: direction, minutes after the end, source, verdict, reason."""
        statement = select(Movement).where(Movement.attendee_id == (guest or self.guest).id, Movement.verdict != UNDONE)
        rows = self.world.session.scalars(statement.order_by(Movement.occurred_at, Movement.id))
        return [
            (row.direction, (row.occurred_at - ENDS) / timedelta(minutes=1), row.source, row.verdict, row.reason)
            for row in rows
        ]

    def inside(self) -> int:
        """How many are inside the venue."""
        counts = occupancy.by_place(self.event.id)
        return occupancy.together(count for (room, _), count in counts.items() if room is None).inside


@pytest.fixture
def night(world: World, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Nobody has come yet."""
    return Night(world, monkeypatch)


CLOSED = (OUT, 0, AUTOMATIC, ACCEPTED, "forgotten-exit")


def test_who_is_forgotten_is_checked_out_as_of_closing_time(night: Night):
    night.scan(IN, -120)
    assert night.close(59) == 0, "late scans are awaited"
    assert night.close(60) == 1
    assert night.told() == [(IN, -120, DESK, ACCEPTED, None), CLOSED]
    [movement] = night.world.session.scalars(select(Movement).where(Movement.source == AUTOMATIC))
    assert (movement.recorded_by_id, movement.recorded_at, movement.is_inferred) == (None, night.now, False)
    assert movement.told == ACCEPTED
    assert (night.guest.is_checked_in, night.guest.is_checked_out) == (False, True)
    assert night.guest.checkout_times == "2026-11-21T22:00:00+00:00"
    assert night.inside() == 0
    assert night.close(61) == 0
    assert integrity.report() == []


def test_who_has_left_or_was_seen_since_stays_as_he_is(night: Night):
    gone, late, forgotten = (make_order(night.world.session, night.world.free).attendees[0] for _ in range(3))
    night.scan(IN, -120, gone)
    night.scan(OUT, -60, gone)
    night.scan(IN, 5, late)
    night.scan(IN, -100, forgotten)
    night.scan(IN, 10, forgotten)  # a conflict, and yet he was seen
    assert night.close() == 0
    assert night.inside() == 2


def test_the_room_is_left_too(night: Night):
    hall = make_microlocation(night.world.session, night.event)
    night.scan(IN, -120, microlocation_id=hall.id)
    assert night.close() == 1
    assert occupancy.by_place(night.event.id)[hall.id, None] == occupancy.Count(1, 1)
    assert night.told()[-2:] == [(OUT, 0, AUTOMATIC, ACCEPTED, "left-venue"), CLOSED]
    assert integrity.report() == []


FORGOTTEN, NEEDLESS, NOT_INSIDE = "forgotten-exit", "needless", "not-inside"

LATE = [
    ([(OUT, -30)], [(OUT, -30, None), (OUT, 0, NEEDLESS)]),
    ([(OUT, 20)], [(OUT, 0, NEEDLESS), (OUT, 20, None)]),
    (
        [(OUT, -30), (IN, -20), (OUT, 15)],
        [(OUT, -30, None), (IN, -20, None), (OUT, 0, NEEDLESS), (OUT, 15, None)],
    ),
    ([(IN, 30)], [(OUT, 0, FORGOTTEN), (IN, 30, None)]),
    ([(IN, -30), (OUT, 10)], [(IN, -30, "already-inside"), (OUT, 0, NEEDLESS), (OUT, 10, None)]),
    ([(OUT, -5), (OUT, 10)], [(OUT, -5, None), (OUT, 0, NEEDLESS), (OUT, 10, NOT_INSIDE)]),
]
"""Scans that arrive after the check-out, and what is told then: direction, minutes after the end, why it does not
count."""


@pytest.mark.parametrize(("late", "expected"), LATE)
def test_late_scans_in_whatever_order_tell_the_same_story(
    night: Night, late: list[tuple[str, int]], expected: list[tuple[str, int, str | None]]
):
    for order in itertools.permutations(late):
        guest = make_order(night.world.session, night.world.free).attendees[0]
        night.scan(IN, -120, guest)
        assert night.close() == 1
        for direction, minutes in order:
            night.scan(direction, minutes, guest)
        told = night.told(guest)
        assert [(direction, minutes, reason) for direction, minutes, _, _, reason in told][1:] == expected
        assert all((verdict == ACCEPTED) == (reason in {None, FORGOTTEN}) for *_, verdict, reason in told)
        assert integrity.report() == []


def test_the_true_exit_taken_back_lets_the_automatic_one_count_again(night: Night):
    night.scan(IN, -120)
    assert night.close() == 1
    true = night.scan(OUT, 20)
    assert night.told()[1:] == [(OUT, 0, AUTOMATIC, CONFLICT, "needless"), (OUT, 20, DESK, ACCEPTED, None)]
    book = Ledger(night.guest)
    book.undo(true)
    book.write()
    assert night.told()[1:] == [CLOSED]
    assert integrity.report() == []


@pytest.mark.parametrize("minutes", [-30, 30])
def test_an_automatic_exit_taken_back_is_not_made_again(night: Night, minutes: int):
    """Until the doors have closed once more, or for good."""
    night.event.ends_at = ENDS + timedelta(days=2)
    night.event.closing_time = "23:00"
    night.scan(IN, minutes)
    day = 24 * 60 if minutes > 0 else 0
    assert night.close(day + 60) == 1
    book = Ledger(night.guest)
    book.undo(next(scan for scan in book.scans if scan.source == AUTOMATIC))
    book.write()
    assert night.close(day + 90) == 0
    assert night.guest.is_checked_in
    assert night.close(day + 25 * 60) == 1
    assert night.told()[-1][1] == day + 24 * 60


def test_who_is_seen_after_the_end_has_left_a_day_later(night: Night):
    night.scan(IN, 15)
    whole_day = LINGERING // timedelta(minutes=1)
    assert night.close(whole_day + 59) == 0
    assert night.close(whole_day + 60) == 1
    [_, (direction, minutes, source, verdict, _)] = night.told()
    assert (direction, source, verdict) == (OUT, AUTOMATIC, ACCEPTED)
    assert minutes == pytest.approx(15 + TICK / timedelta(minutes=1))
    book = Ledger(night.guest)
    book.undo(book.scans[-1])
    book.write()
    assert night.close(whole_day + 70) == 0


def test_each_day_of_an_event_is_closed(night: Night):
    night.event.ends_at = ENDS + timedelta(days=1)
    night.scan(IN, -120)
    assert night.close(60) == 0
    assert night.close(121) == 1  # midnight in Berlin, and an hour
    night.scan(IN, 12 * 60)
    assert night.close(24 * 60 + 60) == 1
    assert integrity.report() == []
    assert len((night.guest.checkout_times or "").split(",")) == 2


def test_only_events_of_these_days_are_looked_at(night: Night):
    night.scan(IN, -120)
    assert night.close(RECENT // timedelta(minutes=1)) == 0
    assert night.guest.is_checked_in
    assert night.close(RECENT // timedelta(minutes=1) - 1) == 1


def test_a_few_at_a_time_in_order_of_id(night: Night):
    guests = make_order(night.world.session, night.world.free, seats=5).attendees
    for guest in guests:
        night.scan(IN, -120, guest)
    night.now = ENDS + GRACE
    [(event_id, due)] = forgotten_exits.due_events(grace=GRACE)
    ids = [guest.id for guest in guests]
    assert forgotten_exits.check_out(event_id, due, most=2) == Batch(2, ids[1])
    assert forgotten_exits.check_out(event_id, due, after=ids[1], most=2) == Batch(2, ids[3])
    assert forgotten_exits.check_out(event_id, due, after=ids[3], most=2) == Batch(1, ids[4])
    assert forgotten_exits.check_out(event_id, due, after=ids[4], most=2) == Batch(0, None)
    assert night.inside() == 0


@pytest.mark.parametrize("events", [1, 30])
def test_looking_costs_one_statement(night: Night, events: int, count_queries: Any):
    for _ in range(events):
        other = make_event(night.world.session, starts_at=STARTS, ends_at=ENDS + timedelta(days=1))
        night.scan(IN, -30, make_order(night.world.session, make_ticket(night.world.session, other)).attendees[0])
    night.now = ENDS
    with count_queries() as sent:
        assert forgotten_exits.due_events(grace=GRACE) == []
    assert len(sent) == 1


def test_checking_out_costs_the_same_for_few_and_many(night: Night, count_queries: Any):
    sent = []
    for seats in (2, 40):
        for guest in make_order(night.world.session, night.world.free, seats=seats).attendees:
            night.scan(IN, -120, guest)
        night.world.session.expire_all()
        night.now = ENDS + GRACE
        [(event_id, due)] = forgotten_exits.due_events(grace=GRACE)
        with count_queries() as statements:
            assert forgotten_exits.check_out(event_id, due).checked_out == seats
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 6, sent
