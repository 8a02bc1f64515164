"""Who is inside: every line adds up, and reading costs the same whatever was scanned."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.clock import utcnow
from app.models import CheckInConflict, OccupancyCount
from app.models.movements import DESK, IN, OUT
from app.services import devices, integrity, occupancy
from app.services.devices import Contact
from app.services.ledger import Ledger, Origin
from app.services.occupancy import Count, Doubts, Full
from tests.factories import World, make_event, make_order, make_ticket
from tests.programme import count_more, make_microlocation, make_movement


def test_counts_are_kept_by_room_and_gate(world: World):
    hall = make_microlocation(world.session, world.event, capacity=100)
    count_more(world.event, {(None, "North", IN): 5, (None, "South", OUT): 2, (hall.id, None, IN): 3})
    count_more(world.event, {(None, "North", IN): 1, (None, None, IN): 1, (hall.id, None, OUT): 1})
    world.event.capacity = 500
    found = occupancy.of_event(world.event)
    assert (found.venue.count, found.venue.facts) == (Count(7, 2), {"capacity": 500})
    assert [(line.facts["name"], line.count.inside, line.facts["capacity"]) for line in found.rooms] == [
        (hall.name, 2, 100)
    ]
    gates = [(line.facts["gate"], line.count.inside) for line in found.gates]
    assert gates == [("North", 6), ("South", -2), (None, 1)]
    assert occupancy.by_place(make_event(world.session).id) == {}


def test_what_changes_nothing_is_not_counted_and_no_news(world: World):
    assert occupancy.more(world.event.id, {(None, None, IN): 0}) == occupancy.more(world.event.id, {}) == []
    assert occupancy.CHANGED not in world.session.info
    assert occupancy.more(world.event.id, {(None, None, IN): 0, (None, "N", OUT): 1}) == [
        {"event_id": world.event.id, "microlocation_id": None, "gate": "N", "entries": 0, "exits": 1}
    ]
    assert world.session.info.pop(occupancy.CHANGED) == {world.event.id}


def test_a_count_can_be_taken_back(world: World):
    count_more(world.event, {(None, None, IN): 1})
    count_more(world.event, {(None, None, IN): -1})
    assert occupancy.by_place(world.event.id) == {(None, None): Count(0, 0)}


def test_one_connection_writes_one_row_for_a_place(world: World):
    for _ in range(5):
        count_more(world.event, {(None, None, IN): 1})
    assert world.session.scalar(select(func.count()).select_from(OccupancyCount)) == 1


@pytest.mark.parametrize("number", [1, 300])
def test_reading_costs_the_same(world: World, number: int, count_queries: Any):
    make_microlocation(world.session, world.event)
    count_more(world.event, {(None, f"Gate {gate}", IN): 7 for gate in range(number)})
    world.session.flush()
    with count_queries() as sent:
        occupancy.of_event(world.event)
    assert len(sent) == 6  # counts, rooms, how sure they are, and three of the devices


def test_where_a_gate_was_named_each_time_there_is_no_other_line(world: World):
    count_more(world.event, {(None, "North", IN): 1})
    assert [line.facts for line in occupancy.of_event(world.event).gates] == [{"gate": "North"}]


@given(st.randoms())
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gates_add_up_to_the_venue(world: World, chance: Any):
    """Whoever is scanned at whichever door, the lines of gates together are the venue's."""
    event = make_event(world.session)
    rooms = [None, None, make_microlocation(world.session, event).id]
    guests = make_order(world.session, make_ticket(world.session, event), seats=5).attendees
    for minutes in range(30):
        book, at = Ledger(chance.choice(guests)), event.starts_at + timedelta(minutes=minutes)
        way, gate, room = chance.choice([IN, OUT]), chance.choice([None, "North", "South"]), chance.choice(rooms)
        book.scan(Origin(DESK, None, at), way, at, gate=gate, microlocation_id=room)
        book.write()
    found = occupancy.of_event(event)
    assert occupancy.together(line.count for line in found.gates) == found.venue.count
    for line in (found.venue, *found.rooms, *found.gates):
        assert line.count.inside == line.count.entries - line.count.exits


