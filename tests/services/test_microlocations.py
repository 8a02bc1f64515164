"""Microlocations: creation and deletion."""

from app.models import Session
from app.services import microlocations
from tests.factories import World
from tests.programme import make_microlocation, make_session


def test_creation(world: World):
    room = microlocations.create({"event_id": world.event.id, "name": "Hall", "latitude": 50.7, "floor": -1})
    assert (room.id > 0, room.position, room.floor, room.event) == (True, 0, -1, world.event)


def test_deletion_hides_the_room_and_leaves_its_sessions(world: World):
    room = make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, microlocation_id=room.id)
    microlocations.delete(room)
    assert room.deleted_at is not None
    assert world.session.get(Session, talk.id).deleted_at is None
