"""Names in what people write about each other: found, blanked, and nothing else."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.database import Base
from app.errors import AnswerErased
from app.models import AuditEntry, AuditSeal, Feedback, Order, Speaker, TicketHolder, User
from app.services import free_texts, idempotency_keys, privacy
from app.services.free_texts import ERASED, FREE_TEXTS, FreeText, Names
from app.services.idempotency_keys import Answer, Sent
from tests.factories import World, make_order
from tests.programme import make_amendment, make_movement

GRACE = Names.of(addresses=["grace@example.org", None], last=["Hopper", "Grace Hopper", ""], first=["Grace"])


@pytest.mark.parametrize(
    ("text", "anywhere", "about_her"),
    [
        ("Hopper had no ticket", True, True),
        ("HOPPER, said she", True, True),
        ("write to Grace@Example.org.", True, True),
        ("Grace only stood in the door", False, True),
        ("the grasshoppers", False, False),
        ("graceful", False, False),
        ("wrong mode", False, False),
    ],
)
def test_what_names_her(text: str, anywhere: bool, about_her: bool):
    found = (bool(GRACE.pattern(about_him=about).search(text)) for about in (False, True))  # type: ignore[union-attr]
    assert tuple(found) == (anywhere, about_her)


def test_other_letters():
    """Also as JSON may spell them, and however the accents are composed."""
    pattern = Names.of(addresses=[], last=["Gödel"], first=[]).pattern(about_him=False)
    assert pattern is not None
    for text in ("GÖDEL", '{"lastname": "G\\u00f6del"}'):
        assert pattern.search(text), text
    assert pattern.search(free_texts._readable("Go\u0308del"))
    assert pattern.search(free_texts._readable('{"lastname": "Gödel"}'.encode()))


def test_a_name_in_an_answer_as_it_is_stored(session: Any):
    """Answers are kept as orjson has written them: a quotation mark with a backslash before it, an umlaut as itself."""
    name, sent = 'Gö"del', Sent("user:7", "k", b"1" * 32)
    idempotency_keys.keep(sent, Answer(200, [], orjson.dumps({"data": {"lastname": name}})))
    others = replace(sent, key="other")
    idempotency_keys.keep(others, Answer(200, [], orjson.dumps({"data": {"lastname": "Gödel"}})))
    assert free_texts.blank(Names.of(addresses=[], last=[name], first=[]), []) == {"idempotency_keys.body": 1}
    with pytest.raises(AnswerErased):
        idempotency_keys.recall(sent)
    assert idempotency_keys.recall(others)


def test_who_has_only_a_first_name_is_looked_for_by_it():
    assert Names.of(addresses=[], last=["Ada"], first=["Ada"]).last == {"Ada"}
    assert (
        Names.of(addresses=[None], last=[None, "Guest", ERASED, "X"], first=["Guest"]).pattern(about_him=True) is None
    )


def test_blanking(world: World, session: Any):
    about_her = make_amendment(session, make_movement(session, world.attendee), reason="Grace stood in the door")
    about_another = make_amendment(
        session, make_movement(session, world.order.attendees[1]), reason="Grace said so, at the door"
    )
    world.order.order_notes = "for Grace Hopper"
    world.order.cancel_note = "for nobody"
    session.flush()
    changed = free_texts.blank(GRACE, [world.attendee.id])
    session.expire_all()
    assert changed == {"amendments.reason": 1, "orders.order_notes": 1}
    assert (about_her.reason, about_another.reason) == (ERASED, "Grace said so, at the door")
    assert (world.order.order_notes, world.order.cancel_note) == (ERASED, "for nobody")
    assert free_texts.blank(GRACE, [world.attendee.id]) == {}


def test_in_letters_to_others_only_the_names_go(world: World, session: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(free_texts, "FREE_TEXTS", (FreeText(Order.order_notes, words_only=True),))
    world.order.order_notes = "Hello, Grace Hopper (grace@example.org) has paid"
    session.flush()
    free_texts.blank(GRACE, [])
    session.expire_all()
    assert world.order.order_notes == f"Hello, {ERASED} ({ERASED}) has paid"


def test_more_rows_than_are_read_at_once(world: World, session: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(free_texts, "BATCH", 2)
    orders = [make_order(session, world.free, order_notes="Hopper" if number % 2 else "x") for number in range(7)]
    assert free_texts.blank(GRACE, []) == {"orders.order_notes": 3}
    session.expire_all()
    assert [order.order_notes for order in orders].count(ERASED) == 3


def test_what_is_left_is_told(world: World, session: Any):
    world.event.description = "With Grace Hopper"
    world.attendee.lastname = "Hopper"
    session.flush()
    assert free_texts.left(GRACE) == {"events.description": 1, "ticket_holders.lastname": 1}


NOT_ABOUT_PERSONS = {
    "check_in_conflicts": {"state", "suggestion", "resolution"},
    "movements": {
        "direction",
        "device_name",
        "gate",
        "client_uuid",
        "source",
        "verdict",
        "told",
        "told_reason",
        "reason",
    },
    "repairs": {"device", "direction"},
    "amendments": {"kind"},
    "mails": {"recipient", "page", "last_error"},  # whole letters are deleted by their recipient
}
"""Columns of tables in `FREE_TEXTS` that hold words of machines, names of devices, or are deleted with their rows."""


def test_every_text_next_to_a_free_one_was_thought_of():
    """Who adds a column of text to a table that people write each other's names into decides what becomes of it."""
    tables: dict[str, Table] = Base.metadata.tables  # type: ignore[assignment]
    listed = {(text.column.class_.__tablename__, text.column.name) for text in FREE_TEXTS}
    for name in NOT_ABOUT_PERSONS:
        columns = {
            column.name for column in tables[name].columns if isinstance(column.type, Text | JSONB | LargeBinary)
        }
        assert columns - NOT_ABOUT_PERSONS[name] == {column for table, column in listed if table == name}, name


def test_what_the_audit_keeps_holds_no_words():
    """It is not searched, because nothing is in it: its texts are ids and words of machines."""
    assert {text.column.class_ for text in FREE_TEXTS}.isdisjoint({AuditEntry, AuditSeal})
    assert privacy.KEPT.keys() == {User, TicketHolder, Order, Speaker, Feedback}
