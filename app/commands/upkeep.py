"""What keeps the data in order: ``orders``, ``cursors``, ``occupancy``, ``counts``, ``guests``, ``keys``, ``logins``,
``integrity``."""

import sys

import click

from app.commands.opening import ready_application
from app.config import Settings
from app.database import COMMAND, snapshot, transaction


@click.group("orders")
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


@click.group("cursors")
def cursors_group() -> None:
    """What devices at the door have read so far."""


@cursors_group.command("expire")
def expire_cursors() -> None:
    """Let every device begin again; run it after a restore that copies files, or removes guests by SQL."""
    from app.services import cursors

    with ready_application(), transaction(COMMAND):
        cursors.expire_all()
    click.echo("All cursors have expired: devices load everything anew when they ask next.")


@click.group("occupancy")
def occupancy_group() -> None:
    """Who is inside."""


@occupancy_group.command("recount")
def recount_occupancy() -> None:
    """Count anew, from the movements; run it after an upgrade. Scans wait meanwhile."""
    from app.services import occupancy

    with ready_application(), transaction(COMMAND):
        number = occupancy.recount()
    click.echo(f"The counts of {number} events differed from their movements, and are right now.")


@click.group("counts")
def counts_group() -> None:
    """How many attendees and orders there are, and what was sold."""


@counts_group.command("recount")
def recount_counts() -> None:
    """Count anew, from the rows; run it after writing them with triggers off. Sales wait meanwhile."""
    from app.services import counts

    with ready_application():
        number = 0
        for kept in counts.ALL:
            with transaction(COMMAND):
                number += counts.recount(kept)
    click.echo(f"{number} counts of events differed from their rows, and are right now.")


@click.group("guests")
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


@click.group("keys")
def keys_group() -> None:
    """Answers that are kept for requests that come again under their Idempotency-Key."""


@keys_group.command("purge")
def purge_keys() -> None:
    """Delete the answers that are older than 24 hours; a running server does so by itself, every minute."""
    from app import rounds

    with ready_application():
        number = rounds.purge_answers()
    click.echo(f"{number} answers were deleted.")


@click.group("logins")
def logins_group() -> None:
    """What is kept of log-ins."""


@logins_group.command("purge")
def purge_logins() -> None:
    """Delete what nobody asks for any more: attempts, places, ended log-ins; a running server does so by itself, every
    minute."""
    from app import rounds

    with ready_application():
        number = rounds.purge_logins()
    click.echo(f"{number} rows were deleted.")


@click.command("integrity")
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
