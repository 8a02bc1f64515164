"""What is counted of requests, and where it is read: ``GET /metrics``, for whoever has ``METRICS_TOKEN``.

The numbers tell how business goes. Behind a proxy every caller comes from this machine: addresses decide nothing.
"""

import hmac
from collections.abc import Iterable

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from werkzeug.exceptions import NotFound

from app import errors, metrics
from app.api import access_log
from app.api.calls import File, call
from app.config import Settings
from app.errors import NotLoggedIn
from app.live import BOARD
from app.services import mails
from app.soundings import PATIENCE_SECONDS, Sounding

metric_calls = Blueprint("metrics", __name__)

METHODS = {"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"}
OTHER = "(other)"
"""Whatever else clients call a method is one to us."""

LOG_INS = {"auth.log_in", "auth.log_in_again"}

MAILS = "app.api.measuring"
"""Where the application keeps its question about mails, among its extensions."""


def register(app: Flask) -> None:
    """Counts the requests of ``app``, and serves what was counted."""
    app.extensions[MAILS] = Sounding(app, mails.count_waiting)
    app.extensions[BOARD].tell_number = metrics.LISTENERS.set
    app.after_request(_count)
    app.register_blueprint(metric_calls)


@metric_calls.get("/metrics")
@call(
    "readMetrics",
    gives=File(CONTENT_TYPE_LATEST),
    needs="Whoever sends METRICS_TOKEN as `Authorization: Bearer …`.",
    refuses=(NotLoggedIn, errors.NotFound),
)
def read() -> Response:
    """All that was counted, of all workers, and how many mails wait."""
    _require_token()
    body = generate_latest(metrics.registry()) + generate_latest(_Waiting(current_app.extensions[MAILS]))
    return Response(body, content_type=CONTENT_TYPE_LATEST)


class _Waiting(CollectorRegistry):
    """The mails that wait; nothing is told of them while the database does not answer."""

    def __init__(self, sounding: Sounding[int]):
        super().__init__()
        self._sounding = sounding

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The number, if it is known."""
        found = self._sounding.answer(PATIENCE_SECONDS)
        if found is not None:
            yield GaugeMetricFamily("events_mails_waiting", "Mails not sent yet, or given up.", value=found)


def _require_token() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.metrics_token is None:
        raise NotFound
    wanted = f"Bearer {settings.metrics_token}".encode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted):
        raise NotLoggedIn("Send the header 'Authorization: Bearer …' with METRICS_TOKEN.")


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
