"""Role invites: offering a role by mail, and taking the offer.

Whoever holds the token has read the mail, so that accepting proves the address too. The token itself is in the mail
only: it is made when the mail leaves (`app.services.invite_tokens`).
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Event, Role, RoleInvite, User
from app.models.mails import INVITE_PAGE
from app.models.role_invites import ACCEPTED, PENDING
from app.models.users_events_roles import OWNER
from app.services import hashes, mails, users_events_roles
from app.services.addresses import by_email

LIFE = timedelta(hours=24)
"""How long an invite can be accepted after its letter has left, or another one."""

INVITED = "This address is invited to this role already. Send that invite again, or delete it."

ROLE = "/data/relationships/role/data"


def create(event: Event, data: dict[str, Any], *, may_name_heads: bool) -> RoleInvite:
    """Invites ``data["email"]`` to the role that ``role_id`` or ``role_name`` says, by mail.

    An owner's invite takes the place of older ones that nobody has accepted. Raises `Invalid` (no role, or two that
    differ), `NotFound` (an unknown one), `Forbidden` for heads, and `Conflict` when he has the role or the invite, or
    had the same letter a moment ago.
    """
    role = _role(data.get("role_id"), data.get("role_name"))
    users_events_roles.require_grantable(role.id, may_name_heads=may_name_heads)
    email = data["email"]
    _require_new(event, email, role)
    if role.name == OWNER:
        _withdraw_owners_invites(event)
    invite = RoleInvite(event_id=event.id, role_id=role.id, email=email)
    session().add(invite)
    session().flush()
    _send(invite, kind=f"invite to {event.id} as {role.name}")
    return invite


def resend(invite: RoleInvite, *, may_name_heads: bool) -> None:
    """Sends a pending invite again, with a token of its own: the one before ends, and time starts anew.

    Raises `Conflict` unless it is pending, and when it was sent again a moment ago; `NotFound` when it is just being
    deleted, and `Forbidden` for heads.
    """
    _found(_locked(select(RoleInvite).where(RoleInvite.id == invite.id)))
    users_events_roles.require_grantable(invite.role_id, may_name_heads=may_name_heads)
    _require_pending(invite)
    invite.token_hash = invite.sent_at = None
    session().flush()
    _send(invite, kind=f"invite {invite.id} again")


def accept(token: str, *, user_id: int) -> tuple[RoleInvite, User]:
    """Gives the user the role that he is invited to; his address counts as verified.

    Of an owner's invite the owner before becomes an organizer. Raises `NotFound` for a token that nobody knows,
    `Forbidden` when another address is invited, and `Conflict` when the invite was used or has expired.
    """
    invite = _found(_locked(_by_token(token)))
    user = session().get_one(User, user_id)
    if user.email.lower() != invite.email.lower():
        raise Forbidden(f"This invite is for {invite.email}. Log in with that account.", pointer="/data/token")
    _require_pending(invite)
    if invite.sent_at is None or utcnow() > invite.sent_at + LIFE:
        raise Conflict("This invite has expired. Ask the organizers to send it again.", pointer="/data/token")
    offered = {"event_id": invite.event_id, "user_id": user.id, "role_id": invite.role_id}
    if not users_events_roles.has_role(**offered):
        users_events_roles.create(**offered, may_name_heads=True)
    if invite.role_name == OWNER:
        users_events_roles.demote_other_owners(invite.event, user.id)
    invite.status = ACCEPTED
    user.is_verified = True
    session().flush()
    return invite, user


def invited_address(token: str) -> str:
    """The address that a token was sent to. Raises `NotFound`."""
    return _found(_by_token(token)).email


def delete(invite: RoleInvite) -> None:
    """Takes an offer back. Raises `Conflict` once it has been accepted."""
    if invite.status == ACCEPTED:
        raise Conflict("You cannot delete an accepted role invite. Take the role away instead.", pointer="/data")
    session().delete(invite)
    session().flush()


def _role(role_id: int | None, role_name: str | None) -> Role:
    if role_id is None and role_name is None:
        raise Invalid("Say which role: a relationship role, or role-name.", pointer=ROLE)
    asked = Role.id == role_id if role_id is not None else Role.name == role_name
    role: Role | None = session().scalar(select(Role).where(asked))
    if role is None:
        raise NotFound.of("Role.id", role_id, pointer=ROLE)
    if role_name not in (None, role.name):
        raise Invalid(
            f"role-name is {role_name}, but the role is {role.name}. Send one of them, or both alike.",
            pointer="/data/attributes/role-name",
        )
    return role


def _require_new(event: Event, email: str, role: Role) -> None:
    user = by_email(email)
    if user is not None and users_events_roles.has_role(user_id=user.id, event_id=event.id, role_id=role.id):
        raise Conflict(
            f"{email} is {role.title_name} of this event already. There is nobody to invite.",
            pointer="/data/attributes/email",
        )
    # A race past this check is caught by the unique index, with the same answer.
    pending = select(RoleInvite.id).where(
        RoleInvite.event_id == event.id,
        func.lower(RoleInvite.email) == email.lower(),
        RoleInvite.role_id == role.id,
        RoleInvite.status == PENDING,
    )
    if session().scalar(pending):
        raise Conflict(INVITED, pointer="/data/attributes/email")


def _withdraw_owners_invites(event: Event) -> None:
    older = (
        select(RoleInvite)
        .join(RoleInvite.role)
        .where(RoleInvite.event_id == event.id, Role.name == OWNER, RoleInvite.status == PENDING)
    )
    for invite in session().scalars(older):
        session().delete(invite)


def _require_pending(invite: RoleInvite) -> None:
    if invite.status != PENDING:
        raise Conflict(f"This invite was {invite.status} already.", pointer="/data")


def _by_token(token: str) -> Select[RoleInvite]:
    living = select(RoleInvite).join(RoleInvite.event).where(Event.deleted_at.is_(None))
    return living.where(RoleInvite.token_hash == hashes.of_secret(token))


def _locked(statement: Select[RoleInvite]) -> Select[RoleInvite]:
    """Of several who accept at once the first does; the others find it accepted."""
    return statement.with_for_update(of=RoleInvite).execution_options(populate_existing=True)


def _found(statement: Select[RoleInvite]) -> RoleInvite:
    invite = session().scalar(statement)
    if invite is None:
        raise NotFound("This invite is not known; perhaps a newer one was sent.", pointer="/data/token")
    return invite


def _send(invite: RoleInvite, *, kind: str) -> None:
    event, role = mails.name_of(invite.event.name), invite.role.title_name
    hours = LIFE // timedelta(hours=1)
    queued = mails.queue(
        invite.email,
        f"You are invited to {event} as {role}",
        f"You are invited to help at {event}, as {role}. Open this page within {hours} hours to accept:",
        page=INVITE_PAGE,
        kind=kind,
        role_invite_id=invite.id,
    )
    if not queued:
        raise Conflict("This address was sent this invite a few minutes ago. Wait a little.", pointer="/data")
