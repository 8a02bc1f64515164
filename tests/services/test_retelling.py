"""Stories told anew after an event's days have changed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, DESK, IN
from app.services import integrity, occupancy, retelling
from app.services.ledger import Ledger, Origin
from tests.factories import World, make_order

EVENING = datetime(2026, 11, 21, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def guests(world: World) -> list[TicketHolder]:
    """Some who were scanned before and after midnight, in the middle of an event of several days."""
    world.event.timezone, world.event.starts_at, world.event.ends_at = "UTC", EVENING, EVENING + 60 * HOUR
    guests = list(make_order(world.session, world.free, 3).attendees)
    for guest in guests:
        for hours in (1, 5):
            book, at = Ledger(guest), EVENING + hours * HOUR
            book.scan(Origin(DESK, None, at), IN, at)
            book.write()
    return guests


def entries(world: World) -> int:
    return len(list(world.session.scalars(select(Movement).where(Movement.verdict == ACCEPTED))))


def test_a_party_that_ends_at_four_after_all(world: World, guests: list[TicketHolder]):
    assert entries(world) == 3 * len(guests), "each entered twice, and has left in between"
    world.event.ends_at = EVENING + 8 * HOUR
    assert ("attendee-verdicts", 3) in [(finding.rule, finding.count) for finding in integrity.report()]
    assert retelling.retell(0) == (len(guests), guests[-1].id)
    assert entries(world) == len(guests)
    assert occupancy.by_place(world.event.id)[None, None] == occupancy.Count(3, 0)
    assert integrity.report() == []
    assert retelling.retell(0) == (0, guests[-1].id), "once is enough"


def test_some_guests_at_a_time(world: World, guests: list[TicketHolder], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retelling, "GUESTS", 2)
    world.event.ends_at = EVENING + 8 * HOUR
    assert retelling.retell(0) == (2, guests[1].id)
    assert retelling.retell(guests[1].id) == (1, guests[2].id)
    assert retelling.retell(guests[2].id) == (0, None)
    assert integrity.report() == []
