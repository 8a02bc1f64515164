"""Passwords and addresses over HTTP, as the web app and the Android app ask: from the request to the mailed link."""

import json
from typing import Any

import pytest
from flask_jwt_extended import create_access_token
from sqlalchemy.orm import Session, scoped_session

from app.clock import utcnow
from app.models import User
from app.services import account_tokens, accounts, mails
from tests.factories import PASSWORD, make_user
from tests.http import MEDIA_TYPE, Api, error_codes, resource
from tests.letters import posted, token_in

CHANGE, RESET = "/v1/auth/change-password", "/v1/auth/reset-password"
VERIFY, RESEND = "/v1/auth/verify-email", "/v1/auth/resend-verification-email"
FRESH = "/v1/auth/fresh-login"
CHECK = ("/v1/users/check_email", "/v1/users/checkEmail")
NEW = "another horse"
TYPES = ("application/json", "application/json; charset=UTF-8", MEDIA_TYPE)


@pytest.fixture
def user(session: scoped_session[Session]) -> User:
    return make_user(session, email="Ada@example.org", first_name="Ada", last_name="Lovelace")


def ask(api: Api, method: str, url: str, body: Any, token: str | None = None, type_: str = TYPES[0]) -> Any:
    headers = {"Authorization": f"JWT {token}"} if token else {}
    return api.client.open(url, method=method, data=json.dumps(body), content_type=type_, headers=headers)


def data(**members: Any) -> dict[str, Any]:
    return {"data": {name.replace("_", "-"): value for name, value in members.items()}}


def log_in(api: Api, email: str, password: str) -> Any:
    return api.client.post("/auth/session", json={"email": email, "password": password})


@pytest.mark.parametrize("type_", TYPES)
def test_change_password(api: Api, user: User, type_: str, capsys: pytest.CaptureFixture[str]):
    token = log_in(api, user.email, PASSWORD).json["access_token"]
    response = ask(api, "POST", CHANGE, data(old_password=PASSWORD, new_password=NEW), token, type_)
    assert response.status_code == 200
    told = {"id": user.id, "email": user.email, "name": "Ada Lovelace", "password-changed": True}
    assert response.json == told | {"access_token": response.json["access_token"]}
    assert ask(api, "POST", CHANGE, {}, token, type_).status_code == 401, "all tokens have ended"
    assert ask(api, "POST", CHANGE, {}, response.json["access_token"], type_).status_code == 400, "but the new one"
    assert log_in(api, user.email, NEW).status_code == 200
    assert log_in(api, user.email, PASSWORD).status_code == 401
    assert f"To: {user.email}\nSubject: Your password was changed" in posted(capsys)


def test_change_password_needs_a_fresh_token(api: Api, user: User):
    body = data(old_password=PASSWORD, new_password=NEW)
    for token in (None, "garbage", "null", create_access_token(user.id), create_access_token(user.id, fresh=False)):
        response = ask(api, "POST", CHANGE, body, token)
        assert (response.status_code, response.content_type) == (401, "application/json")
        assert response.json.keys() == {"error"}
    assert response.json["error"].startswith("Fresh token required")
    assert accounts.has_password(user.id, PASSWORD)
    fresh = ask(api, "POST", FRESH, {"email": user.email, "password": PASSWORD}, create_access_token(user.id))
    assert ask(api, "POST", CHANGE, body, fresh.json["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"old_password": "wrong horse", "new_password": NEW}, "/data/old-password"),
        ({"old_password": PASSWORD, "new_password": PASSWORD}, "/data/new-password"),
        ({"old_password": PASSWORD, "new_password": "1234567"}, "/data/new-password"),
        ({"old_password": PASSWORD}, "/data/new-password"),
        ({"new_password": NEW}, "/data/old-password"),
        ({"old_password": PASSWORD, "new_password": 12345678}, "/data/new-password"),
        ({"old_password": PASSWORD, "new_password": "x\x00" * 8}, "/data/new-password"),
        ({"old_password": PASSWORD, "new_password": "x" * 1001}, "/data/new-password"),
    ],
)
def test_a_change_that_is_refused(api: Api, user: User, members: dict[str, Any], pointer: str):
    response = ask(api, "POST", CHANGE, data(**members), create_access_token(user.id, fresh=True))
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
    assert response.json["errors"][0]["source"] == {"pointer": pointer}
    assert accounts.has_password(user.id, PASSWORD)
    assert mails.waiting() == []


