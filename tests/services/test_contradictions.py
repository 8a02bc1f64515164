"""Which contradictions are worth asking about, what most likely happened, and that the questions are those of the
scans, in whatever order they arrive."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models import CheckInConflict, Movement, TicketHolder
from app.models.movements import AUTOMATIC, IN, OUT, PATCH
from app.services import contradictions, integrity
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_order
from tests.programme import make_microlocation

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WALKS = 25
LONGEST_WALK = 30


def seen(seconds: float = 0, direction: str = IN, **facts: Any) -> Movement:
    """A scan, some seconds after noon."""
    return Movement(direction=direction, occurred_at=NOON + timedelta(seconds=seconds), source="batch", **facts)


FIRST = {"device": "Phone 1", "gate": "North"}
OTHER_GATE, OTHER_PHONE = FIRST | {"gate": "South"}, FIRST | {"device": "Phone 2"}
UNNAMED: dict[str, Any] = {}
MINUTE = 60


@pytest.mark.parametrize(
    ("minutes", "there", "expected"),
    [
        (0, FIRST, "double-read"),
        (2, FIRST, "double-read"),
        (2, OTHER_GATE, "double-read"),
        (2.01, FIRST, "lost-exit"),
        (2.01, OTHER_GATE, "shared-ticket"),
        (2.01, OTHER_PHONE, "shared-ticket"),
        (30, OTHER_PHONE, "shared-ticket"),
        (30.01, OTHER_PHONE, "lost-exit"),
        (10, UNNAMED, "lost-exit"),
    ],
)
def test_a_second_entry(minutes: float, there: dict[str, Any], expected: str):
    assert contradictions.suggestion(seen(**FIRST), seen(minutes * MINUTE, **there)) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(2, "double-read"), (2.01, "lost-entry"), (600, "lost-entry")])
def test_a_second_exit(minutes: float, expected: str):
    first, second = seen(0, OUT, **FIRST), seen(minutes * MINUTE, OUT, **OTHER_PHONE)
    assert contradictions.suggestion(first, second) == expected


def test_an_exit_from_where_he_never_was():
    assert contradictions.suggestion(None, seen(0, OUT)) == "lost-entry"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (seen(10, **FIRST), True),
        (seen(10, **OTHER_GATE), True),  # a phone that is carried
        (seen(10.1, **FIRST), False),
        (seen(-10.1, **FIRST), False),
        (seen(1, **OTHER_PHONE), False),
        (seen(1), False),
        (seen(1, OUT, **FIRST), False),
        (seen(1, microlocation_id=7, **FIRST), False),
    ],
)
def test_a_second_tap(second: Movement, expected: bool):
    first = seen(**FIRST)
    assert contradictions.is_second_tap(first, second) is expected


def test_two_scans_at_no_device_are_no_second_tap():
    assert not contradictions.is_second_tap(seen(), seen(1))


# --- through the ledger -------------------------------------------------------------------------------------------


class Book:
    """What is recorded of one guest, scan by scan."""

    def __init__(self, world: World, guest: TicketHolder):
        self.session, self.guest, self.begins = world.session, guest, world.event.starts_at

    def record(self, minutes: float, direction: str = IN, *, source: str = PATCH, **facts: Any) -> Movement:
        """A scan, so many minutes after the doors have opened."""
        at = self.begins + timedelta(minutes=minutes)
        book = Ledger(self.guest)
        movement = book.scan(Origin(source, None, at), direction, at, **facts)
        book.write()
        return movement

    def undo(self, movement: Movement) -> None:
        """Takes a scan back."""
        book = Ledger(self.guest)
        book.undo(movement)
        book.write()

    def rows(self) -> list[CheckInConflict]:
        """What is or was asked."""
        return contradictions.of_attendees([self.guest.id])


@pytest.fixture
def book(world: World) -> Book:
    """Nobody has come yet. The doors open at noon: nobody crosses midnight."""
    world.event.starts_at = world.event.starts_at.replace(hour=12)
    return Book(world, world.attendee)


def test_a_contradiction_is_asked_about(book: Book):
    book.record(0, device="Phone 1")
    first, second = book.record(60, OUT), book.record(75.5, OUT)
    [row] = book.rows()
    assert (row.first_id, row.second_id, row.state) == (first.id, second.id, "open")
    assert (row.event_id, row.seconds_apart, row.minutes_apart) == (book.guest.event_id, 930, 15)
    assert (row.suggestion, row.explanation.split(":")[0]) == ("lost-entry", "The guest went out without being inside")
    assert integrity.report() == []


def test_it_contradicts_the_last_one_that_counts_at_the_same_door(world: World, book: Book):
    hall = make_microlocation(world.session, world.event).id
    book.record(0)
    entry = book.record(5, microlocation_id=hall)
    book.record(9)
    again = book.record(12, microlocation_id=hall)
    assert {row.second_id: row.first_id for row in book.rows()}[again.id] == entry.id
    bar = make_microlocation(world.session, world.event).id
    book.record(20, OUT, microlocation_id=bar)
    nowhere = book.rows()[-1]
    assert (nowhere.first_id, nowhere.seconds_apart, nowhere.suggestion) == (None, None, "lost-entry")
    assert integrity.report() == []


def test_second_taps_and_automatic_exits_are_not_asked_about(book: Book):
    book.record(0, device="Phone 1")
    for minutes in (0.1, 0.2, 0.3):  # each of the one before, not only of the one that counts
        book.record(minutes, device="Phone 1")
    book.record(5, OUT)
    late = book.record(90, OUT, source=AUTOMATIC)
    assert late.verdict == "conflict"
    assert book.rows() == []
    assert integrity.report() == []


def test_a_late_scan_withdraws_it_and_its_undo_brings_it_back(book: Book):
    first, _second = book.record(0), book.record(60)
    exit_ = book.record(30, OUT)
    [row] = book.rows()
    assert row.state == "withdrawn"
    assert row.withdrawn_at is not None
    assert integrity.report() == []
    book.undo(exit_)
    assert [(row.state, row.withdrawn_at, row.first_id) for row in book.rows()] == [("open", None, first.id)]
    assert integrity.report() == []


def test_a_late_scan_may_change_what_it_contradicts(book: Book):
    book.record(0, device="Phone 1")
    book.record(60, device="Phone 2")
    book.record(50, OUT)
    nearer = book.record(55, device="Phone 1")
    [row] = book.rows()
    assert (row.state, row.first_id, row.minutes_apart, row.suggestion) == ("open", nearer.id, 5, "shared-ticket")


def test_undoing_one_of_the_two_withdraws_it(book: Book):
    first, second = book.record(0), book.record(60)
    book.undo(second)
    assert [row.state for row in book.rows()] == ["withdrawn"]
    book.undo(first)
    assert [row.state for row in book.rows()] == ["withdrawn"]
    assert integrity.report() == []


@pytest.mark.parametrize("way", ["usual", "contradictory"])
def test_what_a_scan_costs(book: Book, way: str, count_queries: Callable[[], Any]):
    """Only who has or had a contradiction costs more: one statement to look, and what it changes."""
    book.record(0)
    if way == "contradictory":
        book.record(10)
    with count_queries() as sent:
        book.record(20, OUT)
    asked = [statement for statement in sent if "check_in_conflicts" in statement]
    assert len(asked) == (0 if way == "usual" else 1), sent
    with count_queries() as sent:
        book.record(40, OUT)
    asked = [statement for statement in sent if "check_in_conflicts" in statement]
    assert [statement.split()[0] for statement in asked] == ["SELECT", "INSERT"]
    with count_queries() as sent:
        book.record(30)
    asked = [statement for statement in sent if "check_in_conflicts" in statement]
    assert [statement.split()[0] for statement in asked] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize("seed", range(WALKS))
def test_two_orders_of_arrival_leave_the_same_questions(world: World, seed: int):
    """The same scans in two orders, and the same ones taken back: what is asked is the same, of the same movements."""
    chance = random.Random(seed)
    rooms = [None, None, *(make_microlocation(world.session, world.event).id for _ in range(2))]
    walk = [_step(chance, name, rooms) for name in range(chance.randint(2, LONGEST_WALK))]
    undone = set(chance.sample(range(len(walk)), k=len(walk) // 4))
    asked = []
    for turn in range(2):
        book = Book(world, make_order(world.session, world.free).attendees[0])
        chance.shuffle(walk)
        _walk(book, walk, undone, chance, turn)
        asked.append({_told(row) for row in book.rows() if row.state == "open"})
    assert asked[0] == asked[1]
    assert integrity.report() == []


def _step(chance: random.Random, name: int, rooms: list[int | None]) -> tuple[int, dict[str, Any]]:
    near = [chance.randint(0, 3000), chance.randint(0, 20) / 10, chance.randint(0, 60)]
    return name, {
        "minutes": chance.choice(near),
        "direction": chance.choice([IN, OUT]),
        "source": chance.choice([PATCH, PATCH, PATCH, AUTOMATIC]),
        "microlocation_id": chance.choice(rooms),
        "device": chance.choice([None, "Phone 1", "Phone 2"]),
    }


def _walk(book: Book, walk: list[tuple[int, dict[str, Any]]], undone: set[int], chance: random.Random, turn: int):
    """Records the scans, and takes some of them back at some moment after that."""
    waiting: list[Movement] = []
    for name, facts in walk:
        movement = book.record(**facts, client_uuid=f"{name:03}-{turn}")
        if name in undone:
            waiting.append(movement)
        if waiting and chance.random() < 0.3:
            book.undo(waiting.pop(chance.randrange(len(waiting))))
    for movement in waiting:
        book.undo(movement)


def _told(row: CheckInConflict) -> tuple[Any, ...]:
    first = row.first and (row.first.occurred_at, row.first.direction, row.first.reason, _name(row.first))
    return first, row.second.occurred_at, _name(row.second), row.seconds_apart, row.suggestion


def _name(movement: Movement) -> str | None:
    return movement.client_uuid and movement.client_uuid[:3]


def test_the_walks_meet_every_kind(world: World):
    """Else the test above would prove little."""
    chance, found = random.Random(1), set[tuple[str, str]]()
    for turn in range(20):
        book = Book(world, make_order(world.session, world.free).attendees[0])
        walk = [_step(chance, name, [None]) for name in range(LONGEST_WALK)]
        _walk(book, walk, {name for name in range(LONGEST_WALK) if name % 3 == 0}, chance, turn)
        found |= {(row.state, row.suggestion) for row in book.rows()}
    kinds = {"double-read", "shared-ticket", "lost-exit", "lost-entry"}
    assert found == {(state, kind) for state in ("open", "withdrawn") for kind in kinds}
