"""What decides whether the clients work at all, where no other test shows it; docs/clients.md lists all of it."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token

from app.clock import parse_instant
from tests.factories import PASSWORD, World, make_attendee, make_field, make_invite
from tests.http import MEDIA_TYPE, Api, resource
from tests.programme import (
    make_badge_form,
    make_feedback,
    make_microlocation,
    make_parts,
    make_session,
    make_speaker,
    make_track,
)

TYPES = {
    "event", "ticket", "order", "attendee", "user", "order-statistics-event", "event-statistics-general", "track",
    "session", "speaker", "sponsor", "faq", "feedback", "role-invite", "role", "notification", "speakers-call",
    "event-copyright",
}  # fmt: skip
"""The types that the Android app knows; an included object of any other is an error to it."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


@pytest.mark.parametrize("content_type", ["application/json", MEDIA_TYPE])
def test_plain_bodies_are_read_under_both_content_types(api: Api, world: World, content_type: str):
    token = {"Authorization": f"JWT {create_access_token(world.buyer.id)}"}

    def sent(url: str, body: Any, headers: dict[str, str]) -> int:
        data = json.dumps(body)
        return api.client.post(url, data=data, content_type=content_type, headers=headers).status_code

    login = {"email": world.buyer.email, "password": PASSWORD}
    assert sent("/v1/auth/login", login, {"Authorization": "JWT null"}) == 200
    assert sent("/auth/session", login, {"Authorization": "JWT null"}) == 200
    assert sent("/v1/auth/verify-password", {"password": PASSWORD}, token) == 200
    cart = {"tickets": [{"id": str(world.free.id), "quantity": 1}]}
    assert sent("/v1/orders/calculate-amount", cart, {}) == 200
    assert sent("/v1/orders/create-order", cart, token) == 200


def test_an_attendee_has_no_identifier_anywhere(api: Api, world: World):
    """The Android app would parse a number from it, and lose the whole answer."""
    url, registrar = f"/v1/attendees/{world.attendee.id}", world.registrar
    changed = api.patch(url, resource("attendee", {"identifier": 7}, id_=world.attendee.id), registrar)
    made = api.post("/v1/attendees", resource("attendee", {}, event=world.event, ticket=world.free), registrar)
    included = api.get(f"/v1/orders/{world.order.identifier}", registrar, include="attendees").json["included"]
    listed = api.get(f"/v1/events/{world.event.id}/attendees", registrar).json["data"]
    guests = [changed.json["data"], made.json["data"], api.get(url, registrar).json["data"], *included, *listed]
    assert len(guests) > 5
    for guest in guests:
        assert guest["type"] == "attendee"
        assert "identifier" not in guest["attributes"]


def test_a_link_to_one_is_never_answered_with_a_list(api: Api, world: World):
    """An object or null: the web app stops at anything else."""
    talk = make_session(world.session, world.event)
    guest = make_attendee(world.session, world.free)
    asked = 0
    for url in (
        f"/v1/events/{world.event.id}",
        f"/v1/tickets/{world.free.id}",
        f"/v1/orders/{world.order.identifier}",
        f"/v1/sessions/{talk.id}",
        *(f"/v1/attendees/{row.id}" for row in (world.attendee, guest)),
    ):
        row = api.get(url, world.staff).json["data"]
        for name, shown in row["relationships"].items():
            linkage = api.get(shown["links"]["self"], world.staff).json["data"]
            if isinstance(linkage, list):
                continue
            answer = api.get(shown["links"]["related"], world.staff)
            assert answer.status_code == 200, (url, name)
            assert answer.json["data"] is None or answer.json["data"].keys() >= {"type", "id", "attributes"}
            asked += 1
    assert asked >= 10


def test_every_list_under_an_event_says_how_many_there_are(app: Flask, api: Api, world: World):
    make_track(world.session, world.event)
    lists = 0
    for rule in app.url_map.iter_rules():
        if not re.fullmatch(r"/v1/events/<id:event_id>/[a-z-]+", str(rule)) or "GET" not in (rule.methods or ()):
            continue
        answer = api.get(str(rule).replace("<id:event_id>", str(world.event.id)), world.staff)
        if answer.status_code == 200 and isinstance(answer.json.get("data"), list):
            assert answer.json["meta"]["count"] == len(answer.json["data"]), rule
            lists += 1
    assert lists >= 25


@pytest.mark.parametrize("sort", ["name", "-created-at", "completed-at", "-order.completed_at", "order.completed-at",
                                  "ticket.price", "ticket.name", "tag-id", "id"])  # fmt: skip
def test_every_sort_that_a_client_sends(api: Api, world: World, sort: str):
    under = {"name": "tickets", "completed-at": "orders"}.get(sort, "attendees")
    url = f"/v1/events/{world.event.id}/{under}"
    assert api.get(url, world.organizer, sort=sort).status_code == 200
    # What is not understood is refused, so that one was.
    assert api.get(url, world.organizer, sort=f"{sort}x").status_code == 400


