"""Role invites on the wire: never with what accepts them."""

from app.models import RoleInvite
from app.models.role_invites import STATUSES
from app.models.users_events_roles import ROLES
from app.schemas.base import Schema
from app.schemas.fields import Instant
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Email, Text


class RoleInviteSchema(Schema):
    """An offer of a role. The role is said by its name, or as a relationship."""

    class Meta(Schema.Meta):
        """Type role-invite."""

        type_ = "role-invite"
        model = RoleInvite
        self_url = "/v1/role-invites/{id}"

    id = Text(dump_only=True)
    email = Email(required=True)
    role_name = Choice(ROLES)
    status = Choice(STATUSES, dump_only=True)
    created_at = Instant(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    role = ToOne("role", "RoleSchema", column="role_id")
