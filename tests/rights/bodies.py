"""What is sent to the place where the table of rights is asked: a valid body of each kind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import current_app

from app.api.nouns import NOUNS
from app.clock import format_instant, utcnow
from app.models import (
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Event,
    Feedback,
    Order,
    Page,
    RoleInvite,
    Setting,
    Speaker,
    Station,
    StationStorePax,
    Ticket,
    TicketHolder,
    User,
    UsersEventsRoles,
)
from app.models import Session as ProgrammeItem
from app.services import account_tokens
from tests.factories import PASSWORD
from tests.http import resource
from tests.rights.place import PAIRING_CODE, TOKEN, Place

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
