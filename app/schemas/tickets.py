"""Tickets on the wire."""

from app.models import Ticket
from app.models.tickets import TYPES
from app.schemas.base import Schema
from app.schemas.fields import Flag, Instant, Money, Whole
from app.schemas.relationships import Later, ToMany, ToOne
from app.schemas.texts import Name, RichText, Text


class TicketSchema(Schema):
    """A kind of ticket."""

    class Meta(Schema.Meta):
        """Type ticket."""

        type_ = "ticket"
        model = Ticket
        self_url = "/v1/tickets/{id}"

    create_only = ("event",)

    id = Text(dump_only=True)
    name = Name()
    type = Name(metadata={"enum": list(TYPES)})
    description = RichText()
    price = Money()
    min_price = Money()
    max_price = Money(allow_none=True)
    quantity = Whole(least=0)
    min_order = Whole(least=0)
    max_order = Whole(least=0)
    sales_starts_at = Instant(required=True)
    sales_ends_at = Instant(required=True)
    position = Whole()
    is_description_visible = Flag()
    is_fee_absorbed = Flag()
    is_hidden = Flag()
    is_checkin_restricted = Flag()
    auto_checkin_enabled = Flag()
    form_id = Text()
    badge_id = Text()
    deleted_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    attendees = ToMany("attendee", "AttendeeSchema")
    order_statistics = ToOne("order-statistics-ticket", "OrderStatisticsTicketSchema")
    discount_codes = Later("discount-code", many=True)
    access_codes = Later("access-code", many=True)
