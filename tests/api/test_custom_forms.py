"""Custom forms over HTTP."""

import json
from typing import Any

import pytest

from app.models import CustomForm
from app.models.attendees import NAMELESS
from app.models.custom_forms import MOST_COMPLEX
from app.models.orders import INITIALIZING
from app.services import custom_forms
from tests.factories import World, make_field, make_order
from tests.http import Api, error_codes, resource

URL = "/v1/custom-forms"


def of_event(world: World) -> str:
    return f"/v1/events/{world.event.id}/custom-forms"


def new(api: Api, world: World, **attributes: Any) -> Any:
    facts = {"field-identifier": "shirt", "form": "attendee", "name": "Shirt"}
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return api.post(URL, resource("custom-form", facts | named, event=world.event), world.organizer)


def refusal(response: Any) -> tuple[int, list[str], str]:
    return response.status_code, error_codes(response), response.json["errors"][0]["source"].get("pointer")


def test_the_document(api: Api, world: World):
    response = new(api, world, position=3, translations=[{"name": "Hemd", "language_code": "de"}])
    assert response.status_code == 201
    shown = response.json["data"]
    assert (shown["type"], response.headers["Location"].endswith(f"{URL}/{shown['id']}")) == ("custom-form", True)
    assert shown["attributes"] == {
        "field-identifier": "shirt",
        "form": "attendee",
        "form-id": None,
        "type": "text",
        "name": "Shirt",
        "description": None,
        "main-language": None,
        "translations": [{"name": "Hemd", "language_code": "de"}],
        "is-required": False,
        "is-included": False,
        "is-fixed": False,
        "is-complex": True,
        "is-public": False,
        "is-allow-edit": False,
        "position": 3,
        "min": 0,
        "max": 10,
    }
    assert api.get(f"{URL}/{shown['id']}").json["data"] == shown


def test_an_event_begins_with_the_fixed_fields(api: Api, world: World):
    day = world.event.starts_at.isoformat()
    facts = {"name": "New", "starts-at": day, "ends-at": world.event.ends_at.isoformat(), "timezone": "UTC"}
    event = api.post("/v1/events", resource("event", facts), world.stranger).json["data"]
    response = api.get(
        f"/v1/events/{event['attributes']['identifier']}/custom-forms",
        world.stranger,
        filter=json.dumps([{"name": "form", "op": "eq", "val": "attendee"}]),
        page_size="0",
        sort="id",
    )
    fields = [row["attributes"] for row in response.json["data"]]
    assert [field["field-identifier"] for field in fields] == ["firstname", "lastname", "email"]
    assert all(field["is-fixed"] and field["is-included"] and field["is-required"] for field in fields)


def test_one_of_several_forms(api: Api, world: World):
    make_field(world.session, world.event)
    of_vip = make_field(world.session, world.event, form_id="4f1c VIP+")
    make_field(world.session, world.event, form_id="press")
    assert api.get(of_event(world)).json["meta"]["count"] == 3
    for event in (world.event.id, world.event.identifier):
        response = api.get(f"/v1/events/{event}/custom-forms/4f1c VIP+")
        assert [row["id"] for row in response.json["data"]] == [str(of_vip.id)]
    assert api.get(f"{of_event(world)}/nothing").json["data"] == []


def test_an_empty_form_id_is_the_default_form(api: Api, world: World):
    assert new(api, world, form_id="").json["data"]["attributes"]["form-id"] is None
    again = new(api, world)
    assert refusal(again) == (409, ["conflict"], "/data/attributes/field-identifier")
    assert new(api, world, form_id="vip").status_code == 201


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"form": "badge"}, "form"),
        ({"form": None}, "form"),
        ({"field-identifier": ""}, "field-identifier"),
        ({"type": "x"}, "type"),
        ({"name": None}, "name"),
        ({"translations": {}}, "translations"),
        ({"position": "x"}, "position"),
    ],
)
def test_what_is_wrong_is_pointed_at(api: Api, world: World, attributes: dict[str, Any], pointer: str):
    assert refusal(new(api, world, **attributes)) == (422, ["invalid"], f"/data/attributes/{pointer}")


def test_a_change_leaves_what_answers_are_kept_under(api: Api, world: World):
    field = make_field(world.session, world.event, field_identifier="shirt")
    url = f"{URL}/{field.id}"
    changes = {"field-identifier": "other", "form": "speaker", "form-id": "vip", "is-fixed": True, "translations": None}
    document = resource("custom-form", changes | {"is-required": True, "name": "T-shirt"}, id_=field.id)
    shown = api.patch(url, document, world.coorganizer).json["data"]["attributes"]
    assert (shown["field-identifier"], shown["form"], shown["form-id"]) == ("shirt", "attendee", None)
    assert (shown["is-fixed"], shown["is-required"], shown["name"], shown["translations"]) == (
        False,
        True,
        "T-shirt",
        [],
    )
    nameless = api.patch(url, resource("custom-form", {"name": ""}, id_=field.id), world.organizer)
    assert refusal(nameless) == (422, ["invalid"], "/data/attributes/name")


