"""What may become of an order: every from × to × person × paid or free, then payment, billing and edits."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from app.clock import utcnow
from app.errors import Conflict, DomainError, Forbidden, Invalid
from app.models import Order
from app.models.attendees import NAMELESS
from app.models.orders import (
    CANCELLED,
    COMPLETED,
    EXPIRED,
    HOLDING,
    INITIALIZING,
    PAYMENT_MODES,
    PENDING,
    PLACED,
    STATUSES,
)
from app.services import custom_forms, integrity, order_changes
from app.services.order_changes import Editor
from tests.factories import World, make_order

HELD_FOR = timedelta(minutes=15)
BUYER, TEAM, STAFF = Editor(is_buyer=True), Editor(is_team=True), Editor(is_staff=True)
BOTH = Editor(is_buyer=True, is_team=True)
WHO = {"buyer": BUYER, "team": TEAM, "buyer+team": BOTH, "staff": STAFF}
STATUSES_IN_ORDER = (INITIALIZING, PENDING, PLACED, COMPLETED, CANCELLED, EXPIRED)
SEATS = 2

# What somebody gets who moves an order to each of STATUSES_IN_ORDER; a dot is no move at all.
CELLS = """
    who             from           paid                         free
    buyer           initializing   .   ok  ok  403 ok  409      .   ok  ok  ok  ok  409
    buyer           pending        409 .   ok  403 ok  409      409 .   ok  ok  ok  409
    buyer           placed         403 403 .   403 403 403      403 403 .   403 403 403
    buyer           completed      403 403 403 .   403 403      403 403 403 .   403 403
    buyer           cancelled      403 403 403 403 .   403      403 403 403 403 .   403
    buyer           expired        403 403 403 403 403 .        403 403 403 403 403 .
    team            initializing   .   409 ok  ok  ok  409      .   409 ok  ok  ok  409
    team            pending        409 .   ok  ok  ok  409      409 .   ok  ok  ok  409
    team            placed         409 409 .   ok  ok  409      409 409 .   ok  ok  409
    team            completed      403 403 403 .   403 403      409 409 409 .   ok  409
    team            cancelled      403 403 403 403 .   403      403 403 403 403 .   403
    team            expired        403 403 403 403 403 .        403 403 403 403 403 .
    buyer+team      initializing   .   ok  ok  ok  ok  409      .   ok  ok  ok  ok  409
    buyer+team      pending        409 .   ok  ok  ok  409      409 .   ok  ok  ok  409
    buyer+team      placed         409 409 .   ok  ok  409      409 409 .   ok  ok  409
    buyer+team      completed      403 403 403 .   403 403      409 409 409 .   ok  409
    buyer+team      cancelled      403 403 403 403 .   403      403 403 403 403 .   403
    buyer+team      expired        403 403 403 403 403 .        403 403 403 403 403 .
    staff           initializing   .   ok  ok  ok  ok  409      .   ok  ok  ok  ok  409
    staff           pending        409 .   ok  ok  ok  409      409 .   ok  ok  ok  409
    staff           placed         409 409 .   ok  ok  409      409 409 .   ok  ok  409
    staff           completed      409 409 409 .   ok  409      409 409 409 .   ok  409
    staff           cancelled      409 409 409 409 .   409      409 409 409 409 .   409
    staff           expired        409 409 409 409 409 .        409 409 409 409 409 .
