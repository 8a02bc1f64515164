"""One log line for each request, with an id that the answer carries too."""

import logging
import re
import time
import uuid

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger("app.access")

NO_REQUEST = "-"

_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def register(app: Flask) -> None:
    """Numbers and times the requests of ``app``."""
    app.before_request(_begin)
    app.after_request(_end)


class RequestId(logging.Filter):
    """Gives every log record the id of the request it was written in, so that a fault is found from an answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Adds ``request_id``; lets everything through."""
        record.request_id = g.get("request_id", NO_REQUEST) if has_request_context() else NO_REQUEST
        return True


def _begin() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _USABLE_ID.fullmatch(sent) else uuid.uuid4().hex
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    milliseconds = (time.perf_counter() - g.began) * 1000
    actor = g.get("actor")
    log.info(
        "user=%s %s %s %s %.1fms",
        actor.user_id if actor else None,
        request.method,
        request.url_rule or "(no route)",
        response.status_code,
        milliseconds,
    )
    return response
