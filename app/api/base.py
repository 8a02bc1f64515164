"""What every resource stands on: the permission check, the one transaction of a request, corrections of the library.

A resource declares its schema, data layer and permissions; without permissions it cannot be imported. Its hooks make
one call to a service.

The request's transaction is opened here and nowhere else, and committed once, after the answer is rendered. When a sale
comes up short, it is rolled back, seats whose time has run out are freed in a transaction of their own, and the request
runs once more. Deadlocks and serialization failures are retried.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import Response, current_app, request
from flask_rest_jsonapi_next import ResourceDetail as LibraryDetail
from flask_rest_jsonapi_next import ResourceList as LibraryList
from flask_rest_jsonapi_next import ResourceRelationship as LibraryRelationship
from flask_rest_jsonapi_next.data_layers.alchemy import SqlalchemyDataLayer
from sqlalchemy import Select, false, inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import with_parent

from app.api import documents, querystring, reading, rendering
from app.api.actor import current_actor
from app.api.errors import RETRIED
from app.database import db, session, transaction
from app.errors import NotFound, SoldOut
from app.models import (
    BadgeForm,
    CustomForm,
    Event,
    Feedback,
    Order,
    RoleInvite,
    Session,
    Speaker,
    Station,
    StationStorePax,
    Ticket,
    TicketHolder,
    User,
    UserCheckIn,
    UsersEventsRoles,
)
from app.permissions import visible
from app.permissions.actors import Actor
from app.permissions.policy import Permission, require, require_login
from app.services import events, inventory

READS = {"GET", "HEAD"}
ATTEMPTS = 3
"""How often a request is tried when the database breaks a deadlock."""

P = Permission


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
    "station_id": Parent(Station, "id", P.STATION_READ),
    "user_check_in_id": Parent(UserCheckIn, "id", P.USER_CHECK_IN_READ),
    "station_store_pax_id": Parent(StationStorePax, "id", P.STATION_STORE_PAX_READ),
    "custom_form_id": Parent(CustomForm, "id", P.CUSTOM_FORM_READ),
    "speaker_id": Parent(Speaker, "id", P.SPEAKER_READ),
    "feedback_id": Parent(Feedback, "id", P.FEEDBACK_READ),
    "badge_form_id": Parent(BadgeForm, "id", P.BADGE_FORM_READ),
    "user_id": Parent(User, "id", P.USER_READ),
    "role_invite_id": Parent(RoleInvite, "id", P.ROLE_INVITE_READ),
    "users_events_roles_id": Parent(UsersEventsRoles, "id", P.USERS_EVENTS_ROLES_READ),
}
"""By the name of the URL's argument; `app.api.event_parts` adds its nouns."""


class _Session:
    """The session as the library sees it: its ``commit()`` only flushes."""

    def __getattr__(self, name: str) -> Any:
        return getattr(db.session, name)

    def commit(self) -> None:
        """Sends what is pending; the edge commits."""
        db.session.flush()


