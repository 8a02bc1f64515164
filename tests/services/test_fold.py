"""A guest's story, told by his scans: what counts, what must have happened in between, and where he is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.movements import AUTOMATIC, DESK, IN, OUT
from app.services import fold
from app.services.closing import Days
from app.services.fold import Concluded

DOORS_OPEN = datetime(2026, 11, 21, 18, tzinfo=UTC)
DAYS = Days(datetime(2100, 1, 1, tzinfo=UTC), "Europe/Berlin")
HALL, BAR = 7, 8


@dataclass(frozen=True)
class Seen:
    """A scan, some minutes after the doors have opened."""

    direction: str
    minutes: int
    microlocation_id: int | None = None
    source: str = DESK

    @property
    def occurred_at(self) -> datetime:
        return at(self.minutes)


def at(minutes: int) -> datetime:
    return DOORS_OPEN + timedelta(minutes=minutes)


def told(*scans: Seen, days: Days = DAYS) -> list[str | tuple[str, int | None, str]]:
    """The story in short: ``in``, ``out``, why a scan does not count, and what was concluded as (direction, room,
    why)."""
    found: list[str | tuple[str, int | None, str]] = []
    for scan, (_, reading) in zip(scans, fold.story(scans, days), strict=True):
        found += [(each.direction, each.microlocation_id, each.reason) for each in reading.before]
        found.append(reading.reason or scan.direction)
    return found


def test_in_and_out_and_in_again():
    assert told(Seen(IN, 0), Seen(OUT, 10), Seen(IN, 20)) == [IN, OUT, IN]


def test_who_is_inside_does_not_enter_again_on_the_same_day():
    assert told(Seen(IN, 0), Seen(IN, 10), Seen(OUT, 20), Seen(OUT, 30)) == [IN, "already-inside", OUT, "not-inside"]


def test_who_never_came_in_and_leaves_came_in():
    assert told(Seen(OUT, 0)) == [(IN, None, "exit-without-entry"), OUT]


def test_who_enters_on_another_day_has_left_at_the_end_of_his_own():
    [(_, first), (_, second)] = fold.story([Seen(IN, 0), Seen(IN, 24 * 60)], DAYS)
    midnight = datetime(2026, 11, 21, 22, 59, 59, 999999, tzinfo=UTC)  # in Berlin
    assert first.before == ()
    assert second.before == (Concluded(OUT, midnight, None, "forgotten-exit"),)


def test_who_stays_overnight_leaves_when_he_is_seen_leaving():
    assert told(Seen(IN, 0), Seen(OUT, 24 * 60)) == [IN, OUT]


def test_a_room_is_reached_through_the_venue():
    assert told(Seen(IN, 0, HALL), Seen(IN, 5)) == [(IN, None, "room-entry"), IN, "already-inside"]


def test_who_enters_a_room_has_left_the_other():
    story = told(Seen(IN, 0), Seen(IN, 5, HALL), Seen(IN, 9, BAR), Seen(OUT, 12, HALL), Seen(OUT, 15, BAR))
    assert story == [IN, IN, (OUT, HALL, "other-room"), IN, "not-inside", OUT]


def test_who_leaves_the_venue_has_left_the_room():
    assert told(Seen(IN, 0, HALL), Seen(OUT, 5))[-2:] == [(OUT, HALL, "left-venue"), OUT]
    assert told(Seen(IN, 0, HALL), Seen(IN, 24 * 60))[2:4] == [
        (OUT, HALL, "forgotten-exit"),
        (OUT, None, "forgotten-exit"),
    ]


def test_what_was_concluded_happened_at_the_moment_of_the_scan_that_says_so():
    [_, (_, reading)] = fold.story([Seen(IN, 0, HALL), Seen(IN, 9, BAR)], DAYS)
    assert [each.occurred_at for each in reading.before] == [at(9)]


def closed(minutes: int) -> Seen:
    """An automatic check-out."""
    return Seen(OUT, minutes, source=AUTOMATIC)


def test_closing_time_takes_a_guest_out_of_his_room_too():
    assert told(Seen(IN, 0), Seen(IN, 5, HALL), closed(60)) == [IN, IN, (OUT, HALL, "left-venue"), OUT]
    assert told(Seen(IN, 0), closed(60), Seen(IN, 70)) == [IN, OUT, IN]


def test_who_has_left_or_never_came_is_not_checked_out():
    assert told(Seen(IN, 0), Seen(OUT, 50), closed(60)) == [IN, OUT, "needless"]
    assert told(closed(60), Seen(IN, 70)) == ["needless", IN]
    assert told(closed(60), Seen(OUT, 70)) == ["needless", (IN, None, "exit-without-entry"), OUT]


@pytest.mark.parametrize("again", [(), (closed(61),)])
def test_who_is_seen_leaving_after_closing_time_left_then(again: tuple[Seen, ...]):
    needless = ["needless"] * len(again)
    assert told(Seen(IN, 0), closed(60), *again, Seen(OUT, 70)) == [IN, "needless", *needless, OUT]
    assert told(Seen(IN, 0), closed(60), *again, Seen(OUT, 70), Seen(OUT, 80))[-2:] == [OUT, "not-inside"]
    in_hall = (Seen(IN, 0), Seen(IN, 5, HALL), closed(60), *again)
    assert told(*in_hall, Seen(OUT, 70, HALL)) == [IN, IN, "needless", *needless, OUT]
    assert told(*in_hall, Seen(OUT, 70))[2:] == ["needless", *needless, (OUT, HALL, "left-venue"), OUT]
    assert told(*in_hall, Seen(OUT, 70, BAR))[-1] == "not-inside"
    assert told(Seen(IN, 0), closed(60), *again, Seen(IN, 65), Seen(OUT, 70)) == [IN, OUT, *needless, IN, OUT]


def test_a_live_scan_after_closing_time_is_let_through():
    where, _ = fold.read(fold.Where(seen=at(0), is_inside=True), closed(60), DAYS)
    assert not where.is_inside
    after, reading = fold.read(where, Seen(OUT, 70), DAYS)
    assert (reading.reason, reading.outlasts, after) == (None, True, fold.Where(seen=at(70)))


SCANNED = st.builds(Seen, st.sampled_from([IN, OUT]), st.integers(0, 5000), st.sampled_from([None, HALL, BAR]))
SCANS = st.lists(SCANNED | st.builds(closed, st.integers(0, 5000)), max_size=40)


@given(SCANS)
def test_whoever_is_seen_leaving_is_believed_with_and_without_automatic_check_outs(scans: list[Seen]):
    def believed(seen: list[Seen]) -> set[int]:
        story = zip(seen, fold.story(seen, DAYS), strict=True)
        exits = [(scan, reading) for scan, (_, reading) in story if scan.direction == OUT and not scan.microlocation_id]
        return {scan.minutes for scan, reading in exits if scan.source != AUTOMATIC and reading.reason is None}

    ordered = sorted(scans, key=lambda scan: scan.minutes)
    assert believed([scan for scan in ordered if scan.source != AUTOMATIC]) <= believed(ordered)


@given(SCANS)
def test_whatever_is_scanned_the_numbers_add_up(scans: list[Seen]):
    """Nobody is in twice, in two rooms, in a room and not in the venue; and everything concluded is in its place."""
    ordered = sorted(scans, key=lambda scan: scan.minutes)
    inside: set[int | None] = set()
    last = DOORS_OPEN
    for scan, (_, reading) in zip(ordered, fold.story(ordered, DAYS), strict=True):
        counted = [*reading.before, *([] if reading.reason else [scan])]
        for movement in counted:
            assert movement.occurred_at >= last
            last = movement.occurred_at
            if movement.direction == IN:
                assert movement.microlocation_id not in inside
                inside.add(movement.microlocation_id)
            else:
                inside.remove(movement.microlocation_id)
        assert len(inside) <= 2
        assert not inside or None in inside


@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_scan_that_counts_leaves_the_guest_where_it_says(direction: str):
    where, reading = fold.read(fold.Where(), Seen(direction, 0, HALL), DAYS)
    if direction == IN:
        assert where == fold.Where(seen=at(0), is_inside=True, room=HALL)
    else:
        assert (where, reading.reason) == (fold.Where(), "not-inside")


def test_midnight_in_the_middle_of_a_party_is_no_other_day():
    """The doors open at seven in the evening, and the party ends at four."""
    until_four = Days(at(9 * 60), "Europe/Berlin")
    night = [Seen(IN, 4 * 60), Seen(IN, 6 * 60), Seen(IN, 7 * 60, HALL), Seen(OUT, 8 * 60)]
    assert told(*night, days=until_four) == [
        IN, "already-inside", IN, (OUT, HALL, "left-venue"), OUT,
    ]  # fmt: skip
    assert told(*night[:2]) == [IN, (OUT, None, "forgotten-exit"), IN], "in the midst of a longer event it is"
