"""The ledger: whatever arrives in whatever order, state, columns and counts are those of all scans together."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, CONFLICT, IN, OUT, PATCH, REFUSED, REPLAYED, UNDONE
from app.services import integrity, occupancy
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_order
from tests.programme import make_microlocation

WALKS = 25
LONGEST_WALK = 30
AUTOMATIC_SHARE = 0.15


@dataclass(frozen=True)
class Scan:
    """One scan of a walk."""

    direction: str
    at: datetime
    facts: dict[str, Any]
    source: str = PATCH


@pytest.fixture
def doors_open(world: World) -> datetime:
    """When the event begins."""
    return world.event.starts_at


def record(attendee: TicketHolder, scans: list[Scan]) -> None:
    """Records scans one by one, as they arrive."""
    for scan in scans:
        book = Ledger(attendee)
        book.scan(Origin(scan.source, None, scan.at), scan.direction, scan.at, **scan.facts)
        book.write()


def origin(at: datetime) -> Origin:
    return Origin(PATCH, None, at)


def rows(world: World, attendee: TicketHolder, *verdicts: str) -> list[Movement]:
    statement = select(Movement).where(Movement.attendee_id == attendee.id, Movement.verdict.in_(verdicts))
    return list(world.session.scalars(statement.order_by(Movement.occurred_at, Movement.id)))


def state(attendee: TicketHolder) -> tuple[Any, ...]:
    """The columns, and where he is."""
    where = Ledger(attendee).where
    columns = ("is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin")
    return where, *(getattr(attendee, column) for column in columns)


def test_a_scan_that_arrives_late_takes_its_place(world: World, doors_open: datetime):
    guest = world.attendee
    record(guest, [Scan(OUT, doors_open + timedelta(hours=2), {})])
    assert [row.reason for row in rows(world, guest, ACCEPTED)] == ["exit-without-entry", None]
    record(guest, [Scan(IN, doors_open + timedelta(hours=1), {})])
    assert [(row.direction, row.is_inferred) for row in rows(world, guest, ACCEPTED)] == [(IN, False), (OUT, False)]
    assert [row.reason for row in rows(world, guest, UNDONE)] == ["exit-without-entry"], "nothing is deleted"
    assert occupancy.by_place(world.event.id) == {(None, None): occupancy.Count(1, 1)}
    assert integrity.report() == []


def test_a_second_entry_is_a_conflict_and_counts_again_when_the_first_is_taken_back(world: World, doors_open: datetime):
    guest = world.attendee
    record(guest, [Scan(IN, doors_open + timedelta(hours=hour), {"gate": gate}) for hour, gate in ((1, "A"), (2, "B"))])
    first, second = rows(world, guest, ACCEPTED, CONFLICT)
    assert (first.verdict, second.verdict, second.reason, second.told) == (
        ACCEPTED, CONFLICT, "already-inside", CONFLICT,
    )  # fmt: skip
    assert occupancy.by_place(world.event.id)[None, "A"] == occupancy.Count(1, 0)
    book = Ledger(guest)
    book.undo(first)
    book.write()
    assert (first.verdict, second.verdict, second.reason, second.told) == (UNDONE, ACCEPTED, None, CONFLICT)
    assert occupancy.by_place(world.event.id)[None, "A"] == occupancy.Count(0, 0)
    assert occupancy.by_place(world.event.id)[None, "B"] == occupancy.Count(1, 0)
    assert integrity.report() == []


def test_what_is_only_noted_changes_nothing(world: World, doors_open: datetime):
    guest = world.attendee
    book = Ledger(guest)
    for verdict in (REFUSED, REPLAYED):
        book.note(origin(doors_open), IN, doors_open, verdict=verdict, reason="unpaid")
    book.write()
    assert [row.told for row in rows(world, guest, REFUSED, REPLAYED)] == [REFUSED, REPLAYED]
    assert not guest.is_checked_in
    assert occupancy.by_place(world.event.id) == {}


def test_what_is_written_twice_is_counted_once(world: World, doors_open: datetime):
    book = Ledger(world.attendee)
    book.scan(origin(doors_open), IN, doors_open)
    book.write()
    book.write()
    assert occupancy.by_place(world.event.id) == {(None, None): occupancy.Count(1, 0)}
    assert len(rows(world, world.attendee, *(ACCEPTED, CONFLICT, UNDONE))) == 1


def test_nothing_is_written_for_a_scan_later_than_all_others_but_itself(world: World, doors_open: datetime):
    guest = world.attendee
    record(guest, [Scan(direction, doors_open + timedelta(hours=hour), {}) for hour, direction in enumerate([IN, OUT])])
    before = {row.id: (row.verdict, row.reason) for row in rows(world, guest, ACCEPTED)}
    record(guest, [Scan(IN, doors_open + timedelta(hours=3), {})])
    after = {row.id: (row.verdict, row.reason) for row in rows(world, guest, ACCEPTED, CONFLICT, UNDONE)}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


@pytest.mark.parametrize("seed", range(WALKS))
def test_two_orders_of_arrival_tell_the_same_story(world: World, doors_open: datetime, seed: int):
    """The same scans, in two orders, of two guests: the same state, and counts that are twice one guest's."""
    chance = random.Random(seed)
    rooms = [None, *(make_microlocation(world.session, world.event).id for _ in range(2))]
    walk = [_step(chance, doors_open, rooms) for _ in range(chance.randint(1, LONGEST_WALK))]
    states = []
    for place, guest in enumerate(_two_guests(world)):
        named = [replace(scan, facts=scan.facts | {"client_uuid": f"{place}-{uuid}"}) for uuid, scan in walk]
        chance.shuffle(named)
        record(guest, named)
        states.append(state(guest))
    assert states[0] == states[1]
    assert all(count.entries % 2 == count.exits % 2 == 0 for count in occupancy.by_place(world.event.id).values()), (
        "each guest has the same share"
    )
    assert integrity.report() == []


