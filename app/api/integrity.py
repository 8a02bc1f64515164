"""What adds up at an event, over HTTP: one document without a row of its own, under the id of its event."""

from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, Response

from app.api.calls import Dashed, One, Shape, call
from app.api.edge.actor import current_actor
from app.api.jsonapi import documents, rendering
from app.api.jsonapi.parents import permitted_parent
from app.clock import format_instant, utcnow
from app.database import snapshot
from app.errors import Conflict
from app.permissions.policy import Permission as P
from app.services import integrity
from app.services.integrity import Finding

integrity_calls = Blueprint("integrity", __name__)


class RuleFound(Shape):
    """A rule, and the ids of what breaks it, the first of them."""

    rule: str
    title: str
    noun: str
    checked: int
    count: int
    ids: list[str]
    help: str


class IntegrityFacts(Dashed):
    """Whether all adds up, and when it was looked at."""

    as_of: datetime
    ok: bool
    checks: list[RuleFound]


class IntegrityReport(Shape):
    """What adds up at an event."""

    type: Literal["integrity-report"]
    id: str
    attributes: IntegrityFacts
    links: dict[str, str]


@integrity_calls.get("/v1/events/<id:event_id>/integrity")
@integrity_calls.get("/v1/events/<identifier:event_identifier>/integrity")
@call("getIntegrity", gives=One(IntegrityReport), needs=P.INTEGRITY_READ, refuses=(Conflict,))
def of_event(**view_kwargs: Any) -> Response:
    """Every rule, and what breaks it, at one moment."""
    event_id: int = permitted_parent(current_actor(), P.INTEGRITY_READ, view_kwargs).id
    documents.require_media_types()
    with snapshot():
        integrity.require_turn(event_id)
        as_of, found = utcnow(), integrity.findings(event_id)
    attributes = {
        "as-of": format_instant(as_of),
        "ok": not any(finding.count for finding in found),
        "checks": [_check(finding) for finding in found],
    }
    return rendering.respond(rendering.report("integrity", event_id, attributes))


def _check(finding: Finding) -> dict[str, Any]:
    rule = finding.of
    return {
        "rule": rule.word,
        "title": rule.title,
        "noun": rule.noun,
        "checked": finding.checked,
        "count": finding.count,
        "ids": [str(number) for number in finding.ids],
        "help": rule.help,
    }
