"""What a scan at a station means: once a day at a desk, in and out at a room's door; what the venue learns of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.clock import end_of_local_day, format_instant, start_of_local_day, utcnow
from app.errors import AlreadyScanned, DomainError, Invalid, NotCheckedIn, NotFound, OrderNotPaid, WrongEvent
from app.models import Movement, Session, Station, TicketHolder, UserCheckIn
from app.models.movements import ACCEPTED, AUTOMATIC, CONFLICT, IN, OUT, REFUSED, STATION, UNDONE
from app.models.orders import CANCELLED, COMPLETED, EXPIRED, INITIALIZING, PENDING, PLACED
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY, REGISTRATION, STATION_TYPES
from app.services import attendance, integrity, ledger, user_check_ins
from app.services.venue_door import Scanner
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.programme import make_microlocation, make_session, make_station, where_it_is_noon

DAY = timedelta(days=1)


class Venue:
    """An event with a hall, a session in it, and a station of each type; a guest."""

    def __init__(self, world: World):
        self.world = world
        world.event.timezone = where_it_is_noon()
        self.guest: TicketHolder = world.attendee
        self.hall = make_microlocation(world.session, world.event)
        self.talk = make_session(world.session, world.event, microlocation_id=self.hall.id)
        self.stations = {
            type_: make_station(world.session, world.event, type_, station_name=type_, microlocation_id=self.hall.id)
            for type_ in STATION_TYPES
        }
        self.scanner = Scanner(world.registrar.id, may_scan=True)

    def scan(self, station: Station | str, **asked: Any) -> UserCheckIn:
        """A scan of the guest, for the session where one is needed; raises what was refused."""
        found = self.stations[station] if isinstance(station, str) else station
        asked.setdefault("session_id", self.talk.id if found.station_type in {CHECK_IN, CHECK_OUT} else None)
        asked.setdefault("attendee_id", self.guest.id)
        outcome = user_check_ins.record(found, scanner=self.scanner, **asked)
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    def patch(self, **members: Any) -> None:
        """What a phone says of the guest."""
        attendance.patch(self.guest, members, self.scanner)

    def ledger(self, *, verdict: str = ACCEPTED) -> list[tuple[str, int | None]]:
        """Direction and room of the guest's movements, in order of time."""
        rows = self.world.session.query(Movement).filter_by(attendee_id=self.guest.id, verdict=verdict)
        return [(row.direction, row.microlocation_id) for row in rows.order_by(Movement.occurred_at, Movement.id)]

    def yesterday(self) -> None:
        """Moves all that has been written to the day before."""
        for row in self.world.session.query(UserCheckIn):
            row.created_at -= DAY
        for movement in self.world.session.query(Movement):
            movement.occurred_at -= DAY
        ledger.Ledger(self.guest).write()
        self.world.session.flush()


@pytest.fixture
def venue(world: World) -> Venue:
    return Venue(world)


# --- desks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("station_type", "message", "refusal"),
    [
        (REGISTRATION, "Ticket register successful.", "Attendee already registered."),
        (DAILY, "Attendee daily check successful.", "Attendee already check daily on station."),
    ],
)
def test_a_desk_lets_in_once_a_day(venue: Venue, station_type: str, message: str, refusal: str):
    scan = venue.scan(station_type)
    assert (scan.success, scan.message) == (True, message)
    assert (scan.recorded_by_id, scan.event_id) == (venue.world.registrar.id, venue.world.event.id)
    assert venue.ledger() == [(IN, None)]
    assert venue.guest.is_checked_in
    assert venue.guest.device_name_checkin == station_type
    with pytest.raises(AlreadyScanned, match=refusal):
        venue.scan(station_type)
    assert venue.world.session.query(UserCheckIn).count() == 1
    venue.yesterday()
    venue.scan(station_type)
    assert integrity.report() == []


def test_another_desk_registers_the_same_guest_without_a_second_entry(venue: Venue):
    venue.scan(REGISTRATION)
    venue.scan(make_station(venue.world.session, venue.world.event))
    assert venue.ledger() == [(IN, None)]


@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY])
def test_who_is_inside_already_enters_no_second_time(venue: Venue, station_type: str):
    venue.patch(is_checked_in=True)
    before = venue.guest.checkin_times
    venue.scan(station_type)
    assert venue.ledger() == [(IN, None)]
    assert venue.guest.checkin_times == before


def test_who_has_left_enters_again(venue: Venue):
    venue.scan(REGISTRATION)
    venue.patch(is_checked_out=True)
    venue.scan(DAILY)
    assert venue.ledger() == [(IN, None), (OUT, None), (IN, None)]
    assert (venue.guest.is_checked_in, venue.guest.is_checked_out) == (True, False)
    assert venue.guest.device_name_checkin == "registration,daily"
    assert integrity.report() == []


