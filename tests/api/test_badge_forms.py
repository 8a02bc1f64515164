"""Badge forms over HTTP, and the kiosk's calls for badges."""

from typing import Any

import pytest

from tests.factories import World
from tests.http import Api, error_codes, resource
from tests.pdfs import qr_codes, texts
from tests.programme import make_badge_form

FIELD = {"field-identifier": "firstname", "custom_field": "First Name", "font_size": 30, "unknown": 1}


def plan(world: World, **attributes: Any) -> dict[str, Any]:
    return resource("badge-form", {"badge-id": "b1", "badge-fields": [FIELD]} | attributes, event=world.event)


def test_creation_and_change(api: Api, world: World):
    response = api.post("/v1/badge-forms", plan(world), world.organizer)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    [field] = data["attributes"]["badge-fields"]
    assert (field["id"], field["field_identifier"], field["font_size"]) == (1, "firstname", 30)
    assert "unknown" not in field
    assert api.get(f"/v1/badge-forms/{data['id']}", world.registrar).json["data"] == data
    change = resource("badge-form", {"badge-color": "#fff"}, id_=int(data["id"]))
    changed = api.patch(f"/v1/badge-forms/{data['id']}", change, world.organizer).json["data"]["attributes"]
    assert changed == data["attributes"] | {"badge-color": "#fff"}
    listed = api.get(f"/v1/events/{world.event.id}/badge-forms", world.registrar).json
    assert [row["id"] for row in listed["data"]] == [data["id"]]
    assert api.delete(f"/v1/badge-forms/{data['id']}", world.organizer).status_code == 200
    assert api.get(f"/v1/badge-forms/{data['id']}", world.organizer).status_code == 404


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"badge-id": ""}, "badge-id"),
        ({"badge-fields": {}}, "badge-fields"),
        ({"badge-fields": [1]}, "badge-fields"),
        ({"badge-fields": [FIELD] * 101}, "badge-fields"),
        ({"badge-fields": [{"custom_field": "\x00"}]}, "badge-fields"),
        ({"badge-image-url": "nowhere"}, "badge-image-url"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    response = api.post("/v1/badge-forms", plan(world, **attributes), world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{pointer}"}


def test_a_form_without_fields(api: Api, world: World):
    for sent in ({"badge-fields": None}, {}):
        document = resource("badge-form", {"badge-id": "b1"} | sent, event=world.event)
        data = api.post("/v1/badge-forms", document, world.organizer).json["data"]
        assert data["attributes"]["badge-fields"] == []


def test_what_a_kiosk_can_put_on_the_badges_of_a_ticket(api: Api, world: World):
    url = f"/v1/tickets/{world.paid.id}/badge-forms"
    assert api.get(url, world.registrar).json == []
    make_badge_form(world.session, world.event)
    change = resource("ticket", {"badge-id": "plain"}, id_=world.paid.id)
    assert api.patch(f"/v1/tickets/{world.paid.id}", change, world.organizer).status_code == 200
    shown = api.get(url, world.registrar)
    assert shown.json == [{"id": 1, "field_identifier": "firstname", "custom_field": "First Name"}]
    assert shown.content_type == "application/json"


def test_printing_as_the_kiosk_does(api: Api, world: World):
    guest = world.attendee
    wish = f"/v1/badge-forms/print-badge-pdf?attendee_id={guest.id}&list_field_show=firstname,email,"
    started = api.get(wish, world.registrar)
    assert started.status_code == 200, started.json
    assert guest.is_badge_printed
    assert guest.badge_printed_at is not None
    done = api.get("/v1/" + started.json["task_url"][4:], world.registrar)
    link = done.json["result"]["download_url"]
    shown = api.client.get(link)
    assert (shown.status_code, shown.content_type) == (200, "application/pdf")
    assert shown.headers["Content-Disposition"] == f'inline; filename="badge-{guest.id}.pdf"'
    [page] = texts(shown.data)
    assert page.split() == ["Ada", guest.email]
    assert f"EVENTYAY:{guest.id}" in qr_codes(shown.data)[0].split("\n")


def test_opening_the_link_writes_nothing(api: Api, world: World, count_queries: Any):
    started = api.get(f"/v1/badge-forms/print-badge-pdf?attendee_id={world.attendee.id}", world.registrar)
    link = api.get(started.json["task_url"], world.registrar).json["result"]["download_url"]
    with count_queries() as sent:
        assert api.client.get(link).status_code == 200
    assert all(statement.startswith("SELECT") for statement in sent)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("attendee_id=", 400),
        ("attendee_id=x", 400),
        ("attendee_id=0", 404),
        (f"attendee_id=1&list_field_show={'x' * 1001}", 400),
    ],
)
def test_wishes_that_are_refused(api: Api, world: World, query: str, status: int):
    response = api.get(f"/v1/badge-forms/print-badge-pdf?{query}", world.registrar)
    assert response.status_code == status
    assert error_codes(response)
    assert set(response.json["errors"][0]["source"]) == {"parameter"}
