"""The chain: what is sealed stays in its place, and whatever is changed in it is found."""

from typing import Any

import pytest
from sqlalchemy import select, text

from app.errors import Invalid
from app.models import AuditEntry, AuditMark, AuditSeal
from app.services import audit_seals
from app.services.audit_seals import Broken, Head
from tests.factories import World, make_order
from tests.programme import make_entry


@pytest.fixture(autouse=True)
def nothing_written_down(session: Any) -> None:
    """What other tests have committed is no part of these chains."""
    for table in ("audit_seals", "audit_entries"):
        tamper(session, f"DELETE FROM {table}")
    tamper(session, "UPDATE audit_marks SET sealed_to = 0, seen_to = 0, seen_before = 0")


@pytest.fixture
def sealed(world: World, session: Any) -> list[int]:
    """Entries that are sealed, two rounds of them, so that sealing need not look at them any more; their ids."""
    make_order(session, world.paid, seats=3)
    for _ in range(3):
        make_entry(session, world.event)
        assert audit_seals.seal().rest is None
        settle(session)
    ids = list(session.scalars(select(AuditSeal.entry_id).order_by(AuditSeal.position)))
    assert len(ids) > 10
    return ids


def settle(session: Any) -> None:
    """As if the transaction of the test were over, which it never is."""
    session.execute(text("UPDATE audit_marks SET seen_before = 0"))
    session.expire_all()