def test_who_forgot_to_leave_yesterday_enters_again_today(venue: Venue):
    venue.scan(DAILY)
    venue.yesterday()
    venue.scan(DAILY)
    entry, closing, _again = venue.world.session.query(Movement).order_by(Movement.occurred_at).all()
    assert (closing.source, closing.occurred_at) == (
        AUTOMATIC,
        end_of_local_day(entry.occurred_at, venue.world.event.timezone),
    )
    assert venue.ledger() == [(IN, None), (OUT, None), (IN, None)]
    assert integrity.report() == []


def test_an_entry_at_a_desk_says_where_it_comes_from(venue: Venue):
    desk = make_station(venue.world.session, venue.world.event, station_name="Desk 1, left")
    venue.scan(desk)
    [entry] = venue.world.session.query(Movement)
    assert (entry.source, entry.is_inferred, entry.reason) == (STATION, False, None)
    assert (entry.device, entry.recorded_by_id) == ("Desk 1  left", venue.world.registrar.id)


def test_registration_shows_on_the_guest(venue: Venue):
    scan = venue.scan(REGISTRATION)
    assert (venue.guest.is_registered, venue.guest.register_times) == (True, format_instant(scan.created_at))
    again = venue.scan(make_station(venue.world.session, venue.world.event))
    assert venue.guest.register_times == format_instant(again.created_at)


@pytest.mark.parametrize("station_type", [DAILY, CHECK_IN])
def test_other_stations_do_not_register(venue: Venue, station_type: str):
    venue.scan(station_type)
    assert (venue.guest.is_registered, venue.guest.register_times) == (False, None)


def test_a_daily_check_may_be_for_a_session(venue: Venue):
    other = make_session(venue.world.session, venue.world.event, microlocation_id=venue.hall.id)
    venue.scan(DAILY)
    venue.scan(DAILY, session_id=venue.talk.id)
    venue.scan(DAILY, session_id=other.id)
    for session_id in (None, venue.talk.id, other.id):
        with pytest.raises(AlreadyScanned):
            venue.scan(DAILY, session_id=session_id)


def test_registration_asks_for_no_session(venue: Venue):
    elsewhere = make_session(venue.world.session, make_event(venue.world.session))
    assert venue.scan(REGISTRATION, session_id=elsewhere.id).session_id is None


# --- days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "America/New_York", "Etc/GMT+12"])
@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY])
def test_today_is_the_events_day(venue: Venue, timezone: str, station_type: str):
    venue.world.event.timezone = timezone
    scan = venue.scan(station_type)
    midnight = start_of_local_day(utcnow(), timezone)
    scan.created_at = midnight
    venue.world.session.flush()
    with pytest.raises(AlreadyScanned):
        venue.scan(station_type)
    scan.created_at = midnight - timedelta(microseconds=1)
    venue.world.session.flush()
    assert venue.scan(station_type).created_at >= midnight


def test_each_row_has_its_own_time(venue: Venue):
    first, second = venue.scan(CHECK_IN), venue.scan(CHECK_OUT)
    assert first.created_at < second.created_at


# --- rooms --------------------------------------------------------------------------------------------------------


def test_in_and_out_of_a_room(venue: Venue):
    hall = venue.hall.id
    venue.scan(REGISTRATION)
    columns = ("checkin_times", "checkout_times", "device_name_checkin", "is_checked_in", "is_checked_out")
    before = [getattr(venue.guest, column) for column in columns]
    for _ in range(2):
        assert venue.scan(CHECK_IN).message == "Attendee check in successful."
        with pytest.raises(AlreadyScanned, match="Attendee already checked in"):
            venue.scan(CHECK_IN)
        assert venue.scan(CHECK_OUT).message == "Attendee check out successful."
        with pytest.raises(NotCheckedIn, match="Attendee not check in yet"):
            venue.scan(CHECK_OUT)
    assert venue.ledger() == [(IN, None), (IN, hall), (OUT, hall), (IN, hall), (OUT, hall)]
    assert [getattr(venue.guest, column) for column in columns] == before, "rooms are no part of the columns"
    assert integrity.report() == []


