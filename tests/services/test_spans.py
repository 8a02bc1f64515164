"""From when to when something is."""

from datetime import timedelta

import pytest

from app.clock import TICK, utcnow
from app.errors import Invalid
from app.services import spans

NOW = utcnow()


def test_an_end_after_the_start():
    spans.require_order(NOW, NOW + TICK)


@pytest.mark.parametrize("earlier", [timedelta(0), TICK])
def test_an_end_that_is_not_after_the_start(earlier: timedelta):
    with pytest.raises(Invalid, match="ends-at should be after starts-at") as refusal:
        spans.require_order(NOW, NOW - earlier)
    assert refusal.value.pointer == "/data/attributes/ends-at"
