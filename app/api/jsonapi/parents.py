"""What nested addresses begin with: the row, and whether the caller may know of it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.database import session
from app.errors import NotFound
from app.models import (
    Amendment,
    AuditEntry,
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Event,
    EventCopyright,
    EventSubTopic,
    EventTopic,
    EventType,
    Faq,
    Feedback,
    Microlocation,
    Movement,
    Order,
    Repair,
    RoleInvite,
    Session,
    SessionType,
    SocialLink,
    Speaker,
    SpeakersCall,
    Sponsor,
    Station,
    StationStorePax,
    Tag,
    Ticket,
    TicketHolder,
    Track,
    User,
    UserCheckIn,
    UsersEventsRoles,
)
from app.permissions.actors import Actor
from app.permissions.policy import Permission, permits
from app.permissions.policy import Permission as P
from app.permissions.refusals import require, require_login
from app.plans import planned_once


@dataclass(frozen=True)
class Parent:
    """Whose rows a nested route is about: the URL's argument names the column; reading the parent is asked first."""

    model: Any
    column: str
    permission: Permission


PARENTS = {
    "event_id": Parent(Event, "id", P.EVENT_READ),
    "event_identifier": Parent(Event, "identifier", P.EVENT_READ),
    "session_id": Parent(Session, "id", P.SESSION_READ),
    "ticket_id": Parent(Ticket, "id", P.TICKET_READ),
    "order_id": Parent(Order, "id", P.ORDER_READ),
    "order_identifier": Parent(Order, "identifier", P.ORDER_READ),
    "attendee_id": Parent(TicketHolder, "id", P.ATTENDEE_READ),
    "movement_id": Parent(Movement, "id", P.MOVEMENT_READ),
    "check_in_conflict_id": Parent(CheckInConflict, "id", P.CHECK_IN_CONFLICT_READ),
    "amendment_id": Parent(Amendment, "id", P.AMENDMENT_READ),
    "audit_entry_id": Parent(AuditEntry, "id", P.AUDIT_ENTRY_READ),
    "repair_id": Parent(Repair, "id", P.REPAIR_READ),
    "station_id": Parent(Station, "id", P.STATION_READ),
    "user_check_in_id": Parent(UserCheckIn, "id", P.USER_CHECK_IN_READ),
    "station_store_pax_id": Parent(StationStorePax, "id", P.STATION_STORE_PAX_READ),
    "custom_form_id": Parent(CustomForm, "id", P.CUSTOM_FORM_READ),
    "speaker_id": Parent(Speaker, "id", P.SPEAKER_READ),
    "feedback_id": Parent(Feedback, "id", P.FEEDBACK_READ),
    "badge_form_id": Parent(BadgeForm, "id", P.BADGE_FORM_READ),
    "user_id": Parent(User, "id", P.USER_READ),
    "role_invite_id": Parent(RoleInvite, "id", P.ROLE_INVITE_READ),
    "door_pass_id": Parent(DoorPass, "id", P.DOOR_PASS_READ),
    "users_events_roles_id": Parent(UsersEventsRoles, "id", P.USERS_EVENTS_ROLES_READ),
    "microlocation_id": Parent(Microlocation, "id", P.EVENT_PART_READ),
    "track_id": Parent(Track, "id", P.EVENT_PART_READ),
    "session_type_id": Parent(SessionType, "id", P.EVENT_PART_READ),
    "sponsor_id": Parent(Sponsor, "id", P.EVENT_PART_READ),
    "social_link_id": Parent(SocialLink, "id", P.EVENT_PART_READ),
    "faq_id": Parent(Faq, "id", P.EVENT_PART_READ),
    "speakers_call_id": Parent(SpeakersCall, "id", P.EVENT_PART_READ),
    "event_copyright_id": Parent(EventCopyright, "id", P.EVENT_PART_READ),
    "tag_id": Parent(Tag, "id", P.TAG_READ),
    "event_type_id": Parent(EventType, "id", P.CATALOGUE_READ),
    "event_topic_id": Parent(EventTopic, "id", P.CATALOGUE_READ),
    "event_sub_topic_id": Parent(EventSubTopic, "id", P.CATALOGUE_READ),
}
"""By the name of the URL's argument."""

READ_AS_SEEN = {parent.model: parent.permission for parent in PARENTS.values() if parent.model is not User}
"""What reading one row of a model needs, where that and `visible` say the same of every row: of accounts organizers see
more, in a form that says less."""


def parent_row(actor: Actor, view_kwargs: dict[str, Any]) -> Any:
    """The row that a nested URL begins with, once the actor may read it (`require`); None for a list at the top."""
    for name, value in view_kwargs.items():
        if name in PARENTS:
            found = PARENTS[name]
            require_login(actor, found.permission)
            row = session().scalar(_finding(found), {"named": value})
            absent = NotFound.of(found.model.called(), value, parameter=name)
            if row is None:
                raise absent
            require(actor, found.permission, row, absent=absent)
            return row
    return None


@cache
def _finding(parent: Parent) -> Select[Any]:
    """The statement that reads a parent by what the address says, which is the parameter ``named``."""
    return planned_once(living(parent.model).where(getattr(parent.model, parent.column) == bindparam("named")))


def permitted_event(actor: Actor, permission: Permission, view_kwargs: dict[str, Any]) -> Event | None:
    """The event that a nested URL begins with, not read but by its id alone, if that is enough for the table to allow
    its reading and ``permission``; whether it is alive is not known then. Else None."""
    if view_kwargs.keys() != {"event_id"}:
        return None
    event = Event(id=view_kwargs["event_id"])
    return event if permits(actor, P.EVENT_READ, event) and permits(actor, permission, event) else None


def permitted_parent(actor: Actor, permission: Permission, view_kwargs: dict[str, Any]) -> Any:
    """What `parent_row` gives, once the actor also has ``permission`` for it: what calls begin with that are no
    resource."""
    require_login(actor, permission)
    row = parent_row(actor, view_kwargs)
    require(actor, permission, row)
    return row


def living(model: Any) -> Select[Any]:
    """All rows of ``model`` that are not hidden."""
    statement = select(model)
    return statement.where(model.deleted_at.is_(None)) if hasattr(model, "deleted_at") else statement
