"""The ledger of movements: the one place that records a scan, and paints the attendee's columns from what is recorded.

A scan, once received, is a row with its verdict. Where a guest is follows from all his scans in order of time
(`app.services.fold`): a scan that arrives late may change what a later one amounts to, and what the server concluded.
Rows are never deleted and never moved; what changes is their verdict. What the device was told stays in ``told``.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.clock import TICK, format_instant
from app.database import session
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, CONFLICT, IN, LIVE, OUT, THIS_TRANSACTION, UNDONE
from app.services import fold, occupancy
from app.services.fold import Concluded

NO_DEVICE = "-"
"""What ``device-name-checkin`` shows for an entry without a device name."""


@dataclass(frozen=True)
class Origin:
    """Where a scan comes from: who made it, at what, and when the server received it."""

    source: str
    recorded_by_id: int | None
    recorded_at: datetime


class Ledger:
    """What is recorded of one attendee, whose row is locked by the caller.

    ``scans`` are the facts in order of time, those that do not count as well; ``history`` are the movements at the
    venue's door that count, with those that were concluded; ``where`` is where he is now. All take in at once what is
    added; `write` stores it.
    """

    def __init__(self, attendee: TicketHolder, rows: list[Movement] | None = None):
        """``rows`` are the attendee's `live_movements`, where they have been read already."""
        self.attendee = attendee
        self.timezone = attendee.event.timezone
        if rows is None:
            rows = live_movements([attendee.id])
        self.scans = [row for row in rows if not row.is_inferred]
        self._stored = rows
        self._counted_before = [row for row in rows if row.verdict == ACCEPTED]
        self._noted: list[Movement] = []
        self._read()

    @property
    def history(self) -> list[Movement]:
        """The movements at the venue's door that count, in order."""
        return at_the_venue(self._counted)

    def scan(self, origin: Origin, direction: str, at: datetime, **facts: Any) -> Movement:
        """Adds a fact, counted at ``at``. ``facts`` are columns of `Movement`."""
        movement = self._row(origin, direction, at, **facts)
        self.scans.insert(bisect_right(self.scans, _place(movement), key=_place), movement)
        self._read()
        return movement

    def note(self, origin: Origin, direction: str, at: datetime, *, verdict: str, **facts: Any) -> Movement:
        """Adds a row that changes nothing: a scan that was refused, or one that told nothing new."""
        movement = self._row(origin, direction, at, **facts)
        movement.verdict = movement.told = verdict
        self._noted.append(movement)
        return movement

    def undo(self, movement: Movement) -> None:
        """Takes a fact out; its row stays, with the later verdict."""
        self.scans.remove(movement)
        _judge(movement, UNDONE, movement.reason)
        self._read()

    def latest(self) -> datetime | None:
        """The time of the last fact."""
        return self.scans[-1].occurred_at if self.scans else None

    def after_all(self, moment: datetime) -> datetime:
        """``moment``, or just after everything that is known of the guest."""
        latest = self.latest()
        return moment if latest is None else max(moment, latest + TICK)

    def contradiction(self, direction: str, at: datetime, microlocation_id: int | None) -> str | None:
        """Why a scan now, after all that is known, would not count; None when it would."""
        probe = Movement(direction=direction, occurred_at=at, microlocation_id=microlocation_id)
        _, reading = fold.read(self.where, probe, self.timezone)
        return reading.reason

    def is_changed(self) -> bool:
        """Whether `write` would change anything."""
        same = all((row.verdict, row.reason) == verdict for row, verdict in self._verdicts.items())
        return not (same and set(self._verdicts) == set(self._stored)) or bool(self._noted)

    def write(self) -> None:
        """Stores what was added and every verdict that changed, repaints the columns, and counts who is inside."""
        write_together([self])

    def store(self) -> Counter[tuple[int | None, str | None, str]]:
        """`write` without the counts: gives what is to be added to them (see `occupancy.count`)."""
        for row, (verdict, reason) in self._verdicts.items():
            _judge(row, verdict, reason)
        for row in self._stored:
            if row.is_inferred and row not in self._verdicts:
                _judge(row, UNDONE, row.reason)  # concluded from less than is known now
        fresh = [row for row in self._verdicts if row.id is None]
        for row in fresh:
            row.told = row.verdict
        self._stored = list(self._verdicts)
        session().add_all(fresh + self._noted)
        paint(self.attendee, self.history)
        return self._changes()

    # --- how -----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Folds the scans: what counts, and with which verdict and reason."""
        known = {_conclusion(row): row for row in self._stored if row.is_inferred}
        self._counted: list[Movement] = []
        self._verdicts: dict[Movement, tuple[str, str | None]] = {}
        self.where = fold.Where()
        for scan, (where, reading) in zip(self.scans, fold.story(self.scans, self.timezone), strict=True):
            self.where = where
            for concluded in reading.before:
                row = known.get(concluded) or self._concluded(concluded, scan)
                self._counted.append(row)
                self._verdicts[row] = ACCEPTED, concluded.reason
            if reading.reason is None:
                self._counted.append(scan)
            self._verdicts[scan] = (CONFLICT, reading.reason) if reading.reason else (ACCEPTED, _why(scan))

    def _concluded(self, concluded: Concluded, cause: Movement) -> Movement:
        overnight = concluded.reason == fold.FORGOTTEN_EXIT
        origin = Origin(AUTOMATIC if overnight else cause.source, cause.recorded_by_id, cause.recorded_at)
        return self._row(
            origin,
            concluded.direction,
            concluded.occurred_at,
            microlocation_id=concluded.microlocation_id,
            device=cause.device if concluded.reason == fold.ROOM_ENTRY else None,
            is_inferred=True,
        )

    def _row(self, origin: Origin, direction: str, at: datetime, **facts: Any) -> Movement:
        return Movement(
            event_id=facts.pop("event_id", self.attendee.event_id),
            attendee_id=self.attendee.id,
            direction=direction,
            occurred_at=at,
            recorded_at=origin.recorded_at,
            recorded_by_id=origin.recorded_by_id,
            source=origin.source,
            is_inferred=facts.pop("is_inferred", False),
            **facts,
        )

    def _changes(self) -> Counter[tuple[int | None, str | None, str]]:
        """How many more movements count now than before, by room, gate and direction."""
        changes = _tally(self._counted)
        changes.subtract(_tally(self._counted_before))
        self._counted_before = list(self._counted)
        return changes


