"""What every resource stands on: the permission check, the one transaction of a request, corrections of the library.

A resource declares its schema, data layer and permissions; without permissions it cannot be imported. Its hooks make
one call to a service.

A write is one transaction (`app.api.transactions`), committed after the answer is rendered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, ClassVar

from flask import Response, request
from flask_rest_jsonapi_next import ResourceDetail as LibraryDetail
from flask_rest_jsonapi_next import ResourceList as LibraryList
from flask_rest_jsonapi_next import ResourceRelationship as LibraryRelationship
from flask_rest_jsonapi_next.data_layers.alchemy import SqlalchemyDataLayer
from sqlalchemy import Select, bindparam, inspect

from app.api import documents, including, querystring, reading, rendering, whole_lists
from app.api.actor import current_actor
from app.api.errors import render
from app.api.including import Related
from app.api.lists import Lists
from app.api.old_reads import maybe_old
from app.api.parents import PARENTS, parent_row, permitted_event
from app.api.reading import Asked, Page
from app.api.transactions import in_transaction
from app.database import db, session
from app.errors import DomainError, NotFound
from app.models import Event
from app.permissions.actors import ANONYMOUS, Actor
from app.permissions.policy import Permission, require, require_login
from app.plans import planned_once
from app.services import events

READS = {"GET", "HEAD"}


class _Session:
    """The session as the library sees it: its ``commit()`` only flushes."""

    def __getattr__(self, name: str) -> Any:
        return getattr(db.session, name)

    def commit(self) -> None:
        """Sends what is pending; the edge commits."""
        db.session.flush()


@dataclass(frozen=True)
class Made:
    """What a creation gives that has more to say than its row: it may have been there before, or not be made at all
    (None: it was a preview), there is ``meta``, which may be secret, and it is known what it is ``linked`` to: ids, by
    relationship."""

    row: Any
    is_new: bool = True
    meta: dict[str, Any] | None = None
    is_secret: bool = False
    linked: Mapping[str, Sequence[int]] = field(default_factory=dict)


class DataLayer(Lists, SqlalchemyDataLayer):
    """Rows of ``model``. The hooks of the nouns say how they are created, checked and deleted.

    * ``before_create_object`` makes the row, and gives it, or a `Made`;
    * ``before_update_object`` may refuse, take members out of ``data``, and give the ``meta`` of the answer;
    * ``before_delete_object`` deletes.

    A refusal that is *raised* changes nothing. One that a hook *gives*, instead of a row or ``meta``, is kept: what was
    written down about it is committed with the answer (a scan that was refused settles disputes).
    """

    session = _Session()
    model: Any

    def __init__(self, options: dict[str, Any]):
        super().__init__({"session": self.session, "model": self.model, **options})

    def create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """The row that the hook's service has made from ``data``, or a refusal that is kept."""
        return self.before_create_object(data, view_kwargs)

    def update_object(self, obj: Any, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """Runs the hook and writes what it left of ``data`` into the row's columns. Gives the answer's ``meta``, or a
        refusal that is kept."""
        outcome = self.before_update_object(obj, data, view_kwargs)
        if isinstance(outcome, DomainError):
            return outcome
        columns = inspect(self.model).columns
        # The clients send whole objects back: only what is new makes the session look for changes at all.
        for name in (name for name in data if name in columns and data[name] != getattr(obj, name)):
            setattr(obj, name, data[name])
        db.session.flush()
        return outcome

    def delete_object(self, obj: Any, view_kwargs: dict[str, Any]) -> None:
        """Runs the hook, which deletes."""
        self.before_delete_object(obj, view_kwargs)

    def find(self, view_kwargs: dict[str, Any], actor: Actor, permission: Permission, *, locked: bool = False) -> Any:
        """The living row that the URL names, if the actor has the permission. ``locked``: no one else changes it
        meanwhile. Raises as `require`, and `NotFound` in the same words whether there is none or he may not know."""
        name, value = next((name, value) for name, value in view_kwargs.items() if name in {"id", "identifier"})
        row = session().scalar(self.finding(name, locked=locked), {"named": value})
        absent = NotFound(f"{self.model.__name__}: {value} not found", parameter=name)
        if row is None:
            raise absent
        require(actor, permission, row, absent=absent)
        return row

    def finding(self, name: str, *, locked: bool) -> Select[Any]:
        """The statement of `find`, made once: to make it costs more than to send it. ``name`` is the column, what it
        must be the parameter ``named``."""
        return _finding(self, name, locked=locked)

    def lock(self, statement: Select[Any]) -> Select[Any]:
        """Locks the rows against other writers, but not against new rows that refer to them."""
        return statement.with_for_update(of=self.model, key_share=True).execution_options(populate_existing=True)


class _Guarded:
    """Checks permissions, opens the transaction, and declares the methods. ``may_be_old``: whoever reads it can do with
    what was true some seconds ago."""

    permissions: ClassVar[dict[str, Permission]]
    may_be_old: ClassVar[bool] = False
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


class ResourceList(_Guarded, LibraryList):
    """A list, at the top or under a parent, and creation. ``sorted_by``: how, when the caller does not say."""

    sorted_by: ClassVar[tuple[querystring.Sort, ...]] = ()

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """A page of rows, or all of them."""
        query = querystring.parse(request.args, self.schema)
        query = replace(query, sort=query.sort or self.sorted_by)
        if not query.page_size:
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
        shown, related = _with_includes(made.row, self.schema, query, actor)
        related = including.linked(self.schema, made.row.id, made.linked) | related
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


class ResourceDetail(_Guarded, LibraryDetail):
    """One row: by its own address, or as the one that a parent refers to."""

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """The row's document; ``data: null`` when a parent refers to none that the caller may see."""
        query = querystring.parse(request.args, self.schema)
        if view_kwargs.keys() & PARENTS.keys():
            row = self.related(actor, parent_row(actor, view_kwargs))
        else:
            row = self._data_layer.find(view_kwargs, actor, self.permissions["GET"])
        row, related = reading.of_entity(row, self.schema, query, actor)
        return rendering.respond(rendering.detail(row, self.schema, query, related=related))

    def patch(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Changes what the body names and nothing else."""
        query = querystring.parse(request.args, self.schema)
        row = self._data_layer.find(view_kwargs, actor, self.permissions["PATCH"], locked=True)
        resource = documents.read_resource(self.schema.opts.type_, row_id=row.id, numeric_id=self.schema.numeric_id)
        data = self.schema.load_resource(resource, creating=False)
        meta = self._data_layer.update_object(row, data, view_kwargs)
        if isinstance(meta, DomainError):
            return render(meta)
        shown, related = _with_includes(row, self.schema, query, actor)
        return rendering.respond(rendering.detail(shown, self.schema, query, meta, related))

    def delete(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Deletes the row."""
        row = self._data_layer.find(view_kwargs, actor, self.permissions["DELETE"], locked=True)
        self._data_layer.delete_object(row, view_kwargs)
        return rendering.respond({"meta": {"message": "Object successfully deleted"}})

    def related(self, actor: Actor, parent: Any) -> Any:
        """The row that ``parent`` refers to, as far as the actor may see it; of several the first, as in includes."""
        asked = self._data_layer.asked(actor, parent, _relation(), request.view_args or {})
        return session().scalar(_oldest_first(asked.statement, self._data_layer.model), asked.parameters)


class ResourceRelationship(_Guarded, LibraryRelationship):
    """What a row is linked to, as resource identifiers. Links are changed through the rows that hold them."""

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """The linkage of one relationship, as far as the caller may see the rows."""
        name = querystring.python_name(view_kwargs["relationship"])
        declared = querystring.relationship(self.schema, name)
        if declared is None:
            raise NotFound(f"{self.schema.opts.type_} has no relationship {name}", parameter="relationship")
        row = self._data_layer.find(view_kwargs, actor, self.permissions["GET"])
        (shown,), related = reading.of_entities([row], self.schema, querystring.Query(include={name: {}}), actor)
        return rendering.respond(rendering.relationship_document(shown, self.schema, name, related))


@cache
def _finding(layer: DataLayer, name: str, *, locked: bool) -> Select[Any]:
    statement = layer.rows().where(getattr(layer.model, name) == bindparam("named"))
    return planned_once(layer.lock(statement) if locked else statement)


@cache
def _oldest_first(statement: Select[Any], model: Any) -> Select[Any]:
    return planned_once(statement.order_by(model.id))


def _no_such_event(data: dict[str, Any]) -> NotFound:
    return NotFound(f"Event.id: {data.get('event_id')} not found", pointer="/data/relationships/event/data")


def _relation() -> str:
    """The relationship that a nested URL ends with, as a Python name."""
    return querystring.python_name(request.path.rstrip("/").rsplit("/", 1)[-1])


def _with_includes(row: Any, schema: Any, query: querystring.Query, actor: Actor) -> tuple[Any, Related]:
    """What the answer to a change shows; nothing is read again when nothing is included."""
    return reading.of_entity(row, schema, query, actor) if query.include else (row, {})
