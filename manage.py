#!/usr/bin/env python
"""The command line: everything an operator or a developer runs."""

import json
import os
from pathlib import Path
from typing import Any

import click
import flask_migrate.cli
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from app.commands import accounts, audit, backups, checks, documents, mails, privacy, upkeep
from app.commands.opening import application, ready_application
from app.config import BadSetting, Settings
from app.door_simulator.command import simulate_door
from app.dumps import CannotDump
from app.errors import DomainError
from app.postgresql import DatabaseUnavailable
from app.preflight import SchemaMismatch, first_line, require_known_schema
from app.serving import CannotServe, base_url, serve

PROJECT = Path(__file__).resolve().parent


class Commands(click.Group):
    """Commands whose expected failures are told in one sentence, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (BadSetting, CannotDump, CannotServe, DatabaseUnavailable, SchemaMismatch) as error:
            raise click.ClickException(str(error)) from error
        except DomainError as error:
            raise click.ClickException(" ".join(each.detail for each in error.all)) from error
        except DBAPIError as error:
            raise click.ClickException(f"The database did not do it: {first_line(error)}.") from error


def application_of_command() -> Flask:
    """`application` for Flask-Migrate's commands; its database stays until the current command ends."""
    app = click.get_current_context().with_resource(application())
    with app.app_context():
        require_known_schema()
    return app


@click.group(cls=Commands)
@click.pass_context
def cli(context: click.Context) -> None:
    """The event server. Settings come from the environment; the README lists them."""
    context.obj = ScriptInfo(create_app=application_of_command)


COMMANDS = (
    flask_migrate.cli.db,
    accounts.users_group,
    upkeep.orders_group,
    upkeep.cursors_group,
    upkeep.occupancy_group,
    upkeep.counts_group,
    upkeep.guests_group,
    upkeep.keys_group,
    upkeep.logins_group,
    upkeep.integrity_command,
    mails.mails_group,
    audit.audit_group,
    privacy.privacy_group,
    backups.backup,
    backups.restore,
    simulate_door,
    checks.check_command,
    documents.docs_group,
)
"""Those that have a place of their own. A command opens its application itself (`app.commands.opening`)."""


@cli.command("serve")
def serve_command() -> None:
    """Serve on PORT: database, migrations, demo event when empty, and gunicorn."""
    serve(Settings.from_environment())


@cli.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print accounts and ids as JSON.")
def demo_command(as_json: bool) -> None:
    """Load the demo event if it is not there; print its accounts and first requests to try."""
    from app import demo

    with ready_application() as app:
        loaded = demo.load()
        if as_json:
            click.echo(json.dumps(loaded.as_json(), indent=2))
        else:
            settings: Settings = app.config["SETTINGS"]
            click.echo(demo.welcome_text(base_url(settings.host, settings.port)))


for command in COMMANDS:
    cli.add_command(command)


if __name__ == "__main__":
    # Alembic's folder and a relative DATA_DIR are meant relative to the project, wherever the command is called.
    os.chdir(PROJECT)
    cli()
