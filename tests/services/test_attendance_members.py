"""What a body says of a guest's coming and going."""

from datetime import datetime
from typing import Any

import pytest

from app.errors import Invalid
from app.models import TicketHolder
from app.services.attendance_members import Asked

HISTORY = {"checkin_times": None, "checkout_times": None}


@pytest.mark.parametrize("member", ["checkin_times", "checkout_times"])
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-21T10:00:00", "2026-13-01T10:00:00Z", "2026-11-21", "1700000000"]
)
def test_what_is_no_time_is_refused(member: str, text: str):
    with pytest.raises(Invalid) as refusal:
        Asked({"is_checked_in": True, member: text}, TicketHolder())
    assert refusal.value.pointer == f"/data/attributes/{member.replace('_', '-')}"
    assert "RFC 3339" in refusal.value.detail


def test_times_are_instants_of_any_offset():
    asked = Asked({"checkin_times": "2026-11-21T18:00:00+01:00, 2026-11-21T17:00:00Z,"}, TicketHolder())
    assert asked.ins == [datetime.fromisoformat("2026-11-21T17:00:00+00:00")] * 2
    assert asked.outs == []


@pytest.mark.parametrize(
    ("members", "inside", "left", "only_left"),
    [
        ({}, None, False, True),
        ({"is_checked_in": None, "is_checked_out": None}, None, False, False),
        ({"is_checked_out": True, "device_name_checkin": "Gate A"}, None, True, True),
        ({"is_checked_in": False, "is_checked_out": True}, False, True, False),
        ({"is_checked_in": True}, True, False, False),
    ],
)
def test_the_flags(members: dict[str, Any], inside: bool | None, left: bool, only_left: bool):
    asked = Asked(members, TicketHolder())
    assert (asked.inside, asked.left, asked.only_left) == (inside, left, only_left)


@pytest.mark.parametrize(
    ("stored", "members", "first", "second"),
    [
        (None, {}, None, None),
        (None, {"device_name_checkin": "Gate A, left"}, "Gate A  left", "Gate A  left"),
        ("Gate A", {"device_name_checkin": "Gate A"}, "Gate A", "Gate A"),
        ("Gate A", {"device_name_checkin": "Gate A", **HISTORY}, None, None),
        ("Gate A,-", {"device_name_checkin": "Gate A,-"}, None, None),
        ("Gate A,-", {"device_name_checkin": "Gate A,-,Gate B"}, "Gate B", None),
    ],
)
def test_the_device_of_a_new_time(stored: str | None, members: dict[str, Any], first: str | None, second: str | None):
    asked = Asked(members, TicketHolder(device_name_checkin=stored))
    assert (asked.device(0), asked.device(1)) == (first, second)
