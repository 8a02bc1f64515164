"""What the Android organizer app sends, recorded from it, on the demo event; and what it reads from the answers.

The requests keep the form in which they were recorded (headers, percent-encoding, the app's own leftovers in bodies);
token, ids and times are those of the demo event.
"""

from datetime import timedelta
from typing import Any

import pytest

from app import demo
from app.clock import format_instant, utcnow
from app.models import Event, TicketHolder
from tests.letters import posted, token_in
from tests.programme import make_speaker

JSON = "application/json; charset=UTF-8"
JSONAPI = "application/vnd.api+json"
ONE_EVENT = "fields%5Bevent%5D=id"
ONE_TICKET = "fields%5Bticket%5D=id"


class Phone:
    """The app on a phone: logs in and sends what the app sends."""

    def __init__(self, client: Any, account: str | None = None):
        self.client = client
        self.token = ""
        if account is not None:
            self.log_in(*demo.ACCOUNTS[account])

    def log_in(self, email: str, password: str) -> None:
        """The form on the first screen."""
        self.token = self.post("/v1/../auth/session", {"password": password, "email": email})["access_token"]

    def post(self, url: str, body: Any) -> Any:
        """A plain JSON call, and its answer."""
        return self.send("POST", url, body, content_type=JSON).json

    def send(self, method: str, url: str, body: Any = None, *, content_type: str = JSONAPI) -> Any:
        """A request with the app's headers; it sends no Accept."""
        headers = {"Authorization": f"JWT {self.token}"} if self.token else {}
        sent = {} if body is None else {"json": body, "content_type": content_type}
        answer = self.client.open(url.replace("/v1/../", "/"), method=method, headers=headers, **sent)
        assert answer.status_code < 300, answer.json
        return answer

    def get(self, url: str) -> Any:
        """The document at an address, as strict as the app's JSON:API library is about included objects."""
        document = self.send("GET", url).json
        require_valid_resources(document)
        return document


def require_valid_resources(document: Any) -> None:
    """The app's library throws whole answers away when an included object lacks its id, type or attributes."""
    for included in document.get("included", []):
        assert included["type"] in {"event", "ticket", "order", "attendee", "user", "track"}
        assert isinstance(included["id"], str)
        assert isinstance(included["attributes"], dict)


def linked(resource: Any, name: str) -> Any:
    """The linkage of an included relationship."""
    return resource["relationships"][name]["data"]


@pytest.fixture
def here(loaded: demo.Demo, session: Any) -> demo.Demo:
    """The demo event as it was loaded; what a test does there is undone."""
    return loaded


@pytest.fixture(params=["organizer", "registrar", "staff"])
def phone(app: Any, here: demo.Demo, request: pytest.FixtureRequest) -> Phone:
    return Phone(app.test_client(), request.param)


@pytest.fixture
def organizers_phone(app: Any, here: demo.Demo) -> Phone:
    return Phone(app.test_client(), "organizer")


def attendee_body(guest: Any, *, inside: bool, echoed: str | None = None) -> Any:
    """The whole attendee with one new time, and the bean getters that slip into the app's bodies."""
    attributes = {
        "identifier": int(guest["id"]),
        "enabled": True,
        "selected": False,
        "selectable": True,
        "firstname": guest["attributes"]["firstname"],
        "lastname": guest["attributes"]["lastname"],
        "is-checked-in": inside,
        "email": guest["attributes"]["email"],
        "checkin-times": utcnow().isoformat(timespec="microseconds").replace("+00:00", "896+00:00"),
        "type": 0,
        "header": "A",
        "checked-in": inside,
        "layout-res": 2131427388,
        "header-id": 65,
    }
    if echoed:
        attributes["checkout-times"] = echoed
    sent = {name: value for name, value in attributes.items() if value is not None}
    return {"data": {"type": "attendee", "id": guest["id"], "attributes": sent}}


