"""Buying online, in plain JSON: how many are left, what a cart costs, its order, and whether that is paid.

Errors are JSON:API documents as everywhere.
"""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from app.api.calls import EVERYBODY, Bare, Shape, call
from app.api.edge.actor import current_actor, current_user_id
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.including import linked
from app.api.jsonapi.parents import permitted_parent
from app.api.jsonapi.querystring import Query
from app.errors import Busy, Invalid, NotFound, NotLoggedIn, SoldOut
from app.models import Event, Order, Ticket
from app.permissions import visible
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.permissions.refusals import require, require_login
from app.schemas import OrderSchema
from app.schemas.checkout import CartSchema
from app.services import checkout, tickets
from app.services.orders import Line, amount_of

checkout_calls = Blueprint("checkout", __name__)


class Availability(Shape):
    """How many are left of a ticket."""

    id: int
    name: str
    quantity: int
    available: int


class CalculatedTicket(Shape):
    """What one line of a cart costs."""

    id: int
    name: str
    price: float
    quantity: int
    discount: None
    ticket_fee: float
    sub_total: float
    ticket_tax: float
    discounted_tax: float


class Calculation(Shape):
    """What a cart costs."""

    sub_total: float
    total: float
    discount: float
    tax: None
    tickets: list[CalculatedTicket]


class PaymentStatus(Shape):
    """The status of an order."""

    payment_status: str


UNFILLED = (NotFound, Invalid, Busy)
"""A cart that cannot be filled: of unknown tickets, say, or of two events."""


@checkout_calls.get("/v1/events/<id:event_id>/tickets/availability")
@checkout_calls.get("/v1/events/<identifier:event_identifier>/tickets/availability")
@call("getAvailability", gives=list[Availability], needs=P.TICKET_LIST)
def availability(**view_kwargs: Any) -> Response:
    """How many of each ticket that the caller may see can be bought now."""
    actor = current_actor()
    event: Event = permitted_parent(actor, P.TICKET_LIST, view_kwargs)
    found = tickets.availability(
        event, seen=visible.tickets(actor), held_for=current_app.config["SETTINGS"].order_expiry
    )
    return jsonify([_available(ticket, left) for ticket, left in found])


@checkout_calls.post("/v1/orders/calculate-amount")
@call("calculateAmount", takes=CartSchema, gives=Calculation, needs=EVERYBODY, refuses=(*UNFILLED, NotLoggedIn))
def calculate_amount() -> Response:
    """What the tickets of a cart cost, line by line."""
    return jsonify(_calculation(_cart(current_actor(), _wish()).lines))


@checkout_calls.post("/v1/orders/create-order")
@call(
    "createOrderOfCart",
    takes=CartSchema,
    gives=Bare(OrderSchema),
    needs=P.ORDER_CREATE,
    refuses=(*UNFILLED, SoldOut),
    is_keyed=True,
)
def create_order() -> Response:
    """The caller's order of a cart, with its attendees, ready to be filled in."""
    actor = current_actor()
    require_login(actor, P.ORDER_CREATE)
    return in_transaction(lambda: _create_order(actor))


@checkout_calls.post("/v1/orders/<id:order_id>/verify")
@checkout_calls.post("/v1/orders/<identifier:order_identifier>/verify")
@call("verifyOrder", gives=PaymentStatus, needs=P.ORDER_UPDATE)
def verify(**view_kwargs: Any) -> Response:
    """The order's status: no gateway is asked, as none is in use."""
    order: Order = permitted_parent(current_actor(), P.ORDER_UPDATE, view_kwargs)
    return jsonify(payment_status=order.status)


def _wish() -> dict[str, Any]:
    return CartSchema.read(documents.read_object())


def _cart(actor: Actor, wish: dict[str, Any], *, to_order: bool = False) -> checkout.Cart:
    return checkout.fill(wish["tickets"], seen=visible.tickets(actor), to_order=to_order)


def _create_order(actor: Actor) -> Response:
    wish = _wish()
    cart = _cart(actor, wish, to_order=True)
    require(actor, P.ORDER_CREATE, cart.event)
    sells = permits(actor, P.ORDER_SELL, cart.event)
    amount = wish["amount"] if permits(actor, P.ORDER_SET_AMOUNT, cart.event) else None
    order, attendee_ids = checkout.place(cart, user_id=current_user_id(), sells=sells, amount=amount)
    related = linked(OrderSchema, order.id, {"attendees": attendee_ids})
    shown = rendering.detail(order, OrderSchema, Query(), related=related)
    return jsonify(data=shown["data"], links={"self": rendering.self_link(order, OrderSchema)})


def _available(ticket: Ticket, left: int) -> dict[str, Any]:
    return {"id": ticket.id, "name": ticket.name, "quantity": ticket.quantity, "available": left}


def _calculation(lines: tuple[Line, ...]) -> dict[str, Any]:
    total = float(amount_of(lines))
    return {
        "sub_total": total,
        "total": total,
        "discount": 0.0,
        "tax": None,
        "tickets": [_calculated(line) for line in lines],
    }


def _calculated(line: Line) -> dict[str, Any]:
    return {
        "id": line.ticket.id,
        "name": line.ticket.name,
        "price": float(line.price),
        "quantity": line.quantity,
        "discount": None,
        "ticket_fee": 0.0,
        "sub_total": float(line.price * line.quantity),
        "ticket_tax": 0.0,
        "discounted_tax": 0.0,
    }
