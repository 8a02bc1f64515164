"""What everybody at the door knows together: who has a ticket, whose turn it is, what the server has told."""

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from app.door_simulator import story
from app.door_simulator.plan import Plan, Scan
from app.door_simulator.story import Fact

MOST_WORDS = 20
"""So many things that went wrong are told in words; the others are counted."""


@dataclass
class Guest:
    """A guest: ``attendee`` and ``code`` once he has a ticket, ``turn`` the next of his scans.

    ``sending`` counts batches with scans of his that are under way, ``news`` all that ever were: as long as neither has
    changed we know as much of him as the server does.
    """

    attendee: str = ""
    code: str = ""
    is_absent: bool = False
    turn: int = 0
    facts: list[Fact] = field(default_factory=list)
    sending: int = 0
    news: int = 0


@dataclass(frozen=True)
class Sold:
    """An order as the server has answered it."""

    order: str
    attendees: tuple[str, ...]
    cents: int


@dataclass(frozen=True)
class Foreseen:
    """Why the next scan must be refused (None: it must be accepted), as long as there are no more ``news``."""

    news: int
    refusal: str | None


class Ended(Exception):
    """It is over: somebody has stopped, or the time is up."""


class Crowd:
    """Shared by all threads; every method may be called by any."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.guests = [Guest() for _ in range(plan.options.guests)]
        self.facts: dict[str, Fact] = {}
        self.rows: set[str] = set()
        """Names of scans that the server keeps a row of, refused ones too."""
        self.refused: set[str] = set()
        self.held: set[str] = set()
        self.sold: dict[str, Sold] = {}
        """By key of the sale."""
        self.verdicts: dict[str, Counter[str]] = defaultdict(Counter)
        self.wrong: list[str] = []
        self.wrong_number = 0
        self.judged = 0
        """Live answers that could be told beforehand."""
        self.doubled = 0
        """Second taps, and scans that were sent again in a batch."""
        self.compared = 0
        """Offline scans whose time was compared with when they were made."""
        self.worst = 0.0, 0.0
        """Of the worst of them the seconds between the two, and how many there may have been."""
        self.done = 0
        self._changed = threading.Condition()
        self._over = False

    def stop(self) -> None:
        """Lets nobody begin anything more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def complain(self, words: str) -> None:
        """Something is not as it must be."""
        with self._changed:
            self.wrong_number += 1
            if len(self.wrong) < MOST_WORDS:
                self.wrong.append(words)

    def count(self, kind: str, verdict: str) -> None:
        """One more answer of its kind."""
        with self._changed:
            self.verdicts[kind][verdict] += 1

    def require_open(self) -> None:
        """Raises `Ended`."""
        if self._over:
            raise Ended

    # --- sales ---------------------------------------------------------------------------------------------------

    def sell(self, key: str, guests: tuple[int, ...], sold: Sold) -> None:
        """These guests have tickets, and may come in."""
        with self._changed:
            self.sold[key] = sold
            for number, attendee in zip(guests, sold.attendees, strict=True):
                self.guests[number].attendee = attendee
                self.guests[number].code = f"{sold.order}-{attendee}"
            self._finished()

    def give_up(self, guests: tuple[int, ...]) -> None:
        """These guests got no ticket, and do not come."""
        with self._changed:
            for number in guests:
                self.guests[number].is_absent = True
            self._finished()

    # --- scans ---------------------------------------------------------------------------------------------------

    def await_turn(self, scan: Scan) -> Guest | None:
        """The guest of a scan, when he stands there; None for whom nobody knows, or nobody has sold a ticket. Raises
        `Ended`."""
        self.require_open()
        if scan.guest is None:
            return None
        guest = self.guests[scan.guest]
        with self._changed:
            self._changed.wait_for(
                lambda: self._over or ((guest.attendee or guest.is_absent) and guest.turn == scan.turn)
            )
            self.require_open()
        return None if guest.is_absent else guest

    def pass_on(self, scan: Scan) -> None:
        """The scan is made: the guest goes on."""
        with self._changed:
            if scan.guest is not None:
                self.guests[scan.guest].turn += 1
            self._finished()

    def foresee(self, guest: Guest, direction: str, room: int | None) -> Foreseen | None:
        """What the server must say to a scan of this guest; None when a batch of his is under way."""
        with self._changed:
            return None if guest.sending else Foreseen(guest.news, story.refusal(guest.facts, direction, room))

    def is_unchanged(self, guest: Guest, foreseen: Foreseen) -> bool:
        """Whether what was foreseen still holds: no batch of his has been sent since."""
        return foreseen.news == guest.news

    def send(self, guests: list[int], *, begins: bool) -> None:
        """A batch with scans of these guests begins or ends to be under way."""
        with self._changed:
            for number in guests:
                self.guests[number].sending += 1 if begins else -1
                self.guests[number].news += begins

    def learn(self, fact: Fact) -> None:
        """The server keeps a scan as a fact."""
        with self._changed:
            if fact.movement not in self.facts:
                self.facts[fact.movement] = fact
                self.guests[fact.guest].facts.append(fact)
            self.rows.add(fact.name)

    def refuse(self, name: str) -> None:
        """The server keeps a scan as refused."""
        with self._changed:
            self.rows.add(name)
            self.refused.add(name)

    def hold(self, name: str) -> None:
        """The server keeps a scan, and asks somebody when it was."""
        with self._changed:
            self.rows.add(name)
            self.held.add(name)

    def compare_times(self, made: datetime, counted: datetime, bound: float) -> None:
        """An offline scan counts at one time and was made at another, at most ``bound`` seconds apart."""
        error = abs((counted - made).total_seconds())
        with self._changed:
            if not self.compared or error - bound > self.worst[0] - self.worst[1]:
                self.worst = error, bound
            self.compared += 1

    def _finished(self) -> None:
        self.done += 1
        self._changed.notify_all()