"""


def cells() -> list[tuple[str, str, str, bool, str]]:
    """who, from, to, whether something is to be paid, the answer."""
    found = []
    for line in CELLS.strip().splitlines()[1:]:
        who, status, *answers = line.split()
        columns = product((True, False), STATUSES_IN_ORDER)
        found += [(who, status, target, paid, answer) for (paid, target), answer in zip(columns, answers, strict=True)]
    return found


def order_in(world: World, status: str, *, paid: bool = True, **facts: Any) -> Order:
    facts = {"user_id": world.buyer.id, "payment_mode": "onsite"} | facts
    return make_order(world.session, world.paid if paid else world.free, seats=SEATS, status=status, **facts)


def change(order: Order, editor: Editor, **data: Any) -> None:
    order_changes.change(order, data, editor, held_for=HELD_FOR)
    assert data == {}


def test_every_cell_is_in_the_table():
    asked = {(who, status, target, paid) for who, status, target, paid, _ in cells()}
    assert asked == set(product(WHO, STATUSES, STATUSES, (True, False)))
    assert set(STATUSES_IN_ORDER) == set(STATUSES)


@pytest.mark.parametrize(("who", "status", "target", "paid", "answer"), cells())
def test_moves(world: World, who: str, status: str, target: str, paid: bool, answer: str):
    order = order_in(world, status, paid=paid)
    ticket = world.paid if paid else world.free
    world.session.expire_all()
    sold, completed_at = ticket.sold, order.completed_at
    if answer in {"ok", "."}:
        change(order, WHO[who], status=target)
        assert order.status == target
    else:
        with pytest.raises(DomainError) as caught:
            change(order, WHO[who], status=target)
        assert caught.value.status == int(answer)
        assert caught.value.pointer == "/data/attributes/status"
        assert order.status == status
    world.session.expire_all()
    freed = SEATS if order.status != status and target == CANCELLED else 0
    assert ticket.sold == sold - freed
    assert (order.completed_at != completed_at) == (order.status != status and target == COMPLETED)
    assert len(order.attendees) == SEATS
    assert all(attendee.deleted_at is None for attendee in order.attendees)
    assert integrity.report() == []


def refused(order: Order, editor: Editor, kind: type[DomainError], **data: Any) -> str:
    with pytest.raises(kind) as caught:
        order_changes.change(order, data, editor, held_for=HELD_FOR)
    assert type(caught.value) is kind
    return str(caught.value)


def test_the_contracts_words(world: World):
    words = "You cannot update the status of a"
    assert (
        refused(order_in(world, COMPLETED), TEAM, Forbidden, status=CANCELLED)
        == f"{words} completed paid order. Ask the server's staff."
    )
    assert (
        refused(order_in(world, CANCELLED), TEAM, Forbidden, status=PLACED)
        == f"{words} cancelled order. Make a new one."
    )
    assert (
        refused(order_in(world, CANCELLED), STAFF, Conflict, status=PLACED)
        == f"{words} cancelled order. Make a new one."
    )
    assert (
        refused(order_in(world, EXPIRED), TEAM, Forbidden, status=COMPLETED)
        == f"{words}n expired order. Make a new one."
    )
    words = "You cannot update a non-initialized or non-pending order. Ask an organizer of the event."
    assert refused(order_in(world, PLACED), BUYER, Forbidden, status=CANCELLED) == words
    assert refused(order_in(world, PLACED), BUYER, Forbidden, company="Acme") == words
    words = "You cannot update company of an order. Leave it out."
    assert refused(order_in(world, PENDING), TEAM, Forbidden, company="x") == words


def test_nobody_is_nothing(world: World):
    refused(order_in(world, INITIALIZING), Editor(), Forbidden, status=COMPLETED)
    refused(order_in(world, INITIALIZING), Editor(), Forbidden, company="Acme")


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "minutes", "is_over"), [(INITIALIZING, 14, False), (INITIALIZING, 16, True), (PENDING, 44, False),
                                       (PENDING, 46, True), (PLACED, 10**6, False)]
)  # fmt: skip
def test_an_overdue_order_counts_as_expired_before_anybody_ends_it(
    world: World, status: str, minutes: int, is_over: bool
):
    order = order_in(world, status, created_at=utcnow() - timedelta(minutes=minutes))
    if not is_over:
        change(order, BOTH, status=COMPLETED)
        return
    for editor, kind in ((BUYER, Forbidden), (TEAM, Forbidden), (STAFF, Conflict)):
        for target in (PLACED, COMPLETED, CANCELLED):
            refused(order, editor, kind, status=target)
    refused(order, BUYER, Forbidden, company="Acme")
    change(order, BUYER, status=status)


def test_at_the_door_a_pending_order_waits(world: World):
    order = order_in(world, PENDING, created_at=utcnow() - timedelta(days=1), sold_by_id=world.registrar.id)
    change(order, TEAM, status=COMPLETED)


def test_completed_at_is_set_once(world: World):
    order = order_in(world, PLACED)
    change(order, TEAM, status=COMPLETED)
    then = order.completed_at
    assert then is not None
    change(order, TEAM, status=COMPLETED, order_notes="paid in coins")
    assert order.completed_at == then
    change(order, STAFF, status=CANCELLED)
    assert order.completed_at == then


# --- payment ------------------------------------------------------------------------------------------------------

MODES = [mode for mode in PAYMENT_MODES if mode != "free"]


@pytest.mark.parametrize("mode", MODES)
def test_a_payment_mode_must_be_one_that_the_event_takes(world: World, mode: str):
    for name in order_changes.ENABLED_BY.values():
        setattr(world.event, name, False)
    order = order_in(world, INITIALIZING, payment_mode=None)
    refused(order, BUYER, Invalid, payment_mode=mode)
    refused(order, BUYER, Invalid, payment_mode=mode, status=PENDING)
    setattr(world.event, order_changes.ENABLED_BY[mode], True)
    change(order, BUYER, payment_mode=mode, status=PENDING)
    assert order.payment_mode == mode


def test_every_payment_mode_has_a_switch(world: World):
    assert set(order_changes.ENABLED_BY) == set(MODES)
    assert all(hasattr(world.event, name) for name in order_changes.ENABLED_BY.values())


def test_a_mode_that_is_not_taken_any_more_ends_nothing_that_has_been_placed(world: World):
    order = order_in(world, PLACED, payment_mode="bank")
    change(order, TEAM, status=COMPLETED)
    refused(order_in(world, PENDING, payment_mode="bank"), BUYER, Invalid, status=PLACED)


def test_free_is_for_orders_that_cost_nothing(world: World):
    for editor, target in product((BUYER, TEAM, STAFF), (INITIALIZING, PLACED, COMPLETED)):
        order = order_in(world, INITIALIZING, payment_mode=None)
        with pytest.raises((Invalid, Forbidden)):
            order_changes.change(order, {"payment_mode": "free", "status": target}, editor, held_for=HELD_FOR)
        world.session.refresh(order)
        assert order.status == INITIALIZING
    order = order_in(world, INITIALIZING, payment_mode=None)
    assert "free" in refused(order, TEAM, Invalid, payment_mode="free", status=COMPLETED)
    free = order_in(world, INITIALIZING, paid=False, payment_mode=None)
    change(free, BUYER, payment_mode="free", status=COMPLETED)
    assert (free.status, free.payment_mode) == (COMPLETED, "free")


def test_placed_means_that_it_will_be_paid_offline(world: World):
    world.event.can_pay_by_paypal = world.event.can_pay_by_bank = True
    for mode in (None, "paypal"):
        refused(order_in(world, INITIALIZING, payment_mode=None), BUYER, Invalid, payment_mode=mode, status=PLACED)
    order = order_in(world, INITIALIZING, payment_mode=None)
    change(order, BUYER, payment_mode="bank", status=PLACED)
    assert (order.status, order.payment_mode, order.completed_at) == (PLACED, "bank", None)


def test_the_team_completes_on_behalf_of_a_guest(world: World):
    world.event.can_pay_onsite = False  # online; the team holds the cash box all the same
    for status, editor in product((INITIALIZING, PENDING, PLACED), (TEAM, STAFF)):
        order = order_in(world, status, payment_mode=None)
        change(order, editor, status=COMPLETED, payment_mode="onsite")
        assert (order.status, order.payment_mode) == (COMPLETED, "onsite")


@pytest.mark.parametrize(("paid", "mode"), [(True, "onsite"), (False, "free")])
def test_a_completed_order_has_a_payment_mode(world: World, paid: bool, mode: str):
    order = order_in(world, INITIALIZING, paid=paid, payment_mode=None)
    change(order, TEAM, status=COMPLETED)
    assert order.payment_mode == mode


COMPLETE = {"company": "Acme", "address": "Street 1", "city": "Berlin", "zipcode": "10115", "country": "DE"}


@pytest.mark.parametrize("target", [PENDING, PLACED])
def test_billing_information_comes_from_the_stored_order(world: World, target: str):
    world.event.is_billing_info_mandatory = True
    order = order_in(world, INITIALIZING)
    assert refused(order, BUYER, Invalid, status=target).startswith("Billing information is mandatory for this order. ")
    change(order, BUYER, is_billing_enabled=True)
    for missing in COMPLETE:
        change(order, BUYER, **COMPLETE | {missing: ""})
        assert refused(order, BUYER, Invalid, status=target).startswith("Billing information incomplete. ")
    change(order, BUYER, **COMPLETE)
    change(order, BUYER, status=target)


def test_billing_information_that_the_buyer_wants_is_complete(world: World):
    order = order_in(world, INITIALIZING)
    assert "incomplete" in refused(order, BUYER, Invalid, status=PENDING, is_billing_enabled=True)
    world.session.refresh(order)
    change(order, BUYER, status=PENDING, is_billing_enabled=True, **COMPLETE)


def test_billing_information_is_not_asked_for_what_costs_nothing_nor_at_the_door(world: World):
    world.event.is_billing_info_mandatory = True
    change(order_in(world, INITIALIZING, paid=False, payment_mode=None), BUYER, status=COMPLETED)
    change(order_in(world, INITIALIZING), TEAM, status=COMPLETED, payment_mode="onsite")
    change(order_in(world, INITIALIZING), BUYER, status=CANCELLED)
    change(order_in(world, PLACED), TEAM, status=COMPLETED)
    world.event.can_pay_by_bank = True
    refused(order_in(world, PENDING, payment_mode=None), TEAM, Invalid, status=COMPLETED, payment_mode="bank")


# --- edits --------------------------------------------------------------------------------------------------------

EDITS = {
    "company": "Acme",
    "address": "Street 1",
    "city": "Berlin",
    "zipcode": "10115",
    "country": "DE",
    "state": "BE",
    "tax_business_info": "DE1",
    "is_billing_enabled": True,
    "payment_mode": "onsite",
    "order_notes": "window seat",
    "cancel_note": "ill",
}


def test_every_attribute_is_tried_here():
    assert set(EDITS) == set(order_changes.CHANGEABLE)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("status", [INITIALIZING, PENDING, PLACED, COMPLETED, CANCELLED, EXPIRED])
@pytest.mark.parametrize("who", WHO)
def test_who_edits_what(world: World, who: str, status: str, name: str):
    editor = WHO[who]
    allowed = {
        "buyer": name != "cancel_note" and status in (INITIALIZING, PENDING),
        "team": name == "order_notes",
        "buyer+team": name == "order_notes" or (name != "cancel_note" and status in (INITIALIZING, PENDING)),
        "staff": name != "cancel_note",
    }[who]
    order = order_in(world, status, payment_mode=None)
    if allowed:
        change(order, editor, **{name: EDITS[name]})
        assert getattr(order, name) == EDITS[name]
        return
    with pytest.raises(Forbidden) as caught:
        order_changes.change(order, {name: EDITS[name]}, editor, held_for=HELD_FOR)
    assert caught.value.pointer == f"/data/attributes/{name.replace('_', '-')}"
    assert getattr(order, name) in (None, False)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("status", STATUSES)
def test_an_order_sent_back_as_it_is_asks_for_nothing(world: World, who: str, status: str):
    order = order_in(world, status, **{name: value for name, value in EDITS.items() if status in HOLDING})
    sent = {name: getattr(order, name) for name in EDITS}
    before = dict(sent)
    change(order, WHO[who], status=status, **sent)
    assert {name: getattr(order, name) for name in EDITS} == before


def test_false_and_nothing_are_values(world: World):
    order = order_in(world, INITIALIZING, company="Acme", is_billing_enabled=True, city="Berlin")
    change(order, BUYER, company="", is_billing_enabled=False, city=None, payment_mode=None)
    assert (order.company, order.is_billing_enabled, order.city, order.payment_mode) == ("", False, None, None)
    placed = order_in(world, PLACED, is_billing_enabled=True, company="Acme")
    for falsy in ({"is_billing_enabled": False}, {"company": ""}, {"company": None}):
        refused(placed, BUYER, Forbidden, **falsy)


def test_the_teams_notes_are_added_to_those_there(world: World):
    order = order_in(world, PLACED, order_notes="window seat")
    change(order, TEAM, order_notes="paid in coins")
    change(order, STAFF, order_notes="window seat,paid in coins")
    change(order, TEAM, order_notes=None)
    assert order.order_notes == "window seat,paid in coins"


def test_the_payment_mode_is_the_teams_when_the_order_is_placed_or_completed(world: World):
    refused(order_in(world, PENDING, payment_mode="bank"), TEAM, Forbidden, payment_mode="onsite")
    refused(order_in(world, PENDING, payment_mode="bank"), TEAM, Forbidden, payment_mode="onsite", status=CANCELLED)
    order = order_in(world, PENDING, payment_mode="bank")
    change(order, TEAM, payment_mode="onsite", status=PLACED)
    assert order.payment_mode == "onsite"


@pytest.mark.parametrize("who", WHO)
def test_who_cancels_may_say_why(world: World, who: str):
    order = order_in(world, PENDING)
    change(order, WHO[who], status=CANCELLED, cancel_note="ill")
    assert (order.status, order.cancel_note) == (CANCELLED, "ill")


# --- attendees ----------------------------------------------------------------------------------------------------


def unnamed_order(world: World, status: str = INITIALIZING) -> Order:
    custom_forms.create_fixed(world.event.id)
    order = order_in(world, status, paid=False)
    for attendee in order.attendees:
        attendee.firstname, attendee.lastname, attendee.email = NAMELESS, None, None
    world.session.flush()
    return order


@pytest.mark.parametrize("target", [PENDING, PLACED, COMPLETED])
def test_a_buyer_fills_everybody_in_first(world: World, target: str):
    order = unnamed_order(world)
    with pytest.raises(Invalid, match="Missing required fields") as refused:
        change(order, BUYER, status=target)
    assert refused.value.pointer == "/data/attributes"
    assert order.status == INITIALIZING
    for attendee in order.attendees:
        attendee.firstname, attendee.lastname, attendee.email = "Ada", "Lovelace", "ada@example.org"
    world.session.flush()
    change(order, BUYER, status=target)
    assert order.status == target


def test_a_buyer_who_gives_up_is_not_asked(world: World):
    order = unnamed_order(world)
    change(order, BUYER, company="Acme")
    change(order, BUYER, status=CANCELLED)


@pytest.mark.parametrize("who", ["team", "buyer+team", "staff"])
def test_the_team_is_not_asked(world: World, who: str):
    change(unnamed_order(world), WHO[who], status=COMPLETED, payment_mode="onsite")


def test_nobody_is_asked_when_the_event_has_no_forms(world: World):
    world.event.is_ticket_form_enabled = False
    change(unnamed_order(world), BUYER, status=COMPLETED)


def test_a_buyer_who_cannot_fill_anybody_in_any_more_is_not_asked(world: World):
    change(unnamed_order(world, PENDING), BUYER, status=PLACED)
