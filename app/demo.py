"""The demo event: running now, with everything that a first try at the door needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import dedent
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.clock import utcnow
from app.config import Settings
from app.database import COMMAND, session, transaction
from app.models import Event, Microlocation, Ticket, TicketHolder, Track, User
from app.models.users_events_roles import REGISTRAR, ROLES
from app.services import event_parts, events, orders, sessions, tickets, users, users_events_roles
from app.services.orders import Item

ACCOUNTS = {
    "staff": ("staff@demo.example", "staff-demo-1"),
    "organizer": ("organizer@demo.example", "organizer-demo-1"),
    "registrar": ("registrar@demo.example", "registrar-demo-1"),
    "buyer": ("buyer@demo.example", "buyer-demo-1"),
}
EVENT_NAME = "Open Doors Festival (demo)"
GUESTS = 40
SEATS_PER_ORDER = 4
FIRST_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Ken", "Radia", "Tim", "Frances", "Dennis")
LAST_NAMES = ("Guest", "Visitor", "Friend", "Fan")


@dataclass(frozen=True)
class Demo:
    """What a person or a script needs to use the demo event."""

    event_id: int
    event_identifier: str
    ticket_ids: list[int]

    def as_json(self) -> dict[str, Any]:
        """Accounts, event and tickets, ready to be written as JSON."""
        accounts = {name: {"email": email, "password": password} for name, (email, password) in ACCOUNTS.items()}
        return {
            "accounts": accounts,
            "event_id": self.event_id,
            "event_identifier": self.event_identifier,
            "ticket_ids": self.ticket_ids,
        }


def load_if_empty() -> Demo | None:
    """The demo event, made when the database holds no account yet; None when it has been deleted or never was."""
    empty = session().scalar(select(func.count()).select_from(User)) == 0
    return load() if empty else _existing()


def load() -> Demo:
    """The demo event; made on first use."""
    demo = _existing()
    if demo is not None:
        return demo
    with transaction(COMMAND):
        event = _make_event(_make_accounts())
    return _described(event)


def welcome_text(base_url: str) -> str:
    """What ``serve`` prints: the address, the demo accounts, and a first evening at the door as curl lines."""
    demo = _existing()
    if demo is None:
        return f"Serving at {base_url} (no demo event in this database)."
    listed = "\n".join(f"    {name:<10} {email}  {password}" for name, (email, password) in ACCOUNTS.items())
    greeting = f"Serving at {base_url}\n\nDemo accounts:\n{listed}\n"
    return f"{greeting}\n{_where_mails_go()}\n\n{_curl_lines(base_url, demo)}"


def _where_mails_go() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.smtp_host:
        return f"Mails are sent through {settings.smtp_host}."
    return "The server prints mails instead of sending them, until SMTP_HOST is set: sign up, and see."


def _existing() -> Demo | None:
    email, _ = ACCOUNTS["organizer"]
    event = session().scalar(
        select(Event)
        .join(Event.roles)
        .join(User)
        .where(Event.name == EVENT_NAME, User.email == email, Event.deleted_at.is_(None))
        .order_by(Event.id)
        .limit(1)
    )
    return _described(event) if event else None


def _described(event: Event) -> Demo:
    ids = select(Ticket.id).where(Ticket.event_id == event.id, Ticket.deleted_at.is_(None)).order_by(Ticket.id)
    return Demo(event.id, event.identifier, list(session().scalars(ids)))


def _make_accounts() -> dict[str, User]:
    return {
        name: users.create_account(
            email=email,
            password=password,
            is_admin=name == "staff",
            is_verified=True,
            first_name="Demo",
            last_name=name.capitalize(),
        )
        for name, (email, password) in ACCOUNTS.items()
    }


def _make_event(people: dict[str, User]) -> Event:
    now = utcnow()
    data: dict[str, Any] = {
        "name": EVENT_NAME,
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=3),
        "timezone": "UTC",
        "state": "published",
        "location_name": "Harbour Street 1",
        "payment_currency": "EUR",
        "can_pay_onsite": True,
        "is_sessions_speakers_enabled": True,
    }
    event = events.create(data, owner_id=people["organizer"].id)
    registrar_role, _ = ROLES[REGISTRAR]
    users_events_roles.create(
        event_id=event.id, user_id=people["registrar"].id, role_id=registrar_role, may_name_heads=False
    )
    _make_programme(event, now)
    _make_guests(event, _make_tickets(event), people)
    return event


def _make_programme(event: Event, now: datetime) -> None:
    for number, (place, theme, color) in enumerate(
        (("Great Hall", "Music", "#3366cc"), ("Harbour Room", "Talks", "#ffcc00"))
    ):
        microlocation = event_parts.create(Microlocation, {"event_id": event.id, "name": place, "position": number})
        track = event_parts.create(Track, {"event_id": event.id, "name": theme, "color": color, "position": number})
        for hour in (0, 1):
            sessions.create(
                {
                    "event_id": event.id,
                    "track_id": track.id,
                    "microlocation_id": microlocation.id,
                    "title": f"{theme} in the {place}, part {hour + 1}",
                    "state": "confirmed",
                    "starts_at": now + timedelta(hours=hour),
                    "ends_at": now + timedelta(hours=hour + 1),
                }
            )


def _make_tickets(event: Event) -> list[Ticket]:
    common = {"event_id": event.id, "sales_starts_at": event.starts_at, "sales_ends_at": event.ends_at}
    offers = (
        {"name": "Free entry", "type": "free", "quantity": 500},
        {"name": "Evening concert", "type": "paid", "price": 25, "quantity": 200},
    )
    return [tickets.create(event, {**common, **offer}) for offer in offers]


def _make_guests(event: Event, offered: list[Ticket], people: dict[str, User]) -> None:
    """Completed orders of both tickets, every second one bought by the buyer's account."""
    for number in range(GUESTS // SEATS_PER_ORDER):
        ticket = offered[number % len(offered)]
        order, _ = orders.place_onsite(
            event,
            {
                "event_id": event.id,
                "on_site_tickets": [Item(0, ticket.id, SEATS_PER_ORDER)],
            },
            sold_by_id=people["organizer"].id,
        )
        if number % 2:  # the buyer bought it on the web; that nobody gets a mail of it is meant
            order.user_id, order.sold_by_id = people["buyer"].id, None
        for seat, guest in enumerate(order.attendees):
            _name(guest, number * SEATS_PER_ORDER + seat)


def _name(guest: TicketHolder, number: int) -> None:
    guest.firstname = FIRST_NAMES[number % len(FIRST_NAMES)]
    guest.lastname = LAST_NAMES[number // len(FIRST_NAMES)]
    guest.email = f"{guest.firstname}.{guest.lastname}{number}@demo.example".lower()


def _curl_lines(base_url: str, demo: Demo) -> str:
    email, password = ACCOUNTS["registrar"]
    free, paid, *_ = demo.ticket_ids
    return dedent(
        f"""\
        Paste these, one block after the other:

        # log in as door staff
        TOKEN=$(curl -s {base_url}/auth/session -H 'Content-Type: application/json' \\
          -d '{{"email": "{email}", "password": "{password}"}}' \\
          | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

        # sell on site: two free tickets and one concert
        curl -s '{base_url}/v1/orders?onsite=true' -H "Authorization: JWT $TOKEN" \\
          -H 'Content-Type: application/vnd.api+json' -o order.json -w '%{{http_code}}\\n' \\
          -d '{{"data": {{"type": "order", "attributes": {{"amount": 25, "on-site-tickets": [
            {{"data": {{"type": "on-site-ticket", "attributes": {{"id": "{free}", "quantity": "2"}}}}}},
            {{"data": {{"type": "on-site-ticket", "attributes": {{"id": "{paid}", "quantity": "1"}}}}}}]}},
            "relationships": {{"event": {{"data": {{"type": "event", "id": "{demo.event_id}"}}}}}}}}}}'
        GUEST=$(python3 -c 'import json
        print(json.load(open("order.json"))["data"]["relationships"]["attendees"]["data"][0]["id"])')

        # check the first guest in, out, in and out again: the server writes the times
        IN='"is-checked-in": true' OUT='"is-checked-out": true'
        for DOOR in "$IN" "$OUT" "$IN" "$OUT"; do
          curl -s -X PATCH {base_url}/v1/attendees/$GUEST -H "Authorization: JWT $TOKEN" \\
            -H 'Content-Type: application/vnd.api+json' \\
            -d "{{\\"data\\": {{\\"type\\": \\"attendee\\", \\"id\\": \\"$GUEST\\", \\"attributes\\": {{$DOOR}}}}}}" \\
            | python3 -c 'import json, sys; guest = json.load(sys.stdin)["data"]["attributes"]
        print("in ", guest["checkin-times"]); print("out", guest["checkout-times"])'
        done

        # list the guests who have left
        curl -sG {base_url}/v1/events/{demo.event_id}/attendees -H "Authorization: JWT $TOKEN" \\
          --data-urlencode 'filter=[{{"name": "is-checked-out", "op": "eq", "val": true}}]' \\
          | python3 -m json.tool
        """
    )