def test_who_enters_a_room_from_outside_enters_the_venue_first(venue: Venue):
    venue.scan(CHECK_IN)
    assert venue.ledger() == [(IN, None), (IN, venue.hall.id)]
    entry, room = venue.world.session.query(Movement).order_by(Movement.occurred_at, Movement.id).all()
    assert entry.occurred_at == room.occurred_at
    assert (entry.source, entry.is_inferred, entry.reason) == (STATION, True, "room-entry")
    assert (room.source, room.is_inferred, room.device) == (STATION, False, CHECK_IN)
    assert venue.guest.is_checked_in
    venue.patch(is_checked_out=True)
    assert venue.guest.is_checked_out
    assert venue.ledger()[2:] == [(OUT, venue.hall.id), (OUT, None)], "who leaves the venue has left the room"
    venue.scan(CHECK_OUT)
    assert venue.ledger(verdict=CONFLICT) == [(OUT, venue.hall.id)], "a room's exit lets nobody into the venue"
    assert venue.guest.is_checked_out
    assert integrity.report() == []


def test_the_phone_does_not_take_a_room_for_the_venue(venue: Venue):
    """In a room, then seen by a phone: he is inside, and its exit is one of the venue."""
    venue.scan(CHECK_IN)
    venue.scan(CHECK_OUT)
    venue.patch(is_checked_in=False)
    assert (venue.guest.is_checked_in, venue.guest.is_checked_out) == (False, True)
    assert (venue.guest.checkin_times or "").count(",") == (venue.guest.checkout_times or "").count(",") == 0


def test_the_door_remembers_each_session_by_itself(venue: Venue):
    other = make_session(venue.world.session, venue.world.event, microlocation_id=venue.hall.id)
    venue.scan(CHECK_IN)
    venue.scan(CHECK_IN, session_id=other.id)
    venue.scan(CHECK_OUT)
    with pytest.raises(AlreadyScanned):
        venue.scan(CHECK_IN, session_id=other.id)


def test_a_new_day_is_a_new_entry_into_the_room_and_an_old_entry_may_be_left(venue: Venue):
    venue.scan(CHECK_IN)
    venue.yesterday()
    venue.scan(CHECK_OUT)  # after midnight
    with pytest.raises(NotCheckedIn):
        venue.scan(CHECK_OUT)
    venue.scan(CHECK_IN)
    venue.yesterday()
    venue.scan(CHECK_IN)


def test_nobody_leaves_a_room_that_he_never_entered(venue: Venue):
    venue.scan(DAILY, session_id=venue.talk.id)
    with pytest.raises(NotCheckedIn, match="Attendee not check in yet"):
        venue.scan(CHECK_OUT)


def test_a_room_is_entered_after_what_a_fast_clock_has_said(venue: Venue):
    ahead = utcnow() + timedelta(minutes=4)
    venue.patch(is_checked_in=True, checkin_times=format_instant(ahead))
    venue.scan(CHECK_IN)
    assert venue.ledger() == [(IN, None), (IN, venue.hall.id)]


# --- who and what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [INITIALIZING, PENDING, CANCELLED, EXPIRED])
@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY, CHECK_IN])
def test_guests_of_unpaid_orders_are_not_let_in(venue: Venue, status: str, station_type: str):
    venue.world.order.status = status
    with pytest.raises(OrderNotPaid, match=status):
        venue.scan(station_type)
    assert venue.ledger() == []


@pytest.mark.parametrize("status", [PLACED, COMPLETED])
@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY, CHECK_IN])
def test_guests_of_placed_and_completed_orders_are_let_in(venue: Venue, status: str, station_type: str):
    venue.world.order.status = status
    venue.scan(station_type)


def test_who_is_inside_is_not_registered_on_an_order_that_was_cancelled(venue: Venue):
    venue.patch(is_checked_in=True)
    venue.world.order.status = CANCELLED
    with pytest.raises(OrderNotPaid):
        venue.scan(REGISTRATION)
    assert not venue.guest.is_registered


def test_who_is_in_a_room_may_leave_it_whatever_became_of_his_order(venue: Venue):
    venue.scan(CHECK_IN)
    venue.world.order.status = CANCELLED
    venue.scan(CHECK_OUT)


def test_an_attendee_without_an_order_is_not_let_in(venue: Venue):
    loose = make_attendee(venue.world.session, venue.world.free)
    with pytest.raises(OrderNotPaid, match="no order"):
        venue.scan(REGISTRATION, attendee_id=loose.id)


