"""Another secret for a ticket that has come into the wrong hands, over HTTP."""

from typing import Any

from flask import Blueprint, Response

from app.api.calls import Row, call
from app.api.edge.actor import current_actor, current_user_id
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import querystring, rendering
from app.api.jsonapi.parents import permitted_parent
from app.errors import Conflict, Invalid
from app.models import TicketHolder
from app.permissions.policy import Permission as P
from app.permissions.refusals import require_login
from app.schemas import AttendeeSchema
from app.services import ticket_secrets

ticket_secret_calls = Blueprint("ticket_secrets", __name__)


@ticket_secret_calls.post("/v1/attendees/<id:attendee_id>/rotate-secret")
@call(
    "rotateTicketSecret",
    gives=Row(AttendeeSchema),
    needs=P.TICKET_SECRET_ROTATE,
    refuses=(Conflict, Invalid),
    is_keyed=True,
)
def rotate(**view_kwargs: Any) -> Response:
    """Ends the codes of an attendee's ticket, and gives it another one."""
    actor = current_actor()
    require_login(actor, P.TICKET_SECRET_ROTATE)

    def work() -> Response:
        attendee: TicketHolder = permitted_parent(actor, P.TICKET_SECRET_ROTATE, view_kwargs)
        ticket_secrets.rotate(attendee, revoked_by_id=current_user_id())
        return rendering.respond(rendering.detail(attendee, AttendeeSchema, querystring.Query()))

    return in_transaction(work)
