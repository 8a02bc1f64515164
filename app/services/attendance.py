"""Check-in and check-out as the clients ask for them: what a PATCH of an attendee, or a station's scan, records.

What a PATCH means is a table (docs/api.md, «Checking in and out»); `_decide` holds it row by row. A body has one of two
forms. LIST: it carries the whole history (the web app), so what is new in it has happened. SINGLE: it carries at most
one new time (the Android app). What is recorded, and what follows from it, is `app.services.ledger`'s to say.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.clock import TICK, format_instant, local_day, parse_instant, utcnow
from app.errors import Forbidden, Invalid, OrderNotPaid
from app.models import Movement, TicketHolder
from app.models.movements import AUTOMATIC, IN, OUT, PATCH, REPLAYED, STATION
from app.services import admission
from app.services.ledger import Ledger, Origin
from app.services.notes import appended, parts
from app.services.pictures import at_the_venue

MEMBERS = ("is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin")
"""The attributes of an attendee that mean attendance."""


@dataclass(frozen=True)
class Scanner:
    """Who stands behind a scan. ``may_scan`` was decided above; here it is only asked when something is written."""

    user_id: int | None
    may_scan: bool


def patch(attendee: TicketHolder, data: dict[str, Any], scanner: Scanner) -> dict[str, Any] | OrderNotPaid | None:
    """Does what the attendance members of a PATCH ask, and takes them and the notes out of ``data``.

    ``attendee``'s row must be locked. Gives ``{"replayed": True}`` when the wish was already fulfilled, and the refusal
    of an entry on an unpaid order, which is kept; else None. Raises `Invalid` (not a time, two new times, a time
    outside the event) and `Forbidden` (something would be written and ``scanner`` may not).
    """
    asked = {name: data.pop(name) for name in MEMBERS if name in data}
    door = Door(Ledger(attendee), Asked(asked, attendee), scanner) if asked else None
    if door is not None:
        try:
            _decide(door)
        except OrderNotPaid as refusal:
            door.refuse(IN, reason=admission.unpaid(door.ledger))
            return refusal
        door.write()
    _append_notes(attendee, data)
    return {"replayed": True} if door is not None and door.replayed and not door.moved else None


def let_in(book: Ledger, scanner: Scanner, *, station_name: str) -> None:
    """A scan at a station that makes an entry to the venue, unless the guest is inside since today.

    Raises `OrderNotPaid` only when there is an entry to be made.
    """
    door = Door(book, Asked({}, book.attendee), scanner, source=STATION)
    at = door.counted(None)
    if not door.is_still_inside(at):
        door.enter(at, device=admission.one_name(station_name))
        door.write()


def move_in_room(
    book: Ledger, direction: str, microlocation_id: int, scanner: Scanner, *, station_name: str
) -> Movement:
    """The movement in or out of a room, now, after everything that is known of the guest.

    Nobody reaches a room from outside: who enters one is in the venue, too. Whether it makes sense otherwise is for the
    caller to say.
    """
    now = utcnow()
    movement = book.scan(
        Origin(STATION, scanner.user_id, now),
        direction,
        book.after_all(now),
        microlocation_id=microlocation_id,
        device=admission.one_name(station_name),
    )
    book.write()
    return movement


def undo_in_room(book: Ledger, movement: Movement) -> None:
    """Takes back a movement in or out of a room, and what was concluded from it alone."""
    book.undo(movement)
    book.write()


class Asked:
    """The attendance members of a body, read."""

    def __init__(self, members: dict[str, Any], attendee: TicketHolder):
        self.members = members
        self.ins = _instants(members, "checkin_times")
        self.outs = _instants(members, "checkout_times")
        self._stored_names = attendee.device_name_checkin

    @property
    def inside(self) -> bool | None:
        """``is-checked-in``; None when absent or null."""
        return self.members.get("is_checked_in")

    @property
    def left(self) -> bool:
        """``is-checked-out`` is true."""
        return self.members.get("is_checked_out") is True

    @property
    def only_left(self) -> bool:
        """Nothing but ``is-checked-out`` (and perhaps a device) is said."""
        return not self.members.keys() & {"is_checked_in", "checkin_times", "checkout_times"}

    def has(self, member: str) -> bool:
        """The body has the member, null or not."""
        return member in self.members

    def device(self, nth_new: int) -> str | None:
        """The device of the n-th new time. A client that re-sends the stored list names no device with it."""
        sent, stored = self.members.get("device_name_checkin"), self._stored_names
        if not sent:
            return None
        if stored and sent.startswith(f"{stored},"):
            added = parts(sent.removeprefix(f"{stored},"))
            return added[nth_new] if nth_new < len(added) else None
        # One stored name alone, in a body without the whole history, is the same gate scanning again.
        echoed = sent == stored and ("," in sent or {"checkin_times", "checkout_times"} <= self.members.keys())
        return None if echoed else admission.one_name(sent)


class Door:
    """One attendee at the venue's door: his ledger, what is asked, and what is recorded for it."""

    def __init__(self, book: Ledger, asked: Asked, scanner: Scanner, *, source: str = PATCH):
        self.ledger = book
        self.asked = asked
        self.scanner = scanner
        self.now = utcnow()
        self.moved = False
        self.replayed = False
        self._origin = Origin(source, scanner.user_id, self.now)

    # --- what is known -------------------------------------------------------------------------------------------

    @property
    def history(self) -> list[Movement]:
        """What counts at the venue's door, in order."""
        return self.ledger.history

    @property
    def last(self) -> Movement | None:
        """The latest of these."""
        history = self.history
        return history[-1] if history else None

    @property
    def open_entry(self) -> Movement | None:
        """The entry that no exit has followed: he is inside."""
        last = self.last
        return last if last is not None and last.direction == IN else None

    @property
    def unanswered_entry(self) -> Movement | None:
        """The entry whose exit nobody has scanned: he is inside, or was checked out automatically."""
        return self.open_entry if self.ledger.where.at_closing is None else self.history[-2]

    def day(self, moment: datetime) -> str:
        """The day of an instant at the event."""
        return local_day(moment, self.ledger.event.timezone)

    def is_still_inside(self, at: datetime) -> bool:
        """He is inside, and was seen that day; who was seen earlier only has left without a scan."""
        return self.ledger.where.is_still_inside(at, self.ledger.days)

    def new(self, sent: list[datetime]) -> list[datetime]:
        """Those of ``sent`` that are stored neither as counted nor as sent, each once, in order of time."""
        return sorted(set(sent) - self._known({IN, OUT}))

    def new_exits(self, sent: list[datetime]) -> list[datetime]:
        """As `new`, for listed exits: those not stored as exits. The web app stamps another day's entry and exit with
        the same time."""
        return sorted(set(sent) - self._known({OUT}))

    def counted(self, sent: datetime | None) -> datetime:
        """The instant a SINGLE time counts for: the server's when none was sent or its clock is wrong, and always
        after the last movement."""
        believed = sent is not None and admission.is_believable(sent, self.ledger.event, self.now)
        return self.ledger.after_all(sent if sent and believed else self.now)

    def _known(self, directions: set[str]) -> set[datetime]:
        """The instants that scans at this door, and what was concluded, are known by: as counted and as sent."""
        seen = [*self.history, *at_the_venue(self.ledger.scans)]
        times = [moment for row in seen if row.direction in directions for moment in (row.occurred_at, row.device_time)]
        return {moment for moment in times if moment is not None}

    # --- what is recorded ----------------------------------------------------------------------------------------

    def enter(self, at: datetime, **facts: Any) -> None:
        """An entry. Raises `OrderNotPaid`."""
        if self.scanner.may_scan:  # who may not scan is told so, and nothing about the order
            admission.require(self.ledger)
        self._scan(IN, at, **facts)

    def leave(self, at: datetime, *, sent: datetime | None = None) -> None:
        """An exit."""
        self._scan(OUT, at, device_time=sent, device=self.asked.device(0))

    def replay(self, direction: str, *, sent: datetime | None, reason: str) -> None:
        """The wish is fulfilled already: a success that writes no time."""
        self.replayed = True
        at = self.counted(sent)
        self.ledger.note(self._origin, direction, at, verdict=REPLAYED, device_time=sent, reason=reason)

    def refuse(self, direction: str, *, reason: str, **facts: Any) -> None:
        """Nothing that was asked is done; that it was asked is kept."""
        admission.refuse(self.ledger, self._origin, direction, reason=reason, **facts)

    def write(self) -> None:
        """Stores it all. Raises `Forbidden` when the guest has moved: see `Scanner`."""
        if self.scanner.may_scan:
            self.ledger.write()
        elif self.moved:
            raise Forbidden(
                "Only the event's team may check attendees in or out. Ask an organizer for the role registrar."
            )

    def _scan(self, direction: str, at: datetime, **facts: Any) -> None:
        self.moved = True
        self.ledger.scan(self._origin, direction, at, **facts)


