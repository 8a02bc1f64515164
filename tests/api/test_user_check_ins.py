"""Scans at stations over HTTP: the documents that the kiosk sends, and what it reads."""

from typing import Any

import pytest

from app.models import UserCheckIn
from app.models.orders import CANCELLED
from app.models.stations import CHECK_IN, CHECK_OUT, DAILY
from tests.factories import World, make_event, make_order, make_ticket
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_session, make_station, where_it_is_noon

URL = "/v1/user-check-in"


@pytest.fixture(autouse=True)
def _noon(world: World) -> None:
    world.event.timezone = where_it_is_noon()


def scan(station: Any, guest: Any, **relationships: Any) -> dict[str, Any]:
    """The kiosk's document: it has no attributes."""
    document = resource("user_check_in", station=station, ticket_holder=guest, **relationships)
    del document["data"]["attributes"]
    return document


def test_registration(api: Api, world: World):
    desk = make_station(world.session, world.event)
    response = api.post(URL, scan(desk, world.attendee), world.registrar)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert (data["type"], type(data["id"])) == ("user_check_in", int)
    created_at = data["attributes"].pop("created-at")
    assert data["attributes"] == {
        "success": True,
        "message": "Ticket register successful.",
        "station-type": "registration",
    }
    assert response.headers["Location"] == f"http://localhost/v1/user-check-in/{data['id']}"
    guest = api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]["attributes"]
    assert (guest["is-registered"], guest["register-times"]) == (True, created_at)
    assert (guest["is-checked-in"], guest["device-name-checkin"]) == (True, "Kiosk 9")


def test_repeats_and_other_refusals_are_422_in_the_kiosks_words(api: Api, world: World):
    hall = make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, microlocation_id=hall.id)
    desk, daily = make_station(world.session, world.event), make_station(world.session, world.event, DAILY)
    way_in, way_out = (
        make_station(world.session, world.event, type_, microlocation_id=hall.id) for type_ in (CHECK_IN, CHECK_OUT)
    )
    guest, other = world.order.attendees
    elsewhere = make_event(world.session)
    [foreigner] = make_order(world.session, make_ticket(world.session, elsewhere)).attendees
    far_away = make_session(world.session, world.event)
    for document in (scan(desk, guest), scan(daily, guest), scan(way_in, guest, session=talk)):
        assert api.post(URL, document, world.registrar).status_code == 201
    for document, code, detail in (
        (scan(desk, guest), "already-scanned", "Attendee already registered."),
        (scan(daily, guest), "already-scanned", "Attendee already check daily on station."),
        (scan(way_in, guest, session=talk), "already-scanned", "Attendee already checked in."),
        (scan(way_out, other, session=talk), "not-checked-in", "Attendee not check in yet."),
        (
            scan(desk, foreigner),
            "wrong-event",
            "Attendee not belong to this event. Check the ticket: it is for another one.",
        ),
        (
            scan(way_in, other),
            "invalid",
            "A station of type 'check in' needs a session. Name the one that is on there.",
        ),
        (
            scan(way_in, other, session=far_away),
            "invalid",
            "Location of your session not matches with station location, please check with the organizer.",
        ),
        (
            scan(way_in, other, session=make_session(world.session, elsewhere)),
            "invalid",
            "Session not belong to this event. Name one of the station's event.",
        ),
    ):
        response = api.post(URL, document, world.registrar)
        assert (response.status_code, error_codes(response)) == (422, [code])
        assert response.json["errors"][0]["detail"] == detail
    world.order.status = CANCELLED
    response = api.post(URL, scan(desk, other), world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["order-not-paid"])
    assert world.session.query(UserCheckIn).count() == 3


@pytest.mark.parametrize("missing", ["station", "ticket_holder"])
def test_what_is_missing_is_named(api: Api, world: World, missing: str):
    document = scan(make_station(world.session, world.event), world.attendee)
    del document["data"]["relationships"][missing]
    response = api.post(URL, document, world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    pointer = f"/data/relationships/{missing.replace('_', '-')}/data"
    assert response.json["errors"][0]["source"] == {"pointer": pointer}


@pytest.mark.parametrize(
    ("name", "id_", "detail"),
    [
        ("station", "999999", "Station: 999999 not found."),
        ("ticket_holder", "999999", "Attendee: 999999 not found."),
        ("session", "999999", "Session: 999999 not found."),
        ("session", "null", "Session: null not found."),
    ],
)
def test_what_is_unknown_is_404(api: Api, world: World, name: str, id_: str, detail: str):
    """Between two sessions the kiosk sends the id «null»; for 422 it would show «already scanned»."""
    hall = make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, microlocation_id=hall.id)
    door = make_station(world.session, world.event, CHECK_IN, microlocation_id=hall.id)
    document = scan(door, world.attendee, session=talk)
    document["data"]["relationships"][name]["data"]["id"] = id_
    response = api.post(URL, document, world.registrar)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert response.json["errors"][0]["detail"].startswith(f"{detail} Check the id;")


