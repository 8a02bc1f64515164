"""Tokens in the links of mails: who has one reads the mails of an account's address.

They are signed, not stored. What they were issued for is part of the signature's salt; what they depend on (the
address, for a new password also the old one) is sealed in, so that they die with it: a reset works once.
"""

import hashlib
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.models import User

RESET = "reset-password"
VERIFY = "verify-email"
LIVES = {RESET: timedelta(hours=1), VERIFY: timedelta(hours=24)}
"""Purpose → how long a token is good for."""


def issue(user: User, purpose: str, *, key: str) -> str:
    """A token for the account, made of letters that addresses may hold."""
    until = int((utcnow() + LIVES[purpose]).timestamp())
    return str(_serializer(purpose, key).dumps({"user": user.id, "until": until, "seal": _seal(user, purpose)}))


def redeem(token: str, purpose: str, *, key: str) -> User | None:
    """The account that the token is good for, its row locked until the transaction ends; None for any other token, and
    when the account has ended or is blocked."""
    told = _told(token, purpose, key)
    if told is None or told["until"] < utcnow().timestamp():
        return None
    statement = select(User).where(User.id == told["user"], User.deleted_at.is_(None), User.is_blocked.is_(False))
    # Of two requests with one token the second sees what the first has changed, and the seal is broken.
    user = session().scalar(statement.with_for_update(key_share=True).execution_options(populate_existing=True))
    return user if user is not None and told["seal"] == _seal(user, purpose) else None


def _told(token: str, purpose: str, key: str) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = _serializer(purpose, key).loads(token)
    except BadData:
        return None
    return told


def _seal(user: User, purpose: str) -> str:
    """What the token dies with."""
    held = [user.email.lower()] + ([user.password_hash] if purpose == RESET else [])
    return hashlib.sha256("\n".join(held).encode()).hexdigest()


def _serializer(purpose: str, key: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        key, salt=f"account {purpose}", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
