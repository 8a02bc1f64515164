"""How the log is written: one JSON object, or one line of text, for each record, without anything personal.

Records of a request carry its id. What an exception says is left out, since it may quote what a guest has sent or what
is stored of him: its kind and its stack are told.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import g, has_request_context
from gunicorn import glogging

from app.clock import format_instant
from app.config import BadSetting, Settings

FIELDS = "fields"
"""What a record tells beside its message, in names and values: ``log.info("…", extra={FIELDS: {…}})``."""

HARMLESS = (BadSetting, ImportError, NameError, AttributeError, OSError)
"""Exceptions whose words are about code and files."""

REFUSED_BY_GUNICORN = "Invalid request from ip="
FAILED_IN_GUNICORN = "Error handling request"


def configure(settings: Settings) -> None:
    """Writes the records of this process; without effect where it has handlers of its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings))
    logging.basicConfig(level=settings.log_level, handlers=[handler])


def formatter(settings: Settings) -> logging.Formatter:
    """The form of ``LOG_FORMAT``."""
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    return AsJson() if is_json else AsText()


class AsJson(logging.Formatter):
    """A record as one line with a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "time": format_instant(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "request": _request_id(),
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(told, default=str).decode()

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's own name)
        """Its kind and stack."""
        return _without_words(ei)


class AsText(logging.Formatter):
    """A record as a line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s request=%(request)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the stack of an exception."""
        record.request = _request_id() or "-"
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The line with the fields at its end."""
        fields = getattr(record, FIELDS, {})
        return " ".join([super().formatMessage(record), *(f"{name}={value}" for name, value in fields.items())])

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's own name)
        """Its kind and stack."""
        return _without_words(ei)


class GunicornLogger(glogging.Logger):
    """gunicorn's own messages, in our form. They quote addresses that clients asked for, which may name a guest, and
    the clients' own: neither is passed on."""

    def setup(self, cfg: Any) -> None:
        """Sets gunicorn's handlers up."""
        super().setup(cfg)
        form = formatter(Settings.from_environment())
        for handler in self.error_log.handlers:
            handler.setFormatter(form)

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A warning."""
        if msg.startswith(REFUSED_BY_GUNICORN):
            msg = "a client has sent what is no HTTP request"
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """An error, with the stack of the exception that is being handled."""
        if isinstance(msg, str) and msg.startswith(FAILED_IN_GUNICORN):
            msg, args = FAILED_IN_GUNICORN, ()
        super().exception(msg, *args, **kwargs)


def _request_id() -> str | None:
    return g.get("request_id") if has_request_context() else None


def _without_words(exc_info: Any) -> str:
    kind, error, stack = exc_info
    words = f": {error}" if isinstance(error, HARMLESS) else ""
    return "".join(traceback.format_tb(stack)) + f"{kind.__name__}{words}"
