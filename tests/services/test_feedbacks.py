"""Feedbacks: one of each user for each session, and one for the event."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from app.models import Feedback
from app.services import feedbacks
from tests.factories import World
from tests.programme import make_feedback, make_session


def test_one_for_each_session_and_one_for_the_event(world: World):
    talks = [make_session(world.session, world.event) for _ in range(2)]
    for about in (None, *(talk.id for talk in talks)):
        data = {"event_id": world.event.id, "session_id": about, "rating": 3.5}
        feedbacks.create(dict(data), user_id=world.buyer.id)
        feedbacks.create(dict(data), user_id=world.stranger.id)
        with pytest.raises(Conflict, match="already"):
            feedbacks.create(dict(data), user_id=world.buyer.id)
    assert len(world.event.feedbacks) == 6


@pytest.mark.parametrize("of_session", [True, False])
def test_the_database_decides_a_race(world: World, of_session: bool):
    about = make_session(world.session, world.event) if of_session else world.event
    make_feedback(world.session, world.buyer, about)
    with pytest.raises(IntegrityError, match="uq_feedbacks_user_id"):
        make_feedback(world.session, world.buyer, about)


def test_after_deletion_there_may_be_another(world: World):
    feedbacks.delete(make_feedback(world.session, world.buyer, world.event))
    assert world.session.query(Feedback).count() == 0
    feedbacks.create({"event_id": world.event.id, "rating": 1.0}, user_id=world.buyer.id)


def test_the_average_of_a_session(world: World):
    talk, other = (make_session(world.session, world.event) for _ in range(2))
    make_feedback(world.session, world.buyer, talk, rating=5)
    make_feedback(world.session, world.stranger, talk, rating=2.5)
    make_feedback(world.session, world.stranger, world.event, rating=0)
    world.session.expire_all()
    assert (talk.average_rating, talk.rating_count) == (3.75, 2)
    assert (other.average_rating, other.rating_count) == (None, 0)
