"""Exceptions as JSON:API error documents: one table from meaning to status, for ours and for other people's."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.api.edge.http_errors import (
    CutShort,
    MethodNotAllowed,
    NotAcceptable,
    TooLarge,
    Unexpected,
    UnsupportedMediaType,
)
from app.api.jsonapi.rendering import respond
from app.errors import (
    BadRequest,
    Busy,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    NotLoggedIn,
    StillRunning,
    TooManyRequests,
)
from app.schemas.base import messages
from app.services import event_parts, feedbacks, role_invites, tickets, users, users_events_roles
from app.services.custom_forms import FIELD_TAKEN

log = logging.getLogger(__name__)

CONSTRAINTS = {
    "uq_users_email_living": (users.EMAIL_TAKEN, "/data/attributes/email"),
    "uq_tickets_event_id_name_living": (tickets.NAME_TAKEN, "/data/attributes/name"),
    "uq_custom_forms_field_of_default_form": (FIELD_TAKEN, "/data/attributes/field-identifier"),
    "uq_custom_forms_field_of_form": (FIELD_TAKEN, "/data/attributes/field-identifier"),
    "uq_role_invites_pending": (role_invites.INVITED, "/data/attributes/email"),
    "uq_feedbacks_user_id_session_id": (feedbacks.ALREADY, feedbacks.POINTER),
    "uq_feedbacks_user_id_event_id_itself": (feedbacks.ALREADY, feedbacks.POINTER),
    "uq_users_events_roles_user_id_event_id_role_id": (users_events_roles.GRANTED, "/data/relationships/role/data"),
    **{
        f"uq_{model.__tablename__}_event_id_living": (words, "/data/relationships/event/data")
        for model, words in event_parts.ONE_PER_EVENT.items()
    },
}
"""Unique constraints that decide races past the services' own checks, in the same words."""

HTTP: dict[int, type[DomainError]] = {
    400: BadRequest,
    406: NotAcceptable,
    415: UnsupportedMediaType,
}

TOO_MUCH = "54"
"""Class of SQLSTATEs of what will never fit: it is no use to try again."""
UNWELL = ("53", "58", "XX", "25006")
"""Beginnings of SQLSTATEs that tell of the database and not of the request: its disk is full (a file that may not
grow is XX000 to PostgreSQL), it may only be read. The same request may succeed when somebody has mended it."""


def register(app: Flask) -> None:
    """Makes every error of ``app`` a JSON:API document."""
    # Each kind of token error by itself too: JWTManager has a handler for each, and many of those answer 422.
    for kind in {Exception} | _kinds(JWTExtendedException) | _kinds(PyJWTError):
        app.register_error_handler(kind, lambda error: render(refusal(error)))


def refusal(error: Exception) -> DomainError:
    """What an exception means to a client. What nobody foresaw is logged, and `Unexpected`."""
    if isinstance(error, DomainError):
        return error
    for kinds, meaning in MEANINGS:
        if isinstance(error, kinds):
            return meaning(error)
    return _unexpected(error)


def render(error: DomainError) -> Response:
    """The error document of a refusal; the status is the first error's."""
    g.refusals = [each.code for each in error.all]
    return respond({"errors": [as_object(each) for each in error.all]}, error.status, headers(error))


def render_plain(error: Exception) -> tuple[Response, int, dict[str, str]]:
    """A refusal as ``{"error": "…"}``, as the clients read it of log-in and its like."""
    told = refusal(error)
    g.refusals = [told.code]
    return jsonify(error=told.detail), told.status, headers(told)


def headers(error: DomainError) -> dict[str, str]:
    """Headers that belong to a refusal."""
    if isinstance(error, Busy | StillRunning | TooManyRequests):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(sorted(error.allowed))}
    return {}


def as_object(error: DomainError) -> dict[str, Any]:
    """One JSON:API error object; ``source`` is always an object, since clients read into it."""
    source = {}
    if error.pointer is not None:
        source["pointer"] = error.pointer
    if error.parameter is not None:
        source["parameter"] = error.parameter
    shown: dict[str, Any] = {
        "status": str(error.status),
        "code": error.code,
        "title": error.title,
        "detail": error.detail,
        "source": source,
    }
    if error.meta:
        shown["meta"] = error.meta
    return shown


