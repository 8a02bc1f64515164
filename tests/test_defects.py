"""Defects of the existing server that are not ours, where no other test shows it; docs/clients.md lists them all."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.clock import parse_instant, utcnow
from app.models import Tag
from app.models.orders import CANCELLED, COMPLETED, INITIALIZING, PENDING, PLACED
from tests.factories import World, make_event, make_invite, make_order, make_ticket
from tests.http import Api, error_codes, resource
from tests.programme import (
    make_microlocation,
    make_parts,
    make_session,
    make_speaker,
    make_station,
    make_track,
)

WRITES = ("POST", "PATCH", "DELETE")


# --- permissions ------------------------------------------------------------------------------------------------------


def test_links_are_changed_by_who_may_change_the_row_and_by_nobody_else(api: Api, world: World):
    """There tickets and guests could be moved, and sessions, tracks and rooms rearranged, by anybody."""
    session, event = world.session, world.event
    track, hall = make_track(session, event), make_microlocation(session, event)
    talk = make_session(session, event, track_id=track.id, state="accepted")
    speaker, station = make_speaker(session, event, talk), make_station(session, event, microlocation_id=hall.id)
    api.get("/v1/events")  # what was made is stored
    changed = {
        f"/v1/tracks/{track.id}/relationships/sessions": [],
        f"/v1/microlocations/{hall.id}/relationships/sessions": [{"type": "session", "id": str(talk.id)}],
        f"/v1/sessions/{talk.id}/relationships/track": None,
        f"/v1/sessions/{talk.id}/relationships/speakers": [],
        f"/v1/speakers/{speaker.id}/relationships/sessions": [],
        f"/v1/events/{event.id}/relationships/event-type": None,
        f"/v1/stations/{station.id}/relationships/microlocation": {"type": "microlocation", "id": str(hall.id)},
        f"/v1/attendees/{world.attendee.id}/relationships/tag": None,
        f"/v1/attendees/{world.attendee.id}/relationships/order": None,
        f"/v1/attendees/{world.attendee.id}/relationships/event": None,
        f"/v1/tickets/{world.free.id}/relationships/attendees": [],
    }
    for url, data in changed.items():
        for method in WRITES:
            for person, statuses in ((None, {401}), (world.stranger, {403}), (world.buyer, {403})):
                assert api.send(method, url, person, {"data": data}).status_code in statuses, (method, url)
    assert (talk.track_id, talk.microlocation_id, talk.speakers) == (track.id, None, [speaker])
    assert api.patch(f"/v1/sessions/{talk.id}/relationships/track", {"data": None}, world.track_organizer).json == {
        "data": None,
        "links": {"self": f"/v1/sessions/{talk.id}/relationships/track", "related": f"/v1/sessions/{talk.id}/track"},
        "jsonapi": {"version": "1.0"},
    }
    assert talk.track_id is None


def test_nobody_hands_himself_a_role_by_its_links(api: Api, world: World):
    """There ownership of events could be taken."""
    grant = world.event.roles[0]
    before = (grant.user_id, grant.event_id, grant.role_id)
    for name, row in (("user", world.stranger), ("event", make_event(world.session)), ("role", grant.role)):
        stolen = {"data": {"type": name, "id": str(row.id)}}
        url = f"/v1/users-events-roles/{grant.id}/relationships/{name}"
        for person, status in ((None, 401), (world.stranger, 403), (world.owner, 403), (world.staff, 403)):
            for method in WRITES:
                assert api.send(method, url, person, stolen).status_code == status
        assert [api.get(url, person).status_code for person in (None, world.stranger)] == [401, 403]
    assert (grant.user_id, grant.event_id, grant.role_id) == before


@pytest.mark.parametrize("name", ["event", "role"])
def test_roles_and_invitations_are_handed_over_by_nobody(api: Api, world: World, name: str):
    """Nor are their links read by everybody."""
    held, offered = world.event.roles[0], make_invite(world.session, world.event)
    before = [(row.event_id, row.role_id) for row in (held, offered)]
    for url in (f"/v1/users-events-roles/{held.id}", f"/v1/role-invites/{offered.id}"):
        linkage = f"{url}/relationships/{name}"
        statuses = [api.get(linkage, person).status_code for person in (None, world.stranger, world.organizer)]
        assert statuses == [401, 403, 200]
        document = {"data": {"type": name, "id": "1"}}
        for method in WRITES:
            assert api.send(method, linkage, world.organizer, document).status_code == 403
    world.session.expire_all()
    assert [(row.event_id, row.role_id) for row in (held, offered)] == before


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("stranger", 403), ("buyer", 403)])
def test_tags_are_the_events_own(api: Api, world: World, name: str | None, status: int):
    person = world.people[name] if name else None
    tag = make_parts(world.session, world.event)["tag"]
    changed = {"name": "Mine"}
    for method, url, document in (
        ("GET", f"/v1/events/{world.event.id}/tags", None),
        ("GET", f"/v1/tags/{tag.id}", None),
        ("POST", "/v1/tags", resource("tag", changed, event=world.event)),
        ("PATCH", f"/v1/tags/{tag.id}", resource("tag", changed, id_=tag.id)),
        ("DELETE", f"/v1/tags/{tag.id}", None),
    ):
        assert api.send(method, url, person, document).status_code == status, (method, url)
    world.session.expire_all()
    assert [row.name for row in world.session.query(Tag)] == ["Speakers"]


def test_the_list_of_orders_holds_the_callers_own(api: Api, world: World):
    make_order(world.session, world.free, user_id=world.staff.id)

    def listed(person: Any) -> list[str]:
        return [row["id"] for row in api.get("/v1/orders", person, page_size="0").json["data"]]

    assert listed(world.buyer) == [str(world.order.id)]
    assert listed(world.stranger) == listed(world.owner) == []


def test_a_buyers_orders_are_found_whoever_attends(api: Api, world: World):
    """Not by the guests' addresses: the buyer's stands on none of them."""
    assert world.buyer.email not in {guest.email for guest in world.order.attendees}
    listed = api.get(f"/v1/users/{world.buyer.id}/orders", world.buyer).json
    assert [row["id"] for row in listed["data"]] == [str(world.order.id)]
    assert listed["meta"]["count"] == 1, "and not once for each guest"


@pytest.mark.parametrize("name", ["stranger", "organizer", "staff"])
def test_what_is_deleted_is_shown_and_revived_for_nobody(api: Api, world: World, name: str):
    person = world.people[name]
    assert api.delete(f"/v1/tickets/{world.free.id}", world.organizer).status_code == 200
    url = f"/v1/tickets/{world.free.id}?get_trashed=true"
    assert api.get(url, person).status_code == 404
    listed = api.get(f"/v1/events/{world.event.id}/tickets?get_trashed=true", person).json["data"]
    assert str(world.free.id) not in {row["id"] for row in listed}
    revived = api.patch(url, resource("ticket", {"deleted-at": None}, id_=world.free.id), person)
    assert revived.status_code == 404
    assert world.free.deleted_at is not None


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "/v1/orders/{identifier}/omise-checkout"),
        ("POST", "/v1/orders/{identifier}/charge"),
        ("GET", "/v1/alipay/alipay_return_uri/{identifier}"),
        ("GET", "/v1/events/{event}/exports//etc/passwd"),
        ("GET", "/v1/events/{event}/exports/etc/passwd"),
    ],
)
def test_what_is_not_offered_is_not_there(api: Api, world: World, method: str, url: str):
    """Gateways that complete orders before anybody has paid, and a door to the host's files."""
    order = make_order(world.session, world.paid, status=INITIALIZING, user_id=world.buyer.id)
    response = api.send(method, url.format(identifier=order.identifier, event=world.event.id), world.buyer)
    assert (response.status_code, error_codes(response)) == (404, ["not-found"])
    assert order.status == INITIALIZING


