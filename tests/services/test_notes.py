"""Notes: parts are added, none is lost, none stands twice."""

import pytest

from app.services.notes import appended


@pytest.mark.parametrize(
    ("stored", "sent", "kept"),
    [
        (None, None, None),
        (None, "", None),
        (None, "late", "late"),
        ("late", None, "late"),
        ("late", "late", "late"),
        ("late", "late,VIP", "late,VIP"),
        ("late", "VIP", "late,VIP"),
        ("late arrival", "late", "late arrival,late"),
        ("late, VIP", " VIP , late,", "late, VIP"),
        (None, "a,a", "a"),
    ],
)
def test_only_new_parts_are_added(stored: str | None, sent: str | None, kept: str | None):
    assert appended(stored, sent) == kept
