"""One-line questions about an actor and a thing (a model's row, or None where there is none yet)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.database import session
from app.models import (
    DoorPass,
    Event,
    Feedback,
    Movement,
    Order,
    OrderLine,
    Session,
    Speaker,
    Ticket,
    TicketHolder,
    User,
    UsersEventsRoles,
)
from app.models.door_passes import SCAN, SEARCH, SELL
from app.models.events import PUBLISHED
from app.models.orders import INITIALIZING
from app.models.sessions import PUBLIC_STATES
from app.models.users_events_roles import COORGANIZER, HEADS, ORGANIZER, OWNER, REGISTRAR, TRACK_ORGANIZER
from app.permissions.actors import Actor

Predicate = Callable[[Actor, Any], bool]

ORGANIZERS = (OWNER, ORGANIZER, COORGANIZER)
DOOR = (OWNER, ORGANIZER, COORGANIZER, REGISTRAR)


def event_id_of(thing: Any) -> int | None:
    """The event that a thing belongs to; an event belongs to itself."""
    return thing.id if isinstance(thing, Event) else getattr(thing, "event_id", None)


def event_of(thing: Any) -> Event | None:
    """The event that a thing belongs to, as a row; None for things outside events."""
    return thing if isinstance(thing, Event) else getattr(thing, "event", None)


# Questions that nobody has to log in for.


def anyone(_actor: Actor, _thing: Any) -> bool:
    """Everybody, logged in or not."""
    return True


def published(_actor: Actor, thing: Any) -> bool:
    """The thing's event is public."""
    event = event_of(thing)
    return event is not None and event.state == PUBLISHED and event.deleted_at is None


def on_show(_actor: Actor, thing: Any) -> bool:
    """The public may see the thing itself: no hidden ticket, no unaccepted session, and nobody and nothing of one."""
    if isinstance(thing, Ticket):
        return not thing.is_hidden
    if isinstance(thing, Session):
        return thing.state in PUBLIC_STATES and thing.deleted_at is None
    if isinstance(thing, Speaker):
        return any(on_show(_actor, programme_item) for programme_item in thing.sessions)
    if isinstance(thing, Feedback):
        return thing.session is None or on_show(_actor, thing.session)
    return True


PUBLIC = frozenset({anyone, published, on_show})


# Questions about the person.


def nobody(_actor: Actor, _thing: Any) -> bool:
    """Closed, to staff too."""
    return False


def logged_in(actor: Actor, _thing: Any) -> bool:
    """Any account."""
    return actor.user_id is not None


def staff(actor: Actor, _thing: Any) -> bool:
    """An administrator of the server."""
    return actor.is_staff


def verified(actor: Actor, _thing: Any) -> bool:
    """His e-mail address is known to be his."""
    return actor.is_verified


def member(actor: Actor, thing: Any) -> bool:
    """Has any role at the thing's event."""
    return event_id_of(thing) in actor.roles


def head(actor: Actor, thing: Any) -> bool:
    """Owner or organizer of the thing's event."""
    return actor.has_role(event_id_of(thing), HEADS)


def organizer(actor: Actor, thing: Any) -> bool:
    """Owner, organizer or coorganizer of the thing's event."""
    return actor.has_role(event_id_of(thing), ORGANIZERS)


def owner(actor: Actor, thing: Any) -> bool:
    """Owner of the thing's event."""
    return actor.has_role(event_id_of(thing), (OWNER,))


def registrar(actor: Actor, thing: Any) -> bool:
    """Registrar (door staff) of the thing's event."""
    return actor.has_role(event_id_of(thing), (REGISTRAR,))


def track_organizer(actor: Actor, thing: Any) -> bool:
    """Makes the programme of the thing's event."""
    return actor.has_role(event_id_of(thing), (TRACK_ORGANIZER,))


def self_(actor: Actor, thing: Any) -> bool:
    """The thing is his own account, or his own role."""
    if isinstance(thing, UsersEventsRoles):
        return thing.user_id == actor.user_id
    return isinstance(thing, User) and thing.id == actor.user_id


def buyer(actor: Actor, thing: Any) -> bool:
    """Bought the order, or the attendee's order."""
    order = _order_of(thing)
    return actor.user_id is not None and order is not None and order.user_id == actor.user_id


def seller(actor: Actor, thing: Any) -> bool:
    """Sold the order at the door, with his account or his door pass."""
    if not isinstance(thing, Order) or actor.is_nobody:
        return False
    return (thing.sold_by_id, thing.sold_by_pass_id) == (actor.user_id, actor.pass_id)


def maker(actor: Actor, thing: Any) -> bool:
    """Made the attendee, who has no order yet."""
    return (
        isinstance(thing, TicketHolder)
        and thing.order_id is None
        and actor.user_id is not None
        and thing.created_by_id == actor.user_id
    )


def author(actor: Actor, thing: Any) -> bool:
    """Wrote the feedback."""
    return actor.user_id is not None and isinstance(thing, Feedback) and thing.user_id == actor.user_id


def recorder(actor: Actor, thing: Any) -> bool:
    """Recorded the movement, with his account or his door pass."""
    if not isinstance(thing, Movement) or actor.is_nobody:
        return False
    return (thing.recorded_by_id, thing.door_pass_id) == (actor.user_id, actor.pass_id)


def with_pass(actor: Actor, thing: Any) -> bool:
    """Has a door pass of the thing's event."""
    return actor.has_pass(event_id_of(thing))


def may_scan(actor: Actor, thing: Any) -> bool:
    """Has a door pass of the thing's event that scans."""
    return actor.can(SCAN, event_id_of(thing))


def may_search(actor: Actor, thing: Any) -> bool:
    """Has a door pass of the thing's event that finds guests by their whole names."""
    return actor.can(SEARCH, event_id_of(thing))


def may_sell(actor: Actor, thing: Any) -> bool:
    """Has a door pass of the thing's event that sells."""
    return actor.can(SELL, event_id_of(thing))


def own_pass(actor: Actor, thing: Any) -> bool:
    """The thing is the door pass that he has."""
    return isinstance(thing, DoorPass) and thing.id == actor.pass_id


ALSO_OF_PASSES = frozenset({with_pass, may_scan, may_search, may_sell, own_pass, recorder, seller})
"""Questions that may be answered with yes for a phone with a door pass."""


def own_orders(actor: Actor) -> ColumnElement[bool]:
    """The condition that an order was bought or sold by a logged-in actor: `buyer` or `seller`, in SQL."""
    return or_(Order.user_id == actor.user_id, Order.sold_by_id == actor.user_id)


def has_bought(actor: Actor, thing: Any) -> bool:
    """Bought or sold this ticket once."""
    if actor.user_id is None or not isinstance(thing, Ticket):
        return False
    # Rows of the table ask this last, because only this question goes to the database.
    lines = select(OrderLine.order_id).join(OrderLine.order).where(OrderLine.ticket_id == thing.id, own_orders(actor))
    return session().scalar(lines.limit(1)) is not None


def initializing(_actor: Actor, thing: Any) -> bool:
    """The thing's order is still being filled in."""
    order = _order_of(thing)
    return order is not None and order.status == INITIALIZING


def _order_of(thing: Any) -> Order | None:
    if isinstance(thing, Order):
        return thing
    return thing.order if isinstance(thing, TicketHolder) else None
