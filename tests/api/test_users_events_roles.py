"""Roles at events over HTTP."""

from typing import Any

import pytest
from sqlalchemy import select

from app.models import Role, UsersEventsRoles
from app.models.users_events_roles import ROLES
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource

URL = "/v1/users-events-roles"


def role(world: World, name: str) -> Role:
    return world.session.scalars(select(Role).filter_by(name=name)).one()


def grant_of(world: World, name: str) -> UsersEventsRoles:
    return world.session.scalars(select(UsersEventsRoles).filter_by(user_id=world.people[name].id)).one()


def give(api: Api, world: World, caller: Any, role_name: str, **instead: Any) -> Any:
    granted = {"event": world.event, "user": world.stranger, "role": role(world, role_name)} | instead
    return api.post(URL, resource("users-events-roles", **granted), caller)


def test_the_kinds_of_roles_have_the_numbers_that_clients_know(api: Api, world: World):
    response = api.get("/v1/roles", sort="id")
    shown = {
        row["attributes"]["name"]: (int(row["id"]), row["attributes"]["title-name"]) for row in response.json["data"]
    }
    assert shown == ROLES
    assert {row["type"] for row in response.json["data"]} == {"role"}
    one = api.get(f"/v1/roles/{ROLES['registrar'][0]}").json["data"]
    assert one["attributes"] == {"name": "registrar", "title-name": "Registrar"}


@pytest.mark.parametrize("name", ["roles", "users-events-roles"])
def test_the_team_of_an_event(api: Api, world: World, name: str):
    for event in (world.event.id, world.event.identifier):
        response = api.get(f"/v1/events/{event}/{name}", world.coorganizer, include="user,role", page_size="0")
        assert response.status_code == 200
        assert response.json["meta"]["count"] == len(response.json["data"]) == len(ROLES)
        included = {(row["type"], row["id"]): row["attributes"] for row in response.json["included"]}
        for row in response.json["data"]:
            links = {link: row["relationships"][link]["data"] for link in ("user", "role")}
            person, work = (included[link["type"], link["id"]] for link in links.values())
            assert person["first-name"] == work["name"]
            assert person["email"] == world.people[work["name"]].email  # all that the web app shows of a member


def test_a_role_is_given_and_works_at_once(api: Api, world: World):
    guests = f"/v1/events/{world.event.id}/attendees"
    assert api.get(guests, world.stranger).status_code == 403
    response = give(api, world, world.staff, "registrar")
    assert response.status_code == 201
    shown = response.json["data"]
    assert shown["type"] == "users-events-roles"
    assert response.headers["Location"].endswith(f"{URL}/{shown['id']}")
    assert api.get(guests, world.stranger).status_code == 200
    assert api.delete(f"{URL}/{shown['id']}", world.organizer).status_code == 200
    assert api.get(guests, world.stranger).status_code == 403


@pytest.mark.parametrize("name", ["registrar", "organizer"])
def test_organizers_give_no_roles_to_who_was_not_asked(api: Api, world: World, name: str):
    """Else anybody's address could be read by giving him one: they invite."""
    for caller in (world.organizer, world.owner):
        refused = give(api, world, caller, name)
        assert (refused.status_code, error_codes(refused)) == (403, ["forbidden"])
    assert give(api, world, world.staff, name).status_code == 201


def test_only_the_owner_names_heads(api: Api, world: World):
    moderator = grant_of(world, "moderator")
    promoted = resource("users-events-roles", id_=moderator.id, role=role(world, "owner"))
    assert api.patch(f"{URL}/{moderator.id}", promoted, world.organizer).status_code == 403
    assert moderator.role.name == "moderator"
    assert api.patch(f"{URL}/{moderator.id}", promoted, world.owner).status_code == 200
    assert moderator.role.name == "owner"


def test_nobody_takes_the_owners_role(api: Api, world: World):
    owner = grant_of(world, "owner")
    demoted = resource("users-events-roles", id_=owner.id, role=role(world, "registrar"))
    for caller in (world.organizer, world.owner, world.staff):
        assert api.patch(f"{URL}/{owner.id}", demoted, caller).status_code == 403
        assert api.delete(f"{URL}/{owner.id}", caller).status_code == 403
    assert owner.role.name == "owner"


def test_a_patch_never_moves_a_role_to_another_event_or_person(api: Api, world: World):
    """The web app sends whole rows back, so these are ignored and not refused."""
    registrar, elsewhere = grant_of(world, "registrar"), make_event(world.session)
    moved = resource(
        "users-events-roles", id_=registrar.id, event=elsewhere, user=world.stranger, role=role(world, "moderator")
    )
    assert api.patch(f"{URL}/{registrar.id}", moved, world.organizer).status_code == 200
    assert (registrar.event_id, registrar.user_id) == (world.event.id, world.registrar.id)
    assert registrar.role.name == "moderator"


def test_a_row_sent_back_as_it_was_changes_nothing(api: Api, world: World):
    """Also when it names a head, whom an organizer could not have named."""
    for name in ("owner", "organizer", "registrar"):
        row = grant_of(world, name)
        same = resource("users-events-roles", id_=row.id, role=row.role)
        assert api.patch(f"{URL}/{row.id}", same, world.organizer).status_code == 200
        assert (
            api.patch(f"{URL}/{row.id}", resource("users-events-roles", id_=row.id), world.organizer).status_code == 200
        )
        assert row.role.name == name


def test_each_role_once(api: Api, world: World):
    assert give(api, world, world.staff, "registrar").status_code == 201
    again = give(api, world, world.staff, "registrar")
    assert (again.status_code, error_codes(again)) == (409, ["conflict"])
    assert again.json["errors"][0]["source"]["pointer"] == "/data/relationships/role/data"


@pytest.mark.parametrize("missing", ["event", "user", "role"])
def test_a_role_needs_event_person_and_kind(api: Api, world: World, missing: str):
    document = resource("users-events-roles", event=world.event, user=world.stranger, role=role(world, "registrar"))
    del document["data"]["relationships"][missing]
    response = api.post(URL, document, world.staff)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"]["pointer"] == f"/data/relationships/{missing}/data"


@pytest.mark.parametrize("unknown", ["event", "user", "role"])
def test_unknown_rows(api: Api, world: World, unknown: str):
    document = resource("users-events-roles", event=world.event, user=world.stranger, role=role(world, "registrar"))
    document["data"]["relationships"][unknown]["data"]["id"] = "999999"
    response = api.post(URL, document, world.staff)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert response.json["errors"][0]["source"]["pointer"] == f"/data/relationships/{unknown}/data"


def test_everybody_reads_his_own_role_and_organizers_all(api: Api, world: World):
    registrar = f"{URL}/{grant_of(world, 'registrar').id}"
    for name in ("registrar", "coorganizer", "organizer", "owner", "staff"):
        assert api.get(registrar, world.people[name]).status_code == 200
    for name in ("moderator", "track_organizer", "buyer", "stranger"):
        assert api.get(registrar, world.people[name]).status_code == 403
    assert api.get(registrar).status_code == 401


def test_the_events_of_a_user_are_those_he_has_a_role_at(api: Api, world: World):
    make_event(world.session)
    response = api.get(f"/v1/users/{world.registrar.id}/events", world.registrar, page_size="0")
    assert [row["id"] for row in response.json["data"]] == [str(world.event.id)]
    assert response.json["meta"]["count"] == 1
    assert api.get(f"/v1/users/{world.stranger.id}/events", world.stranger).json["data"] == []