def test_refusals_are_kept(venue: Venue):
    venue.world.order.status = CANCELLED
    with pytest.raises(OrderNotPaid):
        venue.scan(CHECK_IN)
    venue.world.order.status = PLACED
    venue.scan(REGISTRATION)
    with pytest.raises(AlreadyScanned):
        venue.scan(REGISTRATION)
    elsewhere = make_event(venue.world.session)
    [foreign] = make_order(venue.world.session, make_ticket(venue.world.session, elsewhere)).attendees
    with pytest.raises(WrongEvent):
        venue.scan(REGISTRATION, attendee_id=foreign.id)
    refused = venue.world.session.query(Movement).filter_by(verdict=REFUSED).order_by(Movement.id).all()
    assert [(row.reason, row.attendee_id, row.microlocation_id) for row in refused] == [
        ("cancelled", venue.guest.id, venue.hall.id),
        ("already-scanned", venue.guest.id, None),
        ("wrong-event", foreign.id, None),
    ]
    assert {row.event_id for row in refused} == {venue.world.event.id}
    assert {row.recorded_by_id for row in refused} == {venue.scanner.user_id}
    assert integrity.report() == []


@pytest.mark.parametrize("station_type", STATION_TYPES)
def test_attendees_of_other_events_and_unknown_ones(venue: Venue, station_type: str):
    elsewhere = make_event(venue.world.session)
    [foreigner] = make_order(venue.world.session, make_ticket(venue.world.session, elsewhere)).attendees
    with pytest.raises(Invalid, match="Attendee not belong to this event"):
        venue.scan(station_type, attendee_id=foreigner.id)
    with pytest.raises(NotFound, match="Attendee: 0 not found"):
        venue.scan(station_type, attendee_id=0)
    venue.guest.deleted_at = utcnow()
    with pytest.raises(NotFound):
        venue.scan(station_type)


@pytest.mark.parametrize("station_type", [DAILY, CHECK_IN, CHECK_OUT])
def test_sessions_that_do_not_fit(venue: Venue, station_type: str):
    def refused(kind: type[Exception], text: str, make: Callable[[], Session]) -> None:
        with pytest.raises(kind, match=text):
            venue.scan(station_type, session_id=make().id)

    session, event = venue.world.session, venue.world.event
    other_hall = make_microlocation(session, event)
    refused(NotFound, "Session: ", lambda: make_session(session, event, deleted_at=utcnow()))
    refused(Invalid, "Session not belong to this event.", lambda: make_session(session, make_event(session)))
    refused(Invalid, "Location of your session", lambda: make_session(session, event, microlocation_id=other_hall.id))
    refused(Invalid, "Location of your session", lambda: make_session(session, event))
    with pytest.raises(NotFound):
        venue.scan(station_type, session_id=0)


def test_a_desk_without_a_place_checks_no_place(venue: Venue):
    desk = make_station(venue.world.session, venue.world.event, DAILY)
    assert venue.scan(desk, session_id=venue.talk.id).session_id == venue.talk.id


@pytest.mark.parametrize("station_type", [CHECK_IN, CHECK_OUT])
def test_a_door_needs_a_session(venue: Venue, station_type: str):
    with pytest.raises(Invalid, match="needs a session"):
        venue.scan(station_type, session_id=None)


# --- taking back --------------------------------------------------------------------------------------------------


def test_a_registration_that_is_taken_back_may_be_made_again(venue: Venue):
    first = venue.scan(REGISTRATION)
    second = venue.scan(make_station(venue.world.session, venue.world.event))
    user_check_ins.delete(second)
    assert venue.guest.register_times == format_instant(first.created_at)
    user_check_ins.delete(first)
    assert (venue.guest.is_registered, venue.guest.register_times) == (False, None)
    assert venue.ledger() == [(IN, None)], "that he came in is another matter"
    venue.scan(REGISTRATION)
    assert integrity.report() == []


def test_a_movement_of_a_room_that_is_taken_back_stays_in_the_ledger(venue: Venue):
    user_check_ins.delete(venue.scan(CHECK_IN))
    assert venue.ledger() == []
    assert venue.ledger(verdict=UNDONE) == [(IN, None), (IN, venue.hall.id)], "nothing else says that he came in"
    assert not venue.guest.is_checked_in
    with pytest.raises(NotCheckedIn):
        venue.scan(CHECK_OUT)
    venue.scan(CHECK_IN)


def test_what_a_deleted_attendee_was_scanned_for_can_be_taken_back(venue: Venue):
    scan = venue.scan(REGISTRATION)
    venue.guest.deleted_at = utcnow()
    user_check_ins.delete(scan)
    assert not venue.guest.is_registered


def test_a_station_that_changes_its_type_does_not_change_what_it_has_scanned(venue: Venue):
    scan = venue.scan(REGISTRATION)
    venue.stations[REGISTRATION].station_type = DAILY
    venue.world.session.flush()
    assert scan.message == "Ticket register successful."
    venue.scan(REGISTRATION)  # now a daily check, the first one