class DataLayer(SqlalchemyDataLayer):
    """Rows of ``model``. The hooks of the nouns say how they are created, checked and deleted.

    * ``before_create_object`` makes the row, and gives it;
    * ``before_update_object`` may refuse, take members out of ``data``, and give the ``meta`` of the answer;
    * ``before_delete_object`` deletes.
    """

    session = _Session()
    model: Any

    def __init__(self, options: dict[str, Any]):
        super().__init__({"session": self.session, "model": self.model, **options})

    def create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Any:
        """The row that the hook's service has made from ``data``."""
        return self.before_create_object(data, view_kwargs)

    def update_object(self, obj: Any, data: dict[str, Any], view_kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """Runs the hook and writes what it left of ``data`` into the row's columns. Gives the answer's ``meta``."""
        meta: dict[str, Any] | None = self.before_update_object(obj, data, view_kwargs)
        columns = inspect(self.model).columns
        for name in data.keys() & set(columns.keys()):
            setattr(obj, name, data[name])
        db.session.flush()
        return meta

    def delete_object(self, obj: Any, view_kwargs: dict[str, Any]) -> None:
        """Runs the hook, which deletes."""
        self.before_delete_object(obj, view_kwargs)

    def find(self, view_kwargs: dict[str, Any], actor: Actor, permission: Permission, *, locked: bool = False) -> Any:
        """The living row that the URL names, if the actor has the permission. ``locked``: no one else changes it
        meanwhile. Raises as `require`, and `NotFound` in the same words whether there is none or he may not know."""
        name, value = next((name, value) for name, value in view_kwargs.items() if name in {"id", "identifier"})
        statement = self.rows().where(getattr(self.model, name) == value)
        row = session().scalar(self.lock(statement) if locked else statement)
        absent = NotFound(f"{self.model.__name__}: {value} not found", parameter=name)
        if row is None:
            raise absent
        require(actor, permission, row, absent=absent)
        return row

    def rows(self) -> Select[Any]:
        """All living rows."""
        return _living(self.model)

    def lock(self, statement: Select[Any]) -> Select[Any]:
        """Locks the rows against other writers, but not against new rows that refer to them."""
        return statement.with_for_update(of=self.model, key_share=True).execution_options(populate_existing=True)

    def listed(self, actor: Actor, parent: Any, relation: str) -> Select[Any]:
        """The rows of a list, as far as the actor may see them: those of ``parent``, or all."""
        statement = self.rows().where(visible.rows(actor, querystring.shown(self.resource.schema)))
        return statement if parent is None else statement.where(self.belongs_to(parent, relation))

    def belongs_to(self, parent: Any, relation: str) -> Any:
        """The condition that a row is in ``parent``'s relationship ``relation``."""
        keys = inspect(type(parent)).relationships[relation].local_columns
        if any(getattr(parent, column.key) is None for column in keys):
            return false()  # SQLAlchemy warns when it compares with the key of nobody
        return with_parent(parent, getattr(type(parent), relation))


class _Guarded:
    """Checks permissions, opens the transaction, and declares the methods."""

    permissions: ClassVar[dict[str, Permission]]
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
        require_login(actor, self.permissions["GET" if request.method == "HEAD" else request.method])
        documents.require_media_types()
        querystring.require_utf_8(request.query_string)
        method = getattr(self, "get" if request.method in READS else request.method.lower())
        if request.method in READS:
            response: Response = method(actor, view_kwargs)
            return response
        return in_transaction(lambda: method(actor, view_kwargs))


def in_transaction(work: Callable[[], Response]) -> Response:
    """The answer of ``work``, whose changes are one transaction; it may run more than once (see above)."""
    short: SoldOut | None = None
    swept = False
    attempt = 1
    while True:
        try:
            if short is not None and not swept:
                _free_overdue_seats(short)
                swept = True
            with transaction():
                return work()
        except SoldOut as error:
            if swept:
                raise
            short = error  # tried again even if nothing is left to free: another seller's sweep may just have freed it
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.orig, "pgcode", None) not in RETRIED:
                raise
            attempt += 1


def _free_overdue_seats(error: SoldOut) -> None:
    ticket_ids = [each.ticket_id for each in error.all if isinstance(each, SoldOut)]
    with transaction():
        inventory.expire_overdue(ticket_ids, held_for=current_app.config["SETTINGS"].order_expiry)


