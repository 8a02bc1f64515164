"""One guest at the venue's own door, whoever scans him: where he stands, and what is recorded of him there.

What a wish for an entry or an exit means is for the callers to say; what follows from it is `app.services.ledger`'s.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.clock import local_day, utcnow
from app.errors import Forbidden
from app.models import Movement
from app.models.movements import IN, OUT, REPLAYED
from app.services import admission
from app.services.ledger import Ledger, Origin
from app.services.pictures import at_the_venue


@dataclass(frozen=True)
class Scanner:
    """Who stands behind a scan. ``may_scan`` was decided above; here it is only asked when something is written."""

    user_id: int | None
    may_scan: bool


class VenueDoor:
    """One attendee at the venue's door: his ledger, and what is recorded in it. ``source``: what scans him."""

    def __init__(self, book: Ledger, scanner: Scanner, source: str):
        self.ledger = book
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

    def leave(self, at: datetime, **facts: Any) -> None:
        """An exit."""
        self._scan(OUT, at, **facts)

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
