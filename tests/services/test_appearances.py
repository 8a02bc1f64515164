"""Who speaks in which session, from either side."""

from sqlalchemy import delete, insert

from app.models.speakers import sessions_speakers
from app.services import appearances
from tests.factories import World
from tests.programme import make_session, make_speaker


def test_exactly_these_sessions(world: World):
    first, second = (make_session(world.session, world.event) for _ in range(2))
    speaker, other = (make_speaker(world.session, world.event, first) for _ in range(2))
    appearances.set_sessions(speaker, [second])
    assert speaker.sessions == [second]
    appearances.set_sessions(speaker, [])
    assert (speaker.sessions, other.sessions) == ([], [first])


def test_exactly_these_speakers(world: World):
    talk, other = (make_session(world.session, world.event) for _ in range(2))
    first, second = (make_speaker(world.session, world.event, talk, other) for _ in range(2))
    appearances.set_speakers(talk, [second])
    assert talk.speakers == [second]
    appearances.set_speakers(talk, [])
    assert (talk.speakers, other.speakers) == ([], [first, second])


def test_these_besides_and_those_no_more(world: World):
    """Whom nobody names stays."""
    talk, other = (make_session(world.session, world.event) for _ in range(2))
    first, second, third = (make_speaker(world.session, world.event, talk) for _ in range(3))
    appearances.set_speakers(talk, [], gone=[first.id])
    assert talk.speakers == [second, third]
    appearances.set_speakers(talk, [first], gone=[])
    assert talk.speakers == [first, second, third]
    appearances.set_sessions(third, [other], gone=[])
    assert third.sessions == [talk, other]
    appearances.set_sessions(third, [], gone=[talk.id])
    assert (third.sessions, talk.speakers) == ([other], [first, second, third])  # of which the session is not told
    world.session.expire(talk)
    assert talk.speakers == [first, second]


def test_somebody_else_does_the_same_meanwhile(world: World):
    talk, other = (make_session(world.session, world.event) for _ in range(2))
    speaker = make_speaker(world.session, world.event, talk)
    assert (speaker.sessions, other.speakers) == ([talk], [])  # as they were read, before somebody else changed it
    world.session.execute(delete(sessions_speakers))
    world.session.execute(insert(sessions_speakers).values(session_id=other.id, speaker_id=speaker.id))
    appearances.set_sessions(speaker, [other])
    appearances.set_speakers(other, [speaker])
    assert (speaker.sessions, other.speakers) == ([other], [speaker])
