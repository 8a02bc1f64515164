"""Check-in conflicts over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from app.clock import format_instant
from app.models import CheckInConflict, Movement
from app.models.movements import IN, PATCH
from app.services.ledger import Ledger, Origin
from tests.factories import World
from tests.http import Api, error_codes, resource


@pytest.fixture
def conflict(world: World) -> CheckInConflict:
    """Two phones at two gates have let the same ticket in, a quarter of an hour apart."""
    world.event.starts_at = world.event.starts_at.replace(hour=12)
    for minutes, gate in ((0, "North"), (15, "South")):
        at = world.event.starts_at + timedelta(minutes=minutes)
        book = Ledger(world.attendee)
        book.scan(Origin(PATCH, world.registrar.id, at), IN, at, device=f"Phone {gate}", gate=gate)
        book.write()
    found: CheckInConflict = world.session.query(CheckInConflict).one()
    return found


def decide(api: Api, world: World, conflict: CheckInConflict, **attributes: Any) -> Any:
    """A PATCH by the coorganizer."""
    document = resource("check-in-conflict", attributes, id_=conflict.id)
    return api.patch(f"/v1/check-in-conflicts/{conflict.id}", document, world.coorganizer)


def test_the_document(api: Api, world: World, conflict: CheckInConflict):
    ids = {"first": str(conflict.first_id), "second": str(conflict.second_id)}
    url = f"/v1/check-in-conflicts/{conflict.id}"
    response = api.get(url, world.registrar, include="first,second,attendee,event,resolved-by")
    assert response.status_code == 200, response.json
    data = response.json["data"]
    shown = data["attributes"]
    assert shown.pop("created-at")
    assert "two doors or devices, 15 minutes apart" in shown.pop("explanation")
    assert shown == {
        "state": "open",
        "minutes-apart": 15,
        "seconds-apart": 900,
        "suggestion": "shared-ticket",
        "resolution": None,
        "resolution-reason": None,
        "resolved-at": None,
        "withdrawn-at": None,
    }
    linked = {name: data["relationships"][name]["data"] for name in ("first", "second", "resolved-by")}
    assert linked == {name: {"type": "movement", "id": id_} for name, id_ in ids.items()} | {"resolved-by": None}
    gates = {row["id"]: row["attributes"].get("gate") for row in response.json["included"] if row["type"] == "movement"}
    assert gates == {ids["first"]: "North", ids["second"]: "South"}
    for name, id_ in ids.items():
        assert api.get(f"{url}/{name}", world.registrar).json["data"]["id"] == id_


@pytest.mark.parametrize("parent", ["event", "identifier", "attendee"])
def test_lists(api: Api, world: World, conflict: CheckInConflict, parent: str):
    address = {
        "event": f"/v1/events/{world.event.id}",
        "identifier": f"/v1/events/{world.event.identifier}",
        "attendee": f"/v1/attendees/{world.attendee.id}",
    }[parent]
    for state, number in (("open", 1), ("resolved", 0)):
        wanted = f'[{{"name": "state", "op": "eq", "val": "{state}"}}]'
        found = api.get(f"{address}/check-in-conflicts", world.registrar, filter=wanted, sort="-seconds-apart")
        assert found.json["meta"]["count"] == number, found.json


@pytest.mark.parametrize("number", [1, 5])
def test_a_list_costs_the_same_number_of_statements(
    api: Api, world: World, conflict: CheckInConflict, number: int, count_queries: Any
):
    for minutes in range(20, 20 + number):
        at = world.event.starts_at + timedelta(minutes=minutes)
        book = Ledger(world.attendee)
        book.scan(Origin(PATCH, None, at), IN, at)
        book.write()
    with count_queries() as sent:
        response = api.get(
            f"/v1/events/{world.event.id}/check-in-conflicts",
            world.registrar,
            include="first,second,attendee",
            filter='[{"name": "first", "op": "has", "val": {"name": "gate", "op": "eq", "val": "North"}}]',
        )
    assert response.json["meta"]["count"] == number + 1
    assert len(sent) == 5, sent  # the account, the page, and three includes


def test_a_lost_exit_is_resolved(api: Api, world: World, conflict: CheckInConflict):
    left = format_instant(world.event.starts_at + timedelta(minutes=5))
    facts = {"resolution": "lost-exit", "resolution-reason": "He went to his car.", "occurred-at": left}
    response = decide(api, world, conflict, **facts)
    assert response.status_code == 200, response.json
    shown = response.json["data"]["attributes"]
    assert (shown["state"], shown["resolution"], shown["resolution-reason"]) == (
        "resolved", "lost-exit", "He went to his car.",
    )  # fmt: skip
    assert shown["resolved-at"]
    listed = api.get(f"/v1/attendees/{world.attendee.id}/movements", world.registrar, sort="occurred-at")
    told = [(row["attributes"]["direction"], row["attributes"]["verdict"]) for row in listed.json["data"]]
    assert told == [("in", "accepted"), ("out", "accepted"), ("in", "accepted")]
    guest = api.get(f"/v1/attendees/{world.attendee.id}", world.registrar).json["data"]["attributes"]
    assert guest["checkout-times"] == left
    again = decide(api, world, conflict, **facts)
    assert (again.status_code, error_codes(again)) == (409, ["conflict"])
    assert "resolved as lost-exit by coorganizer at" in again.json["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("wrong", "member"),
    [
        ({"resolution": "guessed"}, "resolution"),
        ({"resolution": None}, "resolution"),
        ({"resolution": "lost-entry"}, "resolution"),
        ({"resolution-reason": "  "}, "resolution-reason"),
        ({"resolution-reason": None}, "resolution-reason"),
        ({"resolution": "lost-exit", "occurred-at": "2999-01-01T00:00:00Z"}, "occurred-at"),
        ({"resolution": "lost-exit", "occurred-at": "noon"}, "occurred-at"),
    ],
)
def test_values_that_are_refused(api: Api, world: World, conflict: CheckInConflict, wrong: dict[str, Any], member: str):
    response = decide(api, world, conflict, **{"resolution": "dismissed", "resolution-reason": "So."} | wrong)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"]["pointer"] == f"/data/attributes/{member}"
    world.session.refresh(conflict)
    assert conflict.state == "open"
    assert world.session.query(Movement).count() == 2


def test_only_supervisors_decide(api: Api, world: World, conflict: CheckInConflict):
    document = resource("check-in-conflict", {"resolution": "dismissed", "resolution-reason": "So."}, id_=conflict.id)
    response = api.patch(f"/v1/check-in-conflicts/{conflict.id}", document, world.registrar)
    assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