def test_nobody_verifies_the_order_of_another(api: Api, world: World):
    order = make_order(world.session, world.paid, status=PENDING, user_id=world.buyer.id)
    url = f"/v1/orders/{order.identifier}/verify"
    assert api.post(url, None, world.stranger).status_code == 403
    assert api.post(url, None, world.buyer).json == {"payment_status": PENDING}, "and verifying completes nothing"
    assert order.status == PENDING


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["staff", "owner", "organizer", "coorganizer", "registrar"])
def test_the_team_checks_in_and_the_buyer_does_not(api: Api, world: World, name: str):
    url = f"/v1/attendees/{world.attendee.id}"
    document = resource("attendee", {"is-checked-in": True}, id_=world.attendee.id)
    for person in (world.buyer, world.stranger, world.track_organizer, world.moderator):
        assert api.patch(url, document, person).status_code == 403
    assert world.attendee.checkin_times is None
    assert api.patch(url, document, world.people[name]).json["data"]["attributes"]["is-checked-in"] is True


def test_a_check_out_needs_no_check_in_times_beside_it(api: Api, world: World):
    url = f"/v1/attendees/{world.attendee.id}"
    inside = resource("attendee", {"is-checked-in": True}, id_=world.attendee.id)
    before = api.patch(url, inside, world.registrar).json["data"]["attributes"]
    outside = resource("attendee", {"is-checked-out": True}, id_=world.attendee.id)
    after = api.patch(url, outside, world.registrar).json["data"]["attributes"]
    assert after["checkin-times"] == before["checkin-times"]
    # Both lists are written in one form.
    assert parse_instant(after["checkout-times"]) > parse_instant(after["checkin-times"])
    assert (after["is-checked-in"], after["is-checked-out"]) == (False, True)


