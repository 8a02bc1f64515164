"""Offering a role, and taking the offer."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import utcnow
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Mail, RoleInvite, User, UsersEventsRoles
from app.models.role_invites import ACCEPTED, DECLINED, PENDING
from app.models.users_events_roles import HEADS, MODERATOR, ORGANIZER, OWNER, REGISTRAR, ROLES
from app.services import invite_tokens, mails, role_invites, users_events_roles
from tests.factories import World, grant, make_event, make_invite, make_user

WEB, PAGE = "https://events.example", "/role-invites?token="


def invite(world: World, email: str = "new@example.org", *, may_name_heads: bool = False, **data: Any) -> RoleInvite:
    facts = {"event_id": world.event.id, "email": email} | (data or {"role_name": MODERATOR})
    return role_invites.create(world.event, facts, may_name_heads=may_name_heads)


def letters(world: World) -> list[Mail]:
    return list(world.session.scalars(select(Mail).order_by(Mail.id)))


def delivered() -> str:
    """The token of the next letter, which leaves now; empty when there is none."""
    letter = mails.take(after=0, everything=False, frontend_url=WEB, key="")
    if letter is None:
        return ""
    mails.sent(letter)
    [link] = [line for line in letter.text.splitlines() if line.startswith(WEB)]
    return link.removeprefix(WEB + PAGE)


def held(world: World, user: User) -> list[str]:
    grants = select(UsersEventsRoles).filter_by(user_id=user.id, event_id=world.event.id).order_by(UsersEventsRoles.id)
    return [row.role.name for row in world.session.scalars(grants)]


def test_an_invite_is_a_letter(world: World):
    made = invite(world, role_name=REGISTRAR)
    assert (made.email, made.role_name, made.status) == ("new@example.org", REGISTRAR, PENDING)
    [letter] = letters(world)
    assert letter.recipient == made.email
    assert world.event.name in letter.subject
    assert "Registrar" in letter.text
    assert "token" not in f"{letter.page} {letter.text}", "no queue holds one"
    assert (made.token_hash, made.sent_at) == (None, None)
    token = delivered()
    assert made.token_hash
    assert token not in made.token_hash
    assert role_invites.invited_address(token) == made.email


def test_the_role_is_said_by_name_or_by_id(world: World):
    role_id, _ = ROLES[REGISTRAR]
    assert invite(world, "a@example.org", role_name=REGISTRAR).role_id == role_id
    assert invite(world, "b@example.org", role_id=role_id).role_name == REGISTRAR
    assert invite(world, "c@example.org", role_id=role_id, role_name=REGISTRAR).role_id == role_id
    for facts, kind, pointer in (
        ({"role_id": role_id, "role_name": MODERATOR}, Invalid, "/data/attributes/role-name"),
        ({"role_id": None}, Invalid, "/data/relationships/role/data"),
        ({"role_id": 99}, NotFound, "/data/relationships/role/data"),
    ):
        with pytest.raises(kind) as refused:
            invite(world, "d@example.org", **facts)
        assert refused.value.pointer == pointer


@pytest.mark.parametrize("role_name", HEADS)
def test_only_who_may_name_heads_invites_them(world: World, role_name: str):
    with pytest.raises(Forbidden, match="Only the owner"):
        invite(world, role_name=role_name)
    made = invite(world, role_name=role_name, may_name_heads=True)
    with pytest.raises(Forbidden, match="Only the owner"):
        role_invites.resend(made, may_name_heads=False)


def test_nobody_is_invited_twice(world: World):
    invite(world)
    with pytest.raises(Conflict, match="invited to this role already"):
        invite(world, "NEW@example.org")
    invite(world, role_name=REGISTRAR)
    with pytest.raises(Conflict, match="is Moderator of this event already"):
        invite(world, world.moderator.email.upper())
    role_invites.create(
        make_event(world.session), {"email": world.moderator.email, "role_name": MODERATOR}, may_name_heads=False
    )


def test_of_invites_to_own_the_newest_counts(world: World):
    first = invite(world, "a@example.org", role_name=OWNER, may_name_heads=True)
    other = invite(world, "a@example.org", role_name=REGISTRAR)
    second = invite(world, "b@example.org", role_name=OWNER, may_name_heads=True)
    assert first.id not in {row.id for row in world.event.role_invites}
    assert {row.id for row in world.event.role_invites} == {other.id, second.id}


def test_an_invite_is_accepted_once(world: World):
    newcomer = make_user(world.session, email="New@example.org")
    made = invite(world)
    token = delivered()
    accepted, user = role_invites.accept(token, user_id=newcomer.id)
    assert (accepted, user) == (made, newcomer)
    assert (made.status, newcomer.is_verified, held(world, newcomer)) == (ACCEPTED, True, [MODERATOR])
    with pytest.raises(Conflict, match="accepted already"):
        role_invites.accept(token, user_id=newcomer.id)


def test_an_invite_is_its_addressees(world: World):
    make_invite(world.session, world.event, token="x", email=world.buyer.email)
    with pytest.raises(Forbidden, match=world.buyer.email):
        role_invites.accept("x", user_id=world.stranger.id)
    assert held(world, world.stranger) == []


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_token_that_nobody_knows(world: World, token: str):
    with pytest.raises(NotFound):
        role_invites.accept(token, user_id=world.buyer.id)
    with pytest.raises(NotFound):
        role_invites.invited_address(token)


def test_an_invite_to_an_event_that_is_gone(world: World):
    make_invite(world.session, world.event, token="x", email=world.buyer.email)
    world.event.deleted_at = utcnow()
    with pytest.raises(NotFound):
        role_invites.accept("x", user_id=world.buyer.id)


@pytest.mark.parametrize(("hours", "is_over"), [(23.9, False), (24.1, True)])
def test_an_invite_expires(world: World, hours: float, is_over: bool):
    sent_at = utcnow() - timedelta(hours=hours)
    make_invite(world.session, world.event, token="x", email=world.buyer.email, sent_at=sent_at)
    if is_over:
        with pytest.raises(Conflict, match="expired"):
            role_invites.accept("x", user_id=world.buyer.id)
    else:
        role_invites.accept("x", user_id=world.buyer.id)
    assert held(world, world.buyer) == ([] if is_over else [MODERATOR])


@pytest.mark.parametrize("status", [ACCEPTED, DECLINED])
def test_what_is_not_pending_is_neither_accepted_nor_sent_again(world: World, status: str):
    made = make_invite(world.session, world.event, token="x", email=world.buyer.email, status=status)
    with pytest.raises(Conflict, match=f"{status} already"):
        role_invites.accept("x", user_id=world.buyer.id)
    with pytest.raises(Conflict, match=f"{status} already"):
        role_invites.resend(made, may_name_heads=True)
    assert letters(world) == []


def test_sent_again_it_has_another_token_and_time(world: World):
    made = make_invite(
        world.session, world.event, token="x", email=world.buyer.email, sent_at=utcnow() - timedelta(hours=25)
    )
    role_invites.resend(made, may_name_heads=False)
    with pytest.raises(NotFound, match="newer one"):
        role_invites.accept("x", user_id=world.buyer.id)
    with pytest.raises(Conflict, match="a few minutes ago"):
        role_invites.resend(made, may_name_heads=False)
    role_invites.accept(delivered(), user_id=world.buyer.id)
    assert held(world, world.buyer) == [MODERATOR]
    assert delivered() == ""


def test_time_begins_when_the_letter_leaves(world: World, monkeypatch: pytest.MonkeyPatch):
    newcomer = make_user(world.session, email="new@example.org")
    invite(world)
    now = utcnow() + timedelta(days=3)  # the mail server was away
    for module in (mails, invite_tokens, role_invites):
        monkeypatch.setattr(module, "utcnow", lambda: now)
    token = delivered()
    now += timedelta(hours=23)
    assert role_invites.accept(token, user_id=newcomer.id)[0].status == ACCEPTED


def test_what_cannot_be_accepted_any_more_is_not_sent(world: World):
    taken_back, used = invite(world, "a@example.org"), invite(world, "b@example.org")
    role_invites.delete(taken_back)
    used.status = ACCEPTED
    invite(world, "c@example.org")
    world.event.deleted_at = utcnow()
    assert delivered() == ""
    assert letters(world) == []


def test_an_event_is_named_in_one_short_line(world: World):
    world.event.name = "Your account is locked.\n\nOpen https://evil.example\n" * 100
    invite(world)
    [letter] = letters(world)
    assert len(letter.subject) < 130
    assert len(letter.text) < 250
    assert "\n" not in letter.text


def test_taking_back_and_inviting_fills_no_mailbox(world: World):
    made = invite(world)
    invite(world, role_name=REGISTRAR)
    role_invites.delete(made)
    with pytest.raises(Conflict, match="a few minutes ago"):
        invite(world)


def test_who_has_the_role_by_now_has_it_once(world: World):
    make_invite(world.session, world.event, token="x", email=world.moderator.email)
    accepted, _ = role_invites.accept("x", user_id=world.moderator.id)
    assert (accepted.status, held(world, world.moderator)) == (ACCEPTED, [MODERATOR])


def test_who_takes_over_is_the_only_owner(world: World):
    grant(world.session, world.organizer, world.event, OWNER)
    make_invite(world.session, world.event, OWNER, token="x", email=world.stranger.email)
    role_invites.accept("x", user_id=world.stranger.id)
    assert held(world, world.stranger) == [OWNER]
    assert held(world, world.owner) == held(world, world.organizer) == [ORGANIZER]


def test_an_invite_is_taken_back_until_it_is_accepted(world: World):
    role_invites.delete(invite(world))
    assert world.event.role_invites == []
    made = make_invite(world.session, world.event, status=ACCEPTED)
    with pytest.raises(Conflict, match="cannot delete an accepted"):
        role_invites.delete(made)


def test_a_role_that_is_taken_away_takes_its_invite_along(world: World):
    accepted = {"email": world.moderator.email.upper(), "status": ACCEPTED}
    make_invite(world.session, world.event, **accepted)
    kept = make_invite(world.session, world.event, REGISTRAR, **accepted)
    given = world.session.scalars(select(UsersEventsRoles).filter_by(user_id=world.moderator.id)).one()
    users_events_roles.delete(given)
    assert list(world.session.scalars(select(RoleInvite))) == [kept]
    invite(world, world.moderator.email)
