"""Mails about orders that somebody asks for: receipts for attendees, and everything once more. Plain JSON."""

from typing import Any

from flask import Blueprint, Response, jsonify

from app.api.calls import After, Dashed, Filled, Message, Shape, call
from app.api.edge.actor import current_actor
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import documents, errors
from app.api.jsonapi.parents import permitted_parent
from app.errors import Conflict, Invalid, NotFound
from app.models import Order
from app.permissions.policy import Permission as P
from app.permissions.refusals import require_login
from app.services import order_mails

receipt_calls = Blueprint("receipts", __name__)
order_mail_calls = Blueprint("order_mails", __name__)


class Sold(Dashed):
    """Which order."""

    order_identifier: Filled


class Ordered(Shape):
    """Which order, by its identifier."""

    order: Filled


class SentAgain(Shape):
    """Asks for the mails of an order."""

    data: Ordered


class Sent(Message):
    """The mails are on their way."""

    status: bool


IDENTIFIER = "$response.body#/data/attributes/identifier"
"""Where answers tell an order's."""

JUST_SENT = "The receipt was sent to the attendees a few minutes ago, and is not sent again so soon"


@receipt_calls.post("/v1/attendees/send-receipt")
@call(
    "sendReceipt",
    takes=Sold,
    gives=Message,
    needs=P.ORDER_SEND_RECEIPT,
    refuses=(NotFound, Conflict, Invalid),
    is_keyed=True,
    after=After(Order, body={"order-identifier": IDENTIFIER}),
)
def send_receipt() -> Response:
    """A mail to each attendee of an order who has an address. Errors are ``{"error": "…"}``."""
    require_login(current_actor(), P.ORDER_SEND_RECEIPT)
    order = _order(P.ORDER_SEND_RECEIPT, documents.read_object().get("order-identifier"), "/order-identifier")

    def queue() -> Response:
        sent = order_mails.send_receipts(order)
        return jsonify(message="receipt sent to attendees" if sent else JUST_SENT)

    return in_transaction(queue)


@order_mail_calls.post("/v1/orders/resend-email")
@call(
    "resendOrderMails",
    takes=SentAgain,
    gives=Sent,
    needs=P.ORDER_SEND_AGAIN,
    refuses=(NotFound, Conflict, Invalid),
    is_keyed=True,
    after=After(Order, body={"data": {"order": IDENTIFIER}}),
)
def resend_email() -> Response:
    """What buyer and attendees were told of an order, once more: to their own addresses, whatever ``user`` says."""
    require_login(current_actor(), P.ORDER_SEND_AGAIN)
    data = documents.read_object().get("data")
    order = _order(P.ORDER_SEND_AGAIN, data.get("order") if isinstance(data, dict) else None, "/data/order")

    def queue() -> Response:
        order_mails.send_again(order)
        message = f"Verification emails for order : {order.identifier} has been sent successfully"
        return jsonify(status=True, message=message)

    return in_transaction(queue)


receipt_calls.register_error_handler(Exception, errors.render_plain)


def _order(permission: P, identifier: Any, pointer: str) -> Order:
    if not isinstance(identifier, str) or not identifier.strip() or "\x00" in identifier:
        raise Invalid("Order identifier missing. Send the identifier of the order as text.", pointer=pointer)
    order: Order = permitted_parent(current_actor(), permission, {"order_identifier": identifier.strip()})
    return order
