"""The web app before and around anybody's work: how it starts, accounts, passwords, and what it makes files of."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest

from tests.browser import Browser
from tests.factories import PASSWORD, World
from tests.letters import posted, token_in
from tests.pdfs import qr_codes, texts
from tests.programme import make_page, make_session, make_speaker

PUBLIC = {"cache": "true", "public": "true"}
NEW = "another horse"


@pytest.fixture
def visitor(app: Any, world: World) -> Browser:
    world.session.commit()
    return Browser(app.test_client(), None)


@pytest.fixture
def organizer(app: Any, world: World) -> Browser:
    world.session.commit()
    return Browser(app.test_client(), world.organizer)


# --- before anything is shown -----------------------------------------------------------------------------------------


def test_what_the_app_asks_before_anything_is_shown(visitor: Browser, world: World):
    page = make_page(world.session, place="footer")
    world.session.commit()
    settings = visitor.get("/v1/settings", **PUBLIC)["data"]
    assert (settings["type"], settings["id"]) == ("setting", "1")
    assert settings["attributes"].keys() >= {"app-name", "frontend-url", "order-expiry-time", "cookie-policy"}
    assert settings["attributes"]["app-name"]
    assert type(settings["attributes"]["order-expiry-time"]) is int
    pages = visitor.get("/v1/pages", **PUBLIC)
    assert [(row["type"], row["id"]) for row in pages["data"]] == [("page", str(page.id))]
    assert pages["meta"]["count"] == 1


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_from_signing_up_to_an_event_of_ones_own(visitor: Browser, world: World, capsys: pytest.CaptureFixture[str]):
    """An account makes events once its address is verified, which the link in the mail does."""
    signing_up = {"email": "new@example.org", "password": PASSWORD, "first-name": None, "last-name": None}
    made = visitor.create("user", "/v1/users", signing_up | {"is-verified": False, "avatar-url": None})
    assert "password" not in made["attributes"]
    me = visitor.log_in("new@example.org", PASSWORD)
    assert (me["id"], me["attributes"]["is-verified"]) == (made["id"], False)
    dates = {"starts-at": "2027-05-01T10:00:00.000Z", "ends-at": "2027-05-02T10:00:00.000Z"}
    plan = {"name": "First fair", "timezone": "Europe/Berlin", "state": "draft"} | dates
    document = json.dumps({"data": {"type": "event", "attributes": plan}})
    media_type = "application/vnd.api+json"
    refused = visitor.client.post("/v1/events", data=document, content_type=media_type, headers=visitor.headers)
    assert refused.status_code == 403
    token = token_in(posted(capsys), "verify")
    verified = visitor.load("POST", "/v1/auth/verify-email", {"data": {"token": token}})
    assert verified == {"message": "Email Verified"}
    assert visitor.get(f"/v1/users/{me['id']}")["data"]["attributes"]["is-verified"] is True
    event = visitor.create("event", "/v1/events", plan)
    assert event["attributes"]["identifier"]
    listed = visitor.get(f"/v1/users/{me['id']}/events")["data"]
    assert [row["id"] for row in listed] == [event["id"]]


def test_the_mail_for_verifying_is_asked_for_again(visitor: Browser, world: World, capsys: pytest.CaptureFixture[str]):
    asked = {"data": {"email": world.buyer.email}}
    answer = visitor.load("POST", "/v1/auth/resend-verification-email", asked)
    assert answer == {"message": "Verification email resent"}
    token = token_in(posted(capsys), "verify")
    visitor.load("POST", "/v1/auth/verify-email", {"data": {"token": token}})
    assert visitor.log_in(world.buyer.email, PASSWORD)["attributes"]["is-verified"] is True


def test_a_forgotten_password(visitor: Browser, world: World, capsys: pytest.CaptureFixture[str]):
    answer = visitor.load("POST", "/v1/auth/reset-password", {"data": {"email": world.buyer.email}})
    assert answer["message"]
    token = token_in(posted(capsys), "reset-password")
    answer = visitor.load("PATCH", "/v1/auth/reset-password", {"data": {"token": token, "password": NEW}})
    assert (answer["id"], answer["email"]) == (world.buyer.id, world.buyer.email)
    assert visitor.log_in(world.buyer.email, NEW)["id"] == str(world.buyer.id)


def test_another_password(visitor: Browser, world: World):
    visitor.log_in(world.buyer.email, PASSWORD)
    passwords = {"data": {"old-password": PASSWORD, "new-password": NEW}}
    assert visitor.load("POST", "/v1/auth/change-password", passwords)["password-changed"] is True
    assert visitor.log_in(world.buyer.email, NEW)["id"] == str(world.buyer.id)


# --- mails and papers of orders ---------------------------------------------------------------------------------------


def test_the_mail_of_an_order_is_sent_again(organizer: Browser, world: World, capsys: pytest.CaptureFixture[str]):
    body = {"data": {"order": world.order.identifier, "user": world.buyer.email}}
    answer = organizer.load("POST", "/v1/orders/resend-email", body)
    assert answer["status"] is True
    assert world.order.identifier in answer["message"]
    assert f"To: {world.buyer.email}\n" in posted(capsys)


def test_the_papers_of_an_order(app: Any, organizer: Browser, world: World):
    """Invoice, all tickets, and one guest's; the codes on them are those that phone and kiosk look for."""
    order, guest = world.order, world.attendee
    codes = [f"{order.identifier}-{each.id}" for each in order.attendees]
    for browser in (organizer, Browser(app.test_client(), world.buyer)):
        invoice = browser.download(f"/v1/orders/invoices/{order.identifier}")
        assert "51.00" in "".join(texts(invoice))
        assert qr_codes(browser.download(f"/v1/tickets/{order.identifier}")) == codes
        assert qr_codes(browser.download(f"/v1/orders/attendees/{guest.id}.pdf")) == [f"{order.identifier}-{guest.id}"]


