"""Who keeps the door of an event sees all of its tickets, orders and attendees. So there he needs no condition that
asks what else he may see."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from app.models import Event, Order, Ticket, TicketHolder
from app.permissions import predicates
from app.permissions.actors import Actor
from app.permissions.kinds import STAFF, Kind, kind_of

OF_THE_DOOR = frozenset({Ticket, Order, TicketHolder})
"""Of these, who keeps an event's door sees all that staff see there."""


def keeps_door(actor: Actor, thing: Any) -> bool:
    """Whether he keeps the door of the event that the thing is of."""
    return actor.is_staff or actor.has_role(predicates.event_id_of(thing), predicates.DOOR)


def kind_at(actor: Actor, event: Event, shown: Any) -> Kind:
    """As whose kind the actor sees the rows of one event, where nothing else is asked for: at his own door as staff do,
    whose condition is shortest."""
    return STAFF if shown in OF_THE_DOOR and keeps_door(actor, event) else kind_of(actor)


def kind_among(actor: Actor, event_ids: Collection[int], shown: Any) -> Kind:
    """As whose kind the actor sees rows that should be of these events: if he keeps the doors of all of them, by a
    condition that is nearly as short, and shows him no row of another event."""
    kind, doors = kind_of(actor), actor.events_as(predicates.DOOR)
    is_at_door = shown in OF_THE_DOOR and not kind.is_staff and set(event_ids).issubset(doors)
    return replace(kind, is_at_door=True) if is_at_door else kind
