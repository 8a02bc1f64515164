"""Random walks: whatever is scanned where, by whose clock, how often and in what order, and whatever is taken back and
corrected in between, state, columns and counts are what a recount of the ledger says.

How many movements: ``STEPS`` in the environment, a thousand where it is not set.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.clock import utcnow
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, HELD, IN, LIVE, OUT
from app.services import amendments, batches, devices, integrity, occupancy
from app.services.amendments import Author
from app.services.batches import Scan
from app.services.devices import Contact
from app.services.ledger import Ledger
from tests.factories import World, make_order, make_ticket
from tests.programme import make_microlocation

STEPS = int(os.environ.get("STEPS", "1000"))
BATCH = 50
SCANS_OF_A_GUEST = 25
AMENDED = 0.05
"""Of so many scans one is taken back or corrected."""

SKEWS = [timedelta(minutes=minutes) for minutes in (0, 0, 120, -120, 61, -7)]


@dataclass(frozen=True)
class Sent:
    """A batch on its way; guests are numbers, of whichever crowd it is about."""

    contact: Contact
    scans: list[Scan]


@dataclass(frozen=True)
class Amend:
    """A scan that is taken back, or gets another time."""

    client_uuid: str
    occurred_at: datetime | None


class Plan:
    """What happens at the event, without an order: the same of each crowd."""

    def __init__(self, chance: random.Random, doors_open: datetime, rooms: list[int | None], steps: int):
        self.chance, self.doors_open, self.rooms = chance, doors_open, rooms
        self.guests = max(3, steps // SCANS_OF_A_GUEST)
        self.batches = [self._batch(number) for number in range(max(1, steps // BATCH))]
        self.amendments = [
            self._amendment(scan) for sent in self.batches for scan in sent.scans if chance.random() < AMENDED
        ]

    def _batch(self, number: int) -> Sent:
        phone = self.chance.randrange(len(SKEWS))
        received_at = self.doors_open + timedelta(seconds=self.chance.uniform(0, 40 * 3600))
        contact = Contact(f"Phone {phone}", received_at - SKEWS[phone], received_at)
        return Sent(contact, [self._scan(f"{number}-{nth}", contact.sent_at) for nth in range(BATCH)])

    def _scan(self, name: str, sent_at: datetime) -> Scan:
        back = self.chance.choice([3, 60, 3600, 6 * 3600] * 15 + [400 * 24 * 3600])  # of the last some are held
        return Scan(
            name,
            self.chance.choice([IN, IN, OUT]),
            sent_at - timedelta(seconds=self.chance.uniform(0, back)),
            attendee_id=self.chance.randrange(self.guests),
            microlocation_id=self.chance.choice(self.rooms),
            gate=self.chance.choice([None, "North", "South"]),
        )

    def _amendment(self, scan: Scan) -> Amend:
        if self.chance.random() < 0.5:
            return Amend(scan.client_uuid, None)
        return Amend(scan.client_uuid, self.doors_open + timedelta(seconds=self.chance.uniform(0, 40 * 3600)))


class Crowd:
    """Guests to whom the plan happens, in an order of their own."""

    def __init__(self, world: World, plan: Plan, name: str):
        self.world, self.plan, self.name = world, plan, name
        ticket = make_ticket(world.session, world.event, name=name, quantity=plan.guests)
        self.guests = list(make_order(world.session, ticket, plan.guests).attendees)
        self.amended = Counter[str]()

    def live(self, chance: random.Random) -> None:
        """All of it happens: batches in any order, some twice; amendments as soon as there is what they amend."""
        sent = [*self.plan.batches, *chance.choices(self.plan.batches, k=len(self.plan.batches) // 3)]
        chance.shuffle(sent)
        waiting = {amend.client_uuid: amend for amend in self.plan.amendments}
        for batch in sent:
            self._send(batch)
            arrived = [waiting.pop(scan.client_uuid, None) for scan in batch.scans]
            for amend in chance.sample(arrived, len(arrived)):
                if amend is not None:
                    self._amend(amend)
        assert not waiting

    def _send(self, batch: Sent) -> None:
        clock = devices.heard(self.world.event.id, batch.contact, None)
        for chunk in batches.chunks([self._ours(scan) for scan in batch.scans]):
            batches.record(self.world.event, batch.contact, clock, chunk, by=None)

    def _ours(self, scan: Scan) -> Scan:
        guest = self.guests[scan.attendee_id or 0]
        facts = {**vars(scan), "attendee_id": guest.id, "client_uuid": f"{scan.client_uuid} {self.name}"}
        return Scan(**facts)

    def _amend(self, amend: Amend) -> None:
        name = f"{amend.client_uuid} {self.name}"
        movement = self.world.session.scalars(select(Movement).where(Movement.client_uuid == name)).one()
        author = Author(self.world.organizer.id, "It was otherwise")
        if movement.verdict not in (*LIVE, HELD):
            return
        if amend.occurred_at is None:
            amendments.undo(movement, author)
        else:
            amendments.correct(movement, author, occurred_at=amend.occurred_at)
        self.amended["undone" if amend.occurred_at is None else "corrected"] += 1

    def states(self) -> list[tuple[Any, ...]]:
        """Where each guest is, and his columns."""
        return [_state(guest) for guest in self.guests]


def _state(guest: TicketHolder) -> tuple[Any, ...]:
    columns = ("is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin")
    return Ledger(guest).where, *(getattr(guest, column) for column in columns)


def test_two_orders_of_arrival_end_in_the_same_place(world: World):
    """Two crowds, to whom the same happens in two orders."""
    chance = random.Random(STEPS)
    # Long ago enough that no correction lies in the future.
    world.event.starts_at, world.event.ends_at = utcnow() - timedelta(days=4), utcnow() - timedelta(days=2)
    rooms = [None, *(make_microlocation(world.session, world.event).id for _ in range(3))]
    plan = Plan(chance, world.event.starts_at, rooms, STEPS)
    crowds = [Crowd(world, plan, name) for name in ("first", "second")]
    for crowd in crowds:
        crowd.live(chance)
    first, second = (crowd.states() for crowd in crowds)
    assert first == second
    counts = occupancy.by_place(world.event.id)
    assert counts == recount(world), "counts are the recount"
    assert all(count.entries % 2 == count.exits % 2 == 0 for count in counts.values()), "each crowd has the same share"
    inside = occupancy.of_event(world.event).venue.count.inside
    assert inside == sum(guest.is_checked_in for crowd in crowds for guest in crowd.guests)
    assert integrity.report() == []
    verdicts = Counter(world.session.scalars(select(Movement.verdict)))
    print(f"\n{STEPS} scans, twice: {dict(verdicts)}; of each crowd amended: {dict(crowds[0].amended)}")


def recount(world: World) -> dict[tuple[int | None, str | None], occupancy.Count]:
    """Entries and exits by room and gate, from the movements themselves."""
    found: dict[tuple[int | None, str | None], occupancy.Count] = {}
    rows = select(Movement.microlocation_id, Movement.gate, Movement.direction, func.count())
    rows = rows.where(Movement.event_id == world.event.id, Movement.verdict == ACCEPTED)
    for room, gate, direction, number in world.session.execute(rows.group_by(*rows.selected_columns[:3])):
        place = found.get((room, gate), occupancy.Count())
        found[room, gate] = place + (occupancy.Count(number) if direction == IN else occupancy.Count(0, number))
    return found