def test_the_type_has_an_underscore(api: Api, world: World):
    document = scan(make_station(world.session, world.event), world.attendee)
    document["data"]["type"] = "user-check-in"
    response = api.post(URL, document, world.registrar)
    assert (response.status_code, error_codes(response)) == (409, ["wrong-type"])


def test_who_may_scan(api: Api, world: World):
    desk = make_station(world.session, world.event)
    for person, status in (
        (None, 401), (world.stranger, 403), (world.buyer, 403), (world.moderator, 403), (world.registrar, 201),
    ):  # fmt: skip
        assert api.post(URL, scan(desk, world.attendee), person).status_code == status


def test_a_stranger_learns_nothing_of_the_guest(api: Api, world: World):
    """Whatever he asks, the answer is about his rights."""
    desk = make_station(world.session, world.event)
    world.order.status = CANCELLED
    assert api.post(URL, scan(desk, world.attendee), world.stranger).status_code == 403
    world.attendee.event_id = make_event(world.session).id
    assert api.post(URL, scan(desk, world.attendee), world.stranger).status_code == 403


def test_lists(api: Api, world: World):
    hall = make_microlocation(world.session, world.event)
    desk = make_station(world.session, world.event)
    daily = make_station(world.session, world.event, DAILY, microlocation_id=hall.id)
    first, second = (
        api.post(URL, scan(station, world.attendee), world.registrar).json["data"]["id"] for station in (desk, daily)
    )
    for event in (world.event.id, world.event.identifier):
        listed = api.get(f"/v1/events/{event}/user-check-in", world.registrar, include="station,ticket-holder").json
        assert [row["id"] for row in listed["data"]] == [first, second]
        linkage = listed["data"][0]["relationships"]["ticket-holder"]["data"]
        assert linkage == {"type": "attendee", "id": str(world.attendee.id)}
    at_the_hall = api.get(f"/v1/microlocations/{hall.id}/user-check-in", world.registrar).json["data"]
    assert [row["id"] for row in at_the_hall] == [second]
    other = make_event(world.session)
    assert api.get(f"/v1/events/{other.id}/user-check-in", world.staff).json["data"] == []
    daily_ones = '[{"name": "station-type", "op": "eq", "val": "daily"}]'
    filtered = api.get(f"/v1/events/{world.event.id}/user-check-in", world.registrar, filter=daily_ones).json
    assert [row["id"] for row in filtered["data"]] == [second]


def test_deletion(api: Api, world: World):
    desk = make_station(world.session, world.event)
    made = api.post(URL, scan(desk, world.attendee), world.registrar).json["data"]["id"]
    assert api.delete(f"{URL}/{made}", world.registrar).status_code == 403
    assert api.delete(f"{URL}/{made}", world.organizer).status_code == 200
    assert api.get(f"{URL}/{made}", world.organizer).status_code == 404
    assert not world.attendee.is_registered
    assert api.post(URL, scan(desk, world.attendee), world.registrar).status_code == 201


def test_an_attendees_own_patch_cannot_register_him(api: Api, world: World):
    document = resource("attendee", {"is-registered": True, "register-times": "now"}, id_=world.attendee.id)
    assert api.patch(f"/v1/attendees/{world.attendee.id}", document, world.registrar).status_code == 200
    assert (world.attendee.is_registered, world.attendee.register_times) == (False, None)


def test_a_scan_costs_the_same_for_the_first_guest_and_the_hundredth(api: Api, world: World, count_queries: Any):
    desk = make_station(world.session, world.event)
    guests = make_order(world.session, world.free, seats=30).attendees

    def statements(guest: Any) -> int:
        document, person = scan(desk, guest), world.registrar
        assert person.id  # is read again after each request; that is not counted
        with count_queries() as sent:
            assert api.post(URL, document, person).status_code == 201
        return len(sent)

    numbers = {statements(guest) for guest in guests}
    assert len(numbers) == 1
    assert numbers.pop() <= 13