def test_it_says_how_sure_it_is(world: World):
    """What contradicts, what is held and what is to come is of this event only; what is resolved is sure, but a second
    person with the same ticket is not counted."""
    other = World(world.session)
    assert occupancy.of_event(world.event).doubts == Doubts(conflicts=0, held=0, backlog=None)
    for guest in (*make_order(world.session, world.free, seats=5).attendees, other.attendee):
        for minutes in (0, 60):
            book, at = Ledger(guest), world.event.starts_at + timedelta(minutes=minutes)
            book.scan(Origin(DESK, None, at), IN, at)
            book.write()
    shared, dismissed, withdrawn, *_ = world.session.query(CheckInConflict).filter_by(event_id=world.event.id)
    for row, resolution in ((shared, "shared-ticket"), (dismissed, "dismissed")):
        row.state, row.resolution, row.resolution_reason, row.resolved_at = "resolved", resolution, "so", utcnow()
    withdrawn.state, withdrawn.withdrawn_at = "withdrawn", utcnow()
    for guest, device in ((world.attendee, "Phone 1"), (world.attendee, None), (other.attendee, None)):
        make_movement(world.session, guest, verdict="held", device=device)
    for name, backlog in (("Phone 1", 3), ("Phone 2", None), ("Phone 3", 4)):
        devices.heard(world.event.id, Contact(name, utcnow(), utcnow(), backlog), None)
    devices.heard(other.event.id, Contact("Phone 1", utcnow(), utcnow(), 100), None)
    world.session.flush()
    assert occupancy.of_event(world.event).doubts == Doubts(conflicts=3, held=2, backlog=7)


def test_doubts_are_part_of_what_is_told(world: World):
    before = occupancy.of_event(world.event)
    make_movement(world.session, world.attendee, verdict="held")
    assert occupancy.of_event(world.event) != before, "a screen hears of it"


@pytest.mark.parametrize(("capacity", "full"), [(4, False), (3, True), (2, True), (0, True)])
def test_whether_the_venue_has_room(world: World, capacity: int, full: bool, count_queries: Any):
    hall = make_microlocation(world.session, world.event)
    inside = {(None, None, IN): 3, (None, "N", IN): 1, (None, "S", OUT): 1, (hall.id, None, IN): 9}
    count_more(world.event, inside)
    world.event.capacity = capacity
    world.session.flush()
    with count_queries() as sent:
        assert occupancy.is_venue_full(world.event) is full
    assert len(sent) == 1


def test_a_venue_without_a_capacity_is_never_full_and_asks_nothing(world: World, count_queries: Any):
    count_more(world.event, {(None, None, IN): 3})
    with count_queries() as sent:
        assert not occupancy.is_venue_full(world.event)
    assert sent == []


def test_a_recount_mends_what_differs_and_nothing_else(world: World):
    other = World(world.session)
    hall = make_microlocation(world.session, world.event)
    for guest, room in ((world.attendee, hall.id), (other.attendee, None)):
        book = Ledger(guest)
        book.scan(Origin(DESK, None, utcnow()), IN, utcnow(), microlocation_id=room, gate="North")
        book.write()
    right = {each.event.id: occupancy.by_place(each.event.id) for each in (world, other)}
    kept = world.session.scalars(select(OccupancyCount.id).where(OccupancyCount.event_id == other.event.id)).all()
    nowhere = make_event(world.session)
    assert occupancy.recount() == 0
    count_more(world.event, {(None, "North", IN): 5, (hall.id, "South", OUT): 2})
    count_more(nowhere, {(None, None, IN): 1})
    assert occupancy.recount() == 2
    assert {each.event.id: occupancy.by_place(each.event.id) for each in (world, other)} == right
    assert occupancy.by_place(nowhere.id) == {}
    assert (
        world.session.scalars(select(OccupancyCount.id).where(OccupancyCount.event_id == other.event.id)).all() == kept
    )
    assert integrity.report() == []


@pytest.mark.parametrize(
    ("facts", "full"),
    [
        ({}, Full.NOT),
        ({"capacity": 3}, Full.NOT),
        ({"capacity": 2}, Full.SOFT),
        ({"capacity": 2, "is_capacity_hard": True}, Full.HARD),
        ({"is_capacity_hard": True}, Full.NOT),
    ],
)
def test_whether_a_room_has_room(world: World, facts: dict[str, Any], full: Full):
    hall = make_microlocation(world.session, world.event, **facts)
    count_more(world.event, {(hall.id, None, IN): 3, (hall.id, "Side door", OUT): 1})
    assert occupancy.fullness(hall.id) is full


def test_a_wrong_count_is_found(world: World):
    count_more(world.event, {(None, None, IN): 1})
    assert list(world.session.scalars(occupancy.miscounted())) == [world.event.id]
    count_more(world.event, {(None, None, IN): -1})
    assert list(world.session.scalars(occupancy.miscounted())) == []
