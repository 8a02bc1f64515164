"""Which rows somebody may see, as SQL: the policy's READ rows in the words of a query.

Everything that reaches rows without a check of its own goes through these conditions: lists, ``include``, and the
relationships that ``filter`` and ``sort`` walk over. A test holds them against the policy row by row.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.models import (
    BadgeForm,
    Event,
    Microlocation,
    Order,
    OrderLine,
    Role,
    Session,
    Station,
    StationStorePax,
    Ticket,
    TicketHolder,
    Track,
    User,
    UserCheckIn,
    UsersEventsRoles,
)
from app.models.events import PUBLISHED
from app.models.sessions import PUBLIC_STATES
from app.permissions import predicates
from app.permissions.actors import Actor
from app.permissions.predicates import DOOR, ORGANIZERS

Condition = ColumnElement[bool]


def events(actor: Actor) -> Condition:
    """`EVENT_READ`: published ones, and those he has a role at."""
    living = Event.deleted_at.is_(None)
    if actor.is_staff:
        return living
    return and_(living, or_(Event.state == PUBLISHED, Event.id.in_(list(actor.roles))))


def microlocations(actor: Actor) -> Condition:
    """`MICROLOCATION_READ`."""
    return and_(Microlocation.deleted_at.is_(None), _of_visible_event(actor, Microlocation))


def tracks(actor: Actor) -> Condition:
    """`TRACK_READ`."""
    return and_(Track.deleted_at.is_(None), _of_visible_event(actor, Track))


def sessions(actor: Actor) -> Condition:
    """`SESSION_READ`: accepted and confirmed ones, and all of events he has a role at."""
    living = Session.deleted_at.is_(None)
    if actor.is_staff:
        return living
    on_show = and_(Session.state.in_(PUBLIC_STATES), _of_published_event(Session))
    return and_(living, or_(Session.event_id.in_(list(actor.roles)), on_show))


def tickets(actor: Actor) -> Condition:
    """`TICKET_READ`: those on show, those of events whose door he keeps, and those he bought or sold."""
    living = Ticket.deleted_at.is_(None)
    if actor.is_staff:
        return living
    on_show = and_(Ticket.is_hidden.is_(False), _of_published_event(Ticket))
    seen = [Ticket.event_id.in_(actor.events_as(DOOR)), on_show]
    if actor.user_id is not None:
        his = select(OrderLine.ticket_id).join(OrderLine.order).where(predicates.own_orders(actor))
        seen.append(Ticket.id.in_(his))
    return and_(living, or_(*seen))


def orders(actor: Actor) -> Condition:
    """`ORDER_READ`: those of events whose door he keeps, and those he bought or sold."""
    if actor.is_staff:
        return true()
    return or_(Order.event_id.in_(actor.events_as(DOOR)), own_orders(actor))


def own_orders(actor: Actor) -> Condition:
    """Orders that he bought or sold."""
    return false() if actor.user_id is None else predicates.own_orders(actor)


def attendees(actor: Actor) -> Condition:
    """`ATTENDEE_READ`: those of events whose door he keeps, of orders he bought, and those he just made."""
    living = TicketHolder.deleted_at.is_(None)
    if actor.is_staff:
        return living
    if actor.user_id is None:
        return false()
    bought = TicketHolder.order_id.in_(select(Order.id).where(Order.user_id == actor.user_id))
    made = and_(TicketHolder.order_id.is_(None), TicketHolder.created_by_id == actor.user_id)
    return and_(living, or_(TicketHolder.event_id.in_(actor.events_as(DOOR)), bought, made))


def stations(actor: Actor) -> Condition:
    """`STATION_READ`: those of events whose door he keeps."""
    return and_(Station.deleted_at.is_(None), _of_own_door(actor, Station))


def user_check_ins(actor: Actor) -> Condition:
    """`USER_CHECK_IN_READ`: those of events whose door he keeps."""
    return and_(UserCheckIn.deleted_at.is_(None), _of_own_door(actor, UserCheckIn))


def station_store_paxs(actor: Actor) -> Condition:
    """`STATION_STORE_PAX_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, StationStorePax)


def badge_forms(actor: Actor) -> Condition:
    """`BADGE_FORM_READ`: those of events whose door he keeps."""
    return _of_own_door(actor, BadgeForm)


def users(actor: Actor) -> Condition:
    """`USER_READ`, and for organizers who bought at their events; not who was only named in a sale at the door."""
    living = User.deleted_at.is_(None)
    if actor.is_staff:
        return living
    if actor.user_id is None:
        return false()
    buyers = select(Order.user_id).where(Order.event_id.in_(actor.events_as(ORGANIZERS)), Order.sold_by_id.is_(None))
    return and_(living, or_(User.id == actor.user_id, User.id.in_(buyers)))


def colleagues(actor: Actor) -> Condition:
    """By name only: himself, and members and sellers of events he organizes."""
    living = User.deleted_at.is_(None)
    if actor.is_staff:
        return living
    if actor.user_id is None:
        return false()
    led = actor.events_as(ORGANIZERS)
    members = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id.in_(led))
    sellers = select(Order.sold_by_id).where(Order.event_id.in_(led))
    return and_(living, or_(User.id == actor.user_id, User.id.in_(members), User.id.in_(sellers)))


def roles(_actor: Actor) -> Condition:
    """`ROLE_READ`: all."""
    return true()


def users_events_roles(actor: Actor) -> Condition:
    """`USERS_EVENTS_ROLES_READ`: of events he organizes, and his own."""
    if actor.is_staff:
        return true()
    if actor.user_id is None:
        return false()
    return or_(UsersEventsRoles.event_id.in_(actor.events_as(ORGANIZERS)), UsersEventsRoles.user_id == actor.user_id)


CONDITIONS: dict[Any, Callable[[Actor], Condition]] = {
    Event: events,
    Microlocation: microlocations,
    Track: tracks,
    Session: sessions,
    Ticket: tickets,
    Order: orders,
    TicketHolder: attendees,
    Station: stations,
    UserCheckIn: user_check_ins,
    StationStorePax: station_store_paxs,
    BadgeForm: badge_forms,
    User: users,
    Role: roles,
    UsersEventsRoles: users_events_roles,
    "colleague": colleagues,
}
"""By model, and by name where one model is shown in two ways (``seen_as`` of a schema)."""


def rows(actor: Actor, shown: Any) -> Condition:
    """The condition for any model that has documents, or for a way to show one: a key of `CONDITIONS`."""
    return CONDITIONS[shown](actor)


def _of_own_door(actor: Actor, model: Any) -> Condition:
    return true() if actor.is_staff else model.event_id.in_(actor.events_as(DOOR))


def _of_visible_event(actor: Actor, model: Any) -> Condition:
    if actor.is_staff:
        return true()
    return or_(model.event_id.in_(list(actor.roles)), _of_published_event(model))


def _of_published_event(model: Any) -> Condition:
    published = select(Event.id).where(Event.state == PUBLISHED, Event.deleted_at.is_(None))
    return model.event_id.in_(published)
