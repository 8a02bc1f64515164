"""Accounts over HTTP."""

from typing import Any, ClassVar

from flask import Response

from app.api.calls import Also
from app.api.edge import rate_limits
from app.api.edge.actor import has_fresh_token
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.errors import TooManyRequests
from app.models import User
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.schemas import BuyerSchema, ColleagueSchema, MemberSchema, UserSchema
from app.services import users


class Users(DataLayer):
    """Rows of users."""

    model = User

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> User:
        """Signs up."""
        return users.create_account(**data)

    def before_update_object(self, obj: User, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        users.update(obj, data, fresh=has_fresh_token())

    def before_delete_object(self, obj: User, view_kwargs: dict[str, Any]) -> None:
        """Hides the account."""
        users.delete(obj)


class UserList(ResourceList):
    """All accounts."""

    schema = UserSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.USER_LIST, "POST": P.USER_CREATE}
    also: ClassVar = {"POST": Also(says="Signs up.", refuses=(TooManyRequests,))}

    def post(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Signs up."""
        rate_limits.require(rate_limits.SIGN_UP)
        return super().post(actor, view_kwargs)


class UserDetail(ResourceDetail):
    """One account, for its owner and staff."""

    schema = UserSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.USER_READ, "PATCH": P.USER_UPDATE, "DELETE": P.USER_DELETE}


class RelatedBuyer(ResourceDetail):
    """The buyer of an order, or the account of an attendee."""

    schema = BuyerSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.RELATED_USER_READ}


class RelatedMemberList(ResourceList):
    """Who has a certain role at an event."""

    schema = MemberSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.RELATED_USER_READ}


class RelatedMember(ResourceDetail):
    """Who has a role, or an event's owner."""

    schema = MemberSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.RELATED_USER_READ}


class RelatedColleague(ResourceDetail):
    """The seller of an order, or who made something of a programme."""

    schema = ColleagueSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.RELATED_USER_READ}


class UserRelationship(ResourceRelationship):
    """What an account is linked to."""

    schema = UserSchema
    data_layer = {"class": Users}
    permissions = {"GET": P.USER_READ}
