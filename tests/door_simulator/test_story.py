"""The simulator's own story of who is inside is the server's, told by somebody else."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.door_simulator import story
from app.door_simulator.plan import IN, OUT
from app.door_simulator.story import Fact
from app.models import Movement
from app.services import contradictions, fold
from app.services.closing import Days

DOORS_OPEN = datetime(2026, 11, 21, 18, tzinfo=UTC)
DAYS = Days(DOORS_OPEN + timedelta(hours=9), "UTC")
SCANS = st.lists(
    st.tuples(st.sampled_from([IN, OUT]), st.sampled_from([None, None, 0, 1]), st.integers(1, 2), st.integers(1, 12)),
    max_size=12,
)


def facts(scans: list[tuple[str, int | None, int, int]]) -> list[Fact]:
    """A guest's scans, each so many seconds after the one before."""
    found, at = list[Fact](), DOORS_OPEN
    for number, (direction, room, gate, seconds) in enumerate(scans):
        at += timedelta(seconds=seconds)
        found.append(Fact(str(number), f"{number:03}", 7, direction, room, f"Gate {gate}", f"Phone {gate}", at, at))
    return found


def row(fact: Fact) -> Movement:
    return Movement(
        direction=fact.direction, microlocation_id=fact.room, occurred_at=fact.at, device=fact.device, source="desk"
    )


@settings(max_examples=50)
@given(SCANS)
def test_it_is_the_servers(scans: list[tuple[str, int | None, int, int]]):
    seen = facts(scans)
    rows = [row(fact) for fact in seen]
    passed, conflicts, taps = Counter[story.Way](), 0, 0
    read = fold.story(rows, DAYS)
    where = read[-1][0] if read else fold.Where()
    for place, (_, reading) in enumerate(read):
        for concluded in reading.before:
            passed[concluded.microlocation_id, None, concluded.direction] += 1
        if reading.reason is None:
            passed[seen[place].room, seen[place].gate, seen[place].direction] += 1
        elif place and contradictions.is_second_tap(rows[place - 1], rows[place]):
            taps += 1
        else:
            conflicts += 1
    told = story.tell(reversed(seen))
    assert told.passed == passed
    assert (told.conflicts, told.second_taps) == (conflicts, taps)
    assert told.inside == ({7} if where.is_inside else set())
    for direction in (IN, OUT):
        for room in (None, 0, 1):
            later = Movement(direction=direction, microlocation_id=room, occurred_at=DOORS_OPEN + timedelta(hours=1))
            later.source = "desk"
            assert story.refusal(seen, direction, room) == fold.read(where, later, DAYS)[1].reason


def test_passages_of_a_place():
    told = story.tell(facts([(IN, None, 1, 1), (IN, 0, 1, 1), (OUT, None, 2, 1)]))
    assert told.passages(lambda way: way[0] is None) == (1, 1)
    assert told.passages(lambda way: way[0] == 0) == (1, 1)
    assert told.passages(lambda way: way[:2] == (None, "Gate 2")) == (0, 1)
    assert told.concluded == 1


def test_who_left_before_he_came_by_the_clocks():
    came, left = facts([(IN, None, 1, 1), (OUT, None, 2, 1)])
    late = Fact(**vars(came) | {"at": left.at + timedelta(seconds=3)})
    assert story.tell([came, left]).inside == set()
    assert story.tell([late, left]).inside == {7}
    assert story.tell([late, left], story.made).inside == set()
    assert story.changed_places([came, left]) == set()
    assert story.changed_places([late, left]) == {7}
