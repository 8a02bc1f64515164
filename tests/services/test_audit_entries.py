"""What the database writes down of a change: which columns, of whom, and nothing personal."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.clock import utcnow
from app.database import COMMAND, transaction
from app.models import AuditEntry, Microlocation, Order, OrderLine, TicketHolder, User
from app.models.audit_entries import ERASE
from app.models.movements import UNDONE
from app.services import audit_entries
from tests.factories import World, grant, make_attendee, make_invite, make_order, make_ticket, make_user
from tests.programme import make_amendment, make_check_in, make_conflict, make_movement, make_repair, make_station

TYPED = "Ada Lovelace, ada@example.org"


def entries(session: Any, row: Any, **facts: Any) -> list[tuple[str, Any, Any]]:
    """What is written down of a row, in order."""
    session.flush()
    noun = type(row).__tablename__
    row_id = row.order_id if isinstance(row, OrderLine) else row.id
    found = select(AuditEntry).where(AuditEntry.noun == noun, AuditEntry.row_id == row_id).order_by(AuditEntry.id)
    return [(entry.verb, entry.before, entry.after) for entry in session.scalars(found)]


def test_a_sale_is_written_down(world: World, session: Any):
    order = make_order(session, world.paid, seats=2, user_id=world.buyer.id, sold_by_id=world.registrar.id)
    sold = {"status": "completed", "amount": 51.0, "payment_mode": "onsite"}
    assert entries(session, order) == [
        ("insert", None, {**sold, "user_id": world.buyer.id, "sold_by_id": world.registrar.id})
    ]
    line = {"ticket_id": world.paid.id, "quantity": 2, "price": 25.5}
    assert entries(session, order.lines[0]) == [("insert", None, line)]
    guest = {"ticket_id": world.paid.id, "order_id": order.id}
    assert [entries(session, each) for each in order.attendees] == [[("insert", None, guest)]] * 2
    of_event = select(AuditEntry.event_id).where(AuditEntry.noun.in_(["orders", "order_lines", "ticket_holders"]))
    assert set(session.scalars(of_event)) == {world.event.id}


def test_of_an_update_only_what_changed(world: World, session: Any):
    world.order.status = "cancelled"
    world.order.cancel_note = TYPED
    assert entries(session, world.order)[1:] == [("update", {"status": "completed"}, {"status": "cancelled"})]
    line = world.order.lines[0]
    line.quantity = 7
    told = {"ticket_id": world.paid.id}
    assert entries(session, line)[1:] == [("update", {**told, "quantity": 2}, {**told, "quantity": 7})]


def test_what_is_not_told_is_no_entry(world: World, session: Any):
    """Also counters and pictures, which follow from entries that are there."""
    session.flush()
    number = session.query(AuditEntry).count()
    world.attendee.firstname = TYPED
    world.attendee.is_checked_in = True
    world.order.order_notes = TYPED
    world.paid.name = TYPED
    world.paid.sold += 1
    world.buyer.first_name = TYPED
    world.event.name = TYPED
    session.execute(update(Order).values(status=Order.status))
    session.flush()
    assert session.query(AuditEntry).count() == number


def test_statements_over_many_rows(world: World, session: Any):
    """A row that changes is written down, whatever statement does it; one that does not is not."""
    gone = utcnow()
    world.order.attendees[1].deleted_at = gone
    session.flush()
    later = gone + timedelta(days=1)
    guests = select(TicketHolder).where(TicketHolder.event_id == world.event.id)
    session.execute(
        text("UPDATE ticket_holders SET deleted_at = coalesce(deleted_at, :later) WHERE event_id = :event"),
        {"later": later, "event": world.event.id},
    )
    told = {row.id: entries(session, row)[1:] for row in session.scalars(guests)}
    assert {len(changes) for changes in told.values()} == {1}
    verb, before, after = told[world.attendee.id][0]
    assert (verb, before) == ("update", {"deleted_at": None})
    assert list(after) == ["deleted_at"]


def test_of_passwords_and_addresses_only_that_they_changed(world: World, session: Any):
    user = make_user(session, email="ada@example.org", first_name=TYPED)
    user.password_hash, user.email, user.is_admin = "another", "grace@example.org", True
    assert entries(session, user) == [
        ("insert", None, {"is_admin": False, "is_blocked": False, "is_verified": False, "is_super_admin": False}),
        ("update", {"is_admin": False}, {"is_admin": True, "password_changed": True, "email_changed": True}),
    ]
    assert session.scalars(select(AuditEntry.event_id).where(AuditEntry.noun == "users")).unique().all() == [None]


def test_every_audited_table(world: World, session: Any):
    """One change of each, with words that people type next to it: they are in no entry."""
    hall = Microlocation(event_id=world.event.id, name=TYPED, capacity=5)
    session.add(hall)
    movement = make_movement(session, world.attendee, gate=TYPED, device=TYPED, override_reason=TYPED)
    amendment = make_amendment(session, movement, reason=TYPED)
    repair = make_repair(session, world.event, reason=TYPED, device=TYPED)
    conflict = make_conflict(session, world.attendee)
    invite = make_invite(session, world.event, email="ada@example.org")
    check_in = make_check_in(session, make_station(session, world.event), world.attendee)
    role = grant(session, world.stranger, world.event, "registrar")
    session.flush()
    movement.verdict, hall.capacity, check_in.deleted_at = UNDONE, 6, utcnow()
    repair.undone_at, repair.undo_reason = utcnow(), TYPED
    conflict.state, conflict.resolution, conflict.resolution_reason = "resolved", "dismissed", TYPED
    conflict.resolved_at = utcnow()
    invite.status, world.paid.quantity, world.event.capacity = "accepted", 500, 9
    session.flush()
    assert entries(session, movement)[1] == ("update", {"verdict": "accepted"}, {"verdict": "undone"})
    assert entries(session, hall)[1] == ("update", {"capacity": 5}, {"capacity": 6})
    assert entries(session, invite)[1] == ("update", {"status": "pending"}, {"status": "accepted"})
    assert entries(session, world.paid)[1] == ("update", {"quantity": 100}, {"quantity": 500})
    assert entries(session, world.event)[1] == ("update", {"capacity": None}, {"capacity": 9})
    assert entries(session, conflict)[1][2]["resolution"] == "dismissed"
    assert [each[0] for row in (repair, check_in) for each in entries(session, row)] == ["insert", "update"] * 2
    assert [each[0] for row in (amendment, role) for each in entries(session, row)] == ["insert"] * 2
    session.delete(role)
    verb, before, after = entries(session, role)[1]
    assert (verb, before["user_id"], after) == ("delete", world.stranger.id, None)
    told = session.scalars(text("SELECT audit_entries::text FROM audit_entries")).all()
    assert not [each for each in told if "ovelace" in each or "example.org" in each]


def test_who_did_it(world: World, session: Any):
    with transaction("user:7", "request-1"):
        mine = make_attendee(session, world.free)
    with transaction(COMMAND):
        of_command = make_attendee(session, world.free)
    session.execute(text("SELECT set_config('app.subject', '', true), set_config('app.request', '', true)"))
    by_hand = make_attendee(session, world.free)
    found = {
        entry.row_id: (entry.subject, entry.request_id)
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.noun == "ticket_holders"))
    }
    assert found[mine.id] == ("user:7", "request-1")
    assert found[of_command.id] == ("command", None)
    assert found[by_hand.id] == (None, None)


@pytest.mark.parametrize("table", ["audit_entries", "audit_seals"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET hash = hash", "UPDATE {} SET noun = noun", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_what_is_written_down_stays(session: Any, table: str, statement: str):
    if ("hash" in statement and table == "audit_entries") or ("noun" in statement and table == "audit_seals"):
        statement = "DELETE FROM {} WHERE false"  # not even one that would do nothing
    with pytest.raises(IntegrityError, match="rows are only ever added"), session.begin_nested():
        session.execute(text(statement.format(table)))


def test_a_table_is_audited_by_one_call(session: Any):
    """As later migrations do; called again it tells other columns, and it can be taken back."""
    session.execute(text("CREATE TABLE toys (id bigint PRIMARY KEY, event_id bigint, state text, colour text)"))
    audit = text("SELECT audit_table('toys', CAST(:columns AS text[]))")
    session.execute(audit, {"columns": "{state}"})
    session.execute(text("INSERT INTO toys VALUES (1, 5, 'new', 'red')"))
    session.execute(audit, {"columns": "{state,colour}"})
    session.execute(text("UPDATE toys SET colour = 'blue'"))
    session.execute(text("UPDATE toys SET id = 2"))
    session.execute(text("SELECT audit_table_no_more('toys')"))
    session.execute(text("DELETE FROM toys"))
    found = session.scalars(select(AuditEntry).where(AuditEntry.noun == "toys").order_by(AuditEntry.id)).all()
    assert [(each.verb, each.row_id, each.event_id, each.before, each.after) for each in found[:2]] == [
        ("insert", 1, 5, None, {"state": "new"}),
        ("update", 1, 5, {"colour": "red"}, {"colour": "blue"}),
    ]
    assert {(each.verb, each.row_id) for each in found[2:]} == {("update", 1), ("update", 2)}


def test_that_somebody_was_erased(world: World, session: Any):
    audit_entries.note_erasure(User, world.buyer.id)
    assert entries(session, world.buyer)[1:] == [(ERASE, None, None)]


def test_a_ticket_is_told_by_its_numbers(world: World, session: Any):
    ticket = make_ticket(session, world.event, name=TYPED, description=TYPED)
    [(verb, _, after)] = entries(session, ticket)
    assert (verb, after["quantity"], after["type"]) == ("insert", 100, "free")
    assert after.keys().isdisjoint({"name", "description", "sold"})
