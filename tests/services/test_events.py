"""What makes an event valid, who owns a new one, and what keeps it alive."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.errors import Conflict, Invalid, NotFound
from app.models.orders import HOLDING, STATUSES
from app.services import events
from tests.factories import World, make_event, make_order, make_ticket


def facts(**changes: Any) -> dict[str, Any]:
    now = utcnow()
    return {"name": "Fair", "starts_at": now, "ends_at": now + timedelta(days=2), "timezone": "Europe/Berlin"} | changes


def test_who_creates_an_event_owns_it(world: World):
    event = events.create(facts(), owner_id=world.stranger.id)
    assert [(grant.user_id, grant.role.name) for grant in event.roles] == [(world.stranger.id, "owner")]
    assert (event.state, event.privacy, event.payment_currency) == ("draft", "public", "USD")


def test_identifiers_are_never_all_digits(world: World):
    identifiers = {make_event(world.session).identifier for _ in range(60)}
    assert len(identifiers) == 60
    assert all(len(identifier) == 8 and not identifier.isdecimal() for identifier in identifiers)


@pytest.mark.parametrize(
    "timezone",
    [
        "Nowhere/City",
        "",
        "Europe",
        "../../etc/passwd",
        "/etc/localtime",
        "a\x00b",
        "x" * 5000,
        "\ud800",
        "tzdata.zi",
        ".",
    ],
)
def test_an_unknown_time_zone(world: World, timezone: str):
    with pytest.raises(Invalid, match="Unknown timezone") as refused:
        events.create(facts(timezone=timezone), owner_id=world.owner.id)
    assert refused.value.pointer == "/data/attributes/timezone"


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Argentina/Ushuaia"])
def test_known_time_zones(world: World, timezone: str):
    assert events.create(facts(timezone=timezone), owner_id=world.owner.id).timezone == timezone


@pytest.mark.parametrize("lasts", [timedelta(0), -timedelta(seconds=1), timedelta(days=20, seconds=1)])
def test_an_event_that_lasts_too_short_or_too_long(world: World, lasts: timedelta):
    now = utcnow()
    with pytest.raises(Invalid) as refused:
        events.create(facts(starts_at=now, ends_at=now + lasts), owner_id=world.owner.id)
    assert refused.value.pointer == "/data/attributes/ends-at"


def test_twenty_days_are_allowed(world: World):
    now: datetime = utcnow()
    events.create(facts(starts_at=now, ends_at=now + timedelta(days=20)), owner_id=world.owner.id)


def test_a_change_is_checked_together_with_what_is_stored(world: World):
    with pytest.raises(Invalid):
        events.update(world.event, {"starts_at": world.event.ends_at})
    with pytest.raises(Invalid):
        events.update(world.event, {"timezone": "Nowhere/City"})
    events.update(world.event, {"starts_at": world.event.ends_at, "ends_at": world.event.ends_at + timedelta(days=1)})


def test_only_what_changes_is_checked(world: World):
    long = make_event(world.session, ends_at=world.event.starts_at + timedelta(days=90))
    events.update(long, {"name": "New"})


@pytest.mark.parametrize("status", STATUSES)
def test_deletion_waits_for_running_orders(world: World, status: str):
    event = make_event(world.session)
    make_order(world.session, make_ticket(world.session, event), status=status)
    if status in HOLDING:
        with pytest.raises(Conflict, match="has orders"):
            events.delete(event)
        assert event.deleted_at is None
    else:
        events.delete(event)
        assert event.deleted_at is not None


def test_an_event_that_somebody_names_by_its_id(world: World):
    events.require_known(world.event.id)
    with pytest.raises(NotFound, match="no event with the id 0"):
        events.require_known(0)
