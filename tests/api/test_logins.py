"""Tokens that end before they expire: by log-out, log-out everywhere, another password, a block."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token
from sqlalchemy.orm import Session, scoped_session

from app.api.edge.tokens import access_token, begun, refresh_token
from app.models import EndedLogin, User
from app.permissions.actors import Login
from app.services import account_tokens, accounts, passwords
from tests.factories import PASSWORD, World, make_user
from tests.http import Api

OUT, EVERYWHERE, REFRESH = "/v1/auth/logout", "/v1/auth/blacklist", "/v1/auth/token/refresh"
ME = "/v1/users/user-details/get-user-id"
NEW = "another horse"


@pytest.fixture
def user(session: scoped_session[Session]) -> User:
    return make_user(session, password_hash=passwords.hashed(PASSWORD))


def log_in(api: Api, user: User, password: str = PASSWORD) -> dict[str, str]:
    """Access and refresh token of a new log-in."""
    body = {"email": user.email, "password": password, "remember-me": True}
    told: dict[str, str] = api.client.post("/auth/session", json=body).json
    return told


def ask(api: Api, method: str, url: str, token: str | None, body: Any = None) -> Any:
    headers = {"Authorization": "" if token is None else f"JWT {token}"}
    return api.client.open(url, method=method, headers=headers, json=body)


def are_good(api: Api, tokens: dict[str, str]) -> bool:
    """Whether both tokens are; either both are, or none."""
    access = ask(api, "GET", ME, tokens["access_token"]).status_code
    refresh = ask(api, "POST", REFRESH, tokens["refresh_token"]).status_code
    assert access == refresh
    assert access in {200, 401}
    return access == 200


def claims(token: str) -> dict[str, Any]:
    """As the Android app reads them: plain base64."""
    encoded = token.split(".")[1]
    assert not set(encoded) & set("-_")
    return json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))


def test_what_tokens_tell_of_their_login(api: Api, user: User):
    first, second = log_in(api, user), log_in(api, user)
    told = [claims(token) for tokens in (first, second) for token in tokens.values()]
    assert [each["epoch"] for each in told] == [0] * 4
    assert told[0]["login"] == told[1]["login"] != told[2]["login"]
    renewed = ask(api, "POST", REFRESH, first["refresh_token"]).json["access_token"]
    again = {"email": user.email, "password": PASSWORD}
    fresh = ask(api, "POST", "/v1/auth/fresh-login", first["access_token"], again).json["access_token"]
    assert claims(renewed)["login"] == claims(fresh)["login"] == told[0]["login"]


def test_no_payload_needs_the_letters_of_base64url(app: Flask, session: scoped_session[Session]):
    for user_id in range(1, 200):
        login = Login(begun(User(id=user_id, token_epoch=user_id)).id, user_id)
        token = access_token(user_id, login, fresh=True)
        assert claims(token)["identity"] == claims(token)["epoch"] == user_id
        assert claims(refresh_token(user_id, login))["login"] == login.id


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_log_out_ends_this_login_and_no_other(api: Api, user: User, which: str):
    """Volunteers share an account: who goes home does not log the others out."""
    first, second = log_in(api, user), log_in(api, user)
    renewed = ask(api, "POST", REFRESH, first["refresh_token"]).json["access_token"]
    for _ in range(2):
        assert ask(api, "POST", OUT, first[which]).json == {"success": True}
    assert not are_good(api, first)
    assert ask(api, "GET", ME, renewed).status_code == 401
    assert are_good(api, second)
    assert are_good(api, log_in(api, user))


@pytest.mark.parametrize("token", [None, "null", "garbage", "a.b.c", "é.é.é"])
def test_log_out_without_a_token_ends_nothing(
    api: Api, user: User, token: str | None, session: scoped_session[Session]
):
    """As the kiosk does, whose header is empty then."""
    tokens = log_in(api, user)
    assert ask(api, "POST", OUT, token).json == {"success": True}
    assert are_good(api, tokens)
    assert session.query(EndedLogin).count() == 0


def test_an_expired_token_still_ends_its_login(api: Api, user: User):
    tokens = log_in(api, user)
    login = Login(claims(tokens["access_token"])["login"], 0)
    with api.client.application.app_context():
        expired = access_token(user.id, login, fresh=False, life=timedelta(seconds=-1))
    assert ask(api, "GET", ME, expired).status_code == 401
    assert ask(api, "POST", OUT, expired).status_code == 200
    assert not are_good(api, tokens)


def test_log_out_everywhere(api: Api, user: User, session: scoped_session[Session]):
    other = make_user(session, password_hash=user.password_hash)
    tokens, more, others = log_in(api, user), log_in(api, user), log_in(api, other)
    assert ask(api, "POST", EVERYWHERE, None).status_code == 401
    assert ask(api, "POST", EVERYWHERE, tokens["refresh_token"]).status_code == 401
    assert ask(api, "POST", EVERYWHERE, tokens["access_token"]).json == {"success": True}
    assert not are_good(api, tokens)
    assert not are_good(api, more)
    assert are_good(api, others)
    assert are_good(api, log_in(api, user))


@pytest.mark.parametrize("way", ["changed", "by mail", "by an operator"])
def test_another_password_ends_all_tokens(api: Api, app: Flask, user: User, way: str):
    tokens, more = log_in(api, user), log_in(api, user)
    if way == "changed":
        change = {"data": {"old-password": PASSWORD, "new-password": NEW}}
        answer = ask(api, "POST", "/v1/auth/change-password", tokens["access_token"], change)
        given = answer.json["access_token"]
        assert ask(api, "GET", ME, given).json == {"user_id": user.id}, "who has changed it goes on"
        assert claims(given)["fresh"] is True
    elif way == "by mail":
        token = account_tokens.issue(user, account_tokens.RESET, key=app.config["JWT_SECRET_KEY"])
        reset = {"data": {"token": token, "password": NEW}}
        assert ask(api, "PATCH", "/v1/auth/reset-password", None, reset).status_code == 200
    else:
        accounts.give_password(user.email, NEW)
    assert not are_good(api, tokens)
    assert not are_good(api, more)
    assert are_good(api, log_in(api, user, NEW))


def test_a_refused_change_ends_nothing(api: Api, user: User):
    tokens = log_in(api, user)
    change = {"data": {"old-password": PASSWORD, "new-password": "short"}}
    assert ask(api, "POST", "/v1/auth/change-password", tokens["access_token"], change).status_code == 400
    assert are_good(api, tokens)


def test_a_block_ends_tokens_for_good(api: Api, user: User, session: scoped_session[Session]):
    tokens = log_in(api, user)
    for is_blocked in (True, False):
        user.is_blocked = is_blocked
        session.flush()
        assert not are_good(api, tokens)
    session.refresh(user)
    assert are_good(api, log_in(api, user))


def test_tokens_of_the_release_before_stay_good_until_the_epoch_rises(api: Api, user: User):
    def old() -> dict[str, str]:
        with api.client.application.app_context():
            return {"access_token": create_access_token(user.id), "refresh_token": create_refresh_token(user.id)}

    tokens, more = old(), old()
    assert are_good(api, tokens)
    renewed = ask(api, "POST", REFRESH, tokens["refresh_token"]).json["access_token"]
    ask(api, "POST", OUT, tokens["refresh_token"])
    assert ask(api, "GET", ME, renewed).status_code == 401, "each is a log-in of its own, with what it has fetched"
    assert ask(api, "GET", ME, tokens["access_token"]).status_code == 200
    assert are_good(api, more)
    accounts.give_password(user.email, NEW)
    assert not are_good(api, more)


@pytest.mark.parametrize("told", [{"epoch": "0"}, {"epoch": None}, {"epoch": True}, {"epoch": 10**30}, {"login": 7}])
def test_claims_that_are_not_of_our_making(api: Api, user: User, told: dict[str, Any]):
    with api.client.application.app_context():
        token = create_access_token(user.id, additional_claims=told)
    assert ask(api, "GET", ME, token).status_code == 401
    assert ask(api, "POST", OUT, token).status_code == 200


def test_who_is_asking_is_one_statement(api: Api, world: World, count_queries: Any):
    url = f"/v1/attendees/{world.attendee.id}"
    with count_queries() as statements:
        assert api.get(url, world.registrar).status_code == 200
    assert len([statement for statement in statements if "ended_logins" in statement]) == 1
    assert len([statement for statement in statements if "FROM users" in statement]) == 1
