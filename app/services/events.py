"""Events: what makes one valid, and who owns a new one."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, Invalid, NotFound
from app.models import Event, EventSubTopic, EventTopic, EventType, Order, UsersEventsRoles
from app.models.orders import HOLDING
from app.models.users_events_roles import OWNER, ROLES
from app.plans import planned_once
from app.services import custom_forms, references, spans

LONGEST = timedelta(days=20)

KINDS = (
    ("event_type_id", EventType, "event-type"),
    ("event_topic_id", EventTopic, "event-topic"),
    ("event_sub_topic_id", EventSubTopic, "event-sub-topic"),
)
"""What an event is of: column, model and relationship."""


_CREATION = planned_once(
    select(Event)
    .where(Event.id == bindparam("named"), Event.deleted_at.is_(None))
    .with_for_update(read=True, key_share=True)
)


def create(data: dict[str, Any], *, owner_id: int) -> Event:
    """A new event with its owner and the fields that every event asks for. Raises as `update`."""
    event = Event(**data)
    require_valid(event)
    _require_kinds(data)
    session().add(event)
    session().flush()
    owner_role, _ = ROLES[OWNER]
    session().add(UsersEventsRoles(event_id=event.id, user_id=owner_id, role_id=owner_role))
    custom_forms.create_fixed(event.id)
    return event


def creation_event(event_id: int) -> Event | None:
    """The living event that something is to be created in, kept from being deleted until the transaction ends.

    FOR KEY SHARE: everybody else's creations go on, only `delete` waits, and creations wait for it.
    """
    found: Event | None = session().scalar(_CREATION, {"named": event_id})
    return found


def require_known(event_id: int) -> None:
    """Raises `NotFound` when there is no event of this id, deleted ones included."""
    if session().scalar(select(Event.id).where(Event.id == event_id)) is None:
        raise NotFound(f"There is no event with the id {event_id}. Check the id.")


def update(event: Event, data: dict[str, Any]) -> None:
    """Checks a change before it is made. Raises `Invalid`: see `require_valid`, and `NotFound` for a type or topic that
    is not there; one that the event has already may be sent back."""
    _require_kinds({name: value for name, value in data.items() if value != getattr(event, name)})
    checked = {"starts_at", "ends_at", "timezone"}
    if checked & data.keys():
        require_valid(Event(**{name: data.get(name, getattr(event, name)) for name in checked}))


def delete(event: Event) -> None:
    """Hides an event. Raises `Conflict` while orders hold seats of it, whoever asks."""
    session().refresh(event, with_for_update=True)  # waits for sales under way: they hold its key (`creation_event`)
    live = select(Order.id).where(Order.event_id == event.id, Order.status.in_(HOLDING)).limit(1)
    if session().scalar(live):
        raise Conflict("This event has orders. Cancel them before deleting it.", pointer="/data")
    event.deleted_at = utcnow()
    session().flush()


def require_valid(event: Event) -> None:
    """Raises `Invalid` unless the time zone is known and the event ends after it starts, within 20 days."""
    try:
        ZoneInfo(event.timezone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            f"Unknown timezone: '{event.timezone}'. Use a name of the IANA database, such as Europe/Berlin.",
            pointer="/data/attributes/timezone",
        ) from None
    spans.require_order(event.starts_at, event.ends_at)
    if event.ends_at - event.starts_at > LONGEST:
        raise Invalid(
            f"An event may last {LONGEST.days} days at most. Make several events of a longer one.",
            pointer="/data/attributes/ends-at",
        )


def _require_kinds(data: dict[str, Any]) -> None:
    for column, model, name in KINDS:
        references.require_known(model, data.get(column), name)
