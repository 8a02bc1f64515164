"""Which people somebody may see, and which roles and invitations: conditions of `visible` that are about accounts."""

from typing import Any

from sqlalchemy import Select, and_, false, or_, select, true

from app.models import Feedback, Order, RoleInvite, Session, Speaker, User, UsersEventsRoles
from app.permissions.kinds import Asker, Condition, Rule


@Rule
def users(who: Asker) -> Condition:
    """`USER_READ`, and for organizers who bought at their events; not who was only named in a sale at the door."""
    buyers = select(Order.user_id).where(Order.event_id == who.events_as_organizer, Order.is_sold_online)
    return _himself_or(who, buyers)


@Rule
def members(who: Asker) -> Condition:
    """With the address: himself, and who works at events he organizes."""
    working = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id == who.events_as_organizer)
    return _himself_or(who, working)


@Rule
def colleagues(who: Asker) -> Condition:
    """By name only: himself, and who works at, makes the programme of, or has rated, events he organizes."""
    working = select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id == who.events_as_organizer)
    sellers = select(Order.sold_by_id).where(Order.event_id == who.events_as_organizer)
    programme = (
        select(made_by).where(model.event_id == who.events_as_organizer).correlate(None)
        for model, made_by in ((Session, Session.creator_id), (Speaker, Speaker.user_id), (Feedback, Feedback.user_id))
    )
    return _himself_or(who, working, sellers, *programme)


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


def _himself_or(who: Asker, *others: Select[Any]) -> Condition:
    """Accounts: all for staff, none for nobody, else his own and those whose ids are selected."""
    living = User.deleted_at.is_(None)
    if who.is_staff:
        return living
    if not who.has_account:
        return false()
    return and_(living, or_(User.id == who.user_id, *(User.id.in_(ids) for ids in others)))
