"""What is counted of requests: how many, how long they took, what was refused; and how many listen to streams."""

from flask import Flask, Response, g, request

from app import metrics
from app.api.edge import access_log
from app.live import BOARD

METHODS = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"}
OTHER = "(other)"
"""Whatever else clients call a method is one to us."""

LOG_INS = {"auth.log_in", "auth.log_in_again"}


def register(app: Flask) -> None:
    """Counts the requests of ``app``, and its listeners."""
    app.extensions[BOARD].tell_number = metrics.LISTENERS.set
    app.after_request(_count)


def _count(response: Response) -> Response:
    if request.path in access_log.PROBES:
        return response
    route = access_log.route()
    method = request.method if request.method in METHODS else OTHER
    metrics.REQUESTS.labels(route, method, response.status_code).inc()
    metrics.SECONDS.labels(route, method).observe(access_log.seconds())
    metrics.STATEMENTS.inc(access_log.statements())
    for code in g.get("refusals", ()):
        metrics.REFUSALS.labels(code).inc()
        if request.endpoint in LOG_INS:
            metrics.LOGIN_FAILURES.labels(code).inc()
    return response
