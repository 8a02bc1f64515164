"""Log-in, refresh, log-out, taken e-mails: plain JSON, with errors ``{"error": "…"}`` as the clients read them."""

from datetime import timedelta
from typing import Annotated, Any, TypeGuard

from flask import Blueprint, Response, current_app, jsonify
from flask_jwt_extended import get_jwt, get_jwt_identity, verify_jwt_in_request
from msgspec import Meta, field

from app.api.calls import ABSENT, ACCOUNT, EVERYBODY, Absent, Filled, Shape, Success, call
from app.api.edge import rate_limits, tokens
from app.api.edge.actor import actor_of_token, current_login, current_user_id, login_of
from app.api.edge.login_attempts import counted
from app.api.edge.transactions import in_step, in_transaction
from app.api.jsonapi import documents, errors
from app.errors import (
    BadRequest,
    Busy,
    Invalid,
    InvalidCredentials,
    TooManyAttempts,
    TooManyRequests,
    WrongPassword,
)
from app.models import User
from app.permissions.actors import OLDEST
from app.services import accounts, logins
from app.services.addresses import by_email

auth = Blueprint("auth", __name__)


class Credentials(Shape):
    """Who somebody says that he is: `email`, or `username` with the same, and the password. With `remember-me` the
    token lives longer, and there is one to refresh it."""

    password: Filled
    email: Filled | Absent = ABSENT
    username: Filled | Absent = ABSENT
    remember_me: bool | Absent = field(name="remember-me", default=ABSENT)


EITHER_NAME = Annotated[
    Credentials, Meta(extra_json_schema={"anyOf": [{"required": [name]} for name in ("email", "username")]})
]


class Tokens(Shape):
    """What proves the log-in from now on."""

    access_token: str
    refresh_token: str | Absent = ABSENT


class AccessToken(Shape):
    """A token of the same log-in."""

    access_token: str


class Password(Shape):
    """A password that is to be checked."""

    password: Filled


class Verdict(Shape):
    """Whether it is so."""

    result: bool


class OwnId(Shape):
    """Who is logged in."""

    user_id: int


class Address(Shape):
    """An e-mail address."""

    email: Filled


class Existence(Shape):
    """Whether an account has it."""

    exists: bool


TRIED = (InvalidCredentials, TooManyAttempts, Busy)


@auth.post("/auth/session")
@auth.post("/v1/auth/login")
@call("logIn", takes=EITHER_NAME, gives=Tokens, needs=EVERYBODY, refuses=TRIED)
def log_in() -> Response:
    """A token for ``email`` (or ``username``) and ``password``; with ``remember-me`` also a refresh token."""
    user = _authenticated()
    login = tokens.begun(user)
    if not documents.read_object().get("remember-me"):
        return jsonify(access_token=tokens.access_token(user.id, login, fresh=True))
    return jsonify(
        access_token=tokens.access_token(user.id, login, fresh=True, life=_remembered()),
        refresh_token=tokens.refresh_token(user.id, login),
    )


@auth.post("/v1/auth/fresh-login")
@call("logInAgain", takes=EITHER_NAME, gives=AccessToken, needs=ACCOUNT, refuses=TRIED)
def log_in_again() -> Response:
    """A fresh token for who is logged in, and sends his e-mail and password once more."""
    user_id = current_user_id()
    user = _authenticated()
    if user.id != user_id:
        raise InvalidCredentials("Invalid Credentials")
    return jsonify(access_token=tokens.access_token(user.id, current_login(), fresh=True))


@auth.post("/v1/auth/token/refresh")
@call("refreshToken", gives=AccessToken, needs=ACCOUNT)
def refresh() -> Response:
    """A new access token for a refresh token in the header."""
    verify_jwt_in_request(refresh=True)
    actor_of_token(get_jwt())
    user_id, login = get_jwt_identity(), login_of(get_jwt()) or OLDEST
    return jsonify(access_token=tokens.access_token(user_id, login, fresh=False, life=_remembered()))


@auth.post("/v1/auth/logout")
@call("logOut", gives=Success, needs=EVERYBODY, refuses=(Busy,))
def log_out() -> Response:
    """Ends the log-in whose token is sent, with all its tokens. Says yes in any case: the client forgets its own."""
    sent = tokens.sent()

    def end() -> Response:
        if sent is not None and sent.login.id is not None:
            logins.end(sent.login.id, longest_life=_longest_life())
        return jsonify(success=True)

    return in_step(end)  # the same again does the same: no key is looked at, for which the token would have to be good


@auth.post("/v1/auth/blacklist")
@call("logOutEverywhere", gives=Success, needs=ACCOUNT)
def log_out_everywhere() -> Response:
    """Ends all tokens of the caller's account."""
    user_id = current_user_id()

    def end() -> Response:
        logins.end_all(user_id)
        return jsonify(success=True)

    return in_transaction(end)


@auth.post("/v1/auth/verify-password")
@call("verifyPassword", takes=Password, gives=Verdict, needs=ACCOUNT, refuses=(TooManyAttempts,))
def verify_password() -> Response:
    """Whether ``password`` is the caller's."""
    user_id = current_user_id()
    password = documents.read_object().get("password")
    if not _is_text(password):
        raise BadRequest('user or password missing. Send {"password": "…"}.')
    try:
        with counted(accounts.email_of(user_id)):
            if not accounts.has_password(user_id, password):
                raise WrongPassword("Wrong Password")
    except WrongPassword:
        return jsonify(result=False)
    return jsonify(result=True)


@auth.get("/v1/users/user-details/get-user-id")
@call("getOwnId", gives=OwnId, needs=ACCOUNT)
def get_user_id() -> Response:
    """The caller's id as a number, as the kiosk reads it after log-in."""
    return jsonify(user_id=current_user_id())


@auth.post("/v1/users/check_email")
@auth.post("/v1/users/checkEmail")
@call("checkEmail", takes=Address, gives=Existence, needs=EVERYBODY, refuses=(Invalid, TooManyRequests, Busy))
def check_email() -> Response:
    """Whether an account has ``email``, for the form that signs up."""
    email = documents.read_object().get("email")
    if not _is_text(email):
        raise Invalid('Email field missing. Send {"email": "…"}.')
    rate_limits.require(rate_limits.CHECK_EMAIL)
    return jsonify(exists=by_email(email) is not None)


auth.register_error_handler(Exception, errors.render_plain)


def _credentials() -> tuple[str, str]:
    body = documents.read_object()
    email, password = body.get("email") or body.get("username"), body.get("password")
    if not _is_text(email) or not _is_text(password):
        raise BadRequest('username or password missing. Send {"email": "…", "password": "…"}.')
    return email, password


def _authenticated() -> User:
    email, password = _credentials()
    with counted(email):
        return accounts.authenticate(email, password)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value


def _remembered() -> timedelta:
    return timedelta(minutes=current_app.config["SETTINGS"].remembered_token_minutes)


def _longest_life() -> timedelta:
    lives = ("JWT_ACCESS_TOKEN_EXPIRES", "JWT_REFRESH_TOKEN_EXPIRES")
    return max(_remembered(), *(current_app.config[name] for name in lives))
