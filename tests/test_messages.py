"""What goes to PostgreSQL in one message with a statement: who changes something, and the end of a transaction."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, insert, literal_column, select, text

from app.database import Closing, at_last, db, session, transaction
from app.errors import SoldOut
from app.models import EventTopic, Ticket
from app.services import inventory
from tests.committed import Shop
from tests.factories import make_ticket

SUBJECT = "user:7 «100 %s»'; --"
ASKED = "current_setting('app.subject', true) || '/' || current_setting('app.request', true)"


@pytest.fixture
def messages(store: Shop) -> Iterator[list[str]]:
    """What is sent, message by message, but for psycopg2's own BEGIN and COMMIT."""
    sent: list[str] = []
    with store.app.app_context():
        engine = db.engine
    cursors = threading.local()

    def note(_connection: Any, cursor: Any, *_rest: Any) -> None:
        cursors.last = cursor

    def keep(*_all: Any) -> None:
        sent.append(cursors.last.query.decode())

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "after_cursor_execute", keep)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
    event.remove(engine, "after_cursor_execute", keep)


@pytest.mark.parametrize("parameters", [{}, {"word": "100 %"}])
def test_who_changes_something_goes_with_the_first_statement(
    store: Shop, messages: list[str], parameters: dict[str, str]
):
    word = " || :word" if parameters else ""
    with store.app.app_context():
        with transaction(SUBJECT, "r-1"):
            assert session().scalar(text(f"SELECT {ASKED}{word}"), parameters) == f"{SUBJECT}/r-1" + "".join(
                parameters.values()
            )
            assert session().scalar(text("SELECT 1")) == 1
        assert [sent.count("SET LOCAL") for sent in messages] == [2, 0]
        assert session().scalar(text(f"SELECT {ASKED}")) in {None, "/"}


def test_it_goes_with_many_statements_and_with_cursors_of_the_server(store: Shop):
    with store.app.app_context():
        with transaction(SUBJECT, "r-2"):
            statement = text(f"SELECT {ASKED}")
            assert session().execute(statement, execution_options={"stream_results": True}).all() == [
                (f"{SUBJECT}/r-2",)
            ]
        with transaction(SUBJECT, "r-3"):
            session().connection().execute(text("SELECT set_config('app.seen', :word, true)"), [{"word": "a"}] * 2)
            assert session().scalar(text(f"SELECT {ASKED}")) == f"{SUBJECT}/r-3"


def test_of_a_transaction_without_a_statement_nothing_is_left(store: Shop):
    with store.app.app_context():
        with transaction(SUBJECT, "r-4"):
            pass
        with transaction("system", "r-5"):
            assert session().scalar(text(f"SELECT {ASKED}")) == "system/r-5"


def a_ticket(store: Shop, seats: int) -> int:
    world = store.open()
    with store.stocking() as stock:
        ticket: Ticket = make_ticket(stock, world.event, quantity=seats)
    return ticket.id


def sold(store: Shop, ticket_id: int) -> int:
    return store.count(f"SELECT sold FROM tickets WHERE id = {ticket_id}")


def test_seats_are_taken_and_committed_in_one_message(store: Shop, messages: list[str]):
    """Others have the ticket's row before this thread sends anything more."""
    ticket_id, seen = a_ticket(store, 3), []
    with store.app.app_context():
        engine = db.engine

        def look(_connection: Any) -> None:
            seen.append(sold(store, ticket_id))

        event.listen(engine, "commit", look)
        try:
            with transaction():
                session().execute(insert(EventTopic).values(name="with it"))
                inventory.reserve_at_last({ticket_id: 2})
                assert sold(store, ticket_id) == 0
        finally:
            event.remove(engine, "commit", look)
    assert seen == [2]
    assert "with it" in store.rows("SELECT name FROM event_topics")
    [message] = [sent for sent in messages if "COMMIT" in sent]
    assert message.startswith("SAVEPOINT")
    assert message.endswith("COMMIT AND CHAIN")


def test_who_comes_up_short_is_told_how_many_are_left_and_nothing_is_kept(store: Shop):
    ticket_id = a_ticket(store, 1)

    @transaction()
    def sell() -> None:
        session().execute(insert(EventTopic).values(name="never"))
        inventory.reserve_at_last({ticket_id: 2})

    with store.app.app_context(), pytest.raises(SoldOut) as short:
        sell()
    assert short.value.meta == {"ticket-id": str(ticket_id), "requested": 2, "available": 1}
    assert sold(store, ticket_id) == 0
    assert "never" not in store.rows("SELECT name FROM event_topics")


def test_what_was_sent_first_outlives_a_closing_that_failed(store: Shop):
    told: list[Any] = []
    with store.app.app_context(), transaction(SUBJECT, "r-6"):
        closing = Closing(select(literal_column("1 / 0")), {})
        at_last(lambda: told.append(session().scalar(text(f"SELECT {ASKED}"))), closing=closing)
    assert told == [f"{SUBJECT}/r-6"]


def test_of_several_the_last_one_alone_ends_the_transaction(store: Shop, messages: list[str]):
    first, second = a_ticket(store, 1), a_ticket(store, 1)
    with store.app.app_context():
        with transaction():
            for ticket_id in (first, second):
                inventory.reserve_at_last({ticket_id: 1})
            at_last(lambda: session().add(EventTopic(name="flushed before")))
            inventory.reserve_at_last({second: 0})
        assert session().scalar(select(EventTopic.name).where(EventTopic.name == "flushed before")) is not None
    assert (sold(store, first), sold(store, second)) == (1, 1)
    assert sum("COMMIT" in sent for sent in messages) == 1
