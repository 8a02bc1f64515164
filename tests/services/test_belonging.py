"""Rows that refer to another event's, kind by kind; and that no kind is forgotten."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.database import Base
from app.models import Event, Microlocation, Movement, OccupancyCount, OrderLine, Tag, TicketHolder
from app.models.movements import HELD, REFUSED
from app.services import belonging
from tests.factories import World, make_attendee, make_event, make_order, make_ticket
from tests.programme import (
    make_amendment,
    make_check_in,
    make_conflict,
    make_feedback,
    make_microlocation,
    make_movement,
    make_pass,
    make_pax,
    make_repair,
    make_session,
    make_station,
    make_track,
)

COUNTED = {OccupancyCount.__table__}
"""Counts: what is counted at a strange place differs from the movements there."""


class Elsewhere:
    """Another event, with one of each thing that rows refer to."""

    def __init__(self, session: Session):
        self.event: Event = make_event(session)
        self.ticket = make_ticket(session, self.event)
        self.order = make_order(session, self.ticket)
        self.guest: TicketHolder = self.order.attendees[0]
        self.tag = Tag(event_id=self.event.id, name="Crew")
        session.add(self.tag)
        self.hall: Microlocation = make_microlocation(session, self.event)
        self.track = make_track(session, self.event)
        self.talk = make_session(session, self.event)
        self.desk = make_station(session, self.event)
        self.movement: Movement = make_movement(session, self.guest)
        self.repair = make_repair(session, self.event)
        self.door_pass = make_pass(session, self.event)
        session.flush()


@pytest.fixture
def elsewhere(world: World) -> Elsewhere:
    return Elsewhere(world.session)


def ours(world: World) -> dict[str, Any]:
    """A row of each kind, all of whose references are of its own event."""
    session, guest = world.session, world.attendee
    hall, desk = make_microlocation(session, world.event), make_station(session, world.event)
    talk = make_session(session, world.event, microlocation_id=hall.id)
    movement = make_movement(session, guest, microlocation_id=hall.id)
    return {
        "order": world.order,
        "attendee": guest,
        "door-pass": make_pass(session, world.event, microlocation_id=hall.id),
        "movement": movement,
        "amendment": make_amendment(session, movement, replacement_id=make_movement(session, guest).id),
        "check-in-conflict": make_conflict(session, guest),
        "user_check_in": make_check_in(session, desk, guest, session_id=talk.id, movement_id=movement.id),
        "station": make_station(session, world.event, microlocation_id=hall.id),
        "station-store-pax": make_pax(session, desk, talk),
        "session": talk,
        "feedback": make_feedback(session, world.buyer, talk),
    }


def found(world: World, event_id: int | None) -> dict[str, list[int]]:
    world.session.flush()
    rows = {noun: list(world.session.scalars(belonging.strays(noun, event_id))) for noun in belonging.KINDS}
    return {noun: ids for noun, ids in rows.items() if ids}


REFERENCES = [
    ("order", "sold_by_pass_id", "door_pass"),
    ("attendee", "ticket_id", "ticket"),
    ("door-pass", "microlocation_id", "hall"),
    ("movement", "door_pass_id", "door_pass"),
    ("amendment", "door_pass_id", "door_pass"),
    ("attendee", "order_id", "order"),
    ("attendee", "tag_id", "tag"),
    ("movement", "attendee_id", "guest"),
    ("movement", "microlocation_id", "hall"),
    ("amendment", "movement_id", "movement"),
    ("amendment", "replacement_id", "movement"),
    ("amendment", "repair_id", "repair"),
    ("check-in-conflict", "attendee_id", "guest"),
    ("check-in-conflict", "first_id", "movement"),
    ("check-in-conflict", "second_id", "movement"),
    ("user_check_in", "station_id", "desk"),
    ("user_check_in", "ticket_holder_id", "guest"),
    ("user_check_in", "session_id", "talk"),
    ("user_check_in", "movement_id", "movement"),
    ("station", "microlocation_id", "hall"),
    ("station-store-pax", "station_id", "desk"),
    ("station-store-pax", "session_id", "talk"),
    ("session", "track_id", "track"),
    ("session", "microlocation_id", "hall"),
    ("feedback", "session_id", "talk"),
]
"""Noun, column, and what of `Elsewhere` it is made to refer to."""


def test_what_refers_to_another_event_is_found(world: World, elsewhere: Elsewhere):
    rows = ours(world)
    assert found(world, None) == {}
    for noun, column, other in REFERENCES:
        row, right = rows[noun], getattr(rows[noun], column)
        setattr(row, column, getattr(elsewhere, other).id)
        world.session.flush()
        assert world.session.scalars(belonging.strays(noun, world.event.id)).all() == [row.id], column
        setattr(row, column, right)
    assert found(world, None) == {}
    rows["station"].microlocation_id = elsewhere.hall.id
    assert found(world, None) == {"station": [rows["station"].id]}
    assert found(world, elsewhere.event.id) == {}


def test_what_refers_to_two_guests_is_found(world: World):
    rows = ours(world)
    other = make_movement(world.session, make_attendee(world.session, world.free))
    columns = {"amendment": "replacement_id", "check-in-conflict": "second_id", "user_check_in": "movement_id"}
    for noun, column in columns.items():
        setattr(rows[noun], column, other.id)
        assert found(world, None).pop(noun) == [rows[noun].id]


def test_a_conflict_without_a_first_scan_is_compared_all_the_same(world: World):
    other = make_movement(world.session, make_attendee(world.session, world.free))
    conflict = make_conflict(world.session, world.attendee, first_id=None)
    assert found(world, None) == {}
    conflict.second_id = other.id
    assert found(world, None) == {"check-in-conflict": [conflict.id]}


def test_only_who_was_refused_may_be_nobody_or_another_events(world: World, elsewhere: Elsewhere):
    session = world.session
    nobody = make_movement(session, world.attendee, attendee_id=None, verdict=REFUSED)
    strange = make_movement(session, elsewhere.guest, event_id=world.event.id, verdict=REFUSED)
    assert found(world, None) == {}
    nobody.verdict = strange.verdict = HELD
    assert found(world, world.event.id) == {"movement": [nobody.id, strange.id]}


def test_lines_about_tickets_of_another_event(world: World, elsewhere: Elsewhere):
    def orders(event_id: int | None) -> list[int]:
        return list(world.session.scalars(belonging.orders_with_strange_lines(event_id)))

    assert orders(None) == []
    world.session.add(OrderLine(order_id=world.order.id, ticket_id=elsewhere.ticket.id, quantity=1, price=0))
    world.session.flush()
    assert orders(None) == orders(world.event.id) == [world.order.id]
    assert orders(elsewhere.event.id) == []


def test_no_table_is_forgotten():
    at_events = {table for table in Base.metadata.tables.values() if "event_id" in table.c}
    referring = {table for table in at_events if any(key.column.table in at_events for key in table.foreign_keys)}
    assert {kind.__table__ for kind in belonging.KINDS.values()} == referring - COUNTED
