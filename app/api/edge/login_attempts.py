"""Passwords are tried under the eyes of `app.services.login_attempts`, however they come: a log-in, or one again.

Each attempt is counted in a small transaction of its own, committed before the password is checked, and judged in
another. While as many as may be wrong are being checked, the next waits a moment: of two hundred who share an account
and log in at once, nobody is refused.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app

from app.api.edge import rate_limits, tokens
from app.clock import utcnow
from app.config import Settings
from app.database import transaction
from app.errors import AttemptsUndecided, DomainError, InvalidCredentials, WrongPassword
from app.services import login_attempts
from app.services.addresses import by_email
from app.services.login_attempts import Origin

PATIENCE_SECONDS = 6
"""Less than `login_attempts.CHECKED_WITHIN`."""
PAUSE_SECONDS = 0.1


@contextmanager
def counted(email: str) -> Iterator[None]:
    """The block checks a password for ``email``, and raises `InvalidCredentials` or `WrongPassword` for a wrong one.

    Raises `TooManyAttempts` before it is entered, the same whether or not there is such an account; `TooManyRequests`
    for a client address that sends too many, counted for the account alone where it is known to it.
    """
    origin = _origin(email)
    if origin.is_known:
        rate_limits.require(rate_limits.KNOWN_LOG_IN, origin.name)
    else:
        rate_limits.require(rate_limits.LOG_IN)
    attempt_id, origin = _begun(email, origin)
    try:
        yield
    except (InvalidCredentials, WrongPassword):
        with transaction():
            login_attempts.judge(attempt_id, origin, right=False)
        raise
    except DomainError:  # something else is wrong with the request, and nobody has guessed
        with transaction():
            login_attempts.withdraw(attempt_id)
        raise
    with transaction():
        login_attempts.judge(attempt_id, origin, right=True)


def trust(email: str) -> None:
    """Who reads the mails of an account is its owner: where he is, he may try his password again."""
    login_attempts.trust(email, rate_limits.client(), key=tokens.secret_key())


def _begun(email: str, origin: Origin) -> tuple[int, Origin]:
    settings: Settings = current_app.config["SETTINGS"]
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with transaction():
                return login_attempts.begin(origin, tries=settings.login_tries), origin
        except AttemptsUndecided:
            if time.monotonic() > give_up:
                raise
        time.sleep(PAUSE_SECONDS)
        origin = _origin(email)  # somebody who was faster may have made the place known


def _origin(email: str) -> Origin:
    return login_attempts.origin_of(email, rate_limits.client(), login=_earlier_login(email), key=tokens.secret_key())


def _earlier_login(email: str) -> str | None:
    """The log-in to this account whose token a device still has, unless the password was changed since."""
    sent = tokens.sent()
    user = None if sent is None else by_email(email)
    if user is None or sent is None or sent.user_id != user.id or sent.login.epoch != user.token_epoch:
        return None
    age = utcnow().timestamp() - sent.issued_at
    return sent.login.id if age < login_attempts.KNOWN_FOR.total_seconds() else None
