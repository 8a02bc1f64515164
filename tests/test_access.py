"""Who may do what, over HTTP: one table of every route and method, asked by everybody, of published events and drafts.

A route that is added without a row here fails `test_every_route_and_method_is_in_the_table`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy.orm import Session, scoped_session

from app.api.nouns import NOUNS
from app.api.tasks import DOWNLOAD, TASK, Statement, signed
from app.clock import format_instant, utcnow
from app.models import (
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Event,
    Feedback,
    Microlocation,
    Order,
    Page,
    RoleInvite,
    Setting,
    Speaker,
    Station,
    StationStorePax,
    Ticket,
    TicketHolder,
    Track,
    User,
    UsersEventsRoles,
)
from app.models import Session as ProgrammeItem
from app.models.orders import CANCELLED, COMPLETED, INITIALIZING, PLACED
from app.services import account_tokens, hashes
from tests.factories import (
    PASSWORD,
    ROLES,
    grant,
    make_attendee,
    make_event,
    make_field,
    make_invite,
    make_order,
    make_ticket,
    make_user,
)
from tests.http import Api, resource
from tests.programme import (
    make_amendment,
    make_badge_form,
    make_check_in,
    make_conflict,
    make_entry,
    make_feedback,
    make_kinds,
    make_movement,
    make_page,
    make_parts,
    make_pass,
    make_pax,
    make_repair,
    make_speaker,
    make_station,
)

ACTORS = (
    "anonymous", "stranger", "buyer", "registrar", "track_organizer", "moderator", "coorganizer", "organizer", "owner",
    "staff",
)  # fmt: skip

TOKEN = "of the invite"
PAIRING_CODE = "of the pass"

ELSEWHERE = "elsewhere"
"""Has every role at another event and has bought there, which gives him nothing here: he is a stranger."""


@dataclass(frozen=True)
class Answers:
    """What each of `ACTORS` gets, in their order; ``ok`` stands for the row's own success.

    ``published`` and ``draft`` are events at which the actors have their roles; rows that say nothing for ``draft``
    have nothing to do with an event.
    """

    published: str
    draft: str | None = None

    def of(self, actor: str, state: str) -> str:
        """The answer at an event in this state."""
        column = self.draft if state == "draft" else self.published
        assert column is not None
        return dict(zip(ACTORS, column.split(), strict=True))["stranger" if actor == ELSEWHERE else actor]


#                       ano str buy reg trk mod coo org own sta
ANYBODY = Answers("     ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ")
ACCOUNTS = Answers("    401 ok  ok  ok  ok  ok  ok  ok  ok  ok ")
VERIFIED = Answers("    401 ok  403 ok  ok  ok  ok  ok  ok  ok ")
THE_STRANGER = Answers("401 ok  403 403 403 403 403 403 403 ok ")
INVITED = Answers("     401 ok  403 403 403 403 403 403 403 403")
THE_OWNER = Answers("   401 404 404 404 404 404 404 404 ok  404")
STAFF = Answers("       401 403 403 403 403 403 403 403 403 ok ")
NOBODY = Answers("      401 401 401 401 401 401 401 401 401 401")
WITHOUT_A_PASS = Answers(" 401 404 404 404 404 404 404 404 404 404")
WHOSE_IT_IS = Answers(" 401 ok  401 401 401 401 401 401 401 401")

#   published           ano str buy reg trk mod coo org own sta
#   draft               ano str buy reg trk mod coo org own sta
PUBLIC = Answers(
    "                   ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
OF_EVENT = Answers(  # nobody's names for who is nobody
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
TEAM = Answers(
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
ORGANIZERS = Answers(
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 404 403 403 403 ok  ok  ok  ok ",
)
HEADS = Answers(
    "                   401 403 403 403 403 403 403 ok  ok  ok ",
    "                   401 404 404 403 403 403 403 ok  ok  ok ",
)
OWNERS = Answers(
    "                   401 403 403 403 403 403 403 403 ok  ok ",
    "                   401 404 404 403 403 403 403 403 ok  ok ",
)
STAFF_AT_EVENT = Answers(
    "                   401 403 403 403 403 403 403 403 403 ok ",
    "                   401 404 404 403 403 403 403 403 403 ok ",
)
PROGRAMME = Answers(
    "                   401 403 403 403 ok  403 ok  ok  ok  ok ",
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
)
HIDDEN_PROGRAMME = Answers(
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
)
DOOR = Answers(
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 404 ok  403 403 ok  ok  ok  ok ",
)
SCAN = Answers(  # the buyer knows of his attendee, whatever becomes of the event
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 403 ok  403 403 ok  ok  ok  ok ",
)
DOOR_AND_BUYER = Answers(
    "                   401 403 ok  ok  403 403 ok  ok  ok  ok ",
    "                   401 404 ok  ok  403 403 ok  ok  ok  ok ",
)
BOUGHT_TICKET = Answers(
    "                   ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 ok  ok  404 404 ok  ok  ok  ok ",
)
GUESTS_OF_TICKET = Answers(  # who has bought one sees his own guests
    "                   401 403 ok  ok  403 403 ok  ok  ok  ok ",
    "                   401 404 ok  ok  404 404 ok  ok  ok  ok ",
)
HIDDEN_TICKET = Answers(
    "                   404 404 404 ok  404 404 ok  ok  ok  ok ",
    "                   404 404 404 ok  404 404 ok  ok  ok  ok ",
)
CHANGE_TICKET = Answers(
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
)
NUMBERS_OF_TICKET = Answers(  # the buyer knows of his ticket, whatever becomes of the event
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 403 403 404 404 ok  ok  ok  ok ",
)
FIELDS_OF_TICKET = Answers(
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 403 ok  404 404 ok  ok  ok  ok ",
)
CHANGE_HIDDEN_TICKET = Answers(
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
)
TAKE_A_SEAT = Answers(  # of a draft nothing is on sale, but the door sells all the same
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  422 422 ok  ok  ok  ok ",
)
BUY_ONLINE = Answers(  # of a draft nobody does, not even who sees its tickets
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 422 404 404 422 422 422 422",
)
CHANGE_ORDER = Answers(
    "                   401 403 ok  403 403 403 ok  ok  ok  ok ",
    "                   401 404 ok  403 403 403 ok  ok  ok  ok ",
)
RUN_ORDER = Answers(  # a buyer never says that it is paid
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 403 403 403 403 ok  ok  ok  ok ",
)
ORDER_SEATS = Answers(
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
MAKERS = Answers(  # who made something, as far as the caller may know him
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
RATE = MAKERS
CHANGE_FEEDBACK = Answers(  # it is the moderator's
    "                   401 403 403 403 403 ok  403 403 403 403",
    "                   401 404 404 403 403 ok  403 403 403 403",
)
REMOVE_FEEDBACK = Answers(
    "                   401 403 403 403 403 ok  ok  ok  ok  ok ",
    "                   401 404 404 403 403 ok  ok  ok  ok  ok ",
)


class Place:
    """An event with one of everything. ``rows`` is keyed by the segment of a URL before a row's id."""

    def __init__(self, session: Any, actors: dict[str, User], *, state: str):
        event = self.event = make_event(session, state=state)
        buyer = actors["buyer"]
        grants = {name: grant(session, actors[name], event, name) for name in ROLES}
        self.newcomer = make_user(session)
        self.ticket = make_ticket(session, event)
        spare, hidden = make_ticket(session, event), make_ticket(session, event, is_hidden=True)
        paid = make_ticket(session, event, type="paid", price=10)
        order = make_order(session, self.ticket, user_id=buyer.id)
        unfinished = make_order(session, self.ticket, user_id=buyer.id, status=INITIALIZING)
        placed = make_order(session, paid, user_id=buyer.id, status=PLACED)
        place = {"event_id": event.id}
        self.track = Track(**place, name="Track", color="#102030")
        hall = Microlocation(**place, name="Hall")
        session.add_all([self.track, hall])
        parts = make_parts(session, event) | make_kinds(session, event)
        place |= {"track_id": self.track.id, "microlocation_id": hall.id, "session_type_id": parts["session-type"].id}
        accepted = ProgrammeItem(**place, title="Accepted", state="accepted")
        rejected = ProgrammeItem(**place, title="Rejected", state="rejected")
        session.add_all([accepted, rejected])
        session.flush()
        loose = make_attendee(session, self.ticket, created_by_id=buyer.id)
        desk = make_station(session, event, microlocation_id=hall.id)
        scanned = make_check_in(session, desk, unfinished.attendees[0], session_id=accepted.id)
        self.made_by = {
            name: make_attendee(session, self.ticket, created_by_id=person.id) for name, person in actors.items()
        }
        self.links = {
            f"<{purpose}>": signed(purpose, Statement("csv", event.id, actors["owner"].id, ("attendees",)))
            for purpose in (TASK, DOWNLOAD)
        }
        self.rows = {
            "attendees": order.attendees[0],
            "audit-entries": make_entry(session, event),
            "custom-forms": make_field(session, event, form_id="vip"),
            "owner's invite": make_invite(session, event, "owner"),
            "role-invites": make_invite(session, event, email=actors["stranger"].email, token=TOKEN),
            "badge-forms": make_badge_form(session, event),
            "events": event,
            "loose attendee": loose,
            "microlocations": hall,
            "orders": order,
            "unfinished order": unfinished,
            "placed order": placed,
            "registered attendee": unfinished.attendees[0],
            "roles": grants["registrar"].role,
            "sessions": accepted,
            "speakers": make_speaker(session, event, accepted, user_id=buyer.id),
            "hidden speaker": make_speaker(session, event, rejected),
            "feedbacks": make_feedback(session, actors["moderator"], event),
            "pages": make_page(session),
            "door-passes": make_pass(
                session,
                event,
                pairing_hash=hashes.of_secret(PAIRING_CODE),
                pairing_until=event.ends_at,
                created_by_id=actors["organizer"].id,
                microlocation_id=hall.id,
            ),
            "settings": session.get(Setting, 1),
            "station-store-paxs": make_pax(session, desk, accepted),
            "stations": desk,
            "movements": make_movement(  # refused, so that he may still be scanned
                session, order.attendees[0], microlocation_id=hall.id, recorded_by_id=buyer.id, verdict="refused"
            ),
            "check-in-conflicts": make_conflict(session, placed.attendees[0]),
            "user-check-in": scanned,
            **self._amended(session, actors),
            "rejected session": rejected,
            "spare ticket": spare,
            "hidden ticket": hidden,
            "tickets": self.ticket,
            "tracks": self.track,
            "users": actors["stranger"],
            **{f"{type_}s": row for type_, row in parts.items()},
            "users-events-roles": grants["registrar"],
        }

    def _amended(self, session: Any, actors: dict[str, User]) -> dict[str, Any]:
        """Movements that can be amended, and what has been amended."""
        others, his = (
            make_movement(
                session, make_attendee(session, self.ticket), recorded_by_id=actors[name].id, device="Phone 7"
            )
            for name in ("organizer", "registrar")
        )
        author = {"author_id": actors["organizer"].id}
        repair = make_repair(session, self.event, **author)
        amendment = make_amendment(session, others, replacement_id=his.id, repair_id=repair.id, **author)
        return {"scan": others, "registrar's scan": his, "repairs": repair, "amendments": amendment}


