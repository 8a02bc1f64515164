"""What is said to who stands at the door of a guest who is not let through."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.database import session
from app.errors import ScanRefused
from app.models import Event, Movement
from app.models.movements import ACCEPTED, AUTOMATIC, IN, OUT
from app.services.fold import ALREADY_INSIDE, LEFT_VENUE, NEEDLESS, NOT_INSIDE, OTHER_ROOM, ROOM_ENTRY
from app.services.guests import UNKNOWN
from app.services.occupancy import ROOM_FULL

WRONG_EVENT = "wrong-event"
UNKNOWN_ROOM = "unknown-room"
OUTSIDE_HOURS = "outside-hours"
REVOKED = "revoked"

WORDS = {
    UNKNOWN: "Nobody has this ticket. Scan it again, or send the guest to the desk.",
    UNKNOWN_ROOM: "This event has no such room. Choose the room of this door anew on the device.",
    "unpaid": "The ticket is not paid for. Send the guest to the desk.",
    "cancelled": "The order was cancelled. Send the guest to the desk.",
    WRONG_EVENT: "This ticket is for another event. Ask for the one for this event, or send the guest to the desk.",
    REVOKED: "This ticket was replaced by a new one, so its old code lets nobody in. Ask for the new ticket, or "
    "send the guest to the desk.",
    OUTSIDE_HOURS: "The event is from {starts} to {ends}. An organizer may send an override-reason.",
    ALREADY_INSIDE: "This ticket is inside{room} already{last}. Check who stands before you; a guest who has left "
    "without a scan is scanned out first.",
    NOT_INSIDE: "This guest is not inside{room}{last}. A guest who came in without a scan is scanned in first.",
    NEEDLESS: "This guest was seen leaving: he needs no check-out. There is nothing to do.",
    ROOM_FULL: "The room is full. Wait until somebody has left; a supervisor may send an override-reason.",
    "already-scanned": "The guest has done today what this station is for. There is nothing to do.",
    "not-checked-in": "This guest was not scanned in. Scan him in first.",
}
"""What a refusal says, by its machine word."""

OTHERWISE = "This scan does not count. Send the guest to the desk."
"""What is said of a word that has none here: one of another release."""

CONTRADICTED = {ALREADY_INSIDE: IN, NOT_INSIDE: OUT}
"""Which way the guest was seen last, by the word that says that he cannot go that way again."""

CONCLUDED = {
    OTHER_ROOM: "went into another room",
    LEFT_VENUE: "left the venue",
    ROOM_ENTRY: "was seen in a room",
}
"""What was seen of a guest whom nobody scanned at this door."""


def of(event: Event, row: Movement, *, pointer: str) -> ScanRefused:
    """What the device is told of a scan that does not count. ``pointer``: what in the body names the guest."""
    reason = row.told_reason or ""
    contradicted = _contradicted(row, reason)
    detail = WORDS.get(reason, OTHERWISE).format(
        room=f" {row.microlocation.name}" if row.microlocation is not None else "",
        last="" if contradicted is None else f": {_seen(event, contradicted)}",
        starts=_at(event, event.starts_at),
        ends=_at(event, event.ends_at),
    )
    if reason == UNKNOWN_ROOM:
        pointer = "/data/relationships/microlocation/data"
    movement_id = None if contradicted is None else contradicted.id
    return ScanRefused(detail, reason=reason, pointer=pointer, movement_id=movement_id)


def _contradicted(row: Movement, reason: str) -> Movement | None:
    """The movement that counted last at the same door before the scan, if it is what the refusal is about."""
    way = CONTRADICTED.get(reason)
    if way is None:
        return None
    statement = (
        select(Movement)
        .where(
            Movement.attendee_id == row.attendee_id,
            Movement.verdict == ACCEPTED,
            Movement.occurred_at <= row.occurred_at,
            Movement.microlocation_id.is_not_distinct_from(row.microlocation_id),
            Movement.id != row.id,
        )
        # What was concluded from a movement has its time: of those two the one that fits is meant.
        .order_by(Movement.occurred_at.desc(), (Movement.direction == way).desc(), Movement.id.desc())
        .limit(1)
    )
    last: Movement | None = session().scalar(statement)
    return last if last is not None and last.direction == way else None


def _seen(event: Event, movement: Movement) -> str:
    """What was seen of the guest, when, where and by whom, in the event's own time."""
    at = f"on {movement.occurred_at.astimezone(ZoneInfo(event.timezone)):%d %B at %H:%M}"
    if movement.source == AUTOMATIC:
        return f"checked out at closing time {at}"
    if movement.is_inferred and movement.reason in CONCLUDED:
        return f"{CONCLUDED[movement.reason]} {at}"
    door = movement.gate or movement.device
    who = movement.recorded_by.display_name if movement.recorded_by is not None else None
    who = movement.door_pass.name if movement.door_pass is not None else who
    return f"scanned {movement.direction} {at}{f' at {door}' if door else ''}{f' by {who}' if who else ''}"


def _at(event: Event, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(event.timezone)):%d %B %Y at %H:%M}"
