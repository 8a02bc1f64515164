"""Which rows a list is about: a statement for each kind of actor and parent, made once, and its parameters."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select
from sqlalchemy.orm import aliased

from app.api.jsonapi import placing
from app.api.jsonapi.parents import living
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.querystring import shown
from app.api.jsonapi.reading import Asked
from app.api.jsonapi.relations import foreign_key
from app.models import Event
from app.permissions import doors, kinds, visible
from app.permissions.actors import Actor
from app.permissions.kinds import Kind

NAMED: BindParameter[Any] = bindparam("named", required=True)
"""What the address calls a row."""


class Lists:
    """What a data layer says of its lists, in parameters instead of values. The hooks of the nouns add to it."""

    model: Any
    resource: Any
    are_few: ClassVar[bool] = False
    """Whether no parent ever has many: see `app.plans.planned_once`."""

    def rows(self) -> Select[Any]:
        """All living rows."""
        return living(self.model)

    def listed(self, kind: Kind, parent: type | None, relation: str) -> Select[Any]:
        """The rows of a list, as far as any actor of the kind may see them: those of a parent of a model, or all."""
        statement = self.rows().where(visible.rows_of(kind, shown(self.resource.schema)))
        return statement if parent is None else statement.where(self.belongs_to(parent, relation))

    def belongs_to(self, parent: type, relation: str) -> Any:
        """The condition that a row is in the relationship ``relation`` of the parent."""
        within = self.within(parent)
        if within is not None:
            return placing.of_parent(within)
        refers = foreign_key(parent, relation)
        if refers is not None:
            return refers == PARENT_ID
        before: Any = aliased(parent)
        there: Any = aliased(self.model)
        related = select(there.id).select_from(before).join(getattr(before, relation).of_type(there))
        return self.model.id.in_(related.where(before.id == PARENT_ID))

    def within(self, parent: type) -> Any:
        """The column by which its rows refer to a parent of a model that may have very many; None elsewhere."""
        return None

    def kept_count(self, parent: type) -> ColumnElement[int] | None:
        """How many rows a parent of a model has, where that is kept (`app.services.counts`); None elsewhere."""
        return None

    def parameters(self) -> dict[str, Any]:
        """What else the statements of these lists need."""
        return {}

    def asked(
        self, actor: Actor, parent: Any, relation: str, arguments: Mapping[str, Any], *, while_alive: bool = False
    ) -> Asked:
        """A list, as the actor asks for it under an address with these arguments: of a parent, or of all rows.
        ``while_alive``: of an event, unless it is deleted."""
        model: Any = None if parent is None else type(parent)
        at_event = isinstance(parent, Event)
        kind = doors.kind_at(actor, parent, shown(self.resource.schema)) if at_event else kinds.kind_of(actor)
        statement = _statement(self, kind, model, relation, while_alive=while_alive)
        of_parent = {} if parent is None else {PARENT_ID.key: parent.id}
        parameters = {**arguments, **self.parameters(), **of_parent, **kinds.parameters(actor)}
        within = None if model is None else self.within(model)
        count = _kept_count(self, model) if model is not None and doors.keeps_door(actor, parent) else None
        is_short = parent is not None and self.are_few
        return Asked(statement, parameters, self.resource.schema, actor, within, count, is_short)

    def asked_one(self, actor: Actor, name: str, value: Any) -> Asked:
        """The row whose column ``name`` has the value, as a list of one at most: as far as the actor may see it."""
        statement = _naming(self, kinds.kind_of(actor), name)
        parameters = {NAMED.key: value, **self.parameters(), **kinds.parameters(actor)}
        return Asked(statement, parameters, self.resource.schema, actor)


@cache
def _naming(layer: Lists, kind: Kind, name: str) -> Select[Any]:
    return layer.listed(kind, None, "").where(getattr(layer.model, name) == NAMED)


@cache
def _statement(layer: Lists, kind: Kind, parent: Any, relation: str, *, while_alive: bool) -> Select[Any]:
    """There are as many as there are lists, for each kind of actor: a resource has one data layer."""
    statement = layer.listed(kind, parent, relation)
    if not while_alive:
        return statement
    event = aliased(Event)  # whatever else the list has to do with events
    return statement.where(select(event.id).where(event.id == PARENT_ID, event.deleted_at.is_(None)).exists())


@cache
def _kept_count(layer: Lists, parent: type) -> ColumnElement[int] | None:
    """Of attendees and orders, which who keeps the door sees all of."""
    return layer.kept_count(parent)
