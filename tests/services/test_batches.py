"""Batches: whatever arrives how often and in whatever order, the guests end up in the same place."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.models import TicketHolder
from app.models.movements import IN, OUT
from app.services import batches, devices, integrity, occupancy
from app.services.batches import CHUNK, Scan
from app.services.devices import Contact
from app.services.ledger import Ledger
from tests.factories import World, make_order
from tests.programme import make_microlocation

WALKS = 12
Batch = tuple[Contact, list[Scan]]


@pytest.fixture
def doors_open(world: World) -> datetime:
    """When the event begins."""
    return world.event.starts_at


def send(world: World, batch: Batch) -> list[tuple[str, str, str | None]]:
    """What the device is told: the verdict of each scan, by its name."""
    contact, scans = batch
    clock = devices.heard(world.event.id, contact, None)
    told = []
    for chunk in batches.chunks(scans):
        told += batches.record(world.event, contact, clock, chunk, by=None)
    return sorted((each.client_uuid, each.verdict, each.reason) for each in told)


def test_chunks_hold_all_scans_a_guests_in_order_of_time(doors_open: datetime):
    scans = [
        Scan(str(number), IN, doors_open + timedelta(minutes=-number), attendee_id=number % 3)
        for number in range(2 * CHUNK + 1)
    ]
    parts = list(batches.chunks(scans))
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 1]
    flat = [scan for part in parts for scan in part]
    assert sorted(flat, key=lambda scan: int(scan.client_uuid)) == scans
    assert flat == sorted(flat, key=lambda scan: (scan.attendee_id, scan.device_time))


@pytest.mark.parametrize(
    ("secret", "guest_id"),
    [("abc-12", 12), ("a-b-7", 7), ("12", 12), ("abc", None), ("a-1x", None), ("a-" + "9" * 30, None)],
)
def test_the_code_of_a_ticket_ends_with_the_guests_id(doors_open: datetime, secret: str, guest_id: int | None):
    assert Scan("a", IN, doors_open, secret=secret).guest_id == guest_id


@pytest.mark.parametrize("seed", range(WALKS))
def test_two_orders_of_arrival_tell_the_same_story(world: World, doors_open: datetime, seed: int):
    """The same scans of devices with clocks of their own, in two orders and sent again: the same state."""
    chance = random.Random(seed)
    rooms = [None, *(make_microlocation(world.session, world.event).id for _ in range(2))]
    crowds = [list(make_order(world.session, world.free, seats=3).attendees) for _ in range(2)]
    day = _day(chance, doors_open, rooms)
    states = []
    for crowd in crowds:
        sent = [(contact, [_of(scan, crowd) for scan in scans]) for contact, scans in day]
        sent += chance.choices(sent, k=3)
        chance.shuffle(sent)
        first = [send(world, batch) for batch in sent]
        assert first == [send(world, batch) for batch in sent], "the same batch again gives the same verdicts"
        states.append([_state(guest) for guest in crowd])
    assert states[0] == states[1]
    assert all(count.entries % 2 == count.exits % 2 == 0 for count in occupancy.by_place(world.event.id).values())
    assert integrity.report() == []


def _day(chance: random.Random, doors_open: datetime, rooms: list[int | None]) -> list[Batch]:
    day = []
    for number in range(4):
        skew = timedelta(seconds=chance.choice([0, 3, -3600, 7200, -7200, 90]))
        for batch in range(3):
            received_at = doors_open + timedelta(hours=chance.randint(1, 40))
            contact = Contact(f"Phone {number}", received_at - skew, received_at)
            scans = [_scan(chance, f"{number}-{batch}-{n}", received_at - skew, rooms) for n in range(8)]
            day.append((contact, scans))
    return day


def _scan(chance: random.Random, name: str, sent_at: datetime, rooms: Sequence[int | None]) -> Scan:
    at = sent_at - timedelta(seconds=chance.choice([0, 5, 60, 3600]) * chance.random() * 10)
    facts: dict[str, Any] = {"microlocation_id": chance.choice(rooms), "gate": chance.choice([None, "A", "B"])}
    return Scan(name, chance.choice([IN, OUT]), at, attendee_id=chance.randint(0, 2), **facts)


def _of(scan: Scan, crowd: list[TicketHolder]) -> Scan:
    guest = crowd[scan.attendee_id or 0]
    return replace(scan, attendee_id=guest.id, client_uuid=f"{scan.client_uuid} of {guest.order_id}")


def _state(guest: TicketHolder) -> tuple[Any, ...]:
    columns = ("is_checked_in", "is_checked_out", "checkin_times", "checkout_times", "device_name_checkin")
    return Ledger(guest).where, *(getattr(guest, column) for column in columns)
