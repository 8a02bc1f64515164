"""Statistics add up, by status and in all, wherever they are read."""

from typing import Any

from app.models import EventStatisticsGeneral, OrderStatisticsEvent, OrderStatisticsTicket
from app.models.orders import CANCELLED, COMPLETED, PENDING
from tests.factories import World, make_event, make_order, make_ticket
from tests.http import Api
from tests.programme import make_parts, make_session, make_speaker


def told(numbers: dict[str, float]) -> dict[str, float]:
    return {name: number for name, number in numbers.items() if number}


def attributes(api: Api, world: World, url: str) -> dict[str, Any]:
    response = api.get(url, world.coorganizer)
    assert response.status_code == 200, response.json
    return response.json["data"]["attributes"]


def test_orders_of_an_event(api: Api, world: World):
    make_order(world.session, world.free, seats=3, status=PENDING)
    make_order(world.session, world.paid, seats=1, status=CANCELLED)
    found = attributes(api, world, f"/v1/events/{world.event.id}/order-statistics")
    assert told(found["orders"]) == {COMPLETED: 1, PENDING: 1, CANCELLED: 1, "total": 3}
    assert told(found["tickets"]) == {COMPLETED: 2, PENDING: 3, CANCELLED: 1, "total": 6, "max": 200}
    assert told(found["sales"]) == {COMPLETED: 51.0, CANCELLED: 25.5, "total": 76.5}
    assert {"placed", "expired", "draft", "initializing"} <= found["sales"].keys()


def test_nothing_of_other_events_is_counted(api: Api, world: World):
    other = make_event(world.session)
    make_order(world.session, make_ticket(world.session, other), seats=5)
    make_session(world.session, other)
    make_ticket(world.session, world.event, quantity=1000, deleted_at=world.event.starts_at)
    found = attributes(api, world, f"/v1/events/{world.event.identifier}/order-statistics")
    assert (found["orders"]["total"], found["tickets"]["total"], found["tickets"]["max"]) == (1, 2, 200)
    assert attributes(api, world, f"/v1/events/{world.event.identifier}/general-statistics")["sessions"] == 0


def test_amounts_are_exact(api: Api, world: World):
    for price in (10, 20):
        ticket = make_ticket(world.session, world.event, type="paid", price=f"0.{price}")
        make_order(world.session, world.session.merge(ticket), status=PENDING)
    found = attributes(api, world, f"/v1/events/{world.event.id}/order-statistics")
    assert found["sales"][PENDING] == 0.3


def test_an_event_and_a_ticket_without_orders(api: Api, world: World):
    unsold = make_ticket(world.session, world.event, quantity=7)
    found = attributes(api, world, f"/v1/tickets/{unsold.id}/order-statistics")
    assert [told(found[name]) for name in ("orders", "tickets", "sales")] == [{}, {}, {}]
    empty = make_event(world.session)
    response = api.get(f"/v1/events/{empty.id}/order-statistics", world.staff)
    assert told(response.json["data"]["attributes"]["tickets"]) == {}
    assert response.json["data"]["attributes"]["sales"]["total"] == 0


def test_orders_of_a_ticket(api: Api, world: World):
    make_order(world.session, world.paid, seats=4, status=PENDING)
    found = attributes(api, world, f"/v1/tickets/{world.paid.id}/order-statistics")
    assert told(found["orders"]) == {COMPLETED: 1, PENDING: 1, "total": 2}
    assert told(found["tickets"]) == {COMPLETED: 2, PENDING: 4, "total": 6}
    assert told(found["sales"]) == {COMPLETED: 51.0, PENDING: 102.0, "total": 153.0}


