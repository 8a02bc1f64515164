"""Rows as one parameter: what arrives in the database is what was sent, in its order, and objects are in step."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select

from app.models import Order, TicketHolder
from app.services import recordsets
from tests.factories import World

ORDERS = recordsets.NewRows(Order)
PLACED = ORDERS.named("placed")
INSERT = (
    insert(Order.__table__)
    .from_select(ORDERS.names, select(*(PLACED.c[name] for name in ORDERS.names)).order_by(PLACED.c.place))
    .returning(Order.__table__.c.id)
)


def read(world: World, rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """What the database makes of rows of orders."""
    table = recordsets.of_columns("sent", Order, names)
    statement = select(*(table.c[name] for name in names)).order_by(table.c.place)
    return [tuple(row) for row in world.session.execute(statement, {"sent": recordsets.rows(rows)})]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("company", 'O\'Brien, "Ä" {1,2} \\n \n % %s :x \u2028 🎟'),
        ("company", ""),
        ("company", None),
        ("amount", Decimal("999999999999.99")),
        ("amount", Decimal("0.10")),
        ("created_at", datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)),
        ("is_billing_enabled", True),
        ("user_id", 2**62 + 1),
    ],
)
def test_values_arrive_as_they_are(world: World, name: str, value: Any):
    assert read(world, [{name: value}], name) == [(value,)]


def test_the_order_is_kept_and_what_is_left_out_is_null(world: World):
    rows = [{"user_id": number} for number in (3, 1, 2)] + [{"company": "None"}]
    assert read(world, rows, "user_id", "company") == [(3, None), (1, None), (2, None), (None, "None")]
    assert read(world, [], "user_id") == []


def test_what_no_column_holds_is_refused_before_it_is_sent():
    with pytest.raises(TypeError):
        recordsets.rows([{"company": object()}])


def test_new_objects_are_stored_in_their_order_and_known_to_the_session(world: World, count_queries: Any):
    orders = [Order(event_id=world.event.id, payment_mode=mode) for mode in ("cheque", "bank", "onsite")]
    with count_queries() as sent:
        ORDERS.are_stored(orders, reversed(world.session.execute(INSERT, {"placed": ORDERS.sent(orders)}).all()))
        world.session.flush()
        seen = [(order.id, order.payment_mode, order.company) for order in orders]
    assert len(sent) == 1
    assert [order_id for order_id, *_ in seen] == sorted(order_id for order_id, *_ in seen)
    statement = select(Order.id, Order.payment_mode, Order.company).where(Order.id.in_([order.id for order in orders]))
    assert seen == [tuple(row) for row in world.session.execute(statement.order_by(Order.id))]
    assert all(inspect(order).persistent and not inspect(order).modified for order in orders)
    assert world.session.get(Order, orders[0].id) is orders[0]


def test_what_is_left_open_gets_the_columns_default(world: World):
    first, second = orders = [Order(event_id=world.event.id), Order(event_id=world.event.id, is_billing_enabled=True)]
    ORDERS.are_stored(orders, world.session.execute(INSERT, {"placed": ORDERS.sent(orders)}).all())
    assert first.identifier != second.identifier
    assert (first.is_billing_enabled, second.is_billing_enabled) == (False, True)
    told = {name: getattr(first, name) for name in ORDERS.names}
    world.session.expire(first)
    assert {name: getattr(first, name) for name in ORDERS.names} == told


@pytest.mark.parametrize(("model", "made", "left"), [(Order, (), "id"), (TicketHolder, ("id",), "secret")])
def test_what_only_the_database_can_make_must_be_named(model: Any, made: tuple[str, ...], left: str):
    """Else it would be null: a guest without a secret, whose ticket no door knows."""
    with pytest.raises(TypeError, match=f"^{left} of {model.__name__}"):
        recordsets.NewRows(model, made=made)
    assert left not in recordsets.NewRows(model, made={*made, left}).names
