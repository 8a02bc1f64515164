"""What may be offered for sale, and what may be changed once it is sold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.clock import utcnow
from app.errors import Conflict, Forbidden, Invalid
from app.models import Event, Ticket
from app.models.orders import HOLDING, STATUSES
from app.services import tickets
from tests.factories import World, make_attendee, make_event, make_order, make_ticket


def offer(event: Event, **facts: Any) -> dict[str, Any]:
    """The data of a creation, as the schema gives it."""
    return {
        "event_id": event.id,
        "event": event,
        "name": "Early bird",
        "type": "free",
        "sales_starts_at": event.starts_at,
        "sales_ends_at": event.ends_at,
    } | facts


def test_defaults(world: World):
    ticket = tickets.create(world.event, offer(world.event))
    assert (ticket.price, ticket.min_price, ticket.max_price) == (0, 0, None)
    assert (ticket.quantity, ticket.sold, ticket.min_order, ticket.max_order) == (100, 0, 1, 10)
    assert (ticket.is_hidden, ticket.is_checkin_restricted, ticket.position) == (False, True, 1)


@pytest.mark.parametrize(
    ("facts", "pointer", "words"),
    [
        ({"type": "gold"}, "type", "Unknown ticket type"),
        ({"type": "paid"}, "price", "greater than 0"),
        ({"type": "paidRegistration", "price": Decimal(0)}, "price", "greater than 0"),
        ({"min_order": 3, "max_order": 2}, "max-order", "greater than or equal to min-order"),
        ({"min_order": 11}, "max-order", "greater than or equal to min-order"),
        ({"quantity": 0}, "quantity", "greater than 0"),
        ({"quantity": 5, "max_order": 6}, "quantity", "greater than or equal to max-order"),
        ({"quantity": 5, "min_order": 6, "max_order": 6}, "quantity", "greater than or equal to min-order"),
        (
            {"type": "donation", "min_price": Decimal(9), "max_price": Decimal(8)},
            "min-price",
            "lesser than or equal to max-price",
        ),
    ],
)
def test_what_contradicts_itself(world: World, facts: dict[str, Any], pointer: str, words: str):
    with pytest.raises(Invalid, match=words) as refused:
        tickets.create(world.event, offer(world.event, **facts))
    assert refused.value.pointer == f"/data/attributes/{pointer}"


def test_sales_times(world: World):
    event = world.event
    for facts in ({"sales_ends_at": event.starts_at}, {"sales_ends_at": event.ends_at + timedelta(seconds=1)}):
        with pytest.raises(Invalid) as refused:
            tickets.create(event, offer(event, **facts))
        assert refused.value.pointer == "/data/attributes/sales-ends-at"


def test_fewer_seats_than_the_default_limit_of_an_order_are_no_contradiction(world: World):
    assert tickets.create(world.event, offer(world.event, quantity=2)).max_order == 10


@pytest.mark.parametrize("kind", ["paid", "donation", "paidRegistration", "donationRegistration"])
def test_payment_needs_a_way_to_pay(world: World, kind: str):
    event = make_event(world.session, can_pay_onsite=False)
    facts = {"type": kind, "price": Decimal(5)}
    with pytest.raises(Invalid, match="must have a payment method") as refused:
        tickets.create(event, offer(event, **facts))
    assert refused.value.pointer == "/data/attributes/type"
    event.can_pay_by_bank = True
    assert tickets.create(event, offer(event, **facts)).type == kind


def test_a_name_is_taken_until_its_ticket_is_deleted(world: World):
    with pytest.raises(Conflict, match="Ticket already exists") as refused:
        tickets.create(world.event, offer(world.event, name="Free"))
    assert refused.value.pointer == "/data/attributes/name"
    with pytest.raises(Conflict):
        tickets.update(world.paid, {"name": "Free"})
    tickets.update(world.free, {"name": "Free"})
    other = make_event(world.session)
    tickets.create(other, offer(other, name="Free"))
    tickets.delete(world.free)
    tickets.create(world.event, offer(world.event, name="Free"))


def test_a_quantity_below_what_is_sold(world: World):
    assert world.paid.sold == 2
    with pytest.raises(Conflict, match="2 of this ticket are sold") as refused:
        tickets.update(world.paid, {"quantity": 1})
    assert refused.value.pointer == "/data/attributes/quantity"
    tickets.update(world.paid, {"quantity": 2})


def test_only_what_changes_is_checked(world: World):
    """Rules that came later, or an event that moved, must not keep anybody from renaming."""
    ticket = make_ticket(world.session, world.event, sales_ends_at=world.event.ends_at + timedelta(days=9))
    tickets.update(ticket, {"name": "New", "description": None, "sales_ends_at": ticket.sales_ends_at})
    with pytest.raises(Invalid):
        tickets.update(ticket, {"sales_ends_at": ticket.sales_ends_at + timedelta(days=1)})


def test_a_change_is_checked_together_with_what_is_stored(world: World):
    with pytest.raises(Invalid):
        tickets.update(world.free, {"min_order": 11})
    tickets.update(world.free, {"min_order": 11, "max_order": 12})
    with pytest.raises(Invalid):
        tickets.update(world.paid, {"price": Decimal(0)})


@pytest.mark.parametrize("status", STATUSES)
def test_deletion_waits_for_running_orders(world: World, status: str):
    ticket = make_ticket(world.session, world.event)
    make_order(world.session, ticket, status=status)
    if status in HOLDING:
        with pytest.raises(Forbidden, match="has sales"):
            tickets.delete(ticket)
        assert ticket.deleted_at is None
    else:
        tickets.delete(ticket)
        assert ticket.deleted_at is not None


def test_deletion_waits_for_attendees_without_an_order(world: World):
    attendee = make_attendee(world.session, world.free)
    with pytest.raises(Forbidden):
        tickets.delete(world.free)
    attendee.deleted_at = world.event.starts_at
    tickets.delete(world.free)
    assert world.session.get(Ticket, world.free.id).deleted_at is not None


def test_a_ticket_is_on_sale_or_says_why_not(world: World):
    now, minute = utcnow(), timedelta(minutes=1)
    tickets.require_on_sale(world.event, world.free, pointer="/x")
    for facts, reason in (
        ({"sales_starts_at": now + minute}, "its sale begins at"),
        ({"sales_ends_at": now - minute}, "its sale has ended"),
        ({"is_hidden": True}, "it is not sold to everybody"),
    ):
        ticket = make_ticket(world.session, world.event, **facts)
        with pytest.raises(Invalid, match=reason) as caught:
            tickets.require_on_sale(world.event, ticket, pointer="/x")
        assert caught.value.pointer == "/x"
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    tickets.require_on_sale(world.event, hidden, pointer="/x", hidden_too=True)
    for facts, reason in (
        ({"state": "draft"}, "the event is not published"),
        ({"starts_at": now - 2 * minute, "ends_at": now - minute}, "the event is over"),
    ):
        event = make_event(world.session, **facts)
        ticket = make_ticket(world.session, event, sales_ends_at=now + minute)
        with pytest.raises(Invalid, match=reason):
            tickets.require_on_sale(event, ticket, pointer="/x", hidden_too=True)


def test_availability_counts_seats_whose_time_has_run_out_as_free(world: World):
    held_for = timedelta(minutes=15)
    make_order(world.session, world.free, seats=2, status="initializing", created_at=utcnow() - 2 * held_for)
    make_order(world.session, world.free, seats=3, status="initializing")
    found = tickets.availability(world.event, seen=Ticket.id == world.free.id, held_for=held_for)
    assert found == [(world.free, 97)]
