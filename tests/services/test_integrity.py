"""What the recount finds, and what it leaves in peace."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from app.clock import format_instant, utcnow
from app.models import Movement, Order, OrderLine, Ticket, TicketHolder
from app.models.movements import ACCEPTED, IN, OUT, PATCH, REPLAYED
from app.models.orders import CANCELLED, EXPIRED, INITIALIZING, PENDING
from app.models.stations import DAILY
from app.services import integrity
from app.services.ledger import Ledger
from tests.factories import World, make_attendee, make_event, make_order
from tests.programme import count_more, make_check_in, make_microlocation, make_station

SOLD, AMOUNT, GUESTS = "tickets-sold", "order-amounts", "order-attendees"
DELETED, REGISTERED, COUNTS = "deleted-tickets", "registrations", "occupancy-counts"
TIMES, FLAGS, VERDICTS = "attendee-times", "attendee-flags", "attendee-verdicts"
STRAYS, STRAY_MOVEMENTS = "attendees-belong", "movements-belong"


def found() -> dict[str, tuple[int, ...]]:
    return {finding.rule: finding.ids for finding in integrity.report()}


def change(world: World, row, **values) -> None:
    """Past every rule: as somebody with psql would."""
    world.session.execute(update(type(row)).where(type(row).id == row.id).values(**values))


def moved(world: World, attendee: TicketHolder, direction: str, verdict: str = ACCEPTED) -> Movement:
    movement = Movement(
        event_id=attendee.event_id,
        attendee_id=attendee.id,
        direction=direction,
        occurred_at=utcnow(),
        source=PATCH,
        verdict=verdict,
    )
    world.session.add(movement)
    world.session.flush()
    return movement


def test_nothing_is_found_where_everything_adds_up(world: World):
    make_order(world.session, world.free, seats=3, status=INITIALIZING)
    make_order(world.session, world.paid, seats=2, status=PENDING)
    make_order(world.session, world.paid, seats=2, status=EXPIRED)
    make_order(world.session, world.free, seats=2, status=CANCELLED)
    make_attendee(world.session, world.free)
    assert found() == {}


@pytest.mark.parametrize("change_by", [-1, 1])
def test_a_wrong_count_of_seats(world: World, change_by: int):
    change(world, world.paid, sold=Ticket.sold + change_by)
    assert found() == {SOLD: (world.paid.id,)}


def test_a_deleted_attendee_holds_no_seat(world: World):
    loose = make_attendee(world.session, world.free)
    change(world, loose, deleted_at=utcnow())
    assert found() == {SOLD: (world.free.id,)}


def test_an_order_that_ended_without_freeing_its_seats(world: World):
    change(world, world.order, status=EXPIRED)
    assert found() == {SOLD: (world.paid.id,)}


def test_a_wrong_amount(world: World):
    change(world, world.order, amount=Decimal("0.01"))
    assert found() == {AMOUNT: (world.order.id,)}


def test_an_amount_without_lines(world: World):
    order = Order(event_id=world.event.id, amount=Decimal("10.00"))
    world.session.add(order)
    world.session.flush()
    assert found() == {AMOUNT: (order.id,)}


def test_an_order_with_a_guest_too_many_or_too_few(world: World):
    extra = make_attendee(world.session, world.paid, order=world.order)
    assert found() == {GUESTS: (world.order.id,)}
    change(world, extra, deleted_at=utcnow())
    change(world, world.attendee, deleted_at=utcnow())
    change(world, world.paid, sold=1)
    assert found() == {GUESTS: (world.order.id,)}


def test_a_guest_with_a_ticket_that_is_on_no_line(world: World):
    make_attendee(world.session, world.free, order=world.order)
    assert found() == {GUESTS: (world.order.id,)}


def test_a_line_without_guests(world: World):
    world.session.add(OrderLine(order_id=world.order.id, ticket_id=world.free.id, quantity=1, price=0))
    world.session.flush()
    assert found() == {GUESTS: (world.order.id,)}


def test_times_without_a_movement(world: World):
    change(world, world.attendee, checkin_times=format_instant(utcnow()), is_checked_in=True)
    assert found() == {TIMES: (world.attendee.id,), FLAGS: (world.attendee.id,)}


@pytest.mark.parametrize("column", ["is_checked_in", "is_checked_out"])
def test_a_flag_without_a_movement(world: World, column: str):
    change(world, world.attendee, **{column: True})
    assert found() == {FLAGS: (world.attendee.id,)}


def test_a_movement_that_is_not_in_the_picture(world: World):
    entry = moved(world, world.attendee, IN)
    wrong = {TIMES: (world.attendee.id,), FLAGS: (world.attendee.id,), COUNTS: (world.event.id,)}
    assert found() == wrong
    count_more(world.event, {(None, None, IN): 1})
    times = {"checkin_times": format_instant(entry.occurred_at), "device_name_checkin": "-"}
    change(world, world.attendee, **times, is_checked_in=True)
    assert found() == {}
    leaving = moved(world, world.attendee, OUT)
    assert found() == wrong
    count_more(world.event, {(None, None, OUT): 1})
    times["checkout_times"] = format_instant(leaving.occurred_at)
    change(world, world.attendee, **times, is_checked_in=False, is_checked_out=True)
    assert found() == {}


def test_rows_of_different_events(world: World):
    other = make_event(world.session)
    change(world, world.attendee, event_id=other.id)
    assert found()[STRAYS] == (world.attendee.id,)
    change(world, world.attendee, event_id=world.event.id)
    movement = moved(world, world.attendee, IN, verdict=REPLAYED)
    change(world, movement, event_id=other.id)
    assert found() == {STRAY_MOVEMENTS: (movement.id,)}


def test_a_deleted_ticket_that_holds_seats(world: World):
    change(world, world.paid, deleted_at=utcnow())
    assert found() == {DELETED: (world.paid.id,)}


def test_a_replayed_movement_paints_nothing(world: World):
    moved(world, world.attendee, IN, verdict=REPLAYED)
    assert found() == {}


@pytest.mark.parametrize("changed", [{"is_registered": True}, {"register_times": "2026-11-21T18:00:00+00:00"}])
def test_a_registration_that_no_station_has_scanned(world: World, changed: dict[str, Any]):
    change(world, world.attendee, **changed)
    assert found() == {REGISTERED: (world.attendee.id,)}


def test_a_registration_that_does_not_show(world: World):
    desk = make_station(world.session, world.event)
    scan = make_check_in(world.session, desk, world.attendee)
    assert found() == {REGISTERED: (world.attendee.id,)}
    change(world, scan, deleted_at=utcnow())
    assert found() == {}
    make_check_in(world.session, make_station(world.session, world.event, DAILY), world.attendee)
    assert found() == {}


def test_a_movement_of_a_room_without_one_of_the_venue_is_found(world: World):
    """Nobody reaches a room from outside: the server would have concluded an entry to the venue."""
    hall = make_microlocation(world.session, world.event)
    moved(world, world.attendee, IN).microlocation_id = hall.id
    world.session.flush()
    count_more(world.event, {(hall.id, None, IN): 1})
    assert found() == {FLAGS: (world.attendee.id,), VERDICTS: (world.attendee.id,)}
    Ledger(world.attendee).write()
    assert found() == {}


def test_a_finding_counts_all_and_names_the_first(world: World):
    loose = [make_attendee(world.session, world.free) for _ in range(integrity.SHOWN + 5)]
    for attendee in loose:
        change(world, attendee, is_checked_in=True)
    [finding] = integrity.report()
    assert finding.count == integrity.SHOWN + 5
    assert finding.ids == tuple(attendee.id for attendee in loose[: integrity.SHOWN])
    assert finding.text.startswith(f"attendees whose flags differ from their scans: 25 ({loose[0].id}, ")
    assert finding.text.endswith(", …)")


def test_the_recount_reads_only(world: World, count_queries):
    change(world, world.attendee, is_checked_in=True)
    with count_queries() as statements:
        integrity.report()
    assert {statement.split()[0] for statement in statements} == {"SELECT"}
