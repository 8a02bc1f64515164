"""Orders over HTTP: sold at the door with ``?onsite=true``, or placed for attendees that exist; moved by a PATCH."""

from typing import Any, ClassVar

from flask import current_app, request
from sqlalchemy import ColumnElement, Select

from app.api.calls import Also, Parameter
from app.api.edge.actor import current_actor, current_user_id
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer, Made
from app.api.jsonapi.placing import PARENT_ID
from app.api.jsonapi.relationships import ResourceRelationship
from app.errors import AmountMismatch, Forbidden, SoldOut
from app.models import Event, Order
from app.permissions import visible
from app.permissions.actors import ANONYMOUS, load_actor
from app.permissions.kinds import Kind
from app.permissions.policy import Permission as P
from app.permissions.policy import permits
from app.schemas import OrderSchema
from app.schemas.base import dasherized
from app.services import counts, order_changes, orders

OFF = {"", "0", "false", "no", "off"}


ONSITE = Parameter("onsite", f"The sale is at the door, and needs `{P.ORDER_SELL}`.", bool)


def wants_onsite() -> bool:
    """The query string says ``onsite``, and not that it is off."""
    return request.args.get("onsite", "").strip().lower() not in OFF


class Orders(DataLayer):
    """Rows of orders."""

    model = Order

    def within(self, parent: type) -> Any:
        """Of an event."""
        return Order.event_id if parent is Event else None

    def kept_count(self, parent: type) -> ColumnElement[int] | None:
        """Of an event."""
        return counts.orders_of(parent, PARENT_ID)

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Order | Made:
        """Makes the order; on site also its attendees, with their seats."""
        event = data.pop("event")
        if wants_onsite():
            actor = current_actor()
            if actor.pass_id is not None and data.get("user_id") is not None:
                raise Forbidden(
                    "A door pass sells to nobody's account. Leave the relationship user out.",
                    pointer="/data/relationships/user/data",
                )
            placed = orders.place_onsite(event, data, sold_by_id=actor.user_id, sold_by_pass_id=actor.pass_id)
            return Made(placed.order, linked={"attendees": placed.attendee_ids})
        return orders.place(event, data, user_id=current_user_id(), may_sell=_sellers_of(event))

    def before_update_object(self, obj: Order, data: dict[str, Any], view_kwargs: dict[str, Any]) -> None:
        """Moves and edits the order."""
        order_changes.change(obj, data, _editor(obj), held_for=current_app.config["SETTINGS"].order_expiry)


def _editor(order: Order) -> order_changes.Editor:
    actor = current_actor()
    return order_changes.Editor(
        is_buyer=permits(actor, P.ORDER_FILL_IN, order),
        is_team=permits(actor, P.ORDER_RUN, order),
        is_staff=permits(actor, P.ORDER_OVERRULE, order),
    )


def _sellers_of(event: Event) -> Any:
    return lambda user_id: permits(load_actor(user_id) or ANONYMOUS, P.ORDER_SELL, event)


class OwnOrders(Orders):
    """Orders that the caller bought or sold; for staff, all."""

    def listed(self, kind: Kind, parent: type | None, relation: str) -> Select[Any]:
        """Organizers do not get the orders of all their events mixed."""
        statement = super().listed(kind, parent, relation)
        return statement if kind.is_staff else statement.where(visible.own_orders.of(kind))


class OrderList(ResourceList):
    """The caller's orders."""

    schema = OrderSchema
    data_layer = {"class": OwnOrders}
    permissions = {"GET": P.ORDER_LIST_OWN, "POST": P.ORDER_CREATE}
    also: ClassVar = {
        "POST": Also(
            parameters=(ONSITE,), refuses=(SoldOut, AmountMismatch), needs={"with `onsite=true`": P.ORDER_SELL}
        )
    }

    def creation_permission(self) -> P:
        """At the door one must be allowed to sell."""
        return P.ORDER_SELL if wants_onsite() else P.ORDER_CREATE

    def meant(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Not on site, ``on-site-tickets`` are dropped, whatever they hold."""
        if wants_onsite():
            return resource
        attributes = resource.get("attributes", {})
        kept = {name: value for name, value in attributes.items() if dasherized(name) != "on-site-tickets"}
        return resource | {"attributes": kept}


class UserOrderList(ResourceList):
    """The orders that a user bought, or attends with his address."""

    schema = OrderSchema
    data_layer = {"class": Orders}
    permissions = {"GET": P.ORDER_LIST_OWN}


class EventOrderList(ResourceList):
    """An event's orders."""

    schema = OrderSchema
    data_layer = {"class": Orders}
    permissions = {"GET": P.ORDER_LIST}


class OrderDetail(ResourceDetail):
    """One order, by id or identifier."""

    schema = OrderSchema
    data_layer = {"class": Orders}
    permissions = {"GET": P.ORDER_READ, "PATCH": P.ORDER_UPDATE}


class RelatedOrder(ResourceDetail):
    """The order of an attendee."""

    schema = OrderSchema
    data_layer = {"class": Orders}
    permissions = {"GET": P.ORDER_READ}


class OrderRelationship(ResourceRelationship):
    """What an order is linked to."""

    schema = OrderSchema
    data_layer = {"class": Orders}
    permissions = {"GET": P.ORDER_READ}
