"""What the kiosk's screens count."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant, utcnow
from app.models import Order, Session, TicketHolder, Track
from app.models.orders import CANCELLED, PENDING, PLACED
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY, REGISTRATION
from app.services import check_in_statistics
from tests.factories import World, make_attendee, make_event, make_order
from tests.programme import (
    make_check_in,
    make_microlocation,
    make_pax,
    make_session,
    make_station,
    make_track,
    where_it_is_noon,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Fair:
    """An event with two tracks, three sessions and a station of each kind; six guests may come."""

    def __init__(self, world: World):
        self.world = world
        session = self.session = world.session
        event = self.event = world.event
        event.timezone = where_it_is_noon()
        self.order: Order = make_order(session, world.free, seats=4, status=PLACED)
        self.guests: list[TicketHolder] = [*world.order.attendees, *self.order.attendees]
        hall = make_microlocation(session, event)
        self.jazz: Track = make_track(session, event, name="Jazz")
        self.talks: Track = make_track(session, event, name="Talks")
        place = {"microlocation_id": hall.id}
        self.concert: Session = make_session(session, event, title="Concert", track_id=self.jazz.id, **place)
        self.jam: Session = make_session(session, event, title="Jam", track_id=self.jazz.id, **place)
        self.talk: Session = make_session(session, event, title="Talk", track_id=self.talks.id, **place)
        self.opening: Session = make_session(session, event, title="Opening", **place)
        self.stations = {
            type_: make_station(session, event, type_, microlocation_id=hall.id)
            for type_ in (REGISTRATION, DAILY, CHECK_IN, CHECK_OUT)
        }

    def scan(self, type_: str, guest: int, programme_item: Session | None = None, **facts: Any) -> None:
        """The row of a scan of one of the guests."""
        session_id = programme_item.id if programme_item else None
        make_check_in(self.session, self.stations[type_], self.guests[guest], session_id=session_id, **facts)

    def statistics(self, sessions: list[Session] | None = None, tracks: list[Track] | None = None) -> dict[str, Any]:
        """The counts, asked for by rows."""
        ids = {"session_ids": [row.id for row in sessions or []], "track_ids": [row.id for row in tracks or []]}
        return check_in_statistics.of_event(self.event, **ids)


@pytest.fixture
def fair(world: World) -> Fair:
    return Fair(world)


def test_of_an_empty_day(fair: Fair):
    assert fair.statistics() == {
        "total_attendee": 6,
        "total_registered": 0,
        "total_not_checked_in": 6,
        "total_track_checked_in": 0,
        "total_track_checked_out": 0,
        "total_session_checked_in": 0,
        "total_session_checked_out": 0,
        "session_stats": [],
        "track_stats": [],
    }


def registered(fair: Fair) -> tuple[int, int, int]:
    counts = fair.statistics()
    return counts["total_attendee"], counts["total_registered"], counts["total_not_checked_in"]


def test_who_may_come_and_who_is_registered(fair: Fair):
    make_order(fair.session, fair.world.free, seats=2, status=PENDING)
    make_order(fair.session, fair.world.free, seats=2, status=CANCELLED)
    make_attendee(fair.session, fair.world.free)
    fair.scan(REGISTRATION, 0)
    fair.scan(REGISTRATION, 0)  # at two desks
    fair.scan(REGISTRATION, 1)
    fair.scan(DAILY, 2)
    fair.scan(REGISTRATION, 3, deleted_at=utcnow())
    assert registered(fair) == (6, 2, 4)
    fair.guests[1].deleted_at = utcnow()
    fair.session.flush()
    assert registered(fair) == (5, 1, 4)


def test_a_new_day_begins_at_nought(fair: Fair):
    fair.scan(REGISTRATION, 0, created_at=utcnow() - DAY)
    fair.scan(CHECK_IN, 0, fair.talk, created_at=utcnow() - DAY)
    assert registered(fair) == (6, 0, 6)
    assert fair.statistics()["total_session_checked_in"] == 0


def test_events_are_counted_apart(fair: Fair):
    fair.scan(REGISTRATION, 0)
    fair.scan(CHECK_IN, 0, fair.talk)
    other = make_event(fair.session)
    counts = check_in_statistics.of_event(other, session_ids=[fair.talk.id], track_ids=[fair.talks.id])
    assert {value for name, value in counts.items() if name.startswith("total")} == {0}
    assert (counts["session_stats"], counts["track_stats"]) == ([], [])


def test_rows_of_sessions(fair: Fair):
    for guest in (0, 1, 2):
        fair.scan(CHECK_IN, guest, fair.concert)
    fair.scan(CHECK_OUT, 0, fair.concert)
    fair.scan(CHECK_IN, 0, fair.concert)
    fair.scan(CHECK_IN, 0, fair.concert, deleted_at=utcnow())
    fair.scan(DAILY, 0, fair.concert)
    fair.scan(CHECK_IN, 3, fair.jam)
    fair.scan(CHECK_IN, 4, fair.opening)
    counts = fair.statistics([fair.concert, fair.opening])
    assert counts["session_stats"] == [
        {
            "session_id": str(fair.concert.id),
            "session_name": "Concert",
            "track_name": "Jazz",
            "speakers": [],
            "check_in": 4,
            "check_out": 1,
            "manual_count": {},
        },
        {
            "session_id": str(fair.opening.id),
            "session_name": "Opening",
            "track_name": "",
            "speakers": [],
            "check_in": 1,
            "check_out": 0,
            "manual_count": {},
        },
    ]
    assert (counts["total_session_checked_in"], counts["total_session_checked_out"]) == (5, 1)
    assert (counts["total_track_checked_in"], counts["total_track_checked_out"]) == (5, 1), "the concert's track"


def test_totals_when_nothing_is_asked_for_are_of_all(fair: Fair):
    for programme_item in (fair.concert, fair.talk, fair.opening):
        fair.scan(CHECK_IN, 0, programme_item)
    counts = fair.statistics()
    assert (counts["total_session_checked_in"], counts["total_track_checked_in"]) == (3, 2)


def test_rows_of_tracks(fair: Fair):
    fair.scan(CHECK_IN, 0, fair.concert)
    fair.scan(CHECK_IN, 1, fair.jam)
    fair.scan(CHECK_OUT, 1, fair.jam)
    fair.scan(CHECK_IN, 2, fair.talk)
    now = utcnow()
    fair.concert.starts_at, fair.concert.ends_at = now - 2 * HOUR, now
    fair.jam.starts_at, fair.jam.ends_at = now - HOUR, now + HOUR
    counts = fair.statistics(tracks=[fair.jazz, fair.talks])
    first, second = counts["track_stats"]
    assert first == {
        "track_id": str(fair.jazz.id),
        "track_name": "Jazz",
        "current_speakers": "",
        "current_session": "Jam",
        "check_in": 2,
        "check_out": 1,
    }
    assert (second["track_name"], second["current_session"], second["check_in"]) == ("Talks", "", 1)
    assert (counts["total_track_checked_in"], counts["total_track_checked_out"]) == (3, 1)
    assert fair.statistics(tracks=[fair.talks])["total_track_checked_in"] == 1


def test_every_asked_session_that_exists_has_its_row(fair: Fair):
    elsewhere = make_session(fair.session, make_event(fair.session))
    gone = make_session(fair.session, fair.event, deleted_at=utcnow())
    ids = [0, elsewhere.id, gone.id, fair.talk.id, 10**17]
    counts = check_in_statistics.of_event(fair.event, session_ids=ids)
    assert [row["session_id"] for row in counts["session_stats"]] == [str(fair.talk.id)]


def test_the_last_count_by_hand(fair: Fair):
    make_pax(fair.session, fair.stations[DAILY], fair.talk, current_pax=3)
    last = make_pax(fair.session, fair.stations[CHECK_IN], fair.talk, current_pax=5)
    [row] = fair.statistics([fair.talk])["session_stats"]
    assert row["manual_count"] == {
        "current_pax": 5,
        "created_at": format_instant(last.created_at),
        "modified_at": format_instant(last.modified_at),
    }


def test_the_number_of_statements_does_not_grow(fair: Fair, count_queries: Any):
    with count_queries() as few:
        fair.statistics([fair.talk], [fair.talks])
    for guest in range(6):
        fair.scan(CHECK_IN, guest, fair.concert)
    with count_queries() as many:
        fair.statistics([fair.talk, fair.concert, fair.jam], [fair.talks, fair.jazz])
    assert len(many) == len(few) <= 7
