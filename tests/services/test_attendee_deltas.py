"""What devices at the door are told of guests: every change, once it is committed, however it was made."""

import random
import threading
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy import text as sql
from sqlalchemy.exc import OperationalError

from app.models import Event
from app.models.orders import CANCELLED, COMPLETED, PENDING, PLACED
from app.services import attendee_deltas
from tests.committed import Shop, at_once
from tests.factories import World, make_attendee, make_order, make_ticket
from tests.http import resource
from tests.services.test_cursors import settle


@pytest.fixture
def opened(store: Shop) -> World:
    return store.open()


class Device:
    """Keeps what it was told: the last row of each guest."""

    def __init__(self, store: Shop, event: Event):
        self.store, self.event = store, event
        self.cursor = ""
        self.guests: dict[int, tuple[Any, ...]] = {}

    def ask(self, size: int = 100) -> list[int]:
        """Asks once; gives the ids of the guests that were told."""
        with self.store.app.app_context():
            found = attendee_deltas.since(self.event, self.cursor, size)
        self.cursor = str(found.cursor)
        self.guests |= {row.id: tuple(row)[1:-2] for row in found.rows}
        return [row.id for row in found.rows]

    def catch_up(self) -> list[int]:
        """Asks once when everything that is committed may be read."""
        settle(self.store)
        return self.ask(10_000)


CHANGES = {
    "a name": "UPDATE ticket_holders SET lastname = 'Byron' WHERE id = {guest}",
    "inside": "UPDATE ticket_holders SET is_checked_in = true, checkin_times = '2026-11-21T18:00:00+00:00' "
    "WHERE id = {guest}",
    "deleted": "UPDATE ticket_holders SET deleted_at = now() WHERE id = {guest}",
    "somebody writes the column": "UPDATE ticket_holders SET written_in = 3 WHERE id = {guest}",
    "the order": "UPDATE orders SET status = 'cancelled' WHERE id = {order}",
    "the QR code": "UPDATE orders SET identifier = identifier || 'x' WHERE id = {order}",
}


@pytest.mark.parametrize("change", CHANGES)
def test_who_has_changed_comes_again(store: Shop, opened: World, change: str):
    with store.stocking() as stock:
        order = make_order(stock, opened.free)
        guest = order.attendees[0]
    device = Device(store, opened.event)
    assert guest.id in device.catch_up()
    assert device.catch_up() == []
    store.rows(CHANGES[change].format(guest=guest.id, order=order.id))
    assert device.catch_up() == [guest.id]
    assert device.catch_up() == []


def test_what_is_told_of_other_tables_writes_the_guests(store: Shop):
    """A column that is added to what devices are told needs its trigger."""
    told = {
        f"{column.table.name}.{column.name}"
        for part in attendee_deltas.guests(1).selected_columns
        for column in part.base_columns
    }
    watched = store.rows(
        "SELECT event_object_table || '.' || event_object_column FROM information_schema.triggered_update_columns "
        "WHERE trigger_name = 'write_guests_of_order'"
    )
    assert {name for name in told if not name.startswith("ticket_holders.")} == set(watched)


@pytest.mark.parametrize(
    "change", ["UPDATE orders SET city = 'Turin' WHERE id = {0}", "UPDATE orders SET status = status WHERE id = {0}"]
)
def test_what_is_not_told_writes_nobody(store: Shop, opened: World, change: str):
    device = Device(store, opened.event)
    device.catch_up()
    store.rows(change.format(opened.order.id))
    assert device.catch_up() == []


def test_a_guest_copied_back_from_elsewhere_is_new(store: Shop, opened: World):
    device = Device(store, opened.event)
    device.catch_up()
    columns = "event_id, ticket_id, firstname, created_at"
    [number] = store.rows(
        f"INSERT INTO ticket_holders ({columns}, written_in) SELECT {columns}, 3 FROM ticket_holders "
        f"WHERE id = {opened.attendee.id} RETURNING id"
    )
    assert device.catch_up() == [number]


def test_a_ticket_gets_another_name_and_no_guest_is_written(store: Shop, opened: World):
    device = Device(store, opened.event)
    device.catch_up()
    store.rows(f"UPDATE tickets SET name = 'Early bird' WHERE id = {opened.paid.id}")
    assert device.catch_up() == []
    with store.app.app_context():
        names = attendee_deltas.ticket_names(opened.event)
    assert names == {str(opened.free.id): "Free", str(opened.paid.id): "Early bird"}


