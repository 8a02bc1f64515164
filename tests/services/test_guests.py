"""Whom a scan names, and whether it is the one that has its name."""

from typing import Any

from app.clock import utcnow
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, BATCH, IN, OUT, REFUSED
from app.services import guests, ticket_secrets
from app.services.batches import Scan
from app.services.ledger import Origin
from tests.factories import World, make_attendee


def scan(direction: str = IN, **facts: Any) -> Scan:
    return Scan("7", direction, utcnow(), **facts)


def meant(scan: Scan) -> TicketHolder | None:
    return guests.named_by([scan]).meant(scan)


def is_kept(scan: Scan, row: Movement) -> bool:
    return guests.named_by([scan]).is_kept_as(scan, row)


def test_a_code_names_whom_it_was_printed_for(world: World):
    first, second = world.order.attendees
    code = world.order.door_code(first.id)
    assert meant(scan(secret=code)) is first
    assert meant(scan(secret=f"x{code}")) is None
    assert meant(scan(secret=world.order.door_code(second.id))) is second
    without = make_attendee(world.session, world.free)
    assert meant(scan(secret=f"{world.order.identifier}-{without.id}")) is None, "who has no order has no code"
    assert meant(scan(attendee_id=first.id)) is first


def test_a_random_secret_names_its_holder(world: World):
    first, second = world.order.attendees
    assert first.secret != second.secret
    assert meant(scan(secret=second.secret)) is second
    for nobodys in (second.secret[:-1], second.secret.upper(), f"{second.secret}0", "0" * 40, ""):
        assert meant(scan(secret=nobodys)) is None


def test_a_code_that_was_replaced_still_means_its_guest_and_is_revoked(world: World):
    guest = world.attendee
    former, printed = guest.secret, world.order.door_code(guest.id)
    ticket_secrets.rotate(guest, revoked_by_id=None)
    ticket_secrets.rotate(guest, revoked_by_id=None)
    for code, is_good in ((former, False), (printed, False), (guest.secret, True)):
        named = guests.named_by([scan(secret=code)])
        assert named.meant(scan(secret=code)) is guest
        assert (named.revoked_at(scan(secret=code), guest) is None) == is_good
    by_id = scan(attendee_id=guest.id)
    assert guests.named_by([by_id]).revoked_at(by_id, guest) is None


def test_a_secret_that_is_replaced_while_one_waits_is_revoked(world: World):
    guest = world.attendee
    read = scan(secret=guest.secret)
    named = guests.named_by([read])
    ticket_secrets.rotate(guest, revoked_by_id=None)
    assert named.revoked_at(read, guest) is not None


def test_only_random_secrets_cost_a_statement_more(world: World, count_queries: Any):
    code, secret = world.order.door_code(world.attendee.id), world.attendee.secret
    for read, expected in ((scan(attendee_id=world.attendee.id), 1), (scan(secret=code), 1), (scan(secret=secret), 2)):
        with count_queries() as statements:
            guests.named_by([read])
        assert len(statements) == expected


def test_locked_are_the_living(world: World):
    first, second = world.order.attendees
    second.deleted_at = utcnow()
    world.session.flush()
    assert guests.locked({first.id, second.id, 0}) == {first.id: first}
    assert guests.locked(set()) == {}


def test_the_same_scan_again(world: World):
    """By id or by a code, as long as it is the guest, the way and the place; also when the code is good no more."""
    first, second = world.order.attendees
    row = Movement(attendee_id=first.id, direction=IN, microlocation_id=3, told=ACCEPTED)
    code = world.order.door_code(first.id)
    ways = ({"attendee_id": first.id}, {"secret": code}, {"secret": first.secret})
    for same in ways:
        assert is_kept(scan(microlocation_id=3, **same), row)
    ticket_secrets.rotate(first, revoked_by_id=None)
    for same in ways:
        assert is_kept(scan(microlocation_id=3, **same), row)
    assert not is_kept(scan(OUT, microlocation_id=3, attendee_id=first.id), row)
    assert not is_kept(scan(attendee_id=first.id), row)
    assert not is_kept(scan(microlocation_id=3, secret=f"x{code}"), row)
    assert not is_kept(scan(microlocation_id=3, secret=second.secret), row)
    assert not is_kept(scan(microlocation_id=3, attendee_id=second.id), row)
    first.deleted_at = utcnow()
    world.session.flush()
    for same in ways:
        assert is_kept(scan(microlocation_id=3, **same), row), "he was deleted since"


def test_a_row_that_was_refused_may_have_lost_its_room(world: World):
    row = Movement(direction=IN, told=REFUSED, scanned="nobody's")
    assert is_kept(scan(microlocation_id=3, secret="nobody's"), row)
    assert not is_kept(scan(secret="another"), row)


def test_who_is_unknown_is_kept(world: World):
    now = utcnow()
    origin = Origin(BATCH, world.registrar.id, now)
    row = guests.keep_unknown(origin, scan(OUT, secret="nobody's"), now, event_id=world.event.id, gate="North")
    world.session.flush()
    assert (row.attendee_id, row.scanned, row.gate, row.direction) == (None, "nobody's", "North", OUT)
    assert (row.verdict, row.reason, row.told, row.told_reason) == (REFUSED, "unknown", REFUSED, "unknown")
    assert (row.occurred_at, row.source, row.recorded_by_id) == (now, BATCH, world.registrar.id)
