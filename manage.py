#!/usr/bin/env python
"""The command line: everything an operator or a developer runs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import flask_migrate.cli
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.config import BadSetting, Settings
from app.database import transaction
from app.embedded import DatabaseUnavailable, attach_or_borrow
from app.errors import DomainError
from app.preflight import SchemaMismatch, first_line, require_answer, require_current_schema, require_known_schema
from app.serving import CannotServe, base_url, serve

PROJECT = Path(__file__).resolve().parent


class Commands(click.Group):
    """Commands whose expected failures are told in one sentence, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (BadSetting, CannotServe, DatabaseUnavailable, SchemaMismatch) as error:
            raise click.ClickException(str(error)) from error
        except DomainError as error:
            raise click.ClickException(" ".join(each.detail for each in error.all)) from error
        except DBAPIError as error:
            raise click.ClickException(f"The database did not do it: {first_line(error)}.") from error


@contextmanager
def application() -> Iterator[Flask]:
    """The application on the database of the environment, or on the embedded one, started for the block if need be."""
    settings = Settings.from_environment()
    with ExitStack() as stack:
        if settings.database_url is None:
            url = stack.enter_context(attach_or_borrow(settings.database_dir))
        else:
            url = settings.database_url
            require_answer(url)
        yield create_app(replace(settings, database_url=url))


@contextmanager
def ready_application() -> Iterator[Flask]:
    """`application` with its context pushed, on a database whose schema is current."""
    with application() as app, app.app_context():
        require_current_schema()
        yield app


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


cli.add_command(flask_migrate.cli.db)


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


@cli.group("users")
def users_group() -> None:
    """Accounts."""


@users_group.command("create")
@click.option("--email", required=True)
@click.option("--password", prompt=True, hide_input=True, help="Asked for when it is not given.")
@click.option("--admin", is_flag=True, help="May do everything.")
def create_user(email: str, password: str, admin: bool) -> None:
    """Create an account; its e-mail address counts as verified."""
    from app.services import users

    with ready_application(), transaction():
        users.create_account(email=email, password=password, is_admin=admin, is_verified=True)
    click.echo(f"{email} can log in now.")


@users_group.command("password")
@click.option("--email", required=True)
@click.option("--password", prompt=True, hide_input=True, help="Asked for when it is not given.")
def set_password(email: str, password: str) -> None:
    """Give an account another password."""
    from app.services import accounts

    with ready_application(), transaction():
        accounts.give_password(email, password)
    click.echo(f"{email} has a new password.")


@cli.group("orders")
def orders_group() -> None:
    """Orders."""


@orders_group.command("expire")
def expire_orders() -> None:
    """End orders that nobody has finished in time, and attendees without one; run it every few minutes.

    Seats are free without it too, as soon as somebody wants them.
    """
    from app.services import inventory

    with ready_application() as app:
        settings: Settings = app.config["SETTINGS"]
        orders, attendees, seats = 0, 0, 0
        ended = None
        while ended is None or ended.orders or ended.attendees:
            with transaction():
                ended = inventory.expire_batch(held_for=settings.order_expiry)
            orders, attendees, seats = orders + ended.orders, attendees + ended.attendees, seats + ended.seats
    click.echo(f"{orders} orders and {attendees} attendees without an order have ended; {seats} seats are free again.")


@cli.group("cursors")
def cursors_group() -> None:
    """What devices at the door have read so far."""


@cursors_group.command("expire")
def expire_cursors() -> None:
    """Let every device begin again; run it after a restore that copies files, or removes guests by SQL."""
    from app.services import cursors

    with ready_application(), transaction():
        cursors.expire_all()
    click.echo("All cursors have expired: devices load everything anew when they ask next.")


@cli.group("occupancy")
def occupancy_group() -> None:
    """Who is inside."""


@occupancy_group.command("recount")
def recount_occupancy() -> None:
    """Count anew, from the movements; run it after an upgrade. Scans wait meanwhile."""
    from app.services import occupancy

    with ready_application(), transaction():
        number = occupancy.recount()
    click.echo(f"The counts of {number} events differed from their movements, and are right now.")