def test_the_programme(api: Api, world: World):
    make_session(world.session, world.event, state="accepted")
    make_session(world.session, world.event, state="draft")
    make_session(world.session, world.event, deleted_at=world.event.starts_at)
    found = attributes(api, world, f"/v1/events/{world.event.id}/general-statistics")
    assert {name: found[name] for name in found if name.startswith("sessions")} == {
        "sessions": 2,
        "sessions-submitted": 2,
        "sessions-draft": 1,
        "sessions-accepted": 1,
        **{f"sessions-{state}": 0 for state in ("pending", "confirmed", "rejected", "canceled", "withdrawn")},
    }
    assert found["identifier"] == world.event.identifier
    assert told(found["speakers"]) == {}
    assert {"accepted", "confirmed", "pending", "rejected", "withdrawn", "canceled", "total"} == found[
        "speakers"
    ].keys()
    assert found["sponsors"] == 0
    make_parts(world.session, world.event)
    make_parts(world.session, world.event, deleted_at=world.event.starts_at)
    make_parts(world.session, make_event(world.session))
    assert attributes(api, world, f"/v1/events/{world.event.id}/general-statistics")["sponsors"] == 1


def test_speakers_are_counted_by_the_state_of_their_sessions(api: Api, world: World):
    now, states = world.event.starts_at, ("accepted", "accepted", "rejected", "draft")
    talks = [make_session(world.session, world.event, state=state) for state in states]
    gone = make_session(world.session, world.event, state="pending", deleted_at=now)
    make_speaker(world.session, world.event, *talks)
    make_speaker(world.session, world.event, talks[0], gone)
    make_speaker(world.session, world.event)
    make_speaker(world.session, world.event, talks[0], deleted_at=now)
    make_speaker(world.session, make_event(world.session))
    found = attributes(api, world, f"/v1/events/{world.event.id}/general-statistics")
    assert told(found["speakers"]) == {"accepted": 2, "rejected": 1, "total": 3}
    assert found["sessions"] == 4


def test_they_are_included_with_the_same_numbers(api: Api, world: World):
    make_order(world.session, world.free, seats=3, status=PENDING)
    make_session(world.session, world.event)
    ways = {
        f"/v1/events/{world.event.id}": ("order-statistics", "general-statistics"),
        f"/v1/tickets/{world.paid.id}": ("order-statistics",),
    }
    for url, names in ways.items():
        document = api.get(url, world.coorganizer, include=",".join(names)).json
        for name, shown in zip(names, document["included"], strict=True):
            assert shown == api.get(f"{url}/{name}", world.coorganizer).json["data"]
            assert shown["links"]["self"] == f"{url}/{name}"
            link = {"type": shown["type"], "id": shown["id"]}
            assert document["data"]["relationships"][name]["data"] == link
            assert api.get(f"{url}/relationships/{name}", world.coorganizer).json["data"] == link


def test_who_does_not_organize_the_event_gets_none(api: Api, world: World):
    includes = "order-statistics,general-statistics,tickets.order-statistics"
    for person in (None, world.stranger, world.buyer, world.registrar):
        document = api.get(f"/v1/events/{world.event.id}", person, include=includes).json
        assert {shown["type"] for shown in document["included"]} == {"ticket"}
        for shown in (document["data"], *document["included"]):
            assert shown["relationships"]["order-statistics"]["data"] is None


def test_one_statement_counts_whatever_the_size(api: Api, world: World, count_queries: Any):
    """Also for many events: a page of them costs as much as one."""
    mine = [world.event.id]
    for _ in range(2):
        for model, ids in ((OrderStatisticsEvent, mine), (EventStatisticsGeneral, mine), (OrderStatisticsTicket, [1])):
            world.session.expire_all()
            with count_queries() as statements:
                assert len(world.session.query(model).filter(model.id.in_(ids)).all()) <= len(ids)
            assert len(statements) == 1
        for _ in range(3):
            other = make_event(world.session)
            make_order(world.session, make_ticket(world.session, other), seats=2)
            mine.append(other.id)


def test_programmes_may_be_asked_for(api: Api, world: World):
    """An organizer looks for events with sessions to decide on; nobody else finds any so."""
    make_session(world.session, world.event, state="pending")
    waiting = '[{"name": "general-statistics", "op": "has", "val": {"name": "sessions-pending", "op": "gt", "val": 0}}]'
    for person, count in ((world.organizer, 1), (world.registrar, 0), (None, 0)):
        assert api.get("/v1/events", person, filter=waiting).json["meta"]["count"] == count