def tamper(session: Any, statement: str) -> None:
    """As a superuser can."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


def broken_at(call: Any) -> int:
    with pytest.raises(Broken) as found:
        call()
    return found.value.position


def test_an_empty_chain(session: Any):
    assert audit_seals.verify().head == audit_seals.newest() == Head(0, audit_seals.BEGINNING)
    assert audit_seals.unsealed() == 0
    done = audit_seals.seal()
    assert (done.entries, done.rest) == (0, None)


def test_sealing_again_does_nothing(sealed: list[int]):
    before = audit_seals.newest()
    assert audit_seals.seal().entries == 0
    assert audit_seals.newest() == before == audit_seals.verify().head
    assert audit_seals.unsealed() == 0


def test_sealing_in_chunks_is_the_same_as_at_once(world: World, session: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audit_seals, "CHUNK", 4)
    number = session.query(AuditEntry).count()
    done = audit_seals.seal()
    assert (done.entries, audit_seals.unsealed()) == (4, number - 4)
    audit_seals.seal()  # another worker begins, when the first one was killed
    while done.rest is not None:
        done = audit_seals.seal(done.rest)
    assert audit_seals.unsealed() == 0
    chain = audit_seals.verify()
    assert (chain.head, chain.head.position) == (audit_seals.newest(), number)
    ids = list(session.scalars(select(AuditSeal.entry_id).order_by(AuditSeal.position)))
    assert ids == sorted(ids)


def test_a_round_that_was_killed_forgets_nothing(world: World, session: Any, monkeypatch: pytest.MonkeyPatch):
    """The mark moves at the end of a round only: what it did not come to is looked for again."""
    monkeypatch.setattr(audit_seals, "CHUNK", 4)
    settle(session)
    for _ in range(3):
        assert audit_seals.seal().rest is not None
        settle(session)
    assert session.scalars(select(AuditMark.sealed_to)).one() == 0
    assert audit_seals.verify().head.position == 12


def test_sealing_does_not_look_at_what_is_settled(sealed: list[int], session: Any):
    assert 0 < session.scalars(select(AuditMark.sealed_to)).one() <= max(sealed)


def test_a_restored_database_knows_that_nothing_of_the_former_one_runs(sealed: list[int], session: Any):
    """The numbers of its transactions begin anew; what it wrote then is sealed all the same."""
    session.execute(text("UPDATE audit_marks SET seen_before = 9000000000000, sealed_to = 0"))
    session.execute(
        text("INSERT INTO audit_entries (written_in, verb, noun, row_id) VALUES (3, 'delete', 'orders', 1)")
    )
    session.expire_all()
    assert audit_seals.seal().entries == 1
    assert session.scalars(select(AuditMark.sealed_to)).one() == max(sealed)
    assert audit_seals.verify().head.position == len(sealed) + 1


CHANGES = (
    "UPDATE audit_entries SET subject = 'user:1' WHERE id = {third}",
    "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE id = {third}",
    "UPDATE audit_entries SET after = after || '{{\"amount\"\\: 1.00}}' WHERE id = {third}",
    "UPDATE audit_entries SET before = '{{}}' WHERE id = {third}",
    "UPDATE audit_entries SET written_in = written_in + 1 WHERE id = {third}",
    "UPDATE audit_entries SET request_id = noun, noun = verb WHERE id = {third}",
    "DELETE FROM audit_entries WHERE id = {third}",
    "DELETE FROM audit_seals WHERE position = 3",
    "UPDATE audit_seals SET hash = sha256('x') WHERE position = 3",
    # Two entries change places, or their ids.
    "UPDATE audit_seals SET entry_id = CASE position WHEN 3 THEN {fourth} ELSE -1 END WHERE position IN (3, 4)",
    "WITH gone AS (DELETE FROM audit_entries WHERE id = {third} RETURNING *) INSERT INTO audit_entries "
    "(id, at, written_in, verb, noun, row_id) SELECT 9000000, at, written_in, verb, noun, row_id FROM gone",
    # An entry is put in between, and those behind it moved.
    "UPDATE audit_seals SET position = position + 1 WHERE position >= 3",
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_found(sealed: list[int], session: Any, change: str):
    if "entry_id" in change or "position + 1" in change:
        session.execute(text("ALTER TABLE audit_seals DROP CONSTRAINT uq_audit_seals_entry_id"))
        session.execute(text("ALTER TABLE audit_seals DROP CONSTRAINT pk_audit_seals"))
    tamper(session, change.format(third=sealed[2], fourth=sealed[3]))
    assert broken_at(audit_seals.verify) == 3


def test_an_entry_that_was_put_in_late_is_found(sealed: list[int], session: Any):
    """Under an id that nobody had: a sale that was rolled back leaves such."""
    tamper(session, "INSERT INTO audit_entries (id, verb, noun, row_id) VALUES (-5, 'delete', 'orders', 1)")
    assert broken_at(audit_seals.unsealed) == len(sealed) + 1


@pytest.mark.parametrize("entries_too", [False, True])
def test_a_chain_that_was_cut_off_is_found(sealed: list[int], session: Any, entries_too: bool):
    tamper(session, "DELETE FROM audit_seals WHERE position > 5")
    if entries_too:
        tamper(session, f"DELETE FROM audit_entries WHERE id > {sealed[4]}")
    assert audit_seals.verify().head.position == 5, "what is left fits"
    assert broken_at(audit_seals.unsealed) == 6


def test_a_chain_that_was_written_anew_does_not_lead_through_a_head_that_was_kept(sealed: list[int], session: Any):
    kept = audit_seals.parsed(str(audit_seals.newest()))
    assert audit_seals.verify(kept).head == kept
    tamper(session, f"DELETE FROM audit_seals; DELETE FROM audit_entries WHERE id = {sealed[2]}")
    session.execute(text("UPDATE audit_marks SET sealed_to = 0, seen_to = 0"))
    session.expire_all()
    audit_seals.seal()
    assert audit_seals.verify().head.position == len(sealed) - 1
    assert broken_at(lambda: audit_seals.verify(kept)) == kept.position
    make_entry(session, session.get_one(AuditEntry, sealed[0]).event)
    audit_seals.seal()
    assert broken_at(lambda: audit_seals.verify(kept)) == kept.position


@pytest.mark.parametrize("sent", ["", "5", "5:", "x:" + "a" * 64, "5:" + "A" * 64, "5:" + "a" * 63, "²:" + "a" * 64])
def test_what_is_no_head(sent: str):
    with pytest.raises(Invalid, match="POSITION:HASH"):
        audit_seals.parsed(sent)
