"""A person who has done everything is removed: no table, no export, no paper and no line of the log names her after.

And what is counted, paid and sealed is as it was.
"""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import LargeBinary, Text, select
from sqlalchemy.dialects.postgresql import JSONB

from app.clock import format_instant, utcnow
from app.database import Base
from app.models import AuditSeal, CheckInConflict, Event, Microlocation, Movement, Order, TicketHolder, User
from app.models.attendees import NAMELESS
from app.services import audit_seals, exports, integrity, papers, privacy
from app.services.reports import REPORTS
from tests.factories import PASSWORD, World, make_order
from tests.http import Api, resource
from tests.pdfs import texts
from tests.programme import make_session, make_speaker, make_track

NAME = {"first-name": "Zenobia", "last-name": "Quißling"}
EMAIL = "zenobia@palmyra.example"
TRACES = ("zenobia", "quißling", "qui\\u00dfling", "palmyra")


class Life:
    """What she does, over HTTP as far as that goes."""

    def __init__(self, api: Api, world: World):
        self.api, self.world, session = api, world, world.session
        sent = {"email": EMAIL, "password": PASSWORD, **NAME, "details": "I am Zenobia Quißling", "contact": EMAIL}
        made = api.post("/v1/users", resource("user", sent))
        self.user: User = session.get(User, int(made.json["data"]["id"]))
        self.user.is_verified = True
        self.order = make_order(session, world.paid, seats=2, user_id=self.user.id, company="Quißling Ltd")
        self.guest, self.friend = self.order.attendees
        self.write_names()
        self.scan()
        self.on_stage()

    def ok(self, response: Any) -> dict[str, Any]:
        assert response.status_code < 300, response.json
        found: dict[str, Any] = response.json["data"] if response.json and "data" in response.json else {}
        return found

    def write_names(self) -> None:
        """In forms, notes, invites and letters."""
        api, world, session = self.api, self.world, self.world.session
        named = {"firstname": "Zenobia", "lastname": "Quißling", "email": EMAIL, "phone": "1", "address": "Palmyra 1"}
        notes = {"attendee-notes": "Zenobia needs a ramp"}
        changes = resource("attendee", named | notes, id_=self.guest.id)
        self.ok(api.send("PATCH", f"/v1/attendees/{self.guest.id}", world.owner, changes, key="k-1"))
        about = {"firstname": "Al", "attendee-notes": "comes with Zenobia Quißling"}
        self.ok(
            api.patch(f"/v1/attendees/{self.friend.id}", resource("attendee", about, id_=self.friend.id), world.owner)
        )
        for order, note in ((self.order, "Zenobia pays"), (world.order, "was Quißling's")):
            order.order_notes, order.cancel_note, order.city = note, note, "Palmyra"
        self.guest.complex_field_values = {"badge": "Zenobia Quißling"}
        session.flush()
        invite = resource("role-invite", {"email": EMAIL, "role-name": "moderator"}, event=world.event)
        self.ok(api.post("/v1/role-invites", invite, world.owner))
        phone = {"name": "Quißling's phone", "abilities": ["scan"], "valid-until": format_instant(world.event.ends_at)}
        self.ok(api.post("/v1/door-passes", resource("door-pass", phone, event=world.event), world.owner))
        self.ok(api.send("POST", "/v1/auth/reset-password", None, {"data": {"email": EMAIL}}))

    def scan(self) -> None:
        """In and out, refused and let through, undone, and asked about; with her name in every reason."""
        api, world, event = self.api, self.world, self.world.event
        url, why = f"/v1/events/{event.id}/movements", {"override-reason": "Zenobia Quißling, sent by the desk"}
        self.ok(api.post(url, resource("movement", {"direction": "in", "gate": "N"}, attendee=self.guest), world.owner))
        hall = Microlocation(event_id=event.id, name="Hall", capacity=0, is_capacity_hard=True)
        world.session.add(hall)
        world.session.flush()
        crowded = resource("movement", {"direction": "in", **why}, attendee=self.guest, microlocation=hall)
        let_in = self.ok(api.post(url, crowded, world.owner))
        reason = resource("amendment", {"reason": f"Zenobia only stood in the door, {EMAIL}"})
        self.ok(api.post(f"/v1/movements/{let_in['id']}/undo", reason, world.owner))
        api.post(
            url, resource("movement", {"direction": "in", "secret": f"card of Zenobia Quißling {EMAIL}"}), world.owner
        )
        sent_at = utcnow()
        late = {"client-uuid": "b-1", "attendee-id": str(self.guest.id), "direction": "in", "gate": "S"}
        late["device-time"] = format_instant(sent_at - timedelta(minutes=30))
        batch = {"device": "Phone 2", "sent-at": format_instant(sent_at), "scans": [late]}
        self.ok(api.post(f"/v1/events/{event.id}/movement-batches", resource("movement-batch", batch), world.owner))
        conflict = world.session.scalars(select(CheckInConflict)).one()
        decided = {"resolution": "dismissed", "resolution-reason": "It was Zenobia"}
        decision = resource("check-in-conflict", decided, id_=conflict.id)
        self.ok(api.patch(f"/v1/check-in-conflicts/{conflict.id}", decision, world.owner))

    def on_stage(self) -> None:
        """She speaks, and rates."""
        session, event = self.world.session, self.world.event
        track = make_track(session, event)
        talk = make_session(session, event, track_id=track.id, comments="Zenobia Quißling asked")
        make_speaker(session, event, talk, name="Zenobia Quißling", email=EMAIL, user_id=self.user.id, website="x")
        rated = resource("feedback", {"rating": 4, "comment": "Yours, Zenobia"}, event=event, session=talk)
        self.ok(self.api.post("/v1/feedbacks", rated, self.user))


