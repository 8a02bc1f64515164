"""Secrets of tickets: random from the start, replaced when somebody has lost one, and never good again."""

from sqlalchemy import select

from app.models import RevokedSecret, TicketHolder
from app.services import hashes, orders, papers, ticket_secrets
from app.services.orders import Item
from tests.factories import World, make_attendee, make_crowd
from tests.pdfs import qr_codes


def test_every_guest_has_one_however_he_was_made(world: World):
    orders.place_onsite(world.event, {"on_site_tickets": [Item(0, world.free.id, 3)]}, sold_by_id=world.registrar.id)
    make_crowd(world.session, world.free, 5)
    made = make_attendee(world.session, world.free)
    assert ticket_secrets.is_one(made.secret), "it is known without another look"
    found = world.session.scalars(select(TicketHolder.secret)).all()
    assert len(found) == len(set(found)) == 2 + 3 + 5 + 1
    assert all(map(ticket_secrets.is_one, found))
    assert len({secret[:8] for secret in found}) == len({secret[32:] for secret in found}) == len(found)


def test_what_a_secret_looks_like(world: World):
    assert not ticket_secrets.is_one(world.order.door_code(world.attendee.id))
    for other in ("", "a" * 39, "a" * 41, "A" * 40, "a" * 39 + "\n", "١" * 40):
        assert not ticket_secrets.is_one(other)


def test_another_one_ends_the_ones_before(world: World):
    guest = world.attendee
    first, printed = guest.secret, guest.code
    assert printed == world.order.door_code(guest.id)
    ticket_secrets.rotate(guest, revoked_by_id=world.registrar.id)
    second, since = guest.secret, guest.secret_rotated_at
    ticket_secrets.rotate(guest, revoked_by_id=None)
    assert len({first, second, guest.secret}) == 3
    assert guest.secret_rotated_at == since, "since then the printed code is no good"
    kept = world.session.scalars(select(RevokedSecret).order_by(RevokedSecret.id)).all()
    assert [row.secret_hash for row in kept] == [hashes.of_secret(first), hashes.of_secret(second)]
    assert [row.revoked_by_id for row in kept] == [world.registrar.id, None]
    assert {row.attendee_id for row in kept} == {guest.id}


def test_the_paper_shows_the_new_one(world: World):
    first, second = world.order.attendees
    ticket_secrets.rotate(second, revoked_by_id=None)
    codes = qr_codes(papers.tickets_of_order(world.order))
    assert codes == [world.order.door_code(first.id), second.secret]
    assert (first.code, second.code) == tuple(codes)
    assert make_attendee(world.session, world.free).code is None
