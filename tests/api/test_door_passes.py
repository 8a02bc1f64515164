"""Door passes over HTTP: from the organizer's screen to a phone that scans and sells with one."""

from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.clock import format_instant, utcnow
from app.models import Amendment, DoorPass, Movement, Order
from app.services import qr_codes, ticket_secrets
from tests.factories import World, make_attendee, make_ticket
from tests.http import Api, error_codes, resource
from tests.programme import make_microlocation, make_pass

HOUR = timedelta(hours=1)
TOKEN = "pass.of-phone-1"


def new_pass(world: World, **attributes: Any) -> dict[str, Any]:
    facts = {"name": "North", "abilities": ["search", "scan"], "valid-until": format_instant(world.event.ends_at)}
    return resource("door-pass", facts | attributes, event=world.event)


def pair(api: Api, code: str, device: str = "Phone 7") -> Any:
    return api.post("/v1/door-passes/pair", resource("door-pass-pairing", {"code": code, "device": device}))


def scan_of(world: World, direction: str = "in", **attributes: Any) -> dict[str, Any]:
    facts = {"direction": direction, "device": "Phone 1"} | attributes
    return resource("movement", facts, attendee=world.attendee)


def movements_of(world: World) -> str:
    return f"/v1/events/{world.event.id}/movements"


def test_from_the_screen_to_the_phone(api: Api, world: World):
    made = api.post("/v1/door-passes", new_pass(world, gate="North gate"), world.coorganizer)
    assert made.status_code == 201, made.json
    attributes, meta = made.json["data"]["attributes"], made.json["meta"]
    assert attributes["abilities"] == ["scan", "search"]
    assert (attributes["state"], attributes["gate"], attributes["paired-at"]) == ("waiting", "North gate", None)
    link = urlsplit(meta["pairing-link"])
    assert (f"{link.scheme}://{link.netloc}{link.path}", link.query) == ("http://localhost:4200/door", "")
    assert parse_qs(link.fragment) == {"code": [meta["pairing-code"]], "api": ["http://localhost"]}
    kind, _, picture = meta["pairing-qr"].partition(";base64,")
    assert (kind, b64decode(picture).decode()) == ("data:image/svg+xml", qr_codes.svg(meta["pairing-link"]))

    own = made.headers["Location"].removeprefix("http://localhost")
    read = api.get(own, world.coorganizer)
    assert "meta" not in read.json, "the code is shown once"
    assert meta["pairing-code"] not in read.text

    paired = pair(api, meta["pairing-code"])
    assert paired.status_code == 201, paired.json
    assert [shown["type"] for shown in paired.json["included"]] == ["event"]
    token = paired.json["meta"]["token"]
    again = pair(api, meta["pairing-code"])
    assert error_codes(again) == ["not-found"]
    assert again.json["errors"][0]["detail"] == pair(api, "nobody's").json["errors"][0]["detail"]

    me = api.get("/v1/door-passes/me", token)
    assert me.json["data"]["id"] == made.json["data"]["id"]
    assert (me.json["data"]["attributes"]["state"], me.json["data"]["attributes"]["paired-device"]) == (
        "paired",
        "Phone 7",
    )
    listed = api.get(f"/v1/events/{world.event.id}/door-passes?include=created-by", world.organizer)
    [shown] = listed.json["data"]
    assert shown["attributes"]["state"] == "paired"
    assert [user["id"] for user in listed.json["included"]] == [str(world.coorganizer.id)]
    assert token not in listed.text


def test_nothing_of_a_pass_but_its_name_and_end_changes(api: Api, world: World):
    door_pass = make_pass(world.session, world.event, token=TOKEN)
    until = format_instant(utcnow() + HOUR)
    changes = {"name": "South", "valid-until": until, "abilities": ["sell"], "gate": "X", "state": "revoked"}
    changed = api.patch(
        f"/v1/door-passes/{door_pass.id}", resource("door-pass", changes, id_=door_pass.id), world.owner
    )
    shown = changed.json["data"]["attributes"]
    assert (shown["name"], shown["valid-until"], shown["abilities"], shown["gate"]) == ("South", until, ["scan"], None)
    late = resource("door-pass", {"valid-until": "2999-01-01T00:00:00Z"}, id_=door_pass.id)
    refused = api.patch(f"/v1/door-passes/{door_pass.id}", late, world.owner)
    assert (refused.status_code, refused.json["errors"][0]["source"]) == (
        422,
        {"pointer": "/data/attributes/valid-until"},
    )
    assert api.delete(f"/v1/door-passes/{door_pass.id}", world.owner).status_code == 405


