"""When an event closes its doors: what guests who are not seen again are checked out for.

Functions of an event's times and nothing else: no database, no clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.clock import TICK, end_of_local_day
from app.models import Event

LATE_END = timedelta(hours=12)
"""A midnight this short before the end is in the middle of a party, and closes nothing."""

LINGERING = timedelta(days=1)
"""How long after the last closing scans are believed; then nobody is inside any more."""


class Times(NamedTuple):
    """When an event is: of its columns those that the rules for its doors ask, by their names."""

    starts_at: datetime
    ends_at: datetime
    timezone: str
    closing_time: str | None


@dataclass(frozen=True, slots=True)
class Days:
    """The days of an event, which may end after midnight: what «still inside» means.

    Without a ``closing_time`` they are the local calendar's, but a midnight in the middle of the last party ends none.
    """

    ends_at: datetime
    timezone: str
    closing_time: str | None = None

    @classmethod
    def of(cls, event: Event | Times) -> "Days":
        """Those of an event."""
        return cls(event.ends_at, event.timezone, event.closing_time)

    def end(self, moment: datetime) -> datetime:
        """The last instant, in UTC, of the day that holds ``moment``."""
        if self.closing_time is not None:
            return self._closing(moment, time.fromisoformat(self.closing_time))
        midnight = end_of_local_day(moment, self.timezone)
        if self.ends_at - LATE_END < midnight < self.ends_at:
            return end_of_local_day(midnight + TICK, self.timezone)
        return midnight

    def _closing(self, moment: datetime, at: time) -> datetime:
        zone = ZoneInfo(self.timezone)
        for day in _days(moment.astimezone(zone).date()):
            if (closing := _on(day, at, zone)) >= moment:
                return closing
        raise AssertionError("days have no end")


@dataclass(frozen=True)
class Due:
    """Guests who were last seen before ``seen_before`` have left, as of ``closing``."""

    closing: datetime
    seen_before: datetime


def closings(starts_at: datetime, ends_at: datetime, timezone: str, closing_time: str | None) -> list[datetime]:
    """The instants, in UTC and in order, at which the event closes.

    Without a ``closing_time`` (``HH:MM``, as the clocks there show it): the end of each local day, and the event's end.
    With one: that time of each day, up to the first that is not before the event's end.
    """
    if closing_time is not None:
        return list(_by_the_clock(starts_at, ends_at, ZoneInfo(timezone), time.fromisoformat(closing_time)))
    return [*_midnights(starts_at, ends_at, timezone), ends_at.astimezone(UTC)]


def over(event: Event) -> datetime:
    """When nobody can be inside any more, whatever was scanned."""
    return closings(event.starts_at, event.ends_at, event.timezone, event.closing_time)[-1] + LINGERING


def due(
    starts_at: datetime, ends_at: datetime, timezone: str, closing_time: str | None, *, until: datetime
) -> Due | None:
    """Who has left by the latest closing up to ``until``; None before the first.

    Who was seen after the last one, helping to clear up, has left when `LINGERING` is over.
    """
    every = closings(starts_at, ends_at, timezone, closing_time)
    past = [closing for closing in every if closing <= until]
    if not past:
        return None
    over = past == every and past[-1] + LINGERING <= until
    return Due(past[-1], past[-1] + LINGERING if over else past[-1])


def _midnights(starts_at: datetime, ends_at: datetime, timezone: str) -> Iterator[datetime]:
    day = starts_at
    while (midnight := end_of_local_day(day, timezone)) <= ends_at - LATE_END:
        yield midnight
        day = midnight + timedelta(hours=1)


def _by_the_clock(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, at: time) -> Iterator[datetime]:
    for day in _days(starts_at.astimezone(zone).date()):
        closing = _on(day, at, zone)
        if closing > starts_at:
            yield closing
        if closing >= ends_at:
            return


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    # On the day that clocks change a time may be shown never or twice (fold=0): then it is the instant that comes after
    # as much time as on other days, or the first of the two.
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _days(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(days=1)
