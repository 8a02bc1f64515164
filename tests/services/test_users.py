"""Accounts: the rules of sign-up, log-in, change and end."""

from datetime import timedelta

import pytest
from sqlalchemy import false, true

from app.clock import utcnow
from app.errors import Conflict, Invalid, InvalidCredentials
from app.models import User
from app.models.orders import CANCELLED, COMPLETED, EXPIRED, HOLDING
from app.services import accounts, users
from tests.factories import PASSWORD, World, make_event, make_order, make_ticket, make_user


def test_create_account(session):
    user = users.create_account(email="  Ada@Example.org ", password=PASSWORD, first_name="Ada")
    assert session.get(User, user.id) is user
    assert (user.email, user.first_name) == ("Ada@Example.org", "Ada")
    assert not any((user.is_admin, user.is_super_admin, user.is_verified, user.is_blocked))
    assert PASSWORD not in user.password_hash
    assert accounts.authenticate("ada@example.ORG", PASSWORD) is user


def test_an_administrator_is_verified(session):
    assert users.create_account(email="root@example.org", password=PASSWORD, is_admin=True).is_verified
    assert users.create_account(email="ada@example.org", password=PASSWORD, is_verified=True).is_verified


def test_an_account_is_found_by_who_may_see_it(session):
    user = make_user(session)
    assert users.find(user.id, seen=true()) is user
    assert users.find(user.id, seen=false()) is None
    assert users.find(None, seen=true()) is None


def test_a_short_password(session):
    with pytest.raises(Invalid) as refused:
        users.create_account(email="ada@example.org", password="1234567")
    assert refused.value.pointer == "/data/attributes/password"
    assert users.create_account(email="ada@example.org", password="12345678")


@pytest.mark.parametrize("email", ["Ada@example.org", "ada@example.org", " ADA@EXAMPLE.ORG "])
def test_an_email_is_taken_whatever_its_case(session, email):
    make_user(session, email="Ada@example.org")
    with pytest.raises(Conflict) as refused:
        users.create_account(email=email, password=PASSWORD)
    assert refused.value.pointer == "/data/attributes/email"


def test_a_deleted_accounts_email_is_free(session):
    make_user(session, email="ada@example.org", deleted_at=utcnow())
    assert users.create_account(email="ada@example.org", password=PASSWORD).id


def test_a_new_email_is_unverified_and_must_be_free(session):
    user = make_user(session, email="ada@example.org", is_verified=True)
    make_user(session, email="Grace@example.org")
    users.update(user, {"email": "ADA@example.org", "first_name": "Ada"}, fresh=False)
    assert user.is_verified
    with pytest.raises(Conflict):
        users.update(user, {"email": "grace@EXAMPLE.org"}, fresh=True)
    assert user.is_verified
    users.update(user, {"email": "lovelace@example.org"}, fresh=True)
    assert not user.is_verified


def test_a_password_is_not_changed_by_who_may_not_know_the_old_one(session):
    user = make_user(session)
    with pytest.raises(Invalid) as refused:
        users.update(user, {"password": "another horse"}, fresh=True)
    assert refused.value.pointer == "/data/attributes/password"
    users.update(user, {}, fresh=False)
    assert accounts.has_password(user.id, PASSWORD)


def test_delete(session):
    user = make_user(session)
    users.delete(user)
    assert user.deleted_at
    with pytest.raises(InvalidCredentials):
        accounts.authenticate(user.email, PASSWORD)


def test_who_has_a_role_is_not_deleted(world: World):
    with pytest.raises(Conflict, match="Give the roles up"):
        users.delete(world.moderator)
    assert world.moderator.deleted_at is None


@pytest.mark.parametrize("status", [*HOLDING, CANCELLED, EXPIRED])
def test_who_holds_seats_of_a_coming_event_is_not_deleted(session, status):
    user = make_user(session)
    make_order(session, make_ticket(session, make_event(session)), user_id=user.id, status=status)
    if status in HOLDING:
        with pytest.raises(Conflict, match="Cancel the orders"):
            users.delete(user)
    else:
        users.delete(user)
    assert bool(user.deleted_at) == (status not in HOLDING)


def test_orders_of_past_events_do_not_hold_an_account(session):
    now = utcnow()
    past = make_event(session, starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=8))
    user = make_user(session)
    make_order(session, make_ticket(session, past), user_id=user.id, status=COMPLETED)
    users.delete(user)
    assert user.deleted_at


def test_what_somebody_is_called():
    assert User(first_name="Ada", last_name="Lovelace", public_name="Countess").display_name == "Countess"
    assert User(first_name="Ada", last_name="Lovelace", public_name="").display_name == "Ada Lovelace"
    assert User(last_name="Lovelace").full_name == "Lovelace"
    assert User().display_name is None
