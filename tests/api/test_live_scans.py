"""Live scans over HTTP: whom they name and how, names of theirs that come again, hours, and what the door is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.clock import format_instant, utcnow
from app.models import Movement, TicketHolder
from app.models.movements import ACCEPTED, CONFLICT, HELD, REFUSED, REPLAYED
from app.services import integrity
from tests.factories import World, make_event
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_movement, where_it_is_noon

TAKEN = (409, "client-uuid-taken")
REASONS = (
    None, "unknown", "unknown-room", "unpaid", "cancelled", "wrong-event", "already-inside", "not-inside", "needless",
    "room-full", "outside-hours", "already-scanned", "not-checked-in", "already-left", "exit-without-entry",
    "forgotten-exit", "room-entry", "other-room", "left-venue", "a word of another release",
)  # fmt: skip


class Phone:
    """A phone at the door, which sends scans one by one, or many at once."""

    def __init__(self, api: Api, world: World):
        self.api, self.world = api, world
        self.url = f"/v1/events/{world.event.id}"

    def scan(self, direction: str = "in", *, as_: Any = None, **facts: Any) -> Any:
        """A scan of the world's guest, unless ``attendee`` is another, or none."""
        rooms = {"microlocation": facts.pop("microlocation")} if "microlocation" in facts else {}
        guest = facts.pop("attendee", self.world.attendee)
        named = {} if guest is None else {"attendee": guest}
        attributes = {"direction": direction, "device": "P8"} | {name.replace("_", "-"): facts[name] for name in facts}
        document = resource("movement", attributes, **named, **rooms)
        return self.api.post(f"{self.url}/movements", document, as_ or self.world.registrar)

    def batch(self, *scans: dict[str, Any]) -> list[dict[str, Any]]:
        """A batch of scans, each of the world's guest half an hour ago unless it says otherwise."""
        half_an_hour_ago = format_instant(utcnow() - timedelta(minutes=30))
        facts = {"attendee-id": str(self.world.attendee.id), "direction": "in", "device-time": half_an_hour_ago}
        sent = [{name: value for name, value in (facts | scan).items() if value is not None} for scan in scans]
        document = resource("movement-batch", {"device": "P8", "sent-at": format_instant(utcnow()), "scans": sent})
        response = self.api.post(f"{self.url}/movement-batches", document, self.world.registrar)
        assert response.status_code == 200, response.json
        verdicts: list[dict[str, Any]] = response.json["data"]["attributes"]["verdicts"]
        return verdicts


@pytest.fixture
def phone(api: Api, world: World) -> Phone:
    world.event.timezone = where_it_is_noon()
    return Phone(api, world)


def rows(world: World) -> list[Movement]:
    return list(world.session.scalars(select(Movement).order_by(Movement.id)))


def told(response: Any) -> tuple[int, str]:
    [error] = response.json["errors"]
    assert error["detail"]
    return response.status_code, error["meta"]["reason"] if "meta" in error else error["code"]


def seen_at(world: World, minutes_ago: int, **facts: Any) -> Movement:
    """What counts, and was seen some minutes ago."""
    at = utcnow() - timedelta(minutes=minutes_ago)
    return make_movement(world.session, world.attendee, occurred_at=at, recorded_at=at, **facts)


# --- a client's own name of a scan --------------------------------------------------------------------------------


def test_a_name_of_a_scan_is_not_used_for_another(world: World, phone: Phone):
    hall = make_microlocation(world.session, world.event)
    assert phone.scan(client_uuid="7").status_code == 201
    assert told(phone.scan(client_uuid="7", attendee=world.order.attendees[1])) == TAKEN
    assert told(phone.scan("out", client_uuid="7")) == TAKEN
    assert told(phone.scan(client_uuid="7", microlocation=hall)) == TAKEN
    assert told(phone.scan(client_uuid="7", attendee=None, secret="nobody's")) == TAKEN
    assert len(rows(world)) == 1
    assert phone.scan(client_uuid="7").json["meta"] == {"replayed": True}


def test_a_scan_of_a_guest_who_was_deleted_since_is_still_the_same(world: World, phone: Phone):
    assert phone.scan(client_uuid="7").status_code == 201
    world.attendee.deleted_at = utcnow()
    assert phone.scan(client_uuid="7").json["meta"] == {"replayed": True}


