"""Role invites over HTTP."""

from typing import Any

import pytest

from app.models import Mail, Role, UsersEventsRoles
from app.models.role_invites import ACCEPTED
from app.models.users_events_roles import MODERATOR, REGISTRAR, ROLES
from app.services import mails
from tests.factories import World, make_event, make_invite
from tests.http import Api, error_codes, resource

URL = "/v1/role-invites"
ACCEPT = ("/v1/role_invites/accept-invite", "/v1/role-invites/accept-invite")


def new(api: Api, world: World, **attributes: Any) -> Any:
    facts = {"email": " new@example.org ", "role-name": REGISTRAR} | attributes
    return api.post(URL, resource("role-invite", facts, event=world.event), world.organizer)


def refusal(response: Any) -> tuple[int, list[str], str | None]:
    return response.status_code, error_codes(response), response.json["errors"][0]["source"].get("pointer")


def with_token(token: Any) -> dict[str, Any]:
    return {"data": {"token": token}}


def test_the_document_never_shows_what_accepts(api: Api, world: World):
    response = new(api, world, status=ACCEPTED, hash="mine")
    assert response.status_code == 201
    shown = response.json["data"]
    assert (shown["type"], response.headers["Location"].endswith(f"{URL}/{shown['id']}")) == ("role-invite", True)
    created_at = shown["attributes"].pop("created-at")
    assert created_at
    assert shown["attributes"] == {"email": "new@example.org", "role-name": REGISTRAR, "status": "pending"}
    role = api.get(f"{URL}/{shown['id']}/role", world.organizer).json["data"]
    assert role["id"] == str(ROLES[REGISTRAR][0])


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"email": "x"}, "attributes/email"),
        ({"email": None}, "attributes/email"),
        ({"email": ""}, "attributes/email"),
        ({"role-name": "attendee"}, "attributes/role-name"),
        ({"role-name": None}, "relationships/role/data"),
    ],
)
def test_what_is_wrong_is_pointed_at(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    assert refusal(new(api, world, **attributes)) == (422, ["invalid"], f"/data/{pointer}")


def test_the_role_as_a_relationship(api: Api, world: World):
    role = world.session.query(Role).filter_by(name=REGISTRAR).one()
    for attributes, status in (
        ({"email": "a@example.org"}, 201),
        ({"email": "b@example.org", "role-name": MODERATOR}, 422),
    ):
        document = resource("role-invite", attributes, event=world.event, role=role)
        assert api.post(URL, document, world.owner).status_code == status


def test_the_list_that_the_web_app_loads(api: Api, world: World, count_queries: Any):
    sent = []
    for _ in range(2):
        for role_name in ROLES:
            make_invite(world.session, world.event, role_name)
        world.session.expire_all()
        with count_queries() as statements:
            page = api.get(f"/v1/events/{world.event.identifier}/role-invites", world.coorganizer, include="role")
        sent.append(len(statements))
        names = {row["id"]: row["attributes"]["name"] for row in page.json["included"]}
        for row in page.json["data"]:
            assert names[row["relationships"]["role"]["data"]["id"]] == row["attributes"]["role-name"]
    assert page.json["meta"]["count"] == len(page.json["data"]) == 2 * len(ROLES)
    assert sent[0] == sent[1]
    # Nobody invited: the page breaks unless this is answered.
    empty = api.get(f"/v1/events/{make_event(world.session).id}/role-invites", world.staff, include="role")
    assert (empty.status_code, empty.json["data"]) == (200, [])


def test_twice_is_a_conflict(api: Api, world: World):
    assert new(api, world).status_code == 201
    assert refusal(new(api, world)) == (409, ["conflict"], "/data/attributes/email")


def test_from_the_letter_to_the_door(api: Api, world: World):
    """The web app's page of the link: whose is it, then accept it as him; he may do what the role may, at once."""
    assert new(api, world, email=world.buyer.email).status_code == 201
    letter = mails.take(after=0, everything=False, frontend_url="", key="")
    assert letter is not None
    token = letter.text.strip().partition("/role-invites?token=")[2]
    address = api.post("/v1/role_invites/user", with_token(token))
    assert address.json == {"email": world.buyer.email}
    assert not world.buyer.is_verified
    response = api.post(ACCEPT[0], with_token(token), world.buyer)
    assert response.status_code == 200
    assert response.json == {
        "email": world.buyer.email,
        "event": world.event.id,
        "event_identifier": world.event.identifier,
        "name": "buyer",
        "role": REGISTRAR,
    }
    assert world.buyer.is_verified
    assert api.get(f"/v1/events/{world.event.id}/attendees", world.buyer).status_code == 200
    assert refusal(api.post(ACCEPT[1], with_token(token), world.buyer)) == (409, ["conflict"], "/data")
    given = world.session.query(UsersEventsRoles).filter_by(user_id=world.buyer.id).all()
    assert len(given) == 1


@pytest.mark.parametrize("url", ACCEPT)
def test_who_cannot_accept(api: Api, world: World, url: str):
    make_invite(world.session, world.event, token="x", email=world.buyer.email)
    assert refusal(api.post(url, with_token("x")))[:2] == (401, ["not-logged-in"])
    assert refusal(api.post(url, with_token("x"), world.stranger)) == (403, ["forbidden"], "/data/token")
    assert refusal(api.post(url, with_token("y"), world.buyer)) == (404, ["not-found"], "/data/token")


@pytest.mark.parametrize("url", [*ACCEPT, "/v1/role_invites/user"])
@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, {"data": {"token": 1}}, {"data": {"token": ""}}])
def test_a_body_without_a_token(api: Api, world: World, url: str, body: Any):
    assert refusal(api.post(url, body, world.buyer)) == (400, ["bad-request"], "/data/token")


def test_sending_again(api: Api, world: World):
    invite = make_invite(world.session, world.event, token="x", email=world.buyer.email)
    url = f"{URL}/{invite.id}/resend-invite"
    assert api.post(url, {}, world.coorganizer).json == {"success": True, "message": "Invite resent"}
    assert world.session.query(Mail).one().recipient == world.buyer.email
    assert api.post(ACCEPT[0], with_token("x"), world.buyer).status_code == 404
    again = api.post(url, {}, world.coorganizer)
    assert refusal(again) == (409, ["conflict"], "/data")
    assert "a few minutes ago" in again.json["errors"][0]["detail"]
    invite.status = ACCEPTED
    assert refusal(api.post(url, {}, world.coorganizer)) == (409, ["conflict"], "/data")
    assert refusal(api.post(f"{URL}/0/resend-invite", {}, world.coorganizer))[:2] == (404, ["not-found"])


def test_taking_back(api: Api, world: World):
    invites = [make_invite(world.session, world.event, **facts) for facts in ({}, {"status": ACCEPTED})]
    pending, accepted = (f"{URL}/{invite.id}" for invite in invites)
    assert api.delete(pending, world.organizer).status_code == 200
    assert api.get(pending, world.organizer).status_code == 404
    assert refusal(api.delete(accepted, world.organizer)) == (409, ["conflict"], "/data")
    assert api.patch(accepted, resource("role-invite", {}), world.organizer).status_code == 405
