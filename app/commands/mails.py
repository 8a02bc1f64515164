"""``mails``."""

import sys

import click

from app.commands.opening import ready_application


@click.group("mails")
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