@pytest.mark.parametrize("abilities", [None, [], "scan", ["scan", "fly"], [1], [["scan"]], {"scan": True}])
def test_abilities_that_are_none(api: Api, world: World, abilities: Any):
    refused = api.post("/v1/door-passes", new_pass(world, abilities=abilities), world.owner)
    assert error_codes(refused) == ["invalid"]
    assert refused.json["errors"][0]["source"] == {"pointer": "/data/attributes/abilities"}


def test_revoked_and_paired_anew(api: Api, world: World):
    door_pass = make_pass(world.session, world.event, token=TOKEN)
    anew = api.send("POST", f"/v1/door-passes/{door_pass.id}/pairing-code", world.owner)
    assert (anew.status_code, anew.json["data"]["attributes"]["state"]) == (200, "waiting")
    assert error_codes(api.get("/v1/door-passes/me", TOKEN)) == ["door-pass-not-in-force"]
    token = pair(api, anew.json["meta"]["pairing-code"]).json["meta"]["token"]
    assert api.get("/v1/door-passes/me", token).status_code == 200
    for _ in range(2):
        revoked = api.send("POST", f"/v1/door-passes/{door_pass.id}/revoke", world.owner)
        assert (revoked.status_code, revoked.json["data"]["attributes"]["state"]) == (200, "revoked")
    refused = api.get("/v1/door-passes/me", token)
    assert (refused.status_code, refused.json["errors"][0]["meta"]) == (401, {"reason": "revoked"})
    assert "Keep what was scanned" in refused.json["errors"][0]["detail"]
    assert api.send("POST", f"/v1/door-passes/{door_pass.id}/pairing-code", world.owner).status_code == 409


def test_a_refused_token_lets_not_even_the_public_in(api: Api, world: World):
    make_pass(world.session, world.event, token=TOKEN, valid_until=utcnow() - HOUR)
    for token in (TOKEN, "pass.", "pass.nobody's"):
        assert api.get(f"/v1/events/{world.event.id}", token).status_code == 401


def test_who_has_an_account_has_no_pass(api: Api, world: World):
    assert api.get("/v1/door-passes/me", world.owner).status_code == 404
    assert api.get("/v1/door-passes/me").status_code == 401


def test_use_is_noted_of_reads_too_and_once_a_minute(api: Api, world: World, count_queries: Callable[[], Any]):
    door_pass = make_pass(world.session, world.event, token=TOKEN, last_used_at=None)
    counts = []
    for _ in range(2):
        with count_queries() as statements:
            assert api.get("/v1/door-passes/me", TOKEN).status_code == 200
        counts.append(len([statement for statement in statements if statement.startswith("UPDATE door_passes")]))
    assert counts == [1, 0]
    world.session.refresh(door_pass)
    assert abs(door_pass.last_used_at - utcnow()) < HOUR


def test_a_scan_with_a_pass(api: Api, world: World):
    door_pass = make_pass(world.session, world.event, token=TOKEN, gate="North")
    scanned = api.post(movements_of(world), scan_of(world, gate="South"), TOKEN)
    assert scanned.status_code == 201, scanned.json
    assert scanned.json["data"]["attributes"]["gate"] == "North", "whatever the phone says"
    [row] = world.session.query(Movement)
    assert (row.door_pass_id, row.recorded_by_id) == (door_pass.id, None)
    named = api.get(f"/v1/movements/{row.id}?include=door-pass,recorded-by,attendee", world.registrar).json
    assert named["data"]["relationships"]["door-pass"]["data"] is None, "registrars see no passes"
    named = api.get(f"/v1/movements/{row.id}?include=door-pass", world.organizer).json
    assert [shown["id"] for shown in named["included"]] == [str(door_pass.id)]
    refused = api.post(movements_of(world), scan_of(world, device="Phone 2"), TOKEN)
    assert refused.json["errors"][0]["meta"] == {"reason": "already-inside", "movement-id": str(row.id)}
    assert "by North gate" in refused.json["errors"][0]["detail"]


def test_a_pass_overrides_nothing(api: Api, world: World):
    make_pass(world.session, world.event, token=TOKEN)
    hall = make_microlocation(world.session, world.event, capacity=0, is_capacity_hard=True)
    document = scan_of(world, **{"override-reason": "let him in"})
    document["data"]["relationships"]["microlocation"] = {"data": {"type": "microlocation", "id": str(hall.id)}}
    refused = api.post(movements_of(world), document, TOKEN)
    assert refused.json["errors"][0]["meta"] == {"reason": "room-full"}


