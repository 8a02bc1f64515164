"""Whose an e-mail address is."""

from typing import Any

import pytest

from app.clock import utcnow
from app.services.addresses import by_email, is_address
from tests.factories import make_user


def test_by_email(session: Any):
    ada = make_user(session, email="Ada@example.org")
    blocked = make_user(session, email="blocked@example.org", is_blocked=True)
    make_user(session, email="gone@example.org", deleted_at=utcnow())
    assert by_email(" ada@EXAMPLE.org ") is ada
    assert by_email("blocked@example.org") is blocked
    for nobodys in ("gone@example.org", "%@example.org", "", "a_a@example.org"):
        assert by_email(nobodys) is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("ada@example.org", True),
        ("ada", False),
        ("", False),
        ("@", False),
        ("a b@c.org", False),
        ("a@b\n", False),
    ],
)
def test_is_address(text: str, is_one: bool):
    assert is_address(text) is is_one
