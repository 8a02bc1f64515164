#!/usr/bin/env python
"""The command line: everything an operator or a developer runs."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import flask_migrate.cli
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from app.commands import backups
from app.commands.opening import application, ready_application
from app.config import BadSetting, Settings
from app.database import COMMAND, snapshot, transaction
from app.door_simulator.command import simulate_door
from app.dumps import CannotDump
from app.embedded import DatabaseUnavailable
from app.errors import DomainError
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


cli.add_command(flask_migrate.cli.db)
cli.add_command(backups.backup)
cli.add_command(backups.restore)
cli.add_command(simulate_door)


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

    with ready_application(), transaction(COMMAND):
        users.create_account(email=email, password=password, is_admin=admin, is_verified=True)
    click.echo(f"{email} can log in now.")


@users_group.command("password")
@click.option("--email", required=True)
@click.option("--password", prompt=True, hide_input=True, help="Asked for when it is not given.")
def set_password(email: str, password: str) -> None:
    """Give an account another password."""
    from app.services import accounts

    with ready_application(), transaction(COMMAND):
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
            with transaction(COMMAND):
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

    with ready_application(), transaction(COMMAND):
        cursors.expire_all()
    click.echo("All cursors have expired: devices load everything anew when they ask next.")


@cli.group("occupancy")
def occupancy_group() -> None:
    """Who is inside."""


@occupancy_group.command("recount")
def recount_occupancy() -> None:
    """Count anew, from the movements; run it after an upgrade. Scans wait meanwhile."""
    from app.services import occupancy

    with ready_application(), transaction(COMMAND):
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
        number = rounds.make(by=COMMAND)
    click.echo(f"{number} guests were checked out.")


@guests_group.command("retell")
def retell_guests() -> None:
    """Tell guests' times and flags anew; run it after changing when an event that goes on ends, closes, or is where."""
    from app.services import retelling

    number = 0
    last: int | None = 0
    with ready_application():
        while last is not None:
            with transaction(COMMAND):
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


@cli.group("logins")
def logins_group() -> None:
    """What is kept of log-ins."""


@logins_group.command("forget")
def forget_logins() -> None:
    """Delete what nobody asks for any more: attempts, places, ended log-ins; a running server does it itself."""
    from app import rounds

    with ready_application():
        number = rounds.forget_logins()
    click.echo(f"{number} rows were deleted.")


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


@cli.group("audit")
def audit_group() -> None:
    """Who changed what, and whether that is still what was written down."""


@audit_group.command("seal")
def seal_audit() -> None:
    """Chain the entries that are not sealed yet; a running server does so by itself, every minute."""
    from app import sealing
    from app.services import audit_seals

    with ready_application():
        number = sealing.seal(by=COMMAND)
        click.echo(f"{number} entries were sealed. Head: {audit_seals.newest()}")


@audit_group.command("verify")
@click.option("--head", "kept", help="POSITION:HASH that was kept elsewhere: the chain must lead through it.")
def verify_audit(kept: str | None) -> None:
    """Walk through the chain; exit code 1 with the first position that does not fit."""
    from app.services import audit_seals

    wanted = None if kept is None else audit_seals.parsed(kept)
    with ready_application():
        try:
            end = audit_seals.verify(wanted)
            waiting = audit_seals.unsealed()
        except audit_seals.Broken as broken:
            raise click.ClickException(str(broken)) from broken
    if end.at is not None:
        click.echo(f"Sealed and intact up to entry {end.entry_id}, of {end.at:%Y-%m-%d %H:%M:%S} UTC.")
    click.echo(f"{waiting} entries are not sealed yet. Head: {end.head}")


@cli.group("privacy")
def privacy_group() -> None:
    """Persons who want to be forgotten."""


@privacy_group.command("erase")
@click.argument("who", metavar="user:ID|user:EMAIL|attendee:ID")
@click.option("--yes", is_flag=True, help="Do it. Without it, only what would be done is told.")
def erase_person(who: str, yes: bool) -> None:
    """Remove a person for good: names, addresses, answers. Sales, movements and counts stay, and so does the audit."""
    from app.services import privacy

    kind, _, name = who.partition(":")
    if kind not in {"user", "attendee"}:
        raise click.ClickException("Say who: user:ID, user:EMAIL or attendee:ID.")
    with ready_application(), suppress(Preview), transaction(COMMAND):
        if kind == "user":
            done = privacy.erase_user(privacy.find_user(name))
        else:
            done = privacy.erase_attendee(privacy.find_attendee(name))
        if not yes:
            raise Preview
    for numbers, told in ((done.rows, "{} {}"), (done.blanked, "{} texts in {} named the person")):
        for what, number in sorted(numbers.items()):
            click.echo(told.format(number, what))
    for what, number in sorted(done.left.items()):
        click.echo(f"Look yourself: {number} rows of {what} hold the same name, perhaps another person's.")
    click.echo("Erased." if yes else "Nothing was changed: --yes does it.")


class Preview(Exception):
    """What was done is only to be told, and rolled back."""


@cli.command("integrity")
@click.option("--event", "event_id", type=click.IntRange(1), help="Only of the event with this id.")
def integrity_command(event_id: int | None) -> None:
    """Recount everything that is kept as a count; exit code 1 when something differs."""
    from app.services import events, integrity

    with ready_application(), snapshot():
        if event_id is not None:
            events.require_known(event_id)
        findings = integrity.report(event_id)
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
