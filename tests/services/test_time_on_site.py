"""Time on site: what was seen, what is concluded, and that the one is never more than the other."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import end_of_local_day
from app.models import TicketHolder
from app.models.movements import AUTOMATIC, DESK, IN, OUT
from app.services import check_in_conflicts, contradictions, fold, integrity, time_on_site
from app.services.check_in_conflicts import Decision
from app.services.closing import Days
from app.services.ledger import Ledger, Origin
from app.services.time_on_site import HEADINGS, Guest, Stay
from tests.factories import World, make_attendee, make_order
from tests.programme import make_microlocation

STARTS = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOW = STARTS + timedelta(days=10)
BERLIN = "Europe/Berlin"
HALL, BAR = 7, 8


@dataclass(frozen=True)
class Moved:
    """A movement that counts, some minutes after the event's beginning."""

    direction: str
    minutes: float
    microlocation_id: int | None = None
    source: str = DESK
    is_inferred: bool = False
    reason: str | None = None
    wrong_by: int | None = None
    """Minutes."""

    @property
    def occurred_at(self) -> datetime:
        return STARTS + timedelta(minutes=self.minutes)

    @property
    def uncertainty_ms(self) -> int | None:
        return None if self.wrong_by is None else self.wrong_by * 60_000


def stay(*movements: Any, now: datetime = NOW, starts_at: datetime = STARTS, timezone: str = BERLIN) -> Stay:
    return time_on_site.stay(movements, starts_at=starts_at, timezone=timezone, now=now)


def in_minutes(found: Stay) -> tuple[float, ...]:
    """Lower, told, upper."""
    return tuple(time_on_site.minutes(each) for each in (found.lower, found.told, found.upper))


def test_both_ends_scanned_are_exact():
    found = stay(Moved(IN, 0), Moved(OUT, 90), Moved(IN, 100), Moved(IN, 110, HALL), Moved(OUT, 130))
    assert (found.visits, in_minutes(found), found.inferred) == (2, (120, 120, 120), timedelta(0))
    assert not found.is_inside


def test_nobody_was_there():
    assert stay() == Stay()


EXITS = [
    Moved(OUT, 300, source=AUTOMATIC, reason="forgotten-exit"),
    Moved(OUT, 300, source=AUTOMATIC, is_inferred=True, reason="forgotten-exit"),
]


@pytest.mark.parametrize("exit_", EXITS)
def test_an_exit_that_nobody_scanned(exit_: Moved):
    assert in_minutes(stay(Moved(IN, 0), exit_)) == (0, 300, 300)
    in_hall = (Moved(IN, 0), Moved(IN, 60, HALL), Moved(OUT, 80, HALL), Moved(IN, 200, BAR))
    left_bar = Moved(OUT, 300, BAR, source=AUTOMATIC, is_inferred=True, reason="left-venue")
    found = stay(*in_hall, left_bar, exit_)
    assert (in_minutes(found), time_on_site.minutes(found.inferred)) == ((200, 300, 300), 100)


@pytest.mark.parametrize(
    ("left", "upper"),
    [
        (120, 120),  # the event began on that day
        (24 * 60, 10 * 60),  # ten hours after midnight, there
        (-30, 0),  # before the event
        (-24 * 60, 0),
    ],
)
def test_an_entry_that_nobody_scanned(left: int, upper: int):
    """Between the beginning of that day, or of the event, and the exit; the columns know of none."""
    entry = Moved(IN, left, is_inferred=True, reason="exit-without-entry")
    found = stay(Moved(OUT, left), entry)
    assert (found.visits, in_minutes(found)) == (1, (0, 0, upper))


def test_an_entry_by_a_room_was_seen():
    entry = Moved(IN, 10, is_inferred=True, reason="room-entry")
    assert in_minutes(stay(entry, Moved(IN, 10, HALL), Moved(OUT, 70))) == (60, 60, 60)


