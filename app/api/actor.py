"""Who is asking: the token of a request, and the person behind it, looked up at most once and only when needed."""

from typing import Any

from flask import g, request
from flask_jwt_extended import get_jwt, get_jwt_identity, verify_jwt_in_request

from app.errors import NotLoggedIn
from app.permissions.actors import ANONYMOUS, OLDEST, Actor, Login, load_actor

NO_TOKENS = {"", "null", "undefined"}
"""What clients send as a token when they have none."""


def current_actor() -> Actor:
    """The actor of this request, or `ANONYMOUS` without a token. Raises `NotLoggedIn` for a bad or expired token, and
    the token library's own errors, which are rendered as 401 too."""
    if "actor" not in g:
        g.actor = _load() if _has_token() else ANONYMOUS
    actor: Actor = g.actor
    return actor


def actor_of_token() -> Actor:
    """The actor whose token has been verified in this request. Raises `NotLoggedIn` when his account has ended."""
    user_id, login = get_jwt_identity(), login_of(get_jwt())
    # Another server that shares our secret key may name its accounts otherwise.
    actor = load_actor(user_id, login) if isinstance(user_id, int) and login is not None else None
    if actor is None:
        raise NotLoggedIn("This log-in has ended, or the account does not exist any more or is blocked. Log in again.")
    return actor


def login_of(claims: dict[str, Any]) -> Login | None:
    """The log-in that a token's claims tell of; None when they are not of our making. A token without one, of the
    release before, is a log-in of its own."""
    told, epoch = claims.get("login", claims.get("jti")), claims.get("epoch", 0)
    return Login(told, epoch) if isinstance(told, str) and type(epoch) is int else None


def current_login() -> Login:
    """The log-in of the token that has been verified in this request. Raises `NotLoggedIn` for nobody."""
    current_user_id()
    return login_of(get_jwt()) or OLDEST


def current_user_id() -> int:
    """The id of the logged-in user. Raises `NotLoggedIn` for nobody."""
    user_id = current_actor().user_id
    if user_id is None:
        raise NotLoggedIn()
    return user_id


def has_fresh_token() -> bool:
    """Whether the request's token is of a log-in with the password, and not of a refresh."""
    return current_actor().user_id is not None and get_jwt().get("fresh") is True


def _has_token() -> bool:
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if not scheme or (scheme == "JWT" and token.strip() in NO_TOKENS):
        return False
    if scheme != "JWT":
        raise NotLoggedIn("Bad Authorization header. Expected value 'JWT <token>'.")
    return True


def _load() -> Actor:
    verify_jwt_in_request()
    return actor_of_token()