def write_together(books: Sequence[Ledger]) -> None:
    """`Ledger.write` for several guests of one event. Counted in one statement, which takes its rows in one order: two
    guests after each other could lock them crosswise with a scan at the door."""
    changes: Counter[tuple[int | None, str | None, str]] = Counter()
    for book in books:
        changes.update(book.store())
    session().flush()
    if books:
        occupancy.count(books[0].attendee.event_id, changes)


def is_told_by(attendee: TicketHolder, rows: list[Movement]) -> bool:
    """Whether the attendee's columns, and the verdicts of all ``rows`` (see `live_movements`), are what the facts among
    them say."""
    told = Ledger(attendee, rows)
    painted = all(getattr(attendee, name) == value for name, value in picture(told.history).items())
    return painted and not told.is_changed()


def live_movements(attendee_ids: list[int]) -> list[Movement]:
    """The facts of attendees and what was concluded from them, in order of time."""
    statement = (
        select(Movement)
        .where(Movement.attendee_id.in_(attendee_ids), Movement.verdict.in_(LIVE))
        .order_by(Movement.occurred_at, func.coalesce(Movement.client_uuid, ""), Movement.id)
    )
    return list(session().scalars(statement))


def at_the_venue(movements: Iterable[Movement]) -> list[Movement]:
    """Those of the venue's own door."""
    return [movement for movement in movements if movement.microlocation_id is None]


def paint(attendee: TicketHolder, history: Sequence[Movement]) -> None:
    """Writes the columns that picture ``history`` (what counts at the venue's door, in order)."""
    for name, value in picture(history).items():
        setattr(attendee, name, value)


def picture(history: Sequence[Movement]) -> dict[str, str | bool | None]:
    """The attendee's columns for a history: times and devices as comma-separated text, and the two flags."""
    entries = [movement for movement in history if movement.direction == IN]
    exits = [movement for movement in history if movement.direction == OUT]
    inside = bool(history) and history[-1].direction == IN
    return {
        "checkin_times": ",".join(format_instant(movement.occurred_at) for movement in entries) or None,
        "checkout_times": ",".join(format_instant(movement.occurred_at) for movement in exits) or None,
        "device_name_checkin": ",".join(movement.device or NO_DEVICE for movement in entries) or None,
        "is_checked_in": inside,
        "is_checked_out": bool(history) and not inside,
    }


def _judge(row: Movement, verdict: str, reason: str | None) -> None:
    """Gives a row its verdict; one that was stored before is then seen as changed."""
    if (row.verdict, row.reason) != (verdict, reason):
        row.verdict, row.reason = verdict, reason
        if row.id is not None:
            row.written_in = THIS_TRANSACTION  # type: ignore[assignment]  # SQL, for the column


def _place(movement: Movement) -> tuple[datetime, str]:
    """What decides which of two facts was first."""
    return movement.occurred_at, movement.client_uuid or ""


def _why(scan: Movement) -> str | None:
    """What is to be said of a scan that counts."""
    return fold.FORGOTTEN_EXIT if scan.source == AUTOMATIC else None


def _conclusion(row: Movement) -> Concluded:
    return Concluded(row.direction, row.occurred_at, row.microlocation_id, row.reason or "")


def _tally(movements: Iterable[Movement]) -> Counter[tuple[int | None, str | None, str]]:
    return Counter((movement.microlocation_id, movement.gate, movement.direction) for movement in movements)
