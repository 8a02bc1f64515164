"""``privacy``."""

from contextlib import suppress

import click

from app.commands.opening import ready_application
from app.database import COMMAND, transaction


@click.group("privacy")
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
