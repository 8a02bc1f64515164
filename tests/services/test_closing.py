"""Closing times: the end of days and of the event, by the clocks of the place, whatever these do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import TICK, local_day
from app.services.closing import LATE_END, LINGERING, Days, Due, closings, due

BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"
ZONES = [BERLIN, LORD_HOWE, "UTC", "America/Havana", "Asia/Beirut", "Pacific/Apia", "America/St_Johns"]


def at(text: str, timezone: str = BERLIN) -> datetime:
    """A time on the clocks of a place."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))


def shown(moments: list[datetime], timezone: str = BERLIN) -> list[str]:
    """What clocks there show, to the minute."""
    return [(moment + TICK).astimezone(ZoneInfo(timezone)).strftime("%d. %H:%M") for moment in moments]


@pytest.mark.parametrize(
    ("starts", "ends", "closing_time", "expected"),
    [
        ("2026-11-21T10:00", "2026-11-21T18:00", None, ["21. 18:00"]),
        ("2026-11-21T20:00", "2026-11-22T02:00", None, ["22. 02:00"]),
        ("2026-11-21T20:00", "2026-11-22T11:59", None, ["22. 11:59"]),
        ("2026-11-21T20:00", "2026-11-22T12:00", None, ["22. 00:00", "22. 12:00"]),
        ("2026-11-20T10:00", "2026-11-22T18:00", None, ["21. 00:00", "22. 00:00", "22. 18:00"]),
        ("2026-11-20T10:00", "2026-11-22T18:00", "22:00", ["20. 22:00", "21. 22:00", "22. 22:00"]),
        ("2026-11-20T22:00", "2026-11-22T05:00", "06:00", ["21. 06:00", "22. 06:00"]),
        ("2026-11-20T20:00", "2026-11-21T23:30", "02:00", ["21. 02:00", "22. 02:00"]),
        ("2026-11-20T10:00", "2026-11-21T18:00", "18:00", ["20. 18:00", "21. 18:00"]),
        ("2026-11-20T18:00", "2026-11-21T02:00", "18:00", ["21. 18:00"]),
    ],
)
def test_when_an_event_closes(starts: str, ends: str, closing_time: str | None, expected: list[str]):
    assert shown(closings(at(starts), at(ends), BERLIN, closing_time)) == expected


@pytest.mark.parametrize(
    ("timezone", "day", "closing_time", "instant"),
    [
        (BERLIN, "2026-03-29", "02:30", "2026-03-29T01:30"),  # never shown: 03:30 instead
        (BERLIN, "2026-03-29", "03:00", "2026-03-29T01:00"),
        (BERLIN, "2026-10-25", "02:30", "2026-10-25T00:30"),  # shown twice: the first
        (BERLIN, "2026-10-25", "03:00", "2026-10-25T02:00"),
        (LORD_HOWE, "2026-10-04", "02:15", "2026-10-03T15:45"),  # never shown: 02:45 instead
        (LORD_HOWE, "2026-10-04", "02:30", "2026-10-03T15:30"),
        (LORD_HOWE, "2026-04-05", "01:45", "2026-04-04T14:45"),  # shown twice: the first
        (LORD_HOWE, "2026-04-05", "02:00", "2026-04-04T15:30"),
    ],
)
def test_times_on_the_day_that_clocks_change(timezone: str, day: str, closing_time: str, instant: str):
    evening = at(f"{day}T00:00", timezone) - timedelta(hours=4)
    found = closings(evening, evening + timedelta(hours=5), timezone, closing_time)
    assert found[-1] == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "starts", "hours"),
    [
        (BERLIN, "2026-03-28T12:00", 23),
        (BERLIN, "2026-10-24T12:00", 25),
        (LORD_HOWE, "2026-10-03T12:00", 23.5),
        (LORD_HOWE, "2026-04-04T12:00", 24.5),
    ],
)
def test_days_that_are_shorter_or_longer(timezone: str, starts: str, hours: float):
    begin = at(starts, timezone)
    first, second, _ = closings(begin, begin + timedelta(days=2), timezone, None)
    assert second - first == timedelta(hours=hours)
    assert {shown([each], timezone)[0][-5:] for each in (first, second)} == {"00:00"}
    first, second, *_ = closings(begin, begin + timedelta(days=2), timezone, "22:00")
    assert second - first == timedelta(hours=hours)


