"""The tokens of a log-in: what they say of it, what one that was sent tells of an earlier one, and what seals them.

Claims are ASCII and hold no ``>``, ``?`` or ``~``: the Android app reads them with plain base64.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from app.api.edge.actor import login_of
from app.models import User
from app.permissions.actors import Login


@dataclass(frozen=True)
class Sent:
    """A token of ours that came with a request, whether or not it is good any more."""

    user_id: object
    login: Login
    issued_at: float


def secret_key() -> str:
    """What seals the things that only this server may know or say, tokens and others."""
    secret: str = current_app.config["JWT_SECRET_KEY"]
    return secret


def begun(user: User) -> Login:
    """A new log-in of somebody."""
    return Login(uuid.uuid4().hex, user.token_epoch)


def access_token(user_id: int, login: Login, *, fresh: bool, life: timedelta | None = None) -> str:
    """An access token of the log-in; ``life`` if it is not the usual one."""
    return create_access_token(user_id, fresh=fresh, expires_delta=life, additional_claims=_claims(login))


def refresh_token(user_id: int, login: Login) -> str:
    """A token with which access tokens of the same log-in are fetched."""
    return create_refresh_token(user_id, additional_claims=_claims(login))


def sent() -> Sent | None:
    """The log-in whose token stands in the header, access or refresh token, expired or not; None for anything else."""
    _, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    try:
        claims = decode_token(token.strip(), allow_expired=True)
    except (JWTExtendedException, PyJWTError, ValueError):
        return None
    login = login_of(claims)
    return None if login is None else Sent(claims.get("identity"), login, claims.get("iat", 0))


def _claims(login: Login) -> dict[str, object]:
    return {"login": login.id, "epoch": login.epoch}