def test_my_events(organizers_phone: Phone, here: demo.Demo):
    claims = organizers_phone.token.split(".")[1]
    assert "-" not in claims
    assert "_" not in claims, "the app decodes the payload with plain base64"
    me = organizers_phone.client.get(
        "/v1/users/user-details/get-user-id", headers={"Authorization": f"JWT {organizers_phone.token}"}
    ).json["user_id"]
    profile = organizers_phone.get(f"/v1/users/{me}")["data"]["attributes"]
    assert {"email", "first-name", "last-name", "is-verified"} <= profile.keys()
    (event,) = organizers_phone.get(f"/v1/users/{me}/events?page%5Bsize%5D=0")["data"]
    assert event["id"] == str(here.event_id)
    assert {"name", "state", "starts-at", "ends-at", "timezone"} <= event["attributes"].keys()


def test_the_event_and_its_tickets(phone: Phone, here: demo.Demo):
    event = phone.get(f"/v1/events/{here.event_id}?include=tickets")
    assert [ticket["id"] for ticket in linked(event["data"], "tickets")] == [str(id_) for id_ in here.ticket_ids]
    listed = phone.get(f"/v1/events/{here.event_id}/tickets?include=event&{ONE_EVENT}&page%5Bsize%5D=0")
    for ticket in listed["data"]:
        assert linked(ticket, "event") == {"type": "event", "id": str(here.event_id)}
        assert all(ticket["attributes"][name] is not None for name in ("price", "max-order", "type", "quantity"))
    assert [included["attributes"] for included in listed["included"]] == [{}]
    phone.get(f"/v1/events/{here.event_id}/tracks?include=event&{ONE_EVENT}&page%5Bsize%5D=0")


def test_tickets_are_made_changed_and_deleted(organizers_phone: Phone, here: demo.Demo):
    now = utcnow()
    attributes = {
        "type": "free",
        "name": "Walk-in 8574",
        "sales-starts-at": now.isoformat().replace("+00:00", "233+00:00"),
        "sales-ends-at": format_instant(now + timedelta(days=1)),
        "quantity": 20,
        "is-checkin-restricted": False,
        "auto-checkin-enabled": False,
        "checkin-restricted": False,
    }
    event = {"event": {"data": {"type": "event", "id": str(here.event_id)}}}
    body = {"data": {"type": "ticket", "attributes": attributes, "relationships": event}}
    made = organizers_phone.send("POST", "/v1/tickets", body).json["data"]
    assert made["attributes"]["price"] == 0
    assert made["attributes"]["max-order"] == 10
    changed = {"data": {"type": "ticket", "id": made["id"], "attributes": attributes | {"auto-checkin-enabled": True}}}
    answer = organizers_phone.send("PATCH", f"/v1/tickets/{made['id']}", changed).json["data"]
    assert answer["attributes"]["auto-checkin-enabled"] is True
    organizers_phone.send("DELETE", f"/v1/tickets/{made['id']}")


def test_selling_and_the_order_screens(phone: Phone, here: demo.Demo):
    free, paid = here.ticket_ids
    rows = [
        {"data": {"attributes": {"id": str(free), "quantity": "2"}, "type": "on-site-ticket"}},
        {"data": {"attributes": {"id": str(paid), "quantity": "0"}, "type": "on-site-ticket"}},
    ]
    body = {
        "data": {
            "type": "order",
            "attributes": {"amount": 0, "on-site-tickets": rows},
            "relationships": {"event": {"data": {"type": "event", "id": str(here.event_id)}}},
        }
    }
    sold = phone.send("POST", "/v1/orders?onsite=true", body)
    assert sold.status_code == 201
    order = sold.json["data"]
    assert order["id"].isdecimal()
    assert {"identifier", "amount", "status", "payment-mode", "paid-via", "completed-at"} <= order["attributes"].keys()
    assert order["attributes"]["status"] == "completed"
    assert len(linked(order, "attendees")) == 2

    url = f"/v1/orders/{order['attributes']['identifier']}"
    assert linked(phone.get(f"{url}?include=event")["data"], "event")["id"] == str(here.event_id)
    guests = phone.get(f"{url}/attendees?include=order,ticket,event&{ONE_EVENT}&{ONE_TICKET}&page%5Bsize%5D=0")
    assert guests["meta"]["count"] == 2
    tickets = phone.get(f"{url}/tickets?include=event&{ONE_EVENT}&page%5Bsize%5D=0")
    assert [ticket["id"] for ticket in tickets["data"]] == [str(free)]


