"""Sales at the door: their bodies, how they are sent, and what is seen of them."""

from sqlalchemy import func, select

from app.models import Order, OrderLine, Ticket, TicketHolder
from tests.factories import World
from tests.http import Api, error_codes, resource

URL = "/v1/orders?onsite=true"
ITEMS = "/data/attributes/on_site_tickets"
NOTHING = {
    "code": "invalid",
    "detail": 'on_site_tickets info missing. Send on-site-tickets: [{"id": "…", "quantity": 1}].',
    "pointer": ITEMS,
}


def row(ticket_id, quantity, **more):
    """A row as the Android app sends it."""
    return {"data": {"attributes": {"id": str(ticket_id), "quantity": quantity, **more}, "type": "on-site-ticket"}}


def sale(world, *rows, **attributes):
    return resource("order", {"on-site-tickets": list(rows), **attributes}, event=world.event)


def sell(api: Api, world: World, *rows, **attributes):
    """What the registrar gets for a sale that must succeed."""
    response = api.post(URL, sale(world, *rows, **attributes), world.registrar)
    assert response.status_code == 201, response.json
    return response.json["data"]


def counts(world: World):
    """How many rows a sale could have left behind, and the seats taken."""
    tables = {name: select(func.count()).select_from(name) for name in (Order, OrderLine, TicketHolder)}
    found = {model.__tablename__: world.session.scalar(statement) for model, statement in tables.items()}
    seats = world.session.execute(select(Ticket.id, Ticket.sold).order_by(Ticket.id)).all()
    return {**found, "sold": dict(tuple(seat) for seat in seats)}


def refused(api: Api, world: World, document, status: int, as_=None):
    """The errors of a sale that must be refused without a trace."""
    before = counts(world)
    response = api.post(URL, document, as_ or world.registrar)
    assert response.status_code == status, response.json
    error_codes(response)
    assert counts(world) == before
    return response.json["errors"]


def seen(error):
    return {"code": error["code"], "detail": error["detail"], "pointer": error["source"].get("pointer")}


def guests_of(world: World, order):
    statement = select(TicketHolder).where(TicketHolder.order_id == int(order["id"])).order_by(TicketHolder.id)
    return list(world.session.scalars(statement))
