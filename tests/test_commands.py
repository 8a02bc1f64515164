"""Commands of manage.py that work on the data, run as an operator runs them."""

import random
import threading
from collections import Counter
from datetime import timedelta

from app.clock import utcnow
from app.database import transaction
from app.models import IdempotencyKey, Movement
from app.models.movements import DESK, IN
from app.models.orders import EXPIRED, INITIALIZING, PENDING
from app.services import cursors, logins, mails, occupancy
from app.services.idempotency_keys import KEPT
from app.services.ledger import Ledger, Origin
from tests.commands import run_command
from tests.committed import Shop, at_once
from tests.factories import make_attendee, make_event, make_order, make_ticket
from tests.http import resource
from tests.smtp import mail_server


def manage(store: Shop, *arguments: str, code: int = 0, **settings: str) -> str:
    """What a command prints; it must end with ``code``."""
    data_dir = store.app.config["SETTINGS"].data_dir
    printed = data_dir / "printed"
    ended = run_command(arguments, {"DATABASE_URL": store.url, "DATA_DIR": str(data_dir)} | settings, printed)
    assert ended == code, printed.read_text()
    return printed.read_text()


def test_what_is_kept_of_log_ins_is_purged(store: Shop):
    with store.stocking():
        logins.end("over", longest_life=timedelta(seconds=-1))
        logins.end("running", longest_life=timedelta(days=1))
    assert manage(store, "logins", "purge") == "1 rows were deleted.\n"
    assert store.rows("SELECT login FROM ended_logins") == ["running"]


def test_cursors_expire_lets_every_device_begin_again(store: Shop):
    def cursor() -> str:
        with store.app.app_context():
            return str(cursors.at("", Movement, "all"))

    before = cursor()
    assert cursor() == before
    assert manage(store, "cursors", "expire").startswith("All cursors have expired")
    assert cursor() != before


def test_orders_expire_ends_what_is_overdue_once(store: Shop):
    world = store.open()
    overdue = utcnow() - timedelta(hours=1)
    with store.stocking() as stock:
        first, second = (make_ticket(stock, world.event) for _ in range(2))
        late = [
            make_order(stock, first, seats=2, status=status, created_at=overdue)
            for status in (INITIALIZING, PENDING, INITIALIZING)
        ]
        loose = make_attendee(stock, second, created_at=overdue)
        make_order(stock, first, status=INITIALIZING)
    ended = "3 orders and 1 attendees without an order have ended; 7 seats are free again.\n"
    assert manage(store, "orders", "expire") == ended
    assert manage(store, "orders", "expire").startswith("0 orders and 0 attendees")
    ids = ", ".join(str(order.id) for order in late)
    assert store.rows(f"SELECT status FROM orders WHERE id IN ({ids})") == [EXPIRED] * 3
    guests = f"SELECT count(*) FROM ticket_holders WHERE order_id IN ({ids}) AND deleted_at IS NULL"
    assert store.count(guests) == 6
    assert store.rows(f"SELECT deleted_at IS NULL FROM ticket_holders WHERE id = {loose.id}") == [False]
    assert manage(store, "integrity") == "Everything adds up.\n"


def test_guests_check_out_after_closing_time_once(store: Shop):
    now = utcnow()
    with store.stocking() as stock:
        event = make_event(stock, starts_at=now - timedelta(hours=5), ends_at=now - timedelta(minutes=30))
        guest = make_order(stock, make_ticket(stock, event)).attendees[0]
        book = Ledger(guest)
        book.scan(Origin(DESK, None, now), IN, now - timedelta(hours=4))
        book.write()
    assert manage(store, "guests", "check-out") == "0 guests were checked out.\n"
    assert manage(store, "guests", "check-out", CLOSING_GRACE_MINUTES="29") == "1 guests were checked out.\n"
    assert manage(store, "guests", "check-out", CLOSING_GRACE_MINUTES="29").startswith("0 guests")
    assert store.rows(f"SELECT is_checked_out FROM ticket_holders WHERE id = {guest.id}") == [True]


def test_guests_retell(store: Shop):
    assert manage(store, "guests", "retell") == "0 guests were told anew.\n"


def test_keys_purge(store: Shop):
    facts = {"scope": "user:1", "fingerprint": b"", "status": 200, "headers": []}
    with store.stocking() as stock:
        stock.add(IdempotencyKey(key="old", created_at=utcnow() - KEPT, **facts))
        stock.add(IdempotencyKey(key="new", **facts))
    assert manage(store, "keys", "purge") == "1 answers were deleted.\n"
    assert manage(store, "keys", "purge").startswith("0 answers")
    assert store.rows("SELECT key FROM idempotency_keys") == ["new"]


