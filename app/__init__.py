"""The application factory: composition only."""

import logging
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from app import api, live
from app.config import Settings
from app.database import db

MIGRATIONS = Path(__file__).parent.parent / "migrations"
"""Wherever the process was started."""


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for ``settings`` (default: from the environment).

    ``settings.database_url`` must be set: who starts the embedded PostgreSQL (``manage.py``, the tests) puts its
    address there. Raises `app.config.BadSetting` otherwise.
    """
    settings = settings or Settings.from_environment()
    _configure_logging(settings.log_level)
    app = Flask(__name__, static_folder=None)
    app.config.update(settings.flask_config(settings.required_database_url()))
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    app.extensions[live.BOARD] = live.Board(app)
    api.register(app)
    return app


def _configure_logging(level: str) -> None:
    """One line for each record, with the request's id; without effect where the process has handlers of its own."""
    handler = logging.StreamHandler()
    handler.addFilter(api.access_log.RequestId())
    line = "%(asctime)s %(levelname)s %(name)s request=%(request_id)s: %(message)s"
    logging.basicConfig(level=level, format=line, handlers=[handler])
