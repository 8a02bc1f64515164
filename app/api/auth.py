"""Log-in, refresh, log-out, taken e-mails: plain JSON, with errors ``{"error": "…"}`` as the clients read them."""

from datetime import timedelta
from typing import Any, TypeGuard

from flask import Blueprint, Response, current_app, jsonify
from flask_jwt_extended import create_access_token, create_refresh_token, verify_jwt_in_request

from app.api import documents, errors
from app.api.actor import actor_of_token, current_user_id
from app.errors import BadRequest, Invalid, InvalidCredentials
from app.services import accounts
from app.services.addresses import by_email

auth = Blueprint("auth", __name__)


@auth.post("/auth/session")
@auth.post("/v1/auth/login")
def log_in() -> Response:
    """A token for ``email`` (or ``username``) and ``password``; with ``remember-me`` also a refresh token."""
    user = accounts.authenticate(*_credentials())
    if not documents.read_object().get("remember-me"):
        return jsonify(access_token=create_access_token(user.id, fresh=True))
    return jsonify(
        access_token=create_access_token(user.id, fresh=True, expires_delta=_remembered()),
        refresh_token=create_refresh_token(user.id),
    )


@auth.post("/v1/auth/fresh-login")
def log_in_again() -> Response:
    """A fresh token for who is logged in, and sends his e-mail and password once more."""
    user_id = current_user_id()
    user = accounts.authenticate(*_credentials())
    if user.id != user_id:
        raise InvalidCredentials("Invalid Credentials")
    return jsonify(access_token=create_access_token(user.id, fresh=True))


@auth.post("/v1/auth/token/refresh")
def refresh() -> Response:
    """A new access token for a refresh token in the header."""
    verify_jwt_in_request(refresh=True)
    user_id = actor_of_token().user_id
    return jsonify(access_token=create_access_token(user_id, fresh=False, expires_delta=_remembered()))


@auth.post("/v1/auth/logout")
def log_out() -> Response:
    """Says yes: the client forgets its token."""
    return jsonify(success=True)


@auth.post("/v1/auth/verify-password")
def verify_password() -> Response:
    """Whether ``password`` is the caller's."""
    user_id = current_user_id()
    password = documents.read_object().get("password")
    if not _is_text(password):
        raise BadRequest("user or password missing")
    return jsonify(result=accounts.has_password(user_id, password))


@auth.get("/v1/users/user-details/get-user-id")
def get_user_id() -> Response:
    """The caller's id as a number, as the kiosk reads it after log-in."""
    return jsonify(user_id=current_user_id())


@auth.post("/v1/users/check_email")
@auth.post("/v1/users/checkEmail")
def check_email() -> Response:
    """Whether an account has ``email``, for the form that signs up."""
    email = documents.read_object().get("email")
    if not _is_text(email):
        raise Invalid("Email field missing")
    return jsonify(exists=by_email(email) is not None)


auth.register_error_handler(Exception, errors.render_plain)


def _credentials() -> tuple[str, str]:
    body = documents.read_object()
    email, password = body.get("email") or body.get("username"), body.get("password")
    if not _is_text(email) or not _is_text(password):
        raise BadRequest("username or password missing")
    return email, password


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and "\x00" not in value


def _remembered() -> timedelta:
    return timedelta(minutes=current_app.config["SETTINGS"].remembered_token_minutes)
