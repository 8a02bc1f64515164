"""Movements and occupancy over HTTP."""

import random
import string
from typing import Any

import pytest

from app.models import Movement
from tests.factories import World, grant, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_movement, where_it_is_noon


@pytest.fixture(autouse=True)
def _noon(world: World):
    world.event.timezone = where_it_is_noon()


def scan(api: Api, world: World, as_: Any = None, **attributes: Any) -> Any:
    relationships = {"attendee": attributes.pop("attendee", world.attendee)}
    if "microlocation" in attributes:
        relationships["microlocation"] = attributes.pop("microlocation")
    document = resource("movement", {"direction": "in"} | attributes, **relationships)
    return api.post(f"/v1/events/{world.event.id}/movements", document, as_ or world.registrar)


def test_a_scan_and_the_same_again(api: Api, world: World):
    facts = {"device": "Phone 1", "gate": "North", "device-time": "2026-11-21T18:00:00Z", "client-uuid": "a-1"}
    response = scan(api, world, **facts)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert response.headers["Location"].endswith(data["links"]["self"])
    shown = data["attributes"]
    assert {name: shown[name] for name in ("device", "gate", "client-uuid", "source", "verdict", "told", "reason")} == {
        "device": "Phone 1",
        "gate": "North",
        "client-uuid": "a-1",
        "source": "desk",
        "verdict": "accepted",
        "told": "accepted",
        "reason": None,
    }
    assert shown["device-time"] == "2026-11-21T18:00:00+00:00"
    again = scan(api, world, **facts)
    assert (again.status_code, again.json["meta"]) == (200, {"replayed": True})
    assert again.json["data"]["id"] == data["id"]


def test_a_devices_name_is_one_part_of_a_list(api: Api, world: World):
    assert scan(api, world, device=" Gate 1, North ").json["data"]["attributes"]["device"] == "Gate 1  North"
    shown = api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]["attributes"]
    assert shown["device-name-checkin"] == "Gate 1  North"
    assert scan(api, world, device=" , ").status_code == 422


@pytest.mark.parametrize("length", [255, 3_000])
def test_a_long_name_of_a_device_keeps_nobody_out(api: Api, world: World, length: int):
    """Also one that no index could hold."""
    name = "".join(random.Random(length).choices(string.ascii_letters, k=length))
    document = resource("attendee", {"is-checked-in": True, "device-name-checkin": name}, id_=world.attendee.id)
    response = api.patch(f"/v1/attendees/{world.attendee.id}", document, world.registrar)
    assert response.status_code == 200, response.json
    assert response.json["data"]["attributes"]["device-name-checkin"] == name[:255]


def test_a_refusal_is_kept_and_says_why(api: Api, world: World):
    first = scan(api, world, device="Phone 1").json["data"]
    response = scan(api, world, device="Phone 2")
    assert (response.status_code, error_codes(response)) == (409, ["scan-refused"])
    assert response.json["errors"][0]["meta"] == {"reason": "already-inside", "movement-id": first["id"]}
    [refused] = world.session.query(Movement).filter_by(verdict="refused")
    listed = api.get(f"/v1/events/{world.event.id}/movements", world.registrar, sort="-recorded-at")
    assert listed.json["data"][0]["id"] == str(refused.id)
    assert listed.json["meta"]["count"] == 2


def test_a_refusal_of_a_patch_is_kept(api: Api, world: World):
    world.order.status = "pending"
    document = resource("attendee", {"is-checked-in": True, "firstname": "Grace"}, id_=world.attendee.id)
    response = api.patch(f"/v1/attendees/{world.attendee.id}", document, world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["order-not-paid"])
    [refused] = world.session.query(Movement)
    assert (refused.verdict, refused.reason, refused.source) == ("refused", "unpaid", "patch")
    shown = api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]["attributes"]
    assert shown["firstname"] != "Grace", "nothing else of the refused change is done"


