"""Mails on their way: what the requests have queued (`app.services.mails`) is sent here, outside of them.

Each mail is taken in one transaction, sent in none, and deleted in another: nothing in the database waits for a mail
server. A mail whose sender dies in between is sent again, perhaps for the second time; none is lost.
"""

import logging
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import make_msgid, parseaddr
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy import event

from app.background import Background
from app.clock import utcnow
from app.config import Settings
from app.database import db, transaction
from app.services import mails

log = logging.getLogger(__name__)

LOOK_SECONDS = 10
"""How often a worker looks for mails that another process has queued, or whose next try is due."""

SMTP_SECONDS = 10
"""How long one step of talking to the mail server may take; all together must stay below `mails.LEASE`."""

PERMANENT = 500
"""From this answer of a mail server on it means no, and not later."""

RULE = "-" * 72


class Undeliverable(Exception):
    """A mail that cannot even be written: its address is none."""


class Backend(Protocol):
    """Where mails go."""

    def send(self, message: EmailMessage) -> None:
        """Hands a mail over, or raises."""


class Console:
    """Prints mails, for development and for those who have no mail server."""

    def send(self, message: EmailMessage) -> None:
        """Prints the mail as a person reads it."""
        headers = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
        print(f"{RULE}\n{headers}\n\n{message.get_content()}{RULE}", flush=True)


class MailServer:
    """Hands mails to the mail server of the settings, whose certificate is checked."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def send(self, message: EmailMessage) -> None:
        """One mail over a connection of its own."""
        settings = self._settings
        with self._connected() as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user is not None:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host or "", self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=SMTP_SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=SMTP_SECONDS)


@dataclass
class Delivery:
    """What has become of the mails that were due."""

    sent: int = 0
    failed: int = 0


def backend_of(settings: Settings) -> Backend:
    """The mail server, if there is one, else the console."""
    return MailServer(settings) if settings.smtp_host else Console()


def deliver(*, everything: bool = False, go_on: Callable[[], bool] = lambda: True) -> Delivery:
    """Sends what is due, one by one, as long as ``go_on`` says so. ``everything``: also what has failed and waits.

    A mail that cannot be sent does not keep the others; it stays, and is tried later.
    """
    settings: Settings = current_app.config["SETTINGS"]
    backend, done, last = backend_of(settings), Delivery(), 0
    while go_on() and (letter := _take(settings, last, everything)) is not None:
        last = letter.mail_id
        if _sent(letter, backend, settings.mail_from):
            done.sent += 1
        else:
            done.failed += 1
    with transaction():
        mails.forget_recent()
    return done


def message_of(letter: mails.Letter, sender: str) -> EmailMessage:
    """The mail as it is sent. Raises `Undeliverable` for an address that headers cannot hold."""
    message = EmailMessage(policy=WIRE)
    message["From"] = sender
    try:
        message["To"] = Address(addr_spec=_in_ascii(letter.recipient))
    except Exception as error:  # the library raises whatever happens to it, IndexError and its own defects too
        raise Undeliverable(f"{type(error).__name__}: {error}") from error
    message["Subject"] = letter.subject
    message["Date"] = utcnow()
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # nobody's absence note answers it
    message.set_content(letter.text)
    return message


class Postman:
    """Delivers mails in the background: at once what this worker has queued, the rest a little later."""

    def __init__(self, app: Flask):
        self._background = Background(
            app,
            "mails",
            lambda go_on: deliver(go_on=go_on),
            every=LOOK_SECONDS,
            complaint="mails cannot be delivered now",
        )

    def start(self) -> None:
        """Begins to deliver."""
        event.listen(db.session, "after_commit", self._notice)
        self._background.start()

    def stop(self) -> None:
        """Ends after the mail that is being sent, or without it when that takes long."""
        self._background.stop()
        event.remove(db.session, "after_commit", self._notice)

    def _notice(self, session: Any) -> None:
        if session.info.pop(mails.QUEUED, False):
            self._background.wake()


def _in_ascii(address: str) -> str:
    """The address with its domain as name servers know it: few mail servers take ``ada@münchen.example``."""
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.encode('idna').decode()}"


def _take(settings: Settings, after: int, everything: bool) -> mails.Letter | None:
    key = current_app.config["JWT_SECRET_KEY"]
    with transaction():
        return mails.take(after=after, everything=everything, frontend_url=settings.frontend_url, key=key)


def _sent(letter: mails.Letter, backend: Backend, sender: str) -> bool:
    try:
        backend.send(message_of(letter, sender))
    except Exception as error:  # whatever it is: the mail must not be lost, nor keep the others
        _keep(letter, error)
        return False
    with transaction():
        mails.sent(letter)
    return True


def _keep(letter: mails.Letter, error: Exception) -> None:
    with transaction():
        given_up = mails.failed(letter, f"{type(error).__name__}: {error}", for_good=_is_for_good(error))
    # Without the error's words, which may name the address.
    told = f"mail {letter.mail_id}: attempt {letter.attempts} failed ({type(error).__name__})"
    if given_up:
        log.error("%s; it is given up. 'manage.py mails list' says why, 'mails send --all' tries again.", told)
    else:
        log.warning("%s; it is tried again later.", told)


def _is_for_good(error: Exception) -> bool:
    """Whether the fault is the mail's own. A mail server that is away, full or set up wrongly takes it later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, Undeliverable)
