"""Mails on their way out: to a real mail server or the console, again when that fails, once when two deliver."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import make_url

from app import mailing
from app.background import STOP_SECONDS
from app.clock import utcnow
from app.config import Settings
from app.database import db, transaction
from app.database import session as current_session
from app.mailing import Postman, deliver
from app.models import Mail, RecentMail
from app.services import mails
from tests import smtp
from tests.committed import Shop, at_once, shop
from tests.database import run
from tests.processes import wait_until
from tests.smtp import Inbox, mail_server

ADA = "ada@example.org"


def configure(app: Flask, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **settings))


@pytest.fixture
def inbox(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A mail server without TLS, which the application is told of."""
    with mail_server() as inbox:
        configure(app, monkeypatch, smtp_host="127.0.0.1", smtp_port=inbox.port, smtp_security="none")
        yield inbox


def test_a_mail_arrives_as_it_was_meant_and_leaves_the_queue(inbox: Inbox):
    mails.queue(ADA, "Grüße", "Zwei Zeilen,\nmit Ä.", page="/orders/x/view")
    assert deliver() == mailing.Delivery(sent=1)
    [message] = inbox.messages
    assert (message["From"], message["To"], message["Subject"]) == ("noreply@localhost", ADA, "Grüße")
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(message["Date"].datetime - utcnow()) < timedelta(minutes=1)
    assert message["Message-ID"]
    assert message.get_content() == "Zwei Zeilen,\nmit Ä.\n\nhttp://localhost:4200/orders/x/view\n"
    assert inbox.envelopes[0].rcpt_tos == [ADA]
    assert mails.waiting() == []
    assert deliver() == mailing.Delivery()


def test_delivering_forgets_what_may_be_asked_for_again(inbox: Inbox, monkeypatch: pytest.MonkeyPatch):
    mails.queue(ADA, "Hello", "Text", kind="greeting")
    assert deliver() == mailing.Delivery(sent=1)
    assert current_session().query(RecentMail).count() == 1
    later = utcnow() + mails.PAUSE + timedelta(seconds=1)
    monkeypatch.setattr(mails, "utcnow", lambda: later)
    deliver()
    assert current_session().query(RecentMail).count() == 0


