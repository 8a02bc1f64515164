"""The ledger of movements: the one place that records a scan, and paints the attendee's columns from what is recorded.

A scan, once received, is a row with its verdict. Where a guest is follows from all his scans in order of time
(`app.services.fold`): a scan that arrives late may change what a later one amounts to, and what the server concluded.
Rows are never deleted and never moved; what changes is their verdict. What the device was told stays in ``told``.
"""

from bisect import insort
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from app.clock import TICK
from app.database import session
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, AUTOMATIC, CONFLICT, UNDONE
from app.models.orders import ADMITTING
from app.services import contradictions, fold, ledger_rows, occupancy, pictures
from app.services.closing import Days
from app.services.fold import Concluded
from app.services.ledger_rows import Standing
from app.services.occupancy import Way

Judged = dict[tuple[str, str | None], list[Movement]]
"""Rows by the verdict and the reason that they get."""


@dataclass(frozen=True)
class Origin:
    """Where a scan comes from: who made it, at what, when the server received it, and with which door pass; named as
    the columns of `Movement` are."""

    source: str
    recorded_by_id: int | None
    recorded_at: datetime
    door_pass_id: int | None = None


class Ledger:
    """What is recorded of one attendee, whose row is locked by the caller.

    ``event`` says when his event is, and ``order_status`` what became of his order, as it is behind the lock (see
    `app.services.ledger_rows.standings`). ``scans`` are the facts in order of time, those that do not count as well;
    ``history`` are the movements at the venue's door that count, with those that were concluded; ``where`` is where he
    is now; ``second_taps`` are facts that repeat the one before them. All take in at once what is added; `write` stores
    it.
    """

    def __init__(self, attendee: TicketHolder, standing: Standing | None = None):
        """``standing`` is the attendee's, where it has been read already."""
        standing = standing or ledger_rows.standing(attendee.id)
        self.attendee = attendee
        self.event, self.order_status, rows = standing
        self.days = Days.of(self.event)
        self.scans = sorted((row for row in rows if not row.is_inferred), key=_place)
        self._stored = rows
        self._counted_before = [row for row in rows if row.verdict == ACCEPTED]
        self._noted: list[Movement] = []
        self._had_contradictions = any(row.verdict == CONFLICT for row in rows)
        self._undone: list[Movement] = []
        self._read()

    @property
    def is_admitted(self) -> bool:
        """His order lets him enter."""
        return self.order_status in ADMITTING

    @property
    def contradictions(self) -> dict[Movement, Movement | None]:
        """The facts that do not count, second taps apart, each with what it contradicts: the movement that counted last
        at the same door before it; None where none did."""
        return dict(self._contradictions)

    @property
    def history(self) -> list[Movement]:
        """The movements at the venue's door that count, in order."""
        return pictures.at_the_venue(self._counted)

    def scan(self, origin: Origin, direction: str, at: datetime, **facts: Any) -> Movement:
        """Adds a fact, counted at ``at``. ``facts`` are columns of `Movement`."""
        movement = self._row(origin, direction, at, **facts)
        insort(self.scans, movement, key=_place)
        self._read()
        return movement

    def note(self, origin: Origin, direction: str, at: datetime, *, verdict: str, **facts: Any) -> Movement:
        """Adds a row that changes nothing: a scan that was refused, or one that told nothing new."""
        movement = self._row(origin, direction, at, **facts)
        movement.verdict = movement.told = verdict
        movement.told_reason = movement.reason
        self._noted.append(movement)
        return movement

    def undo(self, movement: Movement) -> None:
        """Takes a fact out; its row stays, with the later verdict."""
        self.replace([movement], [])

    def fact(self, origin: Origin, direction: str, at: datetime, **facts: Any) -> Movement:
        """A fact that is not part of the story yet: see `replace`."""
        return self._row(origin, direction, at, **facts)

    def replace(self, undone: Iterable[Movement], by: Iterable[Movement]) -> None:
        """Takes facts out, whose rows stay, and puts others in: new ones (`fact`), or such as were taken out before.

        However many they are, the story is read once.
        """
        out = set(undone)
        self._undone += out
        self.scans = [row for row in self.scans if row not in out]
        for movement in by:
            insort(self.scans, movement, key=_place)
        self._read()

    def cause(self, concluded: Movement) -> Movement | None:
        """The fact from which a movement was concluded; None when it is not concluded any more."""
        return self._causes.get(concluded)

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
        _, reading = fold.read(self.where, probe, self.days)
        return reading.reason

    def picture(self) -> pictures.Picture:
        """The attendee's columns, as the movements at the venue's door that count have them."""
        return pictures.of(self.history)

    def is_told(self) -> bool:
        """Whether the attendee's columns, and the verdicts of all that is stored, are what the facts say."""
        return self.is_judged() and all(getattr(self.attendee, name) == told for name, told in self.picture().items())

    def is_judged(self) -> bool:
        """Whether the verdicts of all that is stored are what the facts say."""
        return self._verdicts == {row: (row.verdict, row.reason) for row in self._stored}

    def write(self) -> None:
        """Stores what was added and every verdict that changed, repaints the columns, and counts who is inside."""
        write_together([self])

    def settle(self) -> tuple[list[Movement], Judged]:
        """`write` without sending it. Gives the rows that are to be stored, and those stored before that have another
        verdict now."""
        gone = [row for row in self._stored if row.is_inferred and row not in self._verdicts]
        undone = {row: (UNDONE, row.reason) for row in (*self._undone, *gone)}  # or concluded from less than is known
        fresh = {row for row in self._verdicts if row.id is None}
        judged: Judged = {}
        for row, verdict in (undone | self._verdicts).items():
            if row in fresh:
                row.verdict, row.reason = verdict
                row.told, row.told_reason = verdict
            elif (row.verdict, row.reason) != verdict:
                judged.setdefault(verdict, []).append(row)
        self._undone, self._stored = [], list(self._verdicts)
        new = [row for row in self._stored if row in fresh] + self._noted
        self._noted = []
        return new, judged

    def changes(self) -> Counter[Way]:
        """How many more movements count than were counted before, by room, gate and direction; told once."""
        changes = _tally(self._counted)
        changes.subtract(_tally(self._counted_before))
        self._counted_before = list(self._counted)
        return changes

    def keep_contradictions(self) -> None:
        """Asks about what contradicts each other now; everything is stored."""
        if self._contradictions or self._had_contradictions:
            contradictions.keep(self.attendee, self._contradictions)
        self._had_contradictions = bool(self._contradictions)

    # --- how -----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Folds the scans: what counts, and with which verdict and reason."""
        known: dict[Concluded, list[Movement]] = {}  # scans of one instant may have equal conclusions
        for row in self._stored:
            if row.is_inferred:
                known.setdefault(_conclusion(row), []).append(row)
        self._counted: list[Movement] = []
        self._verdicts: dict[Movement, tuple[str, str | None]] = {}
        self._contradictions: dict[Movement, Movement | None] = {}
        self.second_taps: set[Movement] = set()
        before: Movement | None = None
        last: dict[int | None, Movement] = {}
        self._causes: dict[Movement, Movement] = {}
        self.where = fold.Where()
        for scan, (where, reading) in zip(self.scans, fold.story(self.scans, self.days), strict=True):
            self.where = where
            for concluded in reading.before:
                same = known.get(concluded)
                row = same.pop(0) if same else self._concluded(concluded, scan)
                self._counted.append(row)
                self._verdicts[row] = ACCEPTED, concluded.reason
                last[row.microlocation_id] = row
                self._causes[row] = scan
            if reading.reason is None:
                self._counted.append(scan)
                last[scan.microlocation_id] = scan
            elif before is not None and contradictions.is_second_tap(before, scan):
                self.second_taps.add(scan)
            else:
                self._contradictions[scan] = last.get(scan.microlocation_id)
            before = scan
            self._verdicts[scan] = (CONFLICT, reading.reason) if reading.reason else (ACCEPTED, _why(scan))

    def _concluded(self, concluded: Concluded, cause: Movement) -> Movement:
        source = AUTOMATIC if concluded.reason == fold.FORGOTTEN_EXIT else cause.source
        origin = Origin(source, cause.recorded_by_id, cause.recorded_at, cause.door_pass_id)
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
            **vars(origin),
            is_inferred=facts.pop("is_inferred", False),
            **facts,
        )