@dataclass(frozen=True)
class Row:
    """A method of a route: who gets which answer, and the request that is asked.

    ``attributes`` (or ``body``, for a creation) makes a valid document; ``target`` is a row of the place that stands
    in for the usual one. ``query`` may name rows: ``?event_id=<events>``. ``relationship`` is the link that is meant.
    """

    method: str
    rule: str
    answers: Answers
    ok: int = 200
    body: Callable[[Place, str], Any] | None = None
    attributes: dict[str, Any] | None = None
    target: str | None = None
    query: str = ""
    relationship: str = ""

    def request(self, place: Place, actor: str) -> tuple[str, Any]:
        """The URL and the document."""
        asked: list[Any] = []

        def fill(match: re.Match[str]) -> str:
            noun = "events" if match["noun"] == "event" else match["noun"]
            asked.append(place.rows[self.target or noun])
            return f"{match['noun']}/{getattr(asked[-1], match['kind'])}"

        url = re.sub(r"(?P<noun>[a-z-]+)/<(?P<kind>\w+):\w+>", fill, self.rule)
        url += re.sub(r"<([a-z-]+)>", lambda match: str(place.rows[match[1]].id), self.query)
        if "<relationship>" in url:
            linked = "tickets" if "/events/" in url else LINKED.get(url.split("/")[2], "event")
            url = url.replace("<relationship>", self.relationship or linked)
        url = url.replace("<asset>", "docs.js")
        for part, link in place.links.items():
            url = url.replace(part, link)
        if self.attributes is not None:
            return url, resource(WIRE_TYPES[type(asked[0])], self.attributes, id_=asked[0].id)
        return url, self.body(place, actor) if self.body else None


def new_event(place: Place, _actor: str) -> Any:
    day = place.event.starts_at
    facts = {"name": "New", "starts-at": day.isoformat(), "ends-at": (day + timedelta(days=1)).isoformat()}
    return resource("event", facts | {"timezone": "UTC"})


def new_session(place: Place, _actor: str) -> Any:
    return resource("session", {"title": "New"}, event=place.event, track=place.track)


def new_speaker(place: Place, _actor: str) -> Any:
    return resource("speaker", {"name": "New"}, event=place.event, sessions=[place.rows["sessions"]])


def new_feedback(place: Place, _actor: str) -> Any:
    return resource("feedback", {"rating": 5}, session=place.rows["sessions"])


def new_page(_place: Place, _actor: str) -> Any:
    return resource("page", {"name": "New", "url": "/new"})


def settings_body(_place: Place, _actor: str) -> Any:
    return resource("setting", {"app-name": "Renamed"}, id_=1)


def new_ticket(place: Place, _actor: str) -> Any:
    sales = {"sales-starts-at": place.event.starts_at.isoformat(), "sales-ends-at": place.event.ends_at.isoformat()}
    return resource("ticket", {"name": "New", "type": "free", **sales}, event=place.event)


def sale_on_site(place: Place, _actor: str) -> Any:
    wanted = [{"data": {"type": "on-site-ticket", "attributes": {"id": str(place.ticket.id), "quantity": "1"}}}]
    return resource("order", {"on-site-tickets": wanted}, event=place.event)


def new_order(place: Place, actor: str) -> Any:
    attendee = place.made_by.get(actor, place.made_by["stranger"])
    return resource("order", event=place.event, attendees=[attendee])


def new_cart(place: Place, _actor: str) -> Any:
    return {"tickets": [{"id": str(place.ticket.id), "quantity": 2}]}


def new_attendee(place: Place, _actor: str) -> Any:
    return resource("attendee", {"firstname": "Ada"}, event=place.event, ticket=place.ticket)


def new_station(place: Place, _actor: str) -> Any:
    return resource("station", {"station-name": "New", "station-type": "daily"}, event=place.event)


def new_scan(place: Place, _actor: str) -> Any:
    guest = place.rows["attendees"]
    return without_attributes("user_check_in", station=place.rows["stations"], **{"ticket-holder": guest})


def new_movement(place: Place, _actor: str) -> Any:
    return resource("movement", {"direction": "in"}, attendee=place.rows["attendees"])


def new_batch(place: Place, _actor: str) -> Any:
    now = format_instant(utcnow())
    scan = {"client-uuid": "1", "direction": "in", "device-time": now, "attendee-id": place.rows["attendees"].id}
    return resource("movement-batch", {"device": "Phone 1", "sent-at": now, "scans": [scan]})


def undone(_place: Place, _actor: str) -> Any:
    return resource("amendment", {"reason": "A slip"})


def corrected(place: Place, _actor: str) -> Any:
    return resource("amendment", {"reason": "A slip", "occurred-at": place.event.starts_at.isoformat()})


def new_pass(place: Place, _actor: str) -> Any:
    facts = {"name": "North", "abilities": ["scan"], "valid-until": place.event.ends_at.isoformat()}
    return resource("door-pass", facts, event=place.event)


def pairing(_place: Place, _actor: str) -> Any:
    return resource("door-pass-pairing", {"code": PAIRING_CODE, "device": "Phone 1"})