# --- exports ----------------------------------------------------------------------------------------------------------


def opened(browser: Browser, task_url: str) -> Any:
    """The page asks for the task once more, and the browser opens the link it gets: without a header of its own."""
    task = browser.load("GET", task_url)
    assert task["state"] == "SUCCESS"
    link = task["result"]["download_url"]
    assert link.startswith("http"), "else it would be opened at the app's own address"
    answer = browser.client.get(link)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("name", ["attendees", "orders", "sessions", "speakers"])
def test_lists_are_exported(organizer: Browser, world: World, name: str):
    make_speaker(world.session, world.event, make_session(world.session, world.event, title="Frequencies"))
    world.session.commit()
    shown = {
        "attendees": world.attendee.lastname,
        "orders": world.order.identifier,
        "sessions": "Frequencies",
        "speakers": "Hedy",
    }
    url = f"/v1/events/{world.event.identifier}/export/{name}"
    sheet = opened(organizer, organizer.load("GET", f"{url}/csv")["task_url"])
    head, *rows = csv.reader(io.StringIO(sheet.data.decode("utf-8-sig")))
    assert all(len(row) == len(head) for row in rows)
    assert any(shown[name] in cell for row in rows for cell in row)
    paper = opened(organizer, organizer.load("GET", f"{url}/pdf")["task_url"])
    assert paper.content_type == "application/pdf"
    assert texts(paper.data)


def test_the_event_is_exported(organizer: Browser, world: World):
    media = {"image": True, "audio": False, "video": False, "document": True}
    started = organizer.load("POST", f"/v1/events/{world.event.identifier}/export/json", media)
    archive = zipfile.ZipFile(io.BytesIO(opened(organizer, started["task_url"]).data))
    [event] = json.loads(archive.read("event.json"))
    assert (event["type"], event["attributes"]["name"]) == ("event", world.event.name)
