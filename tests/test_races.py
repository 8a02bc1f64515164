"""Many at once, over real connections, with real commits.

Races that a plain read-then-write would lose are run twice: with the guard taken away they must go wrong, in a
database without the CHECK behind it; with the guard they must not. The others fail when their lock is taken out of the
code. What was counted is printed (``pytest -s``).
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.api.attendees import Attendees
from app.api.check_in_conflicts import CheckInConflicts
from app.api.jsonapi import documents, entity_tags
from app.api.jsonapi.data_layers import DataLayer
from app.api.orders import Orders
from app.api.stations import Stations
from app.clock import utcnow
from app.database import at_last, db, session, transaction
from app.models import DoorPass, Order, RoleInvite, Session, SpeakersCall, Ticket, TicketHolder, User
from app.models.orders import CANCELLED, COMPLETED, EXPIRED, INITIALIZING, PENDING, PLACED
from app.models.stations import CHECK_IN, DAILY, REGISTRATION
from app.models.users_events_roles import OWNER
from app.services import (
    account_tokens,
    amendments,
    check_in_conflicts,
    door_passes,
    event_parts,
    hashes,
    inventory,
    ledger,
    ledger_rows,
    occupancy,
    role_invites,
    user_check_ins,
    users_events_roles,
)
from tests.committed import PATIENCE, SELLERS, Answer, Shop, at_once, shop
from tests.factories import World, grant, make_attendee, make_event, make_invite, make_order, make_ticket
from tests.http import resource
from tests.programme import (
    make_microlocation,
    make_pass,
    make_session,
    make_speaker,
    make_station,
    make_track,
    where_it_is_noon,
)

SEATS = 3
SCANS = 8
URL = "/v1/orders?onsite=true"


@pytest.fixture(scope="module")
def guarded(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The schema as it is. However the races end, everything in it adds up."""
    with shop(database_url, tmp_path_factory.mktemp("guarded")) as opened:
        yield opened
        findings = opened.findings()
        print(f"\nrecount of {opened.count('SELECT count(*) FROM orders')} orders after all races: {findings}")
        assert findings == []


@pytest.fixture(scope="module")
def reckless(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A throw-away schema without the CHECK that stands behind `inventory.reserve`."""
    with shop(database_url, tmp_path_factory.mktemp("reckless")) as opened:
        opened.rows("ALTER TABLE tickets DROP CONSTRAINT ck_tickets_sold_within_quantity")
        yield opened


def sale(world: World, *rows: tuple[Ticket, int]):
    items = [{"id": str(ticket.id), "quantity": str(quantity)} for ticket, quantity in rows]
    return resource("order", {"on-site-tickets": items}, event=world.event)


def leave_unlocked(carelessness: pytest.MonkeyPatch, layer: type[DataLayer]) -> None:
    """A PATCH finds its row without locking it. (Not by `lock`: what it makes is kept.)"""
    finding = layer.finding
    carelessness.setattr(layer, "finding", lambda self, name, **_locked: finding(self, name, locked=False))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def seats_of(store: Shop, ticket: Ticket) -> tuple[int, int]:
    """Attendees with the ticket whose seat is held, and what ``sold`` says."""
    guests = store.count(
        f"SELECT count(*) FROM ticket_holders LEFT JOIN orders ON orders.id = order_id WHERE ticket_id = {ticket.id} "
        "AND deleted_at IS NULL AND coalesce(status, '') NOT IN ('expired', 'cancelled')"
    )
    return guests, store.count(f"SELECT sold FROM tickets WHERE id = {ticket.id}")


def sell_the_last_seats(store: Shop) -> tuple[Counter[int], int, int]:
    """16 sellers and 3 seats: the answers' statuses, the attendees, and ``sold``."""
    world = store.open()
    with store.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=SEATS)
    token, document = store.token(world.registrar), sale(world, (ticket, 1))
    answers = at_once(SELLERS, lambda _: store.send("POST", URL, token, document))
    for answer in answers:
        if answer.status == 409:
            assert [error["code"] for error in answer.document["errors"]] == ["sold-out"]
    return statuses(answers), *seats_of(store, ticket)


# --- seats --------------------------------------------------------------------------------------------------------


def take_seats_by(carelessness: pytest.MonkeyPatch, reserve: Callable[..., None]) -> None:
    """Sales take their seats in another way, when all else is done."""
    carelessness.setattr(
        inventory,
        "reserve_at_last",
        lambda wanted, *, pointer: at_last(lambda: reserve(wanted, pointer=pointer)),
    )


def naive_reserve(everybody_has_read: threading.Barrier) -> Callable[..., None]:
    """Reads, then writes: what `inventory.reserve` would be without its lock."""

    def reserve(wanted: Mapping[int, int], *, pointer: str | None = None) -> None:
        statement = select(Ticket.id, Ticket.quantity, Ticket.sold).where(Ticket.id.in_(wanted))
        seen = session().execute(statement).all()
        everybody_has_read.wait()
        for ticket_id, quantity, sold in seen:
            assert sold + wanted[ticket_id] <= quantity
            taken = update(Ticket).where(Ticket.id == ticket_id).values(sold=sold + wanted[ticket_id])
            session().execute(taken.execution_options(synchronize_session=False))

    return reserve


def test_without_the_lock_seats_are_oversold(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    take_seats_by(monkeypatch, naive_reserve(threading.Barrier(SELLERS, timeout=PATIENCE)))
    found, guests, sold = sell_the_last_seats(reckless)
    print(f"\nwithout the lock: {SELLERS} sellers, {SEATS} seats: {dict(found)}, {guests} guests, sold = {sold}")
    assert found == {201: SELLERS}
    assert guests == SELLERS > SEATS
    assert sold == 1
    assert [finding.split(":")[0] for finding in reckless.findings()] == [
        "tickets whose sold differs from the seats held",
        "tickets of which more seats are held than there are",
    ]


@pytest.mark.parametrize("turn", range(5))
def test_16_sellers_and_3_seats(guarded: Shop, turn: int):
    found, guests, sold = sell_the_last_seats(guarded)
    print(f"\nwith the lock: {SELLERS} sellers, {SEATS} seats: {dict(found)}, {guests} guests, sold = {sold}")
    assert found == {201: SEATS, 409: SELLERS - SEATS}
    assert (guests, sold) == (SEATS, SEATS)


def test_16_visitors_and_3_seats(guarded: Shop):
    """The same for attendees that are made before their order."""
    world = guarded.open()
    with guarded.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=SEATS)
    token = guarded.token(world.stranger)
    document = resource("attendee", {}, event=world.event, ticket=ticket)
    found = statuses(at_once(SELLERS, lambda _: guarded.send("POST", "/v1/attendees", token, document)))
    print(f"\nattendees: {SELLERS} visitors, {SEATS} seats: {dict(found)}")
    assert found == {201: SEATS, 409: SELLERS - SEATS}
    assert seats_of(guarded, ticket) == (SEATS, SEATS)


def test_a_last_seat_held_by_an_overdue_order_is_sold_once(guarded: Shop):
    world = guarded.open()
    overdue = utcnow() - timedelta(days=1)
    with guarded.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=1)
        order = make_order(stock, ticket, status=INITIALIZING, created_at=overdue)
    token, document = guarded.token(world.registrar), sale(world, (ticket, 1))
    found = statuses(at_once(SELLERS, lambda _: guarded.send("POST", URL, token, document)))
    print(f"\noverdue order: {SELLERS} sellers, 1 seat: {dict(found)}")
    assert found == {201: 1, 409: SELLERS - 1}
    assert seats_of(guarded, ticket) == (1, 1)
    assert guarded.rows(f"SELECT status FROM orders WHERE id = {order.id}") == ["expired"]