def _decide(door: Door) -> None:
    """The table: the first row that matches wins."""
    asked = door.asked
    if asked.left and not door.ledger.attendee.is_checked_out:
        return door.leave(door.counted(None))  # row 1
    if asked.left and asked.only_left:
        return door.replay(OUT, sent=None, reason="already-left")
    if _is_list(door):
        return _decide_list(door)
    return _decide_single(door)


def _is_list(door: Door) -> bool:
    asked = door.asked
    if not (asked.has("checkin_times") and asked.has("checkout_times")):
        return False
    return not asked.outs or len(door.new(asked.ins)) < len(set(asked.ins))


def _decide_list(door: Door) -> None:
    new_entries, new_exits = door.new(door.asked.ins), door.new_exits(door.asked.outs)
    if new_entries:  # row 3
        _require_event_days(door, new_entries, "checkin-times")
        for nth, sent in enumerate(new_entries):
            _enter_on_its_day(door, sent, nth)
    elif new_exits:  # row 4
        _require_event_days(door, new_exits, "checkout-times")
        for sent in new_exits:
            _leave_on_its_day(door, sent)


def _enter_on_its_day(door: Door, sent: datetime, nth: int) -> None:
    """A listed entry takes its place in its own day, after whatever else that day holds.

    Who was inside at the day's end, nobody having scanned him out, needs no second entry for that day.
    """
    day = door.day(sent)
    that_day = [movement for movement in door.history if door.day(movement.occurred_at) == day]
    if that_day and (that_day[-1].direction == IN or that_day[-1].source == AUTOMATIC):
        return door.replay(IN, sent=sent, reason="already-inside")
    at = max(sent, that_day[-1].occurred_at + TICK) if that_day else sent
    return door.enter(at, device_time=sent, device=door.asked.device(nth))