def test_a_cancelled_order_is_revived_by_nobody(api: Api, world: World):
    order = make_order(world.session, world.paid, status=CANCELLED, user_id=world.buyer.id)
    statuses = {"buyer": 403, "organizer": 403, "staff": 409}
    for name, status in statuses.items():
        for target in (COMPLETED, PLACED):
            document = resource("order", {"status": target}, id_=order.id)
            assert api.patch(f"/v1/orders/{order.id}", document, world.people[name]).status_code == status
    assert order.status == CANCELLED


@pytest.mark.parametrize("mode", [None, "bank", "onsite", "stripe", "free"])
def test_a_buyer_completes_no_order_that_costs_something(api: Api, world: World, mode: str | None):
    world.event.can_pay_by_bank = world.event.can_pay_by_stripe = True
    order = make_order(world.session, world.paid, status=INITIALIZING, user_id=world.buyer.id, payment_mode=None)
    attributes = {"status": COMPLETED} | ({} if mode is None else {"payment-mode": mode})
    response = api.patch(f"/v1/orders/{order.id}", resource("order", attributes, id_=order.id), world.buyer)
    assert (response.status_code, error_codes(response)) == (403, ["forbidden"])
    assert order.status == INITIALIZING


@pytest.mark.parametrize("name", ["buyer", "registrar", "organizer", "staff"])
def test_nobody_moves_a_guest_to_another_ticket(api: Api, world: World, name: str):
    order = make_order(world.session, world.free, status=INITIALIZING, user_id=world.buyer.id)
    [guest] = order.attendees
    document = resource("attendee", {"ticket-id": str(world.paid.id)}, id_=guest.id, ticket=world.paid)
    response = api.patch(f"/v1/attendees/{guest.id}", document, world.people[name])
    assert response.status_code == 200
    assert response.json["data"]["attributes"]["ticket-id"] == str(world.free.id)
    assert guest.ticket_id == world.free.id


def test_coorganizers_see_hidden_tickets_by_both_addresses(api: Api, world: World):
    hidden = make_ticket(world.session, world.event, is_hidden=True)
    for event in (world.event.id, world.event.identifier):
        listed = api.get(f"/v1/events/{event}/tickets", world.coorganizer).json["data"]
        assert str(hidden.id) in {row["id"] for row in listed}
        listed = api.get(f"/v1/events/{event}/tickets", world.stranger).json["data"]
        assert str(hidden.id) not in {row["id"] for row in listed}


def test_an_event_of_any_length_can_be_deleted_once_nothing_is_sold(api: Api, world: World):
    now = utcnow()
    world.event.starts_at, world.event.ends_at = now - timedelta(days=60), now + timedelta(days=60)
    for name in ("organizer", "owner", "staff"):
        response = api.delete(f"/v1/events/{world.event.id}", world.people[name])
        assert (response.status_code, error_codes(response)) == (409, ["conflict"])
    world.order.status = CANCELLED
    assert api.delete(f"/v1/events/{world.event.id}", world.organizer).status_code == 200


