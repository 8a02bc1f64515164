"""What the check-in kiosk sends, recorded from it, on the demo event; and what its pages read from the answers.

The requests keep the form in which they were recorded (headers, «JWT null», the search's broken address, bodies
without attributes); token, ids and times are those of the demo event.
"""

import re
from typing import Any

import pytest

from app import demo
from app.clock import parse_instant, utcnow
from app.models import Event, Microlocation, TicketHolder
from app.models import Session as ProgrammeItem
from tests.pdfs import qr_codes, texts
from tests.programme import make_badge_form, where_it_is_noon

JSON = "application/json"
JSONAPI = "application/vnd.api+json"
PAGE = "http://127.0.0.1:8080"


class Kiosk:
    """The page in a browser: its token is in its storage, or the text «null» is."""

    def __init__(self, client: Any):
        self.client = client
        self.token = "null"

    def send(self, method: str, url: str, body: Any = None, *, authorization: str | None = None) -> Any:
        """A request with the page's headers, after the preflight that a browser sends for it."""
        content_type = JSONAPI if body is not None else JSON
        self._preflight(method, url)
        headers = {
            "Authorization": f"JWT {self.token}" if authorization is None else authorization,
            "Accept": JSONAPI,
            "Content-Type": content_type,
            "Origin": PAGE,
        }
        answer = self.client.open(url, method=method, headers=headers, json=body)
        assert answer.headers["Access-Control-Allow-Origin"] == "*", "else the page cannot read it"
        return answer

    def get(self, url: str) -> Any:
        """What an address answers, which must be a success."""
        answer = self.send("GET", url)
        assert answer.status_code == 200, answer.json
        return answer.json

    def log_in(self, account: str) -> int:
        """The form on the start page; then it asks who that was."""
        email, password = demo.ACCOUNTS[account]
        answer = self.send("POST", "/v1/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.json
        self.token = answer.json["access_token"]
        return self.get("/v1/users/user-details/get-user-id")["user_id"]

    def scan(self, station_id: int, attendee_id: int, session_id: int | str | None = None) -> Any:
        """The document of a scan: snake-case names, ids as text, no attributes."""
        linked = {"station": ("station", station_id), "ticket_holder": ("attendee", attendee_id)}
        if session_id is not None:
            linked["session"] = ("session", session_id)
        relationships = {name: {"data": {"type": type_, "id": str(id_)}} for name, (type_, id_) in linked.items()}
        return self.send(
            "POST", "/v1/user-check-in", {"data": {"relationships": relationships, "type": "user_check_in"}}
        )

    def make_station(self, event_id: int, name: str, station_type: str, microlocation_id: str | None = None) -> Any:
        """Makes a station on its «select station» page."""
        relationships = {"event": {"data": {"type": "event", "id": str(event_id)}}}
        if microlocation_id is not None:
            relationships["microlocation"] = {"data": {"id": microlocation_id, "type": "microlocation"}}
        attributes = {"station-name": name, "station-type": station_type}
        body = {"data": {"attributes": attributes, "relationships": relationships, "type": "station"}}
        answer = self.send("POST", "/v1/station", body)
        assert answer.status_code == 201, answer.json
        return answer.json["data"]

    def stations(self, event_id: int) -> list[Any]:
        """All of the event's."""
        return self.get(f"/v1/events/{event_id}/stations?page[size]=1000")["data"]

    def station_of_type(self, event_id: int, station_type: str, microlocation_id: str | None = None) -> int:
        """Finds a station as the page does: by comparing numbers with ``===``, which tells 21 from "21"."""
        for station in self.stations(event_id):
            place = station["attributes"]["microlocation-id"]
            here = microlocation_id is None or (type(place) is int and place == int(microlocation_id))
            if station["attributes"]["station-type"] == station_type and here:
                assert type(station["id"]) is int
                return station["id"]
        raise AssertionError(f"no {station_type} station")

    def _preflight(self, method: str, url: str) -> None:
        asked = {
            "Accept": "*/*",
            "Origin": PAGE,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        answer = self.client.options(url, headers=asked)
        assert answer.status_code == 200
        assert method in answer.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]


@pytest.fixture
def here(loaded: demo.Demo, session: Any) -> demo.Demo:
    """The demo event as it was loaded, where it is noon; what a test does there is undone."""
    session.get(Event, loaded.event_id).timezone = where_it_is_noon()
    session.commit()
    return loaded


@pytest.fixture
def kiosk(app: Any, here: demo.Demo) -> Kiosk:
    return Kiosk(app.test_client())


@pytest.fixture
def guest(session: Any, here: demo.Demo) -> TicketHolder:
    """The first guest: his badge says «EVENTYAY:<id>», his ticket «<order identifier>-<id>»."""
    return session.query(TicketHolder).filter_by(event_id=here.event_id).order_by(TicketHolder.id).first()


@pytest.fixture
def hall(session: Any, here: demo.Demo) -> str:
    """The first room, by the id that the page reads: text, as all ids of rooms."""
    return str(session.query(Microlocation.id).filter_by(event_id=here.event_id).order_by(Microlocation.id).first()[0])


def current_session(kiosk: Kiosk, hall: str) -> str:
    """The page's search for what is on in the room now."""
    now = utcnow()
    for row in kiosk.get(f"/v1/microlocations/{hall}/sessions")["data"]:
        starts_at, ends_at = (parse_instant(row["attributes"][name]) for name in ("starts-at", "ends-at"))
        if starts_at <= now <= ends_at:
            assert row["attributes"]["title"]
            return row["id"]
    return "null"


def test_before_anybody_has_logged_in(kiosk: Kiosk):
    assert kiosk.send("GET", "/v1/users/user-details/get-user-id").status_code == 401


def test_a_wrong_password(kiosk: Kiosk):
    answer = kiosk.send("POST", "/v1/auth/login", {"email": demo.ACCOUNTS["organizer"][0], "password": "nope"})
    assert answer.status_code == 401
    assert answer.json["error"]


@pytest.mark.parametrize("account", ["organizer", "registrar"])
def test_log_in_my_events_and_log_out(kiosk: Kiosk, here: demo.Demo, account: str):
    me = kiosk.log_in(account)
    assert kiosk.get(f"/v1/users/{me}")["data"]["attributes"]["first-name"] == "Demo"
    [event] = kiosk.get(f"/v1/users/{me}/events?sort=name&page[size]=1000")["data"]
    assert (event["id"], event["attributes"]["name"]) == (str(here.event_id), demo.EVENT_NAME)
    assert kiosk.get(f"/v1/events/{event['id']}")["data"]["attributes"]["name"] == demo.EVENT_NAME
    assert kiosk.stations(here.event_id) == []
    rooms = kiosk.get(f"/v1/events/{here.event_id}/microlocations?page[size]=1000")["data"]
    assert [room["attributes"]["name"] for room in rooms] == ["Great Hall", "Harbour Room"]
    tickets = kiosk.get(f"/v1/events/{here.event_id}/tickets")["data"]
    assert all(ticket["type"] == "ticket" and ticket["attributes"]["name"] for ticket in tickets)
    # The registration page asks what each of their badges shows.
    assert [kiosk.get(f"/v1/tickets/{ticket['id']}/badge-forms") for ticket in tickets] == [[], []]
    # Who leaves the page says his password again.
    wrong = kiosk.send("POST", "/v1/auth/verify-password", {"password": "nope"})
    assert (wrong.status_code, wrong.json) == (200, {"result": False})
    right = kiosk.send("POST", "/v1/auth/verify-password", {"password": demo.ACCOUNTS[account][1]})
    assert right.json == {"result": True}
    headers = {"Authorization": "", "Accept": JSON, "Content-Type": JSON, "Origin": PAGE}
    assert kiosk.client.post("/v1/auth/logout", headers=headers).json == {"success": True}


def test_registration_by_search(kiosk: Kiosk, here: demo.Demo, guest: TicketHolder):
    kiosk.log_in("organizer")
    station = kiosk.make_station(here.event_id, "Kiosk 9", "registration")
    assert station["attributes"]["station-name"] == "Kiosk 9"
    kiosk.log_in("registrar")
    search = f"/v1/events/{here.event_id}/attendees/search?sort=firstname&events/{here.event_id}/attendees/search"
    found = kiosk.get(f"{search}?email={guest.email[:12]}")["attendees"]
    assert guest.id in {row["id"] for row in found}
    named = kiosk.get(f"{search}?name=ada")["attendees"]
    assert named
    for row in named:
        assert row.keys() >= {"id", "firstname", "lastname", "email", "ticket_id", "is_registered"}
        assert row["firstname"] == "Ada"
        assert row["ticket_id"] in here.ticket_ids
        assert row["is_registered"] is False
    answer = kiosk.scan(station["id"], guest.id)
    assert answer.status_code == 201
    assert answer.json["data"]["attributes"]["success"] is True
    [registered] = [row for row in kiosk.get(f"{search}?name=ada")["attendees"] if row["id"] == guest.id]
    assert registered["is_registered"] is True
    assert kiosk.scan(station["id"], guest.id).status_code == 422, "«already registered»"
    counts = kiosk.get(f"/v1/user-check-in/stats/event/{here.event_id}")
    assert (counts["total_attendee"], counts["total_registered"], counts["total_not_checked_in"]) == (40, 1, 39)


def test_registration_by_the_code_of_a_ticket(kiosk: Kiosk, here: demo.Demo, guest: TicketHolder):
    """The code is the order's identifier, which must look like a UUID, and the attendee's number."""
    code = f"{guest.order.identifier}-{guest.id}"
    match = re.fullmatch(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d+)", code)
    assert match is not None
    kiosk.log_in("organizer")
    station = kiosk.make_station(here.event_id, "Kiosk 9", "registration")
    assert kiosk.station_of_type(here.event_id, "registration") == station["id"]
    first = kiosk.get(f"/v1/orders/{match[1]}/attendees")["data"][0]
    assert first["attributes"]["ticket-id"] in {str(id_) for id_ in here.ticket_ids}
    answer = kiosk.scan(station["id"], int(match[2]))
    assert answer.json["data"]["attributes"]["success"] is True


def test_the_daily_check(kiosk: Kiosk, here: demo.Demo, guest: TicketHolder, session: Any):
    kiosk.log_in("organizer")
    kiosk.make_station(here.event_id, "Entrance", "daily")
    kiosk.log_in("registrar")
    station_id = kiosk.station_of_type(here.event_id, "daily")
    assert kiosk.scan(station_id, guest.id).status_code == 201
    assert kiosk.scan(station_id, guest.id).status_code == 422
    session.expire_all()
    assert guest.is_checked_in
    assert (guest.checkin_times or "").count("+00:00") == 1


@pytest.mark.parametrize("account", ["organizer", "registrar"])
def test_in_and_out_of_a_session(
    kiosk: Kiosk, here: demo.Demo, guest: TicketHolder, hall: str, session: Any, account: str
):
    kiosk.log_in("organizer")
    for station_type in ("check in", "check out"):
        made = kiosk.make_station(here.event_id, "Great Hall", station_type, hall)
        assert made["attributes"]["microlocation-id"] == int(hall)
    kiosk.log_in(account)
    way_in, way_out = (kiosk.station_of_type(here.event_id, type_, hall) for type_ in ("check in", "check out"))
    on_now = current_session(kiosk, hall)
    statistics = f"/v1/user-check-in/stats/event/{here.event_id}?session_ids={on_now}"
    assert kiosk.scan(way_out, guest.id, on_now).status_code == 422
    assert kiosk.scan(way_in, guest.id, on_now).status_code == 201
    assert kiosk.scan(way_in, guest.id, on_now).status_code == 422
    counts = kiosk.get(statistics)
    assert counts["session_stats"][0]["track_name"] == "Music"
    assert (counts["total_session_checked_in"], counts["total_session_checked_out"]) == (1, 0)
    assert (counts["total_track_checked_in"], counts["total_track_checked_out"]) == (1, 0)
    assert kiosk.scan(way_out, guest.id, on_now).status_code == 201
    assert kiosk.scan(way_out, guest.id, on_now).status_code == 422
    counts = kiosk.get(statistics)
    assert (counts["total_session_checked_in"], counts["total_session_checked_out"]) == (1, 1)
    assert (counts["total_track_checked_in"], counts["total_track_checked_out"]) == (1, 1)
    session.expire_all()
    assert guest.is_checked_in, "he has left the room, not the venue"
    assert (guest.checkin_times or "").count("+00:00") == 1
    assert guest.checkout_times is None


def test_between_two_sessions(kiosk: Kiosk, here: demo.Demo, guest: TicketHolder, hall: str, session: Any):
    """The page then sends the id «null» and shows «Error processing.»; for 422 it would show «already scanned»."""
    kiosk.log_in("organizer")
    station = kiosk.make_station(here.event_id, "Great Hall", "check in", hall)
    session.query(ProgrammeItem).filter_by(event_id=here.event_id).delete()
    session.commit()
    on_now = current_session(kiosk, hall)
    assert on_now == "null"
    answer = kiosk.scan(station["id"], guest.id, on_now)
    assert answer.status_code == 404


def test_statistics_of_a_session_before_anybody_came(kiosk: Kiosk, here: demo.Demo, hall: str):
    """Without a row for the session the page crashes."""
    kiosk.log_in("registrar")
    on_now = current_session(kiosk, hall)
    counts = kiosk.get(f"/v1/user-check-in/stats/event/{here.event_id}?session_ids={on_now}")
    assert counts["session_stats"][0]["track_name"] == "Music"
    assert (counts["total_session_checked_in"], counts["total_session_checked_out"]) == (0, 0)


def test_a_stranger_at_the_kiosk(kiosk: Kiosk, here: demo.Demo, guest: TicketHolder):
    kiosk.log_in("organizer")
    station = kiosk.make_station(here.event_id, "Kiosk 9", "registration")
    kiosk.log_in("buyer")
    assert kiosk.scan(station["id"], guest.id).status_code == 403
    assert kiosk.send("GET", f"/v1/events/{here.event_id}/stations?page[size]=1000").status_code == 403
    assert kiosk.send("GET", f"/v1/user-check-in/stats/event/{here.event_id}").status_code == 403
    kiosk.token = "null"
    assert kiosk.scan(station["id"], guest.id).status_code == 401


def test_a_badge_is_printed(session: Any, kiosk: Kiosk, here: demo.Demo, guest: TicketHolder):
    """It asks for the task at once, without the first four characters of its address, and loads what it links to."""
    make_badge_form(session, session.get(Event, here.event_id))
    guest.ticket.badge_id, guest.firstname = "plain", "Łucja"
    session.commit()
    kiosk.log_in("registrar")
    fields = kiosk.get(f"/v1/tickets/{guest.ticket_id}/badge-forms")
    assert fields == [{"id": 1, "field_identifier": "firstname", "custom_field": "First Name"}]
    shown = fields[0]["field_identifier"]
    started = kiosk.get(f"/v1/badge-forms/print-badge-pdf?attendee_id={guest.id}&list_field_show={shown}")
    link = kiosk.get("/v1/" + started["task_url"][4:])["result"]["download_url"]
    frame = kiosk.client.get(link)
    assert frame.headers["Content-Disposition"].startswith("inline")
    assert "Łucja" in texts(frame.data)[0]
    assert f"EVENTYAY:{guest.id}" in qr_codes(frame.data)[0].split("\n")
