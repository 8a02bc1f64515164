"""Exports: reports as files, read while they are sent, and on paper."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.event import listen, remove

from app.database import db
from app.errors import Invalid
from app.models import Event
from app.services import exports
from app.services.reports import REPORTS
from tests.factories import World, make_crowd, make_order
from tests.pdfs import texts
from tests.programme import make_session, make_speaker


@pytest.mark.parametrize("name", REPORTS)
def test_one_statement_whatever_the_number_of_rows(world: World, name: str, count_queries: Any):
    for _ in range(7):
        make_order(world.session, world.paid, 2)
        make_speaker(world.session, world.event, make_session(world.session, world.event))
    with count_queries() as sent:
        assert b"".join(exports.as_csv(name, world.event)).count(b"\r\n") > 7
    assert len(sent) == 1


@pytest.mark.parametrize("name", REPORTS)
def test_on_paper(world: World, name: str):
    make_order(world.session, world.paid, 60)
    make_session(world.session, world.event)
    world.attendee.lastname = "Ωμέγα"
    world.session.flush()
    pages = texts(exports.as_pdf(name, world.event))
    first = next(column.heading for column in REPORTS[name].columns if column.paper)
    assert all(first in page for page in pages), "every page has its headings"
    assert (len(pages) > 1, "Ωμέγα" in pages[0]) == (name == "attendees", name == "attendees")


def test_paper_takes_one_connection(app: Flask):
    """A request that waits for a second one while it holds its own brings a busy server to a standstill."""
    held = []
    with app.app_context():
        pool = db.engine.pool

        def note(*_: Any) -> None:
            held.append(pool.checkedout())

        listen(pool, "checkout", note)
        exports.as_pdf("orders", Event(id=0, name="Nothing", timezone="UTC"))
        remove(pool, "checkout", note)
    assert held == [1]


def test_what_is_too_long_for_paper_is_refused(world: World):
    make_crowd(world.session, world.free, exports.MOST_ROWS_ON_PAPER)
    with pytest.raises(Invalid, match="CSV"):
        exports.as_pdf("attendees", world.event)
    exports.require_printable("orders", world.event)


def test_rows_are_read_while_they_are_sent(world: World):
    """Only a batch of them is in memory."""
    make_crowd(world.session, world.free, 1_200)
    pieces = exports.as_csv("attendees", world.event)
    assert next(pieces).startswith(b"\xef\xbb\xbfOrder#")
    next(pieces)
    open_cursors = "SELECT count(*) FROM pg_cursors WHERE name <> ''"
    connection = world.session.connection()
    assert connection.exec_driver_sql(open_cursors).scalar() == 1
    assert b"".join(pieces).count(b"\r\n") > 900
    assert connection.exec_driver_sql(open_cursors).scalar() == 0
