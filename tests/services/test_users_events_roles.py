"""Roles at an event: who may be given which, changed and taken away."""

import pytest
from sqlalchemy import select

from app.clock import utcnow
from app.errors import Conflict, Forbidden, NotFound
from app.models import UsersEventsRoles
from app.models.users_events_roles import COORGANIZER, MODERATOR, ORGANIZER, OWNER, REGISTRAR, ROLES, TRACK_ORGANIZER
from app.services import users_events_roles
from tests.factories import World, make_user

ROLE_IDS = {name: role_id for name, (role_id, _) in ROLES.items()}
HEADS = (OWNER, ORGANIZER)
OTHERS = (COORGANIZER, TRACK_ORGANIZER, MODERATOR, REGISTRAR)


def give(world: World, user, role_name: str, *, may_name_heads: bool = False) -> UsersEventsRoles:
    return users_events_roles.create(
        event_id=world.event.id, user_id=user.id, role_id=ROLE_IDS[role_name], may_name_heads=may_name_heads
    )


def held(world: World, user) -> list[str]:
    grants = select(UsersEventsRoles).filter_by(user_id=user.id, event_id=world.event.id).order_by(UsersEventsRoles.id)
    return [grant.role.name for grant in world.session.scalars(grants)]


def granted(world: World, name: str) -> UsersEventsRoles:
    return world.session.scalars(select(UsersEventsRoles).filter_by(user_id=world.people[name].id)).one()


@pytest.mark.parametrize("role_name", OTHERS)
def test_a_role_is_given(world: World, role_name: str):
    grant = give(world, world.stranger, role_name)
    assert (grant.user_id, grant.event_id) == (world.stranger.id, world.event.id)
    assert held(world, world.stranger) == [role_name]


@pytest.mark.parametrize("role_name", HEADS)
def test_heads_are_named_by_whom_it_is_allowed(world: World, role_name: str):
    with pytest.raises(Forbidden) as refused:
        give(world, world.stranger, role_name)
    assert refused.value.pointer == "/data/relationships/role/data"
    assert held(world, world.stranger) == []
    give(world, world.stranger, role_name, may_name_heads=True)
    assert held(world, world.stranger) == [role_name]


def test_one_person_may_have_several_roles_but_each_once(world: World):
    give(world, world.moderator, REGISTRAR)
    assert held(world, world.moderator) == [MODERATOR, REGISTRAR]
    with pytest.raises(Conflict):
        give(world, world.moderator, REGISTRAR)


def test_unknown_roles_and_people(world: World):
    for user_id, role_id, pointer in (
        (world.stranger.id, 999, "/data/relationships/role/data"),
        (999_999, ROLE_IDS[REGISTRAR], "/data/relationships/user/data"),
        (make_user(world.session, deleted_at=utcnow()).id, ROLE_IDS[REGISTRAR], "/data/relationships/user/data"),
    ):
        with pytest.raises(NotFound) as refused:
            users_events_roles.create(event_id=world.event.id, user_id=user_id, role_id=role_id, may_name_heads=True)
        assert refused.value.pointer == pointer


def test_a_change_of_role(world: World):
    registrar = granted(world, "registrar")
    users_events_roles.update(registrar, ROLE_IDS[MODERATOR], may_name_heads=False)
    with pytest.raises(Forbidden):
        users_events_roles.update(registrar, ROLE_IDS[OWNER], may_name_heads=False)
    with pytest.raises(NotFound):
        users_events_roles.update(registrar, 999, may_name_heads=True)
    give(world, world.registrar, COORGANIZER)
    with pytest.raises(Conflict):
        users_events_roles.update(registrar, ROLE_IDS[COORGANIZER], may_name_heads=False)


def test_the_same_role_again_is_no_change(world: World):
    for name in ("registrar", "organizer", "owner"):
        users_events_roles.update(granted(world, name), ROLE_IDS[name], may_name_heads=False)


@pytest.mark.parametrize("may_name_heads", [True, False])
def test_the_owner_stays(world: World, may_name_heads: bool):
    owner = granted(world, "owner")
    with pytest.raises(Forbidden, match="change the role of the owner"):
        users_events_roles.update(owner, ROLE_IDS[REGISTRAR], may_name_heads=may_name_heads)
    with pytest.raises(Forbidden, match="remove the owner"):
        users_events_roles.delete(owner)
    assert held(world, world.owner) == [OWNER]


@pytest.mark.parametrize("name", [ORGANIZER, *OTHERS])
def test_a_role_is_taken_away(world: World, name: str):
    users_events_roles.delete(granted(world, name))
    assert held(world, world.people[name]) == []
