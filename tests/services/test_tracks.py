"""Tracks: creation, deletion, and the color that can be read on them."""

import pytest

from app.models import Session
from app.services import tracks
from tests.factories import World
from tests.programme import make_session, make_track


def test_creation(world: World):
    track = tracks.create({"event_id": world.event.id, "name": "Jazz", "color": "#123456"})
    assert (track.id > 0, track.position, track.event) == (True, 0, world.event)


def test_deletion_hides_the_track_and_leaves_its_sessions(world: World):
    track = make_track(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id)
    tracks.delete(track)
    assert track.deleted_at is not None
    assert world.session.get(Session, talk.id).deleted_at is None


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
