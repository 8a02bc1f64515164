"""Roles at events over HTTP."""

from typing import Any

from app.api.edge.actor import current_actor
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.models import Event, Role, UsersEventsRoles
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas import RoleSchema, UsersEventsRolesSchema
from app.services import users_events_roles


class Roles(DataLayer):
    """Rows of roles; they come with the first migration."""

    model = Role


class RoleList(ResourceList):
    """All kinds of work."""

    schema = RoleSchema
    data_layer = {"class": Roles}
    permissions = {"GET": P.ROLE_READ}


class RoleDetail(ResourceDetail):
    """One kind of work, also as that of a grant."""

    schema = RoleSchema
    data_layer = {"class": Roles}
    permissions = {"GET": P.ROLE_READ}


class Grants(DataLayer):
    """Rows of users-events-roles."""

    model = UsersEventsRoles

    def belongs_to(self, parent: type, relation: str) -> Any:
        """An event's grants are served under the relationship's name and under the type's."""
        return super().belongs_to(parent, "roles")

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> UsersEventsRoles:
        """Gives the role."""
        event = data.pop("event")
        return users_events_roles.create(**data, may_name_heads=_may_name_heads(event))

    def before_update_object(self, obj: UsersEventsRoles, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        users_events_roles.update(obj, data.get("role_id", obj.role_id), may_name_heads=_may_name_heads(obj.event))

    def before_delete_object(self, obj: UsersEventsRoles, view_kwargs: dict[str, Any]) -> None:
        """Takes the role away."""
        users_events_roles.delete(obj)


def _may_name_heads(event: Event) -> bool:
    return permits(current_actor(), P.HEADS_NAME, event)


class UsersEventsRolesList(ResourceList):
    """Who has which role at an event."""

    schema = UsersEventsRolesSchema
    data_layer = {"class": Grants}
    permissions = {"GET": P.USERS_EVENTS_ROLES_LIST}


class UsersEventsRolesListPost(ResourceList):
    """Giving a role to who has not been asked: organizers invite (`app.api.role_invites`)."""

    schema = UsersEventsRolesSchema
    data_layer = {"class": Grants}
    permissions = {"POST": P.USERS_EVENTS_ROLES_CREATE}


class UsersEventsRolesDetail(ResourceDetail):
    """One grant."""

    schema = UsersEventsRolesSchema
    data_layer = {"class": Grants}
    permissions = {
        "GET": P.USERS_EVENTS_ROLES_READ,
        "PATCH": P.USERS_EVENTS_ROLES_WRITE,
        "DELETE": P.USERS_EVENTS_ROLES_WRITE,
    }


class UsersEventsRolesRelationship(ResourceRelationship):
    """What a grant is linked to."""

    schema = UsersEventsRolesSchema
    data_layer = {"class": Grants}
    permissions = {"GET": P.USERS_EVENTS_ROLES_READ}
