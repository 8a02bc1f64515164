"""Tickets and invoices as PDF, made while somebody waits for them, and kept nowhere.

Who may read an order or attendee may print it: `parent_row` asks for that. A ticket that was replaced is printed by who
looks after the event and for who has bought it: it was replaced since somebody had it who should not.
"""

from typing import Any

from flask import Blueprint, Response

from app.api.calls import File, call
from app.api.edge.actor import current_actor
from app.api.edge.files import PDF, attached
from app.api.jsonapi.parents import parent_row
from app.errors import Conflict, Invalid
from app.models import Order, TicketHolder, User
from app.permissions import visible
from app.permissions.policy import Permission as P
from app.permissions.refusals import require
from app.services import papers, users

paper_calls = Blueprint("papers", __name__)


@paper_calls.get("/v1/orders/<id:order_id>/tickets-pdf")
@paper_calls.get("/v1/orders/<identifier:order_identifier>/tickets-pdf")
@paper_calls.get("/v1/tickets/<identifier:order_identifier>")
@call("printTickets", gives=File(PDF), needs=P.ORDER_READ, refuses=(Conflict, Invalid))
def tickets(**view_kwargs: Any) -> Response:
    """The tickets of an order. Under ``/v1/tickets`` a number is a ticket's id, and an identifier is an order's."""
    actor = current_actor()
    order: Order = parent_row(actor, view_kwargs)
    if any(guest.secret_rotated_at is not None for guest in order.attendees):
        require(actor, P.REPLACED_TICKET_PRINT, order)
    return attached(papers.tickets_of_order(order), PDF, f"{order.identifier}.pdf")


@paper_calls.get("/v1/orders/invoices/<identifier:order_identifier>")
@call("printInvoice", gives=File(PDF), needs=P.ORDER_READ, refuses=(Conflict,))
def invoice(**view_kwargs: Any) -> Response:
    """The invoice of an order. It names the account that has bought to those who may see that account."""
    actor = current_actor()
    order: Order = parent_row(actor, view_kwargs)
    buyer = users.find(order.user_id, seen=visible.rows(actor, User))
    return attached(papers.invoice(order, buyer=buyer), PDF, f"invoice-{order.number}.pdf")


@paper_calls.get("/v1/orders/attendees/<id:attendee_id>.pdf")
@call("printTicket", gives=File(PDF), needs=P.ATTENDEE_READ, refuses=(Conflict,))
def ticket(**view_kwargs: Any) -> Response:
    """The ticket of one attendee."""
    guest: TicketHolder = parent_row(current_actor(), view_kwargs)
    return attached(papers.ticket_of(guest), PDF, f"ticket-{guest.id}.pdf")
