"""Orders on the wire, and the rows of an on-site sale."""

import re
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load
from marshmallow_jsonapi.exceptions import IncorrectTypeError

from app.errors import DomainError, Invalid
from app.models import Order
from app.models.orders import PAYMENT_MODES, STATUSES
from app.schemas.base import Schema, messages
from app.schemas.fields import Flag, Instant, Money, RowId
from app.schemas.relationships import Later, ToMany, ToOne
from app.schemas.texts import Choice, LaterId, Text
from app.services.orders import ITEMS, MOST_SEATS, NOTHING_TO_SELL, TOO_MANY_SEATS, Item


class Quantity(fields.Field[Any]):
    """A whole number of seats, ``least`` or more, as text or number."""

    _DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)

    def __init__(self, *, least: int = 0, **options: Any):
        super().__init__(**options)
        self.least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        text = str(value).strip()
        is_number = isinstance(value, str | int) and not isinstance(value, bool) and self._DIGITS.fullmatch(text)
        if not is_number or int(text) < self.least:
            raise ValidationError(f"Must be a whole number from {self.least} to {MOST_SEATS}.")
        if int(text) > MOST_SEATS:
            raise ValidationError(TOO_MANY_SEATS)
        return int(text)


class OnSiteTicketSchema(Schema):
    """One row of ``on-site-tickets``: so many of a ticket; ``price`` counts for donations only."""

    class Meta(Schema.Meta):
        """Type on-site-ticket."""

        type_ = "on-site-ticket"

    id = RowId("a ticket", required=True)
    quantity = Quantity(required=True)
    price = Money(allow_none=True)


class OnSiteTickets(fields.Field[Any]):
    """The rows of an on-site sale: resource objects ``{"data": {…}}``, or flat ``{"id": …, "quantity": …}``."""

    def __init__(self, **options: Any):
        super().__init__(allow_none=True, load_only=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Item]:
        """The items. Raises `Invalid` with one error for each wrong member, each with the row's index."""
        if not isinstance(value, list):
            raise Invalid(NOTHING_TO_SELL, pointer=ITEMS)
        items: list[Item] = []
        wrong: list[DomainError] = []
        for index, row in enumerate(value):
            try:
                loaded = OnSiteTicketSchema.load_resource(_resource(row), creating=True)
                items.append(Item(index, loaded["id"], loaded["quantity"], loaded.get("price")))
            except (ValidationError, IncorrectTypeError) as error:
                wrong += [_at_row(index, message) for message in messages(error)]
        if wrong:
            raise DomainError.many(wrong)
        return items


class OrderSchema(Schema):
    """An order. The amount is the server's; one sent with an on-site sale is compared, never believed.

    The web app sends the whole order back to change its status: what a PATCH cannot change is ignored in it.
    """

    class Meta(Schema.Meta):
        """Type order."""

        type_ = "order"
        model = Order
        self_url = "/v1/orders/{identifier}"

    create_only = ("amount", "on_site_tickets", "event", "user", "attendees")
    update_only = ("cancel_note",)  # nobody cancels an order while making it

    id = Text(dump_only=True)
    identifier = Text(dump_only=True)
    amount = Money(compared_only=True)
    status = Choice(STATUSES, allow_none=False)
    payment_mode = Choice(PAYMENT_MODES)
    paid_via = Text(dump_only=True)
    completed_at = Instant(dump_only=True)
    created_at = Instant(dump_only=True)
    address = Text()
    city = Text()
    state = Text()
    country = Text()
    zipcode = Text()
    company = Text()
    tax_business_info = Text()
    is_billing_enabled = Flag()
    cancel_note = Text()
    order_notes = Text()
    discount_code_id = LaterId()
    on_site_tickets = OnSiteTickets()

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    user = ToOne("user", "BuyerSchema", column="user_id")
    sold_by = ToOne("user", "ColleagueSchema")
    sold_by_pass = ToOne("door-pass", "DoorPassSchema")
    attendees = ToMany("attendee", "AttendeeSchema", column="attendee_ids", always_linked=True, allow_none=True)
    tickets = ToMany("ticket", "TicketSchema")
    discount_code = Later("discount-code")

    @pre_load
    def _accept_ticket_holders(self, payload: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """The relationship ``attendees`` is also known as ``ticket-holders``."""
        for alias in ("ticket-holders", "ticket_holders"):
            if alias in payload:
                payload.setdefault("attendees", payload.pop(alias))
        return payload

    @post_load
    def _forget_nulls(self, loaded: dict[str, Any], *, partial: bool, **_options: Any) -> dict[str, Any]:
        """Null is nothing for a new order; in a PATCH it empties a member."""
        if partial:
            return loaded
        return {name: value for name, value in loaded.items() if value is not None}


def _resource(row: Any) -> dict[str, Any]:
    """A row in either form as a resource object whose id stands where the schema looks for it."""
    nested = row.get("data") if isinstance(row, dict) and "data" in row else {"attributes": row}
    members = nested.get("attributes") if isinstance(nested, dict) else None
    if not isinstance(nested, dict) or not isinstance(members, dict):
        return {"type": "on-site-ticket", "attributes": {}}
    return {"type": nested.get("type", "on-site-ticket"), "attributes": {"id": nested.get("id"), **members}}


def _at_row(index: int, message: dict[str, Any]) -> Invalid:
    member = message.get("source", {}).get("pointer", "").rsplit("/", 1)[-1] or "id"
    return Invalid(f"{member}: {message['detail']}", pointer=f"{ITEMS}/{index}/{member}")