def sell_meanwhile(store: Shop, token: str, document: Any, change: str) -> Answer:
    """What a sale is answered that has to wait for a change of its tickets, which is committed when it waits."""
    return store.meanwhile(change, lambda: store.send("POST", URL, token, document))


@pytest.mark.parametrize(
    ("change", "status", "left"),
    [
        ("sold = 0", 201, 0),  # seats come back
        ("quantity = 2", 201, 0),  # there are more than before
        ("sold = 0, quantity = 2", 201, 1),
        ("description = 'New'", 409, 0),
        ("deleted_at = now()", 409, 1),
    ],
)
@pytest.mark.parametrize("others", [0, 1])
def test_a_sale_goes_by_what_it_has_waited_for(guarded: Shop, change: str, status: int, left: int, others: int):
    """Whatever the statement's snapshot shows, and though the CHECK holds of that, too; all tickets or none."""
    world = guarded.open()
    with guarded.stocking() as stock:
        full = make_ticket(stock, world.event, quantity=1)
        wanted = [full, *(make_ticket(stock, world.event, quantity=1) for _ in range(others))]
        if "sold" in change:
            full.sold = 1
        elif "deleted" not in change:
            make_order(stock, full)  # a guest's, whose seat stays
    document = sale(world, *((ticket, 1) for ticket in wanted))
    answer = sell_meanwhile(
        guarded, guarded.token(world.registrar), document, f"UPDATE tickets SET {change} WHERE id = {full.id}"
    )
    assert answer.status == status, answer.document
    available = [guarded.count(f"SELECT quantity - sold FROM tickets WHERE id = {each.id}") for each in wanted]
    assert available == [left] + [0 if status == 201 else 1] * others


@pytest.mark.parametrize("short", [False, True])
def test_a_sale_that_was_faster_is_waited_for(guarded: Shop, short: bool):
    world = guarded.open()
    with guarded.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=2 if short else 3)
        order = make_order(stock, ticket)
        order_id = order.id
    # Another seller, of one more.
    change = (
        f"WITH guest AS (INSERT INTO ticket_holders (event_id, ticket_id, order_id, firstname, created_at) "
        f"VALUES ({world.event.id}, {ticket.id}, {order_id}, 'Ada', now())), "
        f"line AS (UPDATE order_lines SET quantity = 2 WHERE order_id = {order_id}) "
        f"UPDATE tickets SET sold = 2 WHERE id = {ticket.id}"
    )
    answer = sell_meanwhile(guarded, guarded.token(world.registrar), sale(world, (ticket, 1)), change)
    assert answer.status == (409 if short else 201)
    assert seats_of(guarded, ticket) == ((2, 2) if short else (3, 3))


@pytest.mark.parametrize("sellers", [2, 4, SELLERS])
def test_overdue_seats_for_everybody_refuse_nobody(guarded: Shop, sellers: int):
    """Who comes up short while another seller is just freeing the seats must get one of them too."""
    world = guarded.open()
    with guarded.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=sellers)
        for _ in range(sellers):
            make_attendee(stock, ticket, created_at=utcnow() - timedelta(days=1))
    token, document = guarded.token(world.registrar), sale(world, (ticket, 1))
    found = statuses(at_once(sellers, lambda _: guarded.send("POST", URL, token, document)))
    print(f"\noverdue attendees: {sellers} sellers, {sellers} seats: {dict(found)}")
    assert found == {201: sellers}
    assert seats_of(guarded, ticket) == (sellers, sellers)


def test_an_overdue_attendee_is_either_ordered_or_given_up(guarded: Shop):
    """His maker orders him while others want his seat; whoever is first, the seat is sold once."""
    ordered = 0
    for turn in range(8):
        world = guarded.open()
        with guarded.stocking() as stock:
            ticket = make_ticket(stock, world.event, quantity=1)
            late = make_attendee(
                stock, ticket, created_by_id=world.stranger.id, created_at=utcnow() - timedelta(days=1)
            )
        maker = guarded.token(world.stranger), "/v1/orders", resource("order", {}, event=world.event, attendees=[late])
        seller = guarded.token(world.registrar), URL, sale(world, (ticket, 1))

        def claim(index: int, parties=(maker, seller, seller), head_start=turn * 0.004) -> Answer:
            token, url, document = parties[index]
            if index == 0:
                time.sleep(head_start)  # the sellers', longer with every turn
            return guarded.send("POST", url, token, document)

        by_maker, *by_sellers = (answer.status for answer in at_once(3, claim))
        ordered += by_maker == 201
        assert Counter([by_maker, *by_sellers])[201] == 1
        assert by_maker in {201, 422}
        assert set(by_sellers) <= {201, 409}
        assert seats_of(guarded, ticket) == (1, 1)
    print(f"\noverdue attendee: ordered by his maker {ordered} times, given up {8 - ordered} times")


@pytest.mark.parametrize("status", [INITIALIZING, PENDING])
def test_a_last_seat_held_by_an_abandoned_order_is_bought_online_once(guarded: Shop, status: str):
    world = guarded.open()
    with guarded.stocking() as stock:
        ticket = make_ticket(stock, world.event, quantity=1)
        overdue = utcnow() - timedelta(days=1)
        order = make_order(stock, ticket, status=status, created_at=overdue, user_id=world.buyer.id)
    token, cart = guarded.token(world.stranger), {"tickets": [{"id": ticket.id}]}
    found = statuses(at_once(SELLERS, lambda _: guarded.send("POST", "/v1/orders/create-order", token, cart)))
    print(f"\nabandoned order ({status}): {SELLERS} buyers, 1 seat: {dict(found)}")
    assert found == {200: 1, 409: SELLERS - 1}
    assert seats_of(guarded, ticket) == (1, 1)
    assert guarded.rows(f"SELECT status FROM orders WHERE id = {order.id}") == ["expired"]


# --- the end of orders --------------------------------------------------------------------------------------------


def cancel_at_once(store: Shop, times: int) -> tuple[Counter[int], int, int]:
    """Cancels one order of two seats, beside another that keeps its two: statuses, seats held, and ``sold``."""
    world = store.open()
    with store.stocking() as stock:
        ticket = make_ticket(stock, world.event)
        order, _other = (make_order(stock, ticket, seats=2, status=PLACED) for _ in range(2))
    token, document = store.token(world.organizer), resource("order", {"status": CANCELLED}, id_=order.id)
    answers = at_once(times, lambda _: store.send("PATCH", f"/v1/orders/{order.identifier}", token, document))
    return statuses(answers), *seats_of(store, ticket)


