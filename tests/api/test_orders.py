"""Orders without ``onsite``: placed for attendees that were made before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.clock import utcnow
from app.models import Order, OrderLine, TicketHolder
from app.models.orders import COMPLETED, INITIALIZING
from tests.factories import World, make_attendee, make_event, make_order, make_ticket, make_user
from tests.http import Api, error_codes, resource

URL = "/v1/orders"
HOLDERS = "/data/relationships/attendees/data"
REQUIRED = "A valid relationship with ticket_holders resource is required. Name one attendee at least."


def order_of(world: World, *holders, relation: str = "attendees", **attributes):
    return resource("order", attributes, event=world.event, **{relation: list(holders)})


def seat(world: World, ticket=None, maker=None, **facts):
    maker = maker or world.stranger
    return make_attendee(world.session, ticket or world.free, created_by_id=maker.id, **facts)


def placed(api: Api, world: World, document, as_=None):
    response = api.post(URL, document, as_ or world.stranger)
    assert response.status_code == 201, response.json
    return world.session.get(Order, int(response.json["data"]["id"]))


def refused(api: Api, world: World, document, status: int = 422, as_=None):
    """The only error of an order that must be refused without a trace."""
    rows = select(func.count()).select_from(Order)
    claimed = select(func.count()).select_from(TicketHolder).where(TicketHolder.order_id.is_not(None))
    before = world.session.scalar(rows), world.session.scalar(claimed), world.free.sold
    response = api.post(URL, document, as_ or world.stranger)
    assert response.status_code == status, response.json
    error_codes(response)
    assert (world.session.scalar(rows), world.session.scalar(claimed), world.free.sold) == before
    [error] = response.json["errors"]
    return error


@pytest.mark.parametrize("relation", ["attendees", "ticket-holders", "ticket_holders"])
def test_an_order_for_attendees(api: Api, world: World, relation: str):
    holders = [seat(world), seat(world), seat(world, world.paid)]
    response = api.post(URL, order_of(world, *holders, relation=relation), world.stranger)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    linked = [{"type": "attendee", "id": str(holder.id)} for holder in holders]
    assert data["relationships"]["attendees"]["data"] == linked
    assert data["attributes"]["status"] == INITIALIZING
    assert data["attributes"]["amount"] == 25.5
    assert data["attributes"]["completed-at"] is None
    assert response.headers["Location"].endswith(f"/v1/orders/{data['attributes']['identifier']}")
    order = world.session.get(Order, int(data["id"]))
    assert (order.user_id, order.sold_by_id, order.event_id) == (world.stranger.id, None, world.event.id)
    assert {holder.order_id for holder in holders} == {order.id}


def test_seats_are_held_already_and_not_taken_again(api: Api, world: World):
    holders = [seat(world), seat(world)]
    assert world.free.sold == 2
    placed(api, world, order_of(world, *holders))
    assert world.free.sold == 2


def test_lines_are_counted_from_the_attendees(api: Api, world: World):
    order = placed(api, world, order_of(world, seat(world), seat(world, world.paid), seat(world, world.paid)))
    lines = world.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
    assert {(line.ticket_id, line.quantity, line.price) for line in lines} == {
        (world.free.id, 1, Decimal("0.00")),
        (world.paid.id, 2, Decimal("25.50")),
    }


def test_made_by_a_request_then_ordered(api: Api, world: World):
    attendee = resource("attendee", {"firstname": "Grace"}, event=world.event, ticket=world.free)
    made = api.post("/v1/attendees", attendee, world.buyer).json["data"]
    order = placed(api, world, order_of(world, world.session.get(TicketHolder, int(made["id"]))), world.buyer)
    included = api.get(f"/v1/orders/{order.identifier}", world.buyer, include="attendees").json["included"]
    assert [part["id"] for part in included] == [made["id"]]


def test_on_site_tickets_are_dropped(api: Api, world: World):
    rows = [{"data": {"type": "on-site-ticket", "attributes": {"id": str(world.paid.id), "quantity": "3"}}}]
    holder = seat(world)
    order = placed(api, world, order_of(world, holder, **{"on-site-tickets": rows}))
    assert [attendee.id for attendee in order.attendees] == [holder.id]
    assert world.paid.sold == 2
    document = resource("order", {"on-site-tickets": rows}, event=world.event)
    assert refused(api, world, document, as_=world.registrar)["detail"] == REQUIRED


@pytest.mark.parametrize("status", [None, INITIALIZING, COMPLETED, "placed"])
def test_it_starts_initializing_whatever_the_body_says(api: Api, world: World, status):
    order = placed(api, world, order_of(world, seat(world, world.paid), status=status))
    assert (order.status, order.completed_at) == (INITIALIZING, None)


def test_the_buyer_is_the_caller(api: Api, world: World):
    document = order_of(world, seat(world))
    document["data"]["relationships"]["user"] = {"data": {"type": "user", "id": str(world.buyer.id)}}
    document["data"]["relationships"]["sold-by"] = {"data": {"type": "user", "id": str(world.buyer.id)}}
    order = placed(api, world, document)
    assert (order.user_id, order.sold_by_id) == (world.stranger.id, None)


@pytest.mark.parametrize(
    "relationship", [None, {"data": []}, {"data": None}, {"links": {"related": "/v1/x"}}], ids=repr
)
@pytest.mark.parametrize("relation", ["attendees", "ticket-holders"])
def test_attendees_are_required(api: Api, world: World, relation, relationship):
    document = resource("order", {}, event=world.event)
    if relationship is not None:
        document["data"]["relationships"][relation] = relationship
    error = refused(api, world, document)
    assert (error["detail"], error["source"]) == (REQUIRED, {"pointer": HOLDERS})


def test_attendees_that_cannot_be_ordered(api: Api, world: World):
    other_event = make_event(world.session)
    elsewhere = make_attendee(world.session, make_ticket(world.session, other_event), created_by_id=world.stranger.id)
    deleted = seat(world, deleted_at=utcnow())
    ordered = seat(world, world.paid, order=make_order(world.session, world.paid))
    made_by_another = seat(world, maker=world.buyer)
    made_by_nobody = make_attendee(world.session, world.free)
    for wrong in (elsewhere, deleted, ordered, made_by_another, made_by_nobody):
        mine = seat(world)
        error = refused(api, world, order_of(world, mine, wrong))
        assert error["source"] == {"pointer": HOLDERS}
        assert str(wrong.id) in error["detail"]
        assert mine.order_id is None
    document = order_of(world, seat(world))
    document["data"]["relationships"]["attendees"]["data"].append({"type": "attendee", "id": str(10**17)})
    assert str(10**17) in refused(api, world, document)["detail"]


@pytest.mark.parametrize("name", ["staff", "owner", "organizer", "coorganizer", "registrar"])
def test_anybody_may_order_what_a_seller_made(api: Api, world: World, name: str):
    order = placed(api, world, order_of(world, seat(world, maker=getattr(world, name))))
    assert order.user_id == world.stranger.id


@pytest.mark.parametrize("name", ["moderator", "track_organizer", "buyer"])
def test_what_others_made_is_theirs_even_for_a_seller(api: Api, world: World, name: str):
    refused(api, world, order_of(world, seat(world, maker=getattr(world, name))), as_=world.registrar)


def test_a_seller_of_another_event_is_nobody_here(api: Api, world: World):
    foreigner = World(world.session).registrar
    refused(api, world, order_of(world, seat(world, maker=foreigner)))


def test_a_seller_who_was_blocked_vouches_for_nobody(api: Api, world: World):
    holder = seat(world, maker=world.registrar)
    world.registrar.is_blocked = True
    refused(api, world, order_of(world, holder))


def test_an_attendee_is_ordered_once(api: Api, world: World):
    holder = seat(world)
    order = placed(api, world, order_of(world, holder))
    refused(api, world, order_of(world, holder))
    assert holder.order_id == order.id


def test_an_attendee_named_twice_is_one(api: Api, world: World):
    holder = seat(world)
    order = placed(api, world, order_of(world, holder, holder))
    assert [line.quantity for line in order.lines] == [1]


def test_limits_of_one_order(api: Api, world: World):
    pairs = make_ticket(world.session, world.event, min_order=2, max_order=3)
    for number in (1, 4):
        error = refused(api, world, order_of(world, *(seat(world, pairs) for _ in range(number))))
        assert error["source"] == {"pointer": HOLDERS}
    placed(api, world, order_of(world, *(seat(world, pairs) for _ in range(3))))


def test_an_amount_is_compared_here_too(api: Api, world: World):
    error = refused(api, world, order_of(world, seat(world, world.paid), amount=0), 409)
    assert error["code"] == "amount-mismatch"
    assert error["meta"] == {"sent": 0.0, "computed": 25.5}
    assert placed(api, world, order_of(world, seat(world, world.paid), amount=25.5)).amount == Decimal("25.50")


def test_who_orders(api: Api, world: World):
    assert api.post(URL, order_of(world, seat(world))).status_code == 401
    newcomer = make_user(world.session)
    order = placed(api, world, order_of(world, seat(world, maker=newcomer)), newcomer)
    assert api.get(f"/v1/orders/{order.id}", newcomer).status_code == 200
    assert api.get(f"/v1/orders/{order.id}", world.stranger).status_code == 403


def test_an_attendee_given_up_meanwhile_is_not_ordered(api: Api, app, world: World):
    scarce = make_ticket(world.session, world.event, quantity=1)
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(seconds=5)
    late = seat(world, scarce, created_at=overdue)
    attendee = resource("attendee", {}, event=world.event, ticket=scarce)
    assert api.post("/v1/attendees", attendee, world.buyer).status_code == 201
    refused(api, world, order_of(world, late))
    assert scarce.sold == 1


def test_an_overdue_attendee_whose_seat_nobody_wanted_is_still_ordered(api: Api, app, world: World):
    overdue = utcnow() - app.config["SETTINGS"].order_expiry - timedelta(hours=1)
    late = seat(world, created_at=overdue)
    placed(api, world, order_of(world, late))


def test_an_order_costs_as_many_statements_for_9_seats_as_for_1(api: Api, world: World, count_queries):
    def statements_of(document):
        caller = world.stranger
        assert caller.id
        with count_queries() as statements:
            assert api.post(URL, document, caller).status_code == 201
        return statements

    small = order_of(world, seat(world))
    for_one = statements_of(small)
    large = order_of(world, *(seat(world) for _ in range(9)))
    for_many = statements_of(large)
    assert len(for_many) == len(for_one), for_many
