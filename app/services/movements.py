"""Scans at the event's own doors, one by one: a second tap is the first one again, a refusal is kept and says why.

The verdict that a scan got when it arrived is stored; sent again, it gets the same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.clock import utcnow
from app.database import session
from app.errors import NotFound, ScanRefused
from app.models import Event, Microlocation, Movement, TicketHolder
from app.models.movements import ACCEPTED, DESK, IN, REFUSED
from app.services import attendance, cursors, occupancy, references
from app.services.contradictions import SECOND_TAP, is_same_tap
from app.services.cursors import Cursor
from app.services.fold import ALREADY_INSIDE, NOT_INSIDE
from app.services.ledger import Ledger, Origin
from app.services.occupancy import ROOM_FULL

ATTENDEE = "/data/relationships/attendee/data"

WRONG_EVENT = "wrong-event"

WORDS = {
    "unpaid": "The ticket is not paid for. Send the guest to the desk.",
    "cancelled": "The order was cancelled. Send the guest to the desk.",
    WRONG_EVENT: "This ticket is for another event.",
    ALREADY_INSIDE: "This ticket is inside already{last}. Check who stands before you; a guest who has left without a "
    "scan is scanned out first.",
    NOT_INSIDE: "This guest is not inside{last}. A guest who came in without a scan is scanned in first.",
    ROOM_FULL: "The room is full. Wait until somebody has left; a supervisor may send an override-reason.",
}
"""What a refusal says to who stands at the door, by its machine word."""


@dataclass(frozen=True)
class Scan:
    """What a device sends. ``override_reason``: why a supervisor lets the guest into a full room all the same."""

    attendee_id: int
    direction: str
    device: str | None = None
    gate: str | None = None
    device_time: datetime | None = None
    microlocation_id: int | None = None
    client_uuid: str | None = None
    override_reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a scan: its row, whether that was there before, and the refusal that the device is told."""

    movement: Movement
    is_replayed: bool = False
    refusal: ScanRefused | None = None
    is_over_capacity: bool = False


def record(event: Event, scan: Scan, *, recorded_by_id: int | None, overrides: bool) -> Outcome:
    """Records a scan. ``overrides``: who scans may let guests into a full room.

    Raises `NotFound` for an attendee that is not there, and `Invalid` for a room of another event.
    """
    references.require_of_event(event.id, Microlocation, scan.microlocation_id, "microlocation")
    attendee = locked({scan.attendee_id}).get(scan.attendee_id)
    if attendee is None:
        raise NotFound(f"Attendee: {scan.attendee_id} not found", pointer=ATTENDEE)
    door = _Door(event, attendee, scan, Origin(DESK, recorded_by_id, utcnow()))
    known = door.known()
    if known is not None:
        refusal = door.words(known.told_reason) if known.told == REFUSED else None
        return Outcome(known, is_replayed=True, refusal=refusal)
    reason = door.refusal()
    if reason is not None:
        return Outcome(door.refuse(reason), refusal=door.words(reason))
    return door.let_through(overrides=overrides)


def cursor(event: Event, text: str, filtered_by: str) -> Cursor:
    """The cursor that a client sends for the event's movements, or for those that a filter leaves of them. Raises as
    `app.services.cursors.at`."""
    return cursors.at(text, Movement, f"movements {event.id} {filtered_by}")