def test_moments_have_an_offset_and_events_a_time_zone(api: Api, world: World):
    world.order.completed_at = world.event.starts_at
    seen = 0
    for url in (
        f"/v1/events/{world.event.id}",
        f"/v1/tickets/{world.free.id}",
        f"/v1/orders/{world.order.id}",
        f"/v1/attendees/{world.attendee.id}",
    ):
        attributes = api.get(url, world.staff).json["data"]["attributes"]
        for name, value in attributes.items():
            if name.endswith("-at") and value is not None:
                assert MOMENT.fullmatch(value), (url, name, value)
                assert parse_instant(value)
                seen += 1
    assert seen >= 8
    for timezone in (None, "", "Mars/Olympus"):
        document = resource("event", {"timezone": timezone}, id_=world.event.id)
        api.patch(f"/v1/events/{world.event.id}", document, world.organizer)
        assert api.get(f"/v1/events/{world.event.id}").json["data"]["attributes"]["timezone"] == "UTC"


@pytest.mark.parametrize(
    ("path", "include", "types"),
    [
        ("events/{event}/attendees", "order,ticket,event", {"order", "ticket", "event"}),
        ("events/{event}/attendees", "ticket", {"ticket"}),
        ("events/{event}/orders", "event", {"event"}),
        ("events/{event}/tickets", "event", {"event"}),
        ("events/{event}/tracks", "event", {"event"}),
        ("events/{event}", "tickets", {"ticket"}),
        ("tracks/{track}/sessions", "track", {"track"}),
    ],
)
def test_nothing_is_included_that_was_not_asked_for(api: Api, world: World, path: str, include: str, types: set[str]):
    """The Android app throws an answer away that includes an object of a type it does not know."""
    track = make_track(world.session, world.event)
    make_session(world.session, world.event, track_id=track.id)
    url = "/v1/" + path.format(event=world.event.id, track=track.id)
    plain = api.get(url, world.organizer).json
    assert "included" not in plain
    document = api.get(url, world.organizer, include=include).json
    assert {row["type"] for row in document["included"]} == types <= TYPES


def test_ids_are_digits_in_text_and_linkage_too(api: Api, world: World):
    """All but those of stations and their scans."""
    track, room = make_track(world.session, world.event), make_microlocation(world.session, world.event)
    talk = make_session(world.session, world.event, track_id=track.id, microlocation_id=room.id)
    make_speaker(world.session, world.event, talk)
    make_feedback(world.session, world.organizer, talk)
    make_invite(world.session, world.event)
    make_badge_form(world.session, world.event)
    make_field(world.session, world.event)
    parts = {*make_parts(world.session, world.event)} - {"speakers-call", "event-copyright"}
    included = {
        "attendees": "order.user,user,ticket,event",
        "sessions": "track,microlocation,speakers,feedbacks,session-type",
        "roles": "role,user",
        "role-invites": "role,event",
        "speakers": "sessions",
        "feedbacks": "user,session",
    }
    nouns = ("orders", "tickets", "tracks", "microlocations", "custom-forms", "badge-forms", *included)
    for noun in (*nouns, *(f"{part}s" for part in sorted(parts))):
        query = {"include": included[noun]} if noun in included else {}
        document = api.get(f"/v1/events/{world.event.id}/{noun}", world.organizer, **query).json
        assert document["data"], noun
        for row in document["data"] + document.get("included", []):
            assert isinstance(row["id"], str), row
            assert row["id"].isdecimal()
            for shown in row.get("relationships", {}).values():  # roles have none
                linkage = shown.get("data") or []
                for part in linkage if isinstance(linkage, list) else [linkage]:
                    assert isinstance(part["id"], str)
                    assert part["id"].isdecimal()


def test_money_is_a_number_of_a_currency_that_browsers_know(api: Api, world: World):
    event = api.get(f"/v1/events/{world.event.id}").json["data"]["attributes"]
    assert re.fullmatch(r"[A-Z]{3}", event["payment-currency"])
    tickets = api.get(f"/v1/events/{world.event.id}/tickets").json["data"]
    assert len(tickets) == 2
    for row in tickets:
        assert all(type(row["attributes"][name]) in {int, float} for name in ("price", "min-price"))
    order = api.get(f"/v1/orders/{world.order.id}", world.buyer).json["data"]["attributes"]
    assert type(order["amount"]) in {int, float}
    for wrong in ("euro", "€", "", None, "eur"):
        document = resource("event", {"payment-currency": wrong}, id_=world.event.id)
        api.patch(f"/v1/events/{world.event.id}", document, world.organizer)
        shown = api.get(f"/v1/events/{world.event.id}").json["data"]["attributes"]
        assert shown["payment-currency"] == event["payment-currency"]
