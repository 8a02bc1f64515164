"""Putting the ledger right, one movement at a time: what is undone and corrected, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import utcnow
from app.errors import Conflict, Invalid
from app.models import Amendment, Movement, TicketHolder
from app.models.amendments import CORRECT, UNDO
from app.models.movements import ACCEPTED, CONFLICT, DESK, IN, OUT, PATCH, REFUSED, REPLAYED, UNDONE
from app.models.stations import CHECK_IN
from app.services import amendments, integrity, movements, occupancy, user_check_ins
from app.services.amendments import Author
from app.services.ledger import Ledger, Origin
from app.services.venue_door import Scanner
from tests.factories import World
from tests.programme import make_microlocation, make_movement, make_session, make_station

HOUR = timedelta(hours=1)


class Desk:
    """A supervisor who puts right what was scanned of a guest."""

    def __init__(self, world: World):
        self.world = world
        self.guest: TicketHolder = world.attendee
        self.opens: datetime = world.event.starts_at
        self.author = Author(world.organizer.id, "A slip")

    def scan(self, direction: str, hours: int, **facts: Any) -> Movement:
        """A scan so many hours after the doors were opened."""
        at = self.opens + hours * HOUR
        book = Ledger(self.guest)
        movement = book.scan(Origin(PATCH, self.world.registrar.id, at), direction, at, **facts)
        book.write()
        return movement

    def times(self) -> tuple[str | None, str | None]:
        """The columns in short: hours after the doors were opened."""
        return self._hours(self.guest.checkin_times), self._hours(self.guest.checkout_times)

    def _hours(self, column: str | None) -> str | None:
        moments = [datetime.fromisoformat(part) for part in (column or "").split(",") if part]
        return ",".join(str((moment - self.opens) // HOUR) for moment in moments) or None

    def inside(self) -> int:
        """How many the counts say are in the venue."""
        places = occupancy.by_place(self.world.event.id)
        return occupancy.together(count for (room, _), count in places.items() if room is None).inside


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture(autouse=True)
def _adds_up(world: World):
    yield
    assert integrity.report() == []


def test_an_undone_entry_is_gone_and_kept(desk: Desk):
    entry = desk.scan(IN, 1)
    amended = amendments.undo(entry, desk.author)
    row = amended.amendment
    assert (row.kind, row.movement, row.replacement, row.reason) == (UNDO, entry, None, "A slip")
    assert (row.author_id, row.event_id, row.repair) == (desk.world.organizer.id, desk.world.event.id, None)
    assert (entry.verdict, entry.told) == (UNDONE, ACCEPTED)
    assert (desk.guest.is_checked_in, desk.times(), desk.inside()) == (False, (None, None), 0)
    assert amended.conflicts == []


def test_what_was_concluded_from_it_goes_with_it(desk: Desk):
    leaving = desk.scan(OUT, 2)
    assert desk.times() == ("2", "2")
    amendments.undo(leaving, desk.author)
    assert desk.times() == (None, None)
    verdicts = set(desk.world.session.scalars(select(Movement.verdict)))
    assert verdicts == {UNDONE}


def test_a_conflict_counts_when_what_it_contradicts_is_undone(desk: Desk):
    first, second = desk.scan(IN, 1), desk.scan(IN, 2)
    assert second.verdict == CONFLICT
    assert amendments.undo(first, desk.author).conflicts == []
    assert (second.verdict, second.told, desk.times()) == (ACCEPTED, CONFLICT, ("2", None))


def test_a_conflict_may_be_undone(desk: Desk):
    desk.scan(IN, 1)
    second = desk.scan(IN, 2)
    amendments.undo(second, desk.author)
    assert (second.verdict, desk.times()) == (UNDONE, ("1", None))


def test_it_is_told_when_others_contradict_each_other_then(desk: Desk):
    desk.scan(IN, 1)
    leaving, again = desk.scan(OUT, 2), desk.scan(IN, 3)
    amended = amendments.undo(leaving, desk.author)
    assert amended.conflicts == [again]
    assert (again.verdict, again.reason, desk.times()) == (CONFLICT, "already-inside", ("1", None))


def test_a_corrected_scan_stands_at_its_time(desk: Desk):
    hall = make_microlocation(desk.world.session, desk.world.event)
    sent = desk.opens + 9 * HOUR
    facts = {"gate": "North", "device": "Phone 1", "device_time": sent, "microlocation_id": hall.id}
    desk.scan(IN, 1)
    wrong = desk.scan(IN, 5, client_uuid="7", **facts)
    row = amendments.correct(wrong, desk.author, occurred_at=desk.opens + 3 * HOUR).amendment
    right = row.replacement
    assert right is not None
    assert (row.kind, row.movement, wrong.verdict, right.verdict) == (CORRECT, wrong, UNDONE, ACCEPTED)
    assert {name: getattr(right, name) for name in facts} == facts
    assert (right.direction, right.occurred_at, right.source) == (IN, desk.opens + 3 * HOUR, DESK)
    assert (right.recorded_by_id, right.client_uuid, right.told) == (desk.world.organizer.id, None, ACCEPTED)
    assert occupancy.by_place(desk.world.event.id)[hall.id, "North"] == occupancy.Count(1, 0)


def test_the_device_still_gets_its_first_answer(desk: Desk):
    desk.world.order.status = "completed"
    wrong = desk.scan(IN, 5, client_uuid="7", device="Phone 1")
    amendments.correct(wrong, desk.author, occurred_at=desk.opens + HOUR)
    scan = movements.Scan(desk.guest.id, IN, device="Phone 1", client_uuid="7")
    again = movements.record(desk.world.event, scan, recorded_by_id=None, overrides=False)
    assert (again.movement, again.is_replayed, again.refusal) == (wrong, True, None)
    assert desk.times() == ("1", None)


def test_a_correction_brings_back_what_was_undone(desk: Desk):
    entry = desk.scan(IN, 5)
    amendments.undo(entry, desk.author)
    right = amendments.correct(entry, desk.author, occurred_at=entry.occurred_at).amendment.replacement
    assert right is not None
    assert (entry.verdict, right.verdict, desk.times()) == (UNDONE, ACCEPTED, ("5", None))
    amendments.undo(right, desk.author)
    assert desk.times() == (None, None)
    amendments.correct(entry, desk.author, occurred_at=desk.opens)
    assert desk.times() == ("0", None), "what stood in its place is gone, too"


def test_a_correction_may_contradict(desk: Desk):
    desk.scan(IN, 1)
    desk.scan(OUT, 4)
    again = desk.scan(IN, 5)
    amended = amendments.correct(again, desk.author, occurred_at=desk.opens + 2 * HOUR)
    assert amended.conflicts == [amended.amendment.replacement]
    assert desk.times() == ("1", "4")


@pytest.mark.parametrize("hours", [-25, 24 * 6])
def test_a_time_that_nobody_can_believe(desk: Desk, hours: int):
    entry = desk.scan(IN, 1)
    with pytest.raises(Invalid) as refusal:
        amendments.correct(entry, desk.author, occurred_at=desk.opens + hours * HOUR)
    assert refusal.value.pointer == "/data/attributes/occurred-at"
    with pytest.raises(Invalid):
        amendments.correct(entry, desk.author, occurred_at=utcnow() + timedelta(seconds=5))
    assert (entry.verdict, desk.times()) == (ACCEPTED, ("1", None))


def test_times_around_the_event_are_believed(desk: Desk):
    entry = desk.scan(IN, 1)
    right = amendments.correct(entry, desk.author, occurred_at=desk.opens - 24 * HOUR).amendment.replacement
    assert right is not None
    assert right.verdict == ACCEPTED


def test_undone_twice(desk: Desk):
    entry = desk.scan(IN, 1)
    amendments.undo(entry, desk.author)
    with pytest.raises(Conflict, match="undone already"):
        amendments.undo(entry, desk.author)
    assert len(list(desk.world.session.scalars(select(Amendment)))) == 1


def test_corrected_twice(desk: Desk):
    entry = desk.scan(IN, 1)
    right = amendments.correct(entry, desk.author, occurred_at=desk.opens).amendment.replacement
    assert right is not None
    with pytest.raises(Conflict, match=f"Movement {right.id} stands in the place"):
        amendments.correct(entry, desk.author, occurred_at=desk.opens)


def test_what_nobody_scanned_is_undone_with_what_it_follows_from(desk: Desk):
    leaving = desk.scan(OUT, 2)
    [concluded] = desk.world.session.scalars(select(Movement).where(Movement.is_inferred))
    for amend in (amendments.undo, lambda row, by: amendments.correct(row, by, occurred_at=desk.opens)):
        with pytest.raises(Conflict, match=f"follows from movement {leaving.id} .exit-without-entry."):
            amend(concluded, desk.author)
    amendments.undo(leaving, desk.author)
    with pytest.raises(Conflict, match="does not count any more"):
        amendments.undo(concluded, desk.author)


@pytest.mark.parametrize(("verdict", "words"), [(REFUSED, "Scan the guest again"), (REPLAYED, "repeats")])
def test_what_changed_nothing_cannot_be_amended(desk: Desk, verdict: str, words: str):
    row = make_movement(desk.world.session, desk.guest, verdict=verdict)
    with pytest.raises(Conflict, match=words):
        amendments.undo(row, desk.author)
    with pytest.raises(Conflict, match=words):
        amendments.correct(row, desk.author, occurred_at=desk.opens)


def test_what_was_nobodys_cannot_be_amended(desk: Desk):
    unknown = make_movement(desk.world.session, desk.guest, verdict=REFUSED, attendee_id=None)
    with pytest.raises(Conflict, match="Scan the guest again"):
        amendments.undo(unknown, desk.author)


def test_a_stations_scan_is_deleted_at_its_own_address(desk: Desk):
    session, event = desk.world.session, desk.world.event
    hall = make_microlocation(session, event)
    talk = make_session(session, event, microlocation_id=hall.id)
    door = make_station(session, event, CHECK_IN, microlocation_id=hall.id)
    scanner = Scanner(desk.world.registrar.id, may_scan=True)
    check_in = user_check_ins.record(door, attendee_id=desk.guest.id, session_id=talk.id, scanner=scanner)
    for amend in (amendments.undo, lambda row, by: amendments.correct(row, by, occurred_at=desk.opens)):
        with pytest.raises(Conflict, match=f"DELETE /v1/user-check-in/{check_in.id} takes both back"):
            amend(check_in.movement, desk.author)
    assert check_in.movement.verdict == ACCEPTED
    user_check_ins.delete(check_in)
    with pytest.raises(Conflict, match="undone already"):
        amendments.undo(check_in.movement, desk.author)


def test_a_guest_who_was_deleted_keeps_a_ledger_that_can_be_put_right(desk: Desk):
    entry = desk.scan(IN, 1)
    desk.guest.deleted_at = utcnow()
    amendments.undo(entry, desk.author)
    assert desk.times() == (None, None)
    desk.guest.deleted_at = None


def test_many_ledgers_are_read_with_two_statements(desk: Desk, count_queries: Any):
    guests = [desk.world.attendee, desk.world.order.attendees[1]]
    ids = [guest.id for guest in reversed(guests)]
    desk.scan(IN, 1)
    desk.world.session.expire_all()
    with count_queries() as sent:
        books = amendments.opened(ids)
    assert len(sent) == 2, sent
    assert [(book.attendee, len(book.scans)) for book in books] == list(zip(guests, (1, 0), strict=True))
