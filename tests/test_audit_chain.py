"""The audit with real commits: many writers, transactions that stay open, rounds that are killed, a dump and a restore.

``WRITERS`` seconds of writing, by the environment; the suite has a short one.
"""

import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

import manage
from app import create_app, postgresql, sealing
from app.database import db
from app.services import audit_seals
from app.services.audit_seals import Broken, Head
from tests.committed import Shop, at_once
from tests.database import new_database, run
from tests.factories import make_order, make_ticket
from tests.http import resource

SECONDS = float(os.environ.get("WRITERS", "1"))


def seal(store: Shop) -> int:
    with store.app.app_context():
        return sealing.seal()


def verified(store: Shop, kept: Head | None = None) -> Head:
    with store.app.app_context():
        assert audit_seals.unsealed() == 0
        return audit_seals.verify(kept).head


@contextmanager
def open_transaction(store: Shop) -> Iterator[Connection]:
    engine = create_engine(store.url, poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        yield connection


def change(connection: Connection, ticket_id: int, quantity: int) -> None:
    connection.execute(text(f"UPDATE tickets SET quantity = {quantity} WHERE id = {ticket_id}"))


CHAIN = "SELECT (after ->> 'quantity')::int FROM audit_seals JOIN audit_entries e ON e.id = entry_id ORDER BY position"


def test_entries_are_sealed_in_the_order_of_their_commits(store: Shop):
    """A transaction that stays open holds nothing back, and what it wrote comes when it is there."""
    world = store.open()
    seal(store)
    sealed = store.count("SELECT count(*) FROM audit_seals")
    with open_transaction(store) as slow:
        change(slow, world.free.id, 201)
        for quantity in (301, 302, 303):
            store.rows(f"UPDATE tickets SET quantity = {quantity} WHERE id = {world.paid.id}")
            assert seal(store) == 1
    assert seal(store) == 1
    assert store.rows(CHAIN)[sealed:] == [301, 302, 303, 201]
    ids = store.rows("SELECT entry_id FROM audit_seals ORDER BY position")
    assert ids[-1] < ids[-2], "it was written first"
    assert verified(store).position == sealed + 4


def test_the_mark_waits_for_who_may_still_come(store: Shop):
    world = store.open()
    seal(store)
    with open_transaction(store) as slow:
        change(slow, world.free.id, 201)
        store.rows(f"UPDATE tickets SET quantity = 301 WHERE id = {world.paid.id}")
        for _ in range(4):
            seal(store)
        [written] = slow.execute(text("SELECT max(id) FROM audit_entries")).scalars()
        assert store.count("SELECT sealed_to FROM audit_marks") < written - 1
    for _ in range(3):
        seal(store)
    assert store.count("SELECT sealed_to FROM audit_marks") == written
    assert verified(store)


def test_the_chain_under_many_writers(store: Shop, monkeypatch: pytest.MonkeyPatch):
    """Sales and scans over HTTP by eight, two who seal meanwhile, and one whose rounds are killed."""
    monkeypatch.setattr(audit_seals, "CHUNK", 20)
    world = store.open()
    with store.stocking() as stock:
        guests = make_order(stock, make_ticket(stock, world.event), seats=30).attendees
    token, until = store.token(world.organizer), time.monotonic() + SECONDS
    heads: list[Head] = []
    locked = threading.Lock()

    def write(writer: int) -> int:
        chance, number = random.Random(writer), 0
        while time.monotonic() < until:
            scan = resource("movement", {"direction": chance.choice(["in", "out"])}, attendee=chance.choice(guests))
            answer = store.send("POST", f"/v1/events/{world.event.id}/movements", token, scan)
            assert answer.status in {201, 409}, answer
            number += answer.status == 201
        return number

    def keep_sealing() -> int:
        number = 0
        while time.monotonic() < until:
            number += seal(store)
            with store.app.app_context(), locked:
                heads.append(audit_seals.newest())
        return number

    def die() -> int:
        while time.monotonic() < until:
            with suppress(KeyboardInterrupt), store.app.app_context():
                sealing.seal(go_on=_killed_soon())
        return 0

    written = at_once(11, lambda index: write(index) if index < 8 else die() if index == 10 else keep_sealing())
    assert sum(written[:8]) > 0
    seal(store)
    of_event = f"WHERE event_id = {world.event.id}"
    told = f"SELECT {{}} FROM audit_entries {of_event} AND noun = 'movements' AND verb = 'insert'"
    assert store.count(told.format("count(*)")) == store.count(f"SELECT count(*) FROM movements {of_event}")
    assert store.rows(told.format("DISTINCT subject")) == [f"user:{world.organizer.id}"]
    for head in heads[:: max(1, len(heads) // 5)]:
        assert verified(store, head).position == store.count("SELECT count(*) FROM audit_entries")
    assert store.findings() == []


def _killed_soon() -> Any:
    turns = iter([True, True])

    def go_on() -> bool:
        try:
            return next(turns)
        except StopIteration:
            raise KeyboardInterrupt from None

    return go_on


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_seals, "CHUNK", 3)


@pytest.mark.usefixtures("small_chunks")
def test_a_round_that_is_killed_is_gone_on_with(store: Shop):
    seal(store)
    before = store.count("SELECT count(*) FROM audit_seals")
    store.open()
    for sealed in (6, 12):
        with pytest.raises(KeyboardInterrupt), store.app.app_context():
            sealing.seal(go_on=_killed_soon())
        assert store.count("SELECT count(*) FROM audit_seals") == before + sealed
    assert seal(store) > 0
    assert verified(store).position == store.count("SELECT count(*) FROM audit_entries")


def test_who_is_not_in_turn_seals_nothing(store: Shop):
    store.open()
    with open_transaction(store) as other:
        other.execute(text(f"SELECT pg_advisory_xact_lock(hashtextextended('{audit_seals.TURN}', 0))"))
        with store.app.app_context():
            assert sealing.seal(in_turn=True) == 0
    assert seal(store) > 0


def command(store: Shop, *arguments: str, code: int = 0) -> str:
    """What a command of the operator says, here and not in a process of its own."""
    environment = {"DATABASE_URL": store.url, "DATA_DIR": str(store.app.config["SETTINGS"].data_dir)}
    done = CliRunner().invoke(manage.cli, arguments, env=environment)
    assert done.exit_code == code, done.output
    return done.output


def test_the_commands(store: Shop):
    seal(store)
    world = store.open()
    told = command(store, "audit", "verify")
    assert re.search(r"^[1-9][0-9]* entries are not sealed yet. Head: [0-9]+:[0-9a-f]{64}$", told, re.MULTILINE)
    sealed = command(store, "audit", "seal")
    assert re.fullmatch(r"[1-9][0-9]* entries were sealed. Head: [0-9]+:[0-9a-f]{64}\n", sealed)
    head = sealed.split()[-1]
    store.rows(f"UPDATE tickets SET quantity = 301 WHERE id = {world.paid.id}")
    told = command(store, "audit", "verify", "--head", head)
    assert told.startswith("Sealed and intact up to entry ")
    assert told.endswith(f"1 entries are not sealed yet. Head: {head}\n")
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    assert "not the head that was kept" in command(store, "audit", "verify", "--head", other, code=1)
    assert "POSITION:HASH" in command(store, "audit", "verify", "--head", "x", code=1)
    tamper = (
        "UPDATE audit_entries SET row_id = row_id {} WHERE id = (SELECT entry_id FROM audit_seals WHERE position = 5)"
    )
    with open_transaction(store) as thief:
        thief.execute(text("SET LOCAL session_replication_role = replica"))
        thief.execute(text(tamper.format("+ 1")))
    assert command(store, "audit", "verify", code=1).startswith("Error: Position 5: ")
    with open_transaction(store) as thief:
        thief.execute(text("SET LOCAL session_replication_role = replica"))
        thief.execute(text(tamper.format("- 1")))
    assert command(store, "audit", "verify")


def test_a_guest_is_removed_by_command(store: Shop):
    """First it is told, and nothing is changed; then it is done, and the devices at the door hear of it."""
    world = store.open()
    with store.stocking() as stock:
        order = make_order(stock, make_ticket(stock, world.event), user_id=world.buyer.id)
        guest = order.attendees[0]
        guest.firstname, guest.lastname, order.order_notes = "Zenobia", "Quissling", "for Quissling"
    token, url = store.token(world.registrar), f"/v1/events/{world.event.id}/attendees/delta"

    def told(cursor: str) -> tuple[dict[str, Any], str]:
        document = store.send("GET", f"{url}?cursor={cursor}", token, None).document
        return {row["id"]: row["attributes"] for row in document["data"]}, document["meta"]["cursor"]

    before, cursor = told("")
    assert "Quissling" in str(before[str(guest.id)])
    seal(store)
    preview = command(store, "privacy", "erase", f"attendee:{guest.id}")
    assert "1 attendees\n" in preview
    assert "1 texts in orders.order_notes named the person\n" in preview
    assert preview.endswith("Nothing was changed: --yes does it.\n")
    assert told(cursor)[0] == {}
    done = command(store, "privacy", "erase", f"attendee:{guest.id}", "--yes")
    assert done == preview.replace("Nothing was changed: --yes does it.", "Erased.")
    assert "Zenobia" not in done
    news = told(cursor)[0]
    assert list(news) == [str(guest.id)]
    assert "Guest" in str(news)
    assert "Quissling" not in str(news)
    assert "Say who" in command(store, "privacy", "erase", "ada@example.org", code=1)
    assert "owns events" in command(store, "privacy", "erase", f"user:{world.owner.email}", "--yes", code=1)
    assert command(store, "privacy", "erase", f"user:{world.buyer.id}", "--yes").endswith("Erased.\n")
    seal(store)
    assert verified(store)
    assert store.findings() == []


def test_a_dump_and_its_restore_verify_and_go_on(store: Shop, database_url: str, tmp_path: Path):
    """pg_restore into another database: what was sealed is intact, what was not is, and new entries join."""
    world = store.open()
    seal(store)
    with store.app.app_context():
        kept = audit_seals.newest()
    store.rows("UPDATE audit_marks SET seen_before = 9000000000")  # as if of a server that has come much further
    with open_transaction(store) as far:
        far.execute(
            text("INSERT INTO audit_entries (written_in, verb, noun, row_id) VALUES (9000000, 'erase', 'x', 1)")
        )
    with new_database(database_url, "restored") as url:
        dump = tmp_path / "dump"
        _postgres("pg_dump", store.url, "-Fc", "-f", str(dump))
        _postgres("pg_restore", url, "--no-owner", str(dump))
        app = create_app(replace(store.app.config["SETTINGS"], database_url=url))
        try:
            restored = Shop(app, url)
            with app.app_context():
                assert audit_seals.verify(kept).head == kept
                assert audit_seals.unsealed() == 1
            run(url, f"UPDATE tickets SET quantity = 301 WHERE id = {world.paid.id}")
            assert seal(restored) == 2
            assert verified(restored, kept).position == kept.position + 2
            for _ in range(2):
                seal(restored)
            assert restored.count("SELECT sealed_to FROM audit_marks") == restored.count(
                "SELECT max(entry_id) FROM audit_seals"
            )
            run(url, "INSERT INTO audit_entries (id, verb, noun, row_id) VALUES (-7, 'erase', 'x', 1)")
            with app.app_context(), pytest.raises(Broken, match="entry -7"):
                audit_seals.unsealed()
        finally:
            with app.app_context():
                db.engine.dispose()


def _postgres(program: str, url: str, *arguments: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    target = ["-d", plain]
    subprocess.run([postgresql.programs() / program, *target, *arguments], check=True, capture_output=True)