def test_guests_of_old_releases_are_told_too(store: Shop, opened: World):
    trigger = "TRIGGER written_in_this_transaction"
    store.rows(
        f"ALTER TABLE ticket_holders DISABLE {trigger};"
        f"UPDATE ticket_holders SET written_in = NULL WHERE event_id = {opened.event.id};"
        f"ALTER TABLE ticket_holders ENABLE {trigger}"
    )
    device = Device(store, opened.event)
    guests = sorted(guest.id for guest in opened.order.attendees)
    assert device.catch_up() == guests
    store.rows(f"UPDATE ticket_holders SET lastname = 'Byron' WHERE id = {guests[0]}")
    assert device.catch_up() == [guests[0]]


@pytest.mark.parametrize("seed", range(3))
def test_random_writers_and_a_device_that_goes_on_until_it_is_quiet(store: Shop, opened: World, seed: int):
    """What it has put together is what the table holds."""
    with store.stocking() as stock:
        orders = [make_order(stock, opened.free, seats=3, status=PLACED).id for _ in range(4)]

    def write(index: int) -> None:
        chance = random.Random(f"{seed} {index}")
        with create_engine(store.url, poolclass=NullPool).connect() as connection:
            for _ in range(30):
                try:
                    connection.execute(sql(random_change(chance, opened, orders)))
                    connection.execute(sql(f"SELECT pg_sleep({chance.random() / 100})"))
                except OperationalError:  # these writers take rows in any order: of two in a deadlock one gives up
                    connection.rollback()
                (connection.commit if chance.random() < 0.8 else connection.rollback)()

    writers = [threading.Thread(target=write, args=(index,)) for index in range(6)]
    for writer in writers:
        writer.start()
    device = Device(store, opened.event)
    while any(writer.is_alive() for writer in writers):
        device.ask(size=5)
    settle(store)
    while device.ask(size=5):
        pass
    fresh = Device(store, opened.event)
    fresh.catch_up()
    assert len(fresh.guests) == store.count(f"SELECT count(*) FROM ticket_holders WHERE event_id = {opened.event.id}")
    assert device.guests == fresh.guests


def random_change(chance: random.Random, world: World, orders: list[int]) -> str:
    """One statement that changes what devices are told."""
    order = chance.choice(orders)
    status = chance.choice([PLACED, COMPLETED, PENDING])
    guest = f"order_id = {order} AND id % 3 = {chance.randrange(3)}"
    return chance.choice(
        [
            f"UPDATE orders SET status = '{status}' WHERE id = {order}",
            f"UPDATE ticket_holders SET is_checked_in = NOT is_checked_in WHERE {guest}",
            f"UPDATE ticket_holders SET lastname = '{chance.random()}' WHERE {guest}",
            f"UPDATE ticket_holders SET deleted_at = now() WHERE event_id = {world.event.id} AND order_id IS NULL",
            # The order is shared: a status that changes before the new guest is there for all would not write him. The
            # server adds guests only to an order that nobody else knows yet.
            "INSERT INTO ticket_holders (event_id, ticket_id, order_id, firstname, created_at) "
            f"SELECT {world.event.id}, {world.free.id}, {chance.choice(['id', 'NULL'])}, 'Ada', now() FROM orders "
            f"WHERE id = {order} FOR SHARE",
        ]
    )


def test_orders_that_end_while_their_guests_are_scanned_never_deadlock(store: Shop):
    """An order's change writes its guests; a scan holds one of them, an order ends with its tickets."""
    world = store.open()
    with store.stocking() as stock:
        ticket = make_ticket(stock, world.event)
        orders = [make_order(stock, ticket, seats=3) for _ in range(8)]
        guests = [[guest.id for guest in order.attendees] for order in orders]
        loose = [make_attendee(stock, ticket, created_by_id=world.registrar.id).id for _ in range(8)]
    scanner, organizer = store.token(world.registrar), store.token(world.organizer)
    before = store.deadlocks()

    def work(index: int) -> set[int]:
        order = orders[index % 8]
        if index < 8:
            cancelled = resource("order", {"status": CANCELLED}, id_=order.id)
            return {store.send("PATCH", f"/v1/orders/{order.id}", organizer, cancelled).status}
        answers = {store.send("DELETE", f"/v1/attendees/{loose[index % 8]}", scanner, None).status}
        for guest in guests[index % 8]:
            scan = resource("attendee", {"is-checked-in": True}, id_=guest)
            answers.add(store.send("PATCH", f"/v1/attendees/{guest}", scanner, scan).status)
        return answers

    assert set().union(*at_once(16, work)) <= {200, 422}
    assert store.deadlocks() == before
    assert store.count(f"SELECT sold FROM tickets WHERE id = {ticket.id}") == 0
