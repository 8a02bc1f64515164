"""Tickets over HTTP."""

from typing import Any

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import Ticket
from app.permissions.policy import Permission as P
from app.schemas import TicketSchema
from app.services import tickets


class Tickets(DataLayer):
    """Rows of tickets."""

    model = Ticket
    are_few = True  # an event has some dozens

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Ticket:
        """Makes the ticket."""
        return tickets.create(data["event"], data)

    def before_update_object(self, obj: Ticket, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        tickets.update(obj, data)

    def before_delete_object(self, obj: Ticket, view_kwargs: dict[str, Any]) -> None:
        """Hides the ticket."""
        tickets.delete(obj)


class TicketList(ResourceList):
    """Tickets of an event or an order."""

    schema = TicketSchema
    data_layer = {"class": Tickets}
    permissions = {"GET": P.TICKET_LIST}


class TicketListPost(ResourceList):
    """Creation."""

    schema = TicketSchema
    data_layer = {"class": Tickets}
    permissions = {"POST": P.TICKET_WRITE}


class TicketDetail(ResourceDetail):
    """One ticket."""

    schema = TicketSchema
    data_layer = {"class": Tickets}
    permissions = {"GET": P.TICKET_READ, "PATCH": P.TICKET_WRITE, "DELETE": P.TICKET_WRITE}


class RelatedTicket(ResourceDetail):
    """The ticket of an attendee."""

    schema = TicketSchema
    data_layer = {"class": Tickets}
    permissions = {"GET": P.TICKET_READ}


class TicketRelationship(ResourceRelationship):
    """What a ticket is linked to."""

    schema = TicketSchema
    data_layer = {"class": Tickets}
    permissions = {"GET": P.TICKET_READ}
