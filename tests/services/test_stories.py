"""Stories told anew: each question is about its own part of what is kept."""

from datetime import timedelta

import pytest

from app.clock import format_instant, utcnow
from app.models import CheckInConflict, Movement
from app.models.movements import ACCEPTED, CONFLICT, DESK, IN, OUT
from app.services import stories
from app.services.ledger import Ledger, Origin
from app.services.stories import Groups, Story
from tests.factories import World, make_attendee, make_event, make_ticket

HOUR = timedelta(hours=1)


def story(world: World) -> Story:
    world.session.flush()
    [found] = [each for each in stories.of_guests(world.event.id) if each.attendee.id == world.attendee.id]
    return found


def answers(world: World) -> list[bool]:
    """Times, flags, verdicts, questions."""
    told = story(world)
    return [told.are_times_told(), told.are_flags_told(), told.is_judged(), told.is_asked_about()]


@pytest.fixture
def scans(world: World) -> list[Movement]:
    """In, in again at another door half an hour later, out."""
    book, now = Ledger(world.attendee), utcnow()
    rows = [
        book.scan(Origin(DESK, None, at), direction, at, device=device)
        for direction, at, device in (
            (IN, now - 2 * HOUR, "North"),
            (IN, now - 2 * HOUR + timedelta(minutes=30), "South"),
            (OUT, now - HOUR, "North"),
        )
    ]
    book.write()
    return rows


def test_what_the_server_writes_is_told(world: World, scans: list[Movement]):
    assert [scan.verdict for scan in scans] == [ACCEPTED, CONFLICT, ACCEPTED]
    assert answers(world) == [True] * 4


def test_times_are_those_of_what_was_accepted(world: World, scans: list[Movement]):
    world.attendee.checkin_times = format_instant(scans[1].occurred_at)
    assert answers(world) == [False, True, True, True]


def test_flags_are_what_all_scans_tell(world: World, scans: list[Movement]):
    world.attendee.is_checked_in, world.attendee.is_checked_out = True, False
    assert answers(world) == [True, False, True, True]


def test_verdicts_are_what_all_scans_tell(world: World, scans: list[Movement]):
    """Another scan was let count: the times follow what is stored, and so differ too."""
    scans[0].verdict, scans[1].verdict = CONFLICT, ACCEPTED
    assert answers(world) == [False, True, False, True]


def test_questions_are_those_about_contradictions(world: World, scans: list[Movement]):
    [conflict] = world.session.query(CheckInConflict).all()
    world.session.delete(conflict)
    assert answers(world) == [True, True, True, False]


def test_guests_of_one_event_and_of_all(world: World):
    other = make_attendee(world.session, make_ticket(world.session, make_event(world.session)))
    here = [guest.id for guest in world.order.attendees]
    assert [each.attendee.id for each in stories.of_guests(world.event.id)] == here
    assert [each.attendee.id for each in stories.of_guests(None)] == [*here, other.id]


def test_four_statements_however_many_guests(world: World, count_queries, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stories, "BATCH", 2)
    for _ in range(7):
        make_attendee(world.session, world.free)
    world.session.expunge_all()
    with count_queries() as statements:
        assert len(list(stories.of_guests(world.event.id))) == 9
    assert len(statements) == 4


def test_groups_pass_over_whom_nobody_asks_for():
    groups = Groups(iter([11, 12, 21, 41, 42]), lambda row: row // 10)
    assert groups.of(0) == []
    assert groups.of(1) == [11, 12]
    assert groups.of(3) == []
    assert groups.of(4) == [41, 42]
    assert groups.of(5) == []
