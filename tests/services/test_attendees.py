"""Attendees before their order exists, and guests without a name."""

from datetime import timedelta

import pytest

from app.clock import utcnow
from app.errors import Conflict, Invalid, NotFound, SoldOut
from app.models import TicketHolder
from app.services import attendees
from app.services.venue_door import Scanner
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.programme import make_parts


def create(world: World, ticket, *, sells=False, **data):
    facts = {"event_id": ticket.event_id, "ticket_id": ticket.id, **data}
    return attendees.create(world.event, facts, created_by_id=world.stranger.id, sells=sells)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Zoe", "Ada%", "Grace"]),
        ({"name": "GR"}, ["Grace"]),
        ({"name": "hopp"}, ["Zoe", "Grace"]),
        ({"name": "%"}, ["Ada%"]),
        ({"email": "EXAMPLE.org"}, ["Ada%", "Grace"]),
        ({"name": "hopp", "email": "grace"}, ["Grace"]),
        ({"name": "nobody"}, []),
    ],
)
def test_search_finds_parts_of_names_and_addresses(world: World, asked: dict[str, str], found: list[str]):
    event = make_event(world.session)
    ticket = make_ticket(world.session, event)
    make_attendee(world.session, ticket, firstname="Grace", lastname="Hopper", email="grace@example.org")
    make_attendee(world.session, ticket, firstname="Ada%", lastname="", email="a@Example.org")
    make_attendee(world.session, ticket, firstname="Zoe", lastname="Hopps", email=None)
    make_attendee(world.session, ticket, firstname="Grace", lastname="Hopper", deleted_at=utcnow())
    assert [guest.firstname for guest in attendees.search(event, **asked)] == found


def test_find_knows_the_events_own(world: World):
    assert attendees.find(world.event, world.attendee.id, parameter="attendee_id") is world.attendee
    with pytest.raises(Invalid, match="not belong to this event"):
        attendees.find(make_event(world.session), world.attendee.id, parameter="attendee_id")
    world.attendee.deleted_at = utcnow()
    for attendee_id in (world.attendee.id, 0):
        with pytest.raises(NotFound):
            attendees.find(world.event, attendee_id, parameter="attendee_id")


def test_create_takes_a_seat_and_remembers_the_maker(world: World):
    attendee = create(world, world.free, firstname="Grace")
    world.session.expire_all()
    assert (attendee.firstname, attendee.order_id, attendee.created_by_id) == ("Grace", None, world.stranger.id)
    assert world.free.sold == 1
    assert create(world, world.free).firstname == attendees.NAMELESS


def test_create_writes_no_attendance(world: World):
    now = utcnow().isoformat()
    attendee = create(world, world.free, is_checked_in=True, is_checked_out=None, checkin_times=now)
    world.session.refresh(attendee)
    assert (attendee.is_checked_in, attendee.is_checked_out, attendee.checkin_times) == (False, False, None)


def test_create_refuses_what_is_not_on_sale_but_not_to_a_seller(world: World):
    now = utcnow()
    closed = [
        make_ticket(world.session, world.event, sales_ends_at=now - timedelta(seconds=1)),
        make_ticket(world.session, world.event, sales_starts_at=now + timedelta(hours=1)),
    ]
    for ticket in closed:
        with pytest.raises(Invalid, match="not on sale"):
            create(world, ticket)
        assert create(world, ticket, sells=True).ticket_id == ticket.id


def test_a_hidden_ticket_is_named_only_to_a_seller(world: World):
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    with pytest.raises(Invalid, match=f"has no ticket with id {hidden.id}"):
        create(world, hidden)
    assert create(world, hidden, sells=True).ticket_id == hidden.id


def test_create_refuses_drafts(world: World):
    world.event.state = "draft"
    with pytest.raises(Invalid, match="not on sale"):
        create(world, world.free)


def test_create_refuses_tickets_of_other_events_and_deleted_ones_even_to_a_seller(world: World):
    foreign = make_ticket(world.session, make_event(world.session))
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    for ticket in (foreign, deleted):
        with pytest.raises(Invalid, match=str(ticket.id)):
            create(world, ticket, sells=True)


def test_create_refuses_when_nothing_is_left(world: World):
    scarce = make_ticket(world.session, world.event, quantity=0)
    with pytest.raises(SoldOut) as caught:
        create(world, scarce)
    assert caught.value.meta["available"] == 0


def test_walk_ins_carry_their_own_number(world: World):
    order = make_order(world.session, world.free)
    seats = [world.free.id, world.paid.id, world.free.id]
    guests = attendees.create_guests(
        event_id=world.event.id, order_id=order.id, ticket_ids=seats, created_by_id=world.registrar.id, walk_in=True
    )
    stored = [world.session.get_one(TicketHolder, guest_id) for guest_id in guests]
    assert sorted(guest.ticket_id for guest in stored) == sorted(seats)
    assert [(guest.firstname, guest.lastname, guest.email) for guest in stored] == [
        (attendees.WALK_IN, str(guest_id), None) for guest_id in guests
    ]
    assert {guest.created_by_id for guest in stored} == {world.registrar.id}


def test_guests_bought_online_are_called_something_until_the_buyer_says_who_they_are(world: World):
    order = make_order(world.session, world.free)
    guests = attendees.create_guests(
        event_id=world.event.id,
        order_id=order.id,
        ticket_ids=[world.free.id] * 2,
        created_by_id=world.buyer.id,
        walk_in=False,
    )
    stored = [world.session.get_one(TicketHolder, guest_id) for guest_id in guests]
    assert [(guest.firstname, guest.lastname, guest.email) for guest in stored] == [
        (attendees.NAMELESS, None, None)
    ] * 2


def test_walk_ins_are_one_statement(world: World, count_queries):
    order = make_order(world.session, world.free)
    facts = {"event_id": world.event.id, "order_id": order.id, "created_by_id": None, "walk_in": True}
    with count_queries() as statements:
        guests = attendees.create_guests(ticket_ids=[world.free.id] * 500, **facts)
        assert len(set(guests)) == 500
    assert len(statements) == 1


def test_delete_frees_the_seat_of_a_loose_attendee_only(world: World):
    attendee = create(world, world.free)
    attendees.delete(attendee)
    world.session.expire_all()
    assert (world.free.sold, attendee.deleted_at is None) == (0, False)
    with pytest.raises(Conflict, match="Cancel the order"):
        attendees.delete(world.attendee)
    assert world.paid.sold == 2


def test_what_is_the_doors_own_is_ignored_from_others(world: World):
    """Clients send whole attendees back: a buyer's must not be refused for it."""
    tag = make_parts(world.session, world.event)["tag"]
    asked = {"tag_id": tag.id, "is_badge_printed": True, "badge_printed_at": utcnow()}
    for may_scan in (False, True):
        data = dict(asked)
        attendees.update(world.attendee, data, Scanner(world.buyer.id, may_scan=may_scan))
        assert data == (asked if may_scan else {})
        made = create(world, world.free, sells=may_scan, **asked)
        assert (made.tag_id, bool(made.is_badge_printed)) == ((tag.id, True) if may_scan else (None, False))
