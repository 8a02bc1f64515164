"""Guests at the door: who is told how much of whom."""

import pytest

from tests.factories import World, make_attendee
from tests.http import Api, error_codes
from tests.programme import make_pass

ADA = "/v1/events/{}/guests?search=ada%20byr"


@pytest.fixture
def ada(world: World) -> str:
    guest = make_attendee(world.session, world.paid, world.order, lastname="Byron", company="Engines", phone="+43 1")
    return ADA.format(guest.event_id)


def test_with_a_pass_that_scans(api: Api, world: World, ada: str):
    make_pass(world.session, world.event, "scan", token="pass.1")
    answer = api.get(ada, "pass.1")
    [shown] = answer.json["data"]
    assert shown["type"] == "guest"
    assert shown["attributes"] == {
        "name": "Ada B.",
        "ticket-name": "Paid",
        "is-admitted": True,
        "is-checked-in": False,
        "is-checked-out": False,
    }
    assert answer.json["meta"] == {"count": 1}
    short = api.get(f"/v1/events/{world.event.id}/guests?search=ad", "pass.1")
    assert (short.status_code, short.json["errors"][0]["source"]) == (422, {"parameter": "search"})
    assert error_codes(api.get(f"/v1/events/{world.event.id}/guests", "pass.1")) == ["invalid"]


def test_with_a_pass_that_searches(api: Api, world: World, ada: str):
    make_pass(world.session, world.event, "search", token="pass.1")
    [shown] = api.get(ada, "pass.1").json["data"]
    names = {"name": "Ada Byron", "firstname": "Ada", "lastname": "Byron", "company": "Engines"}
    assert names.items() <= shown["attributes"].items()
    assert not shown["attributes"].keys() & {"email", "order-identifier", "phone"}


@pytest.mark.parametrize("who", ["registrar", "organizer", "staff"])
def test_with_an_account(api: Api, world: World, ada: str, who: str):
    [shown] = api.get(ada, world.people[who]).json["data"]
    assert shown["attributes"]["order-identifier"] == world.order.identifier
    assert shown["attributes"]["email"].endswith("@example.org")
    assert api.get(f"/v1/events/{world.event.identifier}/guests?search=%00", world.people[who]).status_code == 400


def test_others_find_nobody(api: Api, world: World, ada: str):
    make_pass(world.session, world.event, "sell", token="pass.1")
    for who, status in ((world.buyer, 403), (world.moderator, 403), ("pass.1", 403), (None, 401)):
        assert api.get(ada, who).status_code == status
