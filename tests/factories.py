"""Rows for tests. Everything has a default; `World` is the event that most tests are about."""

import hashlib
import itertools
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, scoped_session

from app.clock import utcnow
from app.models import (
    CustomForm,
    Event,
    Order,
    OrderLine,
    Role,
    RoleInvite,
    Ticket,
    TicketHolder,
    User,
    UsersEventsRoles,
)
from app.models.custom_forms import ATTENDEE
from app.models.orders import COMPLETED, HOLDING
from app.services import passwords

PASSWORD = "correct horse"
ROLES = ("owner", "organizer", "coorganizer", "track_organizer", "moderator", "registrar")

_numbers = itertools.count(1)


@lru_cache(maxsize=1)
def _hash() -> str:
    return passwords.hashed(PASSWORD)  # argon2 is slow on purpose; once is enough


def make_user(session: Any, **facts: Any) -> User:
    """An account with the password `PASSWORD`."""
    number = next(_numbers)
    return _add(session, User(**{"email": f"person{number}@example.org", "password_hash": _hash(), **facts}))


def make_event(session: Any, **facts: Any) -> Event:
    """A published event in UTC that runs from yesterday to three days ahead and takes payment on site."""
    now = utcnow()
    defaults = {
        "name": f"Event {next(_numbers)}",
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=3),
        "timezone": "UTC",
        "state": "published",
        "can_pay_onsite": True,
    }
    return _add(session, Event(**defaults | facts))


def make_ticket(session: Any, event: Event, **facts: Any) -> Ticket:
    """A free ticket on sale, 100 seats."""
    defaults = {
        "event_id": event.id,
        "name": f"Ticket {next(_numbers)}",
        "type": "free",
        "quantity": 100,
        "sales_starts_at": event.starts_at - timedelta(days=30),
        "sales_ends_at": event.ends_at,
    }
    return _add(session, Ticket(**defaults | facts))


def make_order(session: Any, ticket: Ticket, seats: int = 1, **facts: Any) -> Order:
    """A completed order with its line, attendees and seats, as a sale leaves it."""
    facts = {"event_id": ticket.event_id, "status": COMPLETED, "payment_mode": "onsite"} | facts
    order = _add(session, Order(amount=ticket.unit_price * seats, **facts))
    _add(session, OrderLine(order_id=order.id, ticket_id=ticket.id, quantity=seats, price=ticket.unit_price))
    for _ in range(seats):
        make_attendee(session, ticket, order=order)
    return order


def make_attendee(session: Any, ticket: Ticket, order: Order | None = None, **facts: Any) -> TicketHolder:
    """An attendee who holds a seat if his order does."""
    number = next(_numbers)
    defaults = {
        "event_id": ticket.event_id,
        "ticket_id": ticket.id,
        "order_id": order.id if order else None,
        "firstname": "Ada",
        "lastname": f"Guest{number}",
        "email": f"guest{number}@example.org",
    }
    attendee = _add(session, TicketHolder(**defaults | facts))
    if order is None or order.status in HOLDING:
        ticket.sold += 1
        session.flush()
    return attendee


def make_field(session: Any, event: Event, **facts: Any) -> CustomForm:
    """A field of the organizer's own in the form for attendees, neither required nor included."""
    own = {"form": ATTENDEE, "field_identifier": f"field_{next(_numbers)}", "is_complex": True}
    facts = {"event_id": event.id} | own | facts
    return _add(session, CustomForm(**{"name": facts["field_identifier"].title()} | facts))


def make_crowd(session: Any, ticket: Ticket, size: int) -> None:
    """So many attendees without an order, quickly: they take no seats."""
    facts = {"event_id": ticket.event_id, "ticket_id": ticket.id, "firstname": "Ada"}
    session.execute(insert(TicketHolder), [facts] * size)


def grant(session: Any, user: User, event: Event, role_name: str) -> UsersEventsRoles:
    """Gives a user a role at an event."""
    role = session.query(Role).filter_by(name=role_name).one()
    return _add(session, UsersEventsRoles(user_id=user.id, event_id=event.id, role_id=role.id))


def make_invite(
    session: Any, event: Event, role_name: str = "moderator", *, token: str = "", **facts: Any
) -> RoleInvite:
    """A pending invite that was just sent."""
    number = next(_numbers)
    token_hash = hashlib.sha256((token or f"token {number}").encode()).hexdigest()
    role = session.query(Role).filter_by(name=role_name).one()
    defaults = {"email": f"invited{number}@example.org", "token_hash": token_hash, "sent_at": utcnow()}
    return _add(session, RoleInvite(**{"event_id": event.id, "role_id": role.id} | defaults | facts))


class World:
    """A published event: a free and a paid ticket, one person for each role, a completed order of the buyer."""

    def __init__(self, session: scoped_session[Session]):
        self.session = session
        self.event = make_event(session)
        self.free = make_ticket(session, self.event, name="Free")
        self.paid = make_ticket(session, self.event, name="Paid", type="paid", price=Decimal("25.50"))
        self.people = {name: make_user(session, first_name=name, is_verified=True) for name in ROLES}
        for name in ROLES:
            grant(session, self.people[name], self.event, name)
        self.people["staff"] = make_user(session, first_name="staff", is_admin=True, is_verified=True)
        self.people["buyer"] = make_user(session, first_name="buyer")
        self.people["stranger"] = make_user(session, first_name="stranger", is_verified=True)
        self.order = make_order(session, self.paid, seats=2, user_id=self.buyer.id)
        self.attendee: TicketHolder = self.order.attendees[0]

    def __getattr__(self, name: str) -> User:
        """People by their role: ``world.registrar``."""
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


def _add(session: Any, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
