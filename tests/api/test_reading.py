"""Lists and details: how many statements they take, whose they are, and what of them is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from app.clock import utcnow
from app.models import Event
from app.permissions import kinds, visible
from app.permissions.actors import ANONYMOUS, load_actor
from tests.factories import World, make_event, make_order
from tests.http import Api, error_codes

TEAM = ("staff", "organizer", "registrar")


@pytest.mark.parametrize("person", TEAM)
@pytest.mark.parametrize(
    ("url", "include", "most"),
    [
        ("/v1/events/{event}/attendees", "", 2),
        ("/v1/events/{event}/attendees", "order", 3),
        ("/v1/events/{event}/attendees", "order,ticket,user", 5),
        ("/v1/events/{event}/orders", "user,tickets", 5),  # and what is always linked
        ("/v1/events/{event}/tickets", "", 2),
        ("/v1/events/{identifier}/attendees", "", 3),
        ("/v1/orders/{order}/attendees", "", 3),
        ("/v1/events", "", 2),
        ("/v1/orders/{order}", "attendees,tickets", 4),
        ("/v1/tickets/{ticket}", "", 2),
        ("/v1/events/{event}", "", 2),
        ("/v1/attendees/{attendee}/ticket", "", 3),
    ],
)
def test_statements(
    api: Api, world: World, count_queries: Callable[[], Any], person: str, url: str, include: str, most: int
):
    """Who asks, and the page with the number of all; one for each include."""
    make_order(world.session, world.free, 3, user_id=world.buyer.id)
    event, order = world.event, world.order
    places = {"event": event.id, "identifier": event.identifier, "order": order.identifier}
    url = url.format(**places, ticket=world.free.id, attendee=world.attendee.id)
    query = {"include": include} if include else {}
    token = api.authorization(world.people[person]).removeprefix("JWT ")  # made before, since that reads his account
    asked = (url, token)
    api.get(*asked, **query)
    with count_queries() as statements:
        response = api.get(*asked, **query)
    assert response.status_code == 200
    assert response.json["data"]
    assert len(statements) <= most, statements


def test_what_an_event_refers_to_is_one_statement_besides_who_asks(
    api: Api, world: World, count_queries: Callable[[], Any]
):
    """For who may read it whatever else is true of the event; of a deleted one he is told so all the same."""
    event_id = str(world.event.id)
    url = f"/v1/events/{event_id}/order-statistics"
    token = api.authorization(world.organizer).removeprefix("JWT ")
    with count_queries() as statements:
        assert api.get(url, token).json["data"]["id"] == event_id
    assert len(statements) == 2, statements
    world.event.deleted_at = utcnow()
    world.session.flush()
    response = api.get(url, token)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])


def test_a_row_that_lists_do_not_show_is_refused_as_if_it_were_asked_for_itself(api: Api, world: World):
    """The refusal says what helps; what is nobody's business is not there."""
    stranger, order = world.stranger, world.order
    assert error_codes(api.get(f"/v1/orders/{order.identifier}", stranger)) == ["forbidden"]
    assert error_codes(api.get("/v1/orders/999999", stranger)) == ["not-found"]
    world.event.state = "draft"
    world.session.flush()
    assert error_codes(api.get(f"/v1/events/{world.event.id}", stranger)) == ["not-found"]


def test_a_deleted_event_has_no_lists(api: Api, world: World):
    """Also for who need not be asked what the event is like."""
    world.event.deleted_at = utcnow()
    for person in TEAM:
        for url in (f"/v1/events/{world.event.id}/attendees", "/v1/events/999999/attendees"):
            response = api.get(url, world.people[person])
            assert (response.status_code, error_codes(response)) == (404, ["not-found"])


def test_an_empty_list_counts_none(api: Api, world: World, count_queries: Callable[[], Any]):
    empty = make_event(world.session)
    token = api.authorization(world.staff).removeprefix("JWT ")
    url = f"/v1/events/{empty.id}/attendees"
    with count_queries() as statements:
        document = api.get(url, token).json
    assert (document["data"], document["meta"]) == ([], {"count": 0})
    assert len(statements) == 3  # also, whether there is such an event


@pytest.mark.parametrize("query", [{}, {"sort": "-id"}, {"filter": '[{"name": "firstname", "op": "ne", "val": ""}]'}])
def test_beyond_the_last_page_the_number_of_all_is_told(api: Api, world: World, query: dict[str, str]):
    url = f"/v1/events/{world.event.id}/attendees"
    every = api.get(url, world.organizer, **query).json["meta"]["count"]
    beyond = api.get(url, world.organizer, page_size="1", page_number="9", **query).json
    assert (beyond["data"], beyond["meta"]["count"]) == ([], every)
    assert every == 2


@pytest.mark.parametrize("query", [{}, {"fields[ticket]": "name"}, {"sort": "-id"}])
def test_pages_are_empty_however_far_beyond_the_last(api: Api, world: World, query: dict[str, str]):
    """Lists that are planned once, and those that are not."""
    far = {"page[number]": "999999999", "page[size]": "100", **query}
    for noun in ("tickets", "attendees"):
        answer = api.get(f"/v1/events/{world.event.id}/{noun}", world.organizer, **far)
        assert (answer.status_code, answer.json["data"]) == (200, []), noun


def test_what_one_actor_sees_is_not_kept_for_the_next(api: Api, world: World):
    """The statement is the same for both, its parameters are not."""
    url = "/v1/orders"
    seen = {
        person: {row["id"] for row in api.get(url, world.people[person]).json["data"]}
        for person in ("buyer", "stranger", "buyer")
    }
    assert seen == {"buyer": {str(world.order.id)}, "stranger": set()}
    first, second = (load_actor(world.people[person].id) for person in ("buyer", "stranger"))
    assert first is not None
    assert second is not None
    assert kinds.kind_of(first) == kinds.kind_of(second)


def test_a_condition_of_a_kind_says_nothing_without_an_actor(world: World):
    """Whoever forgets to say who asks gets an error, and nobody else's rows."""
    statement = select(Event.id).where(visible.rows_of(kinds.kind_of(ANONYMOUS), Event))
    for _ in range(2):
        with pytest.raises(StatementError, match="A value is required for bind parameter"):
            world.session.execute(statement)
        # The same condition with the values in it, which SQLAlchemy must not take for the same statement.
        of_nobody = select(Event.id).where(visible.rows(ANONYMOUS, Event))
        assert world.session.scalars(of_nobody).all() == [world.event.id]
    assert world.session.scalars(statement, kinds.parameters(ANONYMOUS)).all() == [world.event.id]


def test_sparse_fields_read_fewer_columns(api: Api, world: World, count_queries: Callable[[], Any]):
    url = f"/v1/events/{world.event.id}/attendees"
    query = {"fields[attendee]": "firstname,order", "include": "order", "fields[order]": "status"}
    with count_queries() as statements:
        row = api.get(url, world.registrar, **query).json["data"][0]
    assert list(row["attributes"]) == ["firstname"]
    page, orders = statements[-2:]
    assert "lastname" not in page
    assert "order_notes" not in orders
