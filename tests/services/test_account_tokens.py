"""Tokens in mails: good for one purpose, for one account as it is, for a while."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.services import account_tokens
from app.services.account_tokens import LIVES, RESET, VERIFY
from tests.factories import make_user

KEY = "k" * 32
PURPOSES = (RESET, VERIFY)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_names_its_account(session: Any, purpose: str):
    user, _other = make_user(session), make_user(session)
    token = account_tokens.issue(user, purpose, key=KEY)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert user.email not in token
    assert account_tokens.redeem(token, purpose, key=KEY) is user


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_is_good_for_nothing_else(session: Any, purpose: str):
    user = make_user(session)
    token = account_tokens.issue(user, purpose, key=KEY)
    [other] = set(PURPOSES) - {purpose}
    assert account_tokens.redeem(token, other, key=KEY) is None
    assert account_tokens.redeem(token, purpose, key="x" * 32) is None
    payload, _, signature = token.rpartition(".")
    for forged in ("", ".", "x", "é", token[:-2], f"{payload}.", f".{signature}", token.swapcase(), f"x{token}"):
        assert account_tokens.redeem(forged, purpose, key=KEY) is None, forged


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_ends(session: Any, monkeypatch: pytest.MonkeyPatch, purpose: str):
    user = make_user(session)
    token = account_tokens.issue(user, purpose, key=KEY)
    issued = utcnow()
    for late, good in ((timedelta(minutes=-1), True), (timedelta(minutes=1), False)):
        monkeypatch.setattr(account_tokens, "utcnow", lambda late=late: issued + LIVES[purpose] + late)
        assert (account_tokens.redeem(token, purpose, key=KEY) is user) == good


@pytest.mark.parametrize(
    ("change", "purposes"),
    [
        ({"email": "new@example.org"}, {RESET, VERIFY}),
        ({"password_hash": "another"}, {RESET}),
        ({"is_blocked": True}, {RESET, VERIFY}),
        ({"deleted_at": utcnow()}, {RESET, VERIFY}),
        ({"first_name": "Ada", "is_verified": True}, set()),
    ],
)
def test_what_a_token_dies_with(session: Any, change: dict[str, Any], purposes: set[str]):
    user = make_user(session)
    tokens = {purpose: account_tokens.issue(user, purpose, key=KEY) for purpose in PURPOSES}
    for name, value in change.items():
        setattr(user, name, value)
    session.flush()
    assert {purpose for purpose in PURPOSES if not account_tokens.redeem(tokens[purpose], purpose, key=KEY)} == purposes