@cli.group("guests")
def guests_group() -> None:
    """Guests."""


@guests_group.command("check-out")
def check_out_guests() -> None:
    """Check out whom nobody has scanned out by closing time; a running server does so by itself, every minute."""
    from app import rounds

    with ready_application():
        number = rounds.make()
    click.echo(f"{number} guests were checked out.")


@guests_group.command("retell")
def retell_guests() -> None:
    """Tell guests' times and flags anew; run it after changing when an event that goes on ends, closes, or is where."""
    from app.services import retelling

    number = 0
    last: int | None = 0
    with ready_application():
        while last is not None:
            with transaction():
                changed, last = retelling.retell(last)
            number += changed
    click.echo(f"{number} guests were told anew.")


@cli.group("keys")
def keys_group() -> None:
    """Answers that are kept for requests that come again under their Idempotency-Key."""


@keys_group.command("purge")
def purge_keys() -> None:
    """Delete the answers that are older than 24 hours; a running server does so by itself, every minute."""
    from app import rounds

    with ready_application():
        number = rounds.forget_answers()
    click.echo(f"{number} answers were deleted.")


@cli.group("mails")
def mails_group() -> None:
    """Mails that wait to be sent."""


@mails_group.command("send")
@click.option("--all", "everything", is_flag=True, help="Also those that have failed: that wait, or were given up.")
def send_mails(everything: bool) -> None:
    """Send what is due; a running server does so by itself. Exit code 1 when a mail could not be sent."""
    from app import mailing

    with ready_application():
        done = mailing.deliver(everything=everything)
    click.echo(f"{done.sent} mails sent, {done.failed} failed.")
    if done.failed:
        sys.exit(1)


@mails_group.command("list")
def list_mails() -> None:
    """List the mails that have not been sent, and why."""
    from app.services import mails

    with ready_application():
        for mail in mails.waiting():
            told = f"{mail.attempts} attempts, next after {mail.not_before:%Y-%m-%d %H:%M:%S}"
            if mail.attempts >= mails.MOST_ATTEMPTS:
                told = f"{mail.attempts} attempts, given up"
            click.echo(f"{mail.id} {mail.recipient} | {mail.subject} | {told} | {mail.last_error or '-'}")


@cli.command("integrity")
def integrity_command() -> None:
    """Recount everything that is kept as a count; exit code 1 when something differs."""
    from app.services import integrity

    with ready_application():
        findings = integrity.report()
    for finding in findings:
        click.echo(finding.text)
    if findings:
        sys.exit(1)
    click.echo("Everything adds up.")


@cli.command("check")
@click.option("--no-tests", is_flag=True, help="Only format, lint, import contracts and types.")
def check_command(no_tests: bool) -> None:
    """Run format, lint, import contracts, types and tests; exit code 1 when one of them fails."""
    checks = {
        "format": ["ruff", "format", "--check", "."],
        "lint": ["ruff", "check", "."],
        "imports": ["lint-imports", "--no-logo"],
        "types": ["mypy"],
        "tests": ["pytest"],
    }
    if no_tests:
        del checks["tests"]
    verdicts = [passes(name, command) for name, command in checks.items()]
    if not all(verdicts):
        sys.exit(1)


def passes(name: str, command: list[str]) -> bool:
    """Runs one check of the development tools; prints its verdict, and its output when it fails."""
    program = Path(sys.executable).with_name(command[0])
    if not program.exists():
        raise click.ClickException(f"{command[0]} is not installed here: 'make check' installs requirements-dev.txt.")
    started = time.monotonic()
    result = subprocess.run(
        [program, *command[1:]],
        check=False,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = result.returncode == 0
    if not passed:
        click.echo(result.stdout)
    click.echo(f"{name:8} {'passed' if passed else 'FAILED'} in {time.monotonic() - started:.1f} s")
    return passed


if __name__ == "__main__":
    # Alembic's folder and a relative DATA_DIR are meant relative to the project, wherever the command is called.
    os.chdir(PROJECT)
    cli()