STARTS = st.timedeltas(timedelta(0), timedelta(days=18_000)).map(datetime(1990, 1, 1, tzinfo=UTC).__add__)
LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(days=20))
TIMES = st.none() | st.times().map(lambda time: f"{time:%H:%M}")


@given(STARTS, LENGTHS, st.sampled_from(ZONES), TIMES)
def test_closings_follow_each_other_to_the_end(
    starts_at: datetime, length: timedelta, timezone: str, closing_time: str | None
):
    ends_at = starts_at + length
    found = closings(starts_at, ends_at, timezone, closing_time)
    assert found == sorted(set(found))
    assert starts_at <= found[0]
    assert all(before < ends_at for before in found[:-1])
    assert ends_at <= found[-1] <= ends_at + timedelta(days=2)
    if closing_time is None:
        assert found[-1] == ends_at
        assert all(each <= ends_at - LATE_END for each in found[:-1])
        assert len({local_day(each, timezone) for each in found[:-1]}) == len(found) - 1


def test_who_is_due():
    starts_at, ends_at = at("2026-11-20T10:00"), at("2026-11-21T18:00")
    midnight = at("2026-11-21T00:00") - TICK

    def by(moment: datetime) -> Due | None:
        return due(starts_at, ends_at, BERLIN, None, until=moment)

    assert by(midnight - TICK) is None
    assert by(midnight) == by(ends_at - TICK) == Due(midnight, seen_before=midnight)
    assert by(ends_at) == by(ends_at + LINGERING - TICK) == Due(ends_at, seen_before=ends_at)
    assert by(ends_at + LINGERING) == Due(ends_at, seen_before=ends_at + LINGERING)


@pytest.mark.parametrize(
    ("ends", "closing_time", "moment", "end"),
    [
        ("2026-11-23 18:00", None, "2026-11-21 23:00", "2026-11-21 23:59:59.999999"),
        ("2026-11-22 02:00", None, "2026-11-21 23:00", "2026-11-22 23:59:59.999999"),  # in the midst of the party
        ("2026-11-22 02:00", None, "2026-11-20 23:00", "2026-11-20 23:59:59.999999"),  # the night before it
        ("2026-11-22 02:00", None, "2026-11-22 03:00", "2026-11-22 23:59:59.999999"),
        ("2026-11-22 12:00", None, "2026-11-21 23:00", "2026-11-21 23:59:59.999999"),
        ("2026-11-23 06:00", "06:00", "2026-11-21 23:00", "2026-11-22 06:00"),
        ("2026-11-23 06:00", "06:00", "2026-11-22 06:00", "2026-11-22 06:00"),
        ("2026-11-23 06:00", "06:00", "2026-11-22 06:01", "2026-11-23 06:00"),
        ("2026-11-23 06:00", "06:00", "2026-12-24 07:00", "2026-12-25 06:00"),
    ],
)
def test_where_a_day_of_the_event_ends(ends: str, closing_time: str | None, moment: str, end: str):
    assert Days(at(ends), BERLIN, closing_time).end(at(moment)) == at(end)


@pytest.mark.parametrize("closing_time", [None, "04:30"])
@given(hours=st.floats(-100, 100))
def test_a_day_ends_where_the_next_begins(closing_time: str | None, hours: float):
    days = Days(at("2026-10-25 02:00"), BERLIN, closing_time)
    moment = at("2026-10-25 02:00") + timedelta(hours=hours)
    end = days.end(moment)
    assert end >= moment
    assert days.end(end) == end
    assert end < days.end(end + TICK)
