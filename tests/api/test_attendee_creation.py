"""`POST /v1/attendees`: a seat taken before its order exists."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.clock import utcnow
from app.models import Movement, TicketHolder
from app.models.orders import EXPIRED, INITIALIZING
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.http import Api, error_codes, resource

URL = "/v1/attendees"
TICKET = "/data/relationships/ticket/data"


def attendee_of(world: World, ticket, **attributes):
    return resource("attendee", attributes, event=world.event, ticket=ticket)


def refused(api: Api, world: World, document, status: int, as_=None):
    """The errors of a creation that must be refused without a trace."""
    attendees = select(func.count()).select_from(TicketHolder)
    before = world.session.scalar(attendees), world.free.sold
    response = api.post(URL, document, as_ or world.stranger)
    assert response.status_code == status, response.json
    error_codes(response)
    assert (world.session.scalar(attendees), world.free.sold) == before
    return response.json["errors"]


def created(api: Api, world: World, document, as_):
    response = api.post(URL, document, as_)
    assert response.status_code == 201, response.json
    return world.session.get(TicketHolder, int(response.json["data"]["id"]))


@pytest.mark.parametrize("name", ["stranger", "buyer", "moderator", "registrar", "staff"])
def test_anybody_who_is_logged_in_takes_a_seat(api: Api, world: World, name: str):
    person = getattr(world, name)
    attendee = created(api, world, attendee_of(world, world.free, firstname="Grace", email="grace@example.org"), person)
    assert (attendee.firstname, attendee.email) == ("Grace", "grace@example.org")
    assert (attendee.event_id, attendee.ticket_id) == (world.event.id, world.free.id)
    assert (attendee.order_id, attendee.created_by_id) == (None, person.id)
    assert world.free.sold == 1


def test_nobody_does_so_anonymously(api: Api, world: World):
    response = api.post(URL, attendee_of(world, world.free))
    assert response.status_code == 401
    assert world.free.sold == 0


def test_the_answer_is_the_attendee_and_his_address(api: Api, world: World):
    response = api.post(URL, attendee_of(world, world.free), world.stranger)
    data = response.json["data"]
    assert response.headers["Location"] == f"http://localhost/v1/attendees/{data['id']}"
    assert data["type"] == "attendee"
    assert data["attributes"]["ticket-id"] == str(world.free.id)
    assert data["attributes"]["firstname"]
    assert "identifier" not in data["attributes"]
    assert api.get(f"/v1/attendees/{data['id']}", world.stranger).status_code == 200


@pytest.mark.parametrize("firstname", [{}, {"firstname": None}, {"firstname": ""}, {"firstname": "  "}])
def test_there_is_always_a_first_name(api: Api, world: World, firstname):
    assert created(api, world, attendee_of(world, world.free, **firstname), world.stranger).firstname.strip()


def test_nobody_is_born_inside(api: Api, world: World):
    """Attendance is asked of a guest who is there; what a new one's body says about it asks for nothing."""
    now = utcnow().isoformat()
    document = attendee_of(
        world,
        world.free,
        **{
            "is-checked-in": True,
            "is-checked-out": True,
            "checkin-times": now,
            "checkout-times": now,
            "device-name-checkin": "gate",
            "is-registered": True,
            "register-times": now,
        },
    )
    for person in (world.stranger, world.registrar):
        attendee = created(api, world, document, person)
        assert (attendee.is_checked_in, attendee.is_checked_out) == (False, False)
        assert (attendee.checkin_times, attendee.checkout_times, attendee.device_name_checkin) == (None, None, None)
        assert (attendee.is_registered, attendee.register_times) == (False, None)
    assert world.session.scalar(select(func.count()).select_from(Movement)) == 0


def test_attendance_members_that_are_null_ask_for_nothing_either(api: Api, world: World):
    nulls = dict.fromkeys(("is-checked-in", "is-checked-out", "checkin-times", "checkout-times", "email"))
    attendee = created(api, world, attendee_of(world, world.free, **nulls), world.stranger)
    assert (attendee.is_checked_in, attendee.email) == (False, None)