class _Door:
    """One guest at one of the event's doors."""

    def __init__(self, event: Event, attendee: TicketHolder, scan: Scan, origin: Origin):
        self.event, self.attendee, self.scan, self.origin = event, attendee, scan, origin
        self.ledger = Ledger(attendee)

    def known(self) -> Movement | None:
        """The same scan, if it is there: by the client's own name for it, or a moment ago at the same device."""
        if self.scan.client_uuid is not None:
            same = (Movement.event_id == self.event.id, Movement.client_uuid == self.scan.client_uuid)
            found: Movement | None = session().scalar(select(Movement).where(*same))
            if found is not None:
                return found
        last = self.ledger.scans[-1] if self.ledger.scans else None
        return last if last is not None and self._is_second_tap(last) else None

    def refusal(self) -> str | None:
        """Why the guest is not let through, in a machine word."""
        if self.attendee.event_id != self.event.id:
            return WRONG_EVENT
        if self.scan.direction == IN and not self.attendee.is_admitted:
            return attendance.unpaid(self.attendee)
        return self.ledger.contradiction(self.scan.direction, self.counted, self.scan.microlocation_id)

    def refuse(self, reason: str) -> Movement:
        """Keeps the scan, and nothing else."""
        row = self.ledger.note(
            self.origin, self.scan.direction, self.counted, verdict=REFUSED, reason=reason, **self._facts()
        )
        self.ledger.write()
        return row

    def let_through(self, *, overrides: bool) -> Outcome:
        """Records the scan, unless the room has a hard limit and is full."""
        full = self._is_full()
        overridden = overrides and self.scan.override_reason is not None
        if full is occupancy.Full.HARD and not overridden:
            return Outcome(self.refuse(ROOM_FULL), refusal=self.words(ROOM_FULL))
        facts = self._facts()
        if full is not occupancy.Full.NOT and overridden:
            facts["override_reason"] = self.scan.override_reason
        row = self.ledger.scan(self.origin, self.scan.direction, self.counted, **facts)
        self.ledger.write()
        return Outcome(row, is_over_capacity=full is not occupancy.Full.NOT)

    def words(self, reason: str | None) -> ScanRefused:
        """What the device is told."""
        detail = WORDS[reason or ""].format(last=self._last())
        return ScanRefused(detail, reason=reason or "", pointer=ATTENDEE)

    @property
    def counted(self) -> datetime:
        """The instant that the scan counts for: the server's, since it stands before us."""
        return self.ledger.after_all(self.origin.recorded_at)

    def _is_second_tap(self, last: Movement) -> bool:
        # By the server's clock, unlike `is_second_tap`: what is counted is always later than all that is known.
        return is_same_tap(last, self.scan) and self.origin.recorded_at - last.recorded_at <= SECOND_TAP

    def _is_full(self) -> "occupancy.Full":
        if self.scan.direction != IN or self.scan.microlocation_id is None:
            return occupancy.Full.NOT
        return occupancy.fullness(self.scan.microlocation_id)

    def _facts(self) -> dict[str, object]:
        return {
            "event_id": self.event.id,
            "microlocation_id": self.scan.microlocation_id,
            "device": self.scan.device,
            "gate": self.scan.gate,
            "device_time": self.scan.device_time,
            "client_uuid": self.scan.client_uuid,
        }

    def _last(self) -> str:
        """Who was seen when and where last, in the event's own time."""
        last = next((row for row in reversed(self.ledger.scans) if row.verdict == ACCEPTED), None)
        if last is None:
            return ""
        at = last.occurred_at.astimezone(ZoneInfo(self.event.timezone))
        way = "in" if last.direction == IN else "out"
        where = f" at {last.gate or last.device}" if last.gate or last.device else ""
        who = last.recorded_by.display_name if last.recorded_by is not None else None
        return f": scanned {way} on {at:%d %B at %H:%M}{where}{f' by {who}' if who else ''}"


def locked(attendee_ids: Collection[int]) -> dict[int, TicketHolder]:
    """The living ones of these attendees, with event and order, by id; scans of one guest follow each other."""
    statement = (
        select(TicketHolder)
        .where(TicketHolder.id.in_(attendee_ids), TicketHolder.deleted_at.is_(None))
        .options(joinedload(TicketHolder.event, innerjoin=True), joinedload(TicketHolder.order))
        .order_by(TicketHolder.id)  # in one order everywhere, so that two batches never wait for each other in a circle
        .with_for_update(of=TicketHolder, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {attendee.id: attendee for attendee in session().scalars(statement)}
