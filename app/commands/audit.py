"""``audit``."""

import click

from app.commands.opening import ready_application
from app.database import COMMAND


@click.group("audit")
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
