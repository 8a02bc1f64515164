"""Roles and who has them, on the wire."""

from app.models import Role, UsersEventsRoles
from app.schemas.base import Schema
from app.schemas.relationships import ToOne
from app.schemas.texts import Text


class RoleSchema(Schema):
    """A kind of work at an event."""

    class Meta(Schema.Meta):
        """Type role."""

        type_ = "role"
        model = Role
        self_url = "/v1/roles/{id}"

    id = Text(dump_only=True)
    name = Text(dump_only=True)
    title_name = Text(dump_only=True)


class UsersEventsRolesSchema(Schema):
    """One user's one role at one event."""

    class Meta(Schema.Meta):
        """Type users-events-roles."""

        type_ = "users-events-roles"
        model = UsersEventsRoles
        self_url = "/v1/users-events-roles/{id}"

    create_only = ("event", "user")

    id = Text(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    user = ToOne("user", "MemberSchema", column="user_id", required=True)
    role = ToOne("role", "RoleSchema", column="role_id", required=True)