def test_the_orders_of_the_event(organizers_phone: Phone, here: demo.Demo):
    url = f"/v1/events/{here.event_id}/orders?include=event&{ONE_EVENT}&page%5Bsize%5D=0"
    listed = organizers_phone.get(url)
    assert listed["meta"]["count"] == len(listed["data"]) == 10
    assert all(linked(order, "event")["id"] == str(here.event_id) for order in listed["data"])


def test_the_dashboard(organizers_phone: Phone, here: demo.Demo):
    orders = organizers_phone.get(f"/v1/events/{here.event_id}/order-statistics")["data"]
    assert (orders["type"], orders["id"]) == ("order-statistics-event", str(here.event_id))
    for what in ("orders", "tickets", "sales"):
        assert {"total", "completed", "placed", "pending", "draft", "cancelled", "expired"} <= orders["attributes"][
            what
        ].keys()
    assert orders["attributes"]["tickets"]["completed"] == 40
    general = organizers_phone.get(f"/v1/events/{here.event_id}/general-statistics")["data"]
    assert general["type"] == "event-statistics-general"
    assert general["attributes"]["sessions-confirmed"] == 4
    assert {"accepted", "confirmed", "pending", "rejected", "total"} <= general["attributes"]["speakers"].keys()


def test_the_attendee_list(phone: Phone, here: demo.Demo):
    url = f"/v1/events/{here.event_id}/attendees?include=order,ticket,event&{ONE_EVENT}&{ONE_TICKET}"
    everybody = phone.get(f"{url}&page%5Bsize%5D=0")
    assert len(everybody["data"]) == 40
    orders = {entry["id"]: entry for entry in everybody["included"] if entry["type"] == "order"}
    for guest in everybody["data"]:
        assert "identifier" not in guest["attributes"], "the app would read a number from it"
        assert guest["attributes"]["firstname"]
        assert linked(guest, "event")["id"] == str(here.event_id)
        assert linked(guest, "ticket")["id"] in {str(id_) for id_ in here.ticket_ids}
        assert orders[linked(guest, "order")["id"]]["attributes"]["identifier"], "scanned codes are matched with it"
    pages = [phone.get(f"{url}&page%5Bsize%5D=20&page%5Bnumber%5D={number}")["data"] for number in (1, 2, 3, 999)]
    assert [len(page) for page in pages] == [20, 20, 0, 0]


def test_checking_in_and_out(phone: Phone, here: demo.Demo, session: Any):
    guest_id = session.query(TicketHolder.id).filter_by(event_id=here.event_id).order_by(TicketHolder.id).first()[0]
    url = f"/v1/attendees/{guest_id}?include=ticket,event,order&{ONE_EVENT}&{ONE_TICKET}"
    guest = phone.get(url)["data"]
    echoed = None
    for inside in (True, False, True, False):
        answer = phone.send("PATCH", url, attendee_body(guest, inside=inside, echoed=echoed)).json
        require_valid_resources(answer)
        shown = answer["data"]["attributes"]
        assert shown["is-checked-in"] is inside
        assert linked(answer["data"], "event")["id"] == str(here.event_id)
        assert linked(answer["data"], "ticket")
        assert linked(answer["data"], "order")
        echoed = shown["checkout-times"]
        # The history screen wants as many exits as entries, or one less.
        ins, outs = ((shown[name] or "").count("+00:00") for name in ("checkin-times", "checkout-times"))
        assert ins - outs == int(inside)
    again = phone.send("PATCH", url, attendee_body(guest, inside=False, echoed=echoed)).json
    assert again["meta"] == {"replayed": True}, "a second tap must not block the app's queue"
    assert again["data"]["attributes"]["checkout-times"] == echoed


