"""Scans at the event's own doors, one by one: a second tap is the first one again, a refusal is kept and says why.

The verdict that a scan got when it arrived is stored; sent again, it gets the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.clock import utcnow
from app.database import session
from app.errors import ClientUuidTaken, ScanRefused
from app.models import Event, Microlocation, Movement, TicketHolder
from app.models.movements import ACCEPTED, BATCH, CONFLICT, DESK, HELD, IN, REFUSED
from app.services import admission, cursors, guests, occupancy, references, refusals
from app.services.contradictions import SECOND_TAP, is_same_tap
from app.services.cursors import Cursor
from app.services.guests import Named
from app.services.ledger import Ledger, Origin
from app.services.occupancy import ROOM_FULL, VENUE_FULL
from app.services.refusals import OUTSIDE_HOURS, REVOKED, UNKNOWN_ROOM, WRONG_EVENT

CLIENT_UUID = "/data/attributes/client-uuid"
UUID_TAKEN = "Another scan has this client-uuid. Use a new name for each scan."


@dataclass(frozen=True)
class Scan(Named):
    """What a device sends. ``override_reason``: why a supervisor lets the guest into a full room, or in on a day when
    the event is not, all the same."""

    attendee_id: int | None
    direction: str
    device: str | None = None
    gate: str | None = None
    device_time: datetime | None = None
    microlocation_id: int | None = None
    client_uuid: str | None = None
    override_reason: str | None = None
    secret: str | None = None

    @property
    def pointer(self) -> str:
        """What in the body names the guest."""
        return "/data/attributes/secret" if self.attendee_id is None else "/data/relationships/attendee/data"


@dataclass(frozen=True)
class Outcome:
    """What became of a scan: its row, whether that was there before, the refusal that the device is told, and else what
    it is warned of."""

    movement: Movement
    is_replayed: bool = False
    refusal: ScanRefused | None = None
    warnings: tuple[str, ...] = ()


def record(
    event: Event,
    scan: Scan,
    *,
    recorded_by_id: int | None,
    overrides: bool,
    tapped_within: timedelta = SECOND_TAP,
    door_pass_id: int | None = None,
) -> Outcome:
    """Records a scan. ``overrides``: who scans may let guests in against a rule. ``tapped_within``: so long the same
    scan at the same device is a second tap. ``door_pass_id``: the pass of a phone that no account has.

    Raises `ClientUuidTaken` for a name that another scan has.
    """
    origin = Origin(DESK, recorded_by_id, utcnow(), door_pass_id)
    named = guests.named_by([scan])
    known = _known(event, scan)
    if known is not None:
        if not named.is_kept_as(scan, known):
            raise ClientUuidTaken(UUID_TAKEN, pointer=CLIENT_UUID)
        return _again(event, scan, known)
    attendee = named.meant(scan)
    if attendee is None:
        row = guests.keep_unknown(origin, scan, origin.recorded_at, **_facts(event, scan, _has_room(event, scan)))
        session().flush()
        return Outcome(row, refusal=refusals.of(event, row, pointer=scan.pointer))
    is_revoked = named.revoked_at(scan, attendee) is not None
    return _Door(event, attendee, scan, origin, overrides=overrides, is_revoked=is_revoked).outcome(tapped_within)


def cursor(event: Event, text: str, filtered_by: str) -> Cursor:
    """The cursor that a client sends for the event's movements, or for those that a filter leaves of them. Raises as
    `app.services.cursors.at`."""
    return cursors.at(text, Movement, f"movements {event.id} {filtered_by}")


class _Door:
    """One guest at one of the event's doors. ``overrides``: who stands there may let him in against a rule.
    ``is_revoked``: the code that was scanned is good no more."""

    def __init__(
        self, event: Event, attendee: TicketHolder, scan: Scan, origin: Origin, *, overrides: bool, is_revoked: bool
    ):
        self.event, self.attendee, self.scan, self.origin = event, attendee, scan, origin
        self.ledger = Ledger(attendee)
        self.has_room = _has_room(event, scan)
        self.is_revoked = is_revoked
        self.overridden = overrides and scan.override_reason is not None

    def outcome(self, tapped_within: timedelta) -> Outcome:
        """What becomes of the scan."""
        last = self.ledger.scans[-1] if self.ledger.scans else None
        # Whoever shows a code that was revoked has not just been let in with another one.
        if last is not None and not self.is_revoked and self._is_second_tap(last, tapped_within):
            return _again(self.event, self.scan, last)
        reason = self._refusal()
        return self._let_through() if reason is None else self._refuse(reason)

    @property
    def counted(self) -> datetime:
        """The instant that the scan counts for: the server's, since it stands before us."""
        return self.ledger.after_all(self.origin.recorded_at)

    def _is_second_tap(self, last: Movement, within: timedelta) -> bool:
        # By the server's clock, unlike `is_second_tap`: what is counted is always later than all that is known. When a
        # batch was received says nothing of when its scans were made.
        seen_here = last.event_id == self.event.id and last.source != BATCH and last.verdict == ACCEPTED
        return seen_here and is_same_tap(last, self.scan) and self.origin.recorded_at - last.recorded_at <= within

    def _refusal(self) -> str | None:
        """Why the guest is not let through, in a machine word."""
        if self.attendee.event_id != self.event.id:
            return WRONG_EVENT
        if self.is_revoked:
            return REVOKED
        if self.scan.direction == IN and not self.ledger.is_admitted:
            return admission.unpaid(self.ledger)
        if not self.has_room:
            return UNKNOWN_ROOM
        if self._is_outside_hours() and not self.overridden:
            return OUTSIDE_HOURS
        return self.ledger.contradiction(self.scan.direction, self.counted, self.scan.microlocation_id)

    def _is_outside_hours(self) -> bool:
        now = self.origin.recorded_at
        return not admission.is_believable(now, self.event, now)

    def _refuse(self, reason: str) -> Outcome:
        """Keeps the scan, and nothing else."""
        facts = _facts(self.event, self.scan, self.has_room)
        row = self.ledger.note(self.origin, self.scan.direction, self.counted, verdict=REFUSED, reason=reason, **facts)
        self.ledger.write()
        return Outcome(row, refusal=refusals.of(self.event, row, pointer=self.scan.pointer))

    def _let_through(self) -> Outcome:
        """Records the scan, unless the room has a hard limit and is full."""
        full = self._fullness()
        if full is occupancy.Full.HARD and not self.overridden:
            return self._refuse(ROOM_FULL)
        facts = _facts(self.event, self.scan, self.has_room)
        if self.overridden and (full is not occupancy.Full.NOT or self._is_outside_hours()):
            facts["override_reason"] = self.scan.override_reason
        full_places = ((ROOM_FULL, full is not occupancy.Full.NOT), (VENUE_FULL, self._is_too_much_for_the_venue()))
        row = self.ledger.scan(self.origin, self.scan.direction, self.counted, **facts)
        self.ledger.write()
        return Outcome(row, warnings=tuple(word for word, is_full in full_places if is_full))

    def _is_too_much_for_the_venue(self) -> bool:
        enters = self.scan.direction == IN and not self.ledger.where.is_inside
        return enters and occupancy.is_venue_full(self.event)

    def _fullness(self) -> "occupancy.Full":
        if self.scan.direction != IN or self.scan.microlocation_id is None:
            return occupancy.Full.NOT
        return occupancy.fullness(self.scan.microlocation_id)


