"""Check-in and check-out as the clients ask for them: what a PATCH of an attendee records.

What a PATCH means is a table (docs/api.md, «Checking in and out»); `_decide` holds it row by row. A body has one of two
forms. LIST: it carries the whole history (the web app), so what is new in it has happened. SINGLE: it carries at most
one new time (the Android app).
"""

from datetime import datetime
from typing import Any

from app.clock import TICK, format_instant
from app.errors import Invalid, OrderNotPaid
from app.models import TicketHolder
from app.models.movements import AUTOMATIC, IN, OUT, PATCH
from app.services import admission
from app.services.attendance_members import MEMBERS, Asked
from app.services.ledger import Ledger
from app.services.notes import appended
from app.services.venue_door import Scanner, VenueDoor


def patch(attendee: TicketHolder, data: dict[str, Any], scanner: Scanner) -> dict[str, Any] | OrderNotPaid | None:
    """Does what the attendance members of a PATCH ask, and takes them and the notes out of ``data``.

    ``attendee``'s row must be locked. Gives ``{"replayed": True}`` when the wish was already fulfilled, and the refusal
    of an entry on an unpaid order, which is kept; else None. Raises `Invalid` (not a time, two new times, a time
    outside the event) and `Forbidden` (something would be written and ``scanner`` may not).
    """
    members = {name: data.pop(name) for name in MEMBERS if name in data}
    door = VenueDoor(Ledger(attendee), scanner, PATCH) if members else None
    if door is not None:
        try:
            _decide(door, Asked(members, attendee))
        except OrderNotPaid as refusal:
            door.refuse(IN, reason=admission.unpaid(door.ledger))
            return refusal
        door.write()
    _append_notes(attendee, data)
    return {"replayed": True} if door is not None and door.replayed and not door.moved else None


def _decide(door: VenueDoor, asked: Asked) -> None:
    """The table: the first row that matches wins."""
    if asked.left and not door.ledger.attendee.is_checked_out:
        return door.leave(door.counted(None), device=asked.device(0))  # row 1
    if asked.left and asked.only_left:
        return door.replay(OUT, sent=None, reason="already-left")
    if _is_list(door, asked):
        return _decide_list(door, asked)
    return _decide_single(door, asked)


def _is_list(door: VenueDoor, asked: Asked) -> bool:
    if not (asked.has("checkin_times") and asked.has("checkout_times")):
        return False
    return not asked.outs or len(door.new(asked.ins)) < len(set(asked.ins))


def _decide_list(door: VenueDoor, asked: Asked) -> None:
    new_entries, new_exits = door.new(asked.ins), door.new_exits(asked.outs)
    if new_entries:  # row 3
        _require_event_days(door, new_entries, "checkin-times")
        for nth, sent in enumerate(new_entries):
            _enter_on_its_day(door, sent, asked.device(nth))
    elif new_exits:  # row 4
        _require_event_days(door, new_exits, "checkout-times")
        for sent in new_exits:
            _leave_on_its_day(door, sent, asked.device(0))


def _enter_on_its_day(door: VenueDoor, sent: datetime, device: str | None) -> None:
    """A listed entry takes its place in its own day, after whatever else that day holds.

    Who was inside at the day's end, nobody having scanned him out, needs no second entry for that day.
    """
    day = door.day(sent)
    that_day = [movement for movement in door.history if door.day(movement.occurred_at) == day]
    if that_day and (that_day[-1].direction == IN or that_day[-1].source == AUTOMATIC):
        return door.replay(IN, sent=sent, reason="already-inside")
    at = max(sent, that_day[-1].occurred_at + TICK) if that_day else sent
    return door.enter(at, device_time=sent, device=device)


def _leave_on_its_day(door: VenueDoor, sent: datetime, device: str | None) -> None:
    entry = door.unanswered_entry
    if door.history and (entry is None or door.day(entry.occurred_at) > door.day(sent)):
        return door.replay(OUT, sent=sent, reason="not-inside")  # or inside only since a later day
    return door.leave(max(sent, entry.occurred_at + TICK) if entry else sent, device_time=sent, device=device)


def _require_event_days(door: VenueDoor, moments: list[datetime], member: str) -> None:
    event = door.ledger.event
    first, last = door.day(event.starts_at), door.day(event.ends_at)
    for moment in moments:
        if not first <= door.day(moment) <= last or moment > door.now + admission.AHEAD:
            raise Invalid(
                f"{format_instant(moment)} is not on a day of the event ({first} to {last}) or lies in the future.",
                pointer=f"/data/attributes/{member}",
            )


def _decide_single(door: VenueDoor, asked: Asked) -> None:
    if asked.has("is_checked_in") and asked.inside is None:
        return None  # row 9: a null flag asks for nothing
    new = door.new(asked.ins)
    if len(new) > 1:  # row 10
        raise Invalid(
            f"{len(new)} new times at once. Send one new time, or the whole history together with checkout-times.",
            pointer="/data/attributes/checkin-times",
        )
    sent, device = new[0] if new else None, asked.device(0)
    if sent is not None and asked.inside is False:
        return _exit_single(door, sent, device)  # row 7
    if sent is not None or (asked.inside and not asked.ins):
        return _enter_single(door, sent, device)  # rows 5 and 6
    if asked.inside is False and not asked.has("checkin_times") and door.open_entry:
        return door.leave(door.counted(None), device=device)  # row 8
    return None  # rows 8 and 9: nothing to do


def _enter_single(door: VenueDoor, sent: datetime | None, device: str | None) -> None:
    at = door.counted(sent)
    if door.is_still_inside(at):
        return door.replay(IN, sent=sent, reason="already-inside")
    return door.enter(at, device_time=sent, device=device)


def _exit_single(door: VenueDoor, sent: datetime, device: str | None) -> None:
    if door.unanswered_entry is None:
        return door.replay(OUT, sent=sent, reason="not-inside")
    return door.leave(door.counted(sent), device_time=sent, device=device)


def _append_notes(attendee: TicketHolder, data: dict[str, Any]) -> None:
    """Of sent notes only the parts not yet there are added; nothing that another device wrote is lost."""
    notes = appended(attendee.attendee_notes, data.pop("attendee_notes", None))
    if notes != attendee.attendee_notes:
        attendee.attendee_notes = notes
