"""What is simply stored under an event: creation, deletion, and the color that can be read on a track."""

import pytest

from app.models import Microlocation, Session, Track
from app.services import event_parts
from tests.factories import World
from tests.programme import make_microlocation, make_session, make_track


def test_creation(world: World):
    track = event_parts.create(Track, {"event_id": world.event.id, "name": "Jazz", "color": "#123456"})
    assert (track.id > 0, track.position, track.event) == (True, 0, world.event)
    room = event_parts.create(Microlocation, {"event_id": world.event.id, "name": "Hall", "floor": -1})
    assert (room.id > 0, room.position, room.floor, room.event) == (True, 0, -1, world.event)


def test_deletion_hides_and_leaves_sessions(world: World):
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id, microlocation_id=room.id)
    for row in (track, room):
        event_parts.delete(row)
        assert row.deleted_at is not None
    kept = world.session.get(Session, talk.id)
    assert (kept.deleted_at, kept.track_id, kept.microlocation_id) == (None, track.id, room.id)


@pytest.mark.parametrize(
    ("color", "font_color"),
    [
        ("#ffffff", "#000000"),
        ("#000000", "#ffffff"),
        ("#FFFF00", "#000000"),
        ("#0000ff", "#ffffff"),
        ("#808080", "#000000"),
    ],
)
def test_the_font_color_stands_out(world: World, color: str, font_color: str):
    assert make_track(world.session, world.event, color=color).font_color == font_color
