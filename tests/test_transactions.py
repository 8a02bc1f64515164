"""What is taken back is taken back from the database and from the session."""

import pytest
from flask import Flask, has_app_context
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.models import Event
from tests.factories import make_event
from tests.transactions import rolled_back, undone

EVENTS = select(func.count(Event.id))


def test_what_is_committed_is_rolled_back(app: Flask):
    with rolled_back(app) as session:
        before = session.scalar(EVENTS)
        make_event(session)
        session.commit()
        assert session.scalar(EVENTS) == before + 1
    assert not has_app_context()
    with rolled_back(app) as session:
        assert session.scalar(EVENTS) == before


def test_what_was_made_before_stays_as_it_was(app: Flask):
    with rolled_back(app) as session:
        event = make_event(session, name="Fair")
        before = session.scalar(EVENTS)
        for _ in range(2):
            with undone():
                assert event.name == "Fair"
                event.name = "Renamed"
                make_event(session)
                session.commit()
                assert session.scalar(EVENTS) == before + 1
        assert (event.name, session.scalar(EVENTS)) == ("Fair", before)


def test_a_failure_is_undone_as_well(app: Flask):
    with rolled_back(app) as session:
        before = session.scalar(EVENTS)
        with pytest.raises(IntegrityError), undone():
            make_event(session, name=None)
        assert session.scalar(EVENTS) == before