def test_the_profile_is_changed(organizers_phone: Phone, here: demo.Demo):
    token = {"Authorization": f"JWT {organizers_phone.token}"}
    me = organizers_phone.client.get("/v1/users/user-details/get-user-id", headers=token).json["user_id"]
    body = {"data": {"type": "user", "id": str(me), "attributes": {"first-name": "Grace", "is-verified": True}}}
    assert organizers_phone.send("PATCH", f"/v1/users/{me}", body).json["data"]["attributes"]["first-name"] == "Grace"


def test_the_event_is_taken_offline_and_put_online(organizers_phone: Phone, here: demo.Demo):
    url = f"/v1/events/{here.event_id}"
    shown = organizers_phone.get(f"{url}?include=tickets")["data"]["attributes"]
    sent = {name: value for name, value in shown.items() if value is not None}
    for state in ("draft", "published"):
        body = {"data": {"type": "event", "id": str(here.event_id), "attributes": sent | {"state": state}}}
        assert organizers_phone.send("PATCH", url, body).json["data"]["attributes"]["state"] == state
    assert organizers_phone.get(url)["data"]["attributes"] == shown


def test_tracks_and_their_sessions(organizers_phone: Phone, here: demo.Demo):
    event = {"event": {"data": {"type": "event", "id": str(here.event_id)}}}
    attributes = {"name": "Evening", "color": "#1A2B3C", "font-color": "#ffffff"}
    body = {"data": {"type": "track", "attributes": attributes, "relationships": event}}
    track = organizers_phone.send("POST", "/v1/tracks", body).json["data"]
    body = {"data": {"type": "track", "id": track["id"], "attributes": {"name": "Night"}}}
    assert (
        organizers_phone.send("PATCH", f"/v1/tracks/{track['id']}", body).json["data"]["attributes"]["name"] == "Night"
    )

    linked = event | {"track": {"data": {"type": "track", "id": track["id"]}}}
    body = {"data": {"type": "session", "attributes": {"title": "Jam", "level": 2}, "relationships": linked}}
    talk = organizers_phone.send("POST", "/v1/sessions", body).json["data"]
    body = {"data": {"type": "session", "id": talk["id"], "attributes": {"title": "Jam", "level": 3}}}
    changed = organizers_phone.send("PATCH", f"/v1/sessions/{talk['id']}", body).json["data"]["attributes"]
    assert changed["level"] == 3
    listed = organizers_phone.get(
        f"/v1/tracks/{track['id']}/sessions?include=track&fields%5Btrack%5D=id&page%5Bsize%5D=0"
    )
    assert [row["id"] for row in listed["data"]] == [talk["id"]]
    assert linked_ids(listed, "track") == {track["id"]}
    assert organizers_phone.get(f"/v1/sessions/{talk['id']}")["data"]["id"] == talk["id"]
    organizers_phone.send("DELETE", f"/v1/sessions/{talk['id']}")
    organizers_phone.send("DELETE", f"/v1/tracks/{track['id']}")


def test_the_queue_sends_one_guest_after_the_other(phone: Phone, here: demo.Demo, session: Any):
    """An app that was offline sends all toggles it has kept, and again from where an answer was lost."""
    rows = session.query(TicketHolder.id).filter_by(event_id=here.event_id).order_by(TicketHolder.id).limit(5)
    urls = [f"/v1/attendees/{id_}?include=ticket,event,order&{ONE_EVENT}&{ONE_TICKET}" for (id_,) in rows]
    guests = {url: phone.get(url)["data"] for url in urls}
    assert len(guests) == 5
    for sent in (urls[:3], urls):
        for url in sent:
            answer = phone.send("PATCH", url, attendee_body(guests[url], inside=True)).json
            assert answer["data"]["attributes"]["is-checked-in"] is True
            assert answer["data"]["attributes"]["checkin-times"].count("+00:00") == 1


