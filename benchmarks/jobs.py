"""The jobs that are measured: what is asked, of whom, and which share of the floor's speed is the target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from sqlalchemy import text

from app.database import session
from benchmarks.load import Refused, encoded
from benchmarks.stage import PASSWORD, Bench

PAGE_SIZE = 50
PAGES = 20
"""Of an event's guests; phones at the door begin with the first."""

EVENTS_ON_A_PAGE = 20
SEATS = 2

MOST_SCANS_A_SECOND = 8_000
"""More are not prepared for a turn: no server here is as fast."""


@dataclass(frozen=True)
class Job:
    """What is measured. ``requests`` gives those of a turn of so many seconds; ``again``: they are sent over and over.
    ``note`` hears how many of them were sent. A turn lasts ``at_least`` so many seconds, where an answer takes long.
    ``adds_rows``: afterwards the event is larger than it was."""

    name: str
    target: float
    """Of the floor's requests a second."""
    requests: Callable[[Bench, float], Sequence[bytes]]
    again: bool = True
    note: Callable[[Bench, int], None] = lambda _bench, _sent: None
    at_least: float = 0
    adds_rows: bool = False


@dataclass
class Queue:
    """Guests in the order in which they are scanned: one after the other, and from the first again after the last."""

    next: dict[int, int] = field(default_factory=dict)
    """By event of a bench: whose turn it is."""

    def scans(self, bench: Bench, seconds: float) -> Sequence[bytes]:
        """Each guest in turn goes out, if he is inside, or else comes in. So every guest is scanned once before any is
        scanned again, and nobody's history gets long. No guest comes twice in a turn."""
        number = min(len(bench.guest_ids), int(seconds * MOST_SCANS_A_SECOND))
        start = self.next.get(id(bench), 0)
        ids = [bench.guest_ids[nth % len(bench.guest_ids)] for nth in range(start, start + number)]
        inside = _inside(bench, ids)
        return [_scan(bench, guest_id, "out" if inside[guest_id] else "in") for guest_id in ids]

    def note(self, bench: Bench, sent: int) -> None:
        """So many of the last `scans` were sent."""
        self.next[id(bench)] = self.next.get(id(bench), 0) + sent


def _inside(bench: Bench, ids: Sequence[int]) -> dict[int, bool]:
    with bench.app.app_context():
        found = text("SELECT id, is_checked_in FROM ticket_holders WHERE id = ANY(:ids)")
        return {row.id: row.is_checked_in for row in session().execute(found, {"ids": ids})}


def _scan(bench: Bench, guest_id: int, direction: str) -> bytes:
    wanted = {f"is-checked-{direction}": True}
    data = {"type": "attendee", "id": str(guest_id), "attributes": wanted}
    return encoded("PATCH", f"/v1/attendees/{guest_id}", bench.token, orjson.dumps({"data": data}))


def sale(bench: Bench, ticket_id: int, seats: int) -> bytes:
    """An on-site order that is completed at once."""
    attributes = {"id": str(ticket_id), "quantity": str(seats)}
    data = {
        "type": "order",
        "attributes": {"on-site-tickets": [{"data": {"type": "on-site-ticket", "attributes": attributes}}]},
        "relationships": {"event": {"data": {"type": "event", "id": str(bench.event_id)}}},
    }
    return encoded("POST", "/v1/orders?onsite=true", bench.token, orjson.dumps({"data": data}))


def page(bench: Bench, number: int, *more: str, size: int = PAGE_SIZE) -> bytes:
    """A page of the event's guests; ``more`` are other parts of the query string."""
    place = (f"{quote('page[size]')}={size}", f"{quote('page[number]')}={number}")
    address = f"/v1/events/{bench.event_id}/attendees?{'&'.join((*place, *more))}"
    return encoded("GET", address, bench.organizers_token)


def _sales(bench: Bench, _seconds: float) -> Sequence[bytes]:
    return [sale(bench, ticket_id, SEATS) for ticket_id in bench.ticket_ids]


def _pages(*more: str) -> Callable[[Bench, float], Sequence[bytes]]:
    def requests(bench: Bench, _seconds: float) -> Sequence[bytes]:
        return [page(bench, number, *more) for number in range(1, _pages_of(bench) + 1)]

    return requests


def _pages_of(bench: Bench) -> int:
    return min(PAGES, len(bench.guest_ids) // PAGE_SIZE)


def _orders(bench: Bench, _seconds: float) -> Sequence[bytes]:
    return [
        encoded("GET", f"/v1/orders/{identifier}?include=attendees,tickets", bench.organizers_token)
        for identifier in bench.orders
    ]


def _events(bench: Bench, _seconds: float) -> Sequence[bytes]:
    query = f"{quote('page[size]')}={EVENTS_ON_A_PAGE}&{quote('page[number]')}=1"
    return [encoded("GET", f"/v1/events?{query}", bench.organizers_token)]


def _of_event(noun: str) -> Callable[[Bench, float], Sequence[bytes]]:
    def requests(bench: Bench, _seconds: float) -> Sequence[bytes]:
        return [encoded("GET", f"/v1/events/{bench.event_id}/{noun}", bench.organizers_token)]

    return requests


def _log_ins(bench: Bench, _seconds: float) -> Sequence[bytes]:
    bodies = (orjson.dumps({"email": email, "password": PASSWORD}) for email in bench.buyers)
    return [encoded("POST", "/auth/session", None, body) for body in bodies]


_queue = Queue()

JOBS = (
    Job("check-out and check-in PATCH", 0.5, _queue.scans, again=False, note=_queue.note, adds_rows=True),
    Job(f"on-site order of {SEATS}, completed", 0.5, _sales, adds_rows=True),
    Job(f"attendee page of {PAGE_SIZE}", 0.5, _pages()),
    Job("attendee page with include=order,ticket,user", 0.5, _pages("include=order,ticket,user")),
    Job("order detail with include=attendees,tickets", 0.5, _orders),
    Job(f"event list of {EVENTS_ON_A_PAGE}", 0.4, _events),
    Job("ticket list", 0.4, _of_event("tickets")),
    Job("order statistics", 0.4, _of_event("order-statistics")),
    Job("log-in", 0.9, _log_ins, at_least=3),
)


def chosen(part: str) -> Sequence[Job]:
    """The jobs whose name contains ``part``. Raises `Refused` where there is none."""
    found = [job for job in JOBS if part in job.name]
    if not found:
        raise Refused(f"No job is called so: {part}. There are: {', '.join(job.name for job in JOBS)}.")
    return found


def _lines(pairs: dict[str, Any]) -> str:
    return quote(orjson.dumps([pairs]))


REPORTED = (
    Job("filter by name, ilike", 0, _pages(f"filter={_lines({'name': 'lastname', 'op': 'ilike', 'val': '%hopp%'})}")),
    Job(
        "filter by address, eq", 0, _pages(f"filter={_lines({'name': 'email', 'op': 'eq', 'val': 'nobody@x.example'})}")
    ),
    Job("filter by is-checked-in", 0, _pages(f"filter={_lines({'name': 'is-checked-in', 'op': 'eq', 'val': True})}")),
    Job("sort=-order.completed_at", 0, _pages("sort=-order.completed_at")),
)
"""What is measured beside the jobs at every size, and has no target."""


def last_page(bench: Bench, _seconds: float) -> Sequence[bytes]:
    """The page of the event's last guests."""
    return [page(bench, len(bench.guest_ids) // PAGE_SIZE)]
