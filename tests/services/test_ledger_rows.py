"""The ledger's statements: as many for one guest as for many, and objects in step with their rows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select

from app.models import Movement, TicketHolder
from app.models.movements import BATCH, IN, OUT
from app.models.orders import PENDING
from app.services import integrity, ledger
from app.services.closing import Times
from app.services.ledger import Ledger, Origin
from app.services.ledger_rows import standing, standings
from tests.factories import World, make_attendee, make_order

PICTURE = ("checkin_times", "checkout_times", "device_name_checkin", "is_checked_in", "is_checked_out")


@pytest.fixture
def opens(world: World) -> datetime:
    return world.event.starts_at + timedelta(hours=1)


def scanned(guests: list[TicketHolder], at: datetime) -> list[Movement]:
    """An entry and an exit of each, written together."""
    books = ledger.books(guests)
    facts = []
    for book in books:
        origin = Origin(BATCH, None, at)
        facts += [book.scan(origin, IN, at, device="Gate"), book.scan(origin, OUT, at + timedelta(minutes=5))]
    ledger.write_together(books)
    return facts


@pytest.mark.parametrize("seats", [1, 7])
def test_writing_costs_the_same_for_one_guest_and_many(world: World, opens: datetime, seats: int, count_queries: Any):
    guests = make_order(world.session, world.free, seats=seats).attendees
    assert all(guest.event for guest in guests)
    with count_queries() as sent:
        scanned(guests, opens)
    reading, storing = sent
    assert reading.startswith("SELECT ticket_holders.id, events.starts_at")
    assert storing.startswith("WITH paint AS")
    assert "INSERT INTO movements" in storing
    assert "INSERT INTO occupancy_counts" in storing
    assert integrity.report() == []


def test_rows_and_objects_say_the_same(world: World, opens: datetime, count_queries: Any):
    guests = make_order(world.session, world.free, seats=3).attendees
    movements = scanned(guests, opens)
    names = [column.key for column in inspect(Movement).column_attrs if column.key != "written_in"]
    with count_queries() as sent:
        world.session.flush()
        told = [{name: getattr(row, name) for name in names} for row in movements]
        shown = [{name: getattr(guest, name) for name in PICTURE} for guest in guests]
    assert sent == []
    assert all(inspect(row).persistent and row not in world.session.dirty for row in (*movements, *guests))
    assert [row.id for row in movements] == sorted(row.id for row in movements)
    world.session.expire_all()
    assert told == [{name: getattr(row, name) for name in names} for row in movements]
    assert shown == [{name: getattr(guest, name) for name in PICTURE} for guest in guests]
    assert None not in {row.written_in for row in (*movements, *guests)}  # the triggers have seen both


def test_who_looks_as_he_should_is_not_written_again(world: World, opens: datetime, count_queries: Any):
    [guest] = make_order(world.session, world.free).attendees
    scanned([guest], opens)
    with count_queries() as sent:
        Ledger(guest).write()
    assert [statement.split()[0] for statement in sent] == ["SELECT"]


def test_what_others_have_judged_since_is_read_anew(world: World, opens: datetime):
    [guest] = make_order(world.session, world.free).attendees
    scanned([guest], opens)
    row = standing(guest.id).movements[0]
    table = Movement.__table__
    world.session.connection().execute(table.update().where(table.c.id == row.id).values(reason="seen"))
    assert row.reason is None
    assert [again.reason for again in standing(guest.id).movements] == ["seen", None]
    assert world.session.scalar(select(Movement).where(Movement.id == row.id)) is row


def test_how_guests_stand_is_told_of_one_as_of_many(world: World, opens: datetime):
    ordered = make_order(world.session, world.free, seats=2, status=PENDING).attendees
    guests = [*ordered, make_attendee(world.session, world.paid)]
    scanned(guests[:1], opens)
    told = standings([guest.id for guest in guests])
    assert told == {guest.id: standing(guest.id) for guest in guests}
    assert [told[guest.id].order_status for guest in guests] == [PENDING, PENDING, None]
    assert [[row.direction for row in told[guest.id].movements] for guest in guests] == [[IN, OUT], [], []]
    assert {name: getattr(world.event, name) for name in Times._fields} == told[guests[0].id].event._asdict()
