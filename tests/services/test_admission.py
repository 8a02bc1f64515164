"""What all doors share."""

from datetime import timedelta

import pytest

from app.clock import utcnow
from app.errors import OrderNotPaid
from app.models import Movement
from app.models.movements import DESK, IN
from app.services import admission, integrity
from app.services.admission import AHEAD, OUTSIDE
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_attendee

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "word"),
    [("pending", "unpaid"), ("expired", "unpaid"), ("cancelled", "cancelled"), ("initializing", "unpaid")],
)
def test_whose_order_does_not_admit_him(world: World, status: str, word: str):
    world.order.status = status
    with pytest.raises(OrderNotPaid, match=status):
        admission.require(Ledger(world.attendee))
    assert admission.unpaid(Ledger(world.attendee)) == word


def test_who_may_come_in(world: World):
    admission.require(Ledger(world.attendee))
    with pytest.raises(OrderNotPaid, match="no order"):
        admission.require(Ledger(make_attendee(world.session, world.paid)))


def test_which_times_are_believed(world: World):
    event, now = world.event, utcnow()
    event.starts_at, event.ends_at = now - timedelta(days=3), now - timedelta(days=2)
    first, last = event.starts_at - OUTSIDE, event.ends_at + OUTSIDE
    told = [admission.is_believable(moment, event, now) for moment in (first - SECOND, first, last, last + SECOND)]
    assert told == [False, True, True, False]
    event.ends_at = now + timedelta(days=1)
    assert admission.is_believable(now + AHEAD, event, now)
    assert not admission.is_believable(now + AHEAD + SECOND, event, now)


@pytest.mark.parametrize(
    ("sent", "name"),
    [("Gate 1", "Gate 1"), (" Gate 1, North ", "Gate 1  North"), (" ,", None), ("", None), ("x" * 300, "x" * 255)],
)
def test_what_a_device_is_called(sent: str, name: str | None):
    assert admission.one_name(sent) == name


def test_a_refusal_is_kept_and_changes_nothing(world: World):
    admission.refuse(
        Ledger(world.attendee), Origin(DESK, world.registrar.id, utcnow()), IN, reason="unpaid", device="Gate 1"
    )
    [row] = world.session.query(Movement)
    assert (row.verdict, row.told, row.reason, row.told_reason, row.device) == (
        "refused", "refused", "unpaid", "unpaid", "Gate 1",
    )  # fmt: skip
    assert not world.attendee.is_checked_in
    assert integrity.report() == []
