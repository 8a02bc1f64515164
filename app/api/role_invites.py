"""Role invites over HTTP; accepting one is plain JSON."""

from typing import Any

from flask import Blueprint, Response, jsonify

from app.api.calls import EVERYBODY, Filled, Message, Shape, call
from app.api.edge.actor import current_actor, current_user_id
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import documents
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.parents import permitted_parent
from app.api.jsonapi.relationships import ResourceRelationship
from app.errors import BadRequest, Busy, Conflict, Invalid, NotFound
from app.models import Event, RoleInvite
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.permissions.refusals import require_login
from app.schemas import RoleInviteSchema
from app.services import role_invites

role_invite_calls = Blueprint("role_invites", __name__)


class Invitation(Shape):
    """What the mail of an invite holds."""

    token: Filled


class InvitationSent(Shape):
    """Tells of an invite by its token."""

    data: Invitation


class Resent(Message):
    """The invite is on its way again."""

    success: bool


class Invited(Shape):
    """Who is invited."""

    email: str


class Accepted(Shape):
    """The role that somebody has now."""

    email: str
    event: int
    event_identifier: str
    name: str | None
    role: str


UNUSABLE = (NotFound, Conflict, Invalid, Busy)


class RoleInvites(DataLayer):
    """Rows of role-invites."""

    model = RoleInvite

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> RoleInvite:
        """Invites."""
        event = data.pop("event")
        return role_invites.create(event, data, may_name_heads=_may_name_heads(event))

    def before_delete_object(self, obj: RoleInvite, view_kwargs: dict[str, Any]) -> None:
        """Takes the invite back."""
        role_invites.delete(obj)


class RoleInviteList(ResourceList):
    """Who is invited to an event's team."""

    schema = RoleInviteSchema
    data_layer = {"class": RoleInvites}
    permissions = {"GET": P.ROLE_INVITE_READ}


class RoleInviteListPost(ResourceList):
    """Inviting."""

    schema = RoleInviteSchema
    data_layer = {"class": RoleInvites}
    permissions = {"POST": P.ROLE_INVITE_WRITE}


class RoleInviteDetail(ResourceDetail):
    """One invite."""

    schema = RoleInviteSchema
    data_layer = {"class": RoleInvites}
    permissions = {"GET": P.ROLE_INVITE_READ, "DELETE": P.ROLE_INVITE_WRITE}


class RoleInviteRelationship(ResourceRelationship):
    """What an invite is linked to."""

    schema = RoleInviteSchema
    data_layer = {"class": RoleInvites}
    permissions = {"GET": P.ROLE_INVITE_READ}


@role_invite_calls.post("/v1/role-invites/<id:role_invite_id>/resend-invite")
@call("resendRoleInvite", gives=Resent, needs=P.ROLE_INVITE_RESEND, refuses=(Conflict, Invalid), is_keyed=True)
def resend(**view_kwargs: Any) -> Response:
    """Sends an invite again."""
    actor = current_actor()
    require_login(actor, P.ROLE_INVITE_RESEND)

    def work() -> Response:
        invite: RoleInvite = permitted_parent(actor, P.ROLE_INVITE_RESEND, view_kwargs)
        role_invites.resend(invite, may_name_heads=_may_name_heads(invite.event))
        return jsonify(success=True, message="Invite resent")

    return in_transaction(work)


@role_invite_calls.post("/v1/role_invites/accept-invite")
@role_invite_calls.post("/v1/role-invites/accept-invite")
@call(
    "acceptRoleInvite",
    takes=InvitationSent,
    gives=Accepted,
    needs=P.ROLE_INVITE_ACCEPT,
    refuses=UNUSABLE,
    is_keyed=True,
)
def accept() -> Response:
    """Takes the role that the caller is invited to, and says which."""
    require_login(current_actor(), P.ROLE_INVITE_ACCEPT)
    user_id, token = current_user_id(), _token()
    return in_transaction(lambda: _accepted(token, user_id))


@role_invite_calls.post("/v1/role_invites/user")
@call("getInvitedAddress", takes=InvitationSent, gives=Invited, needs=EVERYBODY, refuses=UNUSABLE)
def invited_address() -> Response:
    """The address that is invited: the web app logs in, or signs up, with it."""
    return jsonify(email=role_invites.invited_address(_token()))


def _accepted(token: str, user_id: int) -> Response:
    invite, user = role_invites.accept(token, user_id=user_id)
    return jsonify(
        email=user.email,
        event=invite.event_id,
        event_identifier=invite.event.identifier,
        name=user.full_name,
        role=invite.role_name,
    )


def _token() -> str:
    data = documents.read_object().get("data")
    token = data.get("token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not token:
        raise BadRequest('Send {"data": {"token": "…"}} with the token from the invite.', pointer="/data/token")
    return token


def _may_name_heads(event: Event) -> bool:
    return permits(current_actor(), P.HEADS_NAME, event)
