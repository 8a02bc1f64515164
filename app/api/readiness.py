"""Whether an event is ready for its guests, over HTTP: one document without a row of its own, under its event's id."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Response

from app.api.calls import Dashed, One, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import permitted_parent
from app.clock import format_instant, utcnow
from app.database import session
from app.models import Event
from app.permissions.policy import Permission as P
from app.preflight import schema_mismatch
from app.services import readiness
from app.services.readiness import Check, Status

readiness_calls = Blueprint("readiness", __name__)


class CheckFound(Shape):
    """A check, how it came out, and the ids of what it is about."""

    code: str
    title: str
    status: Status
    detail: str
    noun: str
    count: int
    ids: list[str]


class ReadinessFacts(Dashed):
    """Whether doors can open: the worst of the checks."""

    as_of: datetime
    status: Status
    checks: list[CheckFound]


class ReadinessReport(Shape):
    """Whether an event is ready for its guests."""

    type: Literal["readiness-report"]
    id: str
    attributes: ReadinessFacts
    links: dict[str, str]


@readiness_calls.get("/v1/events/<id:event_id>/readiness")
@readiness_calls.get("/v1/events/<identifier:event_identifier>/readiness")
@call("getReadiness", gives=One(ReadinessReport), needs=P.READINESS_READ)
def of_event(**view_kwargs: Any) -> Response:
    """Every check, and what to do where one is not ok."""
    event: Event = permitted_parent(current_actor(), P.READINESS_READ, view_kwargs)
    documents.require_media_types()
    found = [*readiness.checks(event), _schema()]
    attributes = {
        "as-of": format_instant(utcnow()),
        "status": readiness.worst(found),
        "checks": [_check(check) for check in found],
    }
    return rendering.respond(rendering.report("readiness", event.id, attributes))


def _schema() -> Check:
    """Whether the database is the one that this release was written for."""
    mismatch = schema_mismatch(session().connection())
    status, detail = (Status.FAILED, str(mismatch)) if mismatch else (Status.OK, "It is this release's.")
    return Check("schema", "The database's schema is up to date", status, detail, "event")


def _check(check: Check) -> dict[str, Any]:
    return {
        "code": check.code,
        "title": check.title,
        "status": check.status,
        "detail": check.detail,
        "noun": check.noun,
        "count": check.count,
        "ids": list(check.ids),
    }