def test_nobody_names_an_order_or_a_maker(api: Api, world: World):
    document = attendee_of(world, world.free, **{"created-by-id": world.owner.id, "order-id": world.order.id})
    document["data"]["relationships"]["order"] = {"data": {"type": "order", "id": str(world.order.id)}}
    attendee = created(api, world, document, world.stranger)
    assert (attendee.order_id, attendee.created_by_id) == (None, world.stranger.id)


@pytest.mark.parametrize("relation", ["event", "ticket"])
def test_both_relationships_are_required(api: Api, world: World, relation: str):
    document = attendee_of(world, world.free)
    del document["data"]["relationships"][relation]
    [error] = refused(api, world, document, 422)
    assert error["source"] == {"pointer": f"/data/relationships/{relation}/data"}


def test_a_ticket_that_is_not_this_events(api: Api, world: World):
    foreign = make_ticket(world.session, make_event(world.session))
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    for ticket in (foreign, deleted, hidden):
        [error] = refused(api, world, attendee_of(world, ticket), 422)
        assert error["source"] == {"pointer": TICKET}
        assert str(ticket.id) in error["detail"]


def test_the_ticket_must_be_on_sale(api: Api, world: World):
    now = utcnow()
    closed = [
        make_ticket(world.session, world.event, sales_ends_at=now - timedelta(minutes=1)),
        make_ticket(world.session, world.event, sales_starts_at=now + timedelta(minutes=1)),
    ]
    for ticket in closed:
        [error] = refused(api, world, attendee_of(world, ticket), 422)
        assert error["source"] == {"pointer": TICKET}
        assert "not on sale" in error["detail"]
        assert ticket.sold == 0


def test_an_event_that_is_over_sells_nothing(api: Api, world: World):
    world.event.starts_at = utcnow() - timedelta(days=2)
    world.event.ends_at = utcnow() - timedelta(hours=1)
    world.free.sales_ends_at = utcnow() + timedelta(days=1)
    [error] = refused(api, world, attendee_of(world, world.free), 422)
    assert "not on sale" in error["detail"]


def test_one_seat_is_held_and_the_last_one_is_taken_once(api: Api, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    created(api, world, attendee_of(world, scarce), world.stranger)
    [error] = refused(api, world, attendee_of(world, scarce), 409)
    assert error["code"] == "sold-out"
    assert error["meta"] == {"ticket-id": str(scarce.id), "requested": 1, "available": 0}
    assert scarce.sold == 1


def test_a_seat_that_nobody_made_an_order_of_in_time_goes_to_the_next(api: Api, app, world: World):
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)
    scarce = make_ticket(world.session, world.event, quantity=2)
    first = created(api, world, attendee_of(world, scarce), world.buyer)
    unfinished = make_order(world.session, scarce, status=INITIALIZING, created_at=overdue)
    refused_first = api.post(URL, attendee_of(world, scarce), world.stranger)
    assert refused_first.status_code == 201  # the overdue order's seat
    assert (unfinished.status, first.deleted_at) == (EXPIRED, None)
    refused(api, world, attendee_of(world, scarce), 409)
    first.created_at = overdue
    created(api, world, attendee_of(world, scarce), world.stranger)
    assert first.deleted_at is not None
    assert scarce.sold == 2


def test_a_seat_is_given_back_when_the_attendee_is_deleted(api: Api, world: World):
    attendee = created(api, world, attendee_of(world, world.free), world.stranger)
    assert api.delete(f"/v1/attendees/{attendee.id}", world.buyer).status_code == 403
    assert api.delete(f"/v1/attendees/{attendee.id}", world.stranger).status_code == 200
    assert (world.free.sold, attendee.deleted_at is not None) == (0, True)
    assert api.delete(f"/v1/attendees/{attendee.id}", world.stranger).status_code == 404
    assert world.free.sold == 0


def test_an_attendee_of_an_order_is_not_deleted_alone(api: Api, world: World):
    response = api.delete(f"/v1/attendees/{world.attendee.id}", world.organizer)
    assert response.status_code == 409
    assert world.paid.sold == 2


def test_it_costs_the_same_however_many_have_come_before(api: Api, world: World, count_queries):
    document, maker = attendee_of(world, world.free), world.stranger
    assert maker.id
    with count_queries() as before:
        api.post(URL, document, maker)
    for _ in range(20):
        make_attendee(world.session, world.free)
    assert maker.id
    with count_queries() as after:
        api.post(URL, document, maker)
    assert len(after) == len(before)
