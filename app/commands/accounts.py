"""``users``."""

import click

from app.commands.opening import ready_application
from app.database import COMMAND, transaction


@click.group("users")
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
