"""Roles at an event: granting, changing, taking away."""

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select

from app.database import session
from app.errors import Conflict, Forbidden, NotFound
from app.models import Event, Role, RoleInvite, UsersEventsRoles
from app.models.role_invites import ACCEPTED
from app.models.users_events_roles import HEADS, ORGANIZER, OWNER, ROLES
from app.services import users

GRANTED = "This user has this role at this event already. There is nothing to do."


def create(*, event_id: int, user_id: int, role_id: int, may_name_heads: bool) -> UsersEventsRoles:
    """Gives a role. Raises `NotFound` for an unknown user or role, `Conflict` when he has it, `Forbidden` for heads."""
    require_grantable(role_id, may_name_heads=may_name_heads)
    users.require_living(user_id)
    grant = UsersEventsRoles(event_id=event_id, user_id=user_id, role_id=role_id)
    _require_new(grant)
    session().add(grant)
    session().flush()
    return grant


def update(grant: UsersEventsRoles, role_id: int, *, may_name_heads: bool) -> None:
    """Changes which role it is. Raises as `create`; the owner's own role cannot be changed."""
    if role_id == grant.role_id:
        return  # a client that sends the row back names nobody
    require_grantable(role_id, may_name_heads=may_name_heads)
    _require_not_owner(grant, "change the role of")
    _require_new(UsersEventsRoles(event_id=grant.event_id, user_id=grant.user_id, role_id=role_id))


def delete(grant: UsersEventsRoles) -> None:
    """Takes a role away, and the invite that gave it, which else would be shown on. Raises `Forbidden` for the
    owner's."""
    _require_not_owner(grant, "remove")
    accepted = delete_rows(RoleInvite).where(
        RoleInvite.event_id == grant.event_id,
        RoleInvite.role_id == grant.role_id,
        RoleInvite.status == ACCEPTED,
        func.lower(RoleInvite.email) == grant.user.email.lower(),
    )
    session().execute(accepted)
    session().delete(grant)
    session().flush()


def demote_other_owners(event: Event, owner_id: int) -> None:
    """Makes organizers of the event's owners but this one, who has taken over."""
    session().refresh(event, with_for_update={"key_share": True})  # of two who take over at once the second stays
    owner_role, organizer_role = (ROLES[name][0] for name in (OWNER, ORGANIZER))
    at_event = select(UsersEventsRoles).where(UsersEventsRoles.event_id == event.id)
    organizers = {grant.user_id for grant in session().scalars(at_event.filter_by(role_id=organizer_role))}
    before = at_event.where(UsersEventsRoles.role_id == owner_role, UsersEventsRoles.user_id != owner_id)
    for grant in session().scalars(before).all():
        if grant.user_id in organizers:
            session().delete(grant)
        else:
            grant.role_id = organizer_role
    session().flush()


def has_role(*, user_id: int, event_id: int, role_id: int) -> bool:
    """Whether the user has this very role at the event."""
    held = select(UsersEventsRoles.id).filter_by(user_id=user_id, event_id=event_id, role_id=role_id)
    return session().scalar(held) is not None


def require_grantable(role_id: int, *, may_name_heads: bool) -> None:
    """Raises `NotFound` for an unknown role, and `Forbidden` for a head's unless heads may be named."""
    role = session().get(Role, role_id)
    if role is None:
        known = ", ".join(f"{number} {name}" for name, (number, _) in ROLES.items())
        raise NotFound(f"Role.id: {role_id} not found. Known: {known}.", pointer="/data/relationships/role/data")
    if role.name in HEADS and not may_name_heads:
        raise Forbidden(
            "Only the owner may name owners and organizers. Ask him.", pointer="/data/relationships/role/data"
        )


def _require_not_owner(grant: UsersEventsRoles, verb: str) -> None:
    if grant.role.name == OWNER:
        raise Forbidden(
            f"You cannot {verb} the owner of the event. Somebody else must become it first.", pointer="/data"
        )


def _require_new(grant: UsersEventsRoles) -> None:
    # A race past this check is caught by the unique constraint, with the same answer.
    if has_role(user_id=grant.user_id, event_id=grant.event_id, role_id=grant.role_id):
        raise Conflict(GRANTED, pointer="/data/relationships/role/data")