@pytest.mark.parametrize("type_", TYPES)
def test_a_forgotten_password(api: Api, user: User, type_: str, capsys: pytest.CaptureFixture[str]):
    asked = ask(api, "POST", RESET, data(email="ada@EXAMPLE.org "), type_=type_)
    assert asked.status_code == 200
    assert asked.json.keys() == {"message", "email"}
    assert asked.json["email"] == "ada@EXAMPLE.org "
    token = token_in(posted(capsys), "reset-password")
    response = ask(api, "PATCH", RESET, data(token=token, password=NEW), type_=type_)
    assert response.status_code == 200
    assert response.json == {"id": user.id, "email": user.email, "name": "Ada Lovelace"}
    assert log_in(api, user.email, NEW).status_code == 200
    assert "Subject: Your password was changed" in posted(capsys)
    again = ask(api, "PATCH", RESET, data(token=token, password="a third horse"), type_=type_)
    assert (again.status_code, error_codes(again)) == (404, ["not-found"])
    assert again.json["errors"][0]["detail"].startswith("User Not Found")


def test_a_forgotten_password_of_nobody(
    api: Api, session: scoped_session[Session], user: User, capsys: pytest.CaptureFixture[str]
):
    make_user(session, email="blocked@example.org", is_blocked=True)
    make_user(session, email="gone@example.org", deleted_at=utcnow())
    known = ask(api, "POST", RESET, data(email=user.email))
    posted(capsys)
    for email in ("nobody@example.org", "blocked@example.org", "gone@example.org", "no address"):
        response = ask(api, "POST", RESET, data(email=email))
        assert (response.status_code, response.json) == (200, {**known.json, "email": email})
        assert posted(capsys) == ""
    assert mails.waiting() == []


@pytest.mark.parametrize(("password", "status"), [("1234567", 422), ("", 400), (None, 400), (["x" * 8], 400)])
def test_a_reset_needs_a_password(api: Api, user: User, app: Any, password: Any, status: int):
    token = account_tokens.issue(user, account_tokens.RESET, key=app.config["JWT_SECRET_KEY"])
    response = ask(api, "PATCH", RESET, data(token=token, password=password))
    assert response.status_code == status
    assert error_codes(response)
    assert response.json["errors"][0]["source"] == {"pointer": "/data/password"}
    assert accounts.has_password(user.id, PASSWORD)


def test_sign_up_and_verify(api: Api, session: scoped_session[Session], capsys: pytest.CaptureFixture[str]):
    signed_up = api.post("/v1/users", resource("user", {"email": "new@example.org", "password": PASSWORD}))
    assert signed_up.status_code == 201
    assert signed_up.json["data"]["attributes"]["is-verified"] is False
    printed = posted(capsys)
    assert "To: new@example.org\nSubject: Please verify" in printed
    response = ask(api, "POST", VERIFY, data(token=token_in(printed, "verify")))
    assert (response.status_code, response.json) == (200, {"message": "Email Verified"})
    assert session.query(User).filter_by(email="new@example.org").one().is_verified


def test_a_refused_sign_up_sends_nothing(api: Api, user: User):
    taken = api.post("/v1/users", resource("user", {"email": user.email, "password": PASSWORD}))
    assert taken.status_code == 409
    assert mails.waiting() == []


@pytest.mark.parametrize("token", ["garbage", "a.b", "é", "x" * 2000])
def test_tokens_that_are_none(api: Api, token: str):
    response = ask(api, "POST", VERIFY, data(token=token))
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
    assert "Invalid Token" in response.json["errors"][0]["detail"]
    assert ask(api, "PATCH", RESET, data(token=token, password=PASSWORD)).status_code == 404


def test_the_verification_mail_once_more(
    api: Api, session: scoped_session[Session], user: User, capsys: pytest.CaptureFixture[str]
):
    make_user(session, email="verified@example.org", is_verified=True)
    for email, page in ((user.email, "verify"), ("verified@example.org", None), ("nobody@example.org", None)):
        response = ask(api, "POST", RESEND, data(email=email))
        assert (response.status_code, response.json) == (200, {"message": "Verification email resent"})
        printed = posted(capsys)
        assert bool(printed) == bool(page)
    assert mails.waiting() == []