def test_a_sender_with_a_name(app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch):
    configure(app, monkeypatch, mail_from="Open Doors <events@example.org>")
    mails.queue(ADA, "Hello", "Text")
    assert deliver().sent == 1
    assert inbox.envelopes[0].mail_from == "events@example.org"
    assert inbox.messages[0]["From"] == "Open Doors <events@example.org>"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_and_an_account(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, security: str):
    """The certificate is checked: without its authority nothing is sent, and no password is told."""
    trusted = tmp_path / "authority.pem"
    smtp.authority.cert_pem.write_to_path(trusted)
    with mail_server(security, accounts=security == "starttls") as inbox:
        configure(app, monkeypatch, smtp_host="127.0.0.1", smtp_port=inbox.port, smtp_security=security)
        if security == "starttls":
            configure(app, monkeypatch, smtp_user=smtp.USER, smtp_password=smtp.PASSWORD)
        mails.queue(ADA, "Hello", "Text")
        assert deliver() == mailing.Delivery(failed=1)
        assert "certificate verify failed" in (mails.waiting()[0].last_error or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert deliver(everything=True) == mailing.Delivery(sent=1)
        assert [message["To"] for message in inbox.messages] == [ADA]


def test_a_wrong_password_is_a_failure(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    smtp.authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with mail_server("starttls", accounts=True) as inbox:
        configure(app, monkeypatch, smtp_host="127.0.0.1", smtp_port=inbox.port, smtp_user=smtp.USER, smtp_password="x")
        mails.queue(ADA, "Hello", "Text")
        assert deliver() == mailing.Delivery(failed=1)
        assert inbox.envelopes == []
    [mail] = mails.waiting()
    assert (mail.last_error or "").startswith("SMTPAuthenticationError")


def test_one_mail_that_cannot_be_sent_does_not_keep_the_others(inbox: Inbox, caplog: pytest.LogCaptureFixture):
    inbox.full = {"full@example.org"}
    for address in ("full@example.org", "no address", ADA):
        mails.queue(address, "Hello", "Text")
    with caplog.at_level(logging.WARNING):
        assert deliver() == mailing.Delivery(sent=1, failed=2)
    assert [message["To"] for message in inbox.messages] == [ADA]
    full, nonsense = mails.waiting()
    assert "452" in (full.last_error or "")
    assert full.not_before > utcnow()
    assert nonsense.last_error
    assert "full@example.org" not in caplog.text
    assert deliver() == mailing.Delivery(), "they wait"
    inbox.full = set()
    assert deliver(everything=True) == mailing.Delivery(sent=1, failed=1)


HOPELESS = [
    ("gone@example.org", "550"),
    ("no address", "HeaderParseError"),
    ("ada@" + "x" * 70 + ".example", "UnicodeError"),
    ("àda@example.org", "NonASCIILocalPartDefect"),
]
"""Addresses that nothing will ever reach, and what is said of them."""


@pytest.mark.parametrize(("address", "error"), HOPELESS)
def test_what_can_never_be_delivered_is_given_up_at_once(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, address: str, error: str
):
    inbox.refused = {"gone@example.org"}
    mails.queue(address, "Hello", "Text")
    assert deliver() == mailing.Delivery(failed=1)
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert address not in caplog.text
    [mail] = mails.waiting()
    assert error in (mail.last_error or "")
    later = utcnow() + timedelta(days=9)
    monkeypatch.setattr(mails, "utcnow", lambda: later)
    assert deliver() == mailing.Delivery(), "it is not tried again"
    assert deliver(everything=True) == mailing.Delivery(failed=1), "unless it is asked for"


def test_a_mail_server_that_is_set_up_wrongly_costs_no_mail(
    app: Flask, inbox: Inbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """It lacks STARTTLS or log-in: nothing is wrong with the mails."""
    mails.queue(ADA, "Hello", "Text")
    for settings in (
        {"smtp_security": "starttls"},
        {"smtp_security": "none", "smtp_user": "events", "smtp_password": "x"},
    ):
        configure(app, monkeypatch, **settings)
        mails.waiting()[0].not_before = utcnow()
        current_session().flush()
        caplog.clear()
        assert deliver() == mailing.Delivery(failed=1)
        assert "SMTPNotSupportedError" in (mails.waiting()[0].last_error or "")
        assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_giving_up_is_told_loudly(inbox: Inbox, caplog: pytest.LogCaptureFixture):
    inbox.full = {ADA}
    mails.queue(ADA, "Hello", "Text")
    for attempt in range(1, mails.MOST_ATTEMPTS + 1):
        [mail] = mails.waiting()
        mail.not_before = utcnow()
        current_session().flush()
        caplog.clear()
        assert deliver() == mailing.Delivery(failed=1), attempt
        [record] = caplog.records
        assert (record.levelname == "ERROR") == (attempt == mails.MOST_ATTEMPTS)
    mails.waiting()[0].not_before = utcnow()
    current_session().flush()
    assert deliver() == mailing.Delivery()
    inbox.full = set()
    assert deliver(everything=True) == mailing.Delivery(sent=1)


@pytest.mark.parametrize(
    "subject", ["Hello\nBcc: eve@example.org", "Hello\r\n\r\nBcc: eve@example.org", "a\x00b\u2028c"]
)
def test_no_subject_makes_a_header_of_its_own(inbox: Inbox, subject: str):
    mails.queue(ADA, subject.replace("\x00", "\x01"), "Text")
    assert deliver() == mailing.Delivery(sent=1)
    [message] = inbox.messages
    assert message["Bcc"] is None
    assert inbox.envelopes[0].rcpt_tos == [ADA]
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize("address", ["ada@example.org, eve@example.org", "ada@example.org\x0bBcc: eve@example.org", ""])
def test_no_address_is_two(inbox: Inbox, address: str):
    mails.queue(address, "Hello", "Text")
    assert deliver() == mailing.Delivery(failed=1)
    assert inbox.envelopes == []


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ('"ada, countess"@example.org', '"ada, countess"@example.org'),
        ("Ada+events@Example.org", "Ada+events@Example.org"),
    ],
)
def test_unusual_addresses(inbox: Inbox, address: str, reached: str):
    mails.queue(address, "Hello", "Text")
    assert deliver() == mailing.Delivery(sent=1), mails.waiting()[0].last_error
    assert inbox.envelopes[0].rcpt_tos == [reached]


def test_without_a_mail_server_mails_are_printed(session: Any, capsys: pytest.CaptureFixture[str]):
    mails.queue(ADA, "Grüße", "Zwei Zeilen,\nmit Ä.")
    assert deliver() == mailing.Delivery(sent=1)
    printed = capsys.readouterr().out
    assert f"From: noreply@localhost\nTo: {ADA}\nSubject: Grüße\n\nZwei Zeilen,\nmit Ä.\n---" in printed


def test_a_mail_server_that_is_away(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch):
    with mail_server() as inbox:
        pass
    configure(app, monkeypatch, smtp_host="127.0.0.1", smtp_port=inbox.port, smtp_security="none")
    mails.queue(ADA, "Hello", "Text")
    assert deliver() == mailing.Delivery(failed=1)
    assert "ConnectionRefusedError" in (mails.waiting()[0].last_error or "")


@pytest.fixture
def committed(database_url: str, tmp_path: Path) -> Iterator[tuple[Shop, Inbox]]:
    """A database where everything is really committed, and a mail server."""
    with shop(database_url, tmp_path) as opened, mail_server() as inbox:
        settings: Settings = opened.app.config["SETTINGS"]
        mailed = {"smtp_host": "127.0.0.1", "smtp_port": inbox.port, "smtp_security": "none"}
        opened.app.config["SETTINGS"] = replace(settings, **mailed)
        yield opened, inbox


def test_many_deliver_at_once_and_each_mail_is_sent_once(committed: tuple[Shop, Inbox]):
    store, inbox = committed
    with store.stocking():
        mails.queue_all(
            [{"recipient": f"guest{n}@example.org", "subject": "S", "text": "T", "page": None} for n in range(40)]
        )

    def work(_index: int) -> int:
        with store.app.app_context():
            return deliver().sent

    assert sum(at_once(4, work)) == 40
    assert sorted(message["To"] for message in inbox.messages) == sorted(f"guest{n}@example.org" for n in range(40))
    assert store.count("SELECT count(*) FROM mails") == 0


def rolled_back() -> None:
    with transaction():
        mails.queue("never@example.org", "Hello", "Text")
        raise ZeroDivisionError


def test_a_postman_is_woken_by_the_commit_of_what_was_queued(
    committed: tuple[Shop, Inbox], monkeypatch: pytest.MonkeyPatch
):
    store, inbox = committed
    monkeypatch.setattr(mailing, "LOOK_SECONDS", 3600)
    postman = Postman(store.app)
    postman.start()
    try:
        with store.app.app_context():
            with pytest.raises(ZeroDivisionError):
                rolled_back()
            with transaction():
                mails.queue(ADA, "Hello", "Text")
                time.sleep(0.2)
                assert inbox.messages == [], "not before the commit"
        wait_until(lambda: len(inbox.messages) == 1)
    finally:
        began = time.monotonic()
        postman.stop()
        assert time.monotonic() - began < STOP_SECONDS
    assert "mails" not in {thread.name for thread in threading.enumerate()}
    assert [message["To"] for message in inbox.messages] == [ADA]


def test_a_postman_survives_the_databases_absence(
    committed: tuple[Shop, Inbox],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    store, inbox = committed
    monkeypatch.setattr(mailing, "LOOK_SECONDS", 0.05)
    with store.stocking():
        mails.queue(ADA, "Hello", "Text")
    name = make_url(store.url).database
    with store.app.app_context():
        db.engine.dispose()
    run(database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postman = Postman(store.app)
    postman.start()
    try:
        wait_until(lambda: "mails cannot be delivered now: OperationalError" in caplog.text)
        assert inbox.messages == []
        run(database_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_until(lambda: len(inbox.messages) == 1)
    finally:
        postman.stop()


def test_who_dies_while_sending_leaves_the_mail_to_the_next(committed: tuple[Shop, Inbox]):
    store, _inbox = committed
    with store.stocking():
        mails.queue(ADA, "Hello", "Text")
    with store.stocking():
        assert mails.take(after=0, everything=False, frontend_url="", key="k") is not None
    with store.app.app_context():
        assert deliver() == deliver(everything=True) == mailing.Delivery(), "somebody is sending it"
        with transaction():
            [mail] = current_session().query(Mail).all()
            mail.not_before = utcnow() - timedelta(seconds=1)  # the lease is over
        assert deliver() == mailing.Delivery(sent=1)
