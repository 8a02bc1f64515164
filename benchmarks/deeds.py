"""What the fault matrix's clients do: sales, scans, changes of guests, batches; and what is noted of those done."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.clock import format_instant, utcnow
from benchmarks.stage import Bench

BATCH_SIZE = 6
TICKETS = 3
"""Sellers share so few, so that they meet at their rows."""

SHARES = 5
"""So many clients have guests of their own."""

KINDS = {"sale", "scan", "change", "batch"}

Document = dict[str, Any]


@dataclass(frozen=True)
class Acknowledged:
    """A deed that was done, and when."""

    kind: str
    sent: float
    answered: float


@dataclass
class Told:
    """What clients were told, and what went wrong."""

    sales: dict[str, str] = field(default_factory=dict)
    """The order's identifier for each key."""
    scans: dict[str, str] = field(default_factory=dict)
    """The movement's id for each client-uuid."""
    changes: Counter[int] = field(default_factory=Counter)
    """How often each guest was checked in or out by PATCH."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Statuses that nobody may see, by their words."""
    sent_away: int = 0
    """Answers 503, and 409 for what is still running, with ``Retry-After``."""
    broken: int = 0
    """Connections that ended without an answer."""
    slowest: float = 0.0
    acknowledged: list[Acknowledged] = field(default_factory=list)


@dataclass(frozen=True)
class Deed:
    """One thing that a client wants done. ``note`` keeps what it is told when it is done."""

    kind: str
    method: str
    path: str
    document: Document
    note: Callable[[Told, Document], None]
    key: str | None = None


def of_everybody(bench: Bench, name: str) -> list[Iterator[Deed]]:
    """What each client does: three sell, three scan, one changes guests, one sends batches; none shares its guests."""
    share = (len(bench.guest_ids) - 1) // SHARES  # the last guest is nobody's
    shares = [bench.guest_ids[start : start + share] for start in range(0, SHARES * share, share)]
    sellers = [sales(bench, f"{name}-seller-{number}") for number in range(3)]
    scanners = [scans(bench, f"{name}-phone-{number}", shares[number]) for number in range(3)]
    return [*sellers, *scanners, changes(f"{name}-desk", shares[3]), batches(bench, f"{name}-gate", shares[4])]


def sales(bench: Bench, name: str) -> Iterator[Deed]:
    """On-site sales of one or two seats each."""
    event = {"event": {"data": {"type": "event", "id": str(bench.event_id)}}}
    for number in itertools.count():
        item = {"id": str(random.choice(bench.ticket_ids[:TICKETS])), "quantity": str(random.randint(1, 2))}
        items = [{"data": {"type": "on-site-ticket", "attributes": item}}]
        data = {"type": "order", "attributes": {"on-site-tickets": items}, "relationships": event}
        yield sale(f"{name}-{number}", {"data": data})


def sale(key: str, document: Document) -> Deed:
    """A sale under its key."""

    def note(told: Told, answer: Document) -> None:
        identifier = answer["data"]["attributes"]["identifier"]
        if told.sales.setdefault(key, identifier) != identifier:
            told.wrong["another order for the same key"] += 1

    return Deed("sale", "POST", "/v1/orders?onsite=true", document, note, key)


def scans(bench: Bench, name: str, guest_ids: list[int]) -> Iterator[Deed]:
    """Scans at the event's door: all of the phone's guests in, then all out, and so on."""
    path = f"/v1/events/{bench.event_id}/movements"
    for number, (guest_id, direction) in enumerate(_in_and_out(guest_ids)):
        uuid = f"{name}-{number}"
        attributes = {"direction": direction, "device": name, "client-uuid": uuid}
        guest = {"attendee": {"data": {"type": "attendee", "id": str(guest_id)}}}
        document = {"data": {"type": "movement", "attributes": attributes, "relationships": guest}}
        yield Deed("scan", "POST", path, document, lambda told, answer, uuid=uuid: _note_scan(told, uuid, answer))


def _note_scan(told: Told, uuid: str, answer: Document) -> None:
    told.scans[uuid] = str(answer["data"]["id"])


def changes(name: str, guest_ids: list[int]) -> Iterator[Deed]:
    """Check-ins and check-outs as the existing apps send them."""
    for number, (guest_id, direction) in enumerate(_in_and_out(guest_ids)):
        attributes = {"is-checked-in": True} if direction == "in" else {"is-checked-out": True}
        document = {"data": {"type": "attendee", "id": str(guest_id), "attributes": attributes}}
        note = _counting(guest_id)
        yield Deed("change", "PATCH", f"/v1/attendees/{guest_id}", document, note, f"{name}-{number}")


def _counting(guest_id: int) -> Callable[[Told, Document], None]:
    def note(told: Told, _answer: Document) -> None:
        told.changes[guest_id] += 1

    return note


def batches(bench: Bench, name: str, guest_ids: list[int]) -> Iterator[Deed]:
    """What a device scanned while it was offline, a few scans in each batch."""
    moves = _in_and_out(guest_ids)
    for number in itertools.count():
        now = format_instant(utcnow())
        few = [
            {"client-uuid": f"{name}-{number}-{nth}", "attendee-id": str(guest_id), "direction": direction}
            for nth, (guest_id, direction) in enumerate(itertools.islice(moves, BATCH_SIZE))
        ]
        attributes = {"device": name, "sent-at": now, "scans": [scan | {"device-time": now} for scan in few]}
        document = {"data": {"type": "movement-batch", "attributes": attributes}}
        yield Deed("batch", "POST", f"/v1/events/{bench.event_id}/movement-batches", document, _note_batch)


def _note_batch(told: Told, answer: Document) -> None:
    for verdict in answer["data"]["attributes"]["verdicts"]:
        if verdict["movement-id"] is None:
            told.wrong[f"batch {verdict['reason']}"] += 1
        else:
            told.scans[verdict["client-uuid"]] = verdict["movement-id"]


def _in_and_out(guest_ids: list[int]) -> Iterator[tuple[int, str]]:
    for direction in itertools.cycle(("in", "out")):
        for guest_id in guest_ids:
            yield guest_id, direction
