"""The floor of the benchmark: a bare Flask + psycopg2 app that does the same jobs with the fewest SQL statements.

No schemas, no permission table, no includes, no error documents: what it costs is what nobody can save on this stack.
It writes the same rows, so that the recount (`app.services.integrity`) finds nothing afterwards.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import jwt
import orjson
from flask import Flask, Response, abort, request
from psycopg2.extensions import cursor
from psycopg2.extras import RealDictCursor
from psycopg2.pool import ThreadedConnectionPool

from app.config import Settings

MEDIA_TYPE = "application/vnd.api+json"

NOT_SHOWN = {"id", "event_id", "order_id", "created_by_id", "number"}

MAY = """
    EXISTS (SELECT FROM users JOIN users_events_roles ON user_id = users.id
            WHERE users.id = %(user_id)s AND event_id = {event_id} AND deleted_at IS NULL AND NOT is_blocked)
"""

LOCKED_GUEST = f"""
    SELECT guest.* FROM ticket_holders AS guest
    WHERE guest.id = %(guest_id)s AND guest.deleted_at IS NULL AND {MAY.format(event_id="guest.event_id")}
    FOR NO KEY UPDATE OF guest
"""

CHECK_OUT = """
    UPDATE ticket_holders SET is_checked_in = false, is_checked_out = true,
        checkout_times = concat_ws(',', checkout_times, %(time)s)
    WHERE id = %(guest_id)s RETURNING *
"""

MOVEMENT = """
    INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, recorded_by_id, source, verdict)
    VALUES (%(event_id)s, %(guest_id)s, 'out', %(now)s, %(now)s, %(user_id)s, 'patch', 'accepted')
"""

SELLER = f"SELECT 1 WHERE {MAY.format(event_id='%(event_id)s')}"

SEATS = """
    UPDATE tickets SET sold = sold + %(quantity)s
    WHERE id = %(ticket_id)s AND event_id = %(event_id)s AND deleted_at IS NULL AND sold + %(quantity)s <= quantity
    RETURNING price
"""

ORDER = """
    INSERT INTO orders (identifier, event_id, sold_by_id, amount, status, payment_mode, completed_at, created_at)
    VALUES (%(identifier)s, %(event_id)s, %(user_id)s, %(amount)s, 'completed', 'onsite', %(now)s, %(now)s)
    RETURNING *
"""

LINE = """
    INSERT INTO order_lines (order_id, ticket_id, quantity, price)
    VALUES (%(order_id)s, %(ticket_id)s, %(quantity)s, %(price)s)
"""

GUESTS = """
    INSERT INTO ticket_holders (id, lastname, firstname, event_id, ticket_id, order_id, created_by_id, created_at)
    SELECT id, id::text, 'Walk-in', %(event_id)s, %(ticket_id)s, %(order_id)s, %(user_id)s, %(now)s
    FROM (SELECT nextval(pg_get_serial_sequence('ticket_holders', 'id')) AS id
          FROM generate_series(1, %(quantity)s)) AS numbers
    RETURNING id
"""

PAGE = f"""
    SELECT *, (SELECT count(*) FROM ticket_holders WHERE event_id = %(event_id)s AND deleted_at IS NULL) AS number
    FROM ticket_holders
    WHERE event_id = %(event_id)s AND deleted_at IS NULL AND {MAY.format(event_id="%(event_id)s")}
    ORDER BY id LIMIT %(size)s OFFSET %(offset)s
