"""What those ask who watch over the server: does the process live, and may requests be sent to it?"""

from flask import Blueprint, Flask, Response, current_app, jsonify

from app import preflight, stopping
from app.api.calls import EVERYBODY, Shape, call
from app.errors import Busy
from app.soundings import PATIENCE_SECONDS, Sounding

probes = Blueprint("probes", __name__)


class Health(Shape):
    """The process answers."""

    healthy: bool


class Checks(Shape):
    """What must hold before requests are sent here."""

    running: bool
    database: bool
    schema: bool


class Readiness(Shape):
    """Whether requests may be sent here."""

    ready: bool
    checks: Checks


SCHEMA = "app.api.probes"
"""Where the application keeps its question about the schema, among its extensions."""


def register(app: Flask) -> None:
    """Serves the probes."""
    app.extensions[SCHEMA] = Sounding(app, preflight.is_schema_sufficient)
    app.register_blueprint(probes)


@probes.get("/healthz")
@call("isAlive", gives=Health, needs=EVERYBODY)
def healthz() -> Response:
    """The process answers."""
    return jsonify(healthy=True)


@probes.get("/readyz")
@call("isReady", gives={200: Readiness, 503: Readiness}, needs=EVERYBODY)
def readyz() -> tuple[Response, int, dict[str, str]]:
    """Whether requests may be sent here; 503 when one of the checks fails."""
    schema: bool | None = current_app.extensions[SCHEMA].answer(PATIENCE_SECONDS)
    checks = {"running": not stopping.is_told(), "database": schema is not None, "schema": schema is True}
    ready = all(checks.values())
    headers = {} if ready else {"Retry-After": str(Busy.retry_after_seconds)}
    return jsonify(ready=ready, checks=checks), 200 if ready else 503, headers


@probes.after_request
def _as_of_now(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