def test_roles_are_renamed_by_nobody(api: Api, world: World):
    url = "/v1/roles/3"
    before = api.get(url).json["data"]["attributes"]
    for method in ("PATCH", "DELETE"):
        document = {"data": {"type": "role", "id": "3", "attributes": {"name": "mine"}}}
        assert api.send(method, url, world.staff, document).status_code == 405
    assert api.get(url).json["data"]["attributes"] == before


def test_the_status_of_an_invitation_is_written_by_nobody(api: Api, world: World):
    sent = {"email": world.buyer.email, "role-name": "organizer", "status": "accepted"}
    made = api.post("/v1/role-invites", resource("role-invite", sent, event=world.event), world.owner).json["data"]
    assert made["attributes"]["status"] == "pending"
    url = f"/v1/role-invites/{made['id']}"
    document = resource("role-invite", {"status": "accepted"}, id_=made["id"])
    for person in (world.buyer, world.owner, world.staff):
        assert api.patch(url, document, person).status_code == 405
    assert api.get(url, world.owner).json["data"]["attributes"]["status"] == "pending"
    assert api.get(f"/v1/events/{world.event.id}/orders", world.buyer).status_code == 403


@pytest.mark.parametrize("flag", ["is-featured", "is-promoted", "is-demoted", "is-announced"])
def test_no_organizer_puts_his_event_on_the_front_page(api: Api, world: World, flag: str):
    url = f"/v1/events/{world.event.id}"
    before = api.get(url, world.owner).json["data"]["attributes"][flag]
    changed = api.patch(url, resource("event", {flag: True}, id_=world.event.id), world.owner)
    assert changed.json["data"]["attributes"][flag] is before is False
    facts = {"name": "New", "timezone": "UTC", "starts-at": "2030-01-01T00:00:00Z", "ends-at": "2030-01-02T00:00:00Z"}
    made = api.post("/v1/events", resource("event", facts | {flag: True}), world.owner)
    assert made.json["data"]["attributes"][flag] is False


# --- money and seats --------------------------------------------------------------------------------------------------


def test_completed_at_is_the_moment_of_completion_and_stays(api: Api, world: World):
    order = make_order(world.session, world.paid, status=INITIALIZING, user_id=world.buyer.id, payment_mode=None)
    url = f"/v1/orders/{order.id}"

    def changed(person: Any, **attributes: Any) -> Any:
        response = api.patch(url, resource("order", attributes, id_=order.id), person)
        assert response.status_code == 200, response.json
        return response.json["data"]["attributes"]["completed-at"]

    assert changed(world.buyer, **{"status": PLACED, "payment-mode": "onsite"}) is None
    completed = changed(world.organizer, status=COMPLETED)
    assert completed is not None
    assert changed(world.organizer, **{"order-notes": "paid in coins"}) == completed
    assert changed(world.staff, company="Acme") == completed


def test_order_statistics_add_up(api: Api, world: World):
    """With a key for unfinished orders, what is in ``total`` is in one of the others too."""
    for status in (INITIALIZING, PENDING, CANCELLED):
        make_order(world.session, world.paid, status=status)
    shown = api.get(f"/v1/events/{world.event.id}/order-statistics", world.organizer).json["data"]["attributes"]
    for what, total in {"orders": 4, "tickets": 5, "sales": 127.5}.items():
        parts = {name: number for name, number in shown[what].items() if name not in {"total", "max"}}
        assert shown[what]["total"] == sum(parts.values()) == total
    assert shown["orders"]["initializing"] == 1


# --- the protocol -----------------------------------------------------------------------------------------------------


