"""What every resource stands on: the permission check, the one transaction of a request, corrections of the library.

A resource declares its schema, data layer (`app.api.jsonapi.data_layers`) and permissions, without which it cannot be
imported.

A write is one transaction (`app.api.edge.transactions`), committed after the answer is rendered; a read has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from flask import Response, request
from flask_rest_jsonapi_next import ResourceDetail as LibraryDetail
from flask_rest_jsonapi_next import ResourceList as LibraryList

from app.api.calls import Also
from app.api.edge.actor import current_actor
from app.api.edge.old_reads import maybe_old
from app.api.edge.transactions import READS, in_transaction
from app.api.jsonapi import documents, entity_tags, including, querystring, reading, rendering, whole_lists
from app.api.jsonapi.data_layers import NAMES, DataLayer, Made
from app.api.jsonapi.errors import render
from app.api.jsonapi.including import Related
from app.api.jsonapi.parents import PARENTS, READ_AS_SEEN, parent_row, permitted_event
from app.api.jsonapi.reading import Asked, Page
from app.api.jsonapi.records import Record
from app.errors import DomainError, NotFound
from app.models import Event
from app.permissions.actors import ANONYMOUS, Actor
from app.permissions.policy import Permission
from app.permissions.refusals import require, require_login
from app.services import events

Shown = tuple[Record | None, Related]
"""A row, if there is one that is shown, and what is included."""


class Guarded:
    """Checks permissions, opens the transaction, and declares the methods. ``may_be_old``: whoever reads it can do with
    what was true some seconds ago. ``also``: what the OpenAPI document tells of a method beyond its schema."""

    permissions: ClassVar[dict[str, Permission]]
    may_be_old: ClassVar[bool] = False
    also: ClassVar[Mapping[str, Also]] = {}
    decorators: ClassVar[tuple[Any, ...]]
    methods: ClassVar[set[str]]
    schema: Any
    _data_layer: DataLayer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.decorators = ()  # the library's header check is looser than JSON:API; ours is below
        if "data_layer" in vars(cls):
            if not getattr(cls, "permissions", None):
                raise TypeError(f"{cls.__name__} declares no permissions")
            cls.methods = set(cls.permissions)

    def dispatch_request(self, **view_kwargs: Any) -> Response:
        """The answer; a write is one transaction that is committed after the answer is rendered."""
        actor = current_actor()
        require_login(actor, self.asked_permission())
        documents.require_media_types()
        method = getattr(self, "get" if request.method in READS else request.method.lower())
        if request.method in READS:
            # Nobody who is not logged in has written what he reads: the public never weighs on the door.
            may_be_old = self.may_be_old or actor is ANONYMOUS
            return maybe_old(lambda: method(actor, view_kwargs)) if may_be_old else method(actor, view_kwargs)
        return in_transaction(lambda: method(actor, view_kwargs))

    def asked_permission(self) -> Permission:
        """What the request's method needs."""
        return self.permissions["GET" if request.method == "HEAD" else request.method]


