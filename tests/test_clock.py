"""Instants as text, and the days that door staff speak of."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clock import TICK, end_of_local_day, format_instant, local_day, parse_instant, start_of_local_day, utcnow


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T18:00:00Z", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21t18:00:00z", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21 18:00:00Z", "2026-11-21T18:00:00+00:00"),
        (" 2026-11-21T18:00Z ", "2026-11-21T18:00:00+00:00"),
        ("2026-11-20T13:00:00.000Z", "2026-11-20T13:00:00+00:00"),
        ("2026-11-21T20:48:07.360+05:30", "2026-11-21T15:18:07.360+00:00"),
        ("2026-11-21T20:48:07,5+0530", "2026-11-21T15:18:07.500+00:00"),
        ("2026-11-21T20:48:07.123456789+05:30", "2026-11-21T15:18:07.123456+00:00"),
        ("2026-11-21T00:00:00-12:00", "2026-11-21T12:00:00+00:00"),
        ("2026-11-21T00:00:00+14:00", "2026-11-20T10:00:00+00:00"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00+00:00"),
    ],
)
def test_texts_that_name_an_instant(text: str, moment: str):
    parsed = parse_instant(text)
    assert parsed == at(moment)
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-21",
        "2026-11-21T18:00:00",
        "2026-11-21T18:00:00 Europe/Berlin",
        "21.11.2026 18:00 +0000",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-21T25:00:00Z",
        "2026-11-21T18:60:00Z",
        "2026-11-21T18:00:61Z",
        "2026-11-21T18:00:00+24:00",
        "2026-11-21T18:00:00+99:99",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٦-11-21T18:00:00Z",
        "1763748000",
        "2026-11-21T18:00:00Z,2026-11-21T19:00:00Z",
        "2026-11-21T18:00:00Z\x00",
    ],
)
def test_texts_that_name_none(text: str):
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


def test_instants_are_written_in_utc_with_an_offset():
    assert format_instant(at("2026-11-21T20:48:07.360+05:30")) == "2026-11-21T15:18:07.360000+00:00"
    assert format_instant(at("2026-11-21T18:00:00+02:00")) == "2026-11-21T16:00:00+00:00"


def test_what_is_written_is_read_again():
    now = utcnow()
    assert parse_instant(format_instant(now)) == now
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "timezone", "day"),
    [
        ("2026-11-21T23:30:00+00:00", "UTC", "2026-11-21"),
        ("2026-11-21T23:30:00+00:00", "Europe/Berlin", "2026-11-22"),
        ("2026-11-21T23:30:00+00:00", "America/New_York", "2026-11-21"),
        ("2026-11-21T10:30:00+00:00", "Pacific/Kiritimati", "2026-11-22"),
        ("2026-11-21T18:20:00+00:00", "Asia/Kathmandu", "2026-11-22"),
    ],
)
def test_the_day_at_a_place(moment: str, timezone: str, day: str):
    assert local_day(at(moment), timezone) == day


@pytest.mark.parametrize(
    ("moment", "timezone", "midnight"),
    [
        ("2026-11-21T12:00:00+00:00", "UTC", "2026-11-22T00:00:00+00:00"),
        ("2026-11-21T23:30:00+00:00", "Europe/Berlin", "2026-11-22T23:00:00+00:00"),
        ("2026-03-29T00:30:00+00:00", "Europe/Berlin", "2026-03-29T22:00:00+00:00"),  # a day of 23 hours
        ("2026-10-25T00:30:00+00:00", "Europe/Berlin", "2026-10-25T23:00:00+00:00"),  # a day of 25 hours
        ("2026-12-31T23:59:59+00:00", "UTC", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_the_ends_of_a_day_at_a_place(moment: str, timezone: str, midnight: str):
    end = end_of_local_day(at(moment), timezone)
    assert end == at(midnight) - TICK
    assert local_day(end, timezone) == local_day(at(moment), timezone)
    assert local_day(end + TICK, timezone) != local_day(at(moment), timezone)
    assert timedelta(0) <= end - at(moment) < timedelta(hours=25)
    start = start_of_local_day(end, timezone)
    assert start == start_of_local_day(at(moment), timezone) <= at(moment)
    assert local_day(start - TICK, timezone) != local_day(start, timezone) == local_day(at(moment), timezone)