@pytest.mark.parametrize("url", [RESET, RESEND])
def test_nobodys_mailbox_is_filled(api: Api, user: User, url: str):
    answers = {ask(api, "POST", url, data(email=email)).data for email in [user.email] * 5}
    assert len(answers) == 1
    assert [mail.recipient for mail in mails.waiting()] == [user.email]


def test_who_asks_before_an_account_takes_no_mail_from_it(api: Api, capsys: pytest.CaptureFixture[str]):
    ask(api, "POST", RESEND, data(email="new@example.org"))
    assert posted(capsys) == "", "there is no account"
    assert (
        api.post("/v1/users", resource("user", {"email": "new@example.org", "password": PASSWORD})).status_code == 201
    )
    assert "Subject: Please verify" in posted(capsys)


def test_another_address(api: Api, session: scoped_session[Session], user: User, capsys: pytest.CaptureFixture[str]):
    """It is asked of the new address and told to the old one, whose links are worth nothing any more."""
    ask(api, "POST", RESET, data(email=user.email))
    old_link = token_in(posted(capsys), "reset-password")
    user.is_verified = True
    session.flush()
    document = resource("user", {"email": "countess@example.org"}, id_=user.id)
    stale = api.patch(f"/v1/users/{user.id}", document, user)
    assert (stale.status_code, error_codes(stale)) == (401, ["fresh-token-required"])
    response = api.patch(f"/v1/users/{user.id}", document, user, fresh=True)
    assert response.status_code == 200
    assert response.json["data"]["attributes"]["is-verified"] is False
    printed = posted(capsys)
    assert "To: Ada@example.org\nSubject: Your e-mail address was changed" in printed
    assert "To: countess@example.org\nSubject: Please verify" in printed
    assert ask(api, "PATCH", RESET, data(token=old_link, password=NEW)).status_code == 404
    assert ask(api, "POST", VERIFY, data(token=token_in(printed, "verify"))).status_code == 200


def test_the_whole_account_sent_back_needs_no_fresh_token(api: Api, user: User):
    attributes = api.get(f"/v1/users/{user.id}", user).json["data"]["attributes"]
    response = api.patch(f"/v1/users/{user.id}", resource("user", attributes, id_=user.id), user)
    assert response.status_code == 200
    assert mails.waiting() == []


def test_fresh_login(api: Api, session: scoped_session[Session], user: User):
    other = make_user(session)
    body = {"email": user.email, "password": PASSWORD}
    for type_ in TYPES:
        assert ask(api, "POST", FRESH, body, create_access_token(user.id), type_).json.keys() == {"access_token"}
    for token, sent, status in (
        (None, body, 401),
        (create_access_token(other.id), body, 401),
        (create_access_token(user.id), {**body, "password": "wrong horse"}, 401),
        (create_access_token(user.id), {"email": user.email}, 400),
    ):
        response = ask(api, "POST", FRESH, sent, token)
        assert (response.status_code, list(response.json)) == (status, ["error"])


@pytest.mark.parametrize("url", CHECK)
@pytest.mark.parametrize("type_", TYPES)
def test_check_email(api: Api, user: User, url: str, type_: str):
    for email, exists in (("ada@example.ORG", True), ("nobody@example.org", False), ("%", False)):
        assert ask(api, "POST", url, {"email": email}, type_=type_).json == {"exists": exists}
    for body in ({}, {"email": None}, {"email": " "}, {"email": ["x"]}, {"email": "\x00"}):
        response = ask(api, "POST", url, body, type_=type_)
        assert (response.status_code, response.json) == (422, {"error": 'Email field missing. Send {"email": "…"}.'})


@pytest.mark.parametrize(("method", "url"), [("POST", CHANGE), ("POST", RESET), ("PATCH", RESET), ("POST", VERIFY)])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"data": []}', b'{"data": {}}', b"\xff"])
def test_malformed_bodies(api: Api, user: User, method: str, url: str, body: bytes):
    headers = {"Authorization": f"JWT {create_access_token(user.id, fresh=True)}"}
    response = api.client.open(url, method=method, data=body, content_type="application/json", headers=headers)
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
