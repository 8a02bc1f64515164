"""Selling at the door: `POST /v1/orders?onsite=true`."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.clock import parse_instant, utcnow
from app.models import Order, OrderLine, UsersEventsRoles
from app.models.orders import COMPLETED, EXPIRED, INITIALIZING, PENDING, PLACED
from app.services.orders import MOST_SEATS
from tests.door_sales import ITEMS, NOTHING, URL, guests_of, refused, row, sale, seen, sell
from tests.factories import World, make_attendee, make_event, make_ticket, make_user
from tests.http import Api, resource

# --- what a sale leaves -------------------------------------------------------------------------------------------


def test_a_sale_creates_exactly_the_attendees_asked_for(api: Api, world: World):
    order = sell(api, world, row(world.free.id, "2"), row(world.paid.id, "1"), amount=25.5)
    guests = guests_of(world, order)
    assert sorted(guest.ticket_id for guest in guests) == [world.free.id, world.free.id, world.paid.id]
    assert {guest.event_id for guest in guests} == {world.event.id}
    assert {guest.created_by_id for guest in guests} == {world.registrar.id}
    assert world.free.sold == 2
    assert world.paid.sold == 3  # two of them belong to the order that the world begins with


@pytest.mark.parametrize("quantity", [1, 2, 3, 10])
def test_there_are_as_many_attendees_as_seats(api: Api, world: World, quantity: int):
    assert len(guests_of(world, sell(api, world, row(world.free.id, str(quantity))))) == quantity
    assert world.free.sold == quantity


def test_a_guest_has_a_first_name_his_own_number_as_last_name_and_no_invented_email(api: Api, world: World):
    for guest in guests_of(world, sell(api, world, row(world.free.id, "3"))):
        assert (guest.firstname, guest.lastname, guest.email) == ("Walk-in", str(guest.id), None)
        assert guest.created_at.utcoffset() == timedelta(0)
        assert not guest.is_checked_in
        assert not guest.is_checked_out


def test_lines_hold_quantity_and_price_of_that_moment(api: Api, world: World):
    order = sell(api, world, row(world.free.id, "2"), row(world.paid.id, "3"))
    world.paid.price = Decimal("99.00")
    lines = world.session.scalars(select(OrderLine).where(OrderLine.order_id == int(order["id"]))).all()
    assert {(line.ticket_id, line.quantity, line.price) for line in lines} == {
        (world.free.id, 2, Decimal("0.00")),
        (world.paid.id, 3, Decimal("25.50")),
    }
    assert api.get(f"/v1/orders/{order['id']}", world.registrar).json["data"]["attributes"]["amount"] == 76.5


def test_the_answer_says_where_the_order_is_and_who_its_guests_are(api: Api, world: World):
    response = api.post(URL, sale(world, row(world.free.id, "2")), world.registrar)
    order = response.json["data"]
    identifier = order["attributes"]["identifier"]
    assert response.headers["Location"] == f"http://localhost/v1/orders/{identifier}"
    assert response.content_type == "application/vnd.api+json"
    assert order["type"] == "order"
    guests = [{"type": "attendee", "id": str(guest.id)} for guest in guests_of(world, order)]
    assert order["relationships"]["attendees"]["data"] == guests
    linked = {name for name, shown in order["relationships"].items() if "data" in shown}
    assert linked == {"attendees"}
    found = api.get(response.headers["Location"].removeprefix("http://localhost"), world.registrar)
    assert found.json["data"]["id"] == order["id"]
    assert found.json["data"]["relationships"]["attendees"]["data"] == guests


def test_include_gives_attendees_and_tickets(api: Api, world: World):
    document = sale(world, row(world.free.id, "2"), row(world.paid.id, "1"))
    response = api.post(URL + "&include=attendees,tickets", document, world.registrar)
    assert response.status_code == 201, response.json
    included = [(part["type"], part["id"]) for part in response.json["included"]]
    guests = [("attendee", str(guest.id)) for guest in guests_of(world, response.json["data"])]
    tickets = [("ticket", str(world.free.id)), ("ticket", str(world.paid.id))]
    assert sorted(included) == sorted(guests + tickets)
    assert len(guests) == 3
    assert response.json["data"]["relationships"]["tickets"]["data"] == [
        {"type": type_, "id": id_} for type_, id_ in tickets
    ]
    assert all(part["attributes"]["firstname"] for part in response.json["included"] if part["type"] == "attendee")


def test_the_recorded_request_of_the_android_app_sells(api: Api, world: World):
    attributes = {
        "amount": 0,
        "on-site-tickets": [
            {"data": {"attributes": {"id": str(world.free.id), "quantity": "2"}, "type": "on-site-ticket"}},
            {"data": {"attributes": {"id": str(world.paid.id), "quantity": "0"}, "type": "on-site-ticket"}},
        ],
    }
    response = api.post(URL, resource("order", attributes, event=world.event), world.organizer)
    assert response.status_code == 201, response.json
    shown = response.json["data"]["attributes"]
    assert shown["identifier"].count("-") == 4
    assert (shown["amount"], shown["status"], shown["payment-mode"]) == (0, "completed", "free")
    assert abs(parse_instant(shown["completed-at"]) - utcnow()) < timedelta(minutes=1)
    assert shown["paid-via"] is None
    assert len(guests_of(world, response.json["data"])) == 2


# --- rows: forms, zeros, repeats ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        lambda id_: {"data": {"attributes": {"id": str(id_), "quantity": "2"}, "type": "on-site-ticket"}},
        lambda id_: {"data": {"attributes": {"id": id_, "quantity": 2}, "type": "on-site-ticket"}},
        lambda id_: {"data": {"id": str(id_), "attributes": {"quantity": "2"}, "type": "on-site-ticket"}},
        lambda id_: {"data": {"attributes": {"id": str(id_), "quantity": "2"}}},
        lambda id_: {"id": str(id_), "quantity": "2"},
        lambda id_: {"id": id_, "quantity": 2},
        lambda id_: {"id": f" {id_} ", "quantity": " 2 "},
        lambda id_: {"id": id_, "quantity": 2, "price": None, "name": "unknown members are ignored"},
    ],
    ids=["recorded", "integers", "id outside", "without type", "flat", "flat integers", "spaces", "more members"],
)
def test_forms_of_a_row(api: Api, world: World, form):
    assert len(guests_of(world, sell(api, world, form(world.free.id)))) == 2


@pytest.mark.parametrize("zero", ["0", 0, "00"])
def test_rows_of_quantity_zero_are_skipped(api: Api, world: World, zero):
    order = sell(api, world, row(world.paid.id, zero), row(world.free.id, "1"))
    assert [guest.ticket_id for guest in guests_of(world, order)] == [world.free.id]
    assert world.session.scalars(select(OrderLine.ticket_id).where(OrderLine.order_id == int(order["id"]))).all() == [
        world.free.id
    ]


def test_a_zero_of_a_ticket_that_is_gone_is_skipped_too(api: Api, world: World):
    gone = make_ticket(world.session, world.event, deleted_at=utcnow())
    assert len(guests_of(world, sell(api, world, row(gone.id, "0"), row(world.free.id, "1")))) == 1


@pytest.mark.parametrize(("quantities", "sold"), [(("3", "1"), 1), (("1", "3"), 3), (("2", "0", "1"), 1)])
def test_of_several_rows_of_a_ticket_the_last_one_counts(api: Api, world: World, quantities, sold):
    rows = [row(world.free.id, quantity) for quantity in quantities]
    assert len(guests_of(world, sell(api, world, rows[0], row(world.paid.id, "0"), *rows[1:]))) == sold
    assert world.free.sold == sold


def test_a_last_row_of_zero_takes_the_ticket_out(api: Api, world: World):
    rows = row(world.free.id, "3"), row(world.paid.id, "1"), row(world.free.id, "0")
    assert [guest.ticket_id for guest in guests_of(world, sell(api, world, *rows))] == [world.paid.id]


# --- rows that are refused ----------------------------------------------------------------------------------------


def test_nothing_left_to_sell(api: Api, world: World):
    for rows in ([], [row(world.free.id, "0")], [row(world.free.id, "2"), row(world.free.id, "0")]):
        errors = refused(api, world, sale(world, *rows), 422)
        assert [seen(error) for error in errors] == [NOTHING]


@pytest.mark.parametrize("attributes", [{}, {"on-site-tickets": None}, {"on-site-tickets": {}}, {"amount": 3}])
def test_no_rows_at_all(api: Api, world: World, attributes):
    errors = refused(api, world, resource("order", attributes, event=world.event), 422)
    assert [seen(error) for error in errors] == [NOTHING]


@pytest.mark.parametrize(
    "quantity",
    [
        "-1",
        -1,
        "1.5",
        1.5,
        2.0,
        "2.0",
        "two",
        "",
        " ",
        None,
        True,
        False,
        [],
        {},
        ["2"],
        "501",
        501,
        "9" * 40,
        1e30,
        "²",
    ],
    ids=repr,
)
def test_a_quantity_that_is_none(api: Api, world: World, quantity):
    errors = refused(api, world, sale(world, row(world.free.id, "1"), row(world.paid.id, quantity)), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/1/quantity"]
    assert [error["code"] for error in errors] == ["invalid"]


@pytest.mark.parametrize("ticket_id", ["", "one", None, -1, "1.0", 1.0, True, [], {}, "9" * 40], ids=repr)
def test_an_id_that_is_none(api: Api, world: World, ticket_id):
    rows = row(world.free.id, "1"), {"id": ticket_id, "quantity": "1"}
    errors = refused(api, world, sale(world, *rows), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/1/id"]


@pytest.mark.parametrize(
    "form", [None, 1, "1", [], {}, {"data": None}, {"data": []}, {"data": {}}, {"data": {"attributes": "x"}}], ids=repr
)
def test_a_row_that_is_none(api: Api, world: World, form):
    errors = refused(api, world, sale(world, row(world.free.id, "1"), form), 422)
    assert {error["source"]["pointer"] for error in errors} == {f"{ITEMS}/1/id", f"{ITEMS}/1/quantity"}


@pytest.mark.parametrize("type_", ["ticket", None, 1, {}], ids=repr)
def test_a_row_of_another_type(api: Api, world: World, type_):
    wrong = {"data": {"type": type_, "attributes": {"id": str(world.free.id), "quantity": "1"}}}
    errors = refused(api, world, sale(world, row(world.free.id, "1"), wrong), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/1/type"]


def test_every_wrong_row_is_named(api: Api, world: World):
    rows = row(world.free.id, "x"), row(world.free.id, "1"), row("none", "-1")
    errors = refused(api, world, sale(world, *rows), 422)
    assert sorted(error["source"]["pointer"] for error in errors) == [
        f"{ITEMS}/0/quantity",
        f"{ITEMS}/2/id",
        f"{ITEMS}/2/quantity",
    ]


def test_500_seats_are_one_order_501_are_not(api: Api, world: World):
    first, second = (make_ticket(world.session, world.event, quantity=1000, max_order=500) for _ in range(2))
    errors = refused(api, world, sale(world, row(first.id, "300"), row(second.id, "201")), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/1/quantity"]
    assert str(MOST_SEATS) in errors[0]["detail"]
    assert len(guests_of(world, sell(api, world, row(first.id, "300"), row(second.id, "200")))) == MOST_SEATS == 500


def test_rows_that_are_overwritten_do_not_count_towards_500(api: Api, world: World):
    ticket = make_ticket(world.session, world.event, quantity=1000, max_order=500)
    order = sell(api, world, row(ticket.id, "400"), row(ticket.id, "300"))
    assert len(guests_of(world, order)) == 300


def test_tickets_that_are_not_this_events(api: Api, world: World):
    foreign = make_ticket(world.session, make_event(world.session))
    deleted = make_ticket(world.session, world.event, deleted_at=utcnow())
    unknown = 10**17
    rows = [row(id_, "1") for id_ in (world.free.id, foreign.id, deleted.id, unknown)]
    errors = refused(api, world, sale(world, *rows), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/{index}/id" for index in (1, 2, 3)]
    for error, ticket_id in zip(errors, (foreign.id, deleted.id, unknown), strict=True):
        assert str(ticket_id) in error["detail"]


@pytest.mark.parametrize("quantity", ["1", "5"])
def test_limits_of_one_order(api: Api, world: World, quantity):
    ticket = make_ticket(world.session, world.event, min_order=2, max_order=4)
    errors = refused(api, world, sale(world, row(world.free.id, "1"), row(ticket.id, quantity)), 422)
    assert [error["source"]["pointer"] for error in errors] == [f"{ITEMS}/1/quantity"]
    assert "at least 2" in errors[0]["detail"]
    assert "at most 4" in errors[0]["detail"]


@pytest.mark.parametrize("quantity", ["2", "4"])
def test_both_limits_may_be_ordered(api: Api, world: World, quantity):
    ticket = make_ticket(world.session, world.event, min_order=2, max_order=4)
    assert len(guests_of(world, sell(api, world, row(ticket.id, quantity)))) == int(quantity)


def test_the_door_sells_what_is_hidden_and_what_is_out_of_its_sales_time(api: Api, world: World):
    now = utcnow()
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    ended = make_ticket(world.session, world.event, sales_ends_at=now - timedelta(hours=1))
    to_come = make_ticket(world.session, world.event, sales_starts_at=now + timedelta(hours=1))
    rows = [row(ticket.id, "1") for ticket in (hidden, ended, to_come)]
    assert len(guests_of(world, sell(api, world, *rows))) == 3


# --- status, payment, people --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, COMPLETED),
        ({"status": None}, COMPLETED),
        *(({"status": each}, each) for each in (COMPLETED, PLACED, PENDING)),
    ],
)
def test_status(api: Api, world: World, sent, status):
    shown = sell(api, world, row(world.free.id, "1"), **sent)["attributes"]
    assert shown["status"] == status
    assert (shown["completed-at"] is not None) == (status == COMPLETED)
    assert world.free.sold == 1


@pytest.mark.parametrize("status", [INITIALIZING, "cancelled", EXPIRED, "paid", 1])
def test_a_status_that_no_sale_starts_in(api: Api, world: World, status):
    [error] = refused(api, world, sale(world, row(world.free.id, "1"), status=status), 422)
    assert error["source"] == {"pointer": "/data/attributes/status"}


@pytest.mark.parametrize("status", [COMPLETED, PLACED, PENDING])
def test_what_was_sold_at_the_door_never_expires(api: Api, world: World, status):
    scarce = make_ticket(world.session, world.event, quantity=1)
    order = sell(api, world, row(scarce.id, "1"), status=status)
    world.session.get(Order, int(order["id"])).created_at = utcnow() - timedelta(days=30)
    for guest in guests_of(world, order):
        guest.created_at = utcnow() - timedelta(days=30)
    refused(api, world, sale(world, row(scarce.id, "1")), 409)


@pytest.mark.parametrize(
    ("ticket", "sent", "mode"),
    [
        ("paid", {}, "onsite"),
        ("paid", {"payment-mode": None}, "onsite"),
        ("paid", {"payment-mode": "free"}, "onsite"),
        ("paid", {"payment-mode": "bank"}, "bank"),
        ("paid", {"payment-mode": "onsite"}, "onsite"),
        ("free", {}, "free"),
        ("free", {"payment-mode": None}, "free"),
        ("free", {"payment-mode": "free"}, "free"),
        ("free", {"payment-mode": "onsite"}, "onsite"),
    ],
)
def test_payment_mode(api: Api, world: World, ticket, sent, mode):
    order = sell(api, world, row(getattr(world, ticket).id, "1"), **sent)
    assert order["attributes"]["payment-mode"] == mode


def test_a_payment_mode_that_is_none(api: Api, world: World):
    [error] = refused(api, world, sale(world, row(world.paid.id, "1"), **{"payment-mode": "shells"}), 422)
    assert error["source"] == {"pointer": "/data/attributes/payment-mode"}


def test_the_seller_is_recorded_and_may_read_the_order_when_his_role_is_gone(api: Api, world: World):
    order = sell(api, world, row(world.free.id, "1"))
    assert world.session.get(Order, int(order["id"])).sold_by_id == world.registrar.id
    roles = select(UsersEventsRoles).where(UsersEventsRoles.user_id == world.registrar.id)
    world.session.delete(world.session.scalars(roles).one())
    url = f"/v1/orders/{order['attributes']['identifier']}"
    assert api.get(url, world.registrar).status_code == 200
    seller = api.get(f"{url}/sold-by", world.registrar)
    assert seller.json["data"]["id"] == str(world.registrar.id)
    assert api.get(url, world.stranger).status_code == 403


def test_nobody_bought_it_unless_the_body_names_a_user(api: Api, world: World):
    unnamed = sell(api, world, row(world.free.id, "1"))
    assert world.session.get(Order, int(unnamed["id"])).user_id is None

    document = sale(world, row(world.free.id, "1"))
    document["data"]["relationships"]["user"] = {"data": {"type": "user", "id": str(world.buyer.id)}}
    named = api.post(URL, document, world.registrar).json["data"]
    assert world.session.get(Order, int(named["id"])).user_id == world.buyer.id
    assert api.get(f"/v1/orders/{named['id']}", world.buyer).status_code == 200

    document["data"]["relationships"]["user"] = {"data": None}
    nulled = api.post(URL, document, world.registrar).json["data"]
    assert world.session.get(Order, int(nulled["id"])).user_id is None


def test_the_user_of_an_order_that_nobody_bought_is_null(api: Api, world: World):
    order = sell(api, world, row(world.free.id, "1"))
    response = api.get(f"/v1/orders/{order['id']}/user", world.organizer)
    assert response.status_code == 200
    assert response.json["data"] is None


def test_a_user_who_is_not_there(api: Api, world: World):
    gone = make_user(world.session, deleted_at=utcnow())
    for user_id in (gone.id, 10**17):
        document = sale(world, row(world.free.id, "1"))
        document["data"]["relationships"]["user"] = {"data": {"type": "user", "id": str(user_id)}}
        [error] = refused(api, world, document, 404)
        assert error["source"] == {"pointer": "/data/relationships/user/data"}


def test_nobody_writes_himself_in_as_seller_or_sets_what_the_server_sets(api: Api, world: World):
    document = sale(
        world,
        row(world.free.id, "1"),
        **{"paid-via": "gold", "completed-at": "2001-01-01T00:00:00Z", "identifier": "mine", "cancel-note": "no"},
    )
    document["data"]["relationships"]["sold-by"] = {"data": {"type": "user", "id": str(world.owner.id)}}
    response = api.post(URL, document, world.registrar)
    order = world.session.get(Order, int(response.json["data"]["id"]))
    assert order.sold_by_id == world.registrar.id
    assert (order.paid_via, order.cancel_note) == (None, None)
    assert order.identifier != "mine"
    assert order.completed_at.year > 2001


def test_attendees_named_beside_the_rows_ask_for_nothing(api: Api, world: World):
    """The web app sends the relationship with every order; here the server makes the attendees."""
    loose = make_attendee(world.session, world.free, created_by_id=world.registrar.id)
    for relation in ("attendees", "ticket-holders"):
        document = sale(world, row(world.paid.id, "1"))
        document["data"]["relationships"][relation] = {"data": [{"type": "attendee", "id": str(loose.id)}]}
        response = api.post(URL, document, world.registrar)
        assert response.status_code == 201, response.json
        assert [guest.ticket_id for guest in guests_of(world, response.json["data"])] == [world.paid.id]
    assert loose.order_id is None


@pytest.mark.parametrize("name", ["staff", "owner", "organizer", "coorganizer", "registrar"])
def test_who_sells(api: Api, world: World, name: str):
    document = sale(world, row(world.free.id, "1"))
    assert api.post(URL, document, getattr(world, name)).status_code == 201


@pytest.mark.parametrize("name", ["track_organizer", "moderator", "buyer", "stranger"])
def test_who_does_not_sell(api: Api, world: World, name: str):
    [error] = refused(api, world, sale(world, row(world.free.id, "1")), 403, getattr(world, name))
    assert error["code"] == "forbidden"


def test_nobody_sells_anonymously_or_at_another_event(api: Api, world: World):
    document = sale(world, row(world.free.id, "1"))
    assert api.post(URL, document).status_code == 401
    elsewhere = make_event(world.session)
    foreign = make_ticket(world.session, elsewhere)
    document = resource("order", {"on-site-tickets": [row(foreign.id, "1")]}, event=elsewhere)
    refused(api, world, document, 403)


def test_an_event_that_is_not_there(api: Api, world: World):
    document = sale(world, row(world.free.id, "1"))
    document["data"]["relationships"]["event"] = {"data": {"type": "event", "id": str(10**17)}}
    [error] = refused(api, world, document, 404)
    assert error["source"] == {"pointer": "/data/relationships/event/data"}
    del document["data"]["relationships"]["event"]
    [error] = refused(api, world, document, 422)
    assert error["source"] == {"pointer": "/data/relationships/event/data"}


@pytest.mark.parametrize("off", ["onsite=false", "onsite=0", "onsite=", "onsite=False", ""])
def test_onsite_can_be_off(api: Api, world: World, off: str):
    response = api.post(f"/v1/orders?{off}", sale(world, row(world.free.id, "1")), world.registrar)
    assert response.status_code == 422
    [error] = response.json["errors"]
    assert error["detail"].startswith("A valid relationship with ticket_holders resource is required. ")
    assert world.free.sold == 0


@pytest.mark.parametrize("on", ["onsite=true", "onsite=1", "onsite=True", "onsite=yes"])
def test_onsite_can_be_on(api: Api, world: World, on: str):
    response = api.post(f"/v1/orders?{on}", sale(world, row(world.free.id, "1")), world.registrar)
    assert response.status_code == 201, response.json
