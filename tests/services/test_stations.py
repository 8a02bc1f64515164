"""Stations: where they may stand."""

import pytest

from app.clock import utcnow
from app.errors import Invalid, NotFound
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY, REGISTRATION
from app.services import stations
from tests.factories import World, make_event
from tests.programme import make_microlocation, make_station


def facts(world: World, station_type: str, **more):
    return {"event_id": world.event.id, "station_name": "Kiosk 9", "station_type": station_type} | more


@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY])
def test_a_desk_needs_no_room_but_may_stand_in_one(world: World, station_type: str):
    hall = make_microlocation(world.session, world.event, room="B 1")
    assert stations.create(facts(world, station_type)).room is None
    assert stations.create(facts(world, station_type, microlocation_id=hall.id)).room == "B 1"


@pytest.mark.parametrize("station_type", [CHECK_IN, CHECK_OUT])
def test_a_door_needs_its_room(world: World, station_type: str):
    hall = make_microlocation(world.session, world.event)
    assert stations.create(facts(world, station_type, microlocation_id=hall.id)).microlocation is hall
    with pytest.raises(NotFound, match="needs the microlocation"):
        stations.create(facts(world, station_type))
    desk = make_station(world.session, world.event)
    with pytest.raises(NotFound, match="needs the microlocation"):
        stations.update(desk, {"station_type": station_type})
    stations.update(desk, {"station_type": station_type, "microlocation_id": hall.id})


def test_a_door_cannot_lose_its_room(world: World):
    hall = make_microlocation(world.session, world.event)
    door = make_station(world.session, world.event, CHECK_IN, microlocation_id=hall.id)
    with pytest.raises(NotFound):
        stations.update(door, {"microlocation_id": None})
    stations.update(door, {"microlocation_id": None, "station_type": DAILY})


def test_the_room_is_one_of_the_event(world: World):
    elsewhere = make_microlocation(world.session, make_event(world.session))
    gone = make_microlocation(world.session, world.event, deleted_at=utcnow())
    for room_id in (elsewhere.id, gone.id, 0):
        with pytest.raises(Invalid, match="no microlocation with id"):
            stations.create(facts(world, DAILY, microlocation_id=room_id))


def test_a_station_whose_room_is_gone_can_still_be_renamed(world: World):
    hall = make_microlocation(world.session, world.event)
    door = make_station(world.session, world.event, CHECK_IN, microlocation_id=hall.id)
    hall.deleted_at = utcnow()
    stations.update(door, {"station_name": "Closed"})


def test_a_station_of_a_deleted_event_is_not_found(world: World):
    desk = make_station(world.session, world.event)
    world.event.deleted_at = utcnow()
    with pytest.raises(NotFound):
        stations.find(desk.id)


def test_a_deleted_station_is_not_found(world: World):
    desk = make_station(world.session, world.event)
    assert stations.find(desk.id) is desk
    stations.delete(desk)
    with pytest.raises(NotFound):
        stations.find(desk.id)
