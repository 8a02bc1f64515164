"""Log-in, tokens, and what becomes of a request with a wrong one."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token
from sqlalchemy.orm import Session, scoped_session

from app.clock import utcnow
from app.models import User
from tests.factories import PASSWORD, World, make_user
from tests.http import MEDIA_TYPE, Api, error_codes

LOG_IN = ("/auth/session", "/v1/auth/login")
REFRESH = "/v1/auth/token/refresh"
VERIFY = "/v1/auth/verify-password"
GET_USER_ID = "/v1/users/user-details/get-user-id"


@pytest.fixture
def user(session: scoped_session[Session]) -> User:
    return make_user(session, email="Ada@example.org")


def log_in(api: Api, body: Any, url: str = "/auth/session", **headers: str) -> Any:
    return api.client.post(url, json=body, headers=headers)


def ask(api: Api, method: str, url: str, authorization: str | None = None, **more: Any) -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return api.client.open(url, method=method, headers=headers, **more)


def payload(token: str) -> dict[str, Any]:
    """The claims as the Android app reads them: plain base64."""
    encoded = token.split(".")[1]
    return json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))


def assert_plain_error(response: Any, status: int) -> str:
    """An error as the log-in forms show it: nothing but a text."""
    assert response.status_code == status, response.json
    assert response.content_type == "application/json"
    assert response.json.keys() == {"error"}
    assert isinstance(response.json["error"], str)
    return response.json["error"]


@pytest.mark.parametrize("url", LOG_IN)
@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8", MEDIA_TYPE])
def test_log_in(api: Api, user: User, url: str, name: str, content_type: str):
    body = json.dumps({name: "ada@EXAMPLE.org ", "password": PASSWORD})
    response = api.client.post(url, data=body, content_type=content_type)
    assert response.status_code == 200
    assert response.json.keys() == {"access_token"}
    token = response.json["access_token"]
    assert ask(api, "GET", GET_USER_ID, f"JWT {token}").json == {"user_id": user.id}


def test_claims(api: Api, user: User, app: Flask):
    token = log_in(api, {"email": user.email, "password": PASSWORD}).json["access_token"]
    claims = payload(token)
    assert claims["identity"] == user.id
    assert isinstance(claims["exp"], int)
    assert claims["exp"] - claims["iat"] == app.config["SETTINGS"].access_token_minutes * 60
    assert claims["csrf"]
    assert claims["type"] == "access"


def test_no_payload_needs_the_letters_of_base64url(app: Flask, session: scoped_session[Session]):
    """The Android app decodes the payload with plain base64, which knows no ``-`` and no ``_``."""
    for user_id in range(1, 400):
        for token in (create_access_token(user_id, fresh=user_id % 2 == 0), create_refresh_token(10**9 + user_id)):
            assert not set(token.split(".")[1]) & set("-_")
    assert payload(token)["identity"] == 10**9 + 399


def test_remember_me_gives_a_refresh_token(api: Api, user: User, app: Flask):
    body = {"username": user.email, "password": PASSWORD, "remember-me": True, "include-in-response": True}
    response = log_in(api, body)
    assert response.json.keys() == {"access_token", "refresh_token"}
    access, refresh = payload(response.json["access_token"]), payload(response.json["refresh_token"])
    assert access["exp"] - access["iat"] == app.config["SETTINGS"].remembered_token_minutes * 60
    assert (refresh["type"], refresh["identity"]) == ("refresh", user.id)
    assert "refresh_token" not in log_in(api, body | {"remember-me": False}).json


@pytest.mark.parametrize("url", LOG_IN)
def test_a_failed_log_in_does_not_tell_accounts_apart(api: Api, session: scoped_session[Session], user: User, url: str):
    deleted = make_user(session, deleted_at=utcnow())
    attempts = [
        {"email": user.email, "password": "wrong horse"},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"email": deleted.email, "password": PASSWORD},
        {"email": "%", "password": PASSWORD},
    ]
    said = {assert_plain_error(log_in(api, attempt, url), 401) for attempt in attempts}
    assert said == {"Invalid Credentials"}


def test_a_blocked_account_is_told_so_once_the_password_is_right(api: Api, session: scoped_session[Session]):
    blocked = make_user(session, is_blocked=True)
    wrong = log_in(api, {"email": blocked.email, "password": "wrong horse"})
    assert assert_plain_error(wrong, 401) == "Invalid Credentials"
    right = log_in(api, {"email": blocked.email, "password": PASSWORD})
    assert assert_plain_error(right, 401) == "Admin has marked this account as spam"


def test_a_new_account_with_a_deleted_ones_email_is_the_one_that_logs_in(api: Api, session: scoped_session[Session]):
    make_user(session, email="again@example.org", deleted_at=utcnow())
    living = make_user(session, email="Again@example.org")
    token = log_in(api, {"email": "again@example.org", "password": PASSWORD}).json["access_token"]
    assert payload(token)["identity"] == living.id


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.org"},
        {"password": PASSWORD},
        {"email": "", "password": ""},
        {"email": " ", "password": PASSWORD},
        {"email": None, "password": None},
        {"email": 7, "password": PASSWORD},
        {"email": ["ada@example.org"], "password": PASSWORD},
        {"email": "ada@example.org", "password": {"$ne": ""}},
        {"email": "ada@example.org\x00", "password": PASSWORD},
        {"email": "ada@example.org", "password": "\x00"},
    ],
)
def test_a_log_in_without_e_mail_or_password(api: Api, user: User, body: Any):
    assert assert_plain_error(log_in(api, body), 400).startswith("username or password missing. Send ")


@pytest.mark.parametrize("url", [*LOG_IN, VERIFY])
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'"text"', b"null", b'{"email": NaN}', b"[" * 100])
def test_malformed_bodies(api: Api, user: User, url: str, body: bytes):
    token = f"JWT {create_access_token(user.id)}"
    assert_plain_error(ask(api, "POST", url, token, data=body, content_type="application/json"), 400)


@pytest.mark.parametrize("authorization", ["JWT null", "JWT undefined", "JWT ", "JWT", ""])
def test_no_token_in_other_words(api: Api, world: World, authorization: str):
    """What clients send before anybody has logged in is no token on public routes, and none where one is needed."""
    public = ask(api, "GET", f"/v1/events/{world.event.id}", authorization)
    assert public.status_code == 200
    needs_one = ask(api, "GET", "/v1/orders", authorization)
    assert (needs_one.status_code, error_codes(needs_one)) == (401, ["not-logged-in"])
    for method, url in (("GET", GET_USER_ID), ("POST", VERIFY), ("POST", REFRESH)):
        assert_plain_error(ask(api, method, url, authorization), 401)


@pytest.mark.parametrize("url", LOG_IN)
@pytest.mark.parametrize("authorization", ["JWT null", "JWT garbage", "Bearer garbage", "", "JWT a.b.c"])
def test_log_in_does_not_look_at_old_tokens(api: Api, user: User, url: str, authorization: str):
    response = log_in(api, {"email": user.email, "password": PASSWORD}, url, Authorization=authorization)
    assert response.status_code == 200


def wrong_tokens(user: User) -> dict[str, str]:
    good = create_access_token(user.id)
    header, claims, signature = good.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return {
        "expired": f"JWT {create_access_token(user.id, expires_delta=timedelta(seconds=-1))}",
        "garbage": "JWT garbage",
        "three garbage parts": "JWT a.b.c",
        "not ASCII": "JWT é.é.é",
        "another's signature": f"JWT {header}.{claims}.{signature[::-1]}",
        "unsigned": f"JWT {unsigned}.{claims}.",
        "refresh token": f"JWT {create_refresh_token(user.id)}",
        "another scheme": f"Bearer {good}",
        "no scheme": good,
        "two tokens": f"JWT {good} {good}",
        "unknown account": f"JWT {create_access_token(999_999_999)}",
        "not an account": f"JWT {create_access_token('ada')}",
        "no number of an account": f"JWT {create_access_token(10**30)}",
    }


WRONG_TOKENS = (
    "expired", "garbage", "three garbage parts", "not ASCII", "another's signature", "unsigned", "refresh token",
    "another scheme", "no scheme", "two tokens", "unknown account", "not an account", "no number of an account",
)  # fmt: skip


@pytest.mark.parametrize("kind", WRONG_TOKENS)
def test_a_wrong_token_is_401_everywhere(api: Api, user: User, kind: str):
    """Public routes too: the web app notices only by a 401 that nobody is logged in any more."""
    authorization = wrong_tokens(user)[kind]
    for url in ("/v1/events", "/v1/orders"):
        response = ask(api, "GET", url, authorization)
        assert (response.status_code, error_codes(response)) == (401, ["not-logged-in"]), url
    assert_plain_error(ask(api, "GET", GET_USER_ID, authorization), 401)
    assert_plain_error(ask(api, "POST", VERIFY, authorization, json={"password": PASSWORD}), 401)
    if kind != "refresh token":
        assert_plain_error(ask(api, "POST", REFRESH, authorization), 401)


def test_every_kind_of_wrong_token_is_tried(user: User):
    assert wrong_tokens(user).keys() == set(WRONG_TOKENS)


@pytest.mark.parametrize("fate", ["is_blocked", "deleted_at"])
def test_a_token_ends_with_its_account(api: Api, session: scoped_session[Session], user: User, fate: str):
    access, refresh = f"JWT {create_access_token(user.id)}", f"JWT {create_refresh_token(user.id)}"
    assert ask(api, "GET", GET_USER_ID, access).status_code == 200
    assert ask(api, "POST", REFRESH, refresh).status_code == 200
    setattr(user, fate, True if fate == "is_blocked" else utcnow())
    session.flush()
    assert_plain_error(ask(api, "GET", GET_USER_ID, access), 401)
    assert_plain_error(ask(api, "POST", REFRESH, refresh), 401)
    assert ask(api, "GET", "/v1/events", access).status_code == 401


def test_refresh(api: Api, user: User, app: Flask):
    """As the web app asks: the refresh token in the header, and once more in the body."""
    refresh = create_refresh_token(user.id)
    headers = {"Authorization": f"JWT {refresh}", "X-CSRF-Token": payload(refresh)["csrf"]}
    response = api.client.post(REFRESH, json={"refresh_token": refresh}, headers=headers)
    assert response.status_code == 200
    assert response.json.keys() == {"access_token"}
    claims = payload(response.json["access_token"])
    assert (claims["identity"], claims["type"], claims["fresh"]) == (user.id, "access", False)
    assert claims["exp"] - claims["iat"] == app.config["SETTINGS"].remembered_token_minutes * 60
    assert ask(api, "GET", GET_USER_ID, f"JWT {response.json['access_token']}").json == {"user_id": user.id}


def test_refresh_takes_no_access_token(api: Api, user: User):
    assert "refresh" in assert_plain_error(ask(api, "POST", REFRESH, f"JWT {create_access_token(user.id)}"), 401)
    assert_plain_error(ask(api, "POST", REFRESH), 401)


@pytest.mark.parametrize("authorization", [None, "", "JWT null", "JWT garbage"])
def test_log_out(api: Api, authorization: str | None):
    response = ask(api, "POST", "/v1/auth/logout", authorization, content_type="application/json")
    assert (response.status_code, response.json) == (200, {"success": True})


def test_get_user_id(api: Api, user: User):
    response = api.get(GET_USER_ID, user)
    assert (response.status_code, response.json) == (200, {"user_id": user.id})
    assert_plain_error(api.get(GET_USER_ID), 401)


@pytest.mark.parametrize("content_type", ["application/json", MEDIA_TYPE])
def test_verify_password(api: Api, user: User, content_type: str):
    token = f"JWT {create_access_token(user.id)}"
    for password, result in ((PASSWORD, True), ("wrong horse", False), (PASSWORD + " ", False)):
        body = json.dumps({"password": password})
        response = ask(api, "POST", VERIFY, token, data=body, content_type=content_type)
        assert (response.status_code, response.json) == (200, {"result": result})


@pytest.mark.parametrize("body", [{}, {"password": None}, {"password": ""}, {"password": 7}, {"password": "\x00"}])
def test_verify_no_password(api: Api, user: User, body: Any):
    response = ask(api, "POST", VERIFY, f"JWT {create_access_token(user.id)}", json=body)
    assert assert_plain_error(response, 400).startswith("user or password missing. Send ")


def test_methods_that_a_token_route_does_not_offer(api: Api):
    response = api.get("/auth/session")
    assert (response.status_code, error_codes(response)) == (405, ["method-not-allowed"])
    assert "POST" in response.headers["Allow"]
