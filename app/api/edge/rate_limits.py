"""How often one client address may ask for what costs much or tells something: Flask-Limiter counts.

In the memory of each worker, or for all workers and servers in the Redis of ``RATE_LIMIT_STORAGE``; while that is away,
in memory. The limits are wide: a whole venue has one address. An account is protected by `app.api.edge.login_attempts`.
"""

import logging
from collections.abc import Callable

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded

from app.config import Settings
from app.errors import TooManyRequests
from app.proxies import client_of

LOG_IN, SIGN_UP, CHECK_EMAIL, MAILED = "log-in", "sign-up", "check-email", "mailed links"
KNOWN_LOG_IN = "known log-in"
"""Of one account from where it is known, by itself: nobody shares it with a whole venue."""

SHARES = {LOG_IN: 1, KNOWN_LOG_IN: 1, CHECK_EMAIL: 1, SIGN_UP: 5, MAILED: 5}
"""What is counted, each by itself → one of how many log-ins. Strangers' mailboxes are written to by the last two."""

WINDOW_SECONDS = 60

REDIS: dict[str, str | int] = {"socket_connect_timeout": 1, "socket_timeout": 1}
"""Nobody waits longer for a Redis that is away."""

_LIMITER, _LIMITS = "app.api.edge.rate_limits.limiter", "app.api.edge.rate_limits"


def register(app: Flask) -> None:
    """Makes the limits of ``app``."""
    settings: Settings = app.config["SETTINGS"]
    in_redis = settings.rate_limit_storage.startswith("redis")
    limiter = Limiter(
        lambda: str(g.limited),
        app=Flask(__name__, static_folder=None),  # not ours, where it would look at every request, and breaks on some
        storage_uri=settings.rate_limit_storage,
        storage_options=dict(REDIS) if in_redis else {},
        in_memory_fallback_enabled=in_redis,
        key_prefix="events",
    )
    limiter.logger.setLevel(logging.WARNING)  # below it, client addresses would be in the log
    app.extensions[_LIMITER] = limiter  # it lives no longer than somebody holds it
    app.extensions[_LIMITS] = {
        what: _limited(limiter, what, max(1, settings.logins_per_minute // share)) for what, share in SHARES.items()
    }


def require(what: str, of: str | None = None) -> None:
    """Counts a request ``of`` somebody: of its client address, unless it is said. Raises `TooManyRequests` when he has
    sent too many of them."""
    g.limited = of or client()
    try:
        current_app.extensions[_LIMITS][what]()
    except RateLimitExceeded:
        raise TooManyRequests(
            "Too many requests from your network. Try again in a minute.", retry_after_seconds=WINDOW_SECONDS
        ) from None


def client() -> str:
    """What counts as one client: see `app.proxies.client_of`."""
    return client_of(request.remote_addr)


def _limited(limiter: Limiter, what: str, number: int) -> Callable[[], None]:
    def passed() -> None:
        """Nothing: it was counted."""

    passed.__name__ = what  # the library tells what it limits apart by names
    limited: Callable[[], None] = limiter.shared_limit(f"{number} per minute", scope=what)(passed)
    return limited
