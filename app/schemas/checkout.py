"""Carts on the wire: plain JSON, with which tickets are priced and ordered online.

What is not read here (discount and access codes) is ignored.
"""

from collections.abc import Iterator
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from app.errors import DomainError, Invalid
from app.schemas.fields import LARGEST_TOTAL, Money, RowId
from app.schemas.orders import Quantity
from app.services.checkout import NO_TICKETS, TICKETS
from app.services.orders import MOST_SEATS, Item


class CartRowSchema(Schema):
    """So many of a ticket, one when it is not said; ``price`` counts for donations only."""

    class Meta:
        """Further members are ignored."""

        unknown = EXCLUDE

    id = RowId("a ticket", required=True)
    quantity = Quantity(least=1, load_default=1)
    price = Money(allow_none=True, load_default=None)


class CartSchema(Schema):
    """Rows of tickets, and perhaps a total that a team member sets."""

    class Meta:
        """Further members are ignored."""

        unknown = EXCLUDE

    tickets = fields.List(
        fields.Nested(CartRowSchema),
        required=True,
        validate=validate.Length(max=MOST_SEATS),
        error_messages={"required": NO_TICKETS, "null": NO_TICKETS},
    )
    amount = Money(most=LARGEST_TOTAL, allow_none=True, load_default=None)

    @classmethod
    def read(cls, body: dict[str, Any]) -> dict[str, Any]:
        """``tickets`` as `Item` rows, and ``amount``. Raises `Invalid`, one error for each wrong member."""
        try:
            loaded = cls().load(body)
        except ValidationError as error:
            raise DomainError.many(list(_refusals(error.messages, ""))) from None
        rows = enumerate(loaded["tickets"])
        items = [Item(index, row["id"], row["quantity"], row["price"], at=TICKETS) for index, row in rows]
        return {"tickets": items, "amount": loaded["amount"]}


def _refusals(messages: Any, pointer: str) -> Iterator[Invalid]:
    """marshmallow's messages are nested as the body is; about an object as a whole they stand under ``_schema``."""
    if isinstance(messages, dict):
        for name, part in messages.items():
            yield from _refusals(part, pointer if name == "_schema" else f"{pointer}/{name}")
    else:
        for text in messages:
            yield Invalid(str(text), pointer=pointer)
