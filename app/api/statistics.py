"""Statistics over HTTP, under what they are about."""

from typing import Any

from app.api.jsonapi.base import ResourceDetail
from app.api.jsonapi.data_layers import DataLayer
from app.models import EventStatisticsGeneral, OrderStatisticsEvent, OrderStatisticsTicket
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.permissions.refusals import require
from app.schemas import EventStatisticsGeneralSchema, OrderStatisticsEventSchema, OrderStatisticsTicketSchema


class _Statistics(ResourceDetail):
    may_be_old = True

    def require_of(self, actor: Actor, parent: Any) -> None:
        """Raises as `require`: there always are numbers, so that null would be no answer."""
        require(actor, self.permissions["GET"], parent)


class OrdersOfEvents(DataLayer):
    """Rows of order-statistics-event."""

    model = OrderStatisticsEvent


class OrdersOfTickets(DataLayer):
    """Rows of order-statistics-ticket."""

    model = OrderStatisticsTicket


class Programmes(DataLayer):
    """Rows of event-statistics-general."""

    model = EventStatisticsGeneral


class EventOrderStatistics(_Statistics):
    """What was ordered at an event."""

    schema = OrderStatisticsEventSchema
    data_layer = {"class": OrdersOfEvents}
    permissions = {"GET": P.STATISTICS_READ}


class TicketOrderStatistics(_Statistics):
    """What was ordered of a ticket."""

    schema = OrderStatisticsTicketSchema
    data_layer = {"class": OrdersOfTickets}
    permissions = {"GET": P.STATISTICS_READ}


class EventGeneralStatistics(_Statistics):
    """How far the programme of an event is."""

    schema = EventStatisticsGeneralSchema
    data_layer = {"class": Programmes}
    permissions = {"GET": P.STATISTICS_READ}