def traces(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text.casefold().replace("ss", "ß")]


def named_in_tables(session: Any) -> set[str]:
    """Every table and column with her name in it, whatever kind of column."""
    session.flush()
    found = set()
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Text | JSONB | LargeBinary)]
        for row in session.execute(select(*columns)) if columns else ():
            for column, value in zip(columns, row, strict=True):
                text = bytes(value).decode(errors="replace") if isinstance(value, bytes) else str(value)
                if traces(text):
                    found.add(f"{table.name}.{column.name}")
    return found


def named_in_files(api: Api, world: World, orders: list[Order]) -> set[str]:
    """Every file and list that organizers and buyers take away."""
    world.session.flush()
    event, seen = world.event, {}
    for report in REPORTS:
        seen[f"{report}.csv"] = b"".join(exports.as_csv(report, event)).decode()
        seen[f"{report}.pdf"] = "".join(texts(exports.as_pdf(report, event)))
    for order in orders:
        seen[f"tickets {order.id}"] = "".join(texts(papers.tickets_of_order(order)))
        seen[f"invoice {order.id}"] = "".join(texts(papers.invoice(order, buyer=order.user)))
    for noun in ("attendees", "orders", "movements", "amendments", "check-in-conflicts", "speakers", "sessions",
                 "feedbacks", "role-invites", "audit-entries", "devices", "door-passes"):  # fmt: skip
        response = api.get(f"/v1/events/{event.id}/{noun}", world.staff, page_size="0")
        assert response.status_code == 200, noun
        seen[noun] = response.text
    return {name for name, text in seen.items() if traces(text)}


def counted(session: Any, event: Event) -> list[Any]:
    """Money, seats, and who is where."""
    session.flush()
    orders = session.execute(select(Order.id, Order.amount, Order.status, Order.user_id).order_by(Order.id)).all()
    scans = session.execute(select(Movement.id, Movement.verdict, Movement.attendee_id).order_by(Movement.id)).all()
    guests = session.execute(select(TicketHolder.id, TicketHolder.checkin_times).order_by(TicketHolder.id)).all()
    return [orders, scans, guests, [ticket.sold for ticket in event.tickets]]


EXPECTED = {
    "amendments.reason", "check_in_conflicts.resolution_reason", "door_passes.name", "feedbacks.comment",
    "idempotency_keys.body", "mails.recipient",
    "movements.override_reason", "movements.scanned", "orders.order_notes", "orders.cancel_note",
    "orders.city", "orders.company",
    "role_invites.email", "sessions.comments", "speakers.name", "ticket_holders.attendee_notes",
    "ticket_holders.complex_field_values", "ticket_holders.firstname", "users.details", "users.email",
}  # fmt: skip
"""Where she must have left traces, or the test would prove nothing."""


def test_nothing_names_her(api: Api, world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    life = Life(api, world)
    world.order.city = None  # of another buyer, who has named no person with it
    assert named_in_tables(world.session) >= EXPECTED
    orders = [life.order, world.order]
    assert len(named_in_files(api, world, orders)) > 8
    before = counted(world.session, world.event)
    audit_seals.seal()
    kept = audit_seals.newest()

    done = privacy.erase_user(life.user)
    world.session.expire_all()

    assert named_in_tables(world.session) == set()
    assert named_in_files(api, world, orders) == set()
    assert traces(caplog.text) == []
    assert "app.access" in {record.name for record in caplog.records}, "the log was listened to"
    assert done.left == {}
    assert done.blanked["movements.override_reason"] == 1
    assert counted(world.session, world.event) == before
    assert integrity.report() == []
    assert audit_seals.verify(kept).head == kept
    audit_seals.seal()
    assert audit_seals.verify(kept).head.position == world.session.query(AuditSeal).count() > kept.position
    assert api.get(f"/v1/users/{life.user.id}", life.user).status_code == 401


def test_a_guest_is_removed_and_her_account_is_not(api: Api, world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    life = Life(api, world)
    privacy.erase_attendee(life.guest)
    world.session.expire_all()
    assert (life.guest.firstname, life.guest.lastname) == (NAMELESS, None)
    left = {name.split(".")[0] for name in named_in_tables(world.session)}
    assert left == {"users", "orders", "speakers", "role_invites", "feedbacks"}
    assert traces(caplog.text) == []
    assert integrity.report() == []
