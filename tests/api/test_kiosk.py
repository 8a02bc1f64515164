"""The kiosk's plain JSON: search, registration state, statistics."""

from typing import Any

import pytest

from app.models import TicketHolder
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.http import Api, error_codes, resource
from tests.programme import make_session, make_station, make_track

NOT_FOUND = "not found. Check the id; what was deleted, or is not yours to see, is not found either."
READ_BY_THE_KIOSK = {"id", "firstname", "lastname", "email", "ticket_id", "is_registered"}


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    assert response.content_type == "application/json"
    return [guest["firstname"] for guest in response.json["attendees"]]


@pytest.fixture
def guests(world: World) -> list[TicketHolder]:
    facts = [("Grace", "grace@guest.example"), ("Linus", "linus@guest.example"), ("Guesten", "other@example.org")]
    return [
        make_attendee(world.session, world.free, firstname=name, lastname=None, email=email) for name, email in facts
    ]


def test_the_search_as_the_kiosk_writes_it(api: Api, world: World, guests: list[TicketHolder]):
    """A whole URL stands where the parameter's name should: «events/1/attendees/search?email»."""
    here = f"events/{world.event.id}/attendees/search"
    url = f"/v1/{here}?sort=firstname&{here}"
    assert names(api.get(f"{url}?email=guest.ex", world.registrar)) == ["Linus", "Grace"]
    assert names(api.get(f"{url}?name=guest", world.registrar)) == ["Guesten", "Ada", "Ada"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=linus", ["Linus"]),
        ("name=LIN", ["Linus"]),
        ("name=g&email=guest.ex", ["Grace"]),
        ("name=_inus", []),
        ("name=" + "x" * 1000, []),
        ("", ["Guesten", "Linus", "Grace", "Ada", "Ada"]),
        ("email=", ["Guesten", "Linus", "Grace", "Ada", "Ada"]),
    ],
)
def test_the_search_as_it_is_meant(api: Api, world: World, guests: list[TicketHolder], query: str, found: list[str]):
    for event in (world.event.id, world.event.identifier):
        assert names(api.get(f"/v1/events/{event}/attendees/search?{query}", world.registrar)) == found


def test_what_is_told_of_who_was_found(api: Api, world: World, guests: list[TicketHolder]):
    [found] = api.get(f"/v1/events/{world.event.id}/attendees/search?name=grace", world.registrar).json["attendees"]
    assert {name: found[name] for name in READ_BY_THE_KIOSK} == {
        "id": guests[0].id,
        "firstname": "Grace",
        "lastname": None,
        "email": "grace@guest.example",
        "ticket_id": world.free.id,
        "is_registered": False,
    }
    assert found["created_at"].endswith(" GMT")
    assert not {"identifier", "deleted_at", "created_by_id"} & found.keys()


@pytest.mark.parametrize("url", ["attendees/search?name=%00", "attendees/search?x%3Femail=%00"])
def test_what_a_database_cannot_search_for(api: Api, world: World, url: str):
    response = api.get(f"/v1/events/{world.event.id}/{url}", world.registrar)
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])


def test_the_search_is_for_the_door(api: Api, world: World):
    for person, status in ((None, 401), (world.stranger, 403), (world.buyer, 403), (world.moderator, 403)):
        assert api.get(f"/v1/events/{world.event.id}/attendees/search", person).status_code == status


def test_the_state_of_a_guest(api: Api, world: World):
    url = f"/v1/states?event_id={world.event.id}&attendee_id={world.attendee.id}"
    assert api.get(url, world.registrar).json == {"is_registered": False, "register_times": None}
    desk = make_station(world.session, world.event)
    api.post(
        "/v1/user-check-in", resource("user_check_in", station=desk, ticket_holder=world.attendee), world.registrar
    )
    state = api.get(url, world.registrar).json
    assert state == {"is_registered": True, "register_times": world.attendee.register_times}
    assert state["register_times"].endswith("+00:00")


def test_states_that_are_refused(api: Api, world: World):
    event, guest = world.event.id, world.attendee.id
    [foreigner] = make_order(world.session, make_ticket(world.session, make_event(world.session))).attendees
    for query, status, detail in (
        (f"attendee_id={guest}", 404, "event_id is missing from your request. Send it in the query string."),
        (f"event_id={event}", 404, "attendee_id is missing from your request. Send it in the query string."),
        (f"event_id=abc&attendee_id={guest}", 422, "abc is not a valid id. Send the number."),
        (f"event_id={event}&attendee_id=-1", 422, "-1 is not a valid id. Send the number."),
        (f"event_id=999999&attendee_id={guest}", 404, f"Event: 999999 {NOT_FOUND}"),
        (f"event_id={event}&attendee_id=999999", 404, f"Attendee: 999999 {NOT_FOUND}"),
        (f"event_id={event}&attendee_id={foreigner.id}", 422, "Attendee not belong to this event. Check both ids."),
    ):
        response = api.get(f"/v1/states?{query}", world.registrar)
        assert response.status_code == status, query
        assert error_codes(response)
        assert response.json["errors"][0]["detail"] == detail
    for person, status in ((None, 401), (world.stranger, 403), (world.buyer, 403)):
        assert api.get(f"/v1/states?event_id={event}&attendee_id={guest}", person).status_code == status


def test_statistics(api: Api, world: World):
    talks = [make_session(world.session, world.event, title=title) for title in ("First", "Second")]
    jazz = make_track(world.session, world.event)
    url = f"/v1/user-check-in/stats/event/{world.event.id}"
    bare = api.get(url, world.registrar).json
    assert (bare["total_attendee"], bare["session_stats"], bare["track_stats"]) == (2, [], [])
    asked = api.get(f"{url}?session_ids={talks[0].id},{talks[1].id}&track_ids={jazz.id}", world.registrar).json
    assert [row["session_name"] for row in asked["session_stats"]] == ["First", "Second"]
    assert [row["track_id"] for row in asked["track_stats"]] == [str(jazz.id)]


@pytest.mark.parametrize("ids", ["null", "", ",", "abc,-1,1.5", "9" * 30, "%00", "1 2"])
def test_ids_that_are_none_have_no_rows(api: Api, world: World, ids: str):
    url = f"/v1/user-check-in/stats/event/{world.event.id}?session_ids={ids}&track_ids={ids}"
    answer = api.get(url, world.registrar)
    assert answer.status_code == 200
    assert (answer.json["session_stats"], answer.json["track_stats"]) == ([], [])


def test_statistics_are_for_the_door(api: Api, world: World):
    url = f"/v1/user-check-in/stats/event/{world.event.id}"
    for person, status in ((None, 401), (world.stranger, 403), (world.buyer, 403), (world.registrar, 200)):
        assert api.get(url, person).status_code == status
    assert api.get("/v1/user-check-in/stats/event/999999", world.staff).status_code == 404


@pytest.mark.parametrize("name", ["states", "events/1/attendees/search", "user-check-in/stats/event/1"])
def test_a_query_string_that_is_not_utf_8(api: Api, name: str):
    response = api.client.open(f"/v1/{name}", environ_overrides={"QUERY_STRING": "name=\xff"})
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])
