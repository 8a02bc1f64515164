"""Tokens of role invites: made when a letter leaves, for invites that can still be accepted."""

from typing import Any

import pytest

from app.clock import utcnow
from app.models.role_invites import ACCEPTED, DECLINED
from app.services import hashes, invite_tokens
from tests.factories import World, make_invite


def test_a_token_is_known_by_its_hash_only(world: World):
    invite = make_invite(world.session, world.event, token_hash=None, sent_at=None)
    first, second = (invite_tokens.issue(invite.id) for _ in range(2))
    assert first
    assert second
    assert first != second
    assert invite.token_hash == hashes.of_secret(second)
    assert second not in invite.token_hash
    assert invite.sent_at is not None
    assert utcnow() >= invite.sent_at


@pytest.mark.parametrize("facts", [{"status": ACCEPTED}, {"status": DECLINED}, None])
def test_no_token_for_what_cannot_be_accepted(world: World, facts: dict[str, Any] | None):
    invite = make_invite(world.session, world.event, token="x", **facts or {})
    if facts is None:
        world.event.deleted_at = utcnow()
    assert invite_tokens.issue(invite.id) is None
    assert invite.token_hash == hashes.of_secret("x")
    assert invite_tokens.issue(0) is None
