"""What a row refers to is there, and of the same event."""

import pytest

from app.clock import utcnow
from app.errors import Invalid, NotFound
from app.models import EventTopic, Session, Tag, Track
from app.services import references
from tests.factories import World, make_event
from tests.programme import make_kinds, make_parts, make_session, make_track


def test_of_the_same_event(world: World):
    own, foreign = make_track(world.session, world.event), make_track(world.session, make_event(world.session))
    deleted = make_track(world.session, world.event, deleted_at=world.event.starts_at)
    references.require_of_event(world.event.id, Track, own.id, "track")
    references.require_of_event(world.event.id, Track, None, "track")
    for wrong in (foreign.id, deleted.id, 999_999):
        with pytest.raises(Invalid, match=f"no track with id {wrong}") as refused:
            references.require_of_event(world.event.id, Track, wrong, "track")
        assert refused.value.pointer == "/data/relationships/track/data"


def test_many_of_the_same_event(world: World):
    """In the order of their ids, refused in the words of one."""
    session, event = world.session, world.event
    first, second = (make_session(session, event) for _ in range(2))
    foreign, deleted = make_session(session, make_event(session)), make_session(session, event, deleted_at=utcnow())
    assert references.rows_of_event(event.id, Session, [second.id, first.id, second.id], "session") == [first, second]
    assert references.rows_of_event(event.id, Session, [], "session") == []
    with pytest.raises(Invalid) as refused:
        references.rows_of_event(event.id, Session, [999_999, first.id, deleted.id, foreign.id], "session")
    missing = ", ".join(map(str, sorted((foreign.id, deleted.id)))) + ", 999999"
    assert refused.value.detail == f"This event has no session with id {missing}. Name one of this event."
    assert refused.value.pointer == "/data/relationships/sessions/data"


def test_rows_that_are_never_hidden(world: World):
    tag = make_parts(world.session, world.event)["tag"]
    references.require_of_event(world.event.id, Tag, tag.id, "tag")
    with pytest.raises(Invalid):
        references.require_of_event(make_event(world.session).id, Tag, tag.id, "tag")


def test_of_the_whole_server(world: World):
    topic = make_kinds(world.session)["event-topic"]
    references.require_known(EventTopic, topic.id, "event-topic")
    references.require_known(EventTopic, None, "event-topic")
    topic.deleted_at = world.event.starts_at
    for wrong in (topic.id, 999_999):
        with pytest.raises(NotFound) as refused:
            references.require_known(EventTopic, wrong, "event-topic")
        assert refused.value.pointer == "/data/relationships/event-topic/data"