def test_a_room_is_entered_through_the_venue(api: Api, world: World):
    hall = make_microlocation(world.session, world.event, capacity=0)
    response = scan(api, world, microlocation=hall)
    assert response.status_code == 201
    assert response.json["meta"] == {"warnings": ["room-full"]}
    listed = api.get(
        f"/v1/attendees/{world.attendee.id}/movements", world.registrar, include="microlocation", sort="id"
    )
    told = [(row["attributes"]["is-inferred"], row["attributes"]["reason"]) for row in listed.json["data"]]
    assert told == [(True, "room-entry"), (False, None)]
    assert [row["id"] for row in listed.json["included"]] == [str(hall.id)]


def test_only_a_supervisor_overrides(api: Api, world: World):
    hall = make_microlocation(world.session, world.event, capacity=0, is_capacity_hard=True)
    facts = {"microlocation": hall, "override-reason": "the speaker"}
    assert error_codes(scan(api, world, **facts)) == ["scan-refused"]
    response = scan(api, world, world.coorganizer, **facts)
    assert response.status_code == 201
    assert response.json["data"]["attributes"]["override-reason"] == "the speaker"


@pytest.mark.parametrize("wrong", [{"direction": "up"}, {"direction": None}, {"device-time": "now"}])
def test_values_that_are_refused(api: Api, world: World, wrong: dict[str, Any]):
    response = scan(api, world, **wrong)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])


def test_filters_and_sorting(api: Api, world: World):
    for verdict in ("accepted", "refused", "refused"):
        make_movement(world.session, world.attendee, verdict=verdict)
    url = f"/v1/events/{world.event.identifier}/movements"
    wanted = '[{"name": "verdict", "op": "eq", "val": "refused"}]'
    found = api.get(url, world.registrar, filter=wanted, sort="-occurred-at,attendee.lastname")
    assert found.json["meta"]["count"] == 2


def test_who_is_inside(api: Api, world: World):
    hall = make_microlocation(world.session, world.event, name="Hall", capacity=80)
    world.event.capacity = 500
    scans = (
        scan(api, world, gate="North", device="Phone 1"),
        scan(api, world, microlocation=hall, gate="Side", device="Phone 2"),
    )
    last = {row["device"]: row for row in (each.json["data"]["attributes"] for each in scans)}
    response = api.get(f"/v1/events/{world.event.id}/occupancy", world.registrar)
    assert response.status_code == 200
    data = response.json["data"]
    assert (data["type"], data["id"]) == ("occupancy", str(world.event.id))
    shown = data["attributes"]
    assert shown.pop("as-of")
    line = {"entries": 1, "exits": 0, "inside": 1}
    assert shown == {
        "capacity": 500,
        **line,
        "conflicts": 0,
        "held": 0,
        "backlog": None,
        "rooms": [{"id": str(hall.id), "name": "Hall", "capacity": 80, **line}],
        "gates": [{"gate": "North", **line}],
        "devices": [
            {"device": name, "last-contact": row["recorded-at"], "silent-seconds": 0} for name, row in last.items()
        ],
    }


@pytest.mark.parametrize("number", [1, 25])
def test_a_scan_costs_the_same_number_of_statements(api: Api, world: World, number: int, count_queries: Any):
    for _ in range(number):
        make_movement(world.session, world.attendee, verdict="refused")
    with count_queries() as sent:
        assert scan(api, world, device="Phone 1").status_code == 201
    assert len(sent) == 5, sent


def test_a_venue_that_is_full_is_said_and_refuses_nobody(api: Api, world: World):
    world.event.capacity = 1
    assert "meta" not in scan(api, world).json
    fuller = scan(api, world, attendee=world.order.attendees[1])
    assert (fuller.status_code, fuller.json["meta"]) == (201, {"warnings": ["venue-full"]})


def test_a_movement_of_another_event_is_no_first_tap(api: Api, world: World):
    """Else anybody with an event could read who goes in at another, by guessing the name of a device."""
    assert scan(api, world, device="Gate 1").status_code == 201
    other = make_event(world.session)
    grant(world.session, world.stranger, other, "organizer")
    document = resource("movement", {"direction": "in", "device": "Gate 1"}, attendee=world.attendee)
    response = api.post(f"/v1/events/{other.id}/movements", document, world.stranger)
    assert (response.status_code, response.json["errors"][0]["meta"]) == (409, {"reason": "wrong-event"})