def _known(event: Event, scan: Scan) -> Movement | None:
    """The row that has the client's own name for the scan."""
    if scan.client_uuid is None:
        return None
    same = (Movement.event_id == event.id, Movement.client_uuid == scan.client_uuid)
    found: Movement | None = session().scalar(select(Movement).where(*same))
    return found


def _again(event: Event, scan: Scan, row: Movement) -> Outcome:
    """What the device is told of a scan that is there: the same once more."""
    if row.told in {REFUSED, CONFLICT}:
        return Outcome(row, is_replayed=True, refusal=refusals.of(event, row, pointer=scan.pointer))
    if row.told == HELD:
        return Outcome(row, is_replayed=True, warnings=(OUTSIDE_HOURS,))
    return Outcome(row, is_replayed=True, warnings=(ROOM_FULL,) if _is_too_many(row) else ())


def _is_too_many(row: Movement) -> bool:
    """Whether the room that was entered holds more than it should, who entered included."""
    room = row.microlocation
    if room is None or room.capacity is None or row.direction != IN or row.verdict != ACCEPTED:
        return False
    return occupancy.inside(row.event_id, room.id) > room.capacity


def _has_room(event: Event, scan: Scan) -> bool:
    """Whether the event has the room that the scan names, if it names one."""
    room_id = scan.microlocation_id
    return room_id is None or references.is_of_event(event.id, Microlocation, room_id)


def _facts(event: Event, scan: Scan, has_room: bool) -> dict[str, object]:
    return {
        "event_id": event.id,
        "microlocation_id": scan.microlocation_id if has_room else None,
        "device": scan.device,
        "gate": scan.gate,
        "device_time": scan.device_time,
        "client_uuid": scan.client_uuid,
    }