def new_repair(place: Place, _actor: str) -> Any:
    stretch = {"from": place.event.starts_at.isoformat(), "until": place.event.ends_at.isoformat()}
    return resource("repair", {"device": "Phone 7", "direction": "out", "reason": "Wrong mode"} | stretch)


def repair_undone(_place: Place, _actor: str) -> Any:
    return resource("repair", {"reason": "It was right"})


def new_count(place: Place, _actor: str) -> Any:
    relationships = {"station": place.rows["stations"], "session": place.rows["sessions"]}
    return resource("station-store-pax", {"current-pax": 40}, **relationships)


def new_invite(role_name: str) -> Callable[[Place, str], Any]:
    def document(place: Place, _actor: str) -> Any:
        return resource("role-invite", {"email": "new@example.org", "role-name": role_name}, event=place.event)

    return document


def invited(_place: Place, _actor: str) -> Any:
    return {"data": {"token": TOKEN}}


def new_field(place: Place, _actor: str) -> Any:
    facts = {"form": "attendee", "field-identifier": "shirt", "name": "Shirt"}
    return resource("custom-form", facts, event=place.event)


def new_badge_form(place: Place, _actor: str) -> Any:
    return resource("badge-form", {"badge-id": "new", "badge-fields": []}, event=place.event)


def new_account(_place: Place, _actor: str) -> Any:
    return resource("user", {"email": "new@example.org", "password": PASSWORD})


def new_role(role_id: int) -> Callable[[Place, str], Any]:
    def document(place: Place, _actor: str) -> Any:
        return with_role(without_attributes("users-events-roles", event=place.event, user=place.newcomer), role_id)

    return document


def same_role(place: Place, _actor: str) -> Any:
    granted = place.rows["users-events-roles"]
    return with_role(without_attributes("users-events-roles", id_=granted.id), granted.role_id)


def without_attributes(type_: str, **relationships: Any) -> Any:
    """The document of a row that has no attributes which are sent."""
    document = resource(type_, **relationships)
    del document["data"]["attributes"]
    return document


def with_role(document: Any, role_id: int) -> Any:
    document["data"].setdefault("relationships", {})["role"] = {"data": {"type": "role", "id": str(role_id)}}
    return document


def log_in(place: Place, _actor: str) -> Any:
    return {"email": place.rows["users"].email, "password": PASSWORD}


def to_look_up(place: Place, _actor: str) -> Any:
    return {"email": place.rows["users"].email}


def link_for(purpose: str, **more: str) -> Callable[[Place, str], Any]:
    def body(place: Place, _actor: str) -> Any:
        key = current_app.config["JWT_SECRET_KEY"]
        token = account_tokens.issue(place.rows["users"], purpose, key=key)
        return {"data": {"token": token} | more}

    return body


def an_address(place: Place, _actor: str) -> Any:
    return {"data": {"email": place.rows["users"].email}}


def another_password(_place: Place, _actor: str) -> Any:
    return {"data": {"old-password": PASSWORD, "new-password": f"{PASSWORD} 2"}}


def receipt(place: Place, _actor: str) -> Any:
    return {"order-identifier": place.rows["orders"].identifier}


def mails_again(place: Place, _actor: str) -> Any:
    return {"data": {"order": place.rows["orders"].identifier}}


WIRE_TYPES: dict[type, str] = {
    CustomForm: "custom-form",
    RoleInvite: "role-invite",
    BadgeForm: "badge-form",
    DoorPass: "door-pass",
    CheckInConflict: "check-in-conflict",
    Event: "event",
    Feedback: "feedback",
    Page: "page",
    Setting: "setting",
    Speaker: "speaker",
    Order: "order",
    ProgrammeItem: "session",
    Station: "station",
    StationStorePax: "station-store-pax",
    Ticket: "ticket",
    TicketHolder: "attendee",
    User: "user",
    UsersEventsRoles: "users-events-roles",
    **{noun.model: noun.schema.opts.type_ for noun in NOUNS},
}
LINKED = {"station-store-paxs": "station", "user-check-in": "station", "users": "events"}
LINKED |= dict.fromkeys(("event-types", "event-topics", "event-sub-topics"), "events")
"""Relationships of rows that have none to an event."""

ORGANIZER_ROLE, REGISTRAR_ROLE = 1, 6
CHECKED_IN = {"is-checked-in": True}
DISMISSED = {"resolution": "dismissed", "resolution-reason": "a test of the phone"}
NOT_CHECKED_IN = {"firstname": "Grace", "is-checked-in": False, "checkin-times": None}
EVENT, IDENTIFIER = "/v1/events/<id:event_id>", "/v1/events/<identifier:event_identifier>"
ORDER, ORDER_IDENTIFIER = "/v1/orders/<id:order_id>", "/v1/orders/<identifier:order_identifier>"
MOVEMENT = "/v1/movements/<id:movement_id>"
OF_REPAIRS = ("event", "author", "undone-by", "amendments")
OF_AMENDMENTS = ("event", "movement", "replacement", "repair", "author", "door-pass")
OF_PASSES = ("event", "microlocation", "created-by", "revoked-by")
LINKAGE = "/relationships/<relationship>"

EXPORTED = ("attendees", "orders", "sessions", "speakers")


def rows_of_part(noun: str, readers: Answers, writers: Answers, new: dict[str, Any], changed: Any = None) -> list[Row]:
    """The rows of a noun that is simply stored under an event; ``changed`` is its name unless it is said."""
    return [
        Row("GET", f"{EVENT}/{noun}s", readers),
        Row("GET", f"{IDENTIFIER}/{noun}s", readers),
        *rows_without_list(noun, readers, writers, new, changed),
    ]


def rows_of_only_part(noun: str, new: dict[str, Any], changed: dict[str, Any]) -> list[Row]:
    """The rows of a noun of which an event has one, as the place has: a second one is refused."""
    return [
        Row("GET", f"{EVENT}/{noun}", PUBLIC),
        Row("GET", f"{IDENTIFIER}/{noun}", PUBLIC),
        *rows_without_list(noun, PUBLIC, ORGANIZERS, new, changed, created=409),
    ]


def rows_without_list(
    noun: str, readers: Answers, writers: Answers, new: dict[str, Any], changed: Any, *, created: int = 201
) -> list[Row]:
    one = f"/v1/{noun}s/<id:id>"
    return [
        Row("POST", f"/v1/{noun}s", writers, created, lambda place, _actor: resource(noun, new, event=place.event)),
        Row("GET", one, readers),
        Row("PATCH", one, writers, attributes=changed or {"name": "Renamed"}),
        Row("DELETE", one, writers),
        Row("GET", f"/v1/{noun}s/<id:{noun.replace('-', '_')}_id>/event", readers),
        Row("GET", one + LINKAGE, readers),
    ]


def rows_of_catalogue(noun: str, **of: str) -> list[Row]:
    """The rows of a noun of the whole server; a new one is ``of`` rows of the place."""
    one = f"/v1/{noun}s/<id:id>"

    def new(place: Place, _actor: str) -> Any:
        return resource(noun, {"name": "New"}, **{name: place.rows[segment] for name, segment in of.items()})

    return [
        Row("GET", f"/v1/{noun}s", ANYBODY),
        Row("POST", f"/v1/{noun}s", STAFF, 201, new),
        Row("GET", one, ANYBODY),
        Row("PATCH", one, STAFF, attributes={"name": "Renamed"}),
        Row("DELETE", one, STAFF),
        Row("GET", f"/v1/{noun}s/<id:{noun.replace('-', '_')}_id>/events", ANYBODY),
        Row("GET", one + LINKAGE, ANYBODY),
        Row("GET", f"{EVENT}/{noun}", PUBLIC),
        Row("GET", f"{IDENTIFIER}/{noun}", PUBLIC),
    ]


def links(*segments: str) -> Callable[[Place, str], Any]:
    """A body that names these rows of the place."""

    def body(place: Place, _actor: str) -> Any:
        rows = [place.rows[segment] for segment in segments]
        return {"data": [{"type": WIRE_TYPES[type(row)], "id": str(row.id)} for row in rows]}

    return body


def unlinked(_place: Place, _actor: str) -> Any:
    return {"data": None}


def tagged(place: Place, _actor: str) -> Any:
    return {"data": {"type": "tag", "id": str(place.rows["tags"].id)}}


