"""Finding a guest at the door by what he says of himself: a name, an address, the beginning of his order's number.

Who may not see a guest's whole name finds him by three letters at least, and is told his first name and one letter.

Letters in the middle of a name are found by no index without an extension: all guests of the event are read, 50,000 of
them in a quarter of a second on a machine that was busy with much else.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, String, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.database import session
from app.errors import Invalid
from app.models import Event, Order, Ticket, TicketHolder

MOST = 20
"""Guests in one answer: who has more of them asks for more letters."""

MOST_WORDS = 5
LETTERS = 3
"""Letters of the longest word that somebody must send who may not see whole names."""

SAID_ALOUD = 8
"""Characters of an order's identifier that are compared unless he who asks may read it anyway: with the rest, which is
part of the ticket's code, guesses would be confirmed one by one."""


def find(event: Event, text: str, *, may_name: bool, may_read: bool) -> Sequence[Row[TicketHolder, str]]:
    """The event's guests in whose name, order or (for who ``may_read``) e-mail address every word of the text occurs,
    in any case; `MOST` at most, by name.

    ``may_name``: he may see whole names; ``may_read``: all of the guest. Raises `Invalid` for a text that is too short.
    """
    words = text.split()[:MOST_WORDS]
    shortest = 1 if may_name else LETTERS
    if max(map(len, words), default=0) < shortest:
        wanted = "a letter" if may_name else f"{LETTERS} letters of a name"
        raise Invalid(f"Send {wanted} at least as the parameter search.", parameter="search")
    statement = (
        select(TicketHolder, Ticket.name.label("ticket_name"))
        .join(TicketHolder.ticket)
        .outerjoin(TicketHolder.order)
        .where(TicketHolder.event_id == event.id, TicketHolder.deleted_at.is_(None))
        .where(and_(*(_has(word, may_read=may_read) for word in words)))
        .order_by(TicketHolder.lastname, TicketHolder.firstname, TicketHolder.id)
        .limit(MOST)
    )
    return session().execute(statement).all()


def _has(word: str, *, may_read: bool) -> ColumnElement[bool]:
    columns: list[InstrumentedAttribute[Any]] = [TicketHolder.firstname, TicketHolder.lastname]
    identifier: ColumnElement[str] = Order.identifier.expression
    if may_read:
        columns.append(TicketHolder.email)
    else:
        identifier = func.left(identifier, SAID_ALOUD, type_=String())
    return or_(
        *(column.icontains(word, autoescape=True) for column in columns),
        identifier.istartswith(word, autoescape=True),
    )