"""


def create_app() -> Flask:
    """The three routes, on the database and with the secret key of the environment."""
    settings = Settings.from_environment()
    url = settings.required_database_url().replace("postgresql+psycopg2", "postgresql")
    pool = ThreadedConnectionPool(1, settings.connections_per_worker, url, cursor_factory=RealDictCursor)
    app = Flask(__name__, static_folder=None)

    @contextmanager
    def transaction() -> Iterator[cursor]:
        connection = pool.getconn()
        try:
            with connection, connection.cursor() as statements:
                yield statements
        finally:
            pool.putconn(connection)

    def user_id() -> int:
        token = request.headers["Authorization"].removeprefix("JWT ")
        return int(jwt.decode(token, settings.secret_key, algorithms=["HS256"])["identity"])

    @app.patch("/v1/attendees/<int:guest_id>")
    def check_out(guest_id: int) -> Response:
        facts = {"user_id": user_id(), "guest_id": guest_id}
        if not orjson.loads(request.get_data())["data"]["attributes"]["is-checked-out"]:
            abort(422)
        with transaction() as statements:
            statements.execute(LOCKED_GUEST, facts)
            guest = statements.fetchone() or abort(403)
            if not guest["is_checked_in"]:
                abort(409)
            now = datetime.now(UTC)
            statements.execute(CHECK_OUT, {**facts, "time": now.isoformat()})
            guest = statements.fetchone()
            statements.execute(MOVEMENT, {**facts, "event_id": guest["event_id"], "now": now})
        return _respond({"data": _attendee(guest), "links": {"self": request.path}})

    @app.post("/v1/orders")
    def sell() -> Response:
        data = orjson.loads(request.get_data())["data"]
        [row] = data["attributes"]["on-site-tickets"]
        item = row["data"]["attributes"]
        facts: dict[str, Any] = {
            "user_id": user_id(),
            "event_id": int(data["relationships"]["event"]["data"]["id"]),
            "ticket_id": int(item["id"]),
            "quantity": int(item["quantity"]),
            "identifier": str(uuid.uuid4()),
            "now": datetime.now(UTC),
        }
        with transaction() as statements:
            statements.execute(SELLER, facts)
            statements.fetchone() or abort(403)
            statements.execute(SEATS, facts)
            facts |= statements.fetchone() or abort(409)
            statements.execute(ORDER, facts | {"amount": facts["price"] * facts["quantity"]})
            order = statements.fetchone()
            facts["order_id"] = order["id"]
            statements.execute(LINE, facts)
            statements.execute(GUESTS, facts)
            guests = statements.fetchall()
        document = {"data": _order(order, guests), "links": {"self": request.full_path}}
        return _respond(document, 201, {"Location": f"{request.host_url}v1/orders/{order['identifier']}"})

    @app.get("/v1/events/<int:event_id>/attendees")
    def page(event_id: int) -> Response:
        size, number = int(request.args["page[size]"]), int(request.args["page[number]"])
        facts = {"user_id": user_id(), "event_id": event_id, "size": size, "offset": (number - 1) * size}
        with transaction() as statements:
            statements.execute(PAGE, facts)
            guests = statements.fetchall()
        if not guests:
            abort(403)
        data = [_attendee(guest) for guest in guests]
        return _respond({"data": data, "links": {"self": request.full_path}, "meta": {"count": guests[0]["number"]}})

    return app


def _respond(document: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    document["jsonapi"] = {"version": "1.0"}
    return Response(orjson.dumps(document, default=float), status, headers, content_type=MEDIA_TYPE)


def _attendee(guest: dict[str, Any]) -> dict[str, Any]:
    return _resource("attendee", guest, f"/v1/attendees/{guest['id']}", ("event", "ticket", "order"))


def _order(order: dict[str, Any], guests: list[dict[str, Any]]) -> dict[str, Any]:
    relations = ("event", "user", "sold-by", "attendees", "tickets")
    shown = _resource("order", order, f"/v1/orders/{order['identifier']}", relations)
    linkage = [{"type": "attendee", "id": str(guest["id"])} for guest in guests]
    shown["relationships"]["attendees"]["data"] = linkage
    return shown


def _resource(type_: str, row: dict[str, Any], address: str, relations: tuple[str, ...]) -> dict[str, Any]:
    return {
        "type": type_,
        "id": str(row["id"]),
        "attributes": {name.replace("_", "-"): value for name, value in row.items() if name not in NOT_SHOWN},
        "relationships": {
            name: {"links": {"self": f"{address}/relationships/{name}", "related": f"{address}/{name}"}}
            for name in relations
        },
        "links": {"self": address},
    }
