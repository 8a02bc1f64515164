"""What buyers and guests are told of their orders, when, and how often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import demo
from app.clock import utcnow
from app.errors import Conflict, Invalid
from app.models import Mail, Order
from app.models.orders import CANCELLED, COMPLETED, INITIALIZING, PENDING, PLACED, STATUSES
from app.services import mails, order_changes, order_mails, orders
from app.services.order_changes import Editor
from app.services.orders import Item
from tests.factories import World, make_order, make_user

HELD_FOR = timedelta(minutes=15)


def queued(session: Any) -> list[Mail]:
    found = list(mails.waiting())
    for mail in found:
        session.delete(mail)
    session.flush()
    return found


def moved(order: Order, **data: Any) -> None:
    order_changes.change(order, data, Editor(is_buyer=True, is_team=True), held_for=HELD_FOR)


def order_in(world: World, status: str, **facts: Any) -> Order:
    return make_order(world.session, world.paid, seats=2, status=status, user_id=world.buyer.id, **facts)


def test_each_step_is_told_once(world: World):
    order = order_in(world, INITIALIZING, payment_mode=None)
    world.event.can_pay_by_bank = True
    moved(order, status=PENDING, payment_mode="bank")
    assert queued(world.session) == []
    steps = ((PLACED, "Your order for"), (COMPLETED, "Your tickets for"))
    for status, subject in steps:
        moved(order, status=status)
        [mail] = queued(world.session)
        assert (mail.recipient, mail.subject) == (world.buyer.email, f"{subject} {world.event.name}")
        moved(order, status=status, order_notes="sent back as it is stored")
        assert queued(world.session) == []


def test_what_a_buyer_reads(world: World):
    world.event.name = "Open Doors"
    world.event.timezone = "Europe/Berlin"
    world.event.starts_at = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
    world.event.location_name = "Harbour Street 1"
    world.event.payment_currency = "EUR"
    order = order_in(world, PLACED, payment_mode="bank")
    order_mails.tell_buyer(order)
    [mail] = queued(world.session)
    assert mail.page == f"/orders/{order.identifier}/view"
    assert mail.text == (
        f"Thank you for your order {order.identifier} for Open Doors.\n\n"
        "It begins on 21 Nov 2026 at 19:00 (Europe/Berlin).\nHarbour Street 1\n\n"
        "2 x Paid\n\nTo be paid: 51.00 EUR (bank).\n\nYour order:"
    )
    order.status = COMPLETED
    order_mails.tell_buyer(order)
    assert "\nPaid: 51.00 EUR (bank)." in queued(world.session)[0].text
    order.payment_mode = None
    order_mails.tell_buyer(order)
    assert "\nPaid: 51.00 EUR." in queued(world.session)[0].text
    free = make_order(world.session, world.free, user_id=world.buyer.id)
    order_mails.tell_buyer(free)
    assert "Nothing is to be paid." in queued(world.session)[0].text


def test_a_cancelled_order_is_told_with_the_note(world: World):
    order = order_in(world, PLACED)
    moved(order, status=CANCELLED, cancel_note="The singer is ill.")
    [mail] = queued(world.session)
    assert mail.subject == f"Your order was cancelled: {world.event.name}"
    assert "The singer is ill." in mail.text
    assert "2 x Paid" in mail.text


@pytest.mark.parametrize("status", STATUSES)
def test_states_that_are_told(world: World, status: str):
    order_mails.tell_buyer(order_in(world, status))
    assert bool(queued(world.session)) == (status in {PLACED, COMPLETED, CANCELLED})


def test_nobody_is_told_of_an_order_without_a_buyer(world: World):
    order_mails.tell_buyer(make_order(world.session, world.paid))
    gone = make_user(world.session, deleted_at=utcnow())
    order_mails.tell_buyer(make_order(world.session, world.paid, user_id=gone.id))
    assert queued(world.session) == []


@pytest.mark.parametrize(("named", "status", "told"), [(False, COMPLETED, 0), (True, COMPLETED, 1), (True, PENDING, 0)])
def test_a_sale_at_the_door_is_told_to_a_named_buyer(world: World, named: bool, status: str, told: int):
    data = {"on_site_tickets": [Item(0, world.paid.id, 2)], "status": status}
    buyer = {"user_id": world.buyer.id} if named else {}
    orders.place_onsite(world.event, data | buyer, sold_by_id=world.registrar.id)
    assert [mail.recipient for mail in queued(world.session)] == [world.buyer.email] * told


def test_receipts(world: World):
    first, second = world.order.attendees
    second.email, second.lastname = None, None
    order_mails.send_receipts(world.order)
    [mail] = queued(world.session)
    assert (mail.recipient, mail.page) == (first.email, None)
    assert mail.subject == f"Your ticket for {world.event.name}"
    assert mail.text.startswith(f"You have a ticket for {world.event.name}: Paid.\n")
    assert f"\nName: Ada {first.lastname}\n" in mail.text
    assert f"Your code at the door: {world.order.identifier}-{first.id}" in mail.text
    first.email, first.deleted_at, second.email = None, utcnow(), "second@example.org"
    order_mails.send_receipts(world.order)
    assert [mail.recipient for mail in queued(world.session)] == ["second@example.org"]


@pytest.mark.parametrize("status", STATUSES)
def test_only_orders_that_admit_have_receipts(world: World, status: str):
    order = order_in(world, status)
    if status in {PLACED, COMPLETED}:
        assert order_mails.send_receipts(order)
        guests = [guest.email for guest in order.attendees]
        assert [mail.recipient for mail in queued(world.session)] == guests
        order_mails.send_again(order)
        assert [mail.recipient for mail in queued(world.session)] == [world.buyer.email], (
            "the guests have just got them"
        )
    else:
        with pytest.raises(Conflict, match="Cannot send receipt for an incomplete order"):
            order_mails.send_receipts(order)
        with pytest.raises(Invalid) as refused:
            order_mails.send_again(order)
        assert refused.value.pointer == "/data/order"
        assert queued(world.session) == []


TIRADE = "Your account is locked.\n\nOpen https://evil.example/login to unlock it.\n\n" * 200


def test_nobodys_text_is_mailed_from_here(world: World):
    """What people may call themselves, their events and tickets is one short line in a mail."""
    order = order_in(world, PLACED)
    world.event.name = world.event.location_name = world.paid.name = order.attendees[0].firstname = TIRADE
    order.cancel_note = TIRADE
    order_mails.send_again(order)
    order.status = CANCELLED
    order_mails.tell_buyer(order)
    sent = queued(world.session)
    assert len(sent) == 4
    for mail in sent:
        assert len(mail.subject) <= 120
        assert len(mail.text) <= 700
        assert not mail.text.startswith("Your account")
        assert "locked.\n" not in mail.text


def test_what_was_sent_a_moment_ago_is_not_sent_again(world: World, monkeypatch: pytest.MonkeyPatch):
    order = order_in(world, COMPLETED)
    order_mails.tell_buyer(order)
    assert order_mails.send_receipts(order)
    assert len(queued(world.session)) == 3
    assert not order_mails.send_receipts(order)
    order.attendees[0].email = "another@example.org"
    assert order_mails.send_receipts(order)
    assert [mail.recipient for mail in queued(world.session)] == ["another@example.org"]
    order_mails.send_again(order)
    assert [mail.recipient for mail in queued(world.session)] == [world.buyer.email]
    with pytest.raises(Conflict, match="a few minutes ago"):
        order_mails.send_again(order)
    assert queued(world.session) == []
    later = utcnow() + mails.PAUSE + timedelta(seconds=1)
    monkeypatch.setattr(mails, "utcnow", lambda: later)
    order_mails.send_again(order)
    assert len(queued(world.session)) == 3


def test_two_orders_have_a_receipt_each(world: World):
    for _ in range(2):
        order = order_in(world, COMPLETED)
        for guest in order.attendees:
            guest.email = world.buyer.email
        assert order_mails.send_receipts(order)
        assert len(queued(world.session)) == 2


def test_an_order_without_addresses_is_no_repetition(world: World):
    order = make_order(world.session, world.paid)
    order.attendees[0].email = None
    for _ in range(2):
        assert order_mails.send_receipts(order)
        order_mails.send_again(order)
    assert queued(world.session) == []


def test_statements_do_not_grow_with_the_guests(world: World, count_queries: Any):
    numbers = []
    for seats in (1, 30):
        order = make_order(world.session, world.paid, seats=seats, user_id=world.buyer.id)
        with count_queries() as statements:
            order_mails.send_again(order)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_the_demo_tells_nobody(session: Any):
    demo.load()
    assert queued(session) == []
