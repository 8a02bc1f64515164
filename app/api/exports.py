"""Exports of an event over HTTP: its lists as CSV and PDF, and its programme as JSON."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.api import archives
from app.api.calls import call
from app.api.edge.actor import current_actor
from app.api.edge.files import CSV, PDF, ZIP, attached
from app.api.jsonapi.parents import permitted_parent
from app.api.tasks import Started, makes, started
from app.clock import local_day, utcnow
from app.errors import Invalid
from app.models import Event
from app.permissions.actors import Actor
from app.permissions.policy import Permission as P
from app.services import exports
from app.services.reports import REPORTS

export_calls = Blueprint("exports", __name__)


def start_csv(report: str, **view_kwargs: Any) -> Response:
    """The task of a CSV file."""
    return started("csv", _event(current_actor(), view_kwargs).id, report)


def start_pdf(report: str, **view_kwargs: Any) -> Response:
    """The task of a list on paper."""
    event = _event(current_actor(), view_kwargs)
    exports.require_printable(report, event)
    return started("pdf", event.id, report)


@export_calls.post("/v1/events/<id:event_id>/export/json")
@export_calls.post("/v1/events/<identifier:event_identifier>/export/json")
@call("exportEventJson", gives=Started, needs=P.EVENT_EXPORT)
def start_archive(**view_kwargs: Any) -> Response:
    """The task of an event's archive. Which media it holds is not asked: they are links, and stand in it as such."""
    return started("archive", _event(current_actor(), view_kwargs).id)


@makes("csv")
def csv_file(actor: Actor, event_id: int, options: tuple[str, ...]) -> Response:
    """A list for spreadsheets, sent while it is read."""
    event, report = _event(actor, {"event_id": event_id}), options[0]
    return attached(exports.as_csv(report, event), CSV, file_name(event, report, "csv"))


@makes("pdf")
def pdf_file(actor: Actor, event_id: int, options: tuple[str, ...]) -> Response:
    """A list on paper."""
    event, report = _event(actor, {"event_id": event_id}), options[0]
    return attached(exports.as_pdf(report, event), PDF, file_name(event, report, "pdf"))


@makes("archive")
def archive_file(actor: Actor, event_id: int, _options: tuple[str, ...]) -> Response:
    """The event with its tickets and programme."""
    event = _event(actor, {"event_id": event_id})
    return attached(archives.of_event(event, actor), ZIP, file_name(event, "event", "zip"))


def file_name(event: Event, what: str, ending: str) -> str:
    """Says what the file is, of which event, and of which day."""
    name = unicodedata.normalize("NFKD", event.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", name).strip("-")[:60] or event.identifier
    return f"{what}-{slug}-{local_day(utcnow(), event.timezone)}.{ending}"


def _event(actor: Actor, view_kwargs: dict[str, Any]) -> Event:
    event: Event = permitted_parent(actor, P.EVENT_EXPORT, view_kwargs)
    return event


STARTS: dict[str, Callable[..., Response]] = {"csv": start_csv, "pdf": start_pdf}

for _report in REPORTS:
    for _format, _start in STARTS.items():
        _refuses = (Invalid,) if _format == "pdf" else ()
        _name = f"export{_report.title()}{_format.title()}"
        _says = f"The task of an event's {_report}, as {_format.upper()}."
        _view = call(_name, gives=Started, needs=P.EVENT_EXPORT, refuses=_refuses, says=_says)(partial(_start, _report))
        for _place in ("<id:event_id>", "<identifier:event_identifier>"):
            export_calls.add_url_rule(f"/v1/events/{_place}/export/{_report}/{_format}", f"{_report}_{_format}", _view)