def test_the_sessions_of_a_speaker(organizers_phone: Phone, here: demo.Demo, session: Any):
    event = session.get(Event, here.event_id)
    talk = event.sessions[0]
    speaker = make_speaker(session, event, talk)
    make_speaker(session, event)
    session.commit()
    listed = organizers_phone.get(f"/v1/speakers/{speaker.id}/sessions")
    assert [(row["type"], row["id"]) for row in listed["data"]] == [("session", str(talk.id))]
    assert "included" not in listed
    assert isinstance(listed["data"][0]["attributes"]["level"], int | None)


def test_the_receipt_of_an_order(phone: Phone, here: demo.Demo, session: Any, capsys: pytest.CaptureFixture[str]):
    guest = session.query(TicketHolder).filter_by(event_id=here.event_id).order_by(TicketHolder.id).first()
    answer = phone.post("/v1/attendees/send-receipt", {"order-identifier": guest.order.identifier})
    assert answer == {"message": "receipt sent to attendees"}
    assert f"To: {guest.email}\n" in posted(capsys)


# --- accounts ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def new_phone(app: Any, here: demo.Demo) -> Phone:
    """On which nobody has logged in."""
    return Phone(app.test_client())


def test_an_address_is_looked_up_before_anything_else(new_phone: Phone):
    known, _ = demo.ACCOUNTS["buyer"]
    assert new_phone.post("/v1/users/check_email", {"email": known}) == {"exists": True}
    assert new_phone.post("/v1/users/check_email", {"email": "new@example.org"}) == {"exists": False}


def test_signing_up_and_verifying(new_phone: Phone, capsys: pytest.CaptureFixture[str]):
    sent = {"email": "new@example.org", "password": "correct horse", "is-admin": False, "is-verified": False}
    made = new_phone.send("POST", "/v1/users", {"data": {"type": "user", "attributes": sent}}).json["data"]
    assert (made["type"], made["id"].isdecimal(), made["attributes"]["is-verified"]) == ("user", True, False)
    new_phone.log_in("new@example.org", "correct horse")
    assert token_in(posted(capsys), "verify")
    new_phone.post("/v1/auth/resend-verification-email", {"data": {"email": "new@example.org"}})
    token = token_in(posted(capsys), "verify")
    assert new_phone.post("/v1/auth/verify-email", {"data": {"token": token}}) == {"message": "Email Verified"}
    assert new_phone.get(f"/v1/users/{made['id']}")["data"]["attributes"]["is-verified"] is True


def test_a_forgotten_password(new_phone: Phone, capsys: pytest.CaptureFixture[str]):
    email, _ = demo.ACCOUNTS["registrar"]
    assert new_phone.post("/v1/auth/reset-password", {"data": {"email": email}})["message"]
    body = {"data": {"token": token_in(posted(capsys), "reset-password"), "password": "another horse"}}
    answer = new_phone.send("PATCH", "/v1/auth/reset-password", body, content_type=JSON)
    assert answer.json["email"] == email
    new_phone.log_in(email, "another horse")


def test_another_password(organizers_phone: Phone):
    """With the token of the log-in, and no second question."""
    email, password = demo.ACCOUNTS["organizer"]
    body = {"data": {"old-password": password, "new-password": "another horse"}}
    assert organizers_phone.post("/v1/auth/change-password", body)["password-changed"] is True
    organizers_phone.log_in(email, "another horse")


def linked_ids(document: Any, name: str) -> set[str]:
    """The ids that the rows of a list are linked to."""
    return {linked(row, name)["id"] for row in document["data"]}
