"""Whether an event is ready to open its doors: what somebody should look at before the first guest comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select

from app.clock import format_instant, utcnow
from app.database import session
from app.models import (
    Backup,
    CheckInConflict,
    DoorPass,
    Event,
    Microlocation,
    Movement,
    Role,
    Ticket,
    TicketHolder,
    User,
)
from app.models import UsersEventsRoles as Grant
from app.models.check_in_conflicts import OPEN
from app.models.door_passes import SCAN
from app.models.events import PUBLISHED
from app.models.movements import HELD
from app.models.users_events_roles import REGISTRAR
from app.services import devices
from app.services.devices import Seen
from app.services.inventory import holds_a_seat

SHOWN = 20
"""How many ids a check lists."""

SKEWED = timedelta(minutes=1)
"""A clock that is off by more should be set: its scans are counted right, but people read it."""

SILENT = timedelta(hours=1)
"""A device that was not heard from for longer may be off, or hold scans."""

BACKED_UP = timedelta(days=1)
"""A backup that is older is no backup of tonight."""

Passes = Sequence[Row[int, datetime, list[str]]]
"""Door passes: ``id``, ``valid_until`` and ``abilities`` of each."""


class Status(StrEnum):
    """How a check came out, the worst last."""

    OK = "ok"
    WARNING = "warning"
    """Doors can open; somebody should know."""
    FAILED = "failed"
    """Doors should not open like that."""


@dataclass(frozen=True)
class Check:
    """One question and its answer: a machine word, its title, what to do, and what rows it is about."""

    code: str
    title: str
    status: Status
    detail: str
    noun: str
    count: int = 0
    ids: tuple[str, ...] = ()


def checks(event: Event) -> list[Check]:
    """All of them, in the order of the day before. Eleven statements, however much there is.

    What the code knows of its database, its schema, is not for rules to say: the edge adds it.
    """
    now = utcnow()
    seen, passes = devices.of_event(event.id), _passes_of(event, now)
    return [
        _published(event, now),
        _time_zone(event, now),
        _on_sale(event, now),
        _staffed(event, passes),
        _venue_capacity(event),
        _room_capacities(event),
        _duplicates(event),
        _clocks(event, seen),
        _silent(event, seen, now),
        _unsent(event, seen),
        _held(event),
        _conflicts(event),
        _passes(event, passes),
        _last_backup(now),
    ]


def worst(found: Sequence[Check]) -> Status:
    """The status of all together."""
    return max((check.status for check in found), key=list(Status).index, default=Status.OK)


# --- the event -------------------------------------------------------------------------------------------------------


def _published(event: Event, now: datetime) -> Check:
    status, detail = Status.OK, "It is published."
    if event.ends_at <= now:
        status, detail = (
            Status.FAILED,
            f"It ended at {format_instant(event.ends_at)}: set ends-at, or take another event.",
        )
    elif event.state != PUBLISHED:
        status, detail = Status.FAILED, "It is a draft, and nobody can be sold a ticket: set its state to published."
    return Check(
        "event-published", "The event is published and not over", status, detail, "event", *_the(event, status)
    )


def _time_zone(event: Event, now: datetime) -> Check:
    """Days end by it, and it is often forgotten."""
    try:
        here = f"It is {now.astimezone(ZoneInfo(event.timezone)):%H:%M} there now"
    except (KeyError, ValueError, OSError):
        status, detail = Status.FAILED, f"{event.timezone} is no time zone of this server's: set another one."
    else:
        status, detail = Status.OK, f"{event.timezone}. {here}."
        if event.timezone == "UTC":
            status, detail = Status.WARNING, f"UTC, where nobody lives. {here}; if clocks there differ, set timezone."
    return Check(
        "event-time-zone", "The time zone is where the event is", status, detail, "event", *_the(event, status)
    )


def _on_sale(event: Event, now: datetime) -> Check:
    """When doors open, or now when they are open."""
    at = max(now, event.starts_at)
    offers = session().scalars(select(Ticket).where(Ticket.event_id == event.id, Ticket.deleted_at.is_(None))).all()
    amiss = [
        ticket.id
        for ticket in sorted(offers, key=lambda ticket: ticket.id)
        if ticket.is_hidden or ticket.available <= 0 or not ticket.sales_starts_at <= at <= ticket.sales_ends_at
    ]
    status, detail = Status.OK, f"{len(offers) - len(amiss)} of {len(offers)} tickets can be sold at the door."
    if len(amiss) == len(offers):
        status = Status.WARNING
        detail = (
            "Nothing can be sold at the door: every ticket is hidden, sold out, or not on sale when doors open. Unless "
            "that is meant, change is-hidden, quantity, sales-starts-at or sales-ends-at."
        )
    return Check("tickets-on-sale", "Tickets are on sale at the door", status, detail, "ticket", *_shown(amiss))


def _staffed(event: Event, passes: Passes) -> Check:
    registrars = (
        select(Grant.user_id)
        .join(Grant.role)
        .join(Grant.user)
        .where(Grant.event_id == event.id, Role.name == REGISTRAR)
        .where(User.deleted_at.is_(None), User.is_blocked.is_(False))
    )
    number = session().scalar(select(func.count()).select_from(registrars.subquery())) or 0
    phones = sum(SCAN in each.abilities for each in passes)
    status, detail = Status.OK, f"{number} registrars may scan and sell, {phones} door passes let phones scan."
    if not (number or phones):
        status = Status.WARNING
        detail = "Only who runs the event may scan: invite the door staff as registrars, or make door passes that scan."
    return Check("registrars", "Door staff may scan", status, detail, "user")


# --- places ----------------------------------------------------------------------------------------------------------


def _venue_capacity(event: Event) -> Check:
    status, detail = Status.OK, f"The venue holds {event.capacity}."
    if event.capacity is None:
        status, detail = Status.WARNING, "Nobody is told when the venue is full: set the event's capacity."
    return Check("venue-capacity", "The venue has a capacity", status, detail, "event", *_the(event, status))


def _room_capacities(event: Event) -> Check:
    rooms = select(Microlocation.id).where(
        Microlocation.event_id == event.id, Microlocation.deleted_at.is_(None), Microlocation.capacity.is_(None)
    )
    found = _ids(rooms.order_by(Microlocation.id))
    amiss = "Nobody is told when these rooms are full: set their capacity."
    return _warned("room-capacities", "Rooms have a capacity", "microlocation", found, amiss, "All rooms have one.")


# --- guests ----------------------------------------------------------------------------------------------------------


def _duplicates(event: Event) -> Check:
    """The same name and address on several tickets: one person often has bought twice. Names are not told."""
    same = (func.lower(TicketHolder.firstname), func.lower(TicketHolder.lastname), func.lower(TicketHolder.email))
    guests = (
        select(TicketHolder.id, func.count().over(partition_by=same).label("number"))
        .outerjoin(TicketHolder.order)
        .where(TicketHolder.event_id == event.id, TicketHolder.email.is_not(None), holds_a_seat())
        .subquery()
    )
    found = _ids(select(guests.c.id).where(guests.c.number > 1).order_by(guests.c.id))
    amiss = "These attendees have the name and address of another one: ask whether one of the tickets was a mistake."
    fine = "No two attendees have the same name and address."
    return _warned("duplicate-guests", "Each guest has one ticket", "attendee", found, amiss, fine)


# --- devices and scans -----------------------------------------------------------------------------------------------


def _clocks(event: Event, seen: list[Seen]) -> Check:
    wrong = [each for each in seen if each.told and timedelta(milliseconds=abs(each.told.skew_ms)) > SKEWED]
    amiss = "The clocks of these devices are off by more than a minute: let them set their time by the network."
    fine = "No clock is off, as far as known."
    return _warned("device-clocks", "Clocks of devices are right", "device", _names(event, wrong), amiss, fine)


def _silent(event: Event, seen: list[Seen], now: datetime) -> Check:
    quiet = [each for each in seen if each.silent_seconds(now) > SILENT.total_seconds()]
    amiss = "These devices were not heard from for an hour: switch them on, and see that they reach the server."
    fine = "All devices were heard from lately." if seen else "No device was heard from yet: scan a ticket with each."
    return _warned("device-contact", "Devices were heard from", "device", _names(event, quiet), amiss, fine)


def _unsent(event: Event, seen: list[Seen]) -> Check:
    full = [each for each in seen if each.told and each.told.backlog]
    amiss = "These devices hold scans that the server does not know: bring them where there is a network."
    fine = "No device holds scans back."
    return _warned("device-backlog", "Devices have sent all scans", "device", _names(event, full), amiss, fine)


def _held(event: Event) -> Check:
    held = select(Movement.id).where(Movement.event_id == event.id, Movement.verdict == HELD).order_by(Movement.id)
    found = _ids(held)
    amiss = "The times of these scans cannot be right, and they do not count: correct or undo them."
    return _warned("held-scans", "No scan is held", "movement", found, amiss, "No scan waits for review.")


def _conflicts(event: Event) -> Check:
    asked = select(CheckInConflict.id).where(CheckInConflict.event_id == event.id, CheckInConflict.state == OPEN)
    found = _ids(asked.order_by(CheckInConflict.id))
    amiss = "These scans contradict each other, and the counts may be wrong: say what happened (resolution)."
    fine = "No two scans contradict each other."
    return _warned("open-conflicts", "Conflicts are resolved", "check-in-conflict", found, amiss, fine)


# --- what the operator does ------------------------------------------------------------------------------------------


def _last_backup(now: datetime) -> Check:
    finished_at = session().scalar(select(func.max(Backup.finished_at)))
    advice = "Run 'python manage.py backup' before doors open."
    if finished_at is None:
        status, detail = Status.WARNING, f"There is none. {advice}"
    else:
        status, detail = Status.OK, f"The last one was finished at {format_instant(finished_at)}."
        if now - finished_at > BACKED_UP:
            status, detail = Status.WARNING, f"{detail} {advice}"
    return Check("last-backup", "There is a backup of the last day", status, detail, "backup")


def _passes_of(event: Event, now: datetime) -> Passes:
    """Those in force, also from a later time on; who has ended one knows it."""
    in_force = select(DoorPass.id, DoorPass.valid_until, DoorPass.abilities).where(
        DoorPass.event_id == event.id, DoorPass.revoked_at.is_(None), DoorPass.valid_until > now
    )
    return session().execute(in_force.order_by(DoorPass.id)).all()


def _passes(event: Event, passes: Passes) -> Check:
    found = [row.id for row in passes if row.valid_until < event.ends_at]
    amiss = "These door passes end before the event does: make new ones, or set a later valid-until."
    fine = "All door passes outlast the event." if passes else "There are no door passes."
    return _warned("door-passes", "Door passes last until the end", "door-pass", found, amiss, fine)


# --- how it is told --------------------------------------------------------------------------------------------------


def _warned(code: str, title: str, noun: str, found: Sequence[object], amiss: str, fine: str) -> Check:
    """A warning about the rows that were found, if there are any."""
    status, detail = (Status.WARNING, amiss) if found else (Status.OK, fine)
    return Check(code, title, status, detail, noun, *_shown(found))


def _shown(found: Sequence[object]) -> tuple[int, tuple[str, ...]]:
    return len(found), tuple(str(each) for each in found[:SHOWN])


def _the(event: Event, status: Status) -> tuple[int, tuple[str, ...]]:
    return _shown([] if status is Status.OK else [event.id])


def _names(event: Event, seen: list[Seen]) -> list[str]:
    return [f"{event.id}:{each.name}" for each in seen]


def _ids(statement: Select[int]) -> list[int]:
    return list(session().scalars(statement))
