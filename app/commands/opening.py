"""The application that a command works with."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from flask import Flask

from app import create_app
from app.config import Settings
from app.database import db
from app.ownership import attach_or_borrow
from app.preflight import require_answer, require_current_schema


@contextmanager
def application() -> Iterator[Flask]:
    """The application on the database of the environment, or on the embedded one, started for the block if need be.

    A command takes its time, and goes past a pooler that shares connections out by transaction.
    """
    settings = replace(Settings.from_environment(), statement_timeout_ms=0)
    with ExitStack() as stack:
        if settings.database_url is None:
            url = stack.enter_context(attach_or_borrow(settings.database_dir))
        else:
            url = settings.database_listen_url or settings.database_url
            require_answer(url)
        app = create_app(replace(settings, database_url=url))
        try:
            yield app
        finally:
            with app.app_context():
                db.engine.dispose()


@contextmanager
def ready_application() -> Iterator[Flask]:
    """`application` with its context pushed, on a database whose schema is current."""
    with application() as app, app.app_context():
        require_current_schema()
        yield app
