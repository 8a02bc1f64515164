"""Statistics add up, by status and in all."""

from app.models.orders import CANCELLED, COMPLETED, PENDING
from app.services import statistics
from tests.factories import World, make_event, make_order, make_ticket
from tests.programme import make_parts, make_session


def told(numbers):
    return {name: number for name, number in numbers.items() if number}


def test_of_orders(world: World):
    make_order(world.session, world.free, seats=3, status=PENDING)
    make_order(world.session, world.paid, seats=1, status=CANCELLED)
    found = statistics.of_orders(world.event)
    assert told(found["orders"]) == {COMPLETED: 1, PENDING: 1, CANCELLED: 1, "total": 3}
    assert told(found["tickets"]) == {COMPLETED: 2, PENDING: 3, CANCELLED: 1, "total": 6, "max": 200}
    assert told(found["sales"]) == {COMPLETED: 51.0, CANCELLED: 25.5, "total": 76.5}
    assert {"placed", "expired", "draft", "initializing"} <= found["sales"].keys()


def test_of_an_event_without_orders(world: World):
    empty = make_ticket(world.session, world.event, quantity=7)
    assert told(statistics.of_ticket(empty)["tickets"]) == {}
    assert statistics.of_ticket(empty)["sales"]["total"] == 0


def test_of_ticket(world: World):
    make_order(world.session, world.paid, seats=4, status=PENDING)
    found = statistics.of_ticket(world.paid)
    assert told(found["orders"]) == {COMPLETED: 1, PENDING: 1, "total": 2}
    assert told(found["tickets"]) == {COMPLETED: 2, PENDING: 4, "total": 6}
    assert told(found["sales"]) == {COMPLETED: 51.0, PENDING: 102.0, "total": 153.0}


def test_of_programme(world: World):
    make_session(world.session, world.event, state="accepted")
    make_session(world.session, world.event, state="draft")
    make_parts(world.session, world.event)
    make_parts(world.session, world.event, deleted_at=world.event.starts_at)
    make_parts(world.session, make_event(world.session))
    found = statistics.of_programme(world.event)
    assert found["sponsors"] == 1
    assert (found["sessions"], found["sessions_accepted"], found["sessions_draft"]) == (2, 1, 1)
    assert found["identifier"] == world.event.identifier
    assert found["speakers"]["total"] == 0


def test_statements_do_not_grow_with_the_event(world: World, count_queries):
    found = []
    for _ in range(2):
        world.session.expire_all()
        assert world.event.id
        with count_queries() as statements:
            statistics.of_orders(world.event)
        found.append(len(statements))
        for _ in range(5):
            make_order(world.session, world.free, seats=2)
    assert found[0] == found[1] == 3
