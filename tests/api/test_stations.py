"""Stations over HTTP: as the kiosk makes and reads them."""

from typing import Any

import pytest

from app.models import Station
from app.models.stations import CHECK_IN, STATION_TYPES
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_station


def plan(world: World, station_type: str = "registration", **relationships: Any) -> dict[str, Any]:
    attributes = {"station-name": "Hall 1", "station-type": station_type}
    return resource("station", attributes, event=world.event, **relationships)


def test_creation(api: Api, world: World):
    hall = make_microlocation(world.session, world.event, room="B 1")
    response = api.post("/v1/station", plan(world, "check out", microlocation=hall), world.organizer)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert data["attributes"] == {
        "station-name": "Hall 1",
        "station-type": "check out",
        "microlocation-id": hall.id,
        "room": "B 1",
    }
    location = response.headers["Location"].removeprefix("http://localhost")
    assert location == f"/v1/stations/{data['id']}"
    assert api.get(location, world.registrar).json["data"] == data


@pytest.mark.parametrize("station_type", STATION_TYPES)
def test_ids_are_numbers_and_linkage_is_text(api: Api, world: World, station_type: str):
    """The kiosk compares them with ``===``."""
    hall = make_microlocation(world.session, world.event)
    station = make_station(world.session, world.event, station_type, microlocation_id=hall.id)
    shown = api.get(f"/v1/events/{world.event.id}/stations", world.registrar, include="microlocation").json
    [data] = shown["data"]
    assert type(data["id"]) is int
    assert (data["id"], data["attributes"]["microlocation-id"]) == (station.id, hall.id)
    assert data["relationships"]["microlocation"]["data"] == {"type": "microlocation", "id": str(hall.id)}
    assert [included["id"] for included in shown["included"]] == [str(hall.id)]
    linkage = api.get(f"/v1/stations/{station.id}/relationships/microlocation", world.registrar).json["data"]
    assert linkage == {"type": "microlocation", "id": str(hall.id)}


def test_a_desk_without_a_place(api: Api, world: World):
    data = api.post("/v1/station", plan(world), world.organizer).json["data"]
    assert (data["attributes"]["microlocation-id"], data["attributes"]["room"]) == (None, None)
    assert api.get(f"/v1/stations/{data['id']}/microlocation", world.organizer).json["data"] is None


def test_a_door_without_its_room(api: Api, world: World):
    response = api.post("/v1/station", plan(world, "check in"), world.organizer)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/microlocation/data"}


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"station-name": ""}, "station-name"),
        ({"station-name": None}, "station-name"),
        ({"station-type": "check-in"}, "station-type"),
        ({"station-type": None}, "station-type"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    document = plan(world)
    document["data"]["attributes"] |= attributes
    response = api.post("/v1/station", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


@pytest.mark.parametrize("as_sent", [str, int])
def test_a_partial_change_needs_neither_event_nor_type(api: Api, world: World, as_sent: Any):
    """The id may be sent as it was read, or as JSON:API has it."""
    hall = make_microlocation(world.session, world.event)
    door = make_station(world.session, world.event, CHECK_IN, microlocation_id=hall.id)
    document = resource("station", {"station-name": "New"})
    document["data"]["id"] = as_sent(door.id)
    response = api.patch(f"/v1/stations/{door.id}", document, world.coorganizer)
    assert response.status_code == 200, response.json
    assert (door.station_name, door.station_type, door.microlocation_id) == ("New", CHECK_IN, hall.id)


@pytest.mark.parametrize("wrong", [True, 1.0, "1.0", None, [], 10**9])
def test_another_id_is_refused(api: Api, world: World, wrong: Any):
    desk = make_station(world.session, world.event)
    document = resource("station", {"station-name": "New"})
    document["data"]["id"] = wrong
    response = api.patch(f"/v1/stations/{desk.id}", document, world.organizer)
    assert (response.status_code, desk.station_name) == (400, "Kiosk 9")


def test_numbers_are_no_ids_of_other_resources(api: Api, world: World):
    document = resource("ticket", {"name": "New"})
    document["data"]["id"] = world.free.id
    assert api.patch(f"/v1/tickets/{world.free.id}", document, world.organizer).status_code == 400


def test_a_station_keeps_its_event(api: Api, world: World):
    desk, other = make_station(world.session, world.event), make_event(world.session)
    document = resource("station", {}, id_=desk.id, event=other)
    assert api.patch(f"/v1/stations/{desk.id}", document, world.organizer).status_code == 200
    assert desk.event_id == world.event.id


def test_lists_hold_the_events_own(api: Api, world: World):
    """By the identifier too: there, another server lists the stations of all events."""
    hall = make_microlocation(world.session, world.event)
    desk = make_station(world.session, world.event)
    door = make_station(world.session, world.event, CHECK_IN, microlocation_id=hall.id)
    make_station(world.session, make_event(world.session))
    for event in (world.event.id, world.event.identifier):
        listed = api.get(f"/v1/events/{event}/stations", world.registrar, page_size="1000").json
        assert [row["id"] for row in listed["data"]] == [desk.id, door.id]
        assert listed["meta"] == {"count": 2}
    at_the_hall = api.get(f"/v1/microlocations/{hall.id}/stations", world.registrar).json["data"]
    assert [row["id"] for row in at_the_hall] == [door.id]


def test_the_number_of_statements_of_a_list_does_not_grow(api: Api, world: World, count_queries: Any):
    def statements() -> int:
        url, person = f"/v1/events/{world.event.id}/stations", world.registrar
        assert person.id  # is read again after each request; that is not counted
        with count_queries() as sent:
            listed = api.get(url, person, page_size="0").json
        assert listed["data"]
        return len(sent)

    make_station(world.session, world.event)
    few = statements()
    for number in range(20):
        hall = make_microlocation(world.session, world.event, room=str(number))
        make_station(world.session, world.event, microlocation_id=hall.id)
    assert statements() == few


def test_who_may_not(api: Api, world: World):
    desk = make_station(world.session, world.event)
    document = resource("station", {"station-name": "New"}, id_=desk.id)
    for person, status in ((None, 401), (world.stranger, 403), (world.registrar, 403)):
        assert api.post("/v1/station", plan(world), person).status_code == status
        assert api.patch(f"/v1/stations/{desk.id}", document, person).status_code == status
        assert api.delete(f"/v1/stations/{desk.id}", person).status_code == status
    assert api.get(f"/v1/stations/{desk.id}", world.stranger).status_code == 403
    assert world.session.query(Station).count() == 1
    assert (desk.station_name, desk.deleted_at) == ("Kiosk 9", None)


def test_deletion(api: Api, world: World):
    desk = make_station(world.session, world.event)
    assert api.delete(f"/v1/stations/{desk.id}", world.organizer).status_code == 200
    assert api.get(f"/v1/stations/{desk.id}", world.organizer).status_code == 404
    assert api.get(f"/v1/events/{world.event.id}/stations", world.organizer).json["data"] == []
    scan = resource("user_check_in", station=desk, ticket_holder=world.attendee)
    response = api.post("/v1/user-check-in", scan, world.organizer)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
