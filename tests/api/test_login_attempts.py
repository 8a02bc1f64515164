"""Too many wrong passwords, over HTTP: the same answer for everybody, on every route that takes one."""

import json
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy.orm import Session, scoped_session

from app.models import User
from app.services import account_tokens, passwords
from app.services.login_attempts import KNOWN_TRIES
from tests.factories import PASSWORD, make_user
from tests.http import Api, error_codes

ELSEWHERE = "203.0.113.5"


@pytest.fixture
def tries(app: Flask) -> int:
    number: int = app.config["SETTINGS"].login_tries
    return number


@pytest.fixture
def user(session: scoped_session[Session]) -> User:
    return make_user(session, email="ada@example.org", password_hash=passwords.hashed(PASSWORD))


def send(
    api: Api, url: str, body: Any, token: str | None = None, client: str = "127.0.0.1", method: str = "POST"
) -> Any:
    headers = {} if token is None else {"Authorization": f"JWT {token}"}
    return api.client.open(
        url,
        method=method,
        data=json.dumps(body),
        content_type="application/json",
        headers=headers,
        environ_overrides={"REMOTE_ADDR": client},
    )


def log_in(api: Api, email: str, password: str, **how: Any) -> Any:
    return send(api, "/auth/session", {"email": email, "password": password}, **how)


def statuses(ask: Any, number: int) -> list[int]:
    return [ask().status_code for _ in range(number)]


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(api: Api, user: User, tries: int):
    answers = [
        [log_in(api, email, "wrong horse") for _ in range(tries + 1)] for email in (user.email, "nobody@example.org")
    ]
    for known, nobody in zip(*answers, strict=True):
        assert (known.status_code, known.content_type) == (nobody.status_code, nobody.content_type)
        assert known.json == nobody.json
        assert set(known.headers.keys()) == set(nobody.headers.keys())
    last = answers[0][-1]
    assert (last.status_code, list(last.json)) == (429, ["error"])
    assert 0 < int(last.headers["Retry-After"]) <= 3600
    assert log_in(api, user.email, PASSWORD).status_code == 429, "nor is a right one checked"
    assert log_in(api, user.email, PASSWORD, client=ELSEWHERE).status_code == 200


def test_the_two_urls_and_the_same_name_in_other_letters_are_one(api: Api, user: User, tries: int):
    for index in range(tries):
        url = ("/auth/session", "/v1/auth/login")[index % 2]
        assert send(api, url, {"username": f"{user.email.upper()} ", "password": "wrong"}).status_code == 401
    assert log_in(api, user.email, "wrong").status_code == 429


def test_from_a_known_place_the_owner_gets_in_while_others_guess(api: Api, user: User, tries: int):
    assert log_in(api, user.email, PASSWORD).status_code == 200
    for number in range(1, 8):
        statuses(lambda number=number: log_in(api, user.email, "wrong", client=f"203.0.113.{number}"), tries)
    assert log_in(api, user.email, PASSWORD, client="203.0.113.99").status_code == 429
    assert log_in(api, user.email, PASSWORD).status_code == 200


def test_a_device_that_still_has_a_token_gets_in_although_its_network_is_used_up(api: Api, user: User, tries: int):
    kept = log_in(api, user.email, PASSWORD).json["access_token"]
    while log_in(api, user.email, "wrong").status_code == 401:
        pass
    for token in (None, "garbage", create_access_token(10**9), make_other_token(user)):
        assert log_in(api, user.email, PASSWORD, token=token).status_code == 429
    assert log_in(api, user.email, PASSWORD, token=kept).status_code == 200


def make_other_token(user: User) -> str:
    """Of the same account, before its password was changed."""
    return create_access_token(user.id, additional_claims={"epoch": user.token_epoch + 1, "login": "x"})


def test_passwords_of_who_is_logged_in(api: Api, user: User, tries: int):
    """A stolen token does not help to guess the password; each device has tries of its own."""
    fresh = log_in(api, user.email, PASSWORD).json["access_token"]
    other = log_in(api, user.email, PASSWORD).json["access_token"]
    change = {"data": {"old-password": "wrong", "new-password": "another horse"}}
    ways = {
        "/v1/auth/verify-password": ({"password": "wrong"}, 200),
        "/v1/auth/fresh-login": ({"email": user.email, "password": "wrong"}, 401),
        "/v1/auth/change-password": (change, 400),
    }
    for index in range(KNOWN_TRIES * tries):
        url, (body, status) = list(ways.items())[index % len(ways)]
        assert send(api, url, body, fresh).status_code == status
    for url, (body, _) in ways.items():
        refused = send(api, url, body, fresh)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        if url.endswith("change-password"):
            assert error_codes(refused) == ["too-many-attempts"]
        else:
            assert list(refused.json) == ["error"]
    assert send(api, "/v1/auth/verify-password", {"password": PASSWORD}, other).json == {"result": True}


def test_a_password_that_was_right_is_not_counted(api: Api, user: User, tries: int):
    token = log_in(api, user.email, PASSWORD).json["access_token"]
    short = {"data": {"old-password": PASSWORD, "new-password": "short"}}
    for _ in range(KNOWN_TRIES * tries + 1):
        assert send(api, "/v1/auth/verify-password", {"password": PASSWORD}, token).json == {"result": True}
    assert send(api, "/v1/auth/change-password", short, token).status_code == 400


def test_a_new_password_that_is_none_uses_up_no_try(api: Api, user: User, tries: int):
    """The old one was right, and nobody has guessed: neither is a try gone, nor is one given."""
    token = log_in(api, user.email, PASSWORD).json["access_token"]
    most = KNOWN_TRIES * tries

    def change(old: str) -> Any:
        return send(api, "/v1/auth/change-password", too_short(old), token)

    assert statuses(lambda: change(PASSWORD), most) == [400] * most
    assert statuses(lambda: change("wrong"), most + 1) == [400] * most + [429]


def too_short(old: str) -> Any:
    return {"data": {"old-password": old, "new-password": "short"}}


def test_a_new_password_by_mail_lets_the_owner_in(api: Api, app: Flask, user: User, tries: int):
    statuses(lambda: log_in(api, user.email, "wrong"), tries)
    assert log_in(api, user.email, PASSWORD).status_code == 429
    token = account_tokens.issue(user, account_tokens.RESET, key=app.config["JWT_SECRET_KEY"])
    reset = {"data": {"token": token, "password": "another horse"}}
    assert send(api, "/v1/auth/reset-password", reset, method="PATCH").status_code == 200
    assert log_in(api, user.email, "another horse").status_code == 200


def test_two_hundred_at_one_address(api: Api, session: scoped_session[Session], tries: int):
    """Some have accounts of their own, some share one, and every fourth mistypes once."""
    hash_ = passwords.hashed(PASSWORD)
    own = [make_user(session, password_hash=hash_) for _ in range(50)]
    shared = [make_user(session, password_hash=hash_) for _ in range(5)]
    for volunteer in range(200):
        user = own[volunteer // 2] if volunteer % 2 and volunteer < 100 else shared[volunteer % len(shared)]
        if volunteer % 4 == 3:
            assert log_in(api, user.email, "mistyped", client="192.0.2.1").status_code == 401
        assert log_in(api, user.email, PASSWORD, client="192.0.2.1").status_code == 200
