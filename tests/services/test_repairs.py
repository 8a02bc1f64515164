"""Repairs: a device in the wrong mode is put right in one step, and that step can be taken back."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, Invalid
from app.models import Amendment, Movement, Repair, TicketHolder
from app.models.amendments import REPAIR, RESTORE
from app.models.movements import ACCEPTED, CONFLICT, DESK, IN, LIVE, OUT, PATCH, UNDONE
from app.models.stations import CHECK_IN
from app.services import amendments, integrity, occupancy, repairs, user_check_ins
from app.services.amendments import Author
from app.services.ledger import Ledger, Origin
from app.services.repairs import Asked
from app.services.venue_door import Scanner
from tests.factories import World, make_event, make_order, make_ticket
from tests.programme import make_microlocation, make_session, make_station

MINUTE = timedelta(minutes=1)
WALKS = 8
STEPS = 100
PHONE = "Phone 7"


class Door:
    """A phone that should have let guests in and has scanned them out, from minute 5 to minute 25."""

    def __init__(self, world: World, guests: int = 3):
        self.world = world
        self.opens: datetime = world.event.starts_at
        self.guests: list[TicketHolder] = make_order(world.session, world.free, guests).attendees
        self.author = Author(world.organizer.id, "It was in exit mode")
        self.asked = Asked(PHONE, self.opens + 5 * MINUTE, self.opens + 25 * MINUTE, IN)

    def scan(self, guest: TicketHolder, direction: str, minute: int, device: str = PHONE, **facts: Any) -> Movement:
        at = self.opens + minute * MINUTE
        book = Ledger(guest)
        movement = book.scan(Origin(PATCH, self.world.registrar.id, at), direction, at, device=device, **facts)
        book.write()
        return movement

    def repair(self, token: str | None = None) -> Repair:
        row, _ = repairs.repair(self.world.event, self.asked, self.author, token=token)
        return row

    def inside(self) -> list[bool]:
        return [guest.is_checked_in for guest in self.guests]

    def state(self) -> dict[int, tuple[str, str | None]]:
        """The verdicts of all movements that stand."""
        rows = self.world.session.scalars(select(Movement).where(Movement.verdict.in_(LIVE)))
        return {row.id: (row.verdict, row.reason) for row in rows if not row.is_inferred}


@pytest.fixture
def door(world: World) -> Door:
    return Door(world)


@pytest.fixture(autouse=True)
def _adds_up(world: World) -> Iterator[None]:
    yield
    assert integrity.report() == []


def test_a_device_in_exit_mode(door: Door):
    wrong = [door.scan(guest, OUT, 10 + number, gate="North") for number, guest in enumerate(door.guests)]
    row = door.repair()
    assert door.inside() == [True, True, True]
    assert [movement.verdict for movement in wrong] == [UNDONE] * 3
    assert (row.movement_count, row.attendee_count, row.reason, row.author_id) == (
        3, 3, "It was in exit mode", door.world.organizer.id,
    )  # fmt: skip
    assert occupancy.by_place(door.world.event.id)[None, "North"] == occupancy.Count(3, 0)
    entries = list(door.world.session.scalars(select(Amendment).order_by(Amendment.movement_id)))
    assert [(each.kind, each.repair, each.movement) for each in entries] == [(REPAIR, row, each) for each in wrong]
    right = entries[0].replacement
    assert right is not None
    assert (right.direction, right.occurred_at, right.device, right.gate) == (IN, wrong[0].occurred_at, PHONE, "North")
    assert (right.source, right.verdict, right.told) == (DESK, ACCEPTED, ACCEPTED)


def test_only_what_is_meant_is_turned_round(door: Door):
    guest, other, third = door.guests
    untouched = [
        door.scan(guest, OUT, 4),
        door.scan(guest, OUT, 25),
        door.scan(other, IN, 10),
        door.scan(other, OUT, 12, "Phone 8"),
        door.scan(third, OUT, 26),
    ]
    edges = [door.scan(third, OUT, 5), door.scan(guest, OUT, 24)]
    foreign = make_order(door.world.session, make_ticket(door.world.session, make_event(door.world.session)))
    untouched.append(door.scan(foreign.attendees[0], OUT, 10))
    planned = repairs.plan(door.world.event, door.asked, door.author)
    assert planned.movement_ids == sorted(movement.id for movement in edges)
    door.repair()
    assert UNDONE not in {movement.verdict for movement in untouched}
    assert {movement.verdict for movement in edges} == {UNDONE}


def test_what_was_told_nothing_stays(door: Door):
    """Refused, replayed and undone scans, and what was concluded, are no facts to be turned round."""
    guest = door.guests[0]
    book = Ledger(guest)
    origin = Origin(PATCH, None, door.opens + 10 * MINUTE)
    for verdict in ("refused", "replayed"):
        book.note(origin, OUT, origin.recorded_at, verdict=verdict, device=PHONE)
    book.write()
    amendments.undo(door.scan(guest, OUT, 11), door.author)
    with pytest.raises(Invalid, match="no scan of the direction 'out'") as refusal:
        door.repair()
    assert refusal.value.pointer == "/data/attributes/device"
    assert door.world.session.scalar(select(func.count()).select_from(Repair)) == 0


def test_a_preview_changes_nothing_and_says_what_would_be(door: Door):
    guest, other, _ = door.guests
    door.scan(guest, OUT, 10)
    door.scan(guest, OUT, 12)
    door.scan(other, IN, 1, "Phone 8")
    door.scan(other, OUT, 10)
    door.scan(other, OUT, 30, "Phone 8")
    before = door.state()
    planned = repairs.plan(door.world.event, door.asked, door.author)
    door.world.session.flush()
    assert door.state() == before
    assert (len(planned.movement_ids), len(planned.parts), planned.conflicts) == (3, 2, 2)
    part = planned.parts[0]
    assert (part.book.attendee, part.before["is_checked_out"], part.after["is_checked_in"]) == (guest, True, True)
    assert (guest.is_checked_in, guest.is_checked_out) == (False, True)
    door.repair(planned.token)
    shown = {name: getattr(guest, name) for name in part.after}
    assert shown == part.after, "as it was foretold"
    assert sum(row.verdict == CONFLICT for row in door.world.session.scalars(select(Movement))) == 2


def test_only_what_was_seen_is_repaired(door: Door):
    door.scan(door.guests[0], OUT, 10)
    planned = repairs.plan(door.world.event, door.asked, door.author)
    door.scan(door.guests[1], OUT, 11)
    before = door.state()
    with pytest.raises(Conflict, match="new preview"):
        door.repair(planned.token)
    assert door.state() == before
    door.repair(repairs.plan(door.world.event, door.asked, door.author).token)


def test_what_is_too_much_or_empty(door: Door, monkeypatch: pytest.MonkeyPatch):
    for minute in (10, 11, 12):
        door.scan(door.guests[0], OUT, minute)
    monkeypatch.setattr(repairs, "MOST", 2)
    with pytest.raises(Invalid, match="More than 2 movements"):
        door.repair()
    door.asked = replace(door.asked, until=door.asked.since)
    with pytest.raises(Invalid, match="later than"):
        door.repair()


def test_scans_of_stations_are_left_alone(door: Door):
    session, event = door.world.session, door.world.event
    hall = make_microlocation(session, event)
    talk = make_session(session, event, microlocation_id=hall.id)
    station = make_station(session, event, CHECK_IN, microlocation_id=hall.id, station_name=PHONE)
    scanner = Scanner(door.world.registrar.id, may_scan=True)
    check_in = user_check_ins.record(station, attendee_id=door.guests[0].id, session_id=talk.id, scanner=scanner)
    door.asked = Asked(PHONE, door.opens, door.opens + timedelta(days=3), OUT)
    planned = repairs.plan(event, door.asked, door.author)
    assert (planned.movement_ids, planned.station_scans) == ([], 1)
    user_check_ins.delete(check_in)
    assert repairs.plan(event, door.asked, door.author).station_scans == 0


def test_undoing_a_repair_brings_everything_back(door: Door):
    for number, guest in enumerate(door.guests):
        door.scan(guest, OUT, 10 + number, client_uuid=str(number))
        door.scan(guest, IN, 40)
    before, columns = door.state(), [guest.checkin_times for guest in door.guests]
    row = door.repair()
    assert door.state() != before
    undone = repairs.undo(row, Author(door.world.owner.id, "It was right"))
    assert (undone.restored, undone.left) == (3, [])
    assert (door.state(), [guest.checkin_times for guest in door.guests]) == (before, columns)
    assert (row.undone_by_id, row.undo_reason) == (door.world.owner.id, "It was right")
    assert row.undone_at is not None
    restored = list(door.world.session.scalars(select(Amendment).where(Amendment.kind == RESTORE)))
    assert [(each.movement.verdict, each.repair) for each in restored] == [(UNDONE, row)] * 3
    assert {each.replacement_id for each in restored} <= before.keys()
    with pytest.raises(Conflict, match="undone already"):
        repairs.undo(row, door.author)
    again = door.repair()
    assert again.movement_count == 3


def test_what_was_amended_since_is_left_alone(door: Door):
    wrong = [door.scan(guest, OUT, 10) for guest in door.guests]
    row = door.repair()
    replacements = dict(door.world.session.execute(select(Amendment.movement_id, Amendment.replacement_id)).all())
    first, second, _ = (door.world.session.get_one(Movement, replacements[movement.id]) for movement in wrong)
    amendments.undo(first, door.author)
    amendments.correct(second, door.author, occurred_at=door.opens)
    undone = repairs.undo(row, door.author)
    assert (undone.restored, undone.left) == (1, wrong[:2])
    assert [movement.verdict for movement in wrong] == [UNDONE, UNDONE, ACCEPTED]
    assert door.inside() == [False, True, False]


def test_nothing_may_be_left_to_bring_back(door: Door):
    door.scan(door.guests[0], OUT, 10)
    row = door.repair()
    [replacement] = (each.replacement for each in door.world.session.scalars(select(Amendment)))
    amendments.undo(replacement, door.author)
    undone = repairs.undo(row, door.author)
    assert (undone.restored, len(undone.left)) == (0, 1)


def test_repairs_of_repairs_are_undone_one_by_one(door: Door):
    door.scan(door.guests[0], OUT, 10)
    before = door.state()
    first = door.repair()
    door.asked = replace(door.asked, direction=OUT)
    second = door.repair()
    assert repairs.undo(first, door.author).restored == 0, "what it made was turned round again"
    assert repairs.undo(second, door.author).restored == 1
    assert door.state() != before
    assert door.inside()[0]


def test_a_restored_scan_takes_its_old_place_among_scans_of_the_same_moment(door: Door):
    """Of scans at one instant without names of their own the older row comes first, as when it is read again."""
    guest = door.guests[0]
    early, late = door.scan(guest, OUT, 10), door.scan(guest, IN, 10, "Phone 8")
    row = door.repair()
    repairs.undo(row, door.author)
    assert [scan.id for scan in Ledger(guest).scans] == [early.id, late.id]
    assert (early.verdict, late.verdict, guest.is_checked_in) == (ACCEPTED, ACCEPTED, True)


def test_the_number_of_reads_does_not_grow(door: Door, count_queries: Callable[..., Any]):
    """Of statements only the UPDATEs do: one for each row that is changed."""
    numbers = []
    for guests in (door.guests[:1], make_order(door.world.session, door.world.free, 20).attendees):
        for guest in guests:
            door.scan(guest, OUT, 10)
        door.world.session.expire_all()
        with count_queries() as sent:
            door.repair()
        numbers.append(Counter(statement.split()[0] for statement in sent if not statement.startswith("UPDATE")))
    assert numbers[0] == numbers[1]


# --- a random walk ------------------------------------------------------------------------------------------------


class Walk:
    """Scans of a few guests, and all that can be done to them afterwards, in any order."""

    def __init__(self, door: Door, seed: int):
        self.door, self.chance = door, random.Random(seed)
        self.rooms = [None, *(make_microlocation(door.world.session, door.world.event).id for _ in range(2))]
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        """One thing that somebody does; what is refused changes nothing."""
        steps = [self.scan] * 5 + [self.undo, self.correct, self.correct, self.repair, self.undo_repair]
        step = self.chance.choice(steps)
        try:
            step()
            self.done[step.__name__] += 1
        except (Conflict, Invalid):
            self.done[f"{step.__name__} refused"] += 1

    def scan(self) -> None:
        chance = self.chance
        facts = {"microlocation_id": chance.choice(self.rooms), "gate": chance.choice([None, "A", "B"])}
        if chance.random() < 0.5:
            facts["client_uuid"] = str(chance.getrandbits(64))
        guest = chance.choice(self.door.guests)
        self.door.scan(
            guest, chance.choice([IN, OUT]), chance.randint(0, 40), chance.choice([PHONE, "Phone 8"]), **facts
        )

    def undo(self) -> None:
        amendments.undo(self._movement(), self.door.author)

    def correct(self) -> None:
        at = self.door.opens + self.chance.randint(0, 40) * MINUTE
        amendments.correct(self._movement(), self.door.author, occurred_at=at)

    def repair(self) -> None:
        since = self.chance.randint(0, 30)
        device, direction = self.chance.choice([PHONE, "Phone 8"]), self.chance.choice([IN, OUT])
        stretch = self.door.opens + since * MINUTE, self.door.opens + (since + 15) * MINUTE
        repairs.repair(self.door.world.event, Asked(device, *stretch, direction), self.door.author, token=None)

    def undo_repair(self) -> None:
        rows = list(self.door.world.session.scalars(select(Repair)))
        if not rows:
            raise Invalid("Nothing was repaired yet.")
        repairs.undo(self.chance.choice(rows), self.door.author)

    def _movement(self) -> Movement:
        rows = list(self.door.world.session.scalars(select(Movement).order_by(Movement.id)))
        if not rows:
            raise Invalid("Nobody was scanned yet.")
        return self.chance.choice(rows)


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_columns_and_counts_are_the_recount(door: Door, seed: int):
    walk = Walk(door, seed)
    for _ in range(STEPS):
        walk.step()
        assert recount(door) == counted(door)
        assert all(Ledger(guest).is_told() for guest in door.guests)
    assert {"scan", "undo", "correct", "repair", "undo_repair"} <= walk.done.keys(), walk.done
    assert integrity.report() == []
    session = door.world.session
    replaced = select(Movement.id).where(Movement.verdict == UNDONE, Movement.is_inferred.is_(False))
    amended = set(session.scalars(select(Amendment.movement_id)))
    assert set(session.scalars(replaced)) <= amended, "nothing is taken back without an entry"


def recount(door: Door) -> Counter[tuple[int | None, str | None, str]]:
    rows = door.world.session.scalars(select(Movement).where(Movement.verdict == ACCEPTED))
    return Counter((row.microlocation_id, row.gate, row.direction) for row in rows)


def counted(door: Door) -> Counter[tuple[int | None, str | None, str]]:
    found: Counter[tuple[int | None, str | None, str]] = Counter()
    for (room, gate), count in occupancy.by_place(door.world.event.id).items():
        found[room, gate, IN], found[room, gate, OUT] = count.entries, count.exits
    return +found
