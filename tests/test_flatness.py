"""What a request touches does not grow with its event: the rows that PostgreSQL reads, triggers' included, are counted
at some guests and at twenty times as many. Counted, and not timed: it is the same on every machine."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session, scoped_session

from app.models import TicketHolder
from tests.factories import World
from tests.http import Api, resource
from tests.transactions import rolled_back

FEW, MANY = 300, 6000
"""Guests of the event."""

OTHERS = 2 * MANY
"""Guests of another event. Of a table that is no longer than its own guests, PostgreSQL may find it cheaper to read
everything than to look a few rows up, whose number it can only guess."""

SLACK = 40
"""Rows that a request may read more: of small tables, whole or through an index, as PostgreSQL likes better."""

READ = text("SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables")
"""Rows that this transaction has read, in whatever table and for whom ever."""

SOLD = text(
    """
    WITH sold AS (
        INSERT INTO orders (identifier, event_id, user_id, sold_by_id, amount, status, completed_at, created_at,
                            is_billing_enabled)
        SELECT gen_random_uuid()::text, :event, NULL, CASE WHEN number % 2 = 0 THEN :seller END, 51, 'completed',
               now() - number * interval '1 ms', now(), false
        FROM generate_series(1, :number / 2) AS number
        RETURNING id
    ), lines AS (
        INSERT INTO order_lines (order_id, ticket_id, quantity, price) SELECT id, :ticket, 2, 25.5 FROM sold
    )
    INSERT INTO ticket_holders (event_id, ticket_id, order_id, firstname, email, created_at, is_checked_in,
                                checkin_times)
    SELECT :event, :ticket, id, 'Ada', 'guest' || id || '@example.org', now(), true, '2026-01-01T00:00:00.000000Z'
    FROM sold, generate_series(1, 2)
    """
)


def sell(world: World, number: int) -> None:
    """So many guests, two in an order, who all have come in; half of the orders are sold by the registrar."""
    world.paid.quantity = 2 * OTHERS
    world.session.flush()
    facts = {"event": world.event.id, "ticket": world.paid.id, "number": number, "seller": world.registrar.id}
    world.session.execute(SOLD, facts)
    world.session.execute(
        text(
            "INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, source, verdict) "
            "SELECT event_id, id, 'in', '2026-01-01T00:00:00Z', now(), 'patch', 'accepted' FROM ticket_holders "
            "WHERE ticket_id = :ticket AND id NOT IN (SELECT attendee_id FROM movements WHERE attendee_id IS NOT NULL)"
        ),
        facts,
    )
    world.session.execute(text("UPDATE tickets SET sold = sold + :number WHERE id = :ticket"), facts)
    for table in (
        "ticket_holders",
        "orders",
        "order_lines",
        "movements",
        "tickets",
        "events",
        "users",
        "audit_entries",
    ):
        world.session.execute(text(f"ANALYZE {table}"))


@dataclass(frozen=True)
class Town:
    """Two events that differ in their size, each with a team of its own."""

    few: World
    many: World


@pytest.fixture(scope="module")
def built(app: Flask) -> Iterator[Town]:
    """Both after another, larger event, so that their rows stand at the end of each table; once for all tests."""
    with rolled_back(app) as session:
        other, few, many = (World(session) for _ in range(3))
        for world, number in ((other, OTHERS), (few, FEW), (many, MANY)):
            sell(world, number)
        yield Town(few, many)


@pytest.fixture
def town(built: Town, session: scoped_session[Session]) -> Town:
    """What a test sells there is undone."""
    return built


Job = Callable[[Api, World, TicketHolder], Any]
"""A request; ``guest`` is one of the event in the middle of its list."""


def in_the_middle(world: World, place: int) -> TicketHolder:
    rows = world.session.query(TicketHolder).filter_by(event_id=world.event.id).order_by(TicketHolder.id)
    return rows.offset(place).first()


def check_out(api: Api, world: World, guest: TicketHolder) -> Any:
    document = resource("attendee", {"is-checked-out": True}, id_=guest.id)
    return api.patch(f"/v1/attendees/{guest.id}", document, world.registrar)


def sale(api: Api, world: World, guest: TicketHolder) -> Any:
    document = resource("order", {"on-site-tickets": [{"id": world.paid.id, "quantity": 2}]}, event=world.event)
    return api.post("/v1/orders?onsite=true", document, world.registrar)


def listed(what: str, who: str = "registrar", **query: str) -> Job:
    def ask(api: Api, world: World, guest: TicketHolder) -> Any:
        url = what.format(event=world.event.id, ticket=world.paid.id, order=guest.order_id)
        return api.get(url, world.people[who], **query)

    return ask


def later(api: Api, world: World, guest: TicketHolder) -> Any:
    """The page that the link of a page in the middle leads to."""
    url = f"/v1/events/{world.event.id}/attendees"
    return api.get(url, world.registrar, page_size="20", page_number="5", page_after=str(guest.id))


JOBS: dict[str, Job] = {
    "check-out": check_out,
    "sale": sale,
    "attendees": listed("/v1/events/{event}/attendees"),
    "attendees with includes": listed("/v1/events/{event}/attendees", include="order,ticket,user"),
    "attendees, for staff": listed("/v1/events/{event}/attendees", who="staff"),
    "attendees, a later page by its link": later,
    "attendees, a later page by its number": listed("/v1/events/{event}/attendees", page_number="9"),
    "attendees as the web app sorts them": listed(
        "/v1/events/{event}/attendees", include="user,ticket", sort="-order.completed_at"
    ),
    "a ticket's attendees": listed("/v1/tickets/{ticket}/attendees"),
    "an order's attendees": listed("/v1/orders/{order}/attendees"),
    "orders": listed("/v1/events/{event}/orders"),
    "orders as the web app sorts them": listed("/v1/events/{event}/orders", sort="-completed-at"),
    "an order": listed("/v1/orders/{order}", include="attendees,tickets"),
    "events": listed("/v1/events"),
    "tickets": listed("/v1/events/{event}/tickets"),
    "an event's statistics": listed("/v1/events/{event}/order-statistics", who="owner"),
    "a ticket's statistics": listed("/v1/tickets/{ticket}/order-statistics", who="owner"),
    "the programme's statistics": listed("/v1/events/{event}/general-statistics", who="owner"),
}


def read(world: World, job: Job, api: Api, guest: TicketHolder) -> int:
    """How many rows were read for an answer."""
    facts = [(guest.id, guest.order_id), world.event.id, world.paid.id, *(who.id for who in world.people.values())]
    assert all(facts), "loaded before"
    before = world.session.scalar(READ)
    response = job(api, world, guest)
    assert response.status_code in {200, 201}, response.json
    return int(world.session.scalar(READ) - before)


@pytest.mark.parametrize("job", JOBS)
def test_as_many_rows_are_read_however_many_guests(api: Api, town: Town, job: str):
    rows = []
    for world in (town.few, town.many):
        guests = [in_the_middle(world, place) for place in (100, 200)]
        JOBS[job](api, world, guests[0])  # what is read once in a connection is read now
        rows.append(read(world, JOBS[job], api, guests[1]))
    assert rows[1] <= rows[0] + SLACK, rows
    assert rows[1] < MANY / 4, rows


PLANNED_ANEW = text("SELECT sum(custom_plans) FROM pg_prepared_statements")
TRIED = 5
"""Plans for the values at hand that PostgreSQL makes before it compares them with one for all."""


@pytest.mark.parametrize("job", ["check-out", "sale", "attendees with includes", "an order", "tickets"])
def test_what_is_planned_once_is_planned_once_whatever_the_values(api: Api, town: Town, job: str):
    """Else each request pays for a plan: of one order with its guests, more than for all that is read."""
    guests = [in_the_middle(town.many, place) for place in range(100, 100 + TRIED + 4)]
    assert all(guest.order_id for guest in guests), "loaded before"
    for guest in guests[:-2]:
        JOBS[job](api, town.many, guest)
    before = town.many.session.scalar(PLANNED_ANEW)
    for guest in guests[-2:]:
        assert JOBS[job](api, town.many, guest).status_code in {200, 201}
    assert town.many.session.scalar(PLANNED_ANEW) == before


def often(world: World, job: Job, api: Api) -> int:
    """How many rows are read once the plans are made that PostgreSQL keeps."""
    guest = in_the_middle(world, 100)
    for _ in range(TRIED + 2):
        assert job(api, world, guest).status_code == 200
    return read(world, job, api, guest)


@pytest.mark.parametrize("what", ["attendees", "orders"])
def test_what_a_small_event_includes_is_found_beside_large_ones(api: Api, town: Town, what: str):
    """A plan for ten events on the average would read the guests of all."""
    included = listed("/v1/events/{event}", include=what)
    assert often(town.few, included, api) < 5 * FEW


def test_who_is_not_of_the_team_does_not_pay_for_what_others_bought(api: Api, town: Town):
    """Whether he has bought a ticket that is hidden."""
    town.many.paid.is_hidden = True
    town.many.session.flush()
    assert often(town.many, listed("/v1/events/{event}/tickets", who="stranger"), api) < MANY / 4


def test_rows_are_seen_to_be_read(api: Api, town: Town):
    """That the number would tell: a filter without an index reads them all."""
    wish = '[{"name":"firstname","op":"ilike","val":"%nobody%"}]'
    ask = listed("/v1/events/{event}/attendees", filter=wish)
    assert read(town.many, ask, api, in_the_middle(town.many, 0)) > MANY
