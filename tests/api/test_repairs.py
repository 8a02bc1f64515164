"""Repairs over HTTP: previewed, done, listed, and undone."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import utcnow
from app.models import Movement, Repair
from tests.factories import World, make_order
from tests.http import Api, error_codes, resource


@pytest.fixture(autouse=True)
def _scanned(api: Api, world: World):
    """Guests whom a phone has scanned out instead of in."""
    for guest in make_order(world.session, world.free, 3).attendees:
        document = resource("movement", {"direction": "out", "device": "Phone 7"}, attendee=guest)
        assert api.post(f"/v1/events/{world.event.id}/movements", document, world.registrar).status_code == 201


def repair(api: Api, world: World, as_: Any = None, **attributes: Any) -> Any:
    now = utcnow()
    facts = {
        "device": "Phone 7",
        "from": (now - timedelta(minutes=5)).isoformat(),
        "until": (now + timedelta(minutes=5)).isoformat(),
        "direction": "in",
        "reason": "It was in exit mode",
    }
    document = resource("repair", facts | attributes)
    return api.post(f"/v1/events/{world.event.id}/repairs", document, as_ or world.organizer)


def test_a_preview_and_what_it_was_for(api: Api, world: World):
    seen = repair(api, world, **{"is-preview": True})
    assert (seen.status_code, seen.json["data"]) == (200, None)
    told = seen.json["meta"]
    assert (told["movement-count"], told["attendee-count"], told["conflicts"], told["station-scans"]) == (3, 3, 0, 0)
    assert "warnings" not in told
    first = told["attendees"][0]
    assert len(first["movements"]) == 1
    assert (first["before"]["is-checked-out"], first["after"]["is-checked-in"]) == (True, True)
    assert world.session.query(Repair).count() == 0
    response = repair(api, world, preview=told["preview"])
    assert response.status_code == 201, response.json
    data = response.json["data"]
    assert response.headers["Location"].endswith(data["links"]["self"])
    assert {name: data["attributes"][name] for name in ("device", "direction", "movement-count", "undone-at")} == {
        "device": "Phone 7",
        "direction": "in",
        "movement-count": 3,
        "undone-at": None,
    }
    inside = api.get(f"/v1/events/{world.event.id}/occupancy", world.registrar).json["data"]["attributes"]["inside"]
    assert inside == 3
    assert api.get(f"{data['links']['self']}/amendments", world.registrar).json["meta"] == {"count": 3}
    listed = api.get(f"/v1/events/{world.event.id}/repairs", world.registrar, sort="-from")
    assert listed.json["data"][0]["attributes"] == data["attributes"]


def test_another_set_than_was_seen(api: Api, world: World):
    token = repair(api, world, **{"is-preview": True}).json["meta"]["preview"]
    document = resource("movement", {"direction": "out", "device": "Phone 7"}, attendee=world.attendee)
    assert api.post(f"/v1/events/{world.event.id}/movements", document, world.registrar).status_code == 201
    response = repair(api, world, preview=token)
    assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/preview"}
    assert world.session.query(Repair).count() == 0


def test_a_repair_undone(api: Api, world: World):
    own = repair(api, world).json["data"]["links"]["self"]
    [taken, *_] = world.session.query(Movement).filter_by(direction="in", is_inferred=False).order_by(Movement.id)
    undone = resource("amendment", {"reason": "He was in, but not then"})
    assert api.post(f"/v1/movements/{taken.id}/undo", undone, world.organizer).status_code == 201
    response = api.post(f"{own}/undo", resource("repair", {"reason": "It was right"}), world.owner)
    assert response.status_code == 200, response.json
    assert response.json["meta"]["restored"] == 2
    assert len(response.json["meta"]["left"]) == 1
    told = response.json["data"]["attributes"]
    assert told["undone-at"]
    assert (told["undo-reason"], told["reason"]) == ("It was right", "It was in exit mode")
    assert api.get(f"{own}/undone-by", world.organizer).json["data"]["id"] == str(world.owner.id)
    again = api.post(f"{own}/undo", resource("repair", {"reason": "It was right"}), world.owner)
    assert (again.status_code, error_codes(again)) == (409, ["conflict"])


@pytest.mark.parametrize(
    ("wrong", "member"),
    [
        ({"direction": "up"}, "direction"),
        ({"from": "noon"}, "from"),
        ({"from": None}, "from"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"device": "  "}, "device"),
        ({"device": "Phone 8"}, "device"),
        ({"reason": None}, "reason"),
        ({"preview": 7}, "preview"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, wrong: dict[str, Any], member: str):
    response = repair(api, world, **wrong)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": f"/data/attributes/{member}"}


def test_a_preview_of_nothing(api: Api, world: World):
    told = repair(api, world, device="Phone 8", **{"is-preview": True}).json["meta"]
    assert (told["movement-count"], told["attendees"]) == (0, [])


def test_a_registrar_may_look_and_no_more(api: Api, world: World):
    assert error_codes(repair(api, world, world.registrar)) == ["forbidden"]
    assert error_codes(repair(api, world, world.registrar, **{"is-preview": True})) == ["forbidden"]
    own = repair(api, world).json["data"]["links"]["self"]
    assert api.get(own, world.registrar).status_code == 200
    refused = api.post(f"{own}/undo", resource("repair", {"reason": "It was right"}), world.registrar)
    assert error_codes(refused) == ["forbidden"]
