"""Devices at the doors: whose clock says what, who was heard from when, and what is still to come.

A phone's clock may be wrong by hours. When it sends, it says what its clock shows; the difference to ours is how far it
is off, and the times that it noted are counted as ours.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from app.database import session
from app.models import Device, Movement
from app.models.movements import HELD

NEAR = timedelta(seconds=5)
"""A clock that differs by no more is right: the way of a request may take as long."""

WAY = timedelta(seconds=1)
"""What remains uncertain of a clock that was measured: how long the request was under way."""

MOST = 1000
"""How many devices are listed at most."""

SHOWN = 100
"""And how many with the occupancy, which is told again and again."""

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Contact:
    """What a device says of itself when it sends: its clock, when the server heard it, what it still holds."""

    name: str
    sent_at: datetime
    received_at: datetime
    backlog: int | None = None


@dataclass(frozen=True)
class Clock:
    """How a device's times are counted: ``skew`` is added to them; they may be wrong by ``uncertainty``."""

    skew: timedelta
    uncertainty: timedelta

    @classmethod
    def measured(cls, contact: Contact, change: timedelta) -> "Clock":
        """From one contact, and by how much it differs from the one before: a clock that was set in between may have
        shown either when the scans were made."""
        skew = contact.received_at - contact.sent_at
        if abs(skew) <= NEAR:
            return cls(timedelta(), max(abs(skew), abs(change)))
        return cls(skew, WAY + abs(change))

    def counted(self, device_time: datetime) -> datetime:
        """Our time for one of the device's."""
        return device_time + self.skew

    @property
    def uncertainty_ms(self) -> int:
        """The error bar, in whole milliseconds."""
        return self.uncertainty // _MILLISECOND


def heard(event_id: int, contact: Contact, oldest: datetime | None) -> Clock:
    """Keeps that a device has sent, and gives its clock. ``oldest``: the earliest time of what it sent, as it says."""
    skew_ms = (contact.received_at - contact.sent_at) // _MILLISECOND
    facts = {
        "last_contact_at": contact.received_at,
        "sent_at": contact.sent_at,
        "skew_ms": skew_ms,
        "backlog": contact.backlog,
        "backlog_seconds": 0 if oldest is None else max(0, int((contact.sent_at - oldest).total_seconds())),
    }
    statement = insert(Device).values(event_id=event_id, name=contact.name, **facts)
    statement = statement.on_conflict_do_update(
        index_elements=["event_id", "name"],
        set_=facts | {"skew_change_ms": statement.excluded.skew_ms - Device.skew_ms},
    )
    change_ms = session().scalar(statement.returning(Device.skew_change_ms)) or 0
    return Clock.measured(contact, change_ms * _MILLISECOND)


@dataclass(frozen=True)
class Seen:
    """A device: when it was heard from last, how many of its scans are held, and what it told of itself, if it did."""

    name: str
    last_contact_at: datetime
    held: int
    told: Device | None = field(compare=False)

    def silent_seconds(self, now: datetime) -> int:
        """For how long nothing was heard."""
        return max(0, int((now - self.last_contact_at).total_seconds()))


def of_event(event_id: int) -> list[Seen]:
    """All devices that have scanned or sent, by name. Three statements, whose work grows with the devices and not with
    their scans."""
    told = {device.name: device for device in session().scalars(select(Device).where(Device.event_id == event_id))}
    last, held = _last_scans(event_id), _held(event_id)
    return [
        Seen(name, _later(last.get(name), told.get(name)), held.get(name, 0), told.get(name))
        for name in sorted(told.keys() | last.keys())[:MOST]
    ]


def lately(event_id: int) -> list[Seen]:
    """Those of them that were heard from last, by name: names that somebody has made up without end hide none of the
    phones at the doors."""
    latest = sorted(of_event(event_id), key=lambda seen: seen.last_contact_at, reverse=True)
    return sorted(latest[:SHOWN], key=lambda seen: seen.name)


def _later(scanned: datetime | None, told: Device | None) -> datetime:
    return max(at for at in (scanned, told.last_contact_at if told else None) if at is not None)


def _last_scans(event_id: int) -> dict[str, datetime]:
    """When each device's last scan came. From name to name through the index: not a row for each scan."""
    first = select(func.min(Movement.device).label("name")).where(Movement.event_id == event_id)
    names = first.cte("names", recursive=True)
    following = select(func.min(Movement.device)).where(Movement.event_id == event_id, Movement.device > names.c.name)
    names = names.union_all(
        select(following.correlate(names).scalar_subquery()).select_from(names).where(names.c.name.is_not(None))
    )
    scan = aliased(Movement)
    latest = select(func.max(scan.recorded_at)).where(scan.event_id == event_id, scan.device == names.c.name)
    found = select(names.c.name, latest.correlate(names).scalar_subquery().label("at")).where(names.c.name.is_not(None))
    return {row.name or "": row.at for row in session().execute(found.limit(MOST))}


def _held(event_id: int) -> dict[str, int]:
    held = select(Movement.device.label("name"), func.count().label("number")).where(
        Movement.event_id == event_id, Movement.verdict == HELD, Movement.device.is_not(None)
    )
    return {row.name or "": row.number for row in session().execute(held.group_by(Movement.device))}
