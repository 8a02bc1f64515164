"""Events over HTTP."""

from typing import Any

from sqlalchemy import DateTime, Select, bindparam, select

from app.api.edge.actor import current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.querystring import Sort
from app.api.jsonapi.relationships import ResourceRelationship, changed_with
from app.clock import utcnow
from app.models import Event, User, UsersEventsRoles
from app.models.events import PUBLIC, PUBLISHED
from app.permissions.policy import Permission as P
from app.schemas import EventSchema
from app.services import events

NOW = bindparam("now", type_=DateTime(timezone=True), required=True)


class Events(DataLayer):
    """Rows of events."""

    model = Event

    def belongs_to(self, parent: type, relation: str) -> Any:
        """An event at which a user has two roles is there once."""
        if parent is User and relation == "events":
            return Event.id.in_(select(UsersEventsRoles.event_id).where(UsersEventsRoles.user_id == PARENT_ID))
        return super().belongs_to(parent, relation)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Event:
        """Who creates an event owns it."""
        return events.create(data, owner_id=current_user_id())

    def before_update_object(self, obj: Event, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Checks the change."""
        events.update(obj, data)

    def before_delete_object(self, obj: Event, view_kwargs: dict[str, Any]) -> None:
        """Hides the event."""
        events.delete(obj)


class UpcomingEvents(Events):
    """Rows of events that are public and not over."""

    def rows(self) -> Select[Any]:
        """All of them."""
        on_show = (Event.state == PUBLISHED, Event.privacy == PUBLIC, Event.ends_at > NOW)
        return super().rows().where(*on_show)

    def parameters(self) -> dict[str, Any]:
        """The present."""
        return {NOW.key: utcnow()}


class EventList(ResourceList):
    """Events that the caller may see."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_LIST, "POST": P.EVENT_CREATE}


class UpcomingEventList(ResourceList):
    """What the web app's first page shows: the next events first, to everybody the same."""

    schema = EventSchema
    data_layer = {"class": UpcomingEvents}
    permissions = {"GET": P.EVENT_LIST}
    sorted_by = (Sort(("starts_at",), descending=False),)


class UserEventList(ResourceList):
    """The events that a user has a role at, or a certain one."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_LIST}


class CatalogueEventList(ResourceList):
    """The events of a type, topic or sub-topic."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_LIST}


class EventDetail(ResourceDetail):
    """One event, by id or identifier."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_READ, "PATCH": P.EVENT_UPDATE, "DELETE": P.EVENT_DELETE}


class RelatedEvent(ResourceDetail):
    """The event that something belongs to."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_READ}


class EventRelationship(ResourceRelationship):
    """What an event is linked to."""

    schema = EventSchema
    data_layer = {"class": Events}
    permissions = {"GET": P.EVENT_READ} | changed_with(P.EVENT_UPDATE)
    changeable = ("event_type", "event_topic", "event_sub_topic")
