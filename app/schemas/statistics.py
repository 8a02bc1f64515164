"""Statistics on the wire."""

from app.models import EventStatisticsGeneral, OrderStatisticsEvent, OrderStatisticsTicket
from app.schemas.base import Schema
from app.schemas.fields import Json, Whole
from app.schemas.texts import Text


class OrderStatisticsEventSchema(Schema):
    """What was ordered at an event, by status."""

    class Meta(Schema.Meta):
        """Type order-statistics-event."""

        type_ = "order-statistics-event"
        model = OrderStatisticsEvent
        self_url = "/v1/events/{id}/order-statistics"

    id = Text(dump_only=True)
    orders = Json(dict, dump_only=True)
    tickets = Json(dict, dump_only=True)
    sales = Json(dict, dump_only=True)


class OrderStatisticsTicketSchema(Schema):
    """What was ordered of a ticket, by status."""

    class Meta(Schema.Meta):
        """Type order-statistics-ticket."""

        type_ = "order-statistics-ticket"
        model = OrderStatisticsTicket
        self_url = "/v1/tickets/{id}/order-statistics"

    id = Text(dump_only=True)
    orders = Json(dict, dump_only=True)
    tickets = Json(dict, dump_only=True)
    sales = Json(dict, dump_only=True)


class EventStatisticsGeneralSchema(Schema):
    """How far an event's programme is."""

    class Meta(Schema.Meta):
        """Type event-statistics-general."""

        type_ = "event-statistics-general"
        model = EventStatisticsGeneral
        self_url = "/v1/events/{id}/general-statistics"

    id = Text(dump_only=True)
    identifier = Text(dump_only=True)
    sessions = Whole(dump_only=True)
    sessions_submitted = Whole(dump_only=True)
    sessions_draft = Whole(dump_only=True)
    sessions_pending = Whole(dump_only=True)
    sessions_accepted = Whole(dump_only=True)
    sessions_confirmed = Whole(dump_only=True)
    sessions_rejected = Whole(dump_only=True)
    sessions_canceled = Whole(dump_only=True)
    sessions_withdrawn = Whole(dump_only=True)
    speakers = Json(dict, dump_only=True)
    sponsors = Whole(dump_only=True)
