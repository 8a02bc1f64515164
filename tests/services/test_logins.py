"""Log-ins that end before their tokens: one, or all of an account."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.models import EndedLogin, User
from app.permissions.actors import Login, load_actor
from app.services import accounts, logins
from tests.factories import PASSWORD, make_user


def is_good(user: User, login: Login) -> bool:
    return load_actor(user.id, login) is not None


def test_one_login_ends(session: Any):
    user = make_user(session)
    for _ in range(2):  # two taps
        logins.end("a", longest_life=timedelta(days=1))
    assert not is_good(user, Login("a"))
    assert is_good(user, Login("b"))
    assert is_good(user, Login())


def test_all_logins_of_an_account_end(session: Any):
    user, other = make_user(session), make_user(session)
    logins.end_all(user.id)
    assert not is_good(user, Login("a", 0))
    assert is_good(user, Login("a", 1))
    assert is_good(other, Login("a", 0))


@pytest.mark.parametrize(
    ("change", "epoch"),
    [
        ({"password_hash": "another"}, 1),
        ({"is_blocked": True}, 1),
        ({"is_blocked": True, "password_hash": "another"}, 1),
        ({"is_blocked": False}, 0),
        ({"first_name": "Ada"}, 0),
        ({"email": "ada@example.org"}, 0),
    ],
)
def test_the_database_ends_tokens_whoever_writes(session: Any, change: dict[str, Any], epoch: int):
    """The release before this one does not know of epochs, nor does a person's SQL."""
    user = make_user(session)
    session.execute(update(User).where(User.id == user.id).values(**change))
    session.refresh(user)
    assert user.token_epoch == epoch


def test_a_block_that_is_lifted_leaves_the_old_tokens_ended(session: Any):
    user = make_user(session)
    for is_blocked in (True, True, False):
        user.is_blocked = is_blocked
        session.flush()
    assert not is_good(user, Login("a", 0))
    assert is_good(user, Login("a", 1))


def test_every_way_to_another_password_ends_tokens(session: Any):
    user = make_user(session)
    assert accounts.change_password(user.id, PASSWORD, "another horse").token_epoch == 1
    accounts.give_password(user.email, "a third horse")
    assert user.token_epoch == 2


def test_what_has_expired_is_forgotten(session: Any):
    logins.end("over", longest_life=timedelta(seconds=-1))
    logins.end("running", longest_life=timedelta(days=1))
    assert logins.purge() == 1
    assert session.query(EndedLogin).one().login == "running"
