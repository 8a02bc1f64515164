"""A crowd for an event: orders, guests and their first check-ins, copied into the database as if the server had sold
and scanned them.

A small crowd is written as always: the database's triggers audit it and keep their counts. For a large one they, and
the checks of foreign keys, are switched off: a database with 100,000 guests then costs PostgreSQL 3.6 s of processor
time instead of 8.9, migrations and VACUUM included. There are no audit entries of it, and what the triggers keep
besides is written by `_settle`.
"""

import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.clock import format_instant, utcnow
from app.database import session
from app.services import counts

GUESTS_PER_ORDER = 10
LARGE = 20_000
"""From so many guests on the database's triggers are switched off."""

ONLINE = 2
"""Of so many orders one was bought online by an account, with whose address its first guest goes."""

FIRST_NAMES = (
    "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Frances", "Dennis", "Margaret", "Niklaus",
    "Katherine", "Tony", "Hedy", "Claude", "Jean", "Kurt", "Adele", "Emmy", "Sofja", "René", "Zuse", "Mary", "Leslie",
)  # fmt: skip
LAST_NAMES = (
    "Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Allen", "Ritchie",
    "Hamilton", "Wirth", "Johnson", "Hoare", "Lamarr", "Shannon", "Bartik", "Gödel", "Goldberg", "Noether",
    "Kowalewskaja", "Descartes", "Konrad", "Somerville", "Lamport", "Müller", "Núñez",
)  # fmt: skip
COMPANIES = ("Analytical Engines", "Difference & Sons", "Bletchley Works", None, None)
CITIES = ("London", "Berlin", "Singapore", "New York", None)


@dataclass(frozen=True)
class Crowd:
    """Who was loaded: ids of the guests, identifiers of the orders, and addresses of the accounts that bought."""

    guest_ids: Sequence[int]
    identifiers: Sequence[str]
    buyers: Sequence[str]


@dataclass(frozen=True)
class Sale:
    """What the orders are about: an event, its tickets, who sells them at the door, and for how much each."""

    event_id: int
    ticket_ids: Sequence[int]
    seller_id: int
    price: int
    password_hash: str
    """Of the accounts that buy online."""


class _Lines:
    """Rows as the file that COPY reads."""

    def __init__(self, rows: Iterable[Sequence[Any]]):
        self._rows = iter(rows)

    def read(self, _size: int) -> str:
        """Some lines; nothing after the last."""
        return "".join(map(_line, itertools.islice(self._rows, 1000)))


def _line(row: Sequence[Any]) -> str:
    # Nothing here holds a tab, a backslash or a line break, which COPY would want escaped.
    return "\t".join("\\N" if value is None else str(value) for value in row) + "\n"


