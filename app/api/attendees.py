"""Attendees (ticket holders) over HTTP; a PATCH checks in and out."""

from typing import Any, ClassVar

from sqlalchemy import ColumnElement

from app.api.calls import Also
from app.api.edge.actor import current_actor, current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.errors import DomainError, OrderNotPaid, SoldOut
from app.models import Event, Ticket, TicketHolder
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas import AttendeeSchema
from app.services import attendees, counts
from app.services.venue_door import Scanner


class Attendees(DataLayer):
    """Rows of attendees."""

    model = TicketHolder

    def within(self, parent: type) -> Any:
        """Of an event, or a ticket."""
        columns: dict[type, Any] = {Event: TicketHolder.event_id, Ticket: TicketHolder.ticket_id}
        return columns.get(parent)

    def kept_count(self, parent: type) -> ColumnElement[int] | None:
        """Of an event, or a ticket."""
        return counts.attendees_of(parent, PARENT_ID)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> TicketHolder:
        """Takes a seat for an order to come."""
        actor, event = current_actor(), data["event"]
        sells = permits(actor, P.ORDER_SELL, event)
        return attendees.create(event, data, created_by_id=current_user_id(), sells=sells)

    def before_update_object(
        self, obj: TicketHolder, data: dict[str, Any], view_kwargs: dict[str, Any]
    ) -> dict[str, Any] | DomainError | None:
        """Checks in or out; what remains of the data are personal fields and the tag."""
        actor = current_actor()
        scanner = Scanner(actor.user_id, may_scan=permits(actor, P.ATTENDEE_SCAN, obj))
        return attendees.update(obj, data, scanner)

    def before_delete_object(self, obj: TicketHolder, view_kwargs: dict[str, Any]) -> None:
        """Gives the seat back."""
        attendees.delete(obj)


class AttendeeList(ResourceList):
    """Attendees of an event, an order or a ticket."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"GET": P.ATTENDEE_LIST}


class UserAttendeeList(ResourceList):
    """Attendees with the address of a user."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"GET": P.ATTENDEE_LIST_OWN}


class AttendeeListPost(ResourceList):
    """Creation."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"POST": P.ATTENDEE_CREATE}
    also: ClassVar = {"POST": Also(refuses=(SoldOut,))}


class AttendeeDetail(ResourceDetail):
    """One attendee."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"GET": P.ATTENDEE_READ, "PATCH": P.ATTENDEE_EDIT, "DELETE": P.ATTENDEE_DELETE}
    also: ClassVar = {"PATCH": Also(refuses=(OrderNotPaid,))}


class RelatedAttendee(ResourceDetail):
    """The guest of a scan."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"GET": P.ATTENDEE_READ}


class AttendeeRelationship(ResourceRelationship):
    """What an attendee is linked to."""

    schema = AttendeeSchema
    data_layer = {"class": Attendees}
    permissions = {"GET": P.ATTENDEE_READ} | changed_with(P.ATTENDEE_SCAN)
    changeable = ("tag",)
