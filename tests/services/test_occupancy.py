"""Who is inside: every line adds up, and reading costs the same whatever was scanned."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.models import OccupancyCount
from app.models.movements import IN, OUT
from app.services import occupancy
from app.services.occupancy import Count, Full
from tests.factories import World, make_event
from tests.programme import make_microlocation


def test_counts_are_kept_by_room_and_gate(world: World):
    hall = make_microlocation(world.session, world.event, capacity=100)
    occupancy.count(world.event.id, {(None, "North", IN): 5, (None, "South", OUT): 2, (hall.id, None, IN): 3})
    occupancy.count(world.event.id, {(None, "North", IN): 1, (None, None, IN): 1, (hall.id, None, OUT): 1})
    world.event.capacity = 500
    found = occupancy.of_event(world.event)
    assert (found.venue.count, found.venue.facts) == (Count(7, 2), {"capacity": 500})
    assert [(line.facts["name"], line.count.inside, line.facts["capacity"]) for line in found.rooms] == [
        (hall.name, 2, 100)
    ]
    assert [(line.facts["gate"], line.count.inside) for line in found.gates] == [("North", 6), ("South", -2)]
    assert occupancy.by_place(make_event(world.session).id) == {}


def test_what_changes_nothing_sends_nothing(world: World, count_queries: Any):
    with count_queries() as sent:
        occupancy.count(world.event.id, {(None, None, IN): 0})
        occupancy.count(world.event.id, {})
    assert sent == []


def test_a_count_can_be_taken_back(world: World):
    occupancy.count(world.event.id, {(None, None, IN): 1})
    occupancy.count(world.event.id, {(None, None, IN): -1})
    assert occupancy.by_place(world.event.id) == {(None, None): Count(0, 0)}


def test_one_connection_writes_one_row_for_a_place(world: World):
    for _ in range(5):
        occupancy.count(world.event.id, {(None, None, IN): 1})
    assert world.session.scalar(select(func.count()).select_from(OccupancyCount)) == 1


@pytest.mark.parametrize("number", [1, 300])
def test_reading_costs_the_same(world: World, number: int, count_queries: Any):
    make_microlocation(world.session, world.event)
    occupancy.count(world.event.id, {(None, f"Gate {gate}", IN): 7 for gate in range(number)})
    world.session.flush()
    with count_queries() as sent:
        occupancy.of_event(world.event)
    assert len(sent) == 5  # counts, rooms, and three of the devices


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
    occupancy.count(world.event.id, {(hall.id, None, IN): 3, (hall.id, "Side door", OUT): 1})
    assert occupancy.fullness(hall.id) is full


def test_a_wrong_count_is_found(world: World):
    occupancy.count(world.event.id, {(None, None, IN): 1})
    assert list(world.session.scalars(occupancy.miscounted())) == [world.event.id]
    occupancy.count(world.event.id, {(None, None, IN): -1})
    assert list(world.session.scalars(occupancy.miscounted())) == []
