"""What is simply stored, under an event or for the whole server: creation, change, deletion, and what is made of a row:
the color that can be read on a track, the slug of a topic."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.clock import utcnow
from app.errors import Conflict, Invalid, NotFound
from app.models import EventCopyright, EventSubTopic, EventTopic, Microlocation, Session, SpeakersCall, Track
from app.services import event_parts
from tests.factories import World, make_event
from tests.programme import make_kinds, make_microlocation, make_parts, make_session, make_track


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


def call(world: World, **facts: Any) -> dict[str, Any]:
    event = world.event
    return {"event_id": event.id, "starts_at": event.starts_at, "ends_at": event.ends_at} | facts


def test_of_some_an_event_has_one_at_most(world: World):
    """The second comes when the first is gone; another event has its own."""
    for model, data in ((SpeakersCall, call(world)), (EventCopyright, {"event_id": world.event.id})):
        first = event_parts.create(model, data)
        with pytest.raises(Conflict, match="already") as refused:
            event_parts.create(model, data)
        assert refused.value.pointer == "/data/relationships/event/data"
        event_parts.create(model, data | {"event_id": make_event(world.session).id})
        with pytest.raises(IntegrityError, match="_event_id_living"), world.session.begin_nested():
            world.session.execute(insert(model).values(data))  # as somebody does who asked at the same moment
        event_parts.delete(first)
        assert event_parts.create(model, data).id > first.id


def test_the_living_one_is_the_events(world: World):
    event_parts.delete(make_parts(world.session, world.event)["speakers-call"])
    assert world.event.speakers_call is None
    second = event_parts.create(SpeakersCall, call(world))
    world.session.expire_all()
    assert world.event.speakers_call is second


def test_a_call_ends_after_it_starts(world: World):
    start = world.event.starts_at
    with pytest.raises(Invalid, match="after starts-at") as refused:
        event_parts.create(SpeakersCall, call(world, ends_at=start))
    assert refused.value.pointer == "/data/attributes/ends-at"
    stored = event_parts.create(SpeakersCall, call(world))
    for wrong in ({"ends_at": start}, {"starts_at": stored.ends_at}, {"starts_at": start, "ends_at": start}):
        with pytest.raises(Invalid):
            event_parts.update(stored, wrong)
    event_parts.update(stored, {"starts_at": start - timedelta(days=9), "announcement": "Come!"})


def test_a_sub_topic_has_its_topic(world: World):
    topic = make_kinds(world.session)["event-topic"]
    created = event_parts.create(EventSubTopic, {"name": "Swing", "event_topic_id": topic.id})
    assert created.event_topic is topic
    with pytest.raises(NotFound):
        event_parts.create(EventSubTopic, {"name": "Swing", "event_topic_id": 999_999})


def test_who_has_a_tag_that_is_removed_has_none(world: World):
    tag = make_parts(world.session, world.event)["tag"]
    world.attendee.tag_id = tag.id
    world.session.flush()
    event_parts.delete(tag)
    world.session.expire_all()
    assert (world.attendee.tag_id, world.attendee.tag, world.event.tags) == (None, None, [])


@pytest.mark.parametrize(
    ("name", "slug"), [("Film, Media & Arts", "film-media-arts"), ("  Über_uns ", "über-uns"), ("!", "")]
)
def test_the_slug_is_a_part_of_an_address(name: str, slug: str):
    assert EventTopic(name=name).slug == slug


def test_living_rows_are_the_events_own(world: World):
    kept = [make_track(world.session, world.event) for _ in range(2)]
    make_track(world.session, world.event).deleted_at = utcnow()
    make_track(world.session, make_event(world.session))
    world.session.flush()
    assert event_parts.living(Track, world.event) == kept
