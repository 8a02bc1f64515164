"""The one transaction: what is done last in it, and what becomes of that."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, g
from sqlalchemy import insert, select

from app.api.transactions import in_step
from app.clock import utcnow
from app.database import at_last, db, transaction
from app.errors import BadRequest, SoldOut
from app.models import EventTopic, Ticket
from app.services import inventory
from tests.factories import World, make_attendee, make_ticket


def add(name: str) -> None:
    db.session.execute(insert(EventTopic).values(name=name))


def names() -> list[str]:
    """In the order in which they were added."""
    added = {"first", "second", "third", "fourth", "last"}
    return list(db.session.scalars(select(EventTopic.name).where(EventTopic.name.in_(added)).order_by(EventTopic.id)))


def test_it_is_done_after_the_block_in_the_order_in_which_it_was_given(session: Any):
    with transaction():
        at_last(lambda: add("third"))
        add("first")
        at_last(lambda: add("fourth"))
        add("second")
        assert names() == ["first", "second"]
    assert names() == ["first", "second", "third", "fourth"]


def test_it_is_committed_with_the_rest(session: Any):
    with transaction():
        at_last(lambda: add("last"))
    session.rollback()
    assert names() == ["last"]


def test_it_is_done_once(session: Any):
    with transaction():
        at_last(lambda: add("first"))
    with transaction():
        add("second")
    assert names() == ["first", "second"]


def test_what_it_raises_rolls_everything_back(session: Any):
    def refuse() -> None:
        raise SoldOut("none left", ticket_id=1, requested=1, available=0)

    @transaction()
    def sell() -> None:
        add("first")
        at_last(lambda: add("last"))
        at_last(refuse)

    with pytest.raises(SoldOut):
        sell()
    assert names() == []


def test_of_a_block_that_fails_nothing_is_done(session: Any):
    @transaction()
    def fail() -> None:
        at_last(lambda: add("last"))
        raise BadRequest("no")

    with pytest.raises(BadRequest):
        fail()
    with transaction():
        add("first")
    assert names() == ["first"]


def test_outside_of_a_transaction_it_is_done_at_once(session: Any):
    at_last(lambda: add("first"))
    assert names() == ["first"]


def test_a_sale_that_comes_up_short_at_last_frees_seats_and_is_tried_again(app: Flask, world: World):
    """As a sale does that leaves the taking of its seats for the end."""
    ticket = make_ticket(world.session, world.event, quantity=2)
    make_attendee(world.session, ticket, created_at=utcnow() - timedelta(days=1))
    world.session.commit()  # a try that fails takes back what it has done itself, and no more
    tries: list[int] = []

    def sell() -> Response:
        tries.append(world.session.scalar(select(Ticket.sold).where(Ticket.id == ticket.id)))
        at_last(lambda: inventory.reserve({ticket.id: 2}))
        return Response("sold")

    with app.test_request_context():
        g.request_id = "test"
        assert in_step(sell).data == b"sold"
    assert tries == [1, 0]
    world.session.refresh(ticket)
    assert ticket.sold == 2
