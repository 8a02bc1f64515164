"""Audit entries over HTTP: the document, who and which request, and what can be asked for."""

import json
from typing import Any

from app.models import AuditEntry
from tests.factories import World
from tests.http import Api, resource
from tests.programme import make_movement


def filtered(*conditions: tuple[str, Any]) -> str:
    return json.dumps([{"name": name, "op": "eq", "val": value} for name, value in conditions])


def test_a_scan_says_who_and_in_which_request(api: Api, world: World):
    document = resource("movement", {"direction": "in"}, attendee=world.attendee)
    scanned = api.post(f"/v1/events/{world.event.id}/movements", document, world.registrar)
    [shown] = api.get(
        f"/v1/events/{world.event.identifier}/audit-entries",
        world.organizer,
        filter=filtered(("noun", "movements"), ("row-id", int(scanned.json["data"]["id"]))),
    ).json["data"]
    attributes = shown["attributes"]
    assert (shown["type"], attributes["verb"], attributes["noun"]) == ("audit-entry", "insert", "movements")
    assert attributes["subject"] == f"user:{world.registrar.id}"
    assert attributes["request-id"] == scanned.headers["X-Request-Id"]
    assert attributes["before"] is None
    assert attributes["after"].items() >= {"direction": "in", "verdict": "accepted", "source": "desk"}.items()
    again = api.get(shown["links"]["self"], world.organizer, include="event")
    assert again.json["data"] == shown | {"relationships": again.json["data"]["relationships"]}
    assert [each["id"] for each in again.json["included"]] == [str(world.event.id)]


def test_the_newest_come_first_and_can_be_asked_for(api: Api, world: World):
    make_movement(world.session, world.attendee)
    url = f"/v1/events/{world.event.id}/audit-entries"
    everything = api.get(url, world.owner, page_size="0").json
    ids = [int(each["id"]) for each in everything["data"]]
    assert ids == sorted(ids, reverse=True)
    assert (
        everything["meta"]["count"]
        == len(ids)
        == world.session.query(AuditEntry).filter_by(event_id=world.event.id).count()
    )
    sent = api.patch(
        f"/v1/tickets/{world.paid.id}", resource("ticket", {"quantity": 7}, id_=world.paid.id), world.owner
    )
    asked = ("subject", f"user:{world.owner.id}"), ("request-id", sent.headers["X-Request-Id"]), ("verb", "update")
    [found] = api.get(url, world.owner, filter=filtered(*asked)).json["data"]
    assert (found["attributes"]["before"], found["attributes"]["after"]) == ({"quantity": 100}, {"quantity": 7})
    refused = api.get(url, world.owner, filter=filtered(("before", "{}")))
    assert refused.status_code == 400


def test_what_nobody_has_logged_in_for_is_anonymous(api: Api, world: World):
    facts = {"email": "new@example.org", "password": "correct horse"}
    made = api.post("/v1/users", resource("user", facts))
    entry = world.session.query(AuditEntry).filter_by(noun="users", row_id=int(made.json["data"]["id"])).one()
    assert (entry.subject, entry.request_id) == ("anonymous", made.headers["X-Request-Id"])
    assert entry.event_id is None
    assert api.get(f"/v1/audit-entries/{entry.id}", world.owner).status_code == 403
    assert api.get(f"/v1/audit-entries/{entry.id}", world.staff).status_code == 200


def test_a_refusal_leaves_no_entry(api: Api, world: World):
    number = world.session.query(AuditEntry).count()
    too_few = resource("ticket", {"quantity": 1}, id_=world.paid.id)
    assert api.patch(f"/v1/tickets/{world.paid.id}", too_few, world.owner).status_code == 409
    assert world.session.query(AuditEntry).count() == number
