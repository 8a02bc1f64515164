"""Heads counted by hand."""

import pytest

from app.clock import utcnow
from app.errors import Invalid
from app.models import StationStorePax
from app.services import station_store_paxs
from tests.factories import World, make_event
from tests.programme import make_session, make_station


def test_a_count_belongs_to_the_event_of_its_station(world: World):
    desk, talk = make_station(world.session, world.event), make_session(world.session, world.event)
    data = {"station_id": desk.id, "session_id": talk.id, "current_pax": 40}
    counted = station_store_paxs.create(desk, data)
    assert (counted.event_id, counted.session, counted.current_pax) == (world.event.id, talk, 40)
    assert counted.created_at == counted.modified_at <= utcnow()
    station_store_paxs.delete(counted)
    assert world.session.query(StationStorePax).count() == 0


def test_the_session_is_one_of_the_event(world: World):
    desk = make_station(world.session, world.event)
    elsewhere = make_session(world.session, make_event(world.session))
    gone = make_session(world.session, world.event, deleted_at=utcnow())
    for session_id in (elsewhere.id, gone.id, 0):
        with pytest.raises(Invalid, match="no session with id"):
            station_store_paxs.create(desk, {"station_id": desk.id, "session_id": session_id, "current_pax": 1})


def test_a_later_count_shows_when_it_was_made(world: World):
    desk, talk = make_station(world.session, world.event), make_session(world.session, world.event)
    counted = station_store_paxs.create(desk, {"station_id": desk.id, "session_id": talk.id, "current_pax": 1})
    before = counted.modified_at
    counted.current_pax = 2
    world.session.flush()
    assert counted.modified_at > before
