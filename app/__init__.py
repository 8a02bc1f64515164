"""The application factory: composition only."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from app import api, live, logs, replica
from app.config import Settings
from app.database import db
from app.proxies import TrustedProxies

MIGRATIONS = Path(__file__).parent.parent / "migrations"
"""Wherever the process was started."""


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for ``settings`` (default: from the environment).

    ``settings.database_url`` must be set: who starts the embedded PostgreSQL (``manage.py``, the tests) puts its
    address there. Raises `app.config.BadSetting` otherwise.
    """
    settings = settings or Settings.from_environment()
    logs.configure(settings)
    app = Flask(__name__, static_folder=None)
    app.config.update(settings.flask_config(settings.required_database_url()))
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    app.extensions[live.BOARD] = live.Board(app)
    app.extensions[replica.EXTENSION] = replica.Replica(settings)
    api.register(app)
    # Imported only now, since they import app.metrics, which may not be imported before.
    from app.api import metrics
    from app.api.edge import measuring

    measuring.register(app)
    metrics.register(app)
    if settings.proxy_networks:
        # As Flask wants it: its server and its test client call what stands there. To mypy it is a method.
        app.wsgi_app = TrustedProxies(app.wsgi_app, settings.proxy_networks)  # type: ignore[method-assign]
    return app