def write_together(books: Collection[Ledger]) -> None:
    """`Ledger.write` of several attendees, whose rows are all locked, in a few statements.

    Counts are locked last and once, so that two who write many attendees never wait for each other in a circle.
    """
    changes: dict[int, Counter[Way]] = {}
    judged: Judged = {}
    new: list[Movement] = []
    for book in books:
        added, judged_anew = book.settle()
        new += added
        for told, rows in judged_anew.items():
            judged.setdefault(told, []).extend(rows)
        changes.setdefault(book.attendee.event_id, Counter()).update(book.changes())
    for (verdict, reason), rows in judged.items():
        ledger_rows.judge(rows, verdict, reason)
    session().flush()  # what the caller has added beside the ledgers
    more = [row for event_id in sorted(changes) for row in occupancy.more(event_id, changes[event_id])]
    ledger_rows.store(new, ((book.attendee, book.picture()) for book in books), more)
    for book in books:
        book.keep_contradictions()


def books(attendees: Sequence[TicketHolder]) -> list[Ledger]:
    """The ledgers of several attendees, in their order. One statement."""
    standings = ledger_rows.standings([attendee.id for attendee in attendees])
    return [Ledger(attendee, standings[attendee.id]) for attendee in attendees]


def _place(movement: Movement) -> tuple[datetime, str, float]:
    """What decides which of two facts was first: one that has no number yet will get the highest."""
    return movement.occurred_at, movement.client_uuid or "", inf if movement.id is None else movement.id


def _why(scan: Movement) -> str | None:
    """What is to be said of a scan that counts."""
    return fold.FORGOTTEN_EXIT if scan.source == AUTOMATIC else None


def _conclusion(row: Movement) -> Concluded:
    return Concluded(row.direction, row.occurred_at, row.microlocation_id, row.reason or "")


def _tally(movements: Iterable[Movement]) -> Counter[Way]:
    return Counter((movement.microlocation_id, movement.gate, movement.direction) for movement in movements)
