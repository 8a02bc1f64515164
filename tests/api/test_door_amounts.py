"""What a sale at the door costs, and whose amount is believed."""

import struct
from decimal import Decimal

import pytest

from app.models import Ticket
from tests.door_sales import ITEMS, refused, row, sale, sell
from tests.factories import World, make_ticket
from tests.http import Api


def as_32_bits(number: float) -> float:
    """What becomes of a number in the Android app's float."""
    return struct.unpack("f", struct.pack("f", number))[0]


def float_sum(*prices: float) -> float:
    total = 0.0
    for price in prices:
        total = as_32_bits(total + as_32_bits(price))
    return total


def test_a_sum_of_32_bit_floats_is_close_enough(api: Api, world: World):
    dime = make_ticket(world.session, world.event, type="paid", price=Decimal("0.10"), max_order=50)
    sent = float_sum(25.5, *[0.1] * 31)
    assert sent != 28.6
    order = sell(api, world, row(world.paid.id, "1"), row(dime.id, "31"), amount=sent)
    assert order["attributes"]["amount"] == 28.6


@pytest.mark.parametrize("amount", [25.5, 25.51, 25.49, "25.50", as_32_bits(25.5) + 1e-9, None])
def test_an_amount_that_agrees(api: Api, world: World, amount):
    assert sell(api, world, row(world.paid.id, "1"), amount=amount)["attributes"]["amount"] == 25.5


@pytest.mark.parametrize("amount", [0, 1, 25.48, 25.52, 25.489, 51, "26"])
def test_an_amount_that_differs_is_never_believed(api: Api, world: World, amount):
    [error] = refused(api, world, sale(world, row(world.paid.id, "1"), amount=amount), 409)
    assert error["code"] == "amount-mismatch"
    assert error["source"] == {"pointer": "/data/attributes/amount"}
    assert error["meta"] == {"sent": float(amount), "computed": 25.5}
    assert str(amount) in error["detail"]
    assert "25.50" in error["detail"]


@pytest.mark.parametrize("amount", [-1, -25.5, 1e300], ids=repr)
def test_an_amount_that_nobody_could_pay_differs_too(api: Api, world: World, amount):
    [error] = refused(api, world, sale(world, row(world.paid.id, "1"), amount=amount), 409)
    assert error["meta"] == {"sent": amount, "computed": 25.5}


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "x", True, [], {}], ids=repr)
def test_an_amount_that_is_none(api: Api, world: World, amount):
    [error] = refused(api, world, sale(world, row(world.paid.id, "1"), amount=amount), 422)
    assert error["source"] == {"pointer": "/data/attributes/amount"}


@pytest.fixture
def donation(world: World) -> Ticket:
    return make_ticket(
        world.session, world.event, type="donation", min_price=Decimal("5.00"), max_price=Decimal("50.00")
    )


@pytest.mark.parametrize(
    ("price", "amount"), [({}, 10), ({"price": None}, 10), ({"price": 5}, 10), ({"price": "50"}, 100)]
)
def test_a_donation_costs_what_its_row_says_or_the_least(api: Api, world: World, donation: Ticket, price, amount):
    assert sell(api, world, row(donation.id, "2", **price), amount=amount)["attributes"]["amount"] == amount


@pytest.mark.parametrize("price", [4.99, 50.01, 0, -5, "much", 7.123, True])
def test_a_donation_outside_its_bounds(api: Api, world: World, donation: Ticket, price):
    [error] = refused(api, world, sale(world, row(world.free.id, "1"), row(donation.id, "1", price=price)), 422)
    assert error["source"] == {"pointer": f"{ITEMS}/1/price"}


def test_a_donation_without_an_upper_bound(api: Api, world: World, donation: Ticket):
    donation.max_price = None
    assert sell(api, world, row(donation.id, "1", price=123456.78))["attributes"]["amount"] == 123456.78


def test_nobody_names_the_price_of_an_ordinary_ticket(api: Api, world: World):
    order = sell(api, world, row(world.paid.id, "1", price=1), row(world.free.id, "1", price=7))
    assert order["attributes"]["amount"] == 25.5