def test_what_a_batch_was_told_the_door_is_told_again(world: World, phone: Phone):
    elsewhere = make_microlocation(world.session, make_event(world.session))
    long_ago = format_instant(utcnow() - timedelta(days=400))
    phone.batch(
        {"client-uuid": "nobody", "attendee-id": "999999"},
        {"client-uuid": "no room", "microlocation-id": str(elsewhere.id)},
        {"client-uuid": "held", "device-time": long_ago},
        {"client-uuid": "a-1"},
        {"client-uuid": "again", "device-time": format_instant(utcnow() - timedelta(minutes=5))},
    )
    [first] = [row for row in rows(world) if row.client_uuid == "a-1"]
    assert told(phone.scan(client_uuid="nobody", attendee=TicketHolder(id=999999))) == (409, "unknown")
    assert told(phone.scan(client_uuid="no room", microlocation=elsewhere)) == (409, "unknown-room")
    held = phone.scan(client_uuid="held")
    assert (held.status_code, held.json["meta"]) == (200, {"replayed": True, "warnings": ["outside-hours"]})
    conflict = phone.scan(client_uuid="again")
    assert (told(conflict), error_codes(conflict)) == ((409, "already-inside"), ["scan-refused"])
    assert conflict.json["errors"][0]["meta"]["movement-id"] == str(first.id)
    assert phone.scan(client_uuid="a-1").json["meta"] == {"replayed": True}


@pytest.mark.parametrize("verdict", [ACCEPTED, CONFLICT, REPLAYED, REFUSED, HELD, None])
@pytest.mark.parametrize("reason", REASONS)
def test_whatever_a_row_was_told_has_words(world: World, phone: Phone, verdict: str | None, reason: str | None):
    facts = {"told": verdict, "told_reason": reason, "verdict": verdict or ACCEPTED, "reason": reason}
    make_movement(world.session, world.attendee, client_uuid="7", **facts)
    response = phone.scan(client_uuid="7")
    if verdict not in {REFUSED, CONFLICT}:
        warned = {"warnings": ["outside-hours"]} if verdict == HELD else {}
        assert (response.status_code, response.json["meta"]) == (200, {"replayed": True} | warned)
        return
    assert (response.status_code, error_codes(response)) == (409, ["scan-refused"])
    [error] = response.json["errors"]
    assert (error["meta"], "{" in error["detail"]) == ({"reason": reason or ""}, False)


# --- a second tap -------------------------------------------------------------------------------------------------


def test_what_a_batch_told_an_hour_later_is_no_first_tap(world: World, phone: Phone):
    [recorded] = phone.batch({"client-uuid": "a"})
    assert recorded["verdict"] == "recorded"
    response = phone.scan()
    assert told(response) == (409, "already-inside")
    assert response.json["errors"][0]["meta"]["movement-id"] == recorded["movement-id"]


def test_a_scan_that_did_not_count_is_no_first_tap(world: World, phone: Phone):
    seen_at(world, 30, device="P7")
    make_movement(world.session, world.attendee, device="P8", verdict=CONFLICT, reason="already-inside")
    assert told(phone.scan()) == (409, "already-inside")


@pytest.mark.parametrize(("apart", "status"), [(29, 200), (31, 409)])
def test_how_near_a_second_tap_is_can_be_set(
    app: Flask, world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch, apart: int, status: int
):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], second_tap_seconds=30))
    phone.scan()
    [entry] = rows(world)
    entry.occurred_at -= timedelta(seconds=apart)
    entry.recorded_at -= timedelta(seconds=apart)
    assert phone.scan().status_code == status


# --- the same name twice in a batch -------------------------------------------------------------------------------


def test_one_name_for_two_guests_in_a_batch(world: World, phone: Phone):
    first, second = (str(guest.id) for guest in world.order.attendees)
    twice = {"client-uuid": "7", "attendee-id": first}
    other = {"client-uuid": "7", "attendee-id": second}
    verdicts = phone.batch(twice, other, twice)
    assert [verdict["verdict"] for verdict in verdicts] == ["recorded", "refused", "recorded"]
    assert (verdicts[1]["reason"], verdicts[1]["movement-id"]) == ("client-uuid-taken", None)
    assert verdicts[0] == verdicts[2]
    assert [row.attendee_id for row in rows(world)] == [int(first)]


def test_a_room_that_was_deleted_is_unknown_to_a_batch(world: World, phone: Phone):
    gone = make_microlocation(world.session, world.event, deleted_at=utcnow())
    [verdict] = phone.batch({"client-uuid": "a", "microlocation-id": str(gone.id)})
    assert (verdict["verdict"], verdict["reason"]) == ("refused", "unknown-room")


# --- whom a scan names --------------------------------------------------------------------------------------------


def test_whom_and_what_nobody_knows_is_refused_and_kept(world: World, phone: Phone):
    elsewhere = make_microlocation(world.session, make_event(world.session))
    unknown = phone.scan(attendee=TicketHolder(id=999999), client_uuid="a")
    assert (told(unknown), error_codes(unknown)) == ((409, "unknown"), ["scan-refused"])
    room = phone.scan(microlocation=elsewhere, client_uuid="b")
    assert (told(room), error_codes(room)) == ((409, "unknown-room"), ["scan-refused"])
    nobody, nowhere = rows(world)
    assert (nobody.attendee_id, nobody.scanned, nobody.event_id) == (None, "999999", world.event.id)
    assert (nowhere.attendee_id, nowhere.microlocation_id) == (world.attendee.id, None)
    assert told(phone.scan(attendee=TicketHolder(id=999999), client_uuid="a")) == (409, "unknown")
    assert told(phone.scan(microlocation=elsewhere, client_uuid="b")) == (409, "unknown-room")
    assert len(rows(world)) == 2
    assert integrity.report() == []


