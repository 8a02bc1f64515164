"""Batches of scans over HTTP, and what is told of the devices that send them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import format_instant, utcnow
from app.models import Movement, TicketHolder
from app.services import integrity
from tests.factories import World, make_event, make_order, make_ticket
from tests.http import Api, resource
from tests.programme import make_microlocation, where_it_is_noon

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(world: World):
    world.event.timezone = where_it_is_noon()


class Phone:
    """A device that keeps scans until it has a network; its clock is ``ahead`` of ours."""

    def __init__(self, api: Api, world: World, name: str = "Phone 7", *, ahead: timedelta = timedelta()):
        self.api, self.world, self.name, self.ahead = api, world, name, ahead

    def scan(self, client_uuid: str, direction: str, minutes_ago: float, **facts: Any) -> dict[str, Any]:
        """A scan as the phone notes it."""
        at = utcnow() - timedelta(minutes=minutes_ago) + self.ahead
        facts = {"attendee-id": str(self.world.attendee.id)} | facts
        scan = {"client-uuid": client_uuid, "direction": direction, "device-time": format_instant(at), **facts}
        return {name: value for name, value in scan.items() if value is not None}

    def send(self, *scans: Any, **facts: Any) -> Any:
        """The answer to a batch."""
        sent = {"device": self.name, "sent-at": format_instant(utcnow() + self.ahead), "scans": list(scans)} | facts
        return self.api.post(
            f"/v1/events/{self.world.event.id}/movement-batches", resource("movement-batch", sent), self.world.registrar
        )

    def verdicts(self, *scans: Any) -> list[tuple[str, str | None]]:
        """Verdict and reason of each scan."""
        response = self.send(*scans)
        assert response.status_code == 200, response.json
        return [(told["verdict"], told["reason"]) for told in response.json["data"]["attributes"]["verdicts"]]


@pytest.fixture
def phone(api: Api, world: World) -> Phone:
    return Phone(api, world)


def movements(world: World) -> list[Movement]:
    return list(world.session.scalars(select(Movement).order_by(Movement.occurred_at, Movement.id)))


def test_what_was_scanned_offline_counts_when_it_was_scanned(world: World, phone: Phone):
    response = phone.send(phone.scan("a", "in", 60, gate="North"), phone.scan("b", "out", 30))
    told = response.json["data"]["attributes"]["verdicts"]
    assert [(each["client-uuid"], each["verdict"], each["is-replayed"]) for each in told] == [
        ("a", "recorded", False), ("b", "recorded", False),
    ]  # fmt: skip
    entry, leaving = movements(world)
    assert (entry.source, entry.gate, entry.device, entry.verdict) == ("batch", "North", "Phone 7", "accepted")
    assert (entry.occurred_at, entry.recorded_by_id) == (entry.device_time, world.registrar.id)
    assert leaving.occurred_at - entry.occurred_at > timedelta(minutes=29)
    assert world.attendee.is_checked_out
    assert integrity.report() == []


def test_the_same_batch_again_gives_the_same_verdicts(world: World, phone: Phone):
    scans = [
        phone.scan("a", "in", 60), phone.scan("b", "in", 30), phone.scan("c", "in", 20, **{"attendee-id": "999999"}),
        phone.scan("d", "in", 29.9), {"client-uuid": "e"},
    ]  # fmt: skip
    first = phone.verdicts(*scans)
    assert first == [
        ("recorded", None), ("conflict", "already-inside"), ("refused", "unknown"), ("replayed", "already-inside"),
        ("refused", "malformed"),
    ]  # fmt: skip
    number = len(movements(world))
    again = phone.send(*reversed(scans)).json["data"]["attributes"]["verdicts"]
    assert [(told["verdict"], told["reason"]) for told in reversed(again)] == first
    assert [told.get("is-replayed") for told in reversed(again)] == [True, True, True, True, None]
    assert len(movements(world)) == number


def test_the_verdict_that_was_given_stays_what_is_told(world: World, phone: Phone):
    assert phone.verdicts(phone.scan("late", "in", 10)) == [("recorded", None)]
    assert phone.verdicts(phone.scan("first", "in", 60)) == [("recorded", None)]
    [_, late] = movements(world)
    assert (late.verdict, late.told, late.reason) == ("conflict", "accepted", "already-inside")
    assert phone.verdicts(phone.scan("late", "in", 10)) == [("recorded", None)]


def test_a_clock_that_is_ahead_is_found_out(api: Api, world: World):
    ahead = Phone(api, world, "Phone 8", ahead=HOUR)
    before = utcnow()
    assert ahead.verdicts(ahead.scan("a", "in", 30)) == [("recorded", None)]
    [entry] = movements(world)
    assert entry.device_time is not None
    assert entry.device_time - entry.occurred_at == pytest.approx(HOUR, abs=timedelta(seconds=5))
    assert before - timedelta(minutes=30, seconds=5) <= entry.occurred_at <= before - timedelta(minutes=29)
    assert entry.uncertainty_ms == 1000
    [device] = api.get(f"/v1/events/{world.event.id}/devices", world.registrar).json["data"]
    assert device["attributes"]["skew-ms"] == pytest.approx(-3_600_000, abs=5000)
    assert device["attributes"]["backlog-seconds"] == pytest.approx(1800, abs=5)


def test_a_clock_that_is_right_is_left_alone(world: World, phone: Phone):
    phone.send(phone.scan("a", "in", 30))
    [entry] = movements(world)
    assert entry.occurred_at == entry.device_time
    assert (entry.uncertainty_ms or 0) < 5000


def test_a_clock_that_was_set_in_between_widens_the_error_bar(api: Api, world: World):
    Phone(api, world).send()
    phone = Phone(api, world, ahead=HOUR)
    phone.send(phone.scan("a", "in", 30))
    [entry] = movements(world)
    assert entry.uncertainty_ms == pytest.approx(3_601_000, abs=5000)


@pytest.mark.parametrize("minutes_ago", [-10, 60 * 24 * 400])
def test_a_time_that_cannot_be_is_held_for_review(api: Api, world: World, phone: Phone, minutes_ago: int):
    assert phone.verdicts(phone.scan("a", "in", minutes_ago)) == [("recorded", "outside-hours")]
    [held] = movements(world)
    assert (held.verdict, held.told) == ("held", "held")
    assert not world.attendee.is_checked_in
    [device] = api.get(f"/v1/events/{world.event.id}/devices", world.registrar).json["data"]
    assert device["attributes"]["held"] == 1
    assert phone.verdicts(phone.scan("b", "in", 5)) == [("recorded", None)], "it is in nobody's way"
    assert integrity.report() == []


def test_who_cannot_come_in_is_refused_and_kept(world: World, phone: Phone):
    elsewhere = make_ticket(world.session, make_event(world.session))
    [unpaid] = make_order(world.session, world.paid, status="pending").attendees
    [stranger] = make_order(world.session, elsewhere).attendees
    guests = {"unpaid": unpaid, "wrong-event": stranger, "unknown-room": world.attendee}
    scans = [phone.scan(reason, "in", 5, **{"attendee-id": guest.id}) for reason, guest in guests.items()]
    scans[-1]["microlocation-id"] = str(make_microlocation(world.session, elsewhere.event).id)
    scans.append(phone.scan("unknown", "in", 5, **{"attendee-id": None, "secret": "nothing-1"}))
    assert phone.verdicts(*scans) == [("refused", reason) for reason in (*guests, "unknown")]
    kept = {row.client_uuid: row for row in movements(world)}
    assert {uuid: row.reason for uuid, row in kept.items()} == {uuid: uuid for uuid in (*guests, "unknown")}
    assert (kept["unknown"].attendee_id, kept["unknown"].scanned) == (None, "nothing-1")
    assert {row.event_id for row in kept.values()} == {world.event.id}
    assert integrity.report() == []


def test_the_code_of_a_ticket_names_the_guest(world: World, phone: Phone):
    code = world.order.door_code(world.attendee.id)
    scans = [phone.scan(name, "in", 5, **{"attendee-id": None, "secret": name}) for name in (code, f"x{code}")]
    assert phone.verdicts(*scans) == [("recorded", None), ("refused", "unknown")]
    assert world.attendee.is_checked_in


def test_a_bad_scan_keeps_no_other(world: World, phone: Phone):
    good = phone.scan("good", "in", 5)
    bad: list[Any] = [
        None, 7, "text", [], {}, good | {"client-uuid": None}, good | {"client-uuid": "x" * 300},
        good | {"client-uuid": "1", "direction": "up"}, good | {"client-uuid": "2", "device-time": "noon"},
        good | {"client-uuid": "3", "device-time": 5}, good | {"client-uuid": "4", "attendee-id": None},
        good | {"client-uuid": "5", "secret": "both"}, good | {"client-uuid": "6", "attendee-id": "9" * 30},
        good | {"client-uuid": "\x00"}, good | {"client-uuid": "7", "gate": {"a": 1}},
    ]  # fmt: skip
    response = phone.send(*bad, good)
    assert response.status_code == 200, response.json
    *refused, recorded = response.json["data"]["attributes"]["verdicts"]
    assert {(told["verdict"], told["reason"]) for told in refused} == {("refused", "malformed")}
    assert all(told["detail"] for told in refused)
    assert recorded["verdict"] == "recorded"


def test_a_name_of_a_scan_is_not_used_for_another(world: World, phone: Phone):
    [other] = crowd(world, 1)
    first = phone.scan("a", "in", 5)
    assert phone.verdicts(first) == [("recorded", None)]
    taken = [("refused", "client-uuid-taken")]
    assert phone.verdicts(first | {"direction": "out"}) == taken
    assert phone.verdicts(first | {"attendee-id": other.id}) == taken


def test_a_full_room_is_no_reason_to_deny_what_has_happened(world: World, phone: Phone):
    room = make_microlocation(world.session, world.event, capacity=0, is_capacity_hard=True)
    assert phone.verdicts(phone.scan("a", "in", 5, **{"microlocation-id": room.id})) == [("recorded", None)]
    assert integrity.report() == []


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"device": " "}, "device"),
        ({"sent-at": "now"}, "sent-at"),
        ({"scans": None}, "scans"),
        ({"scans": "x"}, "scans"),
        ({"scans": [{}] * 1001}, "scans"),
        ({"backlog": -1}, "backlog"),
    ],
)
def test_a_batch_that_is_none(phone: Phone, facts: dict[str, Any], pointer: str):
    response = phone.send(phone.scan("a", "in", 5), **facts)
    assert response.status_code == 422
    assert response.json["errors"][0]["source"]["pointer"].startswith(f"/data/attributes/{pointer}")


def crowd(world: World, number: int) -> list[TicketHolder]:
    return list(make_order(world.session, world.free, seats=number).attendees)


def test_a_chunk_costs_the_same_statements_for_few_and_many(world: World, phone: Phone, count_queries: Any):
    needed = []
    for number in (3, 90):
        guests = crowd(world, number)
        scans = [phone.scan(f"{number}-{guest.id}", "in", 5, **{"attendee-id": guest.id}) for guest in guests]
        world.session.refresh(world.event)  # before: what the test itself asks is not counted
        world.session.refresh(world.registrar)
        with count_queries() as sent:
            phone.send(*scans)
        needed.append(len(sent))
    assert needed == [8, 8]


def test_devices_that_only_scan_are_listed_too(api: Api, world: World, phone: Phone):
    document = resource("movement", {"direction": "in", "device": "Door 1"}, attendee=world.attendee)
    api.post(f"/v1/events/{world.event.id}/movements", document, world.registrar)
    phone.send(backlog=12)
    found = api.get(f"/v1/events/{world.event.id}/devices", world.registrar).json["data"]
    assert [device["attributes"]["name"] for device in found] == ["Door 1", "Phone 7"]
    assert [device["attributes"]["backlog"] for device in found] == [None, 12]
    shown = api.get(f"/v1/events/{world.event.id}/occupancy", world.registrar).json["data"]["attributes"]["devices"]
    assert [device["device"] for device in shown] == ["Door 1", "Phone 7"]
    assert all(0 <= device["silent-seconds"] < 60 for device in shown)
