"""The web app's «Add order», call by call as the app sends it: by an organizer, and by a visitor who buys."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.clock import parse_instant, utcnow
from app.services import custom_forms, integrity
from tests.browser import Browser
from tests.factories import World


def choose(browser: Browser, world: World, wanted: dict[str, int], **extra: Any) -> tuple[Any, Any]:
    """Steps 1 to 3: the tickets, a price for every change, the order; the calculation and the order."""
    tickets = browser.get(f"/v1/events/{world.event.id}/tickets")["data"]
    available = browser.load("GET", f"/v1/events/{world.event.identifier}/tickets/availability")
    assert {row["id"] for row in available} == {int(ticket["id"]) for ticket in tickets}
    by_name = {ticket["attributes"]["name"]: ticket for ticket in tickets}
    rows: list[Any] = []
    body = {"tickets": rows, **extra}
    assert browser.load("POST", "/v1/orders/calculate-amount", body)["total"] == 0
    for name, quantity in wanted.items():
        rows.append({"id": by_name[name]["id"], "quantity": quantity, "price": by_name[name]["attributes"]["price"]})
        calculated = browser.load("POST", "/v1/orders/calculate-amount", body)
        assert {line["id"] for line in calculated["tickets"]} == {int(row["id"]) for row in rows}
    order = browser.load("POST", "/v1/orders/create-order", body)["data"]
    return calculated, order


def fill_in(browser: Browser, identifier: str) -> Any:
    """Steps 4 and 5a: the form's page, and every guest's name; the order as the app has loaded it."""
    page = browser.get(f"/v1/orders/{identifier}", include="attendees,event")
    order = page["data"]
    assert order["attributes"]["status"] == "initializing"
    minutes = browser.get("/v1/settings", cache="true", public="true")["data"]["attributes"]["order-expiry-time"]
    assert parse_instant(order["attributes"]["created-at"]) + timedelta(minutes=minutes) > utcnow()
    tickets = browser.get(f"/v1/orders/{identifier}/tickets")["data"]
    his = [{"name": "order", "op": "has", "val": {"name": "id", "op": "eq", "val": order["id"]}}]
    guests = [
        guest
        for ticket in tickets
        for guest in browser.get(f"/v1/tickets/{ticket['id']}/attendees", filter=json.dumps(his))["data"]
    ]
    of_attendees = json.dumps([{"name": "form", "op": "eq", "val": "attendee"}])
    event = browser.get(f"/v1/orders/{identifier}/event", include="tax")["data"]
    assert event["attributes"]["identifier"] in {part["attributes"].get("identifier") for part in page["included"]}
    assert event["relationships"]["tax"]["data"] is None
    fields = browser.get(
        f"/v1/events/{event['id']}/custom-forms", **{"filter": of_attendees, "page[size]": "0", "sort": "id"}
    )["data"]
    # The page crashes without these; they are shown first.
    shown = [(field["attributes"]["field-identifier"], field["attributes"]["is-fixed"]) for field in fields[:3]]
    assert shown == [("firstname", True), ("lastname", True), ("email", True)]
    linked = {part["id"] for part in order["relationships"]["attendees"]["data"]}
    assert {guest["id"] for guest in guests} == linked
    for number, guest in enumerate(guests):
        named = {"firstname": f"Ada {number}", "lastname": "Lovelace", "email": f"ada{number}@example.org"}
        untouched = {"is-checked-in": False, "checkin-times": None}
        browser.save("attendee", f"/v1/attendees/{guest['id']}", guest, **named, **untouched)
    return order


@pytest.fixture(autouse=True)
def _forms(world: World) -> None:
    """Which an event has from the start."""
    custom_forms.create_fixed(world.event.id)


@pytest.fixture(params=["organizer", "stranger"])
def browser(app: Any, world: World, request: pytest.FixtureRequest) -> Browser:
    world.session.commit()
    return Browser(app.test_client(), getattr(world, request.param))


def test_a_free_order(browser: Browser, world: World):
    calculated, created = choose(browser, world, {"Free": 2})
    assert calculated["total"] == 0
    identifier = created["attributes"]["identifier"]
    order = fill_in(browser, identifier)
    saved = browser.save("order", f"/v1/orders/{identifier}", order, **{"payment-mode": "free", "status": "completed"})
    assert saved["data"]["attributes"]["status"] == "completed"
    assert browser.load("POST", f"/v1/orders/{identifier}/verify") == {"payment_status": "completed"}
    shown = browser.get(f"/v1/orders/{identifier}", include="attendees,tickets,event")
    guests = [part["attributes"] for part in shown["included"] if part["type"] == "attendee"]
    assert sorted(guest["firstname"] for guest in guests) == ["Ada 0", "Ada 1"]
    assert integrity.report() == []


def test_an_order_that_is_paid_offline(browser: Browser, world: World):
    world.event.can_pay_by_bank = True
    world.session.commit()
    calculated, created = choose(browser, world, {"Paid": 2, "Free": 1})
    assert calculated["total"] == created["attributes"]["amount"] == 51.0
    identifier = created["attributes"]["identifier"]
    order = fill_in(browser, identifier)
    url = f"/v1/orders/{identifier}"
    pending = browser.save("order", url, order, **{"payment-mode": "bank", "status": "pending"})["data"]
    placed = browser.save("order", url, pending, status="placed")["data"]
    assert (placed["attributes"]["status"], placed["attributes"]["completed-at"]) == ("placed", None)
    assert browser.load("POST", f"{url}/verify") == {"payment_status": "placed"}


def test_the_list_completes_and_cancels(app: Any, world: World):
    """The organizer's list of orders (§7): whole orders sent back with another status."""
    world.session.commit()
    buyer, organizer = (Browser(app.test_client(), person) for person in (world.buyer, world.organizer))
    listed = []
    for _ in range(2):
        _, created = choose(buyer, world, {"Paid": 1})
        url = f"/v1/orders/{created['attributes']['identifier']}"
        order = fill_in(buyer, created["attributes"]["identifier"])
        buyer.save("order", url, order, **{"payment-mode": "onsite", "status": "placed"})
        listed.append(created["id"])
    only_placed = json.dumps([{"name": "status", "op": "eq", "val": "placed"}])
    query = {"include": "tickets,user,attendees", "filter": only_placed, "page[size]": "10", "page[number]": "1"}
    page = organizer.get(f"/v1/events/{world.event.id}/orders", **query, sort="-created-at")
    assert [row["id"] for row in page["data"]] == listed[::-1]
    first, second = page["data"]
    done = organizer.save("order", first["links"]["self"], first, status="completed")["data"]["attributes"]
    gone = organizer.save("order", second["links"]["self"], second, status="cancelled")["data"]["attributes"]
    assert (done["status"], gone["status"]) == ("completed", "cancelled")
    assert done["completed-at"]
    assert integrity.report() == []


def test_the_organizer_sets_another_total(app: Any, world: World):
    world.session.commit()
    browser = Browser(app.test_client(), world.organizer)
    _, created = choose(browser, world, {"Paid": 1}, amount=10)
    assert created["attributes"]["amount"] == 10.0
    order = fill_in(browser, created["attributes"]["identifier"])
    url = f"/v1/orders/{created['attributes']['identifier']}"
    saved = browser.save("order", url, order, **{"payment-mode": "onsite", "status": "completed"})
    assert (saved["data"]["attributes"]["status"], saved["data"]["attributes"]["amount"]) == ("completed", 10.0)
    assert integrity.report() == []
