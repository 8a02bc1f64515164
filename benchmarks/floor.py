"""The floor of the benchmark: a bare Flask + psycopg2 app that does the same jobs with the fewest SQL statements.

No permission table, no query language, no error documents: what it costs is what nobody can save on this stack. It
answers with documents as long as ours, and writes the same rows, so that the recount (`app.services.integrity`) finds
nothing afterwards. Where somebody only reads, not even his token is looked at. What the database keeps counted is
read from there, as ours does, in the one SELECT of each answer.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import jwt
import orjson
from argon2 import PasswordHasher
from flask import Flask, Response, abort, jsonify, request
from psycopg2.extensions import cursor
from psycopg2.pool import ThreadedConnectionPool

from app.config import Settings
from benchmarks import floor_statements as sql
from benchmarks.floor_documents import Document, Included, Row
from benchmarks.floor_exports import export_calls
from benchmarks.floor_statements import EVENT, GUEST, ORDER, STATISTICS, TICKET, USER
from benchmarks.stage import PASSWORD

MEDIA_TYPE = "application/vnd.api+json"

STATUSES = ("initializing", "pending", "placed", "completed", "cancelled", "expired", "draft")


def create_app() -> Flask:
    """All jobs, on the database and with the secret key of the environment."""
    settings = Settings.from_environment()
    url = settings.required_database_url().replace("postgresql+psycopg2", "postgresql")
    # What comes back beyond the first number is closed: all that are ever at work at once stay open.
    pool = ThreadedConnectionPool(settings.threads, settings.connections_per_worker, url)
    app = Flask(__name__, static_folder=None)
    app.config |= {"URL": url, "SECRET_KEY": settings.secret_key}
    _add_writing(app, pool, settings.secret_key or "")
    _add_reading(app, pool)
    _add_log_in(app)
    app.register_blueprint(export_calls)
    return app


@contextmanager
def _transaction(pool: ThreadedConnectionPool) -> Iterator[cursor]:
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as statements:
            yield statements
    finally:
        pool.putconn(connection)


def _add_writing(app: Flask, pool: ThreadedConnectionPool, secret_key: str) -> None:
    def user_id() -> int:
        token = request.headers["Authorization"].removeprefix("JWT ")
        return int(jwt.decode(token, secret_key, algorithms=["HS256"])["identity"])

    @app.patch("/v1/attendees/<int:guest_id>")
    def scan(guest_id: int) -> Response:
        facts: dict[str, Any] = {"user_id": user_id(), "guest_id": guest_id}
        wanted = orjson.loads(request.get_data())["data"]["attributes"]
        enters = wanted.get("is-checked-in", False)
        with _transaction(pool) as statements:
            statements.execute(sql.LOCKED_GUEST, facts)
            event_id, is_inside = statements.fetchone() or abort(403)
            if is_inside == enters:
                abort(409)
            now = datetime.now(UTC)
            statements.execute(sql.CHECK_IN if enters else sql.CHECK_OUT, {**facts, "time": now.isoformat()})
            guest = statements.fetchone()
            direction = "in" if enters else "out"
            statements.execute(sql.MOVEMENT, {**facts, "event_id": event_id, "now": now, "direction": direction})
        return _respond({"data": GUEST.resource(guest), "links": {"self": request.path}})

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
        with _transaction(pool) as statements:
            statements.execute(sql.SELLER, facts)
            if not statements.rowcount:
                abort(403)
            statements.execute(sql.SEATS, facts)
            (facts["price"],) = statements.fetchone() or abort(409)
            statements.execute(sql.SALE, facts | {"amount": facts["price"] * facts["quantity"]})
            sale = statements.fetchone()
            facts["order_id"] = sale[0]
            statements.execute(sql.GUESTS, facts)
            guests = statements.fetchall()
        linkage = {"attendees": [GUEST.reference(number) for (number,) in guests]}
        document = {"data": ORDER.resource(sale, linkage), "links": {"self": request.full_path}}
        return _respond(document, 201, {"Location": f"{request.host_url}v1/orders/{facts['identifier']}"})


def _add_reading(app: Flask, pool: ThreadedConnectionPool) -> None:
    def rows(statement: str, **facts: Any) -> list[Row]:
        connection = pool.getconn()
        try:
            connection.autocommit = True  # one statement, and none to begin and end a transaction
            with connection.cursor() as statements:
                statements.execute(statement, facts)
                return statements.fetchall()
        finally:
            connection.autocommit = False
            pool.putconn(connection)

    @app.get("/v1/events/<int:event_id>/attendees")
    def page(event_id: int) -> Response:
        facts = {"event_id": event_id, **_place()}
        more = "include" in request.args
        found = rows(sql.PAGE_WITH_MORE if more else sql.PAGE, **facts)
        count = found[0][-1] if found else 0
        if not more:
            return _respond_page([GUEST.resource(row[:-1]) for row in found], count, facts["size"])
        included, data = Included(ORDER, TICKET, USER), []
        for row in found:
            linkage = dict(zip(("order", "ticket", "user"), included.take(row[GUEST.width : -1]), strict=True))
            data.append(GUEST.resource(row[: GUEST.width], linkage))
        return _respond_page(data, count, facts["size"], included)

    @app.get("/v1/orders/<identifier>")
    def order(identifier: str) -> Response:
        found = rows(sql.ORDER_WITH_MORE, identifier=identifier)
        included = Included(GUEST, TICKET)
        references = [included.take(row[ORDER.width :]) for row in found]
        tickets = {ticket["id"]: ticket for _, ticket in references if ticket}
        linkage = {"attendees": [guest for guest, _ in references], "tickets": list(tickets.values())}
        data = ORDER.resource(found[0][: ORDER.width], linkage)
        return _respond({"data": data, "links": {"self": request.full_path}, "included": included.resources})

    @app.get("/v1/events")
    def events() -> Response:
        facts = _place()
        data = [EVENT.resource(row) for row in rows(sql.EVENTS, **facts)]
        return _respond_page(data, len(data), facts["size"])

    @app.get("/v1/events/<int:event_id>/tickets")
    def tickets(event_id: int) -> Response:
        data = [TICKET.resource(row) for row in rows(sql.TICKETS, event_id=event_id)]
        return _respond_page(data, len(data), len(data))

    @app.get("/v1/events/<int:event_id>/order-statistics")
    def statistics(event_id: int) -> Response:
        sold = {status: figures for status, *figures in rows(sql.SOLD, event_id=event_id)}
        by_status = [
            {status: sold.get(status, (0, 0, 0))[nth] for status in STATUSES}
            | {"total": sum(figures[nth] for figures in sold.values())}
            for nth in range(3)
        ]
        row = event_id, by_status[0], by_status[1] | {"max": 0}, by_status[2]
        return _respond({"data": STATISTICS.resource(row), "links": {"self": request.path}})


def _add_log_in(app: Flask) -> None:
    hasher = PasswordHasher()
    kept = hasher.hash(PASSWORD)

    @app.post("/auth/session")
    def log_in() -> Response:
        hasher.verify(kept, orjson.loads(request.get_data())["password"])
        return jsonify(access_token=kept * 4)  # as long as a token


def _place() -> dict[str, int]:
    size, number = int(request.args["page[size]"]), int(request.args["page[number]"])
    return {"size": size, "offset": (number - 1) * size}


def _respond_page(data: list[Document], count: int, size: int, included: Included | None = None) -> Response:
    here = request.full_path
    links = dict.fromkeys(("self", "first", "last"), here)
    if count > size:
        links |= dict.fromkeys(("prev", "next"), here)
    document: Document = {"data": data, "links": links, "meta": {"count": count}}
    return _respond(document if included is None else document | {"included": included.resources})


def _respond(document: Document, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    document["jsonapi"] = {"version": "1.0"}
    return Response(orjson.dumps(document, default=float), status, headers, content_type=MEDIA_TYPE)
