"""How often one client address may ask, where each of its accounts by itself would let it."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.api.edge import rate_limits
from app.config import Settings
from app.models import User
from app.services import passwords
from tests.conftest import ApiClient
from tests.factories import PASSWORD, make_user
from tests.http import Api, error_codes, resource

PER_MINUTE = 5
MAILED = PER_MINUTE // 5
numbers = itertools.count()


@pytest.fixture
def few(app: Flask, api: Api, settings: Settings) -> Iterator[Api]:
    """The application with narrow limits, and nothing counted yet."""
    kept = {name: app.extensions[name] for name in (rate_limits._LIMITS, rate_limits._LIMITER)}
    wide = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, logins_per_minute=PER_MINUTE)
    rate_limits.register(app)
    yield api
    app.extensions.update(kept)
    app.config["SETTINGS"] = wide


def address() -> str:
    return f"person{next(numbers)}@nowhere.example"


ROUTES: dict[str, tuple[str, str, Any, int]] = {
    "log-in": ("POST", "/auth/session", lambda: {"email": address(), "password": "wrong"}, PER_MINUTE),
    "log-in of the kiosk": ("POST", "/v1/auth/login", lambda: {"email": address(), "password": "wrong"}, PER_MINUTE),
    "taken?": ("POST", "/v1/users/check_email", lambda: {"email": address()}, PER_MINUTE),
    "forgotten": ("POST", "/v1/auth/reset-password", lambda: {"data": {"email": address()}}, MAILED),
    "chosen": ("PATCH", "/v1/auth/reset-password", lambda: {"data": {"token": "x", "password": PASSWORD}}, MAILED),
    "verified": ("POST", "/v1/auth/verify-email", lambda: {"data": {"token": "x"}}, MAILED),
    "resent": ("POST", "/v1/auth/resend-verification-email", lambda: {"data": {"email": address()}}, MAILED),
    "sign-up": (
        "POST",
        "/v1/users",
        lambda: resource("user", {"email": address(), "password": PASSWORD}),
        MAILED,
    ),
}  # fmt: skip


def ask(api: Api, kind: str, client: str) -> Any:
    method, url, body, _ = ROUTES[kind]
    type_ = "application/vnd.api+json"
    return api.client.open(
        url, method=method, json=body(), content_type=type_, environ_overrides={"REMOTE_ADDR": client}
    )


@pytest.mark.parametrize("kind", ROUTES)
def test_a_client_address_that_asks_too_often(few: Api, kind: str):
    allowed = ROUTES[kind][3]
    answers = [ask(few, kind, "203.0.113.9") for _ in range(allowed + 1)]
    assert 429 not in {answer.status_code for answer in answers[:-1]}
    refused = answers[-1]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    if kind in {"log-in", "log-in of the kiosk", "taken?"}:
        assert list(refused.json) == ["error"]
    else:
        assert error_codes(refused) == ["too-many-requests"]
    assert ask(few, kind, "203.0.113.10").status_code != 429, "others may"
    assert ask(few, kind, "::ffff:203.0.113.9").status_code == 429


def test_an_ipv6_client_has_all_of_its_network_to_itself(few: Api):
    answers = [ask(few, "taken?", f"2001:db8:1:2::{number}").status_code for number in range(1, PER_MINUTE + 2)]
    assert answers == [200] * PER_MINUTE + [429]
    assert ask(few, "taken?", "2001:db8:1:3::1").status_code == 200


def test_who_is_known_there_gets_in_beside_a_flood(few: Api, session: Any):
    """Somebody in the venue's wifi tries account after account; who works there logs in."""
    user = make_user(session, password_hash=passwords.hashed(PASSWORD))
    body = {"email": user.email, "password": PASSWORD}
    venue = {"REMOTE_ADDR": "192.0.2.1"}
    assert few.client.post("/auth/session", json=body, environ_overrides=venue).status_code == 200
    while ask(few, "log-in", "192.0.2.1").status_code != 429:
        pass
    assert few.client.post("/auth/session", json=body, environ_overrides=venue).status_code == 200


def test_other_requests_are_not_counted(few: Api):
    for _ in range(PER_MINUTE * 2):
        assert few.get("/v1/events").status_code == 200


def test_without_its_redis_the_server_counts_for_itself(app: Flask, api: Api, settings: Settings, few: Api):
    nobody_listens = "redis://127.0.0.1:9/0"
    app.config["SETTINGS"] = replace(settings, logins_per_minute=PER_MINUTE, rate_limit_storage=nobody_listens)
    rate_limits.register(app)
    answers = [ask(api, "taken?", "203.0.113.9").status_code for _ in range(PER_MINUTE + 1)]
    assert answers == [200] * PER_MINUTE + [429]
    assert isinstance(api.client, ApiClient)


def test_who_is_known_there_is_limited_by_himself(few: Api, session: Any):
    """The right password costs a check, too; who sends it without end takes nothing from those beside him."""
    both = [make_user(session, password_hash=passwords.hashed(PASSWORD)) for _ in range(2)]

    def log_in(user: User) -> int:
        body, venue = {"email": user.email, "password": PASSWORD}, {"REMOTE_ADDR": "192.0.2.1"}
        return few.client.post("/auth/session", json=body, environ_overrides=venue).status_code

    assert [log_in(user) for user in both] == [200, 200]
    assert [log_in(both[0]) for _ in range(PER_MINUTE + 1)] == [200] * PER_MINUTE + [429]
    assert log_in(both[1]) == 200
