"""What is cast is what was made, however often."""

from typing import Any

from flask import Flask
from sqlalchemy import inspect

from tests.factories import World
from tests.moulds import Mould
from tests.transactions import rolled_back


def columns(row: Any) -> dict[str, Any]:
    """All but the number of the transaction, which a trigger writes."""
    names = [column.key for column in inspect(row).mapper.column_attrs if column.key != "written_in"]
    return {name: getattr(row, name) for name in names}


def test_the_rows_are_in_the_database_as_they_are_in_the_session(world: World):
    rows = [*world.session.identity_map.values()]
    assert {world.event, world.order, world.attendee, *world.people.values()} < {*rows}
    cast = [columns(row) for row in rows]
    world.session.expire_all()
    assert [columns(row) for row in rows] == cast
    assert world.order.attendees[0] is world.attendee


def test_what_is_done_to_one_cast_is_not_done_to_the_next(app: Flask, world_mould: Mould):
    found = []
    for _ in range(2):
        with rolled_back(app) as session:
            world = world_mould.cast(session)
            found.append((columns(world.event), columns(world.order), len(world.order.attendees)))
            world.event.name = "Renamed"
            session.delete(world.attendee)
            session.commit()
    assert found[0] == found[1]