def _leave_on_its_day(door: Door, sent: datetime) -> None:
    entry = door.unanswered_entry
    if door.history and (entry is None or door.day(entry.occurred_at) > door.day(sent)):
        return door.replay(OUT, sent=sent, reason="not-inside")  # or inside only since a later day
    return door.leave(max(sent, entry.occurred_at + TICK) if entry else sent, sent=sent)


def _require_event_days(door: Door, moments: list[datetime], member: str) -> None:
    event = door.ledger.event
    first, last = door.day(event.starts_at), door.day(event.ends_at)
    for moment in moments:
        if not first <= door.day(moment) <= last or moment > door.now + admission.AHEAD:
            raise Invalid(
                f"{format_instant(moment)} is not on a day of the event ({first} to {last}) or lies in the future.",
                pointer=f"/data/attributes/{member}",
            )


def _decide_single(door: Door) -> None:
    asked = door.asked
    if asked.has("is_checked_in") and asked.inside is None:
        return None  # row 9: a null flag asks for nothing
    new = door.new(asked.ins)
    if len(new) > 1:  # row 10
        raise Invalid(
            f"{len(new)} new times at once. Send one new time, or the whole history together with checkout-times.",
            pointer="/data/attributes/checkin-times",
        )
    sent = new[0] if new else None
    if sent is not None:
        return _exit_single(door, sent) if asked.inside is False else _enter_single(door, sent)  # rows 7 and 5
    if asked.inside and not asked.ins:
        return _enter_single(door, None)  # row 6
    if asked.inside is False and not asked.has("checkin_times") and door.open_entry:
        return door.leave(door.counted(None))  # row 8
    return None  # rows 8 and 9: nothing to do


def _enter_single(door: Door, sent: datetime | None) -> None:
    at = door.counted(sent)
    if door.is_still_inside(at):
        return door.replay(IN, sent=sent, reason="already-inside")
    return door.enter(at, device_time=sent, device=door.asked.device(0))


def _exit_single(door: Door, sent: datetime) -> None:
    if door.unanswered_entry is None:
        return door.replay(OUT, sent=sent, reason="not-inside")
    return door.leave(door.counted(sent), sent=sent)


def _instants(members: dict[str, Any], name: str) -> list[datetime]:
    try:
        return [parse_instant(part) for part in parts(members.get(name))]
    except ValueError as error:
        wire_name = name.replace("_", "-")
        raise Invalid(
            f"{wire_name} must be RFC 3339 times with an offset, separated by commas, such as "
            f"2026-11-21T18:00:00Z ({error}).",
            pointer=f"/data/attributes/{wire_name}",
        ) from None


def _append_notes(attendee: TicketHolder, data: dict[str, Any]) -> None:
    """Of sent notes only the parts not yet there are added; nothing that another device wrote is lost."""
    notes = appended(attendee.attendee_notes, data.pop("attendee_notes", None))
    if notes != attendee.attendee_notes:
        attendee.attendee_notes = notes