class ResourceList(_Guarded, LibraryList):
    """A list, at the top or under a parent, and creation. ``sorted_by``: how, when the caller does not say."""

    sorted_by: ClassVar[tuple[querystring.Sort, ...]] = ()

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """A page of rows."""
        query = querystring.parse(request.args, self.schema)
        query = replace(query, sort=query.sort or self.sorted_by)
        parent = parent_row(actor, view_kwargs)
        require(actor, self.permissions["GET"], parent)
        statement = self._data_layer.listed(actor, parent, _relation())
        count, rows = reading.page(statement, query, self.schema, actor)
        return rendering.respond(rendering.collection(rows, count, self.schema, query))

    def post(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Creates a row: 201 with its document and address."""
        query = querystring.parse(request.args, self.schema)
        resource = documents.read_resource(self.schema.opts.type_)
        data = self.schema().load_resource(self.meant(resource), creating=True)
        require(actor, self.creation_permission(), self.event_of(data), absent=_no_such_event(data))
        row = self._data_layer.create_object(data, view_kwargs)
        _attach_includes(row, self.schema, query, actor)
        headers = {"Location": request.host_url.rstrip("/") + rendering.self_link(row, self.schema)}
        return rendering.respond(rendering.detail(row, self.schema, query), 201, headers)

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
        if row is not None:
            reading.attach([row], self.schema, query.include, actor)
        return rendering.respond(rendering.detail(row, self.schema, query))

    def patch(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Changes what the body names and nothing else."""
        query = querystring.parse(request.args, self.schema)
        row = self._data_layer.find(view_kwargs, actor, self.permissions["PATCH"], locked=True)
        resource = documents.read_resource(self.schema.opts.type_, row_id=row.id, numeric_id=self.schema.numeric_id)
        data = self.schema().load_resource(resource, creating=False)
        meta = self._data_layer.update_object(row, data, view_kwargs)
        _attach_includes(row, self.schema, query, actor)
        return rendering.respond(rendering.detail(row, self.schema, query, meta))

    def delete(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """Deletes the row."""
        row = self._data_layer.find(view_kwargs, actor, self.permissions["DELETE"], locked=True)
        self._data_layer.delete_object(row, view_kwargs)
        return rendering.respond({"meta": {"message": "Object successfully deleted"}})

    def related(self, actor: Actor, parent: Any) -> Any:
        """The row that ``parent`` refers to, as far as the actor may see it; of several the first, as in includes."""
        return session().scalar(self._data_layer.listed(actor, parent, _relation()).order_by(self._data_layer.model.id))


class ResourceRelationship(_Guarded, LibraryRelationship):
    """What a row is linked to, as resource identifiers. Links are changed through the rows that hold them."""

    def get(self, actor: Actor, view_kwargs: dict[str, Any]) -> Response:
        """The linkage of one relationship, as far as the caller may see the rows."""
        name = querystring.python_name(view_kwargs["relationship"])
        declared = querystring.relationship(self.schema, name)
        if declared is None:
            raise NotFound(f"{self.schema.opts.type_} has no relationship {name}", parameter="relationship")
        row = self._data_layer.find(view_kwargs, actor, self.permissions["GET"])
        reading.attach([row], self.schema, {name: {}}, actor)
        return rendering.respond(rendering.relationship_document(row, self.schema, name))


def parent_row(actor: Actor, view_kwargs: dict[str, Any]) -> Any:
    """The row that a nested URL begins with, once the actor may read it (`require`); None for a list at the top."""
    for name, value in view_kwargs.items():
        if name in PARENTS:
            found = PARENTS[name]
            require_login(actor, found.permission)
            row = session().scalar(_living(found.model).where(getattr(found.model, found.column) == value))
            absent = NotFound(f"{found.model.__name__}: {value} not found", parameter=name)
            if row is None:
                raise absent
            require(actor, found.permission, row, absent=absent)
            return row
    return None


def _no_such_event(data: dict[str, Any]) -> NotFound:
    return NotFound(f"Event.id: {data.get('event_id')} not found", pointer="/data/relationships/event/data")


def _relation() -> str:
    """The relationship that a nested URL ends with, as a Python name."""
    return querystring.python_name(request.path.rstrip("/").rsplit("/", 1)[-1])


def _attach_includes(row: Any, schema: Any, query: querystring.Query, actor: Actor) -> None:
    """What the answer to a change includes; nothing is read again when nothing is."""
    if query.include:
        reading.attach([row], schema, query.include, actor)


def _living(model: Any) -> Select[Any]:
    statement = select(model)
    return statement.where(model.deleted_at.is_(None)) if hasattr(model, "deleted_at") else statement


__all__ = ["DataLayer", "ResourceDetail", "ResourceList", "ResourceRelationship", "in_transaction", "parent_row"]
