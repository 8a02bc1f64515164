"""Which people somebody may see, and which roles and invitations: conditions of `visible` that are about accounts."""

from typing import Any

from sqlalchemy import ColumnElement, Exists, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from app.models import Feedback, Order, RoleInvite, Session, Speaker, User, UsersEventsRoles
from app.permissions.kinds import Asker, Condition, Rule


@Rule
def users(who: Asker) -> Condition:
    """`USER_READ`, and for organizers who bought at their events; not who was only named in a sale at the door."""
    order = aliased(Order)
    return _himself_or(who, _any_of(order, order.user_id, who).where(order.is_sold_online))


@Rule
def members(who: Asker) -> Condition:
    """With the address: himself, and who works at events he organizes."""
    return _himself_or(who, _working(who))


@Rule
def colleagues(who: Asker) -> Condition:
    """By name only: himself, and who works at, makes the programme of, or has rated, events he organizes."""
    order = aliased(Order)
    programme = (
        User.id.in_(select(made_by).where(model.event_id == who.events_as_organizer).correlate(None))
        for model, made_by in ((Session, Session.creator_id), (Speaker, Speaker.user_id), (Feedback, Feedback.user_id))
    )
    return _himself_or(who, _working(who), _any_of(order, order.sold_by_id, who), *programme)


@Rule
def roles(_who: Asker) -> Condition:
    """`ROLE_READ`: all."""
    return true()


@Rule
def users_events_roles(who: Asker) -> Condition:
    """`USERS_EVENTS_ROLES_READ`: of events he organizes, and his own."""
    if who.is_staff:
        return true()
    if not who.has_account:
        return false()
    return or_(UsersEventsRoles.event_id == who.events_as_organizer, UsersEventsRoles.user_id == who.user_id)


@Rule
def role_invites(who: Asker) -> Condition:
    """`ROLE_INVITE_READ`: of events he organizes."""
    return true() if who.is_staff else RoleInvite.event_id == who.events_as_organizer


def _working(who: Asker) -> Condition:
    """Who works at events that somebody organizes."""
    working = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id == who.events_as_organizer)
    return User.id.in_(working)


def _any_of(order: Any, whose: Any, who: Asker) -> Exists:
    """Who has any order at events that somebody organizes, in the column ``whose``. It is asked of each account, along
    the index of that column: events have few accounts on a page, and may have a hundred thousand orders."""
    return exists().where(whose == User.id, order.event_id == who.events_as_organizer).correlate_except(order)


def _himself_or(who: Asker, *others: ColumnElement[bool]) -> Condition:
    """Accounts: all for staff, none for nobody, else his own and the others of which a condition is true."""
    living = User.deleted_at.is_(None)
    if who.is_staff:
        return living
    if not who.has_account:
        return false()
    return and_(living, or_(User.id == who.user_id, *others))