class ResourceList(Guarded, LibraryList):
    """A list, at the top or under a parent, and creation. ``sorted_by``: how, when the caller does not say."""

    sorted_by: ClassVar[tuple[querystring.Sort, ...]] = ()

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """A page of rows, or all of them."""
        query = querystring.parse(request.args, self.schema)
        query = replace(query, sort=query.sort or self.sorted_by)
        if whole_lists.is_long(query):
            return whole_lists.respond(self._asked(actor, view_kwargs), query)
        page = self._page_of_event(actor, view_kwargs, query)
        if page is None:
            page = reading.page(self._asked(actor, view_kwargs), query)
        elif not page.rows:
            parent_row(actor, view_kwargs)  # raises where there is no such event
        return rendering.respond(rendering.collection(page, self.schema, query))

    def _asked(self, actor: Actor, view_kwargs: dict[str, Any]) -> Asked:
        """The list, which the actor may read. Raises as `require`."""
        parent = parent_row(actor, view_kwargs)
        require(actor, self.permissions["GET"], parent)
        return self._data_layer.asked(actor, parent, _relation(), view_kwargs)

    def _page_of_event(self, actor: Actor, view_kwargs: dict[str, Any], query: querystring.Query) -> Page | None:
        """The page of an event's rows, for who may read it whatever else is true of the event: then it is only asked
        whether the event is alive, which rows say when there are any. None for who must be asked more."""
        event = permitted_event(actor, self.permissions["GET"], view_kwargs)
        if event is None:
            return None
        return reading.page(self._data_layer.asked(actor, event, _relation(), view_kwargs, while_alive=True), query)

    def post(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Creates a row: 201 with its document and address."""
        query = querystring.parse(request.args, self.schema)
        resource = documents.read_resource(self.schema.opts.type_)
        data = self.schema.load_resource(self.meant(resource), creating=True)
        require(actor, self.creation_permission(), self.event_of(data), absent=_no_such_event(data))
        made = self._data_layer.create_object(data, view_kwargs)
        if isinstance(made, DomainError):
            return render(made)
        if not isinstance(made, Made):
            made = Made(made)
        if made.row is None:
            return rendering.respond(rendering.detail(None, self.schema, query, made.meta))
        shown, related = _shown(made.row, self.schema, query, actor, made.linked)
        headers = {"Location": request.host_url.rstrip("/") + rendering.self_link(made.row, self.schema)}
        headers |= rendering.SECRET if made.is_secret else {}
        document = rendering.detail(shown, self.schema, query, made.meta, related)
        return rendering.respond(document, 201 if made.is_new else 200, headers)

    def asked_permission(self) -> Permission:
        """Of several meanings of a creation the one that is meant."""
        return self.creation_permission() if request.method == "POST" else super().asked_permission()

    def creation_permission(self) -> Permission:
        """What creating needs; a resource whose creation has several meanings overrides it."""
        return self.permissions["POST"]

    def meant(self, resource: dict[str, Any]) -> dict[str, Any]:
        """What of a sent resource object counts; a resource whose creation has several meanings overrides it."""
        return resource

    def event_of(self, data: dict[str, Any]) -> Event | None:
        """The event that something is created in; a resource that is told it in another way overrides it. Raises
        `NotFound`."""
        if "event_id" not in data:
            return None
        event = events.creation_event(data["event_id"])
        if event is None:
            raise _no_such_event(data)
        data["event"] = event
        return event


class ListUnderEvent(ResourceList):
    """A list under an event, in which rows are created, too: in the event that the address names."""

    def event_of(self, data: dict[str, Any]) -> Event:
        """The event of the address. Raises `NotFound`."""
        event: Event = parent_row(current_actor(), request.view_args or {})
        data["event"] = event
        return event


class ResourceDetail(Guarded, LibraryDetail):
    """One row: by its own address, or as the one that a parent refers to."""

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """The row's document; ``data: null`` when a parent refers to none that the caller may see."""
        query = querystring.parse(request.args, self.schema)
        is_nested = view_kwargs.keys() & PARENTS.keys()
        shown, related = (self._related if is_nested else self._named)(actor, view_kwargs, query)
        return rendering.respond(rendering.detail(shown, self.schema, query, related=related))

    def patch(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Changes what the body names and nothing else."""
        query = querystring.parse(request.args, self.schema)
        row = self._data_layer.find(view_kwargs, actor, self.permissions["PATCH"], locked=True)
        self._require_match(row, actor)
        resource = documents.read_resource(self.schema.opts.type_, row_id=row.id, numeric_id=self.schema.numeric_id)
        data = self.schema.load_resource(resource, creating=False)
        meta = self._data_layer.update_object(row, data, view_kwargs)
        if isinstance(meta, DomainError):
            return render(meta)
        shown, related = _shown(row, self.schema, query, actor, {})
        return rendering.respond_changed(rendering.detail(shown, self.schema, query, related=related), meta)

    def delete(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Deletes the row."""
        row = self._data_layer.find(view_kwargs, actor, self.permissions["DELETE"], locked=True)
        self._require_match(row, actor)
        self._data_layer.delete_object(row, view_kwargs)
        return rendering.respond({"meta": {"message": "Object successfully deleted"}})

    def _document(self, row: Any, query: querystring.Query, actor: Actor) -> rendering.Document:
        shown, related = reading.of_entity(row, self.schema, query, actor)
        return rendering.detail(shown, self.schema, query, related=related)

    def _require_match(self, row: Any, actor: Actor) -> None:
        """Raises `PreconditionFailed`. The row is locked: nobody changes it any more before this request does."""
        query = partial(querystring.parse, request.args, self.schema)  # only where it is needed
        entity_tags.require_match(lambda: rendering.body_of(self._document(row, query(), actor)))

    def _named(self, actor: Actor, view_kwargs: dict[str, Any], query: querystring.Query) -> Shown:
        """The row that the URL names, as lists read it; what they do not show him is looked for by `DataLayer.find`,
        which knows what to say of it."""
        permission, layer = self.permissions["GET"], self._data_layer
        names = [name for name in view_kwargs if name in NAMES]
        if names and READ_AS_SEEN.get(querystring.shown(self.schema)) == permission:
            shown = reading.first(layer.asked_one(actor, names[0], view_kwargs[names[0]]), query)
            if shown[0] is not None:
                return shown
        return reading.of_entity(layer.find(view_kwargs, actor, permission), self.schema, query, actor)

    def _related(self, actor: Actor, view_kwargs: dict[str, Any], query: querystring.Query) -> Shown:
        """The row that a parent refers to, as far as the actor may see it; of several the first, as in includes. An
        event is only read where there is none: see `ResourceList._page_of_event`."""
        event = permitted_event(actor, self.permissions["GET"], view_kwargs)
        if event is not None:
            asked = self._data_layer.asked(actor, event, _relation(), view_kwargs, while_alive=True)
            shown = reading.first(asked, query)
            if shown[0] is not None:
                return shown
        parent = parent_row(actor, view_kwargs)
        self.require_of(actor, parent)
        return reading.first(self._data_layer.asked(actor, parent, _relation(), view_kwargs), query)

    def require_of(self, actor: Actor, parent: Any) -> None:
        """Raises where the actor may read a parent, and yet not be told what it refers to."""


def _no_such_event(data: dict[str, Any]) -> NotFound:
    return NotFound.of("Event.id", data.get("event_id"), pointer="/data/relationships/event/data")


def _relation() -> str:
    """The relationship that a nested URL ends with, as a Python name."""
    return querystring.python_name(request.path.rstrip("/").rsplit("/", 1)[-1])


def _shown(
    row: Any, schema: Any, query: querystring.Query, actor: Actor, linked: Mapping[str, Sequence[int]]
) -> tuple[Any, Related]:
    """What the answer to a change shows. Nothing is read again where nothing is included and it is known what the row
    is ``linked`` to: ids, by relationship."""
    if not query.include and linked.keys() >= including.always_linked(schema):
        return row, including.linked(schema, row.id, linked)
    shown, related = reading.of_entity(row, schema, query, actor)
    known = {name: ids for name, ids in linked.items() if name not in query.include}
    return shown, related | including.linked(schema, row.id, known)
