"""Settings from the environment, each with its default and one line of meaning. The README's table mirrors this."""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.plans import BEHIND_POOLER
from app.proxies import IPNetwork, networks_of

SPARE_CONNECTIONS = 9
"""Connections of a worker's pool beyond one for each thread: for the mails (`app.mailing`), the rounds and the cleaner
(`app.rounds`), the seals of the audit (`app.sealing`), who looks how old the replica is (`app.replica`), who listens to
the occupancy (`app.live`), two soundings (`app.soundings`), and one to spare."""

LISTENING_CONNECTIONS = 1
"""Connections of a worker outside of the pool: `app.notices`."""

STREAM_SHARE = 4
"""One of so many threads may serve a stream that does not end."""

LARGEST_NUMBER = 1_000_000_000
LONGEST_LIFE_DAYS = 36_500
SMTP_SECURITIES = ("none", "starttls", "tls")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("auto", "json", "text")
MAY_BE_NONE = {"drain_seconds"}
"""Numbers that may be 0."""


class BadSetting(Exception):
    """A setting in the environment that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set. Made by `Settings.from_environment`, or by hand in tests."""

    database_url: str | None = None
    """PostgreSQL to use; without it the embedded one in ``data_dir``."""
    database_listen_url: str | None = None
    """The same database without a pooler between, which the workers listen to; without it ``database_url``. Where it is
    set there is a pooler (`app.plans`)."""
    database_replica_url: str | None = None
    """A streaming replica of it, for reads that may be slightly old; without it all are of ``database_url``."""
    replica_max_age_seconds: int = 10
    """How far the replica may be behind before it is left alone."""
    data_dir: Path = field(default_factory=lambda: Path("var"))
    """Where the embedded database and the generated secret key live."""
    host: str = "127.0.0.1"
    """Address that ``serve`` listens on."""
    port: int = 5000
    """Port that ``serve`` listens on."""
    workers: int = 2
    """gunicorn worker processes."""
    threads: int = 4
    """Threads in each worker; each may hold one database connection."""
    secret_key: str | None = None
    """Signs tokens; without it one is generated once and kept in ``data_dir``. Several servers must share one."""
    access_token_minutes: int = 24 * 60
    """Life of an access token."""
    remembered_token_minutes: int = 90
    """Life of an access token when «remember me» also gave a refresh token."""
    refresh_token_days: int = 365
    """Life of a refresh token."""
    order_expiry_minutes: int = 15
    """How long an order that is being filled in, or an attendee without an order, holds its seat."""
    closing_grace_minutes: int = 60
    """How long after an event's closing time late scans are awaited before guests are checked out."""
    second_tap_seconds: int = 10
    """Within it the same live scan at the same device is the same scan."""
    login_tries: int = 5
    """Wrong passwords for an account within an hour from one client address that it has not logged in from lately."""
    logins_per_minute: int = 300
    """Log-ins that one client address may send to accounts that have not logged in from there lately."""
    rate_limit_storage: str = "memory://"
    """Where requests of client addresses are counted: each worker's memory, or a Redis that all servers share."""
    trusted_proxies: str | None = None
    """Addresses and networks of the proxies whose X-Forwarded headers are believed; without it nobody's are."""
    lock_timeout_ms: int = 5_000
    """How long a statement waits for a row lock before the answer is 503."""
    statement_timeout_ms: int = 30_000
    """How long one statement may run before the answer is 503."""
    frontend_url: str = "http://localhost:4200"
    """Address of the web app, which links in mails lead to."""
    mail_from: str = "noreply@localhost"
    """Sender of mails."""
    smtp_host: str | None = None
    """Mail server; without it mails are printed."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_security: str = "starttls"
    """How the mail server is spoken to: none, starttls, or tls from the first byte on."""
    smtp_user: str | None = None
    """Account at the mail server; without it nobody logs in there."""
    smtp_password: str | None = None
    """Password of that account."""
    max_body_bytes: int = 4 * 1024 * 1024
    """Largest request body."""
    log_level: str = "INFO"
    """Python logging level."""
    log_format: str = "auto"
    """How the log is written: as JSON, as text, or as text only where a person looks on."""
    metrics_token: str | None = None
    """Who sends it may read ``/metrics``; without it nobody may."""
    drain_seconds: int = 0
    """How long a server that is to stop says so at ``/readyz``, and goes on serving, before it does."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Settings from ``environ`` (default: the process's); names are the fields' in capitals.

        Raises `BadSetting` for a number that is none or out of range, for an unknown ``LOG_LEVEL``, ``LOG_FORMAT`` or
        ``SMTP_SECURITY``, and for addresses that are none or, in ``DATABASE_URL``, not PostgreSQL's.
        """
        environ = os.environ if environ is None else environ
        known: dict[str, Any] = {
            name: _converted(name, environ[name.upper()])
            for name in cls.__dataclass_fields__
            if environ.get(name.upper())
        }
        return cls(**known)

    @property
    def order_expiry(self) -> timedelta:
        """`order_expiry_minutes` as a duration."""
        return timedelta(minutes=self.order_expiry_minutes)

    @property
    def closing_grace(self) -> timedelta:
        """`closing_grace_minutes` as a duration."""
        return timedelta(minutes=self.closing_grace_minutes)

    @property
    def second_tap(self) -> timedelta:
        """`second_tap_seconds` as a duration."""
        return timedelta(seconds=self.second_tap_seconds)

    @property
    def proxy_networks(self) -> tuple[IPNetwork, ...]:
        """`trusted_proxies` as networks."""
        return networks_of(self.trusted_proxies or "")

    @property
    def database_dir(self) -> Path:
        """The embedded database's files."""
        return self.data_dir / "postgresql"

    @property
    def connections_per_worker(self) -> int:
        """Database connections that one gunicorn worker may hold."""
        return self.threads + SPARE_CONNECTIONS + LISTENING_CONNECTIONS

    @property
    def stream_places(self) -> int:
        """How many streams one gunicorn worker serves at once. Its last thread is never for them."""
        return min(max(1, self.threads // STREAM_SHARE), self.threads - 1)

    def required_database_url(self) -> str:
        """``database_url``, or `BadSetting` when nobody has set it."""
        if self.database_url is None:
            raise BadSetting("No database: set DATABASE_URL, or start with 'make serve', which brings its own.")
        return self.database_url

    def flask_config(self, database_url: str) -> dict[str, object]:
        """What Flask and its extensions read, for the database at ``database_url``."""
        return {
            "SETTINGS": self,
            "SQLALCHEMY_DATABASE_URI": database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": self._engine_options(),
            "SQLALCHEMY_BINDS": self._replica(),
            "MAX_CONTENT_LENGTH": self.max_body_bytes,
            "PAGE_SIZE": 20,  # the existing server's default page; clients count on it
            "JWT_SECRET_KEY": self.secret_key or kept_secret_key(self.data_dir),
            "JWT_HEADER_TYPE": "JWT",  # clients send «Authorization: JWT <token>»
            "JWT_IDENTITY_CLAIM": "identity",
            "JWT_ACCESS_TOKEN_EXPIRES": timedelta(minutes=self.access_token_minutes),
            "JWT_REFRESH_TOKEN_EXPIRES": timedelta(days=self.refresh_token_days),
        }

    def _replica(self) -> dict[str, dict[str, object]]:
        if self.database_replica_url is None:
            return {}
        return {"replica": {"url": self.database_replica_url, **self._engine_options()}}

    def _engine_options(self) -> dict[str, object]:
        options = {
            "lock_timeout": self.lock_timeout_ms,
            "statement_timeout": self.statement_timeout_ms,
            "idle_in_transaction_session_timeout": 2 * self.statement_timeout_ms,
            "timezone": "UTC",
        }
        return {
            "hide_parameters": True,  # a logged database error must not name a guest
            "pool_size": self.threads,
            "max_overflow": SPARE_CONNECTIONS,
            "pool_timeout": 5,  # seconds; then 503
            "execution_options": {BEHIND_POOLER: True} if self.database_listen_url else {},
            "connect_args": {
                "connect_timeout": 5,
                # A machine that vanishes sends no word: without these a thread would wait for hours.
                "tcp_user_timeout": 10_000,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 2,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            },
        }


def kept_secret_key(data_dir: Path) -> str:
    """The secret key in ``data_dir``, made on first use; readable only by its owner."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = data_dir / f".secret_key.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first; a link never shows a half-written file
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


def _converted(name: str, text: str) -> str | int | Path:
    kind = Settings.__dataclass_fields__[name].type
    if kind is int:
        most = LONGEST_LIFE_DAYS if name.endswith("_days") else LARGEST_NUMBER
        least = 0 if name in MAY_BE_NONE else 1
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise BadSetting(f"{name.upper()} is {text!r}: it must be a whole number from {least} to {most}.")
        return int(text)
    if kind is Path:
        return Path(text)
    return _CHECKED[name](text) if name in _CHECKED else text


def _postgresql_url(name: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        scheme, separator, rest = text.partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg2"}:
            raise BadSetting(f"{name} must start with postgresql:// (this server runs on PostgreSQL only).")
        return f"postgresql+psycopg2://{rest}"

    return check


def _one_of(name: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise BadSetting(f"{name} is {text!r}: it must be one of {', '.join(choices)}.")
        return text

    return check


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or not text.isprintable():
        raise BadSetting(f"FRONTEND_URL is {text!r}: it must start with http:// or https://.")
    return text.rstrip("/")


def _sender(text: str) -> str:
    if "@" not in text or not text.isprintable():
        raise BadSetting(f"MAIL_FROM is {text!r}: it must be an address, or 'Name <address>'.")
    return text


def _storage(text: str) -> str:
    if text != "memory://" and not text.startswith(("redis://", "rediss://")):
        raise BadSetting("RATE_LIMIT_STORAGE must be memory://, or start with redis:// or rediss://.")
    return text


def _networks(text: str) -> str:
    try:
        networks_of(text)
    except ValueError as error:
        raise BadSetting(
            f"TRUSTED_PROXIES is {text!r}: it must be addresses or networks, separated by commas ({error})."
        ) from None
    return text


_CHECKED: dict[str, Callable[[str], str]] = {
    "database_listen_url": _postgresql_url("DATABASE_LISTEN_URL"),
    "database_replica_url": _postgresql_url("DATABASE_REPLICA_URL"),
    "database_url": _postgresql_url("DATABASE_URL"),
    "frontend_url": _web_address,
    "log_format": _one_of("LOG_FORMAT", LOG_FORMATS),
    "log_level": _one_of("LOG_LEVEL", LOG_LEVELS),
    "mail_from": _sender,
    "rate_limit_storage": _storage,
    "smtp_security": _one_of("SMTP_SECURITY", SMTP_SECURITIES),
    "trusted_proxies": _networks,
}
