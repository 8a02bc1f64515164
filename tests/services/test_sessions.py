"""Sessions: their time, and a place and theme of the same event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import true

from app.errors import Invalid, NotFound
from app.models import Session
from app.models.sessions import STATES
from app.services import sessions
from tests.factories import World, make_event
from tests.programme import make_microlocation, make_parts, make_session, make_speaker, make_track


def test_a_session_with_its_track_and_room(world: World):
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    data: dict[str, Any] = {
        "event_id": world.event.id,
        "title": "Talk",
        "track_id": track.id,
        "microlocation_id": room.id,
    }
    talk = sessions.create(data)
    assert (talk.track, talk.microlocation, talk.state) == (track, room, "draft")
    assert talk.submitted_at is not None


def make_type(session: Any, event: Any, **facts: Any) -> Any:
    return make_parts(session, event, **facts)["session-type"]


@pytest.mark.parametrize(
    ("make", "name"), [(make_track, "track"), (make_microlocation, "microlocation"), (make_type, "session-type")]
)
def test_a_track_room_or_type_of_another_event_or_a_deleted_one(world: World, make: Any, name: str):
    foreign = make(world.session, make_event(world.session))
    deleted = make(world.session, world.event, deleted_at=world.event.starts_at)
    talk, column = make_session(world.session, world.event), f"{name.replace('-', '_')}_id"
    for wrong in (foreign.id, deleted.id, 999_999):
        with pytest.raises(Invalid, match=f"no {name} with id {wrong}") as refused:
            sessions.create({"event_id": world.event.id, "title": "Talk", column: wrong})
        assert refused.value.pointer == f"/data/relationships/{name}/data"
        with pytest.raises(Invalid):
            sessions.update(talk, {column: wrong})
    sessions.update(talk, {column: None})


def test_the_end_comes_after_the_start(world: World):
    start = world.event.starts_at
    for end in (start, start - timedelta(seconds=1)):
        data = {"event_id": world.event.id, "title": "Talk", "starts_at": start, "ends_at": end}
        with pytest.raises(Invalid, match="after starts-at") as refused:
            sessions.create(data)
        assert refused.value.pointer == "/data/attributes/ends-at"


def test_a_changed_time_is_compared_with_the_stored_one(world: World):
    start = world.event.starts_at
    talk = make_session(world.session, world.event, starts_at=start, ends_at=start + timedelta(hours=1))
    with pytest.raises(Invalid):
        sessions.update(talk, {"ends_at": start})
    with pytest.raises(Invalid):
        sessions.update(talk, {"starts_at": talk.ends_at})
    sessions.update(talk, {"starts_at": None, "ends_at": start})


def test_deletion_hides(world: World):
    talk = make_session(world.session, world.event)
    sessions.delete(talk)
    assert talk.deleted_at is not None


def test_who_speaks(world: World):
    first, second = (make_speaker(world.session, world.event) for _ in range(2))
    data: dict[str, Any] = {"event_id": world.event.id, "title": "Talk", "speaker_ids": [first.id]}
    talk = sessions.create(data, creator_id=world.organizer.id)
    assert (talk.speakers, talk.creator_id) == ([first], world.organizer.id)
    sessions.update(talk, {"speaker_ids": [second.id, first.id]})
    assert set(talk.speakers) == {first, second}
    foreign = make_speaker(world.session, make_event(world.session))
    with pytest.raises(Invalid, match=f"no speaker with id {foreign.id}") as refused:
        sessions.update(talk, {"speaker_ids": [foreign.id]})
    assert refused.value.pointer == "/data/relationships/speakers/data"


def test_organizers_may_set_any_state():
    found = sessions.transitions()
    assert found["organizer"].keys() == found["speaker"].keys() == set(STATES)
    for state, others in found["organizer"].items():
        assert {state, *others} == set(STATES)
        assert state not in others


def test_the_days_are_those_of_the_events_time_zone(world: World):
    world.event.timezone = "Asia/Tokyo"
    for hour in (10, 14, 16):  # UTC; in Tokyo it is nine hours later
        start = datetime(2026, 11, 21, hour, tzinfo=UTC)
        make_session(world.session, world.event, starts_at=start, ends_at=start + timedelta(hours=1))
    make_session(world.session, world.event)
    assert sessions.dates(world.event, seen=true()) == ["2026-11-21", "2026-11-22"]
    assert sessions.dates(world.event, seen=Session.state == "draft") == []
    world.event.timezone = "localtime"  # of the server: Python knows it, PostgreSQL does not
    assert len(sessions.dates(world.event, seen=true())) in {1, 2}


def test_a_session_that_is_deleted_is_not_found(world: World):
    talk = make_session(world.session, world.event)
    assert sessions.find(talk.id) is talk
    sessions.delete(talk)
    with pytest.raises(NotFound):
        sessions.find(talk.id)


def test_a_change_is_remembered(world: World):
    talk = make_session(world.session, world.event, last_modified_at=world.event.starts_at)
    talk.title = "Changed"
    world.session.flush()
    assert talk.last_modified_at > world.event.starts_at
