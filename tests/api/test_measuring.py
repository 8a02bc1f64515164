"""What is counted, and who may read it. The counters are the process's own, so that only differences are looked at."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from app import create_app, metrics
from app.config import Settings
from app.models.door_passes import SELL
from app.services import mails
from tests.factories import PASSWORD, World, make_attendee
from tests.http import Api, error_codes, resource
from tests.programme import make_pass

Grown = Callable[..., float]


@pytest.fixture
def grown() -> Grown:
    """By how much a number has grown since the test began."""
    before = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }

    def difference(name: str, **labels: str) -> float:
        now = REGISTRY.get_sample_value(name, labels) or 0
        return now - before.get((name, *sorted(labels.items())), 0)

    return difference


def test_nobody_reads_it_where_no_token_is_set(api: Api, world: World):
    for headers in ({}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer "}):
        response = api.client.get("/metrics", headers=headers)
        assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert api.get("/metrics", world.staff).status_code == 404


def test_it_is_read_with_the_token(session: Any, app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, metrics_token="geheim"))
    mails.queue("ada@example.org", "Hello", "Text")
    session.flush()
    client = app.test_client()
    for wrong in ({}, {"Authorization": "Bearer gehei\xfc"}, {"Authorization": "geheim"}):
        assert client.get("/metrics", headers=wrong).status_code == 401
    response = client.get("/metrics", headers={"Authorization": "Bearer geheim"})
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain")
    assert "\nevents_mails_waiting 1.0\n" in response.text
    assert "\n# TYPE events_scans_total counter\n" in response.text
    assert "ada@" not in response.text


def test_it_is_read_while_the_database_is_away():
    settings = Settings(
        database_url="postgresql+psycopg2://nobody@127.0.0.1:1/x", secret_key="k" * 32, metrics_token="geheim"
    )
    response = create_app(settings).test_client().get("/metrics", headers={"Authorization": "Bearer geheim"})
    assert response.status_code == 200
    assert "events_requests_total" in response.text
    assert "events_mails_waiting" not in response.text


def test_requests_are_counted_by_route_and_never_by_address(api: Api, world: World, grown: Grown):
    for number in range(3):
        api.get(f"/v1/events/{world.event.id}", world.organizer)
        api.client.get(f"/v1/nothing/{number}")
        api.client.open(f"/v1/events/{number}", method=f"ODD{number}")
    assert grown("events_requests_total", route="/v1/events/<id:id>", method="GET", status="200") == 3
    assert grown("events_request_seconds_count", route="/v1/events/<id:id>", method="GET") == 3
    assert grown("events_request_seconds_sum", route="/v1/events/<id:id>", method="GET") > 0
    assert grown("events_requests_total", route="(no route)", method="GET", status="404") == 3
    assert grown("events_requests_total", route="(no route)", method="(other)", status="405") == 3
    assert grown("events_refusals_total", code="not-found") == 3
    assert grown("events_statements_total") > 3


def test_sales_at_the_door_and_online(api: Api, world: World, grown: Grown):
    def sell(quantity: int) -> int:
        item = {"data": {"type": "on-site-ticket", "attributes": {"id": str(world.free.id), "quantity": str(quantity)}}}
        document = resource("order", {"on-site-tickets": [item]}, event=world.event)
        return api.post("/v1/orders?onsite=true", document, world.registrar).status_code

    assert sell(1) == 201
    world.free.max_order = 9999
    assert sell(world.free.quantity) == 409, "sold out"
    assert grown("events_sales_total", channel="door") == 1
    assert grown("events_refusals_total", code="sold-out") == 1
    guest = make_attendee(world.session, world.free, created_by_id=world.stranger.id)
    order = api.post("/v1/orders", resource("order", event=world.event, attendees=[guest]), world.stranger)
    assert order.status_code == 201, order.json
    assert grown("events_sales_total", channel="online") == 0
    change = resource("order", {"status": "completed"}, id_=order.json["data"]["id"])
    assert api.patch(f"/v1/orders/{order.json['data']['id']}", change, world.stranger).status_code == 200
    assert grown("events_sales_total", channel="online") == 1
    assert grown("events_sales_total", channel="door") == 1


def test_a_sale_with_a_door_pass_is_one_at_the_door(api: Api, world: World, grown: Grown):
    make_pass(world.session, world.event, SELL, token="pass.sells")
    items = [{"id": str(world.free.id), "quantity": "2"}]
    document = resource("order", {"on-site-tickets": items}, event=world.event)
    assert api.post("/v1/orders?onsite=true", document, "pass.sells").status_code == 201
    assert grown("events_sales_total", channel="door") == 1
    assert grown("events_sales_total", channel="online") == 0


def test_scans_by_whatever_address(api: Api, world: World, grown: Grown):
    url, guest = f"/v1/events/{world.event.id}/movements", world.attendee
    scan = resource("movement", {"direction": "in", "device": "1"}, attendee=guest)
    assert api.post(url, scan, world.registrar).status_code == 201
    scan = resource("movement", {"direction": "in", "device": "2"}, attendee=guest)
    assert api.post(url, scan, world.registrar).status_code == 409
    change = resource("attendee", {"is-checked-out": True}, id_=guest.id)
    assert api.patch(f"/v1/attendees/{guest.id}", change, world.registrar).status_code == 200
    assert grown("events_scans_total", direction="in", verdict="accepted", reason="") == 1
    assert grown("events_scans_total", direction="in", verdict="refused", reason="already-inside") == 1
    assert grown("events_scans_total", direction="out", verdict="accepted", reason="") == 1
    assert grown("events_refusals_total", code="scan-refused") == 1


def test_log_ins_that_fail(api: Api, world: World, grown: Grown):
    for password in ("wrong", "wrong again", PASSWORD):
        api.client.post("/auth/session", json={"email": world.staff.email, "password": password})
    assert grown("events_login_failures_total", code="invalid-credentials") == 2
    assert grown("events_refusals_total", code="invalid-credentials") == 2


def test_connections_are_in_use_while_they_are(settings: Settings, grown: Grown):
    assert settings.database_url is not None
    app = create_app(settings)

    @app.get("/in-use")
    def in_use() -> str:
        metrics.db.session.connection()
        return str(grown("events_connections_in_use"))

    assert app.test_client().get("/in-use").text == "1.0"
    assert grown("events_connections_in_use") == 0
    with app.app_context():
        metrics.db.engine.dispose()
