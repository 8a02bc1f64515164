"""What who stands at the door is told: every word has its sentence, in the event's own time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models import Movement
from app.models.movements import REFUSED
from app.services import refusals
from tests.factories import World
from tests.programme import make_microlocation, make_movement

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _an_hour_east(world: World):
    world.event.timezone = "Africa/Lagos"


def refused(world: World, reason: str, **facts: Any) -> Movement:
    """A scan at noon that was refused."""
    return seen(world, 0, verdict=REFUSED, told=REFUSED, reason=reason, told_reason=reason, **facts)


def seen(world: World, minutes: int, **facts: Any) -> Movement:
    """What was seen so many minutes after noon."""
    return make_movement(world.session, world.attendee, occurred_at=NOON + timedelta(minutes=minutes), **facts)


@pytest.mark.parametrize("reason", [*refusals.WORDS, "a word of another release"])
def test_every_word_has_its_sentence(world: World, reason: str):
    told = refusals.of(world.event, refused(world, reason), pointer="/data")
    assert told.detail.endswith(".")
    assert "{" not in told.detail
    assert told.meta == {"reason": reason}
    assert told.pointer == ("/data/relationships/microlocation/data" if reason == "unknown-room" else "/data")


def test_what_is_contradicted_counted_last_at_the_same_door_before_it(world: World):
    hall = make_microlocation(world.session, world.event, name="Hall")
    seen(world, -30, gate="South")
    entry = seen(world, -20, gate="North", recorded_by_id=world.registrar.id)
    seen(world, -10, microlocation_id=hall.id)
    seen(world, -5, direction="out", verdict="undone")
    seen(world, 5, direction="out")
    told = refusals.of(world.event, refused(world, "already-inside"), pointer="/data")
    assert told.meta == {"reason": "already-inside", "movement-id": str(entry.id)}
    by = f"at North by {world.registrar.display_name}"
    assert told.detail.startswith(f"This ticket is inside already: scanned in on 21 November at 12:40 {by}. ")


def test_what_does_not_fit_is_not_said(world: World):
    """A correction may have turned round what stood there."""
    seen(world, -20, direction="out")
    told = refusals.of(world.event, refused(world, "already-inside"), pointer="/data")
    assert told.meta == {"reason": "already-inside"}
    assert told.detail.startswith("This ticket is inside already. ")


def test_of_two_at_one_time_the_one_that_fits(world: World):
    out = seen(world, -20, direction="out")
    seen(world, -20, is_inferred=True, reason="exit-without-entry")
    told = refusals.of(world.event, refused(world, "not-inside"), pointer="/data")
    assert told.meta == {"reason": "not-inside", "movement-id": str(out.id)}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"source": "automatic", "reason": "forgotten-exit"}, "checked out at closing time on 21 November at 12:40"),
        ({"is_inferred": True, "reason": "left-venue"}, "left the venue on 21 November at 12:40"),
        ({"is_inferred": True, "reason": "other-room"}, "went into another room on 21 November at 12:40"),
        ({"device": "P8"}, "scanned out on 21 November at 12:40 at P8"),
    ],
)
def test_how_the_guest_left_the_room(world: World, facts: dict[str, Any], words: str):
    hall = make_microlocation(world.session, world.event, name="Hall {1}")
    seen(world, -20, direction="out", microlocation_id=hall.id, **facts)
    told = refusals.of(world.event, refused(world, "not-inside", microlocation_id=hall.id), pointer="/data")
    assert told.detail.startswith(f"This guest is not inside Hall {{1}}: {words}. ")


def test_when_the_event_is(world: World):
    world.event.starts_at, world.event.ends_at = NOON, NOON + timedelta(hours=30)
    told = refusals.of(world.event, refused(world, "outside-hours"), pointer="/data")
    assert told.detail.startswith("The event is from 21 November 2026 at 13:00 to 22 November 2026 at 19:00. ")