def test_a_conditional_write_is_refused_before_it_is_done(api: Api, world: World):
    url = f"/v1/tickets/{world.free.id}"
    read = {"If-Match": api.get(url, world.organizer).headers["ETag"]}
    renamed = resource("ticket", {"name": "Renamed"}, id_=world.free.id)
    assert api.send("PATCH", url, world.organizer, renamed, headers=read).status_code == 200
    again = resource("ticket", {"name": "Again"}, id_=world.free.id)
    for method, document in (("PATCH", again), ("DELETE", None)):
        refused = api.send(method, url, world.organizer, document, headers=read)
        assert (refused.status_code, error_codes(refused)) == (412, ["precondition-failed"])
    assert (world.free.name, world.free.deleted_at) == ("Renamed", None)


def test_reading_linkage_changes_no_other_document(api: Api, world: World):
    other = make_ticket(world.session, make_event(world.session))
    before = api.get(f"/v1/tickets/{other.id}").json
    for name in ("event", "attendees"):
        assert api.get(f"/v1/tickets/{world.free.id}/relationships/{name}", world.staff).status_code == 200
    assert api.get(f"/v1/tickets/{other.id}").json == before
    assert f"/v1/tickets/{other.id}/" in before["data"]["relationships"]["event"]["links"]["related"]


def test_orders_of_an_event_without_a_description(api: Api, world: World):
    assert world.event.description is None
    cart = {"tickets": [{"id": world.free.id}]}
    bought = api.post("/v1/orders/create-order", cart, world.stranger).json["data"]
    document = resource("order", {"status": COMPLETED, "payment-mode": "free"}, id_=int(bought["id"]))
    assert api.patch(f"/v1/orders/{bought['id']}", document, world.stranger).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", "/v1/orders/calculate-amount", {"tickets": [{"id": 999999}]}),
        ("POST", "/v1/orders/create-order", {}),
        ("POST", "/v1/orders/create-order", {"tickets": [{"id": 999999}]}),
        ("POST", "/v1/orders/create-order", []),
        ("POST", "/v1/orders/nothing-1/verify", None),
        ("POST", "/v1/events", {"data": {"type": "event", "attributes": {"name": "x"}}}),
        ("POST", "/v1/tracks", []),
        ("GET", "/v1/events?page[number]=0", None),
        ("GET", "/v1/events?page[size]=-1", None),
        ("GET", "/v1/events?filter=" + json.dumps([{"name": "starts-at", "op": "ge", "val": "garbage"}]), None),
    ],
)
def test_what_a_client_does_wrong_is_told_him(api: Api, world: World, method: str, url: str, body: Any):
    response = api.send(method, url, world.organizer, body)
    assert response.status_code in {400, 404, 422}
    assert error_codes(response)


def test_a_time_without_an_offset_is_refused(api: Api, world: World):
    document = resource("ticket", {"sales-ends-at": "2030-01-01T00:00:00"}, id_=world.free.id)
    response = api.patch(f"/v1/tickets/{world.free.id}", document, world.organizer)
    assert (response.status_code, error_codes(response)) == (422, ["invalid"])


def test_several_dashed_names_of_one_type_may_be_asked_for(api: Api, world: World):
    url = f"/v1/events/{world.event.id}/tickets?fields[ticket]=is-hidden,max-order,min_order"
    shown = [row["attributes"].keys() for row in api.get(url).json["data"]]
    assert shown == [{"is-hidden", "max-order", "min-order"}] * 2


def test_a_name_is_free_again_when_its_ticket_is_deleted(api: Api, world: World):
    sales = {"sales-starts-at": world.event.starts_at.isoformat(), "sales-ends-at": world.event.ends_at.isoformat()}
    document = resource("ticket", {"name": "Free", "type": "free"} | sales, event=world.event)
    assert api.post("/v1/tickets", document, world.organizer).status_code == 409
    named_so = world.free.id
    for _ in range(2):
        assert api.delete(f"/v1/tickets/{named_so}", world.organizer).status_code == 200
        made = api.post("/v1/tickets", document, world.organizer)
        assert made.status_code == 201
        named_so = made.json["data"]["id"]


def test_nothing_is_born_deleted(api: Api, world: World):
    facts = {"name": "New", "color": "#102030", "deleted-at": "2020-01-01T00:00:00Z"}
    made = api.post("/v1/tracks", resource("track", facts, event=world.event), world.organizer).json["data"]
    assert made["attributes"]["deleted-at"] is None
    assert api.get(f"/v1/tracks/{made['id']}").status_code == 200