def test_a_pass_of_one_room(api: Api, world: World):
    hall, other = (make_microlocation(world.session, world.event) for _ in range(2))
    make_pass(world.session, world.event, token=TOKEN, microlocation_id=hall.id)
    document = scan_of(world)
    scanned = api.post(movements_of(world), document, TOKEN)
    assert scanned.status_code == 201
    venue, room = world.session.query(Movement).order_by(Movement.microlocation_id.nulls_first())
    assert (venue.is_inferred, room.microlocation_id) == (True, hall.id), "where the pass is, though nothing was said"
    document["data"]["relationships"]["microlocation"] = {"data": {"type": "microlocation", "id": str(other.id)}}
    refused = api.post(movements_of(world), document, TOKEN)
    assert (refused.status_code, error_codes(refused)) == (403, ["forbidden"])

    scans = [
        {"client-uuid": str(room_id), "direction": "out", "device-time": format_instant(utcnow()),
         "attendee-id": world.attendee.id, "microlocation-id": room_id}
        for room_id in (other.id, hall.id)
    ]  # fmt: skip
    batch = resource("movement-batch", {"device": "Phone 1", "sent-at": format_instant(utcnow()), "scans": scans})
    sent = api.post(f"/v1/events/{world.event.id}/movement-batches", batch, TOKEN).json["data"]["attributes"]
    verdicts = [(told["verdict"], told["reason"]) for told in sent["verdicts"]]
    assert verdicts == [("refused", "forbidden"), ("recorded", None)]


def test_a_pass_undoes_its_own_scans_alone(api: Api, world: World):
    own = make_pass(world.session, world.event, token=TOKEN)
    make_pass(world.session, world.event, token="pass.other")
    scanned = api.post(movements_of(world), scan_of(world), TOKEN).json["data"]["id"]
    reason = resource("amendment", {"reason": "A slip"})
    undo = f"/v1/movements/{scanned}/undo"
    assert api.post(undo, reason, "pass.other").status_code == 403
    assert api.post(undo, reason, TOKEN).status_code == 201
    [amendment] = world.session.query(Amendment)
    assert (amendment.door_pass_id, amendment.author_id) == (own.id, None)
    times = {"reason": "It was right", "occurred-at": format_instant(utcnow() - HOUR)}
    corrected = api.post(f"/v1/movements/{scanned}/correct", resource("amendment", times), TOKEN)
    assert corrected.status_code == 201, corrected.json
    by_account = api.post(movements_of(world), scan_of(world, "out"), world.registrar).json["data"]["id"]
    assert api.post(f"/v1/movements/{by_account}/undo", reason, TOKEN).status_code == 403


def test_a_pass_does_not_bring_back_what_another_has_undone(api: Api, world: World):
    make_pass(world.session, world.event, token=TOKEN)
    scanned = api.post(movements_of(world), scan_of(world), TOKEN).json["data"]["id"]
    api.post(f"/v1/movements/{scanned}/undo", resource("amendment", {"reason": "No"}), world.organizer)
    times = {"reason": "But yes", "occurred-at": format_instant(utcnow() - HOUR)}
    assert api.post(f"/v1/movements/{scanned}/correct", resource("amendment", times), TOKEN).status_code == 403


def test_guests_of_a_phone_without_names_and_codes(api: Api, world: World):
    """What is lost with the phone is nobody's ticket: it knows one when it sees it."""
    for abilities, named in ((["scan"], False), (["scan", "search"], True)):
        token = f"pass.{named}"
        make_pass(world.session, world.event, *abilities, token=token)
        answer = api.get(f"/v1/events/{world.event.id}/attendees/delta", token)
        shown = answer.json["data"][0]["attributes"]
        code = world.order.door_code(world.attendee.id)
        assert shown["code-sha256"] == sha256(code.encode()).hexdigest()
        assert ("lastname" in shown, "firstname" in shown) == (named, named)
        assert not shown.keys() & {"code", "order-identifier", "email"}
        assert world.order.identifier not in answer.text
    ticket_secrets.rotate(world.attendee, revoked_by_id=None)
    rows = api.get(f"/v1/events/{world.event.id}/attendees/delta", token).json["data"]
    hashes = {row["attributes"]["code-sha256"] for row in rows}
    assert sha256(world.attendee.secret.encode()).hexdigest() in hashes


