"""Speakers and their sessions."""

import pytest

from app.clock import utcnow
from app.errors import Invalid
from app.services import speakers
from tests.factories import World, make_event
from tests.programme import make_session, make_speaker


def test_a_speaker_with_sessions(world: World):
    talks = [make_session(world.session, world.event) for _ in range(2)]
    data = {"event_id": world.event.id, "name": "Hedy", "session_ids": [talks[1].id, talks[0].id]}
    speaker = speakers.create(data, user_id=world.organizer.id)
    assert (speaker.sessions, speaker.user_id) == (talks, world.organizer.id)
    assert talks[0].speakers == [speaker]


def test_the_sessions_of_a_speaker_change(world: World):
    first, second = (make_session(world.session, world.event) for _ in range(2))
    speaker = make_speaker(world.session, world.event, first)
    speakers.update(speaker, {"name": "Ada"})
    assert speaker.sessions == [first]
    speakers.update(speaker, {"session_ids": [second.id]})
    assert speaker.sessions == [second]
    speakers.update(speaker, {"session_ids": []})
    assert speaker.sessions == []


def test_a_session_of_another_event_or_a_deleted_one(world: World):
    mine = make_session(world.session, world.event)
    foreign = make_session(world.session, make_event(world.session))
    deleted = make_session(world.session, world.event, deleted_at=utcnow())
    speaker = make_speaker(world.session, world.event, mine)
    for wrong in (foreign.id, deleted.id, 999_999):
        for refused in (
            lambda ids: speakers.create({"event_id": world.event.id, "name": "Hedy", "session_ids": ids}),
            lambda ids: speakers.update(speaker, {"session_ids": ids}),
        ):
            with pytest.raises(Invalid, match=f"no session with id {wrong}") as error:
                refused([mine.id, wrong])
            assert error.value.pointer == "/data/relationships/sessions/data"
    assert speaker.sessions == [mine]


def test_deletion_hides(world: World):
    speaker = make_speaker(world.session, world.event)
    speakers.delete(speaker)
    assert speaker.deleted_at is not None
