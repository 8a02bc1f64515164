"""Tokens that were verified are remembered; what is not good is refused all the same, whatever is remembered."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token

from app.api.edge import access_claims
from tests.factories import World
from tests.http import Api

EXPIRED = "The token is not valid: Signature has expired. Log in again."
URL = "/v1/users/user-details/get-user-id"


@pytest.fixture
def known(app: Flask) -> Iterator[dict[str, Any]]:
    """What the application remembers: nothing yet."""
    remembered = app.extensions[access_claims._KNOWN]
    remembered.clear()
    yield remembered
    remembered.clear()


def ask(api: Api, header: str) -> Any:
    return api.client.get(URL, headers={"Authorization": header})


def sealed(app: Flask, claims: dict[str, Any], *, key: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, app.config["JWT_SECRET_KEY"] if key is None else key, algorithm=algorithm)


def later(claims: dict[str, Any], name: str, seconds: int) -> dict[str, Any]:
    return claims | {name: int(time.time()) + seconds}


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


BAD: dict[str, Callable[[Flask, str, dict[str, Any]], str]] = {
    "expired": lambda app, token, claims: sealed(app, later(claims, "exp", -1)),
    "not yet valid": lambda app, token, claims: sealed(app, later(claims, "nbf", 60)),
    "of the future": lambda app, token, claims: sealed(app, later(claims, "iat", 60)),
    "another key": lambda app, token, claims: sealed(app, claims, key="k" * 64),
    "another algorithm": lambda app, token, claims: sealed(app, claims, algorithm="HS512"),
    "no algorithm": lambda app, token, claims: sealed(app, claims, key="", algorithm="none"),
    "a refresh token": lambda app, token, claims: create_refresh_token(claims["identity"]),
    "another type": lambda app, token, claims: sealed(app, claims | {"type": "refresh"}),
    "nobody's": lambda app, token, claims: sealed(app, without(claims, "identity")),
    "without a time": lambda app, token, claims: sealed(app, without(claims, "iat")),
    "no signature": lambda app, token, claims: token.rpartition(".")[0] + ".",
    "another's signature": lambda app, token, claims: (
        sealed(app, claims | {"identity": 1}).rpartition(".")[0] + "." + token.rpartition(".")[2]
    ),
    "cut short": lambda app, token, claims: token[:-1],
    "one letter more": lambda app, token, claims: f"{token}A",
    "two at once": lambda app, token, claims: f"{token} {token}",
    "garbage": lambda app, token, claims: "a.b.c",
    "no token": lambda app, token, claims: "x",
    "letters of no alphabet": lambda app, token, claims: f"{token}é",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_good_is_refused_whatever_is_remembered(
    api: Api, world: World, app: Flask, known: dict[str, Any], name: str
):
    token = create_access_token(world.organizer.id)
    bad = f"JWT {BAD[name](app, token, decode_token(token))}"
    cold = ask(api, bad)
    assert cold.status_code == 401, cold.json
    assert bad not in known
    for _ in range(2):
        assert ask(api, f"JWT {token}").json == {"user_id": world.organizer.id}
        warm = ask(api, bad)
        assert (warm.status_code, warm.json) == (cold.status_code, cold.json)
    assert list(known) == [f"JWT {token}"]


def test_a_good_signature_under_another_servers_claims(api: Api, world: World, app: Flask, known: dict[str, Any]):
    claims = decode_token(create_access_token(world.organizer.id))
    for _ in range(2):
        refused = ask(api, f"JWT {sealed(app, claims | {'identity': str(world.organizer.id)})}")
        assert refused.status_code == 401
        assert "This log-in has ended" in refused.json["error"]


def test_a_remembered_token_expires(api: Api, world: World, known: dict[str, Any]):
    header = f"JWT {create_access_token(world.organizer.id, expires_delta=timedelta(seconds=2))}"
    assert ask(api, header).status_code == 200
    ends = known[header].ends
    while time.time() < ends:
        assert ask(api, header).status_code == 200 or time.time() >= ends
        time.sleep(0.05)
    refused = ask(api, header)
    assert (refused.status_code, refused.json) == (401, {"error": EXPIRED})


@pytest.mark.parametrize("url", ["/v1/auth/logout", "/v1/auth/blacklist"])
def test_a_remembered_token_ends_with_its_log_in(api: Api, world: World, known: dict[str, Any], url: str):
    header = f"JWT {create_access_token(world.organizer.id, additional_claims={'login': 'a'})}"
    assert ask(api, header).status_code == 200
    assert header in known
    assert api.client.post(url, headers={"Authorization": header}).status_code == 200
    assert ask(api, header).status_code == 401


def test_each_is_himself(api: Api, world: World, known: dict[str, Any]):
    people = [world.organizer, world.registrar, world.stranger]
    headers = {person.id: f"JWT {create_access_token(person.id)}" for person in people}
    for _ in range(2):
        for person_id, header in headers.items():
            assert ask(api, header).json == {"user_id": person_id}
    assert len(known) == len(people)


def test_no_more_than_so_many_are_remembered(
    api: Api, world: World, known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(access_claims, "MOST", 3)
    for _ in range(8):
        assert ask(api, f"JWT {create_access_token(world.organizer.id)}").status_code == 200
        assert 1 <= len(known) <= 3


def test_a_token_without_an_end_is_verified_each_time(api: Api, world: World, app: Flask, known: dict[str, Any]):
    header = f"JWT {create_access_token(world.organizer.id, expires_delta=False)}"
    for _ in range(2):
        assert ask(api, header).status_code == 200
    assert not known


def test_freshness_is_that_of_each_token(api: Api, world: World, known: dict[str, Any]):
    change = {"data": {"old-password": "x", "new-password": "another password"}}
    for _ in range(2):
        for fresh, status in ((False, 401), (True, 400)):
            header = f"JWT {create_access_token(world.organizer.id, fresh=fresh)}"
            answers = [
                api.client.post("/v1/auth/change-password", json=change, headers={"Authorization": header})
                for _ in range(2)
            ]
            assert [answer.status_code for answer in answers] == [status] * 2, answers[0].json
