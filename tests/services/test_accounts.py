"""Passwords changed and forgotten, addresses verified: what is refused, and which mails wait then."""

from typing import Any

import pytest

from app.clock import utcnow
from app.errors import BadRequest, Invalid, InvalidCredentials, NotFound
from app.models.mails import RESET_PAGE, VERIFY_PAGE
from app.services import account_tokens, accounts, mails
from tests.factories import PASSWORD, make_user

KEY = "k" * 32
NEW = "another horse"


def test_change_password(session: Any):
    user = make_user(session)
    assert accounts.change_password(user.id, PASSWORD, NEW) is user
    assert accounts.has_password(user.id, NEW)
    [mail] = mails.waiting()
    assert (mail.recipient, mail.subject) == (user.email, "Your password was changed")
    assert NEW not in mail.text


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("wrong horse", NEW, "/data/old-password"),
        (PASSWORD, PASSWORD, "/data/new-password"),
        (PASSWORD, "1234567", "/data/new-password"),
    ],
)
def test_a_change_that_is_refused(session: Any, old: str, new: str, pointer: str):
    user = make_user(session)
    with pytest.raises(BadRequest) as refused:
        accounts.change_password(user.id, old, new)
    assert refused.value.pointer == pointer
    assert accounts.has_password(user.id, PASSWORD)
    assert mails.waiting() == []


@pytest.mark.parametrize("email", ["nobody@example.org", "ada@example.org"])
def test_a_forgotten_password_asks_no_account(session: Any, count_queries: Any, email: str):
    """The same statements for everybody: time tells nobody who has an account."""
    make_user(session, email="ada@example.org")
    with count_queries() as statements:
        accounts.forget_password(email)
    assert [statement.split()[:3] for statement in statements] == [
        ["INSERT", "INTO", "recent_mails"],
        ["INSERT", "INTO", "mails"],
    ]
    [mail] = mails.waiting()
    assert (mail.recipient, mail.page) == (email, RESET_PAGE)


@pytest.mark.parametrize("email", ["", "ada", "ada@example.org\nBcc: eve@example.org", "a b@example.org", "@"])
def test_what_is_no_address_gets_no_mail(session: Any, email: str):
    accounts.forget_password(email)
    accounts.ask_to_verify(email)
    assert mails.waiting() == []


def test_reset_password_once(session: Any):
    user = make_user(session)
    token, earlier = (account_tokens.issue(user, account_tokens.RESET, key=KEY) for _ in range(2))
    assert accounts.reset_password(token, NEW, key=KEY) is user
    assert user.is_verified
    assert accounts.has_password(user.id, NEW)
    for used in (token, earlier):
        with pytest.raises(NotFound) as refused:
            accounts.reset_password(used, "a third horse", key=KEY)
        assert refused.value.pointer == "/data/token"
    assert accounts.has_password(user.id, NEW)
    assert [mail.subject for mail in mails.waiting()] == ["Your password was changed"]


def test_a_short_password_does_not_use_the_link_up(session: Any):
    user = make_user(session)
    token = account_tokens.issue(user, account_tokens.RESET, key=KEY)
    with pytest.raises(Invalid) as refused:
        accounts.reset_password(token, "1234567", key=KEY)
    assert refused.value.pointer == "/data/password"
    assert accounts.reset_password(token, "12345678", key=KEY) is user


def test_verify_email(session: Any):
    user = make_user(session)
    accounts.ask_to_verify(user.email)
    assert [mail.page for mail in mails.waiting()] == [VERIFY_PAGE]
    token = account_tokens.issue(user, account_tokens.VERIFY, key=KEY)
    for _ in range(2):  # a mail's link is opened twice by some programs
        assert accounts.verify_email(token, key=KEY).is_verified
    with pytest.raises(BadRequest, match="Invalid Token"):
        accounts.verify_email("garbage", key=KEY)


def test_authenticate_refuses(session: Any):
    blocked = make_user(session, is_blocked=True)
    deleted = make_user(session, deleted_at=utcnow())
    known = make_user(session)
    for email, password in (
        (known.email, "wrong horse"),
        (deleted.email, PASSWORD),
        ("nobody@example.org", PASSWORD),
        (blocked.email, "wrong horse"),
    ):
        with pytest.raises(InvalidCredentials, match="Invalid Credentials"):
            accounts.authenticate(email, password)
    with pytest.raises(InvalidCredentials, match="spam"):
        accounts.authenticate(blocked.email, PASSWORD)


def test_has_password(session: Any):
    user = make_user(session)
    assert accounts.has_password(user.id, PASSWORD)
    assert not accounts.has_password(user.id, "wrong horse")
    assert not accounts.has_password(999_999, PASSWORD)


def test_an_operator_gives_another_password(session: Any):
    user = make_user(session)
    accounts.give_password(f" {user.email.upper()} ", "another secret")
    assert accounts.authenticate(user.email, "another secret") is user
    assert [mail.subject for mail in mails.waiting()] == ["Your password was changed"], "its owner is told"
    with pytest.raises(Invalid):
        accounts.give_password(user.email, "short")
    with pytest.raises(NotFound):
        accounts.give_password("nobody@example.org", "another secret")
