"""Scans that a device made while it was offline, many at once.

They have happened: whoever was let in is inside, full rooms included. So each is a fact with the time that the device
noted, by our clock; where the guest's scans contradict each other, the ledger says which count. Only what nobody can be
let in with is refused. None keeps the others, and a scan that is sent again gets the verdict that it got.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.database import session
from app.models import Event, Microlocation, Movement, TicketHolder
from app.models.movements import ACCEPTED, BATCH, CONFLICT, HELD, IN, REFUSED, REPLAYED
from app.services import admission, guests, ledger
from app.services.devices import Clock, Contact
from app.services.guests import Named
from app.services.ledger import Ledger, Origin
from app.services.refusals import OUTSIDE_HOURS, REVOKED, UNKNOWN_ROOM, WRONG_EVENT

CHUNK = 100
"""How many scans are recorded in one transaction."""

RECORDED = "recorded"

UUID_TAKEN = "client-uuid-taken"

VERDICTS = {ACCEPTED: RECORDED, HELD: RECORDED, CONFLICT: CONFLICT, REPLAYED: REPLAYED, REFUSED: REFUSED}
"""What a device is told, by the verdict that its scan got on arrival."""


@dataclass(frozen=True)
class Scan(Named):
    """One scan of a batch."""

    client_uuid: str
    direction: str
    device_time: datetime
    attendee_id: int | None = None
    secret: str | None = None
    microlocation_id: int | None = None
    gate: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a scan; ``movement`` is None where nothing could be kept."""

    client_uuid: str
    verdict: str
    reason: str | None
    movement: Movement | None = None
    is_replayed: bool = False


def chunks(scans: Iterable[Scan]) -> Iterator[Sequence[Scan]]:
    """The scans, some at a time; a guest's in order of time, so that their order in the batch tells nothing."""
    ordered = sorted(scans, key=lambda scan: (scan.guest_id or 0, scan.device_time, scan.client_uuid))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def record(
    event: Event,
    contact: Contact,
    clock: Clock,
    scans: Sequence[Scan],
    *,
    by: int | None,
    door_pass_id: int | None = None,
) -> list[Verdict]:
    """Records scans, all of them together, and gives a verdict for each. ``by``: the account that the device uses, or
    ``door_pass_id``: its door pass.

    A fixed number of statements, and some for each guest whose scans change what was told before.
    """
    return _Batch(event, contact, clock, scans, Origin(BATCH, by, contact.received_at, door_pass_id)).recorded()


class _Batch:
    """Scans of one device, and what is known of their guests."""

    def __init__(self, event: Event, contact: Contact, clock: Clock, scans: Sequence[Scan], origin: Origin):
        self.event, self.contact, self.clock, self.scans = event, contact, clock, scans
        self.origin = origin
        self.guests = guests.named_by(scans)
        self.books = {book.attendee.id: book for book in ledger.books(list(self.guests.living.values()))}
        self.facts: dict[int, list[Movement]] = defaultdict(list)  # a guest's go into his ledger together
        self.known = _known(event.id, [scan.client_uuid for scan in scans])
        self.rooms = _rooms(event.id)

    def recorded(self) -> list[Verdict]:
        """All of them, stored."""
        fresh = {self._add(scan) for scan in self.scans if scan.client_uuid not in self.known}
        for guest_id, facts in self.facts.items():
            self.books[guest_id].replace([], facts)
        ledger.write_together(self.books.values())
        taps = {row for book in self.books.values() for row in book.second_taps}
        for row in taps & fresh:
            row.told = REPLAYED
        return [self._verdict(scan, new=fresh) for scan in self.scans]

    def _add(self, scan: Scan) -> Movement:
        guest = self.guests.meant(scan)
        row = self._unknown(scan) if guest is None else self._of(guest, scan)
        self.known[scan.client_uuid] = row
        return row

    def _of(self, guest: TicketHolder, scan: Scan) -> Movement:
        book, at = self.books[guest.id], self.clock.counted(scan.device_time)
        refusal = self._refusal(book, guest, scan, at)
        if refusal is not None:
            return book.note(self.origin, scan.direction, at, verdict=REFUSED, reason=refusal, **self._facts(scan))
        if not admission.is_believable(at, self.event, self.contact.received_at):
            return book.note(self.origin, scan.direction, at, verdict=HELD, reason=OUTSIDE_HOURS, **self._facts(scan))
        fact = book.fact(self.origin, scan.direction, at, **self._facts(scan))
        self.facts[guest.id].append(fact)
        return fact

    def _refusal(self, book: Ledger, guest: TicketHolder, scan: Scan, at: datetime) -> str | None:
        if guest.event_id != self.event.id:
            return WRONG_EVENT
        revoked_at = self.guests.revoked_at(scan, guest)
        if revoked_at is not None and at >= revoked_at:  # before, it was good
            return REVOKED
        if scan.direction == IN and not book.is_admitted:
            return admission.unpaid(book)
        return UNKNOWN_ROOM if self._room(scan) != scan.microlocation_id else None

    def _unknown(self, scan: Scan) -> Movement:
        return guests.keep_unknown(self.origin, scan, self.clock.counted(scan.device_time), **self._facts(scan))

    def _facts(self, scan: Scan) -> dict[str, Any]:
        return {
            "event_id": self.event.id,
            "microlocation_id": self._room(scan),
            "gate": scan.gate,
            "device": self.contact.name,
            "device_time": scan.device_time,
            "uncertainty_ms": self.clock.uncertainty_ms,
            "client_uuid": scan.client_uuid,
        }

    def _room(self, scan: Scan) -> int | None:
        return scan.microlocation_id if scan.microlocation_id in self.rooms else None

    def _verdict(self, scan: Scan, *, new: set[Movement]) -> Verdict:
        row = self.known[scan.client_uuid]
        if not self.guests.is_kept_as(scan, row):
            return Verdict(scan.client_uuid, REFUSED, UUID_TAKEN)
        return Verdict(
            scan.client_uuid, VERDICTS[row.told or REFUSED], row.told_reason, row, is_replayed=row not in new
        )


def _known(event_id: int, client_uuids: list[str]) -> dict[str, Movement]:
    statement = select(Movement).where(Movement.event_id == event_id, Movement.client_uuid.in_(client_uuids))
    return {row.client_uuid or "": row for row in session().scalars(statement)}


def _rooms(event_id: int) -> set[int]:
    living = (Microlocation.event_id == event_id, Microlocation.deleted_at.is_(None))
    return set(session().scalars(select(Microlocation.id).where(*living)))
