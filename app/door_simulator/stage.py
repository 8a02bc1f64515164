"""What the simulator makes before the doors open: an event of its own with tickets and rooms, and who works there."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.door_simulator.client import PATIENCE, Answer, Client, Tally, resource
from app.door_simulator.plan import OFFERS, ROOMS, Options

REGISTRAR = "6"
"""The role of who sells and scans; its id is the same on every server."""

LASTS = timedelta(hours=11)
"""No midnight in an event that ends within twelve hours ends a day: nobody has left because of the date."""

VENUE_SHARE = 0.9
"""The venue holds so many of the guests: the last ones are let in with a warning."""


FIRST_PATIENCE = 10.0
"""Seconds in which the server must answer for the first time: perhaps it is not there at all."""


class CannotSimulate(Exception):
    """Why there is nothing to be simulated; the text is one sentence that says what to do."""


@dataclass(frozen=True)
class Stage:
    """The event, with the ids of its tickets and rooms in the order of the plan's; and who is logged in: staff, and one
    for each seller and each gate. ``ahead`` is how far the server's clock is ahead of ours, give or take ``doubt``."""

    event_id: str
    ticket_ids: list[str]
    room_ids: list[str]
    staff: Client
    sellers: list[Client]
    gates: list[Client]
    ahead: timedelta
    doubt: timedelta

    @property
    def url(self) -> str:
        """The event's address."""
        return f"/v1/events/{self.event_id}"

    def close(self) -> None:
        """Everybody hangs up."""
        for client in (self.staff, *self.sellers, *self.gates):
            client.close()


def build(base_url: str, email: str, password: str, options: Options, tally: Tally) -> Stage:
    """Makes all of it. Raises `CannotSimulate`, and `app.door_simulator.client.GaveUp`."""
    staff = Client(base_url, tally, "staff")
    try:
        staff.patience = FIRST_PATIENCE
        words = "Nobody could log in as staff: give --email and --password of a staff account"
        _require(staff.log_in(email, password), 200, words)
        staff.patience = PATIENCE
        return _Builder(base_url, staff, options, tally).stage()
    except BaseException:
        staff.close()
        raise


class _Builder:
    def __init__(self, base_url: str, staff: Client, options: Options, tally: Tally):
        self.base_url, self.staff, self.options, self.tally = base_url, staff, options, tally
        self.name = secrets.token_hex(4)
        self.opens = datetime.now(UTC) - timedelta(hours=1)
        self.closes = self.opens + LASTS

    def stage(self) -> Stage:
        """The event first, since all else belongs to it."""
        self.event = "event", self._made("events", "event", self._event())
        tickets = [
            self._made("tickets", "ticket", self._ticket(offer.name, offer.cents), event=self.event) for offer in OFFERS
        ]
        rooms = [
            self._made(
                "microlocations",
                "microlocation",
                {"name": room.name, "capacity": room.capacity(self.options.guests), "is-capacity-hard": room.is_hard},
                event=self.event,
            )
            for room in ROOMS
        ]
        sellers = [self._worker(f"seller-{number}") for number in range(self.options.sellers)]
        gates = [self._worker(f"gate-{number}") for number in range(self.options.gates)]
        ahead, doubt = self._clock()
        return Stage(self.event[1], tickets, rooms, self.staff, sellers, gates, ahead, doubt)

    def _event(self) -> dict[str, Any]:
        return {
            "name": f"Rehearsal of {self.opens:%d %B %Y} ({self.name})",
            "starts-at": self.opens.isoformat(),
            "ends-at": self.closes.isoformat(),
            "timezone": "UTC",
            "state": "published",
            "privacy": "private",
            "payment-currency": "EUR",
            "can-pay-onsite": True,
            "capacity": max(1, round(VENUE_SHARE * self.options.guests)),
        }

    def _ticket(self, name: str, cents: int) -> dict[str, Any]:
        facts = {"name": name, "type": "paid" if cents else "free", "price": cents / 100, "quantity": self._enough}
        return facts | {"sales-starts-at": self.opens.isoformat(), "sales-ends-at": self.closes.isoformat()}

    @property
    def _enough(self) -> int:
        """Tickets for all, whatever kind they want; at least as many as may be in one order."""
        return max(self.options.guests, 10)

    def _worker(self, name: str) -> Client:
        email, password = f"{name}-{self.name}@rehearsal.example", secrets.token_urlsafe(16)
        user = self._made("users", "user", {"email": email, "password": password})
        links = {"event": self.event, "user": ("user", user), "role": ("role", REGISTRAR)}
        self._made("users-events-roles", "users-events-roles", {}, **links)
        worker = Client(self.base_url, self.tally, name)
        _require(worker.log_in(email, password), 200, f"{email} was made and cannot log in")
        return worker

    def _made(self, path: str, type_: str, attributes: Mapping[str, Any], **links: tuple[str, str]) -> str:
        """The id of what was made."""
        key = f"{self.name} {secrets.token_hex(8)}"
        answer = self.staff.post("set-up", f"/v1/{path}", resource(type_, attributes, **links), key=key)
        _require(answer, 201, f"The account of --email could not make a {type_}: give one of staff")
        return str(answer.data["id"])

    def _clock(self) -> tuple[timedelta, timedelta]:
        before = datetime.now(UTC)
        answer = self.staff.get(f"/v1/events/{self.event[1]}/occupancy")
        after = datetime.now(UTC)
        _require(answer, 200, "The server does not tell who is inside")
        half = (after - before) / 2
        return datetime.fromisoformat(answer.data["attributes"]["as-of"]) - (before + half), half


def _require(answer: Answer, status: int, words: str) -> None:
    if answer.status != status:
        raise CannotSimulate(f"{words} (the server says: {answer.told}).")