def test_occupancy_recount_while_guests_are_scanned(store: Shop):
    """Counts that an old release did not keep are right again, although scans go on: real commits, in threads."""
    world = store.open()
    with store.stocking() as stock:
        guests = make_order(stock, make_ticket(stock, world.event), seats=40).attendees
    token, url = store.token(world.registrar), f"/v1/events/{world.event.id}/movements"
    recounted = threading.Event()

    def scan(writer: int) -> int:
        chance, statuses = random.Random(writer), Counter[int]()
        while not recounted.is_set():
            facts = {"direction": chance.choice(["in", "out"]), "gate": chance.choice([None, "North"])}
            document = resource("movement", facts, attendee=chance.choice(guests))
            statuses[store.send("POST", url, token, document).status] += 1
        assert statuses.keys() <= {201, 409}, statuses
        return statuses[201]

    def recount() -> None:
        for drift in range(25):  # a number that is too high, and counts that are not there at all
            values = f"VALUES ({world.event.id}, 99, {drift}, 7)"
            store.rows(f"INSERT INTO occupancy_counts (event_id, slot, entries, exits) {values}")
            with store.app.app_context(), transaction():
                assert occupancy.recount() == 1
            assert not any("who is inside" in finding for finding in store.findings())
        store.rows(f"DELETE FROM occupancy_counts WHERE event_id = {world.event.id}")
        told = manage(store, "occupancy", "recount")
        assert told == "The counts of 1 events differed from their movements, and are right now.\n"

    def work(index: int) -> int:
        if index:
            return scan(index)
        try:
            recount()
        finally:
            recounted.set()
        return 0

    assert sum(at_once(4, work)) > 40
    assert manage(store, "integrity") == "Everything adds up.\n"
    assert manage(store, "occupancy", "recount").startswith("The counts of 0 events differed")


def test_users_create_and_password(store: Shop):
    email = ["--email", "door@example.org", "--password"]
    assert "can log in" in manage(store, "users", "create", *email, "first secret")
    find = "SELECT {} FROM users WHERE email = 'door@example.org'"
    assert store.rows(find.format("is_verified")) == [True], "the operator has vouched for it: it may create events"
    assert store.rows(find.format("is_admin")) == [False]
    before = store.rows(find.format("password_hash"))
    assert "new password" in manage(store, "users", "password", *email, "second secret")
    assert store.rows(find.format("password_hash")) != before
    told = "DELETE FROM mails WHERE recipient = 'door@example.org' RETURNING subject"
    assert store.rows(told) == ["Your password was changed"]


def test_mails_list_and_send(store: Shop):
    with store.stocking():
        mails.queue("ada@example.org", "Hello", "Text")
    with mail_server() as inbox:
        pass
    server = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(inbox.port), "SMTP_SECURITY": "none"}
    assert manage(store, "mails", "send", code=1, **server) == "0 mails sent, 1 failed.\n"
    [line] = manage(store, "mails", "list").splitlines()
    assert "ada@example.org | Hello | 1 attempts, next after" in line
    assert "ConnectionRefusedError" in line
    assert manage(store, "mails", "send", **server) == "0 mails sent, 0 failed.\n"
    with mail_server(port=inbox.port) as inbox:
        assert manage(store, "mails", "send", "--all", **server) == "1 mails sent, 0 failed.\n"
        assert [message["To"] for message in inbox.messages] == ["ada@example.org"]
    assert manage(store, "mails", "list") == ""


def test_integrity_of_one_event_and_of_all(store: Shop):
    right, wrong = store.open(), store.open()
    store.rows(f"UPDATE tickets SET sold = 7 WHERE id = {wrong.free.id}")
    told = f"tickets whose sold differs from the seats held: 1 ({wrong.free.id})\n"
    assert manage(store, "integrity", code=1) == told
    assert manage(store, "integrity", "--event", str(wrong.event.id), code=1) == told
    assert manage(store, "integrity", "--event", str(right.event.id)) == "Everything adds up.\n"
    assert manage(store, "integrity", "--event", "999999999", code=1) == ""
    store.rows(f"UPDATE tickets SET sold = 0 WHERE id = {wrong.free.id}")