def _kinds(base: type[Exception]) -> set[type[Exception]]:
    return {base}.union(*(_kinds(kind) for kind in base.__subclasses__()))


def _invalid(error: ValidationError) -> DomainError:
    found: list[DomainError] = [
        Invalid(str(message["detail"]), pointer=message.get("source", {}).get("pointer")) for message in messages(error)
    ]
    return DomainError.many(found)


def _http(error: HTTPException) -> DomainError:
    code = error.code or 500
    if code == 404:
        return NotFound(
            f"Nothing is served at {request.path}. Check the address; everything but /auth/session is under /v1/."
        )
    if code == 405:
        allowed = getattr(error, "valid_methods", None) or ()
        return MethodNotAllowed(f"{request.method} is not offered at {request.path}. Use one that is.", allowed=allowed)
    if code == 413:
        return TooLarge(f"The body is longer than {current_app.config['MAX_CONTENT_LENGTH']} bytes. Send less at once.")
    if code >= 500:
        return _unexpected(error)
    return HTTP.get(code, BadRequest)(error.description or str(error))


def _cut_short(_error: ClientDisconnected) -> DomainError:
    return CutShort("The rest of the body did not come, and nothing was done. Send the request again.")


def _bad_token(error: Exception) -> DomainError:
    """Whatever is wrong with a token is 401: the web app logs out on nothing else."""
    return NotLoggedIn(f"The token is not valid: {error}. Log in again.")


def _conflict(error: IntegrityError) -> DomainError:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    if constraint in CONSTRAINTS:
        detail, pointer = CONSTRAINTS[constraint]
        return Conflict(detail, pointer=pointer)
    log.warning("a constraint refused what no rule had: %s\n%s", constraint, _where(error))
    return Conflict("This contradicts what is stored. Load it again and repeat the change.")


def _out_of_range(error: Exception) -> DomainError:
    log.warning("a value passed the schema that the database cannot hold\n%s", _where(error))
    return Invalid(
        "A value is out of the range that can be stored. Send smaller numbers, shorter texts and nearer times."
    )


def _busy(error: Exception) -> DomainError:
    sqlstate = _sqlstate(error)
    if sqlstate.startswith(TOO_MUCH):
        return _out_of_range(error)
    level = logging.ERROR if sqlstate.startswith(UNWELL) else logging.WARNING  # somebody must come and mend it
    log.log(level, "database: %s %s", type(getattr(error, "orig", error)).__name__, sqlstate)
    return Busy("The server is busy for a moment. Send the same request again in a few seconds.")


def _database(error: DBAPIError) -> DomainError:
    """What the driver has no better class for: also a connection that was lost while an answer came."""
    if error.connection_invalidated or _sqlstate(error).startswith(UNWELL):
        return _busy(error)
    return _unexpected(error)


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", None), "pgcode", None) or ""


def _unexpected(error: Exception) -> DomainError:
    log.error("unexpected error: %s in %s %s\n%s", _kind(error), request.method, request.url_rule, _where(error))
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return Unexpected(
        "Something went wrong on the server; it was logged. Send the same request again; if it "
        "fails again, tell the operator the X-Request-Id of this answer."
    )


def _kind(error: Exception) -> str:
    original = getattr(error, "orig", None)
    return type(error).__name__ + (f" ({type(original).__name__})" if original is not None else "")


def _where(error: Exception) -> str:
    """The stack of an error, without its words, which may quote what a guest has sent or what is stored of him."""
    return "".join(traceback.format_tb(error.__traceback__))


MEANINGS: tuple[tuple[tuple[type[Exception], ...], Callable[[Any], DomainError]], ...] = (
    ((ValidationError,), _invalid),
    ((ClientDisconnected,), _cut_short),
    ((HTTPException,), _http),
    ((JWTExtendedException, PyJWTError), _bad_token),
    ((IntegrityError,), _conflict),
    ((DataError,), _out_of_range),
    ((OperationalError, InterfaceError, PoolTimeout), _busy),
    ((DBAPIError,), _database),
)
"""Other people's exceptions, and how they are told."""
