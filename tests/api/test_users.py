"""Accounts over HTTP: sign-up, one's own profile, and the end of an account."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session, scoped_session

from app.clock import utcnow
from app.models import User, UsersEventsRoles
from app.models.orders import CANCELLED
from tests.database import run
from tests.factories import PASSWORD, World, make_user
from tests.http import MEDIA_TYPE, Api, error_codes, resource
from tests.processes import wait_until

URL = "/v1/users"
EMAIL = "Ada@example.org"
POWERS = ("is-admin", "is-super-admin", "is-verified", "is-blocked")


def sign_up(api: Api, email: Any = EMAIL, password: Any = PASSWORD, **more: Any) -> Any:
    return api.post(URL, resource("user", {"email": email, "password": password, **more}))


def pointers(response: Any) -> list[str]:
    return [error["source"].get("pointer") for error in response.json["errors"]]


def test_sign_up(api: Api, session: scoped_session[Session]):
    response = sign_up(api, " Ada@example.org ", **{"first-name": "Ada", "last-name": None})
    assert response.status_code == 201
    user = session.scalars(select(User).where(User.email == EMAIL)).one()
    assert response.headers["Location"].endswith(f"{URL}/{user.id}")
    shown = response.json["data"]
    assert (shown["type"], shown["id"]) == ("user", str(user.id))
    assert (shown["attributes"]["email"], shown["attributes"]["first-name"]) == (EMAIL, "Ada")
    assert not {"password", "password-hash"} & shown["attributes"].keys()
    assert PASSWORD not in response.get_data(as_text=True)
    logged_in = api.client.post("/auth/session", json={"email": EMAIL, "password": PASSWORD})
    assert (
        api.client.get(f"{URL}/{user.id}", headers={"Authorization": f"JWT {logged_in.json['access_token']}"}).json[
            "data"
        ]["attributes"]
        == shown["attributes"]
    )


@pytest.mark.parametrize("spelling", ["dashed", "snake"])
def test_nobody_gives_himself_power(api: Api, session: scoped_session[Session], spelling: str):
    """They are ignored, as every member that cannot be written: the web app sends them along."""
    powers = {name if spelling == "dashed" else name.replace("-", "_"): True for name in POWERS}
    ignored = powers | {"was-registered-with-order": True, "deleted-at": utcnow().isoformat(), "id": "1", "nonsense": 1}
    response = sign_up(api, **ignored)
    assert response.status_code == 201
    user = session.scalars(select(User).where(User.email == EMAIL)).one()
    changed = api.patch(f"{URL}/{user.id}", resource("user", ignored, id_=user.id), user)
    assert changed.status_code == 200
    for shown in (response, changed):
        assert [shown.json["data"]["attributes"][name] for name in POWERS] == [False] * len(POWERS)
    session.refresh(user)
    assert not any((user.is_admin, user.is_super_admin, user.is_verified, user.is_blocked, user.deleted_at))


@pytest.mark.parametrize("email", ["Ada@example.org", "ada@example.org", "ADA@EXAMPLE.ORG", " ada@example.org "])
def test_a_taken_email(api: Api, session: scoped_session[Session], email: str):
    make_user(session, email=EMAIL)
    response = sign_up(api, email)
    assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    assert response.json["errors"][0]["detail"].startswith("Email already exists. ")
    assert pointers(response) == ["/data/attributes/email"]
    other = make_user(session)
    changed = api.patch(f"{URL}/{other.id}", resource("user", {"email": email}, id_=other.id), other, fresh=True)
    assert (changed.status_code, pointers(changed)) == (409, ["/data/attributes/email"])


def test_a_deleted_accounts_email_is_free(api: Api, session: scoped_session[Session]):
    make_user(session, email=EMAIL, deleted_at=utcnow())
    assert sign_up(api).status_code == 201


def test_of_two_sign_ups_at_once_one_succeeds(app: Flask, database_url: str):
    """Both have looked and found the e-mail free; the unique index decides, in the same words."""
    email = f"race-{utcnow().timestamp()}@example.org"
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg2://"))
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO users%'"
    first_comer = text("INSERT INTO users (email, password_hash, created_at) VALUES (:email, '', now())")
    try:
        with engine.connect() as other, ThreadPoolExecutor(1) as pool:
            other.execute(first_comer, {"email": email.upper()})
            second = pool.submit(lambda: sign_up(Api(app.test_client()), email))
            wait_until(lambda: run(database_url, waiting) == [1])
            other.commit()
            response = second.result()
        assert (response.status_code, error_codes(response)) == (409, ["conflict"])
        assert (response.json["errors"][0]["detail"], pointers(response)) == (
            "Email already exists. Log in with it, or send another one.",
            ["/data/attributes/email"],
        )
        assert run(database_url, f"SELECT count(*) FROM users WHERE lower(email) = '{email}'") == [1]
    finally:
        run(database_url, f"DELETE FROM users WHERE lower(email) = '{email}'")
        engine.dispose()


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"email": EMAIL, "password": "1234567"}, "/data/attributes/password"),
        ({"email": EMAIL, "password": ""}, "/data/attributes/password"),
        ({"email": EMAIL, "password": None}, "/data/attributes/password"),
        ({"email": EMAIL, "password": 12345678}, "/data/attributes/password"),
        ({"email": EMAIL, "password": "horse\x00horse"}, "/data/attributes/password"),
        ({"email": EMAIL, "password": "x" * 1001}, "/data/attributes/password"),
        ({"email": EMAIL}, "/data/attributes/password"),
        ({"password": PASSWORD}, "/data/attributes/email"),
        ({"email": None, "password": PASSWORD}, "/data/attributes/email"),
        ({"email": "", "password": PASSWORD}, "/data/attributes/email"),
        ({"email": "ada", "password": PASSWORD}, "/data/attributes/email"),
        ({"email": "ada@example.org\x00", "password": PASSWORD}, "/data/attributes/email"),
        ({"email": f"{'a' * 250}@example.org", "password": PASSWORD}, "/data/attributes/email"),
        ({"email": EMAIL, "password": PASSWORD, "avatar-url": "no url"}, "/data/attributes/avatar-url"),
    ],
)
def test_an_invalid_sign_up(api: Api, session: scoped_session[Session], attributes: dict[str, Any], pointer: str):
    before = len(session.scalars(select(User.id)).all())
    response = api.post(URL, resource("user", attributes))
    assert response.status_code == 422, response.json
    assert error_codes(response) == ["invalid"]
    assert pointers(response) == [pointer]
    assert len(session.scalars(select(User.id)).all()) == before


def test_a_password_of_eight_characters_will_do(api: Api):
    assert sign_up(api, password="12345678").status_code == 201


@pytest.mark.parametrize("authorization", ["JWT null", None])
def test_sign_up_needs_no_token(api: Api, authorization: str | None):
    headers = {"Authorization": authorization} if authorization else {}
    body = resource("user", {"email": EMAIL, "password": PASSWORD})
    assert api.client.post(URL, json=body, headers=headers, content_type=MEDIA_TYPE).status_code == 201


def test_everybody_reads_and_changes_his_own_account(api: Api, world: World):
    own = f"{URL}/{world.buyer.id}"
    before = api.get(own, world.buyer).json["data"]["attributes"]
    assert before["email"] == world.buyer.email
    change = {"last-name": "Lovelace", "unknown": 1, "created-at": "1900-01-01T00:00:00Z", "is-profile-public": None}
    response = api.patch(own, resource("user", change, id_=world.buyer.id), world.buyer)
    assert response.status_code == 200
    after = response.json["data"]["attributes"]
    assert {name for name in after if after[name] != before[name]} == {"last-name"}
    assert api.get(own, world.buyer).json["data"]["attributes"] == after


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_the_account_of_another_is_for_staff_only(api: Api, world: World, method: str):
    someone = make_user(world.session)
    url = f"{URL}/{someone.id}"
    document = resource("user", {"first-name": "Eve"}, id_=someone.id) if method == "PATCH" else None
    for name in ("owner", "registrar", "buyer", "stranger"):
        response = api.send(method, url, world.people[name], document)
        assert (response.status_code, error_codes(response)) == (403, ["forbidden"]), name
    response = api.send(method, url, None, document)
    assert (response.status_code, error_codes(response)) == (401, ["not-logged-in"])
    world.session.refresh(someone)
    assert (someone.first_name, someone.deleted_at) == (None, None)
    assert api.send(method, url, world.staff, document).status_code == 200


def test_the_list_of_accounts_is_for_staff_only(api: Api, world: World):
    assert error_codes(api.get(URL)) == ["not-logged-in"]
    assert error_codes(api.get(URL, world.owner)) == ["forbidden"]
    response = api.get(URL, world.staff, page_size="0")
    assert response.status_code == 200
    assert response.json["meta"]["count"] == len(response.json["data"]) == len(world.people)


def test_a_new_email_needs_a_fresh_token_and_is_not_verified(api: Api, world: World):
    url, change = f"{URL}/{world.stranger.id}", resource("user", {"email": "new@example.org"}, id_=world.stranger.id)
    for caller in (world.stranger, world.staff):
        assert error_codes(api.patch(url, change, caller)) == ["fresh-token-required"]
    assert world.stranger.is_verified
    response = api.patch(url, change, world.stranger, fresh=True)
    assert response.status_code == 200
    assert (world.stranger.email, world.stranger.is_verified) == ("new@example.org", False)


def test_a_password_is_not_changed_by_a_patch(api: Api, world: World):
    """A token alone, perhaps of a forgotten browser, must not take an account over."""
    url, change = f"{URL}/{world.buyer.id}", {"password": "another horse"}
    response = api.patch(url, resource("user", change, id_=world.buyer.id), world.buyer)
    assert (response.status_code, pointers(response)) == (422, ["/data/attributes/password"])
    assert api.client.post("/auth/session", json={"email": world.buyer.email, "password": PASSWORD}).status_code == 200


def test_delete(api: Api, world: World):
    token = {"Authorization": f"JWT {create_access_token(world.stranger.id)}"}
    url = f"{URL}/{world.stranger.id}"
    assert api.delete(url, world.stranger).status_code == 200
    assert world.stranger.deleted_at
    assert api.client.get(url, headers=token).status_code == 401
    assert api.get(url, world.staff).status_code == 404
    assert str(world.stranger.id) not in {row["id"] for row in api.get(URL, world.staff, page_size="0").json["data"]}


def test_who_has_a_role_or_an_order_for_a_coming_event_is_not_deleted(api: Api, world: World):
    for name in ("registrar", "buyer"):
        for caller in (world.people[name], world.staff):
            response = api.delete(f"{URL}/{world.people[name].id}", caller)
            assert (response.status_code, error_codes(response)) == (409, ["conflict"]), name
    world.session.query(UsersEventsRoles).filter_by(user_id=world.registrar.id).delete()
    world.order.status = CANCELLED
    for name in ("registrar", "buyer"):
        assert api.delete(f"{URL}/{world.people[name].id}", world.people[name]).status_code == 200