def test_the_code_of_a_ticket_names_the_guest(world: World, phone: Phone):
    code = world.order.door_code(world.attendee.id)
    forged = phone.scan(attendee=None, secret=f"x{code}")
    assert told(forged) == (409, "unknown")
    assert forged.json["errors"][0]["source"]["pointer"] == "/data/attributes/secret"
    assert rows(world)[0].scanned == f"x{code}"
    response = phone.scan(attendee=None, secret=code)
    assert response.status_code == 201
    assert "secret" not in response.json["data"]["attributes"]
    assert world.attendee.is_checked_in


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"attendee": None}, "/data/relationships/attendee/data"),
        ({"attendee": None, "secret": None}, "/data/relationships/attendee/data"),
        ({"attendee": None, "secret": " "}, "/data/attributes/secret"),
        ({"secret": "both"}, "/data/attributes/secret"),
    ],
)
def test_a_scan_names_its_guest_once(world: World, phone: Phone, facts: dict[str, Any], pointer: str):
    response = phone.scan(**facts)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])
    assert response.json["errors"][0]["source"]["pointer"] == pointer
    assert rows(world) == []


# --- when the event is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [5, -5])
def test_outside_of_the_event_nobody_is_let_in(world: World, phone: Phone, days: int):
    world.event.timezone = "UTC"
    world.event.starts_at = utcnow() + timedelta(days=days)
    world.event.ends_at = world.event.starts_at + timedelta(hours=8)
    response = phone.scan()
    assert (told(response), error_codes(response)) == ((409, "outside-hours"), ["scan-refused"])
    assert f"{world.event.starts_at:%d %B %Y at %H:%M}" in response.json["errors"][0]["detail"]
    assert told(phone.scan(override_reason="the crew")) == (409, "outside-hours"), "who may not override"
    let_in = phone.scan(override_reason="the crew", as_=world.organizer)
    assert let_in.status_code == 201
    assert let_in.json["data"]["attributes"]["override-reason"] == "the crew"
    assert [row.verdict for row in rows(world)] == [REFUSED, REFUSED, ACCEPTED]


def test_a_reason_that_is_not_needed_is_not_kept(world: World, phone: Phone):
    let_in = phone.scan(override_reason="the crew", as_=world.organizer)
    assert let_in.json["data"]["attributes"]["override-reason"] is None


# --- what the door is told ----------------------------------------------------------------------------------------


def said(response: Any) -> tuple[str, str | None]:
    [error] = response.json["errors"]
    return error["detail"], error["meta"].get("movement-id")


def test_who_is_in_another_room(world: World, phone: Phone):
    """The words are about the door that was scanned at, not about wherever the guest was seen last."""
    red, blue = (make_microlocation(world.session, world.event, name=name) for name in ("Red {hall}", "Blue"))
    phone.scan("in", microlocation=blue)
    words, movement_id = said(phone.scan("out", microlocation=red))
    assert words.startswith("This guest is not inside Red {hall}. ")
    assert movement_id is None
    phone.scan("in", microlocation=red)
    words, movement_id = said(phone.scan("out", microlocation=blue))
    [left] = [row for row in rows(world) if row.reason == "other-room"]
    assert words.startswith("This guest is not inside Blue: went into another room on ")
    assert movement_id == str(left.id)
    words, movement_id = said(phone.scan("in", microlocation=red, device="P9"))
    assert words.startswith("This ticket is inside Red {hall} already: scanned in on ")
    words, movement_id = said(phone.scan("in"))
    [through] = [row for row in rows(world) if row.reason == "room-entry"]
    assert words.startswith("This ticket is inside already: was seen in a room on ")
    assert movement_id == str(through.id)


def test_who_was_checked_out_at_closing_time(world: World, phone: Phone):
    seen_at(world, 60)
    closed = seen_at(world, 30, direction="out", source="automatic", reason="forgotten-exit")
    late = seen_at(world, 20)
    late.verdict = "undone"
    seen_at(world, 10, direction="out", source="automatic", verdict=CONFLICT, reason="needless")
    make_movement(
        world.session, world.attendee, direction="out", verdict=REFUSED, told=REFUSED, told_reason="not-inside",
        reason="not-inside", client_uuid="7",
    )  # fmt: skip
    words, movement_id = said(phone.scan("out", client_uuid="7"))
    assert words.startswith("This guest is not inside: checked out at closing time on ")
    assert movement_id == str(closed.id)


def test_what_came_after_a_refusal_is_not_what_it_was_about(world: World, phone: Phone):
    phone.scan(device="P1")
    [entry] = rows(world)
    first = said(phone.scan(client_uuid="7"))
    assert first[1] == str(entry.id)
    assert phone.scan("out").status_code == 201
    assert said(phone.scan(client_uuid="7")) == first
