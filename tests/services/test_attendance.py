"""The table of the door: what a PATCH means for somebody never in (N), inside (I) and left (O)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import end_of_local_day, format_instant, utcnow
from app.errors import Forbidden, Invalid, OrderNotPaid
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, IN, OUT, REPLAYED
from app.models.movements import REFUSED as KEPT
from app.models.orders import STATUSES
from app.services import integrity
from app.services.attendance import patch
from app.services.ledger import Ledger, Origin
from app.services.venue_door import Scanner
from tests.factories import World, make_event, make_order, make_ticket

YESTERDAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SERVER = "server"  # stands for the server's time in an expectation


@dataclass
class Door:
    """An attendee and what has happened to him."""

    world: World
    attendee: TicketHolder
    may_scan: bool = True
    known: list[int] = field(default_factory=list)

    def patch(self, **members: Any) -> dict[str, Any] | None:
        """Sends attendance members; texts are made of instants. Raises what was refused."""
        data = {name: _text(value) for name, value in members.items()}
        meta = patch(self.attendee, data, Scanner(self.world.registrar.id, self.may_scan))
        if isinstance(meta, OrderNotPaid):
            raise meta
        assert not data, "the members must not reach the columns past the service"
        return meta

    def ledger(self, verdict: str = ACCEPTED) -> list[Movement]:
        """The movements of a verdict in order of time."""
        rows = self.world.session.query(Movement).filter_by(attendee_id=self.attendee.id, verdict=verdict)
        return rows.order_by(Movement.occurred_at, Movement.id).all()

    def new(self) -> list[Movement]:
        """Accepted movements since the last call."""
        fresh = [movement for movement in self.ledger() if movement.id not in self.known]
        self.known += [movement.id for movement in fresh]
        return fresh

    @property
    def times(self) -> tuple[str | None, str | None]:
        """Both columns."""
        return self.attendee.checkin_times, self.attendee.checkout_times


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, list):
        return ",".join(_text(part) for part in value)
    return value


@pytest.fixture
def door(world: World) -> Door:
    """Nobody has come yet."""
    return Door(world, world.attendee)


@pytest.fixture
def now() -> datetime:
    """Now, early enough in its UTC day and late enough that an hour to either side is the same day of the event."""
    return utcnow()


@pytest.fixture(autouse=True)
def _one_long_day(world: World, now: datetime):
    """The event is in a time zone in which it is about noon, so that «earlier today» is today at any hour."""
    offset = 12 - now.hour  # Etc/GMT-5 is five hours *ahead* of UTC
    world.event.timezone = f"Etc/GMT{-offset:+d}" if offset else "UTC"
    world.event.starts_at = now - timedelta(days=3)
    world.event.ends_at = now + timedelta(days=3)
    world.session.flush()


def bring(door: Door, state: str, now: datetime) -> None:
    """Brings the attendee into a state: in three hours ago, out two hours ago."""
    if state in "IO":
        door.patch(is_checked_in=True, checkin_times=now - 3 * HOUR)
    if state == "O":
        door.patch(checkin_times=[now - 3 * HOUR], checkout_times=[now - 2 * HOUR])
    door.new()
    assert (door.attendee.is_checked_in, door.attendee.is_checked_out) == (state == "I", state == "O")


# Each cell: the accepted movements that a body writes, as (direction, time), or REPLAYED, UNTOUCHED or 422.
UNTOUCHED = "untouched"
REFUSED = 422
T = "sent"
ENTRY, EXIT = [(IN, T)], [(OUT, T)]
ENTRY_NOW, EXIT_NOW = [(IN, SERVER)], [(OUT, SERVER)]
BOTH_NOW = [(IN, SERVER), (OUT, SERVER)]
BOTH = [(IN, T), (OUT, T)]


def stored(door: Door) -> list[datetime]:
    """The stored check-in times, for bodies that send them back."""
    return [movement.occurred_at for movement in door.ledger() if movement.direction == IN]


def echoed_exits(door: Door) -> dict[str, Any]:
    """The stored check-out times as the Android app sends them back: not at all while there are none."""
    return {"checkout_times": door.attendee.checkout_times} if door.attendee.checkout_times else {}


ROWS = {
    # Each row has its body, and the cells for N, I and O.
    "1 checked out": (lambda d, t: {"is_checked_out": True}, BOTH_NOW, EXIT_NOW, REPLAYED),
    "1 whatever else is said": (
        lambda d, t: {"is_checked_out": True, "is_checked_in": True, "checkin_times": [t], "checkout_times": None},
        BOTH_NOW, EXIT_NOW, ENTRY,
    ),
    "1 echoed by a client that lets in again": (
        lambda d, t: {"is_checked_out": d.attendee.is_checked_out, "is_checked_in": True, "checkin_times": t},
        ENTRY, REPLAYED, ENTRY,
    ),
    "2 list, nothing new": (
        lambda d, t: {"checkin_times": stored(d), "checkout_times": d.attendee.checkout_times},
        UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "2 list, nothing new, flags true": (
        lambda d, t: {"is_checked_in": True, "checkin_times": stored(d) or None, "checkout_times": None},
        UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "2 the buyer's form": (
        lambda d, t: {"is_checked_in": False, "checkin_times": None, "checkout_times": None},
        UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "3 list, new entry": (
        lambda d, t: {"is_checked_in": False, "checkin_times": [*stored(d), t], "checkout_times": None},
        ENTRY, REPLAYED, ENTRY,
    ),
    "4 list, new exit": (
        lambda d, t: {
            "is_checked_in": False,
            "checkin_times": stored(d) or None,
            "checkout_times": ",".join(filter(None, [d.attendee.checkout_times, format_instant(t)])),
        },
        UNTOUCHED, EXIT, REPLAYED,
    ),
    "5 single, true, new time": (lambda d, t: {"is_checked_in": True, "checkin_times": t}, ENTRY, REPLAYED, ENTRY),
    "5 single, no flag, new time": (lambda d, t: {"checkin_times": t}, ENTRY, REPLAYED, ENTRY),
    "6 single, true, no time": (lambda d, t: {"is_checked_in": True}, ENTRY_NOW, REPLAYED, ENTRY_NOW),
    "6 single, true, null": (
        lambda d, t: {"is_checked_in": True, "checkin_times": None}, ENTRY_NOW, REPLAYED, ENTRY_NOW,
    ),
    "7 single, false, new time": (
        lambda d, t: {"is_checked_in": False, "checkin_times": t}, REPLAYED, EXIT, REPLAYED,
    ),
    "7 with the echoed exits": (
        lambda d, t: {"is_checked_in": False, "checkin_times": t, **echoed_exits(d)}, REPLAYED, EXIT, REPLAYED,
    ),
    "8 single, false, no time": (lambda d, t: {"is_checked_in": False}, UNTOUCHED, EXIT_NOW, UNTOUCHED),
    "9 true, stored times": (
        lambda d, t: {"is_checked_in": True, "checkin_times": stored(d) or t - 4 * HOUR},
        [(IN, "before")], UNTOUCHED, UNTOUCHED,
    ),
    "9 false, stored times": (
        lambda d, t: {"is_checked_in": False, "checkin_times": stored(d) or None}, UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "9 false, null": (
        lambda d, t: {"is_checked_in": False, "checkin_times": None}, UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "9 not checked out": (lambda d, t: {"is_checked_out": False}, UNTOUCHED, UNTOUCHED, UNTOUCHED),
    "9 null flags": (
        lambda d, t: {"is_checked_in": None, "is_checked_out": None}, UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "9 null flag, new time": (
        lambda d, t: {"is_checked_in": None, "checkin_times": t}, UNTOUCHED, UNTOUCHED, UNTOUCHED,
    ),
    "9 only exits": (lambda d, t: {"checkout_times": t}, UNTOUCHED, UNTOUCHED, UNTOUCHED),
    "9 only a device": (lambda d, t: {"device_name_checkin": "Gate A"}, UNTOUCHED, UNTOUCHED, UNTOUCHED),
    "10 two new times": (
        lambda d, t: {"is_checked_in": True, "checkin_times": [t - HOUR / 2, t]}, REFUSED, REFUSED, REFUSED,
    ),
    "10 two new times, false": (
        lambda d, t: {"is_checked_in": False, "checkin_times": [t - HOUR / 2, t]}, REFUSED, REFUSED, REFUSED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", ["N", "I", "O"])
@pytest.mark.parametrize("row", ROWS)
def test_every_cell(door: Door, now: datetime, row: str, state: str):
    body, *cells = ROWS[row]
    expected = cells["NIO".index(state)]
    bring(door, state, now)
    before = door.times
    sent = now - HOUR
    if expected == REFUSED:
        with pytest.raises(Invalid):
            door.patch(**body(door, sent))
    else:
        meta = door.patch(**body(door, sent))
        assert meta == ({"replayed": True} if expected == REPLAYED else None)
    if isinstance(expected, list):
        written = door.new()
        assert [movement.direction for movement in written] == [direction for direction, _ in expected]
        for movement, (_, at) in zip(written, expected, strict=True):
            if at == SERVER:
                assert timedelta(0) <= movement.occurred_at - now < timedelta(minutes=1)
            else:
                assert movement.occurred_at == (sent if at == T else sent - 4 * HOUR)
    else:
        assert door.new() == []
        assert door.times == before
    assert integrity.report() == []


def test_row_4_for_somebody_who_never_came_in(door: Door, now: datetime):
    """A body is a LIST with new exits only when one of its entries is stored; without any, it is SINGLE: row 9."""
    assert door.patch(checkin_times=None, checkout_times=now - HOUR) is None
    assert door.new() == []


def test_in_out_in_out_gives_two_and_two(door: Door):
    for members in ({"is_checked_in": True}, {"is_checked_out": True}) * 2:
        assert door.patch(**members) is None
    ins, outs = (column.split(",") for column in door.times)
    assert len(ins) == len(outs) == 2
    assert ins[0] < outs[0] < ins[1] < outs[1]
    assert door.attendee.is_checked_out
    assert not door.attendee.is_checked_in


def test_the_android_app_over_an_evening(door: Door, now: datetime):
    """It sends one new time each way, and echoes the exits once there are any."""
    times = [now - 4 * HOUR, now - 3 * HOUR, now - 2 * HOUR, now - HOUR]
    for number, time in enumerate(times):
        members: dict[str, Any] = {"is_checked_in": number % 2 == 0, "checkin_times": time}
        if door.attendee.checkout_times:
            members["checkout_times"] = door.attendee.checkout_times
        assert door.patch(**members) is None
    assert door.times == (_text(times[::2]), _text(times[1::2]))


@pytest.mark.parametrize("listed", [False, True])
def test_an_exit_after_the_automatic_one_is_the_true_one(door: Door, now: datetime, listed: bool):
    came, closed, left = now - 3 * HOUR, now - HOUR, now - HOUR / 2
    door.patch(is_checked_in=True, checkin_times=came)
    book = Ledger(door.attendee)
    book.scan(Origin(AUTOMATIC, None, now), OUT, closed)
    book.write()
    assert door.patch(is_checked_in=False) is None, "an echo of what is so already is no scan"
    assert door.patch(checkin_times=[came], checkout_times=[closed]) is None
    assert door.times == (_text([came]), _text([closed]))
    if listed:
        assert door.patch(checkin_times=[came], checkout_times=[closed, left]) is None
    else:
        assert door.patch(is_checked_in=False, checkin_times=left) is None
    assert door.times == (_text([came]), _text([left]))
    assert integrity.report() == []


def test_the_web_app_sends_whole_lists_over_several_days(door: Door, now: datetime):
    """«checkin-times» grows, the flags never change, other days are stamped in their middle."""
    first, second, today = now - 2 * YESTERDAY, now - YESTERDAY, now - timedelta(seconds=1)
    door.patch(is_checked_in=False, checkin_times=first, checkout_times=None)
    door.patch(is_checked_in=False, checkin_times=first, checkout_times=first + HOUR)
    door.patch(is_checked_in=False, checkin_times=[first, second], checkout_times=[first + HOUR])
    assert door.times == (_text([first, second]), _text([first + HOUR]))
    # Today: yesterday's exit was forgotten.
    door.patch(is_checked_in=False, checkin_times=[first, second, today], checkout_times=[first + HOUR])
    forgotten = door.ledger()[3]
    assert (forgotten.source, forgotten.is_inferred) == (AUTOMATIC, True)
    assert forgotten.occurred_at == end_of_local_day(second, door.world.event.timezone)
    assert door.attendee.is_checked_in


def test_a_listed_entry_before_a_later_day_takes_its_place(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now - HOUR)
    earlier = now - YESTERDAY - HOUR
    assert door.patch(checkin_times=[now - HOUR, earlier], checkout_times=None) is None
    assert [movement.direction for movement in door.ledger()] == [IN, OUT, IN]
    assert door.attendee.is_checked_in
    # The same day again: he was in until its end, so there is nothing to add.
    again = door.patch(checkin_times=[now - HOUR, earlier, earlier + HOUR / 2], checkout_times=None)
    assert again == {"replayed": True}
    assert integrity.report() == []


def test_a_listed_entry_follows_what_its_day_holds(door: Door, now: datetime):
    """The web app stamps other days at 13:00 whatever else happened on them."""
    day = now - YESTERDAY
    door.patch(checkin_times=[day], checkout_times=None)
    door.patch(checkin_times=[day], checkout_times=[day + HOUR / 2])
    door.patch(checkin_times=[day, day - HOUR], checkout_times=[day + HOUR / 2])
    entry = door.ledger()[-1]
    assert entry.direction == IN
    assert entry.occurred_at == day + HOUR / 2 + timedelta(microseconds=1)
    assert entry.device_time == day - HOUR
    assert door.patch(checkin_times=[day, day - HOUR], checkout_times=[day + HOUR / 2]) is None
    assert door.ledger()[-1] is entry, "the time as sent is known"


def test_a_listed_exit_of_a_day_on_which_he_was_not_inside_is_replayed(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now - HOUR)
    meta = door.patch(checkin_times=[now - HOUR], checkout_times=[now - YESTERDAY])
    assert meta == {"replayed": True}
    assert door.attendee.is_checked_in


@pytest.mark.parametrize("members", [{"is_checked_in": True}, {"is_checked_in": True, "checkin_times": "new"}])
def test_an_open_entry_of_an_earlier_day_is_closed_at_its_end(door: Door, now: datetime, members: dict[str, Any]):
    earlier = now - YESTERDAY
    door.patch(is_checked_in=True, checkin_times=earlier)
    door.new()
    if "checkin_times" in members:
        members = members | {"checkin_times": now - HOUR}
    assert door.patch(**members) is None
    closing, entry = door.new()
    assert (closing.direction, closing.source, closing.reason) == (OUT, AUTOMATIC, "forgotten-exit")
    assert closing.occurred_at == end_of_local_day(earlier, door.world.event.timezone)
    assert entry.direction == IN


@pytest.mark.parametrize("days_back", [1, 2])
def test_days_are_days_of_the_event_also_when_clocks_change(world: World, days_back: int):
    """In Berlin 26 October 2025 had 25 hours."""
    long_day = datetime.fromisoformat("2025-10-25T22:00:00+00:00")
    assert end_of_local_day(long_day, "Europe/Berlin") - long_day == timedelta(hours=25) - timedelta(microseconds=1)
    short_day = datetime.fromisoformat("2026-03-28T23:00:00+00:00") + timedelta(minutes=days_back)
    end = end_of_local_day(short_day, "Europe/Berlin")
    assert end == datetime.fromisoformat("2026-03-29T21:59:59.999999+00:00")


@pytest.mark.parametrize("wrong", [timedelta(minutes=6), timedelta(days=30), -timedelta(days=30)])
def test_a_single_time_of_a_wrong_clock_counts_as_now(door: Door, now: datetime, wrong: timedelta):
    sent = now + wrong
    door.patch(is_checked_in=True, checkin_times=sent)
    (entry,) = door.new()
    assert abs(entry.occurred_at - now) < timedelta(minutes=1)
    assert entry.device_time == sent
    assert door.patch(is_checked_in=True, checkin_times=sent) is None, "sent again it is stored, not new"
    assert door.new() == []


def test_a_single_time_slightly_ahead_is_believed(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now + timedelta(minutes=4))
    assert door.new()[0].occurred_at == now + timedelta(minutes=4)
    door.patch(is_checked_out=True)
    assert door.new()[0].occurred_at == now + timedelta(minutes=4, microseconds=1), "raised, never refused"


def test_a_single_time_before_the_last_movement_is_raised_to_just_after_it(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now - HOUR)
    door.patch(is_checked_in=False, checkin_times=now - 2 * HOUR)
    entry, late = door.ledger()
    assert late.direction == OUT
    assert late.occurred_at == entry.occurred_at + timedelta(microseconds=1)
    assert late.device_time == now - 2 * HOUR


@pytest.mark.parametrize("offset", [timedelta(days=1), timedelta(days=9), -timedelta(days=9)])
def test_a_listed_time_in_the_future_or_outside_the_event_is_refused(door: Door, now: datetime, offset: timedelta):
    with pytest.raises(Invalid) as refusal:
        door.patch(checkin_times=now + offset, checkout_times=None)
    assert refusal.value.pointer == "/data/attributes/checkin-times"
    assert door.new() == []


def test_times_are_compared_as_instants(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now - HOUR)
    door.new()
    elsewhere = (now - HOUR).astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    nanoseconds = elsewhere.isoformat(timespec="microseconds").replace("+", "999+")
    assert door.patch(is_checked_in=False, checkin_times=nanoseconds) is None
    assert door.new() == []
    assert door.attendee.is_checked_in


@pytest.mark.parametrize("status", [*STATUSES, None])
def test_entry_needs_a_completed_or_placed_order_and_exit_never_does(door: Door, now: datetime, status: str | None):
    if status is None:
        door.attendee.order = None
    else:
        door.attendee.order.status = status
    if status in {"completed", "placed"}:
        assert door.patch(is_checked_in=True) is None
    else:
        for members in ({"is_checked_in": True}, {"checkin_times": now, "checkout_times": None}):
            with pytest.raises(OrderNotPaid) as refusal:
                door.patch(**members)
            assert (status or "no order") in refusal.value.detail
        assert door.ledger() == []
        kept = [(row.direction, row.reason) for row in door.ledger(KEPT)]
        assert kept == [(IN, "cancelled" if status == "cancelled" else "unpaid")] * 2
    assert door.patch(is_checked_out=True) is None
    assert door.attendee.is_checked_out


def test_who_may_not_scan_is_asked_only_when_something_would_be_written(door: Door, now: datetime):
    door.may_scan = False
    assert door.patch(is_checked_in=False, checkin_times=None) is None
    assert door.patch(is_checked_in=False, checkin_times=now) == {"replayed": True}
    for members in ({"is_checked_in": True}, {"is_checked_out": True}, {"checkin_times": now, "checkout_times": None}):
        with pytest.raises(Forbidden):
            door.patch(**members)
    assert door.ledger() == door.ledger(REPLAYED) == []


def test_devices_are_named_one_for_each_entry(door: Door, now: datetime):
    door.patch(is_checked_in=True, checkin_times=now - 3 * HOUR, device_name_checkin="Gate A, left")
    door.patch(is_checked_out=True)
    door.patch(is_checked_in=True)
    assert door.attendee.device_name_checkin == "Gate A  left,-"
    door.patch(is_checked_out=True)
    door.patch(is_checked_in=True, device_name_checkin=door.attendee.device_name_checkin)
    assert door.attendee.device_name_checkin == "Gate A  left,-,-", "an echoed list names no device"
    door.patch(is_checked_out=True)
    echoed_and_new = door.attendee.device_name_checkin + ",Gate B"
    door.patch(is_checked_in=True, device_name_checkin=echoed_and_new)
    assert door.attendee.device_name_checkin == "Gate A  left,-,-,Gate B"


def test_the_same_gate_twice_is_named_twice(door: Door):
    for _ in range(2):
        door.patch(is_checked_in=True, device_name_checkin="Gate A")
        door.patch(is_checked_out=True)
    assert door.attendee.device_name_checkin == "Gate A,Gate A"
    door.patch(checkin_times=[*stored(door), utcnow()], checkout_times=None, device_name_checkin="Gate A,Gate A")
    assert door.attendee.device_name_checkin == "Gate A,Gate A,-", "the web app sent the whole list back"


def test_the_web_app_stamps_entry_and_exit_of_another_day_alike(door: Door, now: datetime):
    """Its menu of past days sends 13:00 of that day, in and out."""
    past = now - YESTERDAY
    assert door.patch(is_checked_in=False, checkin_times=past, checkout_times=None) is None
    assert door.patch(is_checked_in=False, checkin_times=past, checkout_times=past) is None
    assert door.attendee.is_checked_out
    assert door.ledger()[-1].occurred_at == past + timedelta(microseconds=1)
    assert door.patch(is_checked_in=False, checkin_times=past, checkout_times=past) is None
    assert len(door.ledger()) == 2, "sent again it is stored, not new"


def test_notes_only_grow(door: Door):
    door.attendee.attendee_notes = "wheelchair"
    for sent in ("vegan, wheelchair", "vegan,vegan", None, "", "wheelchair"):
        data = {"attendee_notes": sent}
        patch(door.attendee, data, Scanner(None, may_scan=False))
        assert data == {}
    assert door.attendee.attendee_notes == "wheelchair,vegan"


def test_the_ledger_says_who_and_why(door: Door, now: datetime):
    door.patch(is_checked_out=True)
    entry, leaving = door.ledger()
    assert (entry.is_inferred, entry.reason, entry.occurred_at) == (True, "exit-without-entry", leaving.occurred_at)
    assert (leaving.is_inferred, leaving.recorded_by_id) == (False, door.world.registrar.id)
    door.patch(is_checked_out=True)
    (replay,) = door.ledger(REPLAYED)
    assert (replay.direction, replay.reason) == (OUT, "already-left")
    assert replay.recorded_at - now < timedelta(minutes=1)


def test_a_clients_lists_never_shorten_what_is_stored(door: Door, now: datetime):
    bring(door, "O", now)
    door.patch(is_checked_in=True)
    before = door.times
    for members in (
        {"checkin_times": None, "checkout_times": None},
        {"checkin_times": "", "checkout_times": ""},
        {"checkin_times": stored(door)[:1], "checkout_times": None},
        {"checkin_times": None},
        {"checkout_times": ""},
    ):
        door.patch(**members)
        assert door.times == before


def test_another_event_is_another_day(world: World, now: datetime):
    """The same instant is a new day in Auckland and still yesterday in Honolulu."""
    event = make_event(
        world.session, timezone="Pacific/Auckland", starts_at=now - 5 * YESTERDAY, ends_at=now + YESTERDAY
    )
    order = make_order(world.session, make_ticket(world.session, event))
    door = Door(world, order.attendees[0])
    evening = (now - 3 * YESTERDAY).replace(hour=10, minute=30)  # 22:30 or 23:30 in Auckland
    door.patch(is_checked_in=True, checkin_times=evening)
    door.patch(is_checked_in=True, checkin_times=evening + 2 * HOUR)
    assert [movement.direction for movement in door.ledger()] == [IN, OUT, IN]