def test_who_is_still_inside():
    found = stay(Moved(IN, 0), Moved(IN, 40, HALL), now=STARTS + timedelta(minutes=100))
    assert (found.is_inside, in_minutes(found)) == (True, (40, 100, 100))
    assert in_minutes(stay(Moved(IN, 5), now=STARTS)) == (0, 0, 0), "a clock that is ahead"


@pytest.mark.parametrize(
    ("movements", "bounds"),
    [
        ((Moved(IN, 0, wrong_by=5), Moved(OUT, 60, wrong_by=1)), (54, 60, 66)),
        ((Moved(IN, 0, wrong_by=0), Moved(OUT, 60, wrong_by=None)), (60, 60, 60)),
        ((Moved(IN, 0, wrong_by=40), Moved(OUT, 60, wrong_by=30)), (0, 60, 130)),
        ((Moved(IN, 0, wrong_by=40), Moved(IN, 10, HALL), Moved(OUT, 60)), (50, 60, 100)),  # by then he was in
        ((Moved(IN, 0), Moved(IN, 50, HALL, wrong_by=9), Moved(OUT, 60, wrong_by=30)), (41, 60, 90)),
        # A missing exit, at any time between two entries, and a missing entry between two exits.
        ((Moved(IN, 0), Moved(OUT, 59, wrong_by=60), Moved(IN, 60), Moved(OUT, 90)), (30, 89, 90)),
        ((Moved(IN, 0), Moved(OUT, 10), Moved(IN, 59, wrong_by=50), Moved(OUT, 60)), (10, 11, 60)),
        # He was outside between the two, if only for a moment: these ten minutes are not counted twice.
        ((Moved(IN, 0), Moved(OUT, 20, wrong_by=15), Moved(IN, 30, wrong_by=15), Moved(OUT, 60)), (20, 50, 60)),
        # An entry concluded from a scan in a room, at a clock that may be wrong.
        ((Moved(IN, 9, None, DESK, True, "room-entry"), Moved(IN, 9, HALL, wrong_by=4), Moved(OUT, 60)), (47, 51, 55)),
        ((Moved(IN, 0, wrong_by=10**9), Moved(OUT, 60)), (0, 60, 10**9 + 60)),  # more years than there were
    ],
)
def test_times_that_may_be_wrong(movements: tuple[Moved, ...], bounds: tuple[float, ...]):
    assert in_minutes(stay(*movements)) == bounds


def test_nobody_has_left_later_than_now():
    assert in_minutes(stay(Moved(IN, 0), Moved(OUT, 60, wrong_by=30), now=STARTS + timedelta(minutes=70))) == (
        30,
        60,
        70,
    )
    assert in_minutes(stay(Moved(IN, 0), Moved(OUT, 60, wrong_by=30), now=STARTS)) == (30, 60, 60)