def rows_of_link_to_one(
    one: str, relationship: str, writers: Answers, body: Callable[[Place, str], Any] = unlinked
) -> list[Row]:
    """It is set, and nothing is added to it."""
    return [
        Row("PATCH", one + LINKAGE, writers, 200, body, relationship=relationship),
        *(
            Row(method, one + LINKAGE, writers, 403, links(), relationship=relationship)
            for method in ("POST", "DELETE")
        ),
    ]


def rows_of_links_to_many(noun: str, relationship: str, linked: str, other: str, *, added: int = 200) -> list[Row]:
    one = f"/v1/{noun}/<id:id>" + LINKAGE
    return [
        Row("PATCH", one, PROGRAMME, 200, links(), relationship=relationship),
        Row("DELETE", one, PROGRAMME, 200, links(linked), relationship=relationship),
        Row("POST", one, PROGRAMME, added, links(other), relationship=relationship),
    ]


CALL_DATES = {"starts-at": "2026-01-01T00:00:00Z", "ends-at": "2026-02-01T00:00:00Z"}
PARTS = (
    *rows_of_part("microlocation", PUBLIC, ORGANIZERS, {"name": "New"}),
    *rows_of_part("track", PUBLIC, PROGRAMME, {"name": "New", "color": "#abcdef"}),
    *rows_of_part("session-type", PUBLIC, ORGANIZERS, {"name": "New"}),
    *rows_of_part("sponsor", PUBLIC, ORGANIZERS, {"name": "New"}),
    *rows_of_part("social-link", PUBLIC, ORGANIZERS, {"name": "New", "link": "https://example.org"}),
    *rows_of_part("faq", PUBLIC, ORGANIZERS, {"question": "New?", "answer": "Yes."}, {"answer": "No."}),
    *rows_of_only_part("speakers-call", CALL_DATES, {"announcement": "Come!"}),
    *rows_of_only_part("event-copyright", {"holder": "Ada"}, {"holder": "Grace"}),
    *rows_of_part("tag", DOOR, ORGANIZERS, {"name": "New"}),
    *rows_of_catalogue("event-type"),
    *rows_of_catalogue("event-topic"),
    *rows_of_catalogue("event-sub-topic", **{"event-topic": "event-topics"}),
    Row("GET", "/v1/microlocations/<id:microlocation_id>/sessions", PUBLIC),
    Row("GET", "/v1/tracks/<id:track_id>/sessions", PUBLIC),
    Row("GET", "/v1/session-types/<id:session_type_id>/sessions", PUBLIC),
    Row("GET", "/v1/sessions/<id:session_id>/session-type", PUBLIC),
    Row("GET", "/v1/attendees/<id:attendee_id>/tag", DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:attendee_id>/tags", SCAN),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, attributes={"tag-id": None}),
    Row("GET", "/v1/event-sub-topics/<id:event_sub_topic_id>/event-topic", ANYBODY),
    Row("GET", "/v1/event-topics/<id:event_topic_id>/event-sub-topics", ANYBODY),
)
"""What is simply stored under an event, or for the whole server."""
LATER_OF_USERS = ("groups", "followed-groups", "notifications", "favourite-events", "favourite-sessions")
LATER_OF_EVENTS = (
    *("group", "video-stream", "exhibitors", "faq-types", "ticket-tags", "speaker-invites", "session-favourites"),
)

TABLE = (
    Row("GET", "/healthz", ANYBODY),
    Row("GET", "/readyz", ANYBODY),
    Row("GET", "/metrics", Answers("404 404 404 404 404 404 404 404 404 404")),  # whoever has METRICS_TOKEN
    #
    Row("POST", "/auth/session", ANYBODY, body=log_in),
    Row("POST", "/v1/auth/login", ANYBODY, body=log_in),
    Row("POST", "/v1/auth/logout", ANYBODY),
    Row("POST", "/v1/auth/blacklist", ACCOUNTS),
    Row("POST", "/v1/auth/token/refresh", NOBODY),  # an access token does not do
    Row("POST", "/v1/auth/verify-password", ACCOUNTS, body=lambda _place, _actor: {"password": PASSWORD}),
    Row("GET", "/v1/users/user-details/get-user-id", ACCOUNTS),
    Row("POST", "/v1/auth/fresh-login", WHOSE_IT_IS, body=log_in),
    Row("POST", "/v1/auth/change-password", NOBODY, body=another_password),  # these tokens are not fresh
    Row("POST", "/v1/auth/reset-password", ANYBODY, body=an_address),
    Row("PATCH", "/v1/auth/reset-password", ANYBODY, body=link_for(account_tokens.RESET, password=PASSWORD)),
    Row("POST", "/v1/auth/verify-email", ANYBODY, body=link_for(account_tokens.VERIFY)),
    Row("POST", "/v1/auth/resend-verification-email", ANYBODY, body=an_address),
    Row("POST", "/v1/users/check_email", ANYBODY, body=to_look_up),
    Row("POST", "/v1/users/checkEmail", ANYBODY, body=to_look_up),
    #
    Row("GET", "/v1/users", STAFF),
    Row("POST", "/v1/users", ANYBODY, 201, new_account),
    Row("GET", "/v1/users/<id:id>", THE_STRANGER),
    Row("PATCH", "/v1/users/<id:id>", THE_STRANGER, attributes={"first-name": "Grace"}),
    Row("DELETE", "/v1/users/<id:id>", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/orders", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/attendees", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/owner-events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/organizer-events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/coorganizer-events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/track-organizer-events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/moderator-events", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/registrar-events", THE_STRANGER),
    #
    Row("GET", "/v1/roles", ANYBODY),
    Row("GET", "/v1/roles/<id:id>", ANYBODY),
    Row("GET", EVENT + "/roles", ORGANIZERS),
    Row("GET", IDENTIFIER + "/roles", ORGANIZERS),
    Row("GET", EVENT + "/users-events-roles", ORGANIZERS),
    Row("GET", IDENTIFIER + "/users-events-roles", ORGANIZERS),
    Row("POST", "/v1/users-events-roles", STAFF_AT_EVENT, 201, new_role(REGISTRAR_ROLE)),
    Row("POST", "/v1/users-events-roles", STAFF_AT_EVENT, 201, new_role(ORGANIZER_ROLE)),
    Row("GET", "/v1/users-events-roles/<id:id>", DOOR),  # it is the registrar's
    Row("PATCH", "/v1/users-events-roles/<id:id>", HEADS, body=same_role),
    Row("DELETE", "/v1/users-events-roles/<id:id>", HEADS),
    Row("GET", "/v1/users-events-roles/<id:users_events_roles_id>/event", DOOR),
    Row("GET", "/v1/users-events-roles/<id:users_events_roles_id>/role", DOOR),
    Row("GET", "/v1/users-events-roles/<id:users_events_roles_id>/user", DOOR),
    #
    Row("GET", EVENT + "/speakers", PUBLIC),
    Row("GET", IDENTIFIER + "/speakers", PUBLIC),
    Row("GET", "/v1/sessions/<id:session_id>/speakers", PUBLIC),
    Row("POST", "/v1/speakers", PROGRAMME, 201, new_speaker),
    Row("GET", "/v1/speakers/<id:id>", PUBLIC),
    Row("PATCH", "/v1/speakers/<id:id>", PROGRAMME, attributes={"name": "Renamed"}),
    Row("DELETE", "/v1/speakers/<id:id>", PROGRAMME),
    Row("GET", "/v1/speakers/<id:speaker_id>/event", PUBLIC),
    Row("GET", "/v1/speakers/<id:speaker_id>/sessions", PUBLIC),
    Row("GET", "/v1/speakers/<id:speaker_id>/user", MAKERS),
    Row("GET", "/v1/speakers/<id:id>" + LINKAGE, PUBLIC),
    Row("GET", "/v1/speakers/<id:id>", TEAM, target="hidden speaker"),
    Row("PATCH", "/v1/speakers/<id:id>", HIDDEN_PROGRAMME, attributes={"name": "N"}, target="hidden speaker"),
    Row("DELETE", "/v1/speakers/<id:id>", HIDDEN_PROGRAMME, target="hidden speaker"),
    Row("GET", "/v1/sessions/<id:session_id>/creator", MAKERS),
    Row("GET", "/v1/sessions/states", ANYBODY),
    Row("GET", EVENT + "/sessions/dates", PUBLIC),
    Row("GET", IDENTIFIER + "/sessions/dates", PUBLIC),
    #
    Row("GET", EVENT + "/feedbacks", PUBLIC),
    Row("GET", IDENTIFIER + "/feedbacks", PUBLIC),
    Row("GET", "/v1/sessions/<id:session_id>/feedbacks", PUBLIC),
    Row("GET", "/v1/users/<id:user_id>/feedbacks", THE_STRANGER),
    Row("GET", "/v1/users/<id:id>" + LINKAGE, THE_STRANGER),
    Row("POST", "/v1/feedbacks", RATE, 201, new_feedback),
    Row("GET", "/v1/feedbacks/<id:id>", PUBLIC),
    Row("PATCH", "/v1/feedbacks/<id:id>", CHANGE_FEEDBACK, attributes={"rating": 3}),
    Row("DELETE", "/v1/feedbacks/<id:id>", REMOVE_FEEDBACK),
    Row("GET", "/v1/feedbacks/<id:feedback_id>/event", PUBLIC),
    Row("GET", "/v1/feedbacks/<id:feedback_id>/session", PUBLIC),
    Row("GET", "/v1/feedbacks/<id:feedback_id>/user", MAKERS),
    Row("GET", "/v1/feedbacks/<id:id>" + LINKAGE, PUBLIC),
    #
    Row("GET", "/v1/settings", ANYBODY, query="?cache=true&public=true"),
    Row("PATCH", "/v1/settings", STAFF, body=settings_body),
    Row("GET", "/v1/settings/<id:id>", ANYBODY),
    Row("PATCH", "/v1/settings/<id:id>", STAFF, attributes={"tagline": "Doors open"}),
    Row("GET", "/v1/pages", ANYBODY, query="?cache=true&public=true"),
    Row("POST", "/v1/pages", STAFF, 201, new_page),
    Row("GET", "/v1/pages/<id:id>", ANYBODY),
    Row("PATCH", "/v1/pages/<id:id>", STAFF, attributes={"name": "Renamed"}),
    Row("DELETE", "/v1/pages/<id:id>", STAFF),
    Row("GET", "/v1/event-locations", ANYBODY),
    #
    Row("GET", "/v1/events", ANYBODY),
    Row("GET", "/v1/events/upcoming", ANYBODY),
    Row("POST", "/v1/events", VERIFIED, 201, new_event),
    Row("GET", "/v1/events/<id:id>", PUBLIC),
    Row("GET", "/v1/events/<identifier:identifier>", PUBLIC),
    Row("PATCH", "/v1/events/<id:id>", ORGANIZERS, attributes={"name": "Renamed"}),
    Row("PATCH", "/v1/events/<identifier:identifier>", ORGANIZERS, attributes={"name": "Renamed"}),
    Row("DELETE", "/v1/events/<id:id>", ORGANIZERS, 409),  # allowed, but there are orders
    Row("DELETE", "/v1/events/<identifier:identifier>", ORGANIZERS, 409),
    #
    *PARTS,
    #
    Row("GET", EVENT + "/sessions", PUBLIC),
    Row("GET", IDENTIFIER + "/sessions", PUBLIC),
    Row("POST", "/v1/sessions", PROGRAMME, 201, new_session),
    Row("GET", "/v1/sessions/<id:id>", PUBLIC),
    Row("PATCH", "/v1/sessions/<id:id>", PROGRAMME, attributes={"title": "Renamed"}),
    Row("DELETE", "/v1/sessions/<id:id>", PROGRAMME),
    Row("GET", "/v1/sessions/<id:session_id>/event", PUBLIC),
    Row("GET", "/v1/sessions/<id:session_id>/track", PUBLIC),
    Row("GET", "/v1/sessions/<id:session_id>/microlocation", PUBLIC),
    Row("GET", "/v1/sessions/<id:id>", TEAM, target="rejected session"),
    Row("PATCH", "/v1/sessions/<id:id>", HIDDEN_PROGRAMME, attributes={"title": "T"}, target="rejected session"),
    Row("DELETE", "/v1/sessions/<id:id>", HIDDEN_PROGRAMME, target="rejected session"),
    Row("GET", "/v1/sessions/<id:session_id>/event", TEAM, target="rejected session"),
    #
    Row("GET", EVENT + "/tickets", PUBLIC),
    Row("GET", IDENTIFIER + "/tickets", PUBLIC),
    Row("POST", "/v1/tickets", ORGANIZERS, 201, new_ticket),
    Row("GET", "/v1/tickets/<id:id>", BOUGHT_TICKET),
    Row("PATCH", "/v1/tickets/<id:id>", CHANGE_TICKET, attributes={"name": "Renamed"}, target="spare ticket"),
    Row("DELETE", "/v1/tickets/<id:id>", CHANGE_TICKET, target="spare ticket"),
    Row("GET", "/v1/tickets/<id:ticket_id>/event", BOUGHT_TICKET),
    Row("GET", "/v1/tickets/<id:ticket_id>/attendees", GUESTS_OF_TICKET),
    Row("GET", "/v1/tickets/<id:id>", HIDDEN_TICKET, target="hidden ticket"),
    Row("GET", "/v1/tickets/<id:ticket_id>/event", HIDDEN_TICKET, target="hidden ticket"),
    Row("PATCH", "/v1/tickets/<id:id>", CHANGE_HIDDEN_TICKET, attributes={"name": "R"}, target="hidden ticket"),
    Row("DELETE", "/v1/tickets/<id:id>", CHANGE_HIDDEN_TICKET, target="hidden ticket"),
    #
    Row("GET", "/v1/orders", ACCOUNTS),
    Row("POST", "/v1/orders", ORDER_SEATS, 201, new_order),
    Row("POST", "/v1/orders", DOOR, 201, sale_on_site, query="?onsite=true"),
    Row("GET", EVENT + "/tickets/availability", PUBLIC),
    Row("GET", IDENTIFIER + "/tickets/availability", PUBLIC),
    Row("POST", "/v1/orders/calculate-amount", BOUGHT_TICKET, body=new_cart),
    Row("POST", "/v1/orders/create-order", BUY_ONLINE, body=new_cart),
    Row("GET", EVENT + "/orders", DOOR),
    Row("GET", IDENTIFIER + "/orders", DOOR),
    Row("GET", "/v1/orders/<id:id>", DOOR_AND_BUYER),
    Row("GET", "/v1/orders/<id:id>", DOOR_AND_BUYER, query="?include=event,attendees"),
    Row("GET", "/v1/orders/<identifier:identifier>", DOOR_AND_BUYER),
    Row("PATCH", "/v1/orders/<id:id>", CHANGE_ORDER, attributes={}),
    Row("PATCH", "/v1/orders/<identifier:identifier>", CHANGE_ORDER, attributes={}),
    Row("PATCH", "/v1/orders/<id:id>", CHANGE_ORDER, attributes={"status": CANCELLED}, target="unfinished order"),
    Row("PATCH", "/v1/orders/<id:id>", CHANGE_ORDER, attributes={"status": COMPLETED}, target="unfinished order"),
    Row("PATCH", "/v1/orders/<id:id>", RUN_ORDER, attributes={"status": COMPLETED}, target="placed order"),
    Row("POST", ORDER + "/verify", CHANGE_ORDER),
    Row("POST", ORDER_IDENTIFIER + "/verify", CHANGE_ORDER),
    Row("POST", "/v1/attendees/send-receipt", SCAN, body=receipt),
    Row("POST", "/v1/orders/resend-email", RUN_ORDER, body=mails_again),
    Row("GET", ORDER + "/attendees", DOOR_AND_BUYER),
    Row("GET", ORDER + "/event", DOOR_AND_BUYER),
    Row("GET", ORDER + "/sold-by", DOOR_AND_BUYER),
    Row("GET", ORDER + "/tickets", DOOR_AND_BUYER),
    Row("GET", ORDER + "/user", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/attendees", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/event", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/sold-by", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/tickets", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/user", DOOR_AND_BUYER),
    #
    Row("GET", EVENT + "/attendees", DOOR),
    Row("GET", IDENTIFIER + "/attendees", DOOR),
    Row("POST", "/v1/attendees", TAKE_A_SEAT, 201, new_attendee),
    Row("GET", "/v1/attendees/<id:id>", DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:id>", DOOR_AND_BUYER, query="?include=event,order,ticket"),
    Row("GET", "/v1/attendees/<id:attendee_id>/event", DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:attendee_id>/order", DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:attendee_id>/ticket", DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:attendee_id>/user", DOOR_AND_BUYER),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, attributes={"firstname": "Grace"}),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, attributes=CHECKED_IN),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, attributes={"is-checked-out": True}),
    Row("DELETE", "/v1/attendees/<id:id>", SCAN, 409),  # his order holds the seat
    # While the order is initializing: its buyer fills the form in, and nobody enters.
    Row("PATCH", "/v1/attendees/<id:id>", DOOR_AND_BUYER, attributes=NOT_CHECKED_IN, target="registered attendee"),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, 422, attributes=CHECKED_IN, target="registered attendee"),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, attributes={"is-checked-out": True}, target="registered attendee"),
    # Made by the buyer, without an order yet.
    Row("GET", "/v1/attendees/<id:id>", DOOR_AND_BUYER, target="loose attendee"),
    Row("PATCH", "/v1/attendees/<id:id>", DOOR_AND_BUYER, attributes=NOT_CHECKED_IN, target="loose attendee"),
    Row("PATCH", "/v1/attendees/<id:id>", SCAN, 422, attributes=CHECKED_IN, target="loose attendee"),
    Row("DELETE", "/v1/attendees/<id:id>", DOOR_AND_BUYER, target="loose attendee"),
    #
    Row("GET", EVENT + "/order-statistics", ORGANIZERS),
    Row("GET", IDENTIFIER + "/order-statistics", ORGANIZERS),
    Row("GET", EVENT + "/general-statistics", ORGANIZERS),
    Row("GET", IDENTIFIER + "/general-statistics", ORGANIZERS),
    Row("GET", "/v1/tickets/<id:ticket_id>/order-statistics", NUMBERS_OF_TICKET),
    #
    Row("GET", EVENT + "/owner", OF_EVENT),
    Row("GET", IDENTIFIER + "/owner", OF_EVENT),
    Row("GET", EVENT + "/organizers", OF_EVENT),
    Row("GET", IDENTIFIER + "/organizers", OF_EVENT),
    Row("GET", EVENT + "/coorganizers", OF_EVENT),
    Row("GET", IDENTIFIER + "/coorganizers", OF_EVENT),
    Row("GET", EVENT + "/track-organizers", OF_EVENT),
    Row("GET", IDENTIFIER + "/track-organizers", OF_EVENT),
    Row("GET", EVENT + "/moderators", OF_EVENT),
    Row("GET", IDENTIFIER + "/moderators", OF_EVENT),
    Row("GET", EVENT + "/registrars", OF_EVENT),
    Row("GET", IDENTIFIER + "/registrars", OF_EVENT),
    # What comes later.
    Row("GET", EVENT + "/tax", PUBLIC),
    Row("GET", IDENTIFIER + "/tax", PUBLIC),
    Row("GET", EVENT + "/stripe-authorization", PUBLIC),
    Row("GET", IDENTIFIER + "/stripe-authorization", PUBLIC),
    Row("GET", EVENT + "/discount-codes", PUBLIC),
    Row("GET", IDENTIFIER + "/discount-codes", PUBLIC),
    Row("GET", EVENT + "/access-codes", PUBLIC),
    Row("GET", IDENTIFIER + "/access-codes", PUBLIC),
    Row("GET", ORDER + "/discount-code", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/discount-code", DOOR_AND_BUYER),
    Row("GET", "/v1/tickets/<id:ticket_id>/discount-codes", BOUGHT_TICKET),
    Row("GET", "/v1/tickets/<id:ticket_id>/access-codes", BOUGHT_TICKET),
    Row("GET", "/v1/users/<id:user_id>/discount-codes", THE_STRANGER),
    Row("GET", "/v1/users/<id:user_id>/access-codes", THE_STRANGER),
    Row("GET", "/v1/groups", ANYBODY),
    *(Row("GET", f"/v1/users/<id:user_id>/{name}", THE_STRANGER) for name in LATER_OF_USERS),
    *(Row("GET", f"{event}/{name}", PUBLIC) for event in (EVENT, IDENTIFIER) for name in LATER_OF_EVENTS),
    #
    Row("GET", EVENT + "/attendees/search", DOOR),
    Row("GET", IDENTIFIER + "/attendees/search", DOOR, query="?email=guest"),
    Row("GET", "/v1/states", DOOR, query="?event_id=<events>&attendee_id=<attendees>"),
    Row("GET", EVENT + "/stations", DOOR),
    Row("GET", IDENTIFIER + "/stations", DOOR),
    Row("GET", "/v1/microlocations/<id:microlocation_id>/stations", DOOR),
    Row("POST", "/v1/station", ORGANIZERS, 201, new_station),
    Row("GET", "/v1/stations/<id:id>", DOOR),
    Row("PATCH", "/v1/stations/<id:id>", ORGANIZERS, attributes={"station-name": "Renamed"}),
    Row("DELETE", "/v1/stations/<id:id>", ORGANIZERS),
    Row("GET", "/v1/stations/<id:station_id>/event", DOOR),
    Row("GET", "/v1/stations/<id:station_id>/microlocation", DOOR),
    Row("GET", EVENT + "/movements", DOOR),
    Row("GET", IDENTIFIER + "/movements", DOOR),
    Row("POST", EVENT + "/movements", DOOR, 201, new_movement),
    Row("POST", IDENTIFIER + "/movements", DOOR, 201, new_movement),
    Row("GET", "/v1/attendees/<id:attendee_id>/movements", SCAN),
    Row("GET", "/v1/movements/<id:id>", DOOR),
    Row("GET", "/v1/movements/<id:movement_id>/event", DOOR),
    Row("GET", "/v1/movements/<id:movement_id>/attendee", DOOR),
    Row("GET", "/v1/movements/<id:movement_id>/microlocation", DOOR),
    Row("GET", "/v1/movements/<id:movement_id>/recorded-by", DOOR),
    Row("GET", "/v1/movements/<id:id>" + LINKAGE, DOOR),
    Row("POST", EVENT + "/movement-batches", DOOR, 200, new_batch),
    Row("POST", IDENTIFIER + "/movement-batches", DOOR, 200, new_batch),
    Row("GET", EVENT + "/audit-entries", ORGANIZERS),
    Row("GET", IDENTIFIER + "/audit-entries", ORGANIZERS),
    Row("GET", "/v1/audit-entries/<id:id>", ORGANIZERS),
    Row("GET", "/v1/audit-entries/<id:audit_entry_id>/event", ORGANIZERS),
    Row("GET", "/v1/audit-entries/<id:id>" + LINKAGE, ORGANIZERS),
    Row("GET", EVENT + "/integrity", ORGANIZERS),
    Row("GET", IDENTIFIER + "/integrity", ORGANIZERS),
    Row("GET", EVENT + "/readiness", DOOR),
    Row("GET", IDENTIFIER + "/readiness", DOOR),
    Row("GET", EVENT + "/devices", DOOR),
    Row("GET", IDENTIFIER + "/devices", DOOR),
    Row("GET", EVENT + "/check-in-conflicts", DOOR),
    Row("GET", IDENTIFIER + "/check-in-conflicts", DOOR),
    Row("GET", "/v1/attendees/<id:attendee_id>/check-in-conflicts", SCAN),
    Row("GET", "/v1/check-in-conflicts/<id:id>", DOOR),
    Row("PATCH", "/v1/check-in-conflicts/<id:id>", ORGANIZERS, attributes=DISMISSED),
    Row("GET", "/v1/check-in-conflicts/<id:check_in_conflict_id>/event", DOOR),
    Row("GET", "/v1/check-in-conflicts/<id:check_in_conflict_id>/attendee", DOOR),
    Row("GET", "/v1/check-in-conflicts/<id:check_in_conflict_id>/first", DOOR),
    Row("GET", "/v1/check-in-conflicts/<id:check_in_conflict_id>/second", DOOR),
    Row("GET", "/v1/check-in-conflicts/<id:check_in_conflict_id>/resolved-by", DOOR),
    Row("GET", "/v1/check-in-conflicts/<id:id>" + LINKAGE, DOOR),
    #
    Row("POST", MOVEMENT + "/undo", ORGANIZERS, 201, undone, target="scan"),
    Row("POST", MOVEMENT + "/undo", DOOR, 201, undone, target="registrar's scan"),
    Row("POST", MOVEMENT + "/correct", ORGANIZERS, 201, corrected, target="scan"),
    Row("POST", MOVEMENT + "/correct", DOOR, 201, corrected, target="registrar's scan"),
    Row("GET", MOVEMENT + "/amendments", DOOR),
    Row("GET", EVENT + "/amendments", DOOR),
    Row("GET", IDENTIFIER + "/amendments", DOOR),
    Row("GET", "/v1/amendments/<id:id>", DOOR),
    *(Row("GET", f"/v1/amendments/<id:amendment_id>/{name}", DOOR) for name in OF_AMENDMENTS),
    Row("GET", "/v1/amendments/<id:id>" + LINKAGE, DOOR),
    Row("GET", EVENT + "/repairs", DOOR),
    Row("GET", IDENTIFIER + "/repairs", DOOR),
    Row("POST", EVENT + "/repairs", ORGANIZERS, 201, new_repair),
    Row("POST", IDENTIFIER + "/repairs", ORGANIZERS, 201, new_repair),
    Row("GET", "/v1/repairs/<id:id>", DOOR),
    Row("POST", "/v1/repairs/<id:repair_id>/undo", ORGANIZERS, 200, repair_undone),
    *(Row("GET", f"/v1/repairs/<id:repair_id>/{name}", DOOR) for name in OF_REPAIRS),
    Row("GET", "/v1/repairs/<id:id>" + LINKAGE, DOOR),
    #
    Row("GET", EVENT + "/door-passes", ORGANIZERS),
    Row("GET", IDENTIFIER + "/door-passes", ORGANIZERS),
    Row("POST", "/v1/door-passes", ORGANIZERS, 201, new_pass),
    Row("GET", "/v1/door-passes/<id:id>", ORGANIZERS),
    Row("PATCH", "/v1/door-passes/<id:id>", ORGANIZERS, attributes={"name": "Renamed"}),
    Row("POST", "/v1/door-passes/<id:door_pass_id>/revoke", ORGANIZERS),
    Row("POST", "/v1/door-passes/<id:door_pass_id>/pairing-code", ORGANIZERS),
    Row("POST", "/v1/door-passes/pair", ANYBODY, 201, pairing),
    Row("GET", "/v1/door-passes/me", WITHOUT_A_PASS),
    *(Row("GET", f"/v1/door-passes/<id:door_pass_id>/{name}", ORGANIZERS) for name in OF_PASSES),
    Row("GET", "/v1/door-passes/<id:id>" + LINKAGE, ORGANIZERS),
    Row("GET", "/v1/movements/<id:movement_id>/door-pass", DOOR),
    Row("GET", ORDER + "/sold-by-pass", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/sold-by-pass", DOOR_AND_BUYER),
    Row("GET", EVENT + "/guests", DOOR, query="?search=ada"),
    Row("GET", IDENTIFIER + "/guests", DOOR, query="?search=ada"),
    Row("POST", "/v1/attendees/<id:attendee_id>/rotate-secret", SCAN),
    #
    Row("GET", EVENT + "/occupancy", DOOR),
    Row("GET", IDENTIFIER + "/occupancy", DOOR),
    Row("GET", EVENT + "/occupancy/stream", DOOR),
    Row("GET", IDENTIFIER + "/occupancy/stream", DOOR),
    Row("GET", EVENT + "/time-on-site", ORGANIZERS),
    Row("GET", IDENTIFIER + "/time-on-site", ORGANIZERS),
    Row("GET", EVENT + "/time-on-site.csv", ORGANIZERS),
    Row("GET", IDENTIFIER + "/time-on-site.csv", ORGANIZERS),
    Row("GET", EVENT + "/attendees/delta", DOOR),
    Row("GET", IDENTIFIER + "/attendees/delta", DOOR, query="?cursor="),
    Row("GET", EVENT + "/user-check-in", DOOR),
    Row("GET", IDENTIFIER + "/user-check-in", DOOR),
    Row("GET", "/v1/microlocations/<id:microlocation_id>/user-check-in", DOOR),
    Row("POST", "/v1/user-check-in", DOOR, 201, new_scan),
    Row("GET", "/v1/user-check-in/<id:id>", DOOR),
    Row("DELETE", "/v1/user-check-in/<id:id>", ORGANIZERS),
    Row("GET", "/v1/user-check-in/<id:user_check_in_id>/session", DOOR),
    Row("GET", "/v1/user-check-in/<id:user_check_in_id>/station", DOOR),
    Row("GET", "/v1/user-check-in/<id:user_check_in_id>/ticket-holder", DOOR),
    Row("GET", "/v1/user-check-in/stats/event/<id:event_id>", DOOR, query="?session_ids=<sessions>"),
    Row("GET", "/v1/sessions/<id:session_id>/station-store-paxs", DOOR),
    Row("GET", "/v1/stations/<id:station_id>/station-store-paxs", DOOR),
    Row("GET", "/v1/stations/<id:station_id>/sessions/<id:session_id>/station-store-paxs", DOOR),
    Row("POST", "/v1/station-store-paxs", DOOR, 201, new_count),
    Row("GET", "/v1/station-store-paxs/<id:id>", DOOR),
    Row("PATCH", "/v1/station-store-paxs/<id:id>", DOOR, attributes={"current-pax": 41}),
    Row("DELETE", "/v1/station-store-paxs/<id:id>", DOOR),
    Row("GET", "/v1/station-store-paxs/<id:station_store_pax_id>/session", DOOR),
    Row("GET", "/v1/station-store-paxs/<id:station_store_pax_id>/station", DOOR),
    #
    Row("GET", EVENT + "/custom-forms", PUBLIC),
    Row("GET", IDENTIFIER + "/custom-forms", PUBLIC),
    Row("GET", EVENT + "/custom-forms/<form_id:form_id>", PUBLIC),
    Row("GET", IDENTIFIER + "/custom-forms/<form_id:form_id>", PUBLIC),
    Row("POST", "/v1/custom-forms", ORGANIZERS, 201, new_field),
    Row("GET", "/v1/custom-forms/<id:id>", PUBLIC),
    Row("PATCH", "/v1/custom-forms/<id:id>", ORGANIZERS, attributes={"name": "Renamed"}),
    Row("DELETE", "/v1/custom-forms/<id:id>", ORGANIZERS),
    Row("GET", "/v1/custom-forms/<id:custom_form_id>/event", PUBLIC),
    Row("GET", "/v1/custom-forms/<id:id>" + LINKAGE, PUBLIC),
    #
    Row("GET", EVENT + "/role-invites", ORGANIZERS),
    Row("GET", IDENTIFIER + "/role-invites", ORGANIZERS, query="?include=role"),
    Row("POST", "/v1/role-invites", HEADS, 201, new_invite("moderator")),
    Row("POST", "/v1/role-invites", OWNERS, 201, new_invite("organizer")),
    Row("POST", "/v1/role-invites", OWNERS, 201, new_invite("owner")),
    Row("GET", "/v1/role-invites/<id:id>", ORGANIZERS),
    Row("DELETE", "/v1/role-invites/<id:id>", HEADS),
    Row("GET", "/v1/role-invites/<id:role_invite_id>/event", ORGANIZERS),
    Row("GET", "/v1/role-invites/<id:role_invite_id>/role", ORGANIZERS),
    Row("GET", "/v1/role-invites/<id:id>" + LINKAGE, ORGANIZERS),
    Row("POST", "/v1/role-invites/<id:role_invite_id>/resend-invite", ORGANIZERS),
    Row("POST", "/v1/role-invites/<id:role_invite_id>/resend-invite", OWNERS, target="owner's invite"),
    Row("POST", "/v1/role-invites/accept-invite", INVITED, body=invited),
    Row("POST", "/v1/role_invites/accept-invite", INVITED, body=invited),
    Row("POST", "/v1/role_invites/user", ANYBODY, body=invited),
    #
    Row("GET", "/v1/stations/<id:id>" + LINKAGE, DOOR),
    Row("GET", "/v1/user-check-in/<id:id>" + LINKAGE, DOOR),
    Row("GET", "/v1/station-store-paxs/<id:id>" + LINKAGE, DOOR),
    Row("GET", "/v1/users-events-roles/<id:id>" + LINKAGE, DOOR),
    Row("GET", "/v1/events/<id:id>" + LINKAGE, PUBLIC),
    Row("GET", "/v1/events/<identifier:identifier>" + LINKAGE, PUBLIC),
    Row("GET", "/v1/sessions/<id:id>" + LINKAGE, PUBLIC),
    Row("GET", "/v1/tickets/<id:id>" + LINKAGE, BOUGHT_TICKET),
    Row("GET", "/v1/sessions/<id:id>" + LINKAGE, TEAM, target="rejected session"),
    Row("GET", "/v1/tickets/<id:id>" + LINKAGE, HIDDEN_TICKET, target="hidden ticket"),
    Row("GET", "/v1/orders/<id:id>" + LINKAGE, DOOR_AND_BUYER),
    Row("GET", "/v1/orders/<identifier:identifier>" + LINKAGE, DOOR_AND_BUYER),
    Row("GET", "/v1/attendees/<id:id>" + LINKAGE, DOOR_AND_BUYER),
    # Links that are changed at their own address.
    *rows_of_link_to_one("/v1/events/<id:id>", "event-type", ORGANIZERS),
    *rows_of_link_to_one("/v1/events/<identifier:identifier>", "event-topic", ORGANIZERS),
    *rows_of_link_to_one("/v1/stations/<id:id>", "microlocation", ORGANIZERS),
    *rows_of_link_to_one("/v1/attendees/<id:id>", "tag", SCAN, tagged),
    Row("PATCH", "/v1/sessions/<id:id>" + LINKAGE, PROGRAMME, 200, unlinked, relationship="track"),
    *rows_of_links_to_many("sessions", "speakers", "speakers", "hidden speaker"),
    *rows_of_links_to_many("speakers", "sessions", "sessions", "rejected session"),
    *rows_of_links_to_many("tracks", "sessions", "sessions", "rejected session", added=204),
    *rows_of_links_to_many("microlocations", "sessions", "sessions", "rejected session", added=204),
    *rows_of_links_to_many("session-types", "sessions", "sessions", "rejected session", added=204),
    #
    Row("GET", ORDER + "/tickets-pdf", DOOR_AND_BUYER),
    Row("GET", ORDER_IDENTIFIER + "/tickets-pdf", DOOR_AND_BUYER),
    Row("GET", "/v1/tickets/<identifier:order_identifier>", DOOR_AND_BUYER, target="orders"),
    Row("GET", "/v1/orders/invoices/<identifier:order_identifier>", DOOR_AND_BUYER, target="orders"),
    Row("GET", "/v1/orders/attendees/<id:attendee_id>.pdf", DOOR_AND_BUYER),
    *(Row("GET", f"{EVENT}/export/{name}/{form}", ORGANIZERS) for name in EXPORTED for form in ("csv", "pdf")),
    *(Row("GET", f"{IDENTIFIER}/export/{name}/{form}", ORGANIZERS) for name in EXPORTED for form in ("csv", "pdf")),
    Row("POST", EVENT + "/export/json", ORGANIZERS),
    Row("POST", IDENTIFIER + "/export/json", ORGANIZERS),
    Row("GET", "/v1/tasks/<task>", THE_OWNER),
    Row("GET", "/v1/downloads/<download>", ANYBODY),  # the link is the permission
    #
    Row("GET", EVENT + "/badge-forms", DOOR),
    Row("GET", IDENTIFIER + "/badge-forms", DOOR),
    Row("POST", "/v1/badge-forms", ORGANIZERS, 201, new_badge_form),
    Row("GET", "/v1/badge-forms/<id:id>", DOOR),
    Row("PATCH", "/v1/badge-forms/<id:id>", ORGANIZERS, attributes={"badge-color": "red"}),
    Row("DELETE", "/v1/badge-forms/<id:id>", ORGANIZERS),
    Row("GET", "/v1/badge-forms/<id:badge_form_id>/event", DOOR),
    Row("GET", "/v1/badge-forms/<id:id>" + LINKAGE, DOOR),
    Row("GET", "/v1/tickets/<id:ticket_id>/badge-forms", FIELDS_OF_TICKET),
    Row("GET", "/v1/openapi.json", ANYBODY),
    Row("GET", "/docs", ANYBODY),
    Row("GET", "/docs/<asset>", ANYBODY),
    #
    Row("GET", "/v1/badge-forms/print-badge-pdf", SCAN, query="?attendee_id=<attendees>&list_field_show=firstname"),
)  # fmt: skip


def closed(row: Row) -> list[Row]:
    """The methods with which nobody changes the links that a row reads: who may read them is refused, and told why."""
    answers = Answers(" ".join(["401", *row.answers.published.split()[1:]]))
    rows = (Row(method, row.rule, answers, 403, links(), target=row.target) for method in ("POST", "PATCH", "DELETE"))
    return [each for each in rows if (each.method, each.rule) not in {(opened.method, opened.rule) for opened in TABLE}]


CLOSED = [each for row in TABLE if row.method == "GET" and row.rule.endswith(LINKAGE) for each in closed(row)]
"""Links that are not changed at their own address."""


@pytest.mark.parametrize("state", ["published", "draft"])
@pytest.mark.parametrize("actor", [*ACTORS, ELSEWHERE])
def test_who_gets_which_answer(app: Flask, session: scoped_session[Session], actor: str, state: str):
    require_answers(app, session, TABLE, actor, state)


@pytest.mark.parametrize("actor", ["anonymous", "stranger", "owner", "staff"])
def test_links_that_nobody_changes(app: Flask, session: scoped_session[Session], actor: str):
    require_answers(app, session, CLOSED, actor, "published")


def require_answers(app: Flask, session: scoped_session[Session], rows: Iterable[Row], actor: str, state: str) -> None:
    nowhere = state == "draft" or actor == ELSEWHERE
    asked = (row for row in rows if row.answers.draft is not None or not nowhere)
    wrong = []
    for row, response in answers(app, session, asked, actor, state=state):
        status, expected = response.status_code, row.answers.of(actor, state).replace("ok", str(row.ok))
        if str(status) != expected:
            wrong.append(f"{row.method} {row.rule}{row.query} ({row.target or 'as usual'}): {status}, not {expected}")
    assert not wrong, f"{actor}, {state} event:\n" + "\n".join(wrong)


def answers(
    app: Flask, session: scoped_session[Session], rows: Iterable[Row], actor: str, *, state: str = "published"
) -> Iterator[tuple[Row, Any]]:
    """What each row's request is answered, which is undone before the next."""
    place, actors = open_place(session, state=state)
    api = Api(app.test_client())
    for row in rows:
        url, document = row.request(place, actor)
        undone = session.connection().begin_nested()
        response = api.send(row.method, url, actors.get(actor), document)
        undone.rollback()
        yield row, response


def test_every_route_and_method_is_in_the_table(app: Flask):
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert {(row.method, row.rule) for row in (*TABLE, *CLOSED)} == served


def open_place(session: Any, *, state: str = "published") -> tuple[Place, dict[str, User]]:
    """A place and `everybody`, whose rows stay as they are now, whatever requests do."""
    actors = everybody(session)
    place = Place(session, actors, state=state)
    session.commit()
    session.expunge_all()
    return place, actors


def everybody(session: Any) -> dict[str, User]:
    """An account for each of `ACTORS` that has one, and `ELSEWHERE`; only the buyer's e-mail is not verified."""
    names = {*ACTORS, ELSEWHERE} - {"anonymous"}
    people = {name: make_user(session, is_verified=name != "buyer", is_admin=name == "staff") for name in sorted(names)}
    other = make_event(session)
    for role in ROLES:
        grant(session, people[ELSEWHERE], other, role)
    make_order(session, make_ticket(session, other), user_id=people[ELSEWHERE].id, sold_by_id=people[ELSEWHERE].id)
    return people
