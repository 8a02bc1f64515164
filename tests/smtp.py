"""A mail server for tests: real SMTP on a port of this machine, with or without TLS and accounts."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "events", "mail secret"


@dataclass
class Inbox:
    """What has arrived; addresses in ``refused`` are not taken, those in ``full`` not now."""

    port: int
    refused: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    envelopes: list[Any] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 nobody here"
        if address in self.full:
            return "452 no room left"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        """With plain line ends, as texts are written here."""
        contents = [envelope.content.replace(b"\r\n", b"\n") for envelope in self.envelopes]
        return [message_from_bytes(content, policy=policy.default) for content in contents]


@contextmanager
def mail_server(security: str = "none", *, accounts: bool = False, port: int | None = None) -> Iterator[Inbox]:
    """A running mail server; with TLS its certificate is signed by what `authority` gives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port or 0))
        inbox = Inbox(probe.getsockname()[1])
    options: dict[str, Any] = {}
    if security == "tls":
        options["ssl_context"] = _certified()
    if security == "starttls":
        options |= {"tls_context": _certified(), "require_starttls": True}
    if accounts:
        options |= {"authenticator": _knows, "auth_required": True, "auth_require_tls": security == "starttls"}
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, **options)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


authority = trustme.CA()


def _certified() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: LoginPassword) -> AuthResult:
    right = login == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)  # the refusal is the server's to tell