def load_crowd(sale: Sale, guests: int, *, inside: bool) -> Crowd:
    """So many guests of an event, `GUESTS_PER_ORDER` in an order, of each ticket in turn. ``inside``: every second one
    has come in within the last hour, by one scan. To be called in a transaction, on a database nobody else writes to.
    """
    now, writing = utcnow(), _this_transaction()
    orders = -(-guests // GUESTS_PER_ORDER)
    identifiers = [str(uuid.uuid4()) for _ in range(orders)]
    order_ids, guest_ids = _ids("orders", orders), _ids("ticket_holders", guests)
    buyer_ids = _ids("users", -(-orders // ONLINE))
    with _as_fast_as(guests):
        _copy("users", USER, _buyers(buyer_ids, sale, now))
        _copy("orders", ORDER, _orders(sale, order_ids, identifiers, buyer_ids, guests, now))
        _copy("order_lines", LINE, _lines_of_orders(sale, order_ids, guests))
        _copy("ticket_holders", GUEST, _guests(sale, guest_ids, order_ids, buyer_ids, now, writing, inside=inside))
        if inside:
            _copy("movements", MOVEMENT, _entries(sale, guest_ids, now, writing))
    _settle(sale, order_ids, sum(1 for _ in _coming(guest_ids)) if inside else 0)
    return Crowd(guest_ids, identifiers, [_address(user_id) for user_id in buyer_ids])


@contextmanager
def _as_fast_as(guests: int) -> Iterator[None]:
    """Within the block neither triggers nor the checks of foreign keys work, if there are many guests."""
    if guests < LARGE:
        yield
        return
    session().execute(text("SET LOCAL session_replication_role = replica"))
    yield
    session().execute(text("SET LOCAL session_replication_role = origin"))
    for kept in counts.ALL:
        counts.recount(kept)


USER = "id, email, password_hash, first_name, last_name, is_verified, created_at"


def _buyers(ids: Sequence[int], sale: Sale, now: datetime) -> Iterator[Sequence[Any]]:
    for user_id in ids:
        yield user_id, _address(user_id), sale.password_hash, *_name(user_id), True, now


def _address(user_id: int) -> str:
    return f"buyer{user_id}@buyers.example"


def _name(number: int) -> tuple[str, str]:
    return FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number // 7 % len(LAST_NAMES)]


ORDER = (
    "id, identifier, event_id, user_id, sold_by_id, amount, status, payment_mode, paid_via, completed_at, address, "
    "city, country, zipcode, company, created_at"
)


def _orders(
    sale: Sale, ids: Sequence[int], identifiers: Sequence[str], buyers: Sequence[int], guests: int, now: datetime
) -> Iterator[Sequence[Any]]:
    for nth, (order_id, identifier) in enumerate(zip(ids, identifiers, strict=True)):
        completed = now - timedelta(days=1, seconds=len(ids) - nth)
        head = order_id, identifier, sale.event_id
        amount = sale.price * _seats(nth, guests)
        if nth % ONLINE == 0:
            billing = (
                f"{nth % 200 + 1} Mathematicians' Row",
                CITIES[nth % 4],
                "GB",
                f"N{nth % 90 + 10}",
                COMPANIES[nth % 5],
            )
            yield (
                *head,
                buyers[nth // ONLINE],
                None,
                amount,
                "completed",
                "stripe",
                "card",
                completed,
                *billing,
                completed,
            )
        else:
            yield *head, None, sale.seller_id, amount, "completed", "onsite", None, completed, *[None] * 5, completed


def _seats(nth: int, guests: int) -> int:
    return min(GUESTS_PER_ORDER, guests - nth * GUESTS_PER_ORDER)


LINE = "order_id, ticket_id, quantity, price"


def _lines_of_orders(sale: Sale, ids: Sequence[int], guests: int) -> Iterator[Sequence[Any]]:
    for nth, order_id in enumerate(ids):
        yield order_id, sale.ticket_ids[nth % len(sale.ticket_ids)], _seats(nth, guests), sale.price


GUEST = (
    "id, event_id, ticket_id, order_id, created_by_id, firstname, lastname, email, city, job_title, phone, company, "
    "is_checked_in, checkin_times, device_name_checkin, created_at, written_in"
)


def _guests(
    sale: Sale,
    ids: Sequence[int],
    orders: Sequence[int],
    buyers: Sequence[int],
    now: datetime,
    writing: int,
    *,
    inside: bool,
) -> Iterator[Sequence[Any]]:
    coming = dict(_coming(ids)) if inside else {}
    for number, guest_id in enumerate(ids):
        nth, seat = divmod(number, GUESTS_PER_ORDER)
        first, last = _name(guest_id)
        online = nth % ONLINE == 0
        account = buyers[nth // ONLINE] if online else sale.seller_id
        email = _address(account) if online and not seat else f"{first}.{last}.{guest_id}@guests.example".lower()
        about = CITIES[number % 5], "Engineer" if number % 4 == 0 else None, f"+44 20 7946 {number % 10_000:04}"
        entered = coming.get(guest_id)
        scan = (False, None, None) if entered is None else (True, format_instant(_entry(now, entered)), "-")
        ids_of_it = guest_id, sale.event_id, sale.ticket_ids[nth % len(sale.ticket_ids)], orders[nth], account
        yield *ids_of_it, first, last, email, *about, COMPANIES[number % 5], *scan, now - timedelta(days=1), writing


def _coming(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every second guest, with the number of his scan."""
    return ((guest_id, number) for number, guest_id in enumerate(ids[::2]))


MOVEMENT = (
    "event_id, attendee_id, direction, occurred_at, recorded_at, recorded_by_id, source, verdict, told, written_in"
)


def _entries(sale: Sale, ids: Sequence[int], now: datetime, writing: int) -> Iterator[Sequence[Any]]:
    for guest_id, number in _coming(ids):
        entered = _entry(now, number)
        yield sale.event_id, guest_id, "in", entered, entered, sale.seller_id, "patch", "accepted", "accepted", writing


def _entry(now: datetime, number: int) -> datetime:
    """Within the hour before the last minute, each at another microsecond."""
    return now - timedelta(hours=1) + timedelta(microseconds=number * 3_001 % 3_540_000_000)


def _settle(sale: Sale, order_ids: Sequence[int], entries: int) -> None:
    """What the server counts as it sells and scans: the tickets' seats, and who is inside."""
    session().execute(
        text(
            "UPDATE tickets SET sold = sold + seats FROM (SELECT ticket_id, sum(quantity) AS seats FROM order_lines "
            "WHERE order_id BETWEEN :first AND :last GROUP BY ticket_id) AS sales WHERE tickets.id = ticket_id"
        ),
        {"first": order_ids[0], "last": order_ids[-1]},
    )
    if entries:
        session().execute(
            text(
                "INSERT INTO occupancy_counts (event_id, slot, entries, exits) VALUES (:event_id, 0, :entries, 0) "
                "ON CONFLICT (event_id, microlocation_id, gate, slot) "
                "DO UPDATE SET entries = occupancy_counts.entries + excluded.entries"
            ),
            {"event_id": sale.event_id, "entries": entries},
        )


def _this_transaction() -> int:
    """As the triggers of ``written_in`` write it."""
    return session().execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()


def _ids(table: str, number: int) -> list[int]:
    """So many new ids in a row."""
    taken = text(
        "SELECT setval(sequence, nextval(sequence) + :more) FROM pg_get_serial_sequence(:table, 'id') AS sequence"
    )
    last = session().execute(taken, {"table": table, "more": number - 1}).scalar_one()
    return list(range(last - number + 1, last + 1))


def _copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    with session().connection().connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(rows))