def test_fixed_fields_stay(api: Api, world: World):
    custom_forms.create_fixed(world.event.id)
    email = world.session.query(CustomForm).filter_by(field_identifier="email").one()
    url = f"{URL}/{email.id}"
    assert refusal(api.delete(url, world.owner)) == (409, ["conflict"], "/data")
    for attributes in ({"name": "Mail"}, {"is-included": False}):
        document = resource("custom-form", attributes, id_=email.id)
        assert refusal(api.patch(url, document, world.owner))[:2] == (409, ["conflict"])
    whole = api.get(url).json["data"]["attributes"] | {"is-required": False}
    shown = api.patch(url, resource("custom-form", whole, id_=email.id), world.owner).json["data"]["attributes"]
    assert shown == whole


def test_a_field_is_deleted(api: Api, world: World):
    url = f"{URL}/{make_field(world.session, world.event).id}"
    assert api.delete(url, world.coorganizer).status_code == 200
    assert api.get(url).status_code == 404


# --- answers ------------------------------------------------------------------------------------------------------


def answer(api: Api, world: World, answers: Any) -> Any:
    document = resource("attendee", {"complex-field-values": answers}, id_=world.attendee.id)
    return api.patch(f"/v1/attendees/{world.attendee.id}", document, world.organizer)


def test_answers_are_flat_and_asked_for(api: Api, world: World):
    make_field(world.session, world.event, field_identifier="shirt")
    make_field(world.session, world.event, field_identifier="age")
    shown = answer(api, world, {"shirt": "L", "age": 7.5, "nobody-asked": 1}).json["data"]["attributes"]
    assert shown["complex-field-values"] == {"shirt": "L", "age": 7.5}
    assert answer(api, world, None).json["data"]["attributes"]["complex-field-values"] is None
    for wrong in ({"shirt": []}, {"shirt": {}}, {str(number): 1 for number in range(MOST_COMPLEX + 1)}, []):
        assert refusal(answer(api, world, wrong)) == (422, ["invalid"], "/data/attributes/complex-field-values")


def test_an_attendee_is_made_with_answers(api: Api, world: World):
    make_field(world.session, world.event, field_identifier="shirt")
    attributes = {"firstname": "Ada", "complex-field-values": {"shirt": "L", "nobody-asked": 1}}
    document = resource("attendee", attributes, event=world.event, ticket=world.free)
    made = api.post("/v1/attendees", document, world.stranger).json["data"]["attributes"]
    assert made["complex-field-values"] == {"shirt": "L"}


def test_a_check_in_asks_no_form(api: Api, world: World, count_queries: Any):
    custom_forms.create_fixed(world.event.id)
    world.attendee.firstname = NAMELESS
    world.attendee.complex_field_values = {"shirt": "L"}
    url = f"/v1/attendees/{world.attendee.id}"
    sent = []
    for attributes in ({"is-checked-in": True}, {"is-checked-out": True, "complex-field-values": {"shirt": "L"}}):
        with count_queries() as statements:
            response = api.patch(url, resource("attendee", attributes, id_=world.attendee.id), world.registrar)
        assert response.status_code == 200
        sent.extend(statement for statement in statements if "custom_forms" in statement)
    assert sent == []


def test_the_door_sells_without_asking(api: Api, world: World):
    custom_forms.create_fixed(world.event.id)
    items = [{"id": str(world.free.id), "quantity": "1"}]
    document = resource("order", {"on-site-tickets": items}, event=world.event)
    response = api.post("/v1/orders?onsite=true", document, world.registrar)
    assert (response.status_code, response.json["data"]["attributes"]["status"]) == (201, "completed")


def test_a_buyer_is_told_who_has_left_out_what(api: Api, world: World):
    custom_forms.create_fixed(world.event.id)
    order = make_order(world.session, world.free, user_id=world.buyer.id, status=INITIALIZING)
    guest = order.attendees[0]
    guest.email = None
    document = resource("order", {"status": "completed"}, id_=order.id)
    response = api.patch(f"/v1/orders/{order.id}", document, world.buyer)
    assert refusal(response) == (422, ["invalid"], "/data/attributes")
    [error] = response.json["errors"]
    assert error["detail"] == "Missing required fields ['Email']. Fill them in, then send the order again."
    assert error["meta"] == {"attendees": [{"id": str(guest.id), "fields": ["email"]}]}
    filled = resource("attendee", {"email": "ada@example.org"}, id_=guest.id)
    assert api.patch(f"/v1/attendees/{guest.id}", filled, world.buyer).status_code == 200
    assert api.patch(f"/v1/orders/{order.id}", document, world.buyer).status_code == 200
