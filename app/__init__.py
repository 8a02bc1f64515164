"""The application factory: composition only."""

import logging

from flask import Flask
from flask_migrate import Migrate

from app import api
from app.config import Settings
from app.database import db


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for ``settings`` (default: from the environment).

    ``settings.database_url`` must be set: who starts the embedded PostgreSQL (``manage.py``, the tests) puts its
    address there. Raises `app.config.BadSetting` otherwise.
    """
    settings = settings or Settings.from_environment()
    # Without effect where the process has its own handlers.
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = Flask(__name__, static_folder=None)
    app.config.update(settings.flask_config(settings.required_database_url()))
    db.init_app(app)
    Migrate(app, db, compare_type=True)
    api.register(app)
    return app
