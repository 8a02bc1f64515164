"""Amendments over HTTP: undoing and correcting movements, and what is told of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import World
from tests.http import Api, error_codes, resource
from tests.programme import make_movement, where_it_is_noon


@pytest.fixture(autouse=True)
def _noon(world: World):
    world.event.timezone = where_it_is_noon()


def scan(api: Api, world: World, as_: Any = None, **attributes: Any) -> str:
    document = resource("movement", {"direction": "in"} | attributes, attendee=world.attendee)
    response = api.post(f"/v1/events/{world.event.id}/movements", document, as_ or world.registrar)
    assert response.status_code == 201, response.json
    return response.json["data"]["id"]


def undo(api: Api, movement: str, as_: Any, **attributes: Any) -> Any:
    return api.post(f"/v1/movements/{movement}/undo", resource("amendment", {"reason": "A slip"} | attributes), as_)


def correct(api: Api, movement: str, as_: Any, **attributes: Any) -> Any:
    return api.post(
        f"/v1/movements/{movement}/correct", resource("amendment", {"reason": "Seen at noon"} | attributes), as_
    )


def shown(api: Api, world: World) -> dict[str, Any]:
    return api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]["attributes"]


def test_an_undone_movement(api: Api, world: World):
    movement = scan(api, world)
    response = undo(api, movement, world.organizer)
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert response.headers["Location"].endswith(data["links"]["self"])
    attributes = data["attributes"]
    assert attributes.pop("created-at")
    assert (data["type"], attributes) == ("amendment", {"kind": "undo", "reason": "A slip"})
    assert "meta" not in response.json
    assert (shown(api, world)["is-checked-in"], shown(api, world)["checkin-times"]) == (False, None)
    own = data["links"]["self"]
    assert api.get(f"{own}/movement", world.registrar).json["data"]["attributes"]["verdict"] == "undone"
    assert api.get(f"{own}/replacement", world.registrar).json["data"] is None
    assert api.get(f"{own}/author", world.organizer).json["data"]["id"] == str(world.organizer.id)
    again = undo(api, movement, world.organizer)
    assert (again.status_code, error_codes(again)) == (409, ["conflict"])


def test_a_corrected_movement(api: Api, world: World):
    movement = scan(api, world, device="Phone 1", **{"client-uuid": "7"})
    at = (world.event.starts_at + timedelta(hours=1)).isoformat()
    response = api.post(
        f"/v1/movements/{movement}/correct?include=movement,replacement",
        resource("amendment", {"reason": "Seen at noon", "occurred-at": at}),
        world.organizer,
    )
    assert response.status_code == 201, response.json
    assert "occurred-at" not in response.json["data"]["attributes"]
    told = {row["id"]: row["attributes"] for row in response.json["included"]}
    old, new = told.pop(movement), next(iter(told.values()))
    assert (old["verdict"], old["client-uuid"]) == ("undone", "7")
    assert (new["verdict"], new["occurred-at"], new["source"], new["device"]) == ("accepted", at, "desk", "Phone 1")
    assert shown(api, world)["checkin-times"] == at
    listed = api.get(f"/v1/movements/{next(iter(told))}/amendments", world.registrar)
    assert [row["id"] for row in listed.json["data"]] == [response.json["data"]["id"]], "why it is there"
    assert api.get(f"/v1/events/{world.event.id}/amendments", world.registrar).json["meta"] == {"count": 1}


def test_a_correction_that_contradicts_says_so(api: Api, world: World):
    first = scan(api, world, device="Phone 1")
    movement = scan(api, world, direction="out", device="Phone 1")
    earlier = (world.event.starts_at + timedelta(hours=1)).isoformat()
    response = correct(api, movement, world.organizer, **{"occurred-at": earlier})
    assert response.status_code == 201
    assert response.json.get("meta") is None, "an exit before the entry: he was in before"
    response = correct(api, first, world.organizer, **{"occurred-at": world.event.starts_at.isoformat()})
    assert response.json.get("meta") is None
    third = scan(api, world, device="Phone 1")
    response = correct(
        api, third, world.organizer, **{"occurred-at": (world.event.starts_at + timedelta(minutes=1)).isoformat()}
    )
    assert response.status_code == 201
    assert response.json["meta"]["warnings"] == ["already-inside"]
    [contradicting] = response.json["meta"]["conflicts"]
    told = api.get(f"/v1/movements/{contradicting}", world.registrar).json["data"]["attributes"]
    assert told["verdict"] == "conflict"


@pytest.mark.parametrize("reason", [None, "", "  ", 7])
def test_a_reason_is_needed(api: Api, world: World, reason: Any):
    movement = scan(api, world)
    for response in (
        undo(api, movement, world.organizer, reason=reason),
        correct(api, movement, world.organizer, reason=reason, **{"occurred-at": world.event.starts_at.isoformat()}),
    ):
        assert (response.status_code, error_codes(response)) == (422, ["invalid"])
        assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/reason"}


@pytest.mark.parametrize("wrong", [None, "noon", "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_time_is_needed(api: Api, world: World, wrong: Any):
    movement = scan(api, world)
    response = correct(api, movement, world.organizer, **{"occurred-at": wrong})
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/occurred-at"}
    assert shown(api, world)["is-checked-in"]


def test_a_registrar_does_not_reverse_an_organizer(api: Api, world: World):
    his, at = scan(api, world, world.registrar), world.event.starts_at.isoformat()
    assert undo(api, his, world.organizer).status_code == 201
    refused = correct(api, his, world.registrar, **{"occurred-at": at})
    assert (refused.status_code, error_codes(refused)) == (403, ["forbidden"])
    assert correct(api, his, world.organizer, **{"occurred-at": at}).status_code == 201
    slip = scan(api, world, world.registrar, direction="out")
    assert undo(api, slip, world.registrar).status_code == 201
    assert correct(api, slip, world.registrar, **{"occurred-at": at}).status_code == 201


def test_a_registrar_amends_what_he_has_scanned_himself(api: Api, world: World):
    others = scan(api, world, world.organizer)
    assert error_codes(undo(api, others, world.registrar)) == ["forbidden"]
    assert undo(api, others, world.coorganizer).status_code == 201
    his = scan(api, world)
    assert undo(api, his, world.registrar).status_code == 201


def test_what_cannot_be_amended_says_what_to_do(api: Api, world: World):
    refused = make_movement(world.session, world.attendee, verdict="refused")
    response = undo(api, str(refused.id), world.organizer)
    assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    assert "Scan the guest again" in response.json["errors"][0]["detail"]


def test_what_is_not_there(api: Api, world: World):
    assert error_codes(undo(api, "999999", world.organizer)) == ["not-found"]
    wrong_type = api.post(f"/v1/movements/{scan(api, world)}/undo", resource("movement", {}), world.organizer)
    assert error_codes(wrong_type) == ["wrong-type"]


def test_filters_and_sorting(api: Api, world: World):
    for _ in range(2):
        undo(api, scan(api, world), world.organizer)
    wanted = '[{"name": "movement", "op": "has", "val": {"name": "verdict", "op": "eq", "val": "undone"}}]'
    url = f"/v1/events/{world.event.identifier}/amendments"
    found = api.get(url, world.registrar, filter=wanted, sort="-id", include="movement.attendee")
    assert found.json["meta"]["count"] == 2


@pytest.mark.parametrize("number", [2, 25])
def test_undoing_costs_the_same_number_of_statements(api: Api, world: World, number: int, count_queries: Any):
    """However many others are turned from a conflict into what counts, or back."""
    movement = scan(api, world)
    for _ in range(number):
        make_movement(world.session, world.attendee, verdict="conflict", reason="already-inside", told="conflict")
    with count_queries() as sent:
        assert undo(api, movement, world.organizer).status_code == 201
    assert len(sent) == 13, sent