def test_equal_conclusions_of_one_instant_stay_two(world: World, doors_open: datetime):
    guest, at = world.attendee, doors_open + timedelta(hours=1)
    here, there = (make_microlocation(world.session, world.event).id for _ in range(2))
    for number, room in enumerate([here, there, here, there]):
        record(guest, [Scan(IN, at, {"microlocation_id": room, "client_uuid": str(number)})])
    concluded = [row for row in rows(world, guest, ACCEPTED) if row.reason == "other-room"]
    assert sorted(row.microlocation_id or 0 for row in concluded) == [here, here, there]
    record(guest, [Scan(OUT, at + timedelta(hours=1), {})])
    assert integrity.report() == []


def _two_guests(world: World) -> list[TicketHolder]:
    return [make_order(world.session, world.free).attendees[0] for _ in range(2)]


def _step(chance: random.Random, doors_open: datetime, rooms: list[int | None]) -> tuple[UUID, Scan]:
    at = doors_open + timedelta(minutes=chance.randint(0, 3000))
    if chance.random() < AUTOMATIC_SHARE:
        return UUID(int=chance.getrandbits(128)), Scan(OUT, at, {}, AUTOMATIC)
    facts = {"microlocation_id": chance.choice(rooms), "gate": chance.choice([None, "A", "B"])}
    return UUID(int=chance.getrandbits(128)), Scan(chance.choice([IN, OUT]), at, facts)


def test_counts_of_many_guests_are_the_recount(world: World, doors_open: datetime):
    chance = random.Random(7)
    guests = [*_two_guests(world), world.attendee]
    rooms = [None, make_microlocation(world.session, world.event).id]
    for _ in range(120):
        _, scan = _step(chance, doors_open, rooms)
        record(chance.choice(guests), [scan])
    counted: Counter[tuple[int | None, str | None, str]] = Counter()
    for row in world.session.scalars(select(Movement).where(Movement.verdict == ACCEPTED)):
        counted[row.microlocation_id, row.gate, row.direction] += 1
    for (room, gate), count in occupancy.by_place(world.event.id).items():
        assert (count.entries, count.exits) == (counted[room, gate, IN], counted[room, gate, OUT])
    inside = occupancy.together(count for (room, _), count in occupancy.by_place(world.event.id).items() if not room)
    assert inside.inside == sum(guest.is_checked_in for guest in guests)
