"""Exports: reports as files, read while they are sent, and on paper."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.event import listen, remove
from sqlalchemy.exc import IntegrityError

from app.clock import format_instant
from app.database import db
from app.errors import Invalid
from app.models import Event, Order, OrderLine, Session, Ticket, TicketHolder
from app.services import exports
from app.services.reports import REPORTS
from app.services.spreadsheets import harmless
from tests.factories import World, make_attendee, make_crowd, make_order
from tests.pdfs import texts
from tests.programme import make_session, make_speaker


@pytest.mark.parametrize("name", REPORTS)
def test_one_statement_whatever_the_number_of_rows(world: World, name: str, count_queries: Any):
    for _ in range(7):
        make_order(world.session, world.paid, 2)
        make_speaker(world.session, world.event, make_session(world.session, world.event))
    with count_queries() as sent:
        assert b"".join(exports.as_csv(name, world.event)).count(b"\r\n") > 7
    assert [statement.split()[0] for statement in sent] == ["DECLARE", "FETCH", "FETCH"], "the last gives nothing"


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
    make_crowd(world.session, world.free, 2_500)
    pieces = exports.as_csv("attendees", world.event)
    assert next(pieces).startswith(b"\xef\xbb\xbfOrder#")
    next(pieces)
    open_cursors = "SELECT count(*) FROM pg_cursors WHERE name <> ''"
    connection = world.session.connection()
    assert connection.exec_driver_sql(open_cursors).scalar() == 1
    assert b"".join(pieces).count(b"\r\n") > 1_000
    assert connection.exec_driver_sql(open_cursors).scalar() == 0


ORDER = ("tax_business_info", "address", "company", "country", "state", "city", "zipcode")
GUEST = ("email", "firstname", "lastname")
MORE = ("company", "job_title", "phone", "gender", "age_group", "website")
"""What is typed in, in the order of the columns."""

TYPED = st.one_of(
    st.text(st.sampled_from("aÅЖ山7'=+-@−＝ ,;\"\t\r\n\x01\u200b\u0378(.é😀"), max_size=6),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.sampled_from(["Ada", "Müller", "a, b", "=1+1", "+49 30 1", "two\r\nlines", 'says "hi"', "x;=1", ""]),
)
MAYBE = st.one_of(st.none(), TYPED)
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(1890, 1, 1, tzinfo=UTC),
]
"""When summer time begins and ends in Berlin; and when its clocks showed its own noon."""
NEAR = st.integers(-7_200_000_000, 7_200_000_000).map(lambda micros: timedelta(microseconds=micros))
TIMES = st.builds(datetime.__add__, st.sampled_from(CHANGES), NEAR)
GUESTS = st.fixed_dictionaries(
    dict.fromkeys(GUEST[:1] + GUEST[2:] + MORE + ("attendee_notes",), MAYBE)
    | {
        "firstname": TYPED,
        "complex_field_values": st.one_of(st.none(), st.dictionaries(TYPED, TYPED, max_size=1)),
        "is_checked_in": st.booleans(),
        "checkin_times": st.lists(TIMES, max_size=3),
        "register_times": st.lists(TIMES, max_size=1),
    }
)
PLAIN = dict.fromkeys(GUEST + MORE + ("attendee_notes",), "Ada") | {
    "complex_field_values": None,
    "is_checked_in": True,
    "checkin_times": CHANGES[:1],
    "register_times": [],
}


def shown(times: list[datetime], zone: str) -> str:
    return ", ".join(f"{time.astimezone(ZoneInfo(zone)).replace(tzinfo=None):%Y-%m-%d %H:%M:%S}" for time in times)


def cells(order: Order | None, guest: TicketHolder, facts: dict[str, Any], zone: str) -> list[str]:
    """What the line of an attendee says, before it is made harmless."""
    ticket = guest.ticket
    sale = ["", "", "", "", ""]
    if order is not None:
        sale = [order.number, shown([order.created_at], zone), "Completed", order.paid_via or "", "Onsite"]
    return [
        *sale,
        *(str(ticket.id), ticket.name, str(ticket.price), ticket.type),
        *(getattr(order, name, None) or "" for name in ORDER),
        *(facts[name] or "" for name in GUEST),
        str(guest.id),
        *(facts[name] or "" for name in MORE),
        orjson.dumps(facts["complex_field_values"]).decode() if facts["complex_field_values"] else "",
        *(facts["attendee_notes"] or "", "No"),
        shown(facts["register_times"], zone),
        *("Yes" if facts["is_checked_in"] else "No", "No"),
        *(shown(facts["checkin_times"], zone), "", "No"),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(GUESTS, min_size=3, max_size=3),
    st.fixed_dictionaries(
        dict.fromkeys((*ORDER, "paid_via"), MAYBE)
        | {"created_at": st.builds(datetime.__add__, st.sampled_from(CHANGES[:2]), NEAR)}
    ),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "UTC"]),
)
@example([PLAIN] * 3, dict.fromkeys((*ORDER, "paid_via"), "Ada") | {"created_at": CHANGES[1]}, "Europe/Berlin")
@example(
    [PLAIN, PLAIN | {"lastname": "=1"}, PLAIN], dict.fromkeys((*ORDER, "paid_via")) | {"created_at": CHANGES[0]}, "UTC"
)
def test_a_line_says_what_was_typed_and_harms_nobody(
    world: World, guests: list[dict[str, Any]], billing: dict[str, Any], zone: str
):
    """Byte by byte: whatever the database writes at once, and whatever it leaves to be looked at."""
    with world.session.begin_nested() as undone:
        world.event.timezone = zone
        for name, value in billing.items():
            setattr(world.order, name, value)
        holders = [*world.order.attendees, make_attendee(world.session, world.free)]
        for holder, facts in zip(holders, guests, strict=True):
            for name, value in facts.items():
                times = ",".join(map(format_instant, value)) or None if name.endswith("_times") else value
                setattr(holder, name, times)
        world.session.flush()
        text = StringIO(newline="")
        for holder, facts in zip(holders, guests, strict=True):
            csv.writer(text).writerow(map(harmless, cells(holder.order, holder, facts, zone)))
        _, lines = b"".join(exports.as_csv("attendees", world.event)).split(b"\r\n", 1)
        undone.rollback()
    assert lines.decode() == text.getvalue()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Order.status, "=1"), (Order.payment_mode, "=1"), (Session.state, "=1"), (Order.amount, -1),
        (Ticket.price, -1), (OrderLine.price, -1), (OrderLine.quantity, -1),
    ],
)  # fmt: skip
def test_what_nobody_looks_at_cannot_be_a_formula(world: World, column: Any, value: Any):
    make_session(world.session, world.event)
    with pytest.raises(IntegrityError, match="violates check constraint"):
        world.session.execute(update(column.class_).values({column.key: value}))


def test_what_is_not_looked_at_is_named_here():
    """Whoever adds a column that is not ``typed`` says in the test before why it is harmless."""
    untyped = {column.heading for report in REPORTS.values() for column in report.columns if not column.typed}
    assert untyped == {
        "Order#", "Order Date", "Completed At", "Created At", "Submitted At", "Session Starts At", "Session Ends At",
        "Status", "Payment Mode", "Ticket ID", "Attendee ID", "Ticket Price", "Total Amount", "Quantity",
        "Discount Code", "Access Code", "Registered", "Checked In", "Checked Out", "Badge Printed",
    }  # fmt: skip
