"""Who is asking: the token of a request, and the person or door pass behind it, looked up at most once and only when
needed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import g, request

from app.api.edge import access_claims
from app.errors import Forbidden, NotLoggedIn
from app.permissions.actors import ANONYMOUS, OLDEST, Actor, Login, actor_with, load_actor
from app.schemas.fields import LARGEST_INTEGER, ROW_ID
from app.services import door_passes

NO_TOKENS = {"", "null", "undefined"}
"""What clients send as a token when they have none."""


def current_actor() -> Actor:
    """The actor of this request, or `ANONYMOUS` without a token. Raises `NotLoggedIn` for a bad or expired token, and
    the token library's own errors, which are rendered as 401 too."""
    if "actor" not in g:
        token = _token()
        g.actor = ANONYMOUS if token is None else _load(token)
    actor: Actor = g.actor
    return actor


def actor_of_token(claims: Mapping[str, Any]) -> Actor:
    """The actor of whom a verified token tells. Raises `NotLoggedIn` when his account has ended."""
    user_id, login = claims.get("identity"), login_of(claims)
    # Another server that shares our secret key may name its accounts otherwise.
    actor = None
    if isinstance(user_id, int) and ROW_ID.fullmatch(str(user_id)) and login is not None:
        actor = load_actor(user_id, login)
    if actor is None:
        raise NotLoggedIn("This log-in has ended, or the account does not exist any more or is blocked. Log in again.")
    return actor


def login_of(claims: Mapping[str, Any]) -> Login | None:
    """The log-in that a token's claims tell of; None when they are not of our making. A token without one, of the
    release before, is a log-in of its own."""
    told, epoch = claims.get("login", claims.get("jti")), claims.get("epoch", 0)
    issued_at = claims.get("iat")
    if type(epoch) is not int or not 0 <= epoch <= LARGEST_INTEGER:
        return None
    if not isinstance(told, str) or not isinstance(issued_at, int | float):
        return None
    return Login(told, epoch, int(issued_at))


def current_login() -> Login:
    """The log-in of the token that has been verified in this request. Raises `NotLoggedIn` for nobody."""
    current_user_id()
    return login_of(g.claims) or OLDEST


def current_user_id() -> int:
    """The id of the logged-in user. Raises `NotLoggedIn` for nobody, and `Forbidden` for who has a door pass
    instead."""
    actor = current_actor()
    if actor.door_pass is not None:
        raise Forbidden("A door pass is no account. Log in with an account for this.")
    if actor.user_id is None:
        raise NotLoggedIn()
    return actor.user_id


def asked_again() -> Callable[[], Actor | None]:
    """What finds the caller once more, when the request is over; None when his account or pass has ended since."""
    door_pass = current_actor().door_pass
    return (
        partial(load_actor, current_user_id(), current_login())
        if door_pass is None
        else partial(_still_with, door_pass.id)
    )


def token_expires_at() -> float | None:
    """When the caller's token ends, as a timestamp."""
    door_pass = current_actor().door_pass
    return g.claims.get("exp") if door_pass is None else door_pass.valid_until.timestamp()


def has_fresh_token() -> bool:
    """Whether the request's token is of a log-in with the password, and not of a refresh."""
    return current_actor().user_id is not None and g.claims.get("fresh") is True


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    if not scheme or (scheme == "JWT" and token.strip() in NO_TOKENS):
        return None
    if scheme != "JWT":
        raise NotLoggedIn("Bad Authorization header. Expected value 'JWT <token>'.")
    return token.strip()


def _load(token: str) -> Actor:
    if token.startswith(door_passes.TOKENS_BEGIN):
        door_pass = door_passes.of_token(token)
        if door_passes.is_use_due(door_pass):
            g.use_to_be_noted = door_pass.id
        return actor_with(door_pass)
    g.claims = access_claims.of_request()
    return actor_of_token(g.claims)


def _still_with(door_pass_id: int) -> Actor | None:
    try:
        return actor_with(door_passes.in_force(door_pass_id))
    except NotLoggedIn:
        return None
