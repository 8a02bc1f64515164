"""Tokens in the letters of role invites: who has one has read the letter. They are random, and stored as a hash.

One is made when a letter leaves, never before: no table and no queue holds it.
"""

import secrets

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.models import Event, RoleInvite
from app.models.role_invites import PENDING
from app.services import hashes


def issue(role_invite_id: int) -> str | None:
    """Another token for the invite, whose time begins now; the one before ends. None when it is not pending (any more),
    was taken back, or its event is gone."""
    statement = (
        select(RoleInvite)
        .join(RoleInvite.event)
        .where(RoleInvite.id == role_invite_id, RoleInvite.status == PENDING, Event.deleted_at.is_(None))
        .with_for_update(of=RoleInvite)
        .execution_options(populate_existing=True)
    )
    invite = session().scalar(statement)
    if invite is None:
        return None
    token = secrets.token_urlsafe(32)
    invite.token_hash, invite.sent_at = hashes.of_secret(token), utcnow()
    session().flush()
    return token