@pytest.mark.parametrize(
    ("day", "timezone", "hours"),
    [
        ("2026-03-29", BERLIN, 23),
        ("2026-10-25", BERLIN, 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
    ],
)
def test_days_that_are_shorter_or_longer(day: str, timezone: str, hours: float):
    """Who leaves at a day's last moment may have been there the whole day."""
    noon = datetime.fromisoformat(f"{day}T00:30+00:00")
    last = end_of_local_day(noon, timezone)
    minutes = (last - STARTS) / timedelta(minutes=1)
    entry = Moved(IN, minutes, is_inferred=True, reason="exit-without-entry")
    found = stay(entry, Moved(OUT, minutes), starts_at=last - timedelta(days=9), timezone=timezone)
    assert in_minutes(found) == (0, 0, hours * 60)


@dataclass(frozen=True)
class Scan:
    """A scan as the fold takes it."""

    direction: str
    minutes: int
    microlocation_id: int | None
    source: str
    wrong_by: int | None = None

    @property
    def occurred_at(self) -> datetime:
        return STARTS + timedelta(minutes=self.minutes)


def told(scans: list[Scan]) -> list[Moved]:
    """What counts of the scans, with what is concluded from them."""
    found: list[Moved] = []
    for scan, (_, reading) in zip(scans, fold.story(scans, Days(NOW, BERLIN)), strict=True):
        for each in reading.before:
            minutes = (each.occurred_at - STARTS) / timedelta(minutes=1)
            found.append(Moved(each.direction, minutes, each.microlocation_id, DESK, True, each.reason))
        if reading.reason is None:
            found.append(
                Moved(scan.direction, scan.minutes, scan.microlocation_id, scan.source, wrong_by=scan.wrong_by)
            )
    return found


PLACES = st.sampled_from([None, HALL, BAR])
AT = st.integers(0, 6000)
SCANS = st.lists(
    st.builds(Scan, st.sampled_from([IN, OUT]), AT, PLACES, st.just(DESK), st.none() | st.integers(0, 3000))
    | st.builds(Scan, st.just(OUT), AT, st.none(), st.just(AUTOMATIC)),
    max_size=30,
    unique_by=lambda scan: scan.minutes,
)


@given(SCANS, st.randoms())
def test_whatever_is_scanned_the_bounds_hold(scans: list[Scan], chance: Any):
    scans.sort(key=lambda scan: scan.minutes)
    counted = told(scans)
    found = stay(*counted)
    assert timedelta(0) <= found.lower <= found.told <= found.upper
    assert found.inferred == found.told - found.lower
    doors = [moved for moved in counted if moved.microlocation_id is None]
    entries = [moved.occurred_at for moved in doors if moved.direction == IN]
    exits = [moved.occurred_at for moved in doors if moved.direction == OUT]
    assert (found.visits, found.is_inside) == (len(entries), len(entries) > len(exits))
    exits += [NOW] * found.is_inside
    between = sum((left - came for came, left in zip(entries, exits, strict=True)), timedelta(0))
    assert found.told == between, "what the columns say"
    chance.shuffle(counted)
    assert stay(*counted) == found, "in whatever order they are read"


@given(st.lists(AT, unique=True, max_size=20))
def test_what_was_scanned_at_both_ends_is_a_sum(moments: list[int]):
    moments = sorted(moments)[: len(moments) // 2 * 2]
    scans = [Moved((IN, OUT)[place % 2], minutes) for place, minutes in enumerate(moments)]
    found = stay(*scans)
    total = timedelta(minutes=sum(moments[1::2]) - sum(moments[::2]))
    assert (found.lower, found.told, found.upper, found.visits) == (total, total, total, len(moments) // 2)


@st.composite
def visits(draw: st.DrawFn) -> tuple[list[Moved], timedelta]:
    """What was counted, wrong by as much as it says, and how long the guest was there in truth; all was scanned."""
    steps = [[IN, *draw(st.lists(st.just(HALL), max_size=2)), OUT] for _ in range(draw(st.integers(0, 5)))]
    ways = [way for visit in steps for way in visit]
    moments = st.lists(AT, min_size=len(ways), max_size=len(ways), unique=True).map(sorted)
    counted, true = draw(moments), draw(moments)
    spare = st.integers(0, 20)
    moved = [
        Moved(IN if way == HALL else way, at, HALL if way == HALL else None, wrong_by=abs(at - really) + draw(spare))
        for way, at, really in zip(ways, counted, true, strict=True)
    ]
    signs = {IN: -1, OUT: 1, HALL: 0}
    there = sum(signs[way] * really for way, really in zip(ways, true, strict=True))
    return moved, timedelta(minutes=there)


@given(visits())
def test_the_truth_is_between_the_bounds(drawn: tuple[list[Moved], timedelta]):
    moved, truth = drawn
    found = stay(*moved)
    assert timedelta(0) <= found.lower <= truth <= found.upper
    assert found.lower <= found.told <= found.upper


# --- of an event -------------------------------------------------------------------------------------------------


def visit(guest: TicketHolder, came: int, left: int | None = None, **facts: Any) -> None:
    """Scans so many minutes after the beginning."""
    for direction, minutes in ((IN, came), (OUT, left)):
        if minutes is not None:
            book, at = Ledger(guest), STARTS + timedelta(minutes=minutes)
            book.scan(Origin(DESK, None, at), direction, at, **facts)
            book.write()


@pytest.fixture
def guests(world: World, monkeypatch: pytest.MonkeyPatch) -> list[TicketHolder]:
    """One who left, one who is inside, one who was seen in a room only."""
    world.event.starts_at, world.event.ends_at = STARTS, STARTS + timedelta(days=3)
    world.event.timezone = BERLIN
    monkeypatch.setattr(time_on_site, "utcnow", lambda: STARTS + timedelta(minutes=500))
    left, inside, in_hall = (make_order(world.session, world.free).attendees[0] for _ in range(3))
    visit(left, 10, 70)
    visit(left, 100, 130)
    visit(inside, 400)
    visit(in_hall, 100, 160, microlocation_id=make_microlocation(world.session, world.event).id)
    assert integrity.report() == []
    return [left, inside, in_hall]


def test_guests_of_an_event(world: World, guests: list[TicketHolder]):
    make_attendee(world.session, world.free)
    found = world.session.scalars(time_on_site.WHO_WAS_THERE, time_on_site.of_event(world.event)).all()
    assert {guest.id for guest in found} == {guest.id for guest in guests}
    shown = {guest.id: guest for guest in time_on_site.of_guests(world.event, [guest.id for guest in guests])}
    left, inside, in_hall = guests
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert shown[left.id] == Guest(left.id, "Ada", left.lastname, Stay(2, 1.5 * hour, 1.5 * hour, 1.5 * hour))
    assert shown[inside.id].stay == Stay(1, 100 * minute, 0 * minute, 100 * minute, is_inside=True)
    assert shown[in_hall.id].stay == Stay(1, 400 * minute, 60 * minute, 400 * minute, is_inside=True)


def test_as_csv(world: World, guests: list[TicketHolder]):
    left = guests[0]
    left.firstname, left.lastname = "=1+1", None
    world.session.flush()
    rows = list(csv.reader(b"".join(time_on_site.as_csv(world.event)).decode("utf-8-sig").splitlines()))
    assert rows[0] == list(HEADINGS)
    assert [row[0] for row in rows[1:]] == [str(guest.id) for guest in guests]
    assert rows[1] == [str(left.id), "'=1+1", "", "2", "90.0", "90.0", "90.0", "0.0", "No"]
    assert rows[3][3:] == ["1", "400.0", "60.0", "400.0", "340.0", "Yes"]


def test_an_exit_that_a_supervisor_has_added_is_not_seen(world: World, guests: list[TicketHolder]):
    """Four hours lie between two entries; all that is known of the exit is that it was between them."""
    [guest] = make_order(world.session, world.free).attendees
    visit(guest, 0)
    visit(guest, 240, 300)
    [conflict] = contradictions.of_attendees([guest.id])
    check_in_conflicts.resolve(conflict, Decision("lost-exit", "He was out"), resolved_by_id=None)
    [found] = time_on_site.of_guests(world.event, [guest.id])
    assert (found.stay.visits, in_minutes(found.stay)) == (2, (60, 300, 300))


def test_of_nobody(world: World):
    assert time_on_site.of_guests(world.event, []) == []
    assert b"".join(time_on_site.as_csv(world.event)).decode("utf-8-sig").splitlines() == [",".join(HEADINGS)]


@pytest.mark.parametrize("number", [1, 40])
def test_a_page_and_a_file_cost_one_statement(world: World, number: int, count_queries: Any):
    everybody = make_order(world.session, world.free, seats=number).attendees
    for guest in everybody:
        visit(guest, 10, 70)
    ids = [guest.id for guest in everybody]
    with count_queries() as sent:
        assert len(time_on_site.of_guests(world.event, ids)) == number
    assert len(sent) == 1
    with count_queries() as sent:
        assert len(b"".join(time_on_site.as_csv(world.event)).splitlines()) == number + 1
    assert [statement.split()[0] for statement in sent] == ["DECLARE", "FETCH", "FETCH"]
