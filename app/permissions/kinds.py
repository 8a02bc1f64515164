"""What conditions in SQL ask about an actor: his kind decides their form, in all else they differ by parameters.

So a statement is built once for each kind of actor, and sent with the values of the one who asks (`parameters`). There
its parameters have no values of their own: when it is sent without any, it fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, update_wrapper
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, bindparam

from app.models.door_passes import SCAN, SELL
from app.permissions.actors import Actor
from app.permissions.predicates import DOOR, ORGANIZERS

Condition = ColumnElement[bool]

_IDS = ARRAY(BigInteger)
"""Ids in one array: however many they are, the statement stays the same."""


@dataclass(frozen=True)
class Kind:
    """Staff see all; of others it matters whether they have an account, or a door pass, or neither. ``is_at_door``: no
    rows are asked for but those of events whose door he keeps."""

    is_staff: bool
    has_account: bool
    has_pass: bool
    is_at_door: bool = False


STAFF = Kind(is_staff=True, has_account=True, has_pass=False)


def kind_of(actor: Actor) -> Kind:
    """The kind of an actor."""
    return Kind(actor.is_staff, actor.user_id is not None, actor.door_pass is not None)


class Asker:
    """Somebody of a kind, as conditions know him: his ids, and each list of events as what a column is compared
    with. ``values`` are those of one actor, else they come with the statement."""

    def __init__(self, kind: Kind, values: dict[str, Any] | None = None):
        self.is_staff, self.has_account, self.has_pass = kind.is_staff, kind.has_account, kind.has_pass
        self.is_at_door = kind.is_at_door
        self._values = values
        self.user_id = self._parameter("actor_user_id", BigInteger())
        self.pass_id = self._parameter("actor_pass_id", BigInteger())
        self.events_as_member = self._any("actor_events_as_member")
        self.events_as_organizer = self._any("actor_events_as_organizer")
        self.events_as_door = self._any("actor_events_as_door")
        self.events_to_see = self._any("actor_events_to_see")
        """Those he has a role at, or a door pass."""
        self.events_to_sell = self._any("actor_events_to_sell")
        """Those whose door he keeps, or where he sells with a door pass."""
        self.events_to_scan_by_pass = self._any("actor_events_to_scan_by_pass")

    def _any(self, name: str) -> ColumnElement[Any]:
        return any_(self._parameter(name, _IDS))

    def _parameter(self, name: str, type_: Any) -> Any:
        if self._values is None:
            return bindparam(name, type_=type_, required=True)
        # By another name: SQLAlchemy takes statements that differ only in what is required for the same.
        return bindparam(f"own_{name}", self._values[name], type_=type_)


def parameters(actor: Actor) -> dict[str, Any]:
    """The actor's values, by the names above."""
    door_pass = actor.door_pass
    of_pass = [] if door_pass is None else [door_pass.event_id]
    abilities: frozenset[str] = frozenset() if door_pass is None else door_pass.abilities
    as_door = actor.events_as(DOOR)
    return {
        "actor_user_id": actor.user_id,
        "actor_pass_id": actor.pass_id,
        "actor_events_as_member": list(actor.roles),
        "actor_events_as_organizer": actor.events_as(ORGANIZERS),
        "actor_events_as_door": as_door,
        "actor_events_to_see": [*actor.roles, *of_pass],
        "actor_events_to_sell": [*as_door, *(of_pass if SELL in abilities else [])],
        "actor_events_to_scan_by_pass": of_pass if SCAN in abilities else [],
    }


def asker(actor: Actor) -> Asker:
    """The actor, with his values."""
    return Asker(kind_of(actor), parameters(actor))


@cache
def any_asker(kind: Kind) -> Asker:
    """Anybody of the kind."""
    return Asker(kind)


class Rule:
    """Which rows of a model somebody sees."""

    def __init__(self, condition: Callable[[Asker], Condition]):
        update_wrapper(self, condition)
        self.condition = condition
        self.of = cache(lambda kind: condition(any_asker(kind)))
        """The condition for any actor of a kind, in a statement that is sent with his `parameters`."""

    def __call__(self, actor: Actor) -> Condition:
        """The condition with the actor's own values."""
        return self.condition(asker(actor))