def test_a_sale_with_a_pass(api: Api, world: World):
    door_pass = make_pass(world.session, world.event, "sell", token=TOKEN)
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    tickets = api.get(f"/v1/events/{world.event.id}/tickets", TOKEN).json["data"]
    assert {row["id"] for row in tickets} == {str(ticket.id) for ticket in (world.free, world.paid, hidden)}
    items = [{"id": str(ticket.id), "quantity": 1} for ticket in (world.paid, hidden)]
    sale = resource("order", {"on-site-tickets": items}, event=world.event)
    sold = api.post("/v1/orders?onsite=true", sale, TOKEN)
    assert sold.status_code == 201, sold.json
    data = sold.json["data"]
    assert len(data["relationships"]["attendees"]["data"]) == 2, "of which the codes are made"
    again = api.post("/v1/orders?onsite=true&include=event", sale, TOKEN).json["data"]["relationships"]
    assert len(again["attendees"]["data"]) == 2, "whatever else is included"
    order = world.session.get(Order, int(data["id"]))
    assert (order.sold_by_pass_id, order.sold_by_id, order.user_id) == (door_pass.id, None, None)
    assert {guest.created_by_id for guest in order.attendees} == {None}
    own = f"/v1/orders/{order.identifier}"
    assert api.get(own, TOKEN).status_code == 200
    assert api.get(f"{own}/tickets-pdf", TOKEN).status_code == 200
    assert api.get(f"{own}?include=attendees,user", TOKEN).json["included"] == []
    for closed in (f"/v1/orders/{world.order.identifier}", f"/v1/attendees/{order.attendees[0].id}", "/v1/orders"):
        assert api.get(closed, TOKEN).status_code == 403
    assert api.patch(own, resource("order", {"status": "cancelled"}, id_=order.id), TOKEN).status_code == 403
    shown = api.get(f"{own}?include=sold-by-pass", world.organizer).json["included"]
    assert [row["id"] for row in shown] == [str(door_pass.id)]


def test_a_pass_sells_to_nobodys_account(api: Api, world: World):
    make_pass(world.session, world.event, "sell", token=TOKEN)
    items = [{"id": str(world.free.id), "quantity": 1}]
    sale = resource("order", {"on-site-tickets": items}, event=world.event, user=world.buyer)
    refused = api.post("/v1/orders?onsite=true", sale, TOKEN)
    assert (refused.status_code, refused.json["errors"][0]["source"]) == (
        403,
        {"pointer": "/data/relationships/user/data"},
    )


def test_an_order_that_waits_for_its_money_at_the_door_does_not_run_out(api: Api, world: World):
    make_pass(world.session, world.event, "sell", token=TOKEN)
    items = [{"id": str(world.paid.id), "quantity": 1}]
    sale = resource("order", {"on-site-tickets": items, "status": "pending"}, event=world.event)
    sold = api.post("/v1/orders?onsite=true", sale, TOKEN).json["data"]
    order = world.session.get(Order, int(sold["id"]))
    assert not order.is_sold_online
    assert world.session.query(Order).filter(Order.is_sold_online).all() == [world.order]


def test_what_needs_an_account_says_so(api: Api, world: World):
    make_pass(world.session, world.event, "scan", "search", "sell", token=TOKEN)
    for url in ("/v1/users/user-details/get-user-id", f"/v1/events/{world.event.id}/export/attendees/csv"):
        assert api.get(url, TOKEN).status_code == 403
    refused = api.post("/v1/orders/create-order", {"tickets": [{"id": str(world.free.id)}]}, TOKEN)
    assert refused.status_code == 403
    event = new_event(world)
    words = api.post("/v1/events", event, TOKEN).json["errors"][0]["detail"]
    assert "door pass" in words


def new_event(world: World) -> dict[str, Any]:
    times = {"starts-at": format_instant(world.event.starts_at), "ends-at": format_instant(world.event.ends_at)}
    return resource("event", {"name": "New", "timezone": "UTC"} | times)


def test_statements_of_a_scan_are_those_of_an_account(api: Api, world: World, count_queries: Callable[[], Any]):
    make_pass(world.session, world.event, token=TOKEN)
    numbers = []
    for who in (world.registrar, TOKEN):
        guest = make_attendee(world.session, world.paid, world.order)
        document = resource("movement", {"direction": "in", "device": "Phone 1"}, attendee=guest)
        url = movements_of(world)
        with count_queries() as statements:
            assert api.post(url, document, who).status_code == 201
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_passes_are_found_by_their_ends(api: Api, world: World):
    for hours in (1, 2):
        make_pass(world.session, world.event, name=f"{hours}", valid_until=utcnow() + hours * HOUR)
    listed = api.get(f"/v1/events/{world.event.id}/door-passes", world.owner, sort="-valid-until").json["data"]
    assert [row["attributes"]["name"] for row in listed] == ["2", "1"]
    assert world.session.query(DoorPass).count() == 2
