"""One record in the log for each request, with an id that the answer carries too.

It says who (by number), which route (never the address, whose path and query may name a guest), and what came of it.
"""

import logging
import re
import time
import uuid
from contextvars import ContextVar
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import Engine, event

from app.api.edge.idempotency import REPLAYED
from app.logs import FIELDS

log = logging.getLogger("app.access")

NO_ROUTE = "(no route)"

PROBES = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds: their answers would fill the log."""

_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

_statements: ContextVar[list[int] | None] = ContextVar("statements", default=None)
"""How many the request has sent so far, in a list of one; None outside of requests."""


def register(app: Flask) -> None:
    """Numbers and times the requests of ``app``."""
    app.before_request(_begin)
    app.after_request(_end)


def route() -> str:
    """The pattern of the request's address."""
    return request.url_rule.rule if request.url_rule else NO_ROUTE


def seconds() -> float:
    """How long the request has taken so far."""
    return time.perf_counter() - float(g.began)


def statements() -> int:
    """How many SQL statements the request has sent so far."""
    box = _statements.get()
    return box[0] if box else 0


def _begin() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _USABLE_ID.fullmatch(sent) else uuid.uuid4().hex
    g.began = time.perf_counter()
    _statements.set([0])


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    level = logging.DEBUG if request.path in PROBES else logging.INFO
    if log.isEnabledFor(level):
        fields = {
            "actor": _subject(),
            "method": request.method,
            "route": route(),
            "status": response.status_code,
            "refusals": g.get("refusals", []),
            "ms": round(seconds() * 1000, 1),
            "statements": statements(),
            "bytes": response.content_length,
            "replayed": response.headers.get(REPLAYED) == "true",
        }
        log.log(level, "request", extra={FIELDS: fields})
    return response


def _subject() -> str | None:
    """Who is asking, by his number; None for nobody."""
    actor = g.get("actor")
    return None if actor is None or actor.is_nobody else str(actor.subject)


@event.listens_for(Engine, "before_cursor_execute")
def _count_statement(*_facts: Any) -> None:
    box = _statements.get()
    if box is not None:
        box[0] += 1