def test_without_the_row_lock_a_cancelled_order_frees_its_seats_twice(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    both_have_read = threading.Barrier(2, timeout=PATIENCE)
    is_overdue = inventory.is_overdue

    def wait_then_ask(order: Order, *, held_for: timedelta) -> bool:
        both_have_read.wait()
        return is_overdue(order, held_for=held_for)

    leave_unlocked(monkeypatch, Orders)
    monkeypatch.setattr(inventory, "is_overdue", wait_then_ask)
    found, held, sold = cancel_at_once(reckless, 2)
    print(f"\nwithout the row lock: cancelled twice: {dict(found)}, {held} seats held, sold = {sold}")
    assert found == {200: 2}
    assert (held, sold) == (2, 0)


@pytest.mark.parametrize("times", [2, SELLERS])
def test_an_order_cancelled_twice_frees_its_seats_once(guarded: Shop, times: int):
    found, held, sold = cancel_at_once(guarded, times)
    print(f"\nwith the row lock: cancelled {times} times: {dict(found)}, {held} seats held, sold = {sold}")
    assert found == {200: times}
    assert (held, sold) == (2, 2)


ROUNDS = int(os.environ.get("RACES", "300"))
PARTIES = 3
LONGEST_HEAD_START = 0.004
"""Seconds: about what one request takes, so that a late one meets the others at any of their steps."""


class LastSeats:
    """Rounds of a race for one seat each: an unfinished order holds it, and everybody is at it at once."""

    def __init__(self, store: Shop):
        self.store = store
        world = store.open()
        self.event = world.event
        self.tokens = {
            name: store.token(getattr(world, name)) for name in ("buyer", "organizer", "registrar", "stranger")
        }
        # The orders are made one second apart, later than any deadline of the server's own; `_end` sets its own.
        self.born = utcnow() + timedelta(hours=1)
        with store.stocking() as stock:
            self.tickets = [make_ticket(stock, world.event, quantity=1) for _ in range(ROUNDS)]
            self.orders = [
                make_order(stock, ticket, status=INITIALIZING, created_at=self._birth(turn), user_id=world.buyer.id)
                for turn, ticket in enumerate(self.tickets)
            ]
        self.actions = (
            self._cancel_as("buyer"), self._cancel_as("organizer"), self._complete_as("buyer"),
            self._complete_as("organizer"), self._end, self._end_waiting, self._sell, self._buy,
        )  # fmt: skip

    def _birth(self, turn: int) -> datetime:
        return self.born + timedelta(seconds=turn)

    def _held_for(self, turn: int) -> timedelta:
        """With this, the order of the turn and earlier ones are overdue, and no later one."""
        return utcnow() - self._birth(turn) - timedelta(milliseconds=500)

    def _move(self, turn: int, person: str, attributes: dict[str, str]) -> int:
        order = self.orders[turn]
        document = resource("order", attributes, id_=order.id)
        return self.store.send("PATCH", f"/v1/orders/{order.identifier}", self.tokens[person], document).status

    def _cancel_as(self, person: str) -> Callable[[int], int]:
        return lambda turn: self._move(turn, person, {"status": CANCELLED})

    def _complete_as(self, person: str) -> Callable[[int], int]:
        return lambda turn: self._move(turn, person, {"status": COMPLETED})

    def _end(self, turn: int) -> int:
        with self.store.app.app_context(), transaction():
            inventory.expire_batch(held_for=self._held_for(turn))
        return 200

    def _end_waiting(self, turn: int) -> int:
        with self.store.app.app_context(), transaction():
            inventory.expire_overdue([self.tickets[turn].id], held_for=self._held_for(turn))
        return 200

    def _sell(self, turn: int) -> int:
        items = [{"id": self.tickets[turn].id, "quantity": 1}]
        document = resource("order", {"on-site-tickets": items}, event=self.event)
        return self.store.send("POST", URL, self.tokens["registrar"], document).status

    def _buy(self, turn: int) -> int:
        cart = {"tickets": [{"id": self.tickets[turn].id}]}
        return self.store.send("POST", "/v1/orders/create-order", self.tokens["stranger"], cart).status

    def run(self, seed: int) -> Counter[int]:
        """All rounds; the statuses of all answers."""
        dice = random.Random(seed)
        rounds = [
            [(action, dice.uniform(0, LONGEST_HEAD_START)) for action in dice.choices(self.actions, k=PARTIES)]
            for _ in range(ROUNDS)
        ]
        gate = threading.Barrier(PARTIES, timeout=PATIENCE)

        def party(index: int) -> Counter[int]:
            found: Counter[int] = Counter()
            for turn, actions in enumerate(rounds):
                action, head_start = actions[index]
                gate.wait()
                time.sleep(head_start)
                found[action(turn)] += 1
            return found

        return sum(at_once(PARTIES, party), start=Counter())


def test_random_races_of_ends_and_sales(guarded: Shop):
    """Cancelled twice, cancelled during a sale, expired during completion: whoever is first, the counts are right.

    So many races as ``RACES`` in the environment says; a thousand, say, after a change of what holds or frees seats.
    """
    before, began = guarded.deadlocks(), time.monotonic()
    races = LastSeats(guarded)
    prepared = time.monotonic()
    found = races.run(seed=20261122)
    took = time.monotonic() - prepared
    deadlocks = guarded.deadlocks() - before
    ids = f"{races.tickets[0].id} AND {races.tickets[-1].id}"
    ends = Counter(
        guarded.rows(f"SELECT status FROM orders WHERE id BETWEEN {races.orders[0].id} AND {races.orders[-1].id}")
    )
    sold_again = guarded.count(f"SELECT count(*) FROM order_lines WHERE ticket_id BETWEEN {ids}") - ROUNDS
    print(
        f"\n{ROUNDS} races of {PARTIES}: {dict(found)}, {dict(ends)}, {sold_again} seats sold again, "
        f"{deadlocks} deadlocks, {prepared - began:.0f} s to prepare and {took:.0f} s to run"
    )
    assert guarded.findings() == []
    assert set(found) <= {200, 201, 403, 409}
    assert deadlocks == 0
    assert min(ends[status] for status in (CANCELLED, COMPLETED, EXPIRED)) > ROUNDS / 10
    assert sold_again > 0
    twice = f"SELECT ticket_id FROM ticket_holders JOIN orders ON orders.id = order_id WHERE ticket_id BETWEEN {ids} "
    assert guarded.rows(twice + "AND status NOT IN ('cancelled', 'expired') GROUP BY 1 HAVING count(*) > 1") == []


# --- deadlocks ----------------------------------------------------------------------------------------------------


def sell_crosswise(store: Shop, *, sellers: int, turns: int) -> Counter[int]:
    """Sellers of the same two tickets, every second one in the opposite order."""
    world = store.open()
    with store.stocking() as stock:
        first, second = (make_ticket(stock, world.event, quantity=100_000) for _ in range(2))
    token = store.token(world.registrar)
    documents = sale(world, (first, 1), (second, 1)), sale(world, (second, 1), (first, 1))

    def sell(index: int) -> list[Answer]:
        return [store.send("POST", URL, token, documents[(index + turn) % 2]) for turn in range(turns)]

    found = statuses([answer for answers in at_once(sellers, sell) for answer in answers])
    assert seats_of(store, first) == seats_of(store, second) == (found[201], found[201])
    return found


def test_with_the_stronger_lock_two_sellers_deadlock(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    """FOR UPDATE waits for the share lock that the foreign keys of the other's new rows hold, and the other for ours.

    It also shows that a deadlock is counted although the retry hides it from the client.
    """
    everybody_has_inserted = threading.Barrier(2, timeout=PATIENCE)
    first_try = threading.local()

    reserve = inventory.reserve

    def lock_and_reserve(wanted, *, pointer=None):
        if not hasattr(first_try, "done"):
            first_try.done = True
            everybody_has_inserted.wait()
        session().execute(select(Ticket.id).where(Ticket.id.in_(wanted)).order_by(Ticket.id).with_for_update())
        reserve(wanted, pointer=pointer)

    before = reckless.deadlocks()
    take_seats_by(monkeypatch, lock_and_reserve)
    found = sell_crosswise(reckless, sellers=2, turns=1)
    deadlocks = reckless.deadlocks() - before
    print(f"\nFOR UPDATE: {dict(found)}, {deadlocks} deadlocks (broken by the database, then tried again)")
    assert deadlocks > 0
    assert found == {201: 2}


def test_tickets_in_opposite_order_never_deadlock(guarded: Shop):
    before = guarded.deadlocks()
    found = sell_crosswise(guarded, sellers=SELLERS, turns=15)
    deadlocks = guarded.deadlocks() - before
    print(f"\nFOR NO KEY UPDATE, by id: {dict(found)}, {deadlocks} deadlocks")
    assert found == {201: SELLERS * 15}
    assert deadlocks == 0


def test_selling_giving_back_and_expiring_never_deadlock(guarded: Shop):
    """Everything that takes the tickets' locks at once: sales, deleted attendees, overdue orders."""
    world = guarded.open()
    overdue = utcnow() - timedelta(days=1)
    with guarded.stocking() as stock:
        first, second = (make_ticket(stock, world.event, quantity=60, max_order=10) for _ in range(2))
        for ticket in (first, second):
            make_order(stock, ticket, seats=5, status=INITIALIZING, created_at=overdue)
        loose = [
            make_attendee(stock, ticket, created_by_id=world.stranger.id)
            for _ in range(SELLERS)
            for ticket in (first, second)
        ]
    seller, maker = guarded.token(world.registrar), guarded.token(world.stranger)
    documents = sale(world, (first, 3), (second, 3)), sale(world, (second, 3), (first, 3))

    def work(index: int) -> list[int]:
        answers = []
        for attendee in loose[2 * index : 2 * index + 2]:
            answers.append(guarded.send("POST", URL, seller, documents[index % 2]))
            answers.append(guarded.send("DELETE", f"/v1/attendees/{attendee.id}", maker, None))
        return [answer.status for answer in answers]

    before = guarded.deadlocks()
    found = Counter(status for each in at_once(SELLERS, work) for status in each)
    deadlocks = guarded.deadlocks() - before
    print(f"\nselling, giving back, expiring: {dict(found)}, {deadlocks} deadlocks")
    assert set(found) <= {200, 201, 409}
    assert found[200] == len(loose)
    assert deadlocks == 0
    for ticket in (first, second):
        guests, sold = seats_of(guarded, ticket)
        assert guests == sold <= 60


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("what", ["tickets", "events"])
def test_a_sale_and_a_deletion_are_never_both_done(guarded: Shop, what: str, online: bool):
    """Whoever comes second is refused: no order of a deleted ticket, none in a deleted event."""
    found: Counter[tuple[int, int]] = Counter()
    for turn in range(12):
        world = guarded.open()
        with guarded.stocking() as stock:
            event = make_event(stock)
            grant(stock, world.owner, event, "owner")
            ticket = make_ticket(stock, event)
        token = guarded.token(world.owner)
        url = f"/v1/tickets/{ticket.id}" if what == "tickets" else f"/v1/events/{event.id}"
        rows = [{"id": ticket.id, "quantity": 1}]
        sale_of_it = (
            ("POST", "/v1/orders/create-order", token, {"tickets": rows})
            if online
            else ("POST", URL, token, resource("order", {"on-site-tickets": rows}, event=event))
        )
        requests = ("DELETE", url, token, None), sale_of_it

        def act(index: int, requests=requests, turn=turn) -> Answer:
            if index == turn % 2:
                time.sleep(turn % 4 * 0.004)
            return guarded.send(*requests[index])

        deleted, sold = at_once(2, act)
        found[deleted.status, sold.status] += 1
    print(f"\n{what}: deleted and sold: {dict(found)}")
    assert not {(200, 201), (200, 200)} & found.keys()
    assert {deleted for deleted, _ in found} <= {200, 403, 409}
    assert {sold for _, sold in found} <= {200, 201, 404, 409, 422}


# --- the door -----------------------------------------------------------------------------------------------------


def check_in_at_once(store: Shop, scans: int) -> tuple[list[Answer], int, int]:
    """Check-ins of one attendee: the answers, the entries that his row shows, and those in the ledger."""
    world = store.open()
    attendee, token = world.attendee, store.token(world.registrar)
    document = resource("attendee", {"is-checked-in": True}, id_=attendee.id)
    answers = at_once(scans, lambda _: store.send("PATCH", f"/v1/attendees/{attendee.id}", token, document))
    [times] = store.rows(f"SELECT checkin_times FROM ticket_holders WHERE id = {attendee.id}")
    entries = f"attendee_id = {attendee.id} AND direction = 'in' AND verdict = 'accepted'"
    return answers, len(times.split(",")), store.count(f"SELECT count(*) FROM movements WHERE {entries}")


def test_without_the_row_lock_one_guest_enters_several_times(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_read = threading.Barrier(SCANS, timeout=PATIENCE)
    read = ledger_rows.standing

    def read_then_wait(attendee_id):
        standing = read(attendee_id)
        everybody_has_read.wait()
        return standing

    with monkeypatch.context() as carelessness:
        leave_unlocked(carelessness, Attendees)
        carelessness.setattr(ledger_rows, "standing", read_then_wait)
        answers, shown, entries = check_in_at_once(reckless, SCANS)
    print(f"\nwithout the row lock: {SCANS} scans: {dict(statuses(answers))}, {shown} shown, {entries} in the ledger")
    assert entries == SCANS > 1
    assert not any(answer.is_replayed for answer in answers)
    assert "attendees whose scans should count otherwise" in str(reckless.findings())


@pytest.mark.parametrize("scans", [2, SCANS])
@pytest.mark.parametrize("turn", range(3))
def test_check_ins_at_once_are_one_entry(guarded: Shop, scans: int, turn: int):
    answers, shown, entries = check_in_at_once(guarded, scans)
    replayed = sum(answer.is_replayed for answer in answers)
    print(f"\nwith the row lock: {scans} scans: {dict(statuses(answers))}, {entries} entry, {replayed} replayed")
    assert statuses(answers) == {200: scans}
    assert (shown, entries, replayed) == (1, 1, scans - 1)


def test_in_and_out_at_once_leave_a_history_that_adds_up(guarded: Shop):
    world = guarded.open()
    attendee, token = world.attendee, guarded.token(world.registrar)
    wishes = [{"is-checked-in": True}, {"is-checked-out": True}] * (SCANS // 2)
    documents = [resource("attendee", wish, id_=attendee.id) for wish in wishes]
    url = f"/v1/attendees/{attendee.id}"
    answers = at_once(SCANS, lambda index: guarded.send("PATCH", url, token, documents[index]))
    directions = guarded.rows(
        f"SELECT direction FROM movements WHERE attendee_id = {attendee.id} AND verdict = 'accepted' "
        "ORDER BY occurred_at, id"
    )
    print(f"\nin and out: {dict(statuses(answers))}, {' '.join(directions)}")
    assert statuses(answers) == {200: SCANS}
    assert directions == ["in", "out"] * (len(directions) // 2) + ["in"] * (len(directions) % 2)


# --- stations -----------------------------------------------------------------------------------------------------


def scan_at_once(store: Shop, station_type: str) -> tuple[World, list[Answer], int]:
    """Kiosks that scan one guest: the event, the answers, and how many scans were taken."""
    world = store.open()
    with store.stocking() as stock:
        stock.add(world.event)
        world.event.timezone = where_it_is_noon()
        hall = make_microlocation(stock, world.event)
        talk = make_session(stock, world.event, microlocation_id=hall.id)
        station = make_station(stock, world.event, station_type, microlocation_id=hall.id)
    token = store.token(world.registrar)
    linked = {} if station_type == REGISTRATION else {"session": talk}
    document = resource("user_check_in", station=station, ticket_holder=world.attendee, **linked)
    answers = at_once(SCANS, lambda _: store.send("POST", "/v1/user-check-in", token, document))
    taken = store.count(f"SELECT count(*) FROM user_check_ins WHERE ticket_holder_id = {world.attendee.id}")
    return world, answers, taken


@pytest.mark.parametrize("station_type", [REGISTRATION, CHECK_IN])
def test_without_the_row_lock_one_guest_is_scanned_several_times(
    reckless: Shop, monkeypatch: pytest.MonkeyPatch, station_type: str
):
    everybody_has_read = threading.Barrier(SCANS, timeout=PATIENCE)
    require_sense = user_check_ins._require_sense

    def read_then_wait(scan, timezone):
        require_sense(scan, timezone)
        everybody_has_read.wait()

    monkeypatch.setattr(
        user_check_ins, "_opened", lambda attendee_id: ledger.Ledger(session().get_one(TicketHolder, attendee_id))
    )
    monkeypatch.setattr(user_check_ins, "_require_sense", read_then_wait)
    _, answers, taken = scan_at_once(reckless, station_type)
    print(f"\nwithout the row lock: {SCANS} scans ({station_type}): {dict(statuses(answers))}, {taken} taken")
    assert statuses(answers) == {201: SCANS}
    assert taken == SCANS > 1


@pytest.mark.parametrize("station_type", [REGISTRATION, DAILY, CHECK_IN])
@pytest.mark.parametrize("turn", range(3))
def test_scans_at_once_are_one_success(guarded: Shop, station_type: str, turn: int):
    world, answers, taken = scan_at_once(guarded, station_type)
    venue = f"attendee_id = {world.attendee.id} AND microlocation_id IS NULL AND verdict = 'accepted'"
    entries = guarded.count(f"SELECT count(*) FROM movements WHERE {venue}")
    print(f"\nwith the row lock: {SCANS} scans ({station_type}): {dict(statuses(answers))}, {taken} taken")
    assert statuses(answers) == {201: 1, 422: SCANS - 1}
    assert (taken, entries) == (1, 1)
    refused = [answer.document["errors"][0]["code"] for answer in answers if answer.status == 422]
    assert set(refused) == {"already-scanned"}


# --- role invites -------------------------------------------------------------------------------------------------


def accept_at_once(store: Shop) -> tuple[Counter[int], int]:
    """One invite, opened in 8 windows: the answers' statuses, and how often the role was given."""
    world = store.open()
    with store.stocking() as stock:
        make_invite(stock, world.event, token=f"of {world.event.id}", email=world.stranger.email)
    token, document = store.token(world.stranger), {"data": {"token": f"of {world.event.id}"}}
    answers = at_once(SCANS, lambda _: store.send("POST", "/v1/role-invites/accept-invite", token, document))
    given = f"SELECT count(*) FROM users_events_roles WHERE user_id = {world.stranger.id}"
    return statuses(answers), store.count(given)


def test_without_the_row_lock_an_invite_gives_its_role_several_times(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    reckless.rows("ALTER TABLE users_events_roles DROP CONSTRAINT uq_users_events_roles_user_id_event_id_role_id")
    everybody_has_read = threading.Barrier(SCANS, timeout=PATIENCE)
    require_pending = role_invites._require_pending

    def read_then_wait(invite: RoleInvite) -> None:
        require_pending(invite)
        everybody_has_read.wait()

    monkeypatch.setattr(role_invites, "_locked", lambda statement: statement)
    monkeypatch.setattr(role_invites, "_require_pending", read_then_wait)
    monkeypatch.setattr(users_events_roles, "_require_new", lambda _grant: None)
    found, given = accept_at_once(reckless)
    print(f"\nwithout the lock: {SCANS} windows, one invite: {dict(found)}, given {given} times")
    assert (found, given) == ({200: SCANS}, SCANS)


@pytest.mark.parametrize("turn", range(3))
def test_an_invite_accepted_at_once_gives_its_role_once(guarded: Shop, turn: int):
    found, given = accept_at_once(guarded)
    print(f"\nwith the lock: {SCANS} windows, one invite: {dict(found)}, given {given} times")
    assert (found, given) == ({200: 1, 409: SCANS - 1}, 1)


def test_two_who_take_over_at_once_leave_one_owner(guarded: Shop):
    world = guarded.open()
    heirs = (world.stranger, world.buyer)
    with guarded.stocking() as stock:
        for heir in heirs:
            make_invite(stock, world.event, OWNER, token=f"for {heir.id}", email=heir.email)
    tokens = [guarded.token(heir) for heir in heirs]
    answers = at_once(
        len(heirs),
        lambda index: guarded.send(
            "POST", "/v1/role-invites/accept-invite", tokens[index], {"data": {"token": f"for {heirs[index].id}"}}
        ),
    )
    assert statuses(answers) == {200: len(heirs)}
    owners = "SELECT user_id FROM users_events_roles JOIN roles ON roles.id = role_id WHERE name = 'owner'"
    [owner] = guarded.rows(f"{owners} AND event_id = {world.event.id}")
    assert owner in {heir.id for heir in heirs}


# --- door passes ----------------------------------------------------------------------------------------------------


def pair_at_once(store: Shop) -> tuple[Counter[int], int]:
    """One code, read by 8 phones: the answers' statuses, and how many of the tokens that were given are good."""
    world, code = store.open(), "of the screen"
    with store.stocking() as stock:
        stock.execute(update(DoorPass).values(pairing_hash=None, pairing_until=None))
        make_pass(stock, world.event, pairing_hash=hashes.of_secret(code), pairing_until=world.event.ends_at)
    document = resource("door-pass-pairing", {"code": code, "device": "Phone"})
    answers = at_once(SCANS, lambda _: store.send("POST", "/v1/door-passes/pair", "null", document))
    tokens = [answer.document["meta"]["token"] for answer in answers if answer.status == 201]
    good = [token for token in tokens if store.send("GET", "/v1/door-passes/me", token, None).status == 200]
    return statuses(answers), len(good)


def test_read_first_a_code_is_redeemed_several_times(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_read = threading.Barrier(SCANS, timeout=PATIENCE)

    def read_then_write(code: str, **phone: Any) -> DoorPass | None:
        found = session().scalar(select(DoorPass).where(DoorPass.pairing_hash == hashes.of_secret(code)))
        everybody_has_read.wait()
        assert found is not None
        facts = {"pairing_hash": None, "pairing_until": None} | phone
        session().execute(update(DoorPass).where(DoorPass.id == found.id).values(facts))
        return found

    monkeypatch.setattr(door_passes, "_redeemed", read_then_write)
    found, good = pair_at_once(reckless)
    print(f"\nread, then written: {SCANS} phones, one code: {dict(found)}, {good} good tokens")
    assert (found, good) == ({201: SCANS}, 1), "all were told that they are paired, and one is"


@pytest.mark.parametrize("turn", range(3))
def test_of_phones_at_once_one_is_paired(guarded: Shop, turn: int):
    found, good = pair_at_once(guarded)
    print(f"\none statement: {SCANS} phones, one code: {dict(found)}, {good} good tokens")
    assert (found, good) == ({201: 1, 404: SCANS - 1}, 1)


def test_a_ticket_that_is_replaced_while_it_is_read(guarded: Shop):
    """Whoever is first: the scan is good or revoked, and afterwards only the last secret is."""
    world = guarded.open()
    token, guest = guarded.token(world.registrar), world.attendee
    url = f"/v1/events/{world.event.id}/movements"
    scan = resource("movement", {"direction": "in", "secret": guest.secret, "device": "Phone 1"})
    rotate = f"/v1/attendees/{guest.id}/rotate-secret"
    calls = [("POST", url, scan), ("POST", rotate, None), ("POST", rotate, None)]
    answers = at_once(3, lambda index: guarded.send(calls[index][0], calls[index][1], token, calls[index][2]))
    assert answers[0].status == 201 or answers[0].document["errors"][0]["meta"]["reason"] == "revoked"
    assert [answer.status for answer in answers[1:]] == [200, 200]
    given = {answer.data["attributes"]["secret"] for answer in answers[1:]}
    assert len(given) == 2
    verdicts = []
    for secret in (*given, guest.secret):
        again = resource("movement", {"direction": "out", "secret": secret, "device": f"Phone {secret}"})
        verdicts.append(guarded.send("POST", url, token, again).document.get("errors", [{"meta": {}}])[0]["meta"])
    assert [verdict.get("reason") == "revoked" for verdict in verdicts].count(True) == 2
    assert guarded.count(f"SELECT count(*) FROM revoked_secrets WHERE attendee_id = {guest.id}") == 2


# --- what an event has once -----------------------------------------------------------------------------------------


def call_at_once(store: Shop) -> tuple[list[Answer], int]:
    """As many as `SELLERS` make the same event's call for speakers; gives the answers and the stored rows."""
    world = store.open()
    dates = {"starts-at": "2026-05-01T08:00:00Z", "ends-at": "2026-06-01T08:00:00Z"}
    token, document = store.token(world.organizer), resource("speakers-call", dates, event=world.event)
    answers = at_once(SELLERS, lambda _: store.send("POST", "/v1/speakers-calls", token, document))
    return answers, store.count(f"SELECT count(*) FROM speakers_calls WHERE event_id = {world.event.id}")


def test_without_the_index_an_event_gets_several_calls(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    """The service's own look before is no guard: everybody looks, then everybody writes."""
    looked, look = threading.Barrier(SELLERS, timeout=PATIENCE), event_parts._require_none_yet

    def look_together(model: Any, event_id: int) -> None:
        look(model, event_id)
        looked.wait()

    monkeypatch.setattr(event_parts, "_require_none_yet", look_together)
    reckless.rows("DROP INDEX uq_speakers_calls_event_id_living")
    answers, stored = call_at_once(reckless)
    assert (statuses(answers), stored) == ({201: SELLERS}, SELLERS)


def test_an_event_gets_one_call(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    """The index decides, in the words of the service."""
    monkeypatch.setattr(event_parts, "_require_none_yet", lambda _model, _event_id: None)
    answers, stored = call_at_once(guarded)
    assert (statuses(answers), stored) == ({201: 1, 409: SELLERS - 1}, 1)
    refused = {answer.document["errors"][0]["detail"] for answer in answers if answer.status == 409}
    assert refused == {event_parts.ONE_PER_EVENT[SpeakersCall]}


# --- one link, many passwords ---------------------------------------------------------------------------------------


def reset_at_once(store: Shop, times: int) -> tuple[Counter[int], int]:
    """Passwords from one mailed link, all at once: the statuses, and the mails that tell of a change."""
    world = store.open()
    with store.app.app_context():
        token = account_tokens.issue(world.buyer, account_tokens.RESET, key=store.app.config["JWT_SECRET_KEY"])

    def reset(index: int) -> Answer:
        body = {"data": {"token": token, "password": f"password number {index}"}}
        return store.send("PATCH", "/v1/auth/reset-password", "null", body)

    answers = at_once(times, reset)
    return statuses(answers), store.count(f"SELECT count(*) FROM mails WHERE recipient = '{world.buyer.email}'")


def test_without_the_row_lock_one_link_sets_several_passwords(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_read = threading.Barrier(2, timeout=PATIENCE)
    serializer = account_tokens._told

    def naive(token: str, purpose: str, *, key: str) -> User | None:
        told = serializer(token, purpose, key)
        assert told is not None
        user = session().get(User, told["user"])
        fits = user is not None and told["seal"] == account_tokens._seal(user, purpose)
        everybody_has_read.wait()
        return user if fits else None

    monkeypatch.setattr(account_tokens, "redeem", naive)
    assert reset_at_once(reckless, 2) == (Counter({200: 2}), 2)


@pytest.mark.parametrize("turn", range(3))
def test_one_link_sets_one_password(guarded: Shop, turn: int):
    assert reset_at_once(guarded, 4) == (Counter({200: 1, 404: 3}), 1)


# --- who is inside ------------------------------------------------------------------------------------------------

WRITERS = 8
CROWD = 100
WALKS = 60


def enter_the_last_place(store: Shop) -> tuple[Counter[int], int]:
    """As many as `SCANS` guests at the door of a room for one, with a hard limit: the statuses, and who is inside."""
    world = store.open()
    with store.stocking() as stock:
        hall = make_microlocation(stock, world.event, capacity=1, is_capacity_hard=True)
        guests = make_order(stock, make_ticket(stock, world.event), SCANS).attendees
    token, url = store.token(world.registrar), f"/v1/events/{world.event.id}/movements"
    documents = [resource("movement", {"direction": "in"}, attendee=guest, microlocation=hall) for guest in guests]
    answers = at_once(SCANS, lambda index: store.send("POST", url, token, documents[index]))
    inside = f"SELECT sum(entries - exits) FROM occupancy_counts WHERE microlocation_id = {hall.id}"
    return statuses(answers), store.count(inside)


def test_without_the_rooms_lock_more_than_fit_are_let_in(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_looked = threading.Barrier(SCANS, timeout=PATIENCE)

    def look_together(_room_id: int) -> occupancy.Full:
        everybody_has_looked.wait()
        return occupancy.Full.NOT

    with monkeypatch.context() as carelessness:
        carelessness.setattr(occupancy, "fullness", look_together)
        found, inside = enter_the_last_place(reckless)
    print(f"\nwithout the lock: a room for one, {SCANS} guests: {dict(found)}, {inside} inside")
    assert (found, inside) == ({201: SCANS}, SCANS)


@pytest.mark.parametrize("turn", range(3))
def test_the_last_place_in_a_room_is_given_once(guarded: Shop, turn: int):
    found, inside = enter_the_last_place(guarded)
    print(f"\nwith the lock: a room for one, {SCANS} guests: {dict(found)}, {inside} inside")
    assert (found, inside) == ({201: 1, 409: SCANS - 1}, 1)


# --- conflicts ------------------------------------------------------------------------------------------------------


def resolve_at_once(store: Shop, number: int) -> tuple[list[Answer], int]:
    """Supervisors who all record the same lost exit at once: the answers, and how many exits there are then."""
    world = store.open()
    with store.stocking() as stock:
        guest = stock.merge(world.attendee)
        begins = guest.event.starts_at.replace(hour=12)
        for minutes in (0, 60):
            at = begins + timedelta(minutes=minutes)
            book = ledger.Ledger(guest)
            book.scan(ledger.Origin("batch", None, at), "in", at)
            book.write()
    [conflict_id] = store.rows(f"SELECT id FROM check_in_conflicts WHERE event_id = {world.event.id}")
    token, url = store.token(world.organizer), f"/v1/check-in-conflicts/{conflict_id}"
    facts = {"resolution": "lost-exit", "resolution-reason": "I saw him leave."}

    def resolve(index: int) -> Answer:
        own = facts | {"occurred-at": (begins + timedelta(minutes=10 + index)).isoformat()}
        return store.send("PATCH", url, token, resource("check-in-conflict", own, id_=conflict_id))

    answers = at_once(number, resolve)
    return answers, store.count(
        f"SELECT count(*) FROM movements WHERE event_id = {world.event.id} AND direction = 'out'"
    )


def test_without_the_locks_one_conflict_is_resolved_twice(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_read = threading.Barrier(2, timeout=PATIENCE)

    def read_together(conflict: Any, *_rest: Any, **_more: Any) -> None:
        everybody_has_read.wait()

    with monkeypatch.context() as carelessness:
        carelessness.setattr(check_in_conflicts, "lock_attendee", lambda _conflict_id: None)
        leave_unlocked(carelessness, CheckInConflicts)
        carelessness.setattr(check_in_conflicts, "_require_sense", read_together)
        answers, exits = resolve_at_once(reckless, 2)
    print(f"\nwithout the locks: {dict(statuses(answers))}, {exits} exits")
    assert (statuses(answers), exits) == (Counter({200: 2}), 2)


@pytest.mark.parametrize("turn", range(3))
def test_a_conflict_is_resolved_once(guarded: Shop, turn: int):
    answers, exits = resolve_at_once(guarded, 2)
    print(f"\nwith the locks: {dict(statuses(answers))}, {exits} exits")
    assert (statuses(answers), exits) == (Counter({200: 1, 409: 1}), 1)
    [late] = [answer for answer in answers if answer.status == 409]
    assert "was resolved as lost-exit by organizer at" in late.document["errors"][0]["detail"]


@pytest.mark.parametrize("turn", range(3))
def test_a_scan_and_a_decision_at_once_lock_in_one_order(guarded: Shop, turn: int):
    """Phones scan a guest while supervisors decide about him: no deadlock, and everything adds up."""
    before = guarded.deadlocks()
    world = guarded.open()
    with guarded.stocking() as stock:
        guest = stock.merge(world.attendee)
        begins = guest.event.starts_at.replace(hour=12)
        for minutes in range(SCANS):
            at = begins + timedelta(minutes=minutes)
            book = ledger.Ledger(guest)
            book.scan(ledger.Origin("batch", None, at), "in", at)
            book.write()
    ids = guarded.rows(f"SELECT id FROM check_in_conflicts WHERE event_id = {world.event.id} ORDER BY id")
    token = guarded.token(world.organizer)
    scan = resource("movement", {"direction": "out"}, attendee=world.attendee)

    def work(index: int) -> Answer:
        if index >= len(ids):
            return guarded.send("POST", f"/v1/events/{world.event.id}/movements", token, scan)
        facts = {"resolution": "lost-exit", "resolution-reason": "I saw him leave."}
        document = resource("check-in-conflict", facts, id_=ids[index])
        return guarded.send("PATCH", f"/v1/check-in-conflicts/{ids[index]}", token, document)

    found = statuses(at_once(len(ids) + 2, work))
    assert found[200] >= len(ids), found
    assert guarded.deadlocks() == before


# --- all together ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(3))
def test_one_name_for_the_scans_of_many_guests_is_given_once(
    guarded: Shop, caplog: pytest.LogCaptureFixture, turn: int
):
    """Who loses finds no row by the name yet, and is told so by the index: in our words, and nothing is logged."""
    world = guarded.open()
    with guarded.stocking() as stock:
        guests = make_order(stock, make_ticket(stock, world.event), SCANS).attendees
    token, url = guarded.token(world.registrar), f"/v1/events/{world.event.id}/movements"
    documents = [resource("movement", {"direction": "in", "client-uuid": "7"}, attendee=guest) for guest in guests]
    answers = at_once(SCANS, lambda index: guarded.send("POST", url, token, documents[index]))
    assert statuses(answers) == {201: 1, 409: SCANS - 1}
    told = {error["code"] for answer in answers if answer.status == 409 for error in answer.document["errors"]}
    assert told == {"client-uuid-taken"}
    assert guarded.count(f"SELECT count(*) FROM movements WHERE event_id = {world.event.id}") == 1
    assert [record.message for record in caplog.records if record.name == "app.api.jsonapi.errors"] == []


def test_eight_writers_on_the_same_hundred_guests(guarded: Shop):
    """Phones, a PATCH and rooms, in and out: nothing is lost, nothing doubled, and the counts are the recount."""
    world = guarded.open()
    with guarded.stocking() as stock:
        rooms = [None, *(make_microlocation(stock, world.event) for _ in range(2))]
        guests = make_order(stock, make_ticket(stock, world.event), CROWD).attendees
    token, url = guarded.token(world.registrar), f"/v1/events/{world.event.id}/movements"

    def walk(writer: int) -> Counter[str]:
        chance, found = random.Random(writer), Counter[str]()
        for step in range(WALKS):
            guest, direction = chance.choice(guests), chance.choice(["in", "out"])
            if writer % 2:
                facts = {"direction": direction, "device": f"Phone {writer}", "client-uuid": f"{writer}-{step}"}
                document = resource("movement", facts, attendee=guest, microlocation=chance.choice(rooms))
                answer = guarded.send("POST", url, token, document)
            else:
                document = resource("attendee", {f"is-checked-{direction}": True}, id_=guest.id)
                answer = guarded.send("PATCH", f"/v1/attendees/{guest.id}", token, document)
            found[f"{answer.status}{' replayed' * answer.is_replayed} at a {'phone' if writer % 2 else 'desk'}"] += 1
        return found

    found = sum(at_once(WRITERS, walk), Counter[str]())
    named = f"client_uuid IS NOT NULL AND event_id = {world.event.id}"
    recorded = guarded.count(f"SELECT count(*) FROM movements WHERE {named}")
    print(f"\n{WRITERS} writers, {CROWD} guests: {dict(found)}, {recorded} rows of phones")
    assert {answer[:3] for answer in found} == {"200", "201", "409"}
    assert recorded + found["200 replayed at a phone"] == WRITERS // 2 * WALKS, "one row for each scan that was new"
    assert guarded.findings() == []


# --- putting the ledger right -------------------------------------------------------------------------------------

MENDERS = 4
MENDS = 20


def undo_at_once(store: Shop) -> tuple[Counter[int], int, int]:
    """As many supervisors who undo one entry: the statuses, the amendments, and how many are inside by the counts."""
    world = store.open()
    token, url = store.token(world.organizer), f"/v1/events/{world.event.id}/movements"
    entry = store.send("POST", url, token, resource("movement", {"direction": "in"}, attendee=world.attendee)).data
    document = resource("amendment", {"reason": "A slip"})
    answers = at_once(SCANS, lambda _: store.send("POST", f"/v1/movements/{entry['id']}/undo", token, document))
    entries = store.count(f"SELECT count(*) FROM amendments WHERE movement_id = {entry['id']}")
    inside = store.count(f"SELECT sum(entries - exits) FROM occupancy_counts WHERE event_id = {world.event.id}")
    return statuses(answers), entries, inside


def test_without_the_row_lock_one_entry_is_undone_several_times(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    everybody_has_read = threading.Barrier(SCANS, timeout=PATIENCE)
    opened, require = amendments.opened, amendments._require_no_station

    def read_then_wait(movement):
        require(movement)
        everybody_has_read.wait()

    with monkeypatch.context() as carelessness:
        carelessness.setattr(amendments, "opened", lambda ids: opened(ids, locked=False))
        carelessness.setattr(amendments, "_require_no_station", read_then_wait)
        found, entries, inside = undo_at_once(reckless)
    print(f"\nwithout the row lock: {SCANS} undo one entry: {dict(found)}, {entries} amendments, {inside} inside")
    assert (found, entries, inside) == ({201: SCANS}, SCANS, 1 - SCANS)


@pytest.mark.parametrize("turn", range(3))
def test_an_entry_is_undone_once(guarded: Shop, turn: int):
    found, entries, inside = undo_at_once(guarded)
    print(f"\nwith the row lock: {SCANS} undo one entry: {dict(found)}, {entries} amendment, {inside} inside")
    assert (found, entries, inside) == ({201: 1, 409: SCANS - 1}, 1, 0)


def test_a_repair_is_undone_once(guarded: Shop):
    world = guarded.open()
    token, event = guarded.token(world.organizer), f"/v1/events/{world.event.id}"
    facts = {"direction": "out", "device": "Phone 7"}
    guarded.send("POST", f"{event}/movements", token, resource("movement", facts, attendee=world.attendee))
    repair = guarded.send("POST", f"{event}/repairs", token, wrong_mode(world, "in")).data
    undone = resource("repair", {"reason": "It was right"})
    answers = at_once(SCANS, lambda _: guarded.send("POST", f"/v1/repairs/{repair['id']}/undo", token, undone))
    assert statuses(answers) == {200: 1, 409: SCANS - 1}


def test_scans_and_amendments_and_repairs_at_once(guarded: Shop):
    """Phones go on scanning while others undo, correct, repair, and undo repairs: it adds up, and nobody deadlocks."""
    world = guarded.open()
    with guarded.stocking() as stock:
        guests = make_order(stock, make_ticket(stock, world.event), MENDERS).attendees
    token, event = guarded.token(world.organizer), f"/v1/events/{world.event.id}"
    before = guarded.deadlocks()

    def scan(chance: random.Random) -> tuple[str, Any]:
        facts = {"direction": chance.choice(["in", "out"]), "device": "Phone 7"}
        return f"{event}/movements", resource("movement", facts, attendee=chance.choice(guests))

    def amend(chance: random.Random) -> tuple[str, Any]:
        movement = chance.choice(guarded.rows(f"SELECT id FROM movements WHERE event_id = {world.event.id}") or [0])
        times = {"occurred-at": (world.event.starts_at + timedelta(hours=chance.randint(0, 20))).isoformat()}
        return f"/v1/movements/{movement}/{chance.choice(['undo', 'correct'])}", resource(
            "amendment", {"reason": "A slip"} | times
        )

    def repair(chance: random.Random) -> tuple[str, Any]:
        return f"{event}/repairs", wrong_mode(world, chance.choice(["in", "out"]))

    def undo_repair(chance: random.Random) -> tuple[str, Any]:
        row = chance.choice(guarded.rows(f"SELECT id FROM repairs WHERE event_id = {world.event.id}") or [0])
        return f"/v1/repairs/{row}/undo", resource("repair", {"reason": "It was right"})

    def walk(writer: int) -> Counter[int]:
        chance, work, answers = random.Random(writer), (scan, amend, repair, undo_repair)[writer % MENDERS], []
        for _ in range(MENDS):
            url, document = work(chance)
            answers.append(guarded.send("POST", url, token, document))
        return statuses(answers)

    found = at_once(2 * MENDERS, walk)
    print(f"\nscans, amendments, repairs, repairs undone, two of each: {[dict(each) for each in found]}")
    assert sum(found, Counter()).keys() <= {200, 201, 404, 409, 422}
    assert all(each[200] + each[201] for each in found[:3])
    assert guarded.findings() == []
    assert guarded.deadlocks() == before


def wrong_mode(world: World, direction: str) -> Any:
    stretch = {"from": world.event.starts_at.isoformat(), "until": world.event.ends_at.isoformat()}
    facts = {"device": "Phone 7", "direction": direction, "reason": "It was in the wrong mode"}
    return resource("repair", facts | stretch)


# --- what was read before it is changed -------------------------------------------------------------------------------


def rename_what_all_have_read(store: Shop) -> tuple[Counter[int], str]:
    """Eight organizers who have read the same, and rename it unless it has changed: the statuses, and the name."""
    world = store.open()
    with store.stocking() as stock:
        station = make_station(stock, world.event)
    token, url = store.token(world.organizer), f"/v1/stations/{station.id}"
    read = {"If-Match": store.send("GET", url, token, None).headers["ETag"]}

    def rename(index: int) -> Answer:
        return store.send(
            "PATCH", url, token, resource("station", {"station-name": f"{index}"}, id_=station.id), headers=read
        )

    answers = at_once(SCANS, rename)
    [name] = store.rows(f"SELECT station_name FROM stations WHERE id = {station.id}")
    assert name in {answer.data["attributes"]["station-name"] for answer in answers if answer.status == 200}
    return statuses(answers), name


def test_without_the_lock_all_change_what_they_have_read(reckless: Shop, monkeypatch: pytest.MonkeyPatch):
    all_have_compared, require_match = threading.Barrier(SCANS, timeout=PATIENCE), entity_tags.require_match

    def compare(body: Callable[[], bytes]) -> None:
        require_match(body)
        all_have_compared.wait()

    leave_unlocked(monkeypatch, Stations)
    monkeypatch.setattr(entity_tags, "require_match", compare)
    assert rename_what_all_have_read(reckless)[0] == {200: SCANS}


def test_of_all_who_have_read_the_same_one_changes_it(guarded: Shop):
    assert rename_what_all_have_read(guarded)[0] == {200: 1, 412: SCANS - 1}


def test_a_session_that_has_gone_elsewhere_meanwhile_stays_there(guarded: Shop):
    """Who takes it from a track has seen it there, and waits for who moves it."""
    world = guarded.open()
    with guarded.stocking() as stock:
        here, there = make_track(stock, world.event), make_track(stock, world.event)
        talk = make_session(stock, world.event, track_id=here.id)
    token, url = guarded.token(world.organizer), f"/v1/tracks/{here.id}/relationships/sessions"
    taken = {"data": [{"type": "session", "id": str(talk.id)}]}
    with guarded.app.app_context(), ThreadPoolExecutor(1) as pool, db.engine.connect() as mover:
        mover.execute(text(f"UPDATE sessions SET track_id = {there.id} WHERE id = {talk.id}"))
        taking = pool.submit(guarded.send, "DELETE", url, token, taken)
        deadline = time.monotonic() + PATIENCE
        while not guarded.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        mover.commit()
        assert taking.result(PATIENCE).status == 200
    assert guarded.count(f"SELECT track_id FROM sessions WHERE id = {talk.id}") == there.id


def test_what_was_not_compared_is_not_changed(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    """A session that comes to a track between the comparison and the change was read by nobody."""
    world = guarded.open()
    with guarded.stocking() as stock:
        track = make_track(stock, world.event)
        seen, late = make_session(stock, world.event, track_id=track.id), make_session(stock, world.event)
    token, url = guarded.token(world.organizer), f"/v1/tracks/{track.id}/relationships/sessions"
    read = {"If-Match": guarded.send("GET", url, token, None).headers["ETag"]}
    require_match = entity_tags.require_match

    def compare(body: Callable[[], bytes]) -> None:
        require_match(body)
        with guarded.stocking() as stock:
            stock.execute(update(Session).where(Session.id == late.id).values(track_id=track.id))

    monkeypatch.setattr(entity_tags, "require_match", compare)
    answer = guarded.send("PATCH", url, token, {"data": []}, headers=read)
    assert (answer.status, answer.data) == (200, [{"type": "session", "id": str(late.id)}])
    assert guarded.rows(f"SELECT id FROM sessions WHERE track_id = {track.id}") == [late.id]
    assert guarded.rows(f"SELECT track_id FROM sessions WHERE id = {seen.id}") == [None]


def speakers_after(store: Shop, method: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[int]]:
    """One of two speakers is sent to the links of a session. When they have been read, and before they are written,
    others link themselves to it from their side: the ids of the two and the others, and who speaks then."""
    world = store.open()
    with store.stocking() as stock:
        talk = make_session(stock, world.event)
        speaking = [make_speaker(stock, world.event, talk).id]
        named, *others = [make_speaker(stock, world.event).id for _ in range(SCANS)]
    token, linkage = store.token(world.organizer), {"data": [{"type": "session", "id": str(talk.id)}]}
    urls, read_linkage = [f"/v1/speakers/{each}/relationships/sessions" for each in others], documents.read_linkage

    def read_slowly(type_: str, *, many: bool) -> list[int]:
        if type_ == "speaker":
            answers = at_once(len(urls), lambda index: store.send("POST", urls[index], token, linkage))
            assert statuses(answers) == {200: len(urls)}
        return read_linkage(type_, many=many)

    monkeypatch.setattr(documents, "read_linkage", read_slowly)
    sent = {"data": [{"type": "speaker", "id": str(each)} for each in (speaking if method == "DELETE" else [named])]}
    assert store.send(method, f"/v1/sessions/{talk.id}/relationships/speakers", token, sent).status == 200
    now = store.rows(f"SELECT speaker_id FROM sessions_speakers WHERE session_id = {talk.id} ORDER BY 1")
    return [*speaking, named, *others], now


def test_who_replaces_links_takes_away_what_others_add_meanwhile(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    """Which is what he asks for, and what adding must not do."""
    (_speaking, named, *_others), now = speakers_after(guarded, "PATCH", monkeypatch)
    assert now == [named]


def test_who_adds_a_link_takes_none_away(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    all_of_them, now = speakers_after(guarded, "POST", monkeypatch)
    assert now == all_of_them


def test_who_takes_a_link_away_takes_no_other(guarded: Shop, monkeypatch: pytest.MonkeyPatch):
    (_speaking, _named, *others), now = speakers_after(guarded, "DELETE", monkeypatch)
    assert now == others
