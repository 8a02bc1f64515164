"""What was counted, to be read: ``GET /metrics``, for whoever has ``METRICS_TOKEN``.

The numbers tell how business goes. Behind a proxy every caller comes from this machine: addresses decide nothing.
"""

import hmac
from collections.abc import Iterable

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from werkzeug.exceptions import NotFound

from app import errors, metrics
from app.api.calls import File, call
from app.config import Settings
from app.errors import NotLoggedIn
from app.services import mails
from app.soundings import PATIENCE_SECONDS, Sounding

metric_calls = Blueprint("metrics", __name__)

MAILS = "app.api.metrics"
"""Where the application keeps its question about mails, among its extensions."""


def register(app: Flask) -> None:
    """Serves what ``app`` has counted."""
    app.extensions[MAILS] = Sounding(app, mails.count_waiting)
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
