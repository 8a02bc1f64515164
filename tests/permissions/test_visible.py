"""The policy and its twin in SQL say the same of every row, to everybody."""

from itertools import product

import pytest
from sqlalchemy import or_, select

from app.api.jsonapi.parents import READ_AS_SEEN
from app.models import Event, Feedback, Order, Page, Role, Session, Setting, Speaker, User, UsersEventsRoles
from app.permissions import doors, visible
from app.permissions.actors import load_actor
from app.permissions.kinds import STAFF, kind_of, parameters
from app.permissions.predicates import DOOR, ORGANIZERS
from tests.permissions.town import ACTORS, READ, Town, is_alive


def seen(town: Town, actor, model, as_: str | None = None) -> set[int]:
    return set(town.session.scalars(select(model.id).where(visible.rows(actor, as_ or model))))


@pytest.mark.parametrize("name", ACTORS)
def test_policy_and_visible_agree_row_by_row(town: Town, name: str):
    actor = town.actors[name]
    for model in READ.keys() - {User}:
        assert seen(town, actor, model) == town.readable(actor, model), model.__name__


@pytest.mark.parametrize("name", ACTORS)
def test_at_each_event_the_shorter_condition_of_who_keeps_its_door_shows_the_same(town: Town, name: str):
    actor = town.actors[name]
    short = 0
    for event, model in product(town.rows(Event), doors.OF_THE_DOOR):
        kind = doors.kind_at(actor, event, model)
        short += kind == STAFF != kind_of(actor)
        shortly = select(model.id).where(visible.rows_of(kind, model), model.event_id == event.id)
        found = set(town.session.scalars(shortly, parameters(actor)))
        assert found == {row.id for row in town.rows(model) if row.event_id == event.id} & seen(town, actor, model)
    assert bool(short) == (bool(actor.events_as(DOOR)) and not actor.is_staff)


@pytest.mark.parametrize("name", ACTORS)
def test_who_keeps_doors_sees_there_what_he_sees_anyway_and_nothing_elsewhere(town: Town, name: str):
    actor = town.actors[name]
    own = actor.events_as(DOOR)
    for model in doors.OF_THE_DOOR:
        kind = doors.kind_among(actor, own, model)
        assert kind.is_at_door != actor.is_staff
        found = set(town.session.scalars(select(model.id).where(visible.rows_of(kind, model)), parameters(actor)))
        if not actor.is_staff:
            at_doors = {row.id for row in town.rows(model) if row.event_id in own}
            assert found == at_doors & seen(town, actor, model)


def test_every_model_with_documents_is_compared():
    assert READ.keys() | {"colleague", "member"} == visible.CONDITIONS.keys()


def test_what_is_read_one_by_one_as_lists_show_it_is_compared():
    """And accounts are not: organizers see more of them than they may read."""
    assert READ_AS_SEEN.items() <= READ.items()
    assert User not in READ_AS_SEEN


@pytest.mark.parametrize("name", ACTORS)
def test_of_accounts_organizers_see_buyers_and_colleagues_and_others_their_own(town: Town, name: str):
    """The one difference from the policy: these are shown with less; the full form needs `USER_READ`."""
    actor = town.actors[name]
    led = actor.events_as(ORGANIZERS)
    bought = User.id.in_(select(Order.user_id).where(Order.event_id.in_(led), Order.sold_by_id.is_(None)))
    works = User.id.in_(select(UsersEventsRoles.user_id).where(UsersEventsRoles.event_id.in_(led)))
    known = or_(
        works,
        User.id.in_(select(Order.sold_by_id).where(Order.event_id.in_(led))),
        User.id.in_(select(Session.creator_id).where(Session.event_id.in_(led))),
        User.id.in_(select(Speaker.user_id).where(Speaker.event_id.in_(led))),
        User.id.in_(select(Feedback.user_id).where(Feedback.event_id.in_(led))),
    )
    buyers, members, colleagues = (
        {user.id for user in town.session.scalars(select(User).where(which)) if is_alive(user)}
        for which in (bought, works, known)
    )
    assert bool(members) == bool(colleagues) == (name in {*ORGANIZERS, "foreign_coorganizer"})
    assert seen(town, actor, User) == town.readable(actor, User) | buyers
    assert seen(town, actor, User, as_="colleague") == town.readable(actor, User) | colleagues
    assert seen(town, actor, User, as_="member") == town.readable(actor, User) | members


def test_the_town_tells_actors_apart(town: Town):
    """What everybody or nobody sees would prove nothing."""
    for model in READ.keys() - {Role, Page, Setting, *visible.CATALOGUES}:
        total = len(town.rows(model))
        numbers = {name: len(seen(town, actor, model)) for name, actor in town.actors.items()}
        assert numbers["anonymous"] < numbers["staff"] <= total, model.__name__
        assert len(set(numbers.values())) > 2, model.__name__


@pytest.mark.parametrize("name", ["deleted", "blocked"])
def test_who_is_deleted_or_blocked_is_nobody(town: Town, name: str):
    assert load_actor(town.people[name].id) is None


def test_an_event_that_is_deleted_is_nobodys(town: Town):
    for actor in town.actors.values():
        assert town.deleted.id not in seen(town, actor, Event)
