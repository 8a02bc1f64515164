"""Heads counted by hand, over HTTP."""

from typing import Any

import pytest

from app.models import StationStorePax
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_pax, make_session, make_station

URL = "/v1/station-store-paxs"


def test_creation_change_and_deletion(api: Api, world: World):
    desk, talk = make_station(world.session, world.event), make_session(world.session, world.event)
    document = resource("station-store-pax", {"current-pax": 40}, station=desk, session=talk)
    created = api.post(URL, document, world.registrar)
    assert created.status_code == 201, created.json
    data = created.json["data"]
    assert type(data["id"]) is int
    assert data["attributes"].keys() == {"current-pax", "created-at", "modified-at"}
    assert created.headers["Location"] == f"http://localhost{URL}/{data['id']}"
    change = resource("station-store-pax", {"current-pax": 41})
    change["data"]["id"] = data["id"]
    changed = api.patch(f"{URL}/{data['id']}", change, world.registrar)
    assert changed.status_code == 200, changed.json
    assert changed.json["data"]["attributes"]["current-pax"] == 41
    assert changed.json["data"]["attributes"]["modified-at"] > data["attributes"]["modified-at"]
    assert api.delete(f"{URL}/{data['id']}", world.registrar).status_code == 200
    assert world.session.query(StationStorePax).count() == 0


@pytest.mark.parametrize("pax", [-1, 1.5, "many", None, 2**31])
def test_numbers_that_are_refused(api: Api, world: World, pax: Any):
    desk, talk = make_station(world.session, world.event), make_session(world.session, world.event)
    document = resource("station-store-pax", {"current-pax": pax}, station=desk, session=talk)
    response = api.post(URL, document, world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/attributes/current-pax"}


def test_a_session_of_another_event(api: Api, world: World):
    desk, talk = make_station(world.session, world.event), make_session(world.session, make_event(world.session))
    document = resource("station-store-pax", {"current-pax": 1}, station=desk, session=talk)
    response = api.post(URL, document, world.registrar)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"] == {"pointer": "/data/relationships/session/data"}


def test_lists_at_a_station_of_a_session_and_of_both(api: Api, world: World):
    desks = [make_station(world.session, world.event) for _ in range(2)]
    talks = [make_session(world.session, world.event) for _ in range(2)]
    counts = {(i, j): make_pax(world.session, desks[i], talks[j]).id for i in (0, 1) for j in (0, 1)}

    def listed(url: str) -> list[int]:
        return [row["id"] for row in api.get(url, world.registrar).json["data"]]

    assert listed(f"/v1/stations/{desks[0].id}/station-store-paxs") == [counts[0, 0], counts[0, 1]]
    assert listed(f"/v1/sessions/{talks[1].id}/station-store-paxs") == [counts[0, 1], counts[1, 1]]
    both = f"/v1/stations/{desks[1].id}/sessions/{talks[0].id}/station-store-paxs"
    assert listed(both) == [counts[1, 0]]


def test_who_may_not(api: Api, world: World):
    desk, talk = make_station(world.session, world.event), make_session(world.session, world.event)
    counted = make_pax(world.session, desk, talk)
    document = resource("station-store-pax", {"current-pax": 1}, station=desk, session=talk)
    for person, status in ((None, 401), (world.stranger, 403), (world.buyer, 403)):
        assert api.post(URL, document, person).status_code == status
        assert api.get(f"{URL}/{counted.id}", person).status_code == status
        assert api.get(f"/v1/stations/{desk.id}/station-store-paxs", person).status_code == status
        assert api.delete(f"{URL}/{counted.id}", person).status_code == status
