"""Addresses of what this server does not have yet: they answer that there is none, to who may read the parent."""

from functools import partial
from types import NoneType
from typing import Any

from flask import Blueprint, Response, request

from app.api.calls import EVERYBODY, Many, One, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import PARENTS, parent_row
from app.errors import Busy, NotLoggedIn

UNDER_EVENTS = ("/v1/events/<id:event_id>", "/v1/events/<identifier:event_identifier>")
UNDER_ORDERS = ("/v1/orders/<id:order_id>", "/v1/orders/<identifier:order_identifier>")
UNDER_TICKETS = ("/v1/tickets/<id:ticket_id>",)
UNDER_USERS = ("/v1/users/<id:user_id>",)

ABSENT: tuple[tuple[tuple[str, ...], str, list[Any] | None], ...] = (
    (UNDER_EVENTS, "tax", None),
    (UNDER_EVENTS, "stripe-authorization", None),
    (UNDER_EVENTS, "discount-codes", []),
    (UNDER_EVENTS, "access-codes", []),
    (UNDER_EVENTS, "group", None),
    (UNDER_EVENTS, "video-stream", None),
    (UNDER_EVENTS, "exhibitors", []),
    (UNDER_EVENTS, "faq-types", []),
    (UNDER_EVENTS, "ticket-tags", []),
    (UNDER_EVENTS, "speaker-invites", []),
    (UNDER_EVENTS, "session-favourites", []),
    (UNDER_ORDERS, "discount-code", None),
    (UNDER_TICKETS, "discount-codes", []),
    (UNDER_TICKETS, "access-codes", []),
    (UNDER_USERS, "discount-codes", []),
    (UNDER_USERS, "access-codes", []),
    (UNDER_USERS, "groups", []),
    (UNDER_USERS, "followed-groups", []),
    (UNDER_USERS, "notifications", []),
    (UNDER_USERS, "favourite-events", []),
    (UNDER_USERS, "favourite-sessions", []),
)
"""Every `Later` relationship of the schemas: the parents' addresses, its name, and what its document holds."""

later_calls = Blueprint("later", __name__)


class Nothing(Shape):
    """Never there."""


def _nothing(data: list[Any] | None, **view_kwargs: Any) -> Response:
    """Nothing: this server does not have it yet."""
    documents.require_media_types()
    parent_row(current_actor(), view_kwargs)
    document: dict[str, Any] = {"data": data, "links": {"self": request.path}}
    return rendering.respond(document if data is None else document | {"meta": {"count": 0}})


def _gives(data: list[Any] | None) -> Many | One:
    return One(NoneType) if data is None else Many(Nothing)


for parents, noun, data in ABSENT:
    for parent in parents:
        [needs] = {PARENTS[name].permission for name in PARENTS if f":{name}>" in parent}
        view = call(None, gives=_gives(data), needs=needs)(partial(_nothing, data))
        later_calls.add_url_rule(f"{parent}/{noun}", f"{parent}/{noun}", view)

_groups = call("listGroups", gives=_gives([]), needs=EVERYBODY, refuses=(NotLoggedIn, Busy))(partial(_nothing, []))
later_calls.add_url_rule("/v1/groups", "/v1/groups", _groups)  # the web app's list of all of them
