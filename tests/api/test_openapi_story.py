"""The examples of the OpenAPI document: a day at the door, as it was really asked and answered.

Who has changed what is answered writes them anew with ``WRITE_EXAMPLES=1 pytest tests/api/test_openapi_story.py``, and
looks at the difference.
"""

import json
import os
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from app.api.openapi import examples
from app.clock import format_instant, utcnow
from tests.examples import HOUR, number_anew, stable
from tests.factories import PASSWORD, grant, make_event, make_ticket, make_user
from tests.http import MEDIA_TYPE, Api, resource
from tests.openapi import Described
from tests.programme import make_microlocation, where_it_is_noon


class Story:
    """What was asked and answered. ``named`` are texts that are others in every run, and what stands for them."""

    def __init__(self, app: Flask, session: scoped_session[Session]):
        self.app, self.session = app, session
        self.api = Api(app.test_client(), session)
        self.described = Described(app)
        self.begun = utcnow()
        self.named: dict[str, str] = {}
        self.told: dict[str, Any] = {"operations": {}, "refusals": {}}

    def ask(self, method: str, url: str, as_: Any = None, body: Any = None, *, status: int = 200) -> Any:
        """What is answered, which is kept as the example of its operation, or of its refusal."""
        is_plain = body is not None and "data" not in body
        headers = {} if as_ is None else {"Authorization": self.api.authorization(as_)}
        self.session.flush()
        sent = {} if body is None else {"json": body, "content_type": "application/json" if is_plain else MEDIA_TYPE}
        response = self.api.client.open(url, method=method, headers=headers, **sent)
        self.session.expire_all()
        assert response.status_code == status, response.json
        if status >= 400:
            self.told["refusals"][str(status)] = response.json
            return response.json
        rule, _ = self.app.url_map.bind("localhost").match(url.partition("?")[0], method=method, return_rule=True)
        operation = self.described.operations[method, self.described.template_of(str(rule))]
        seen = self.told["operations"].setdefault(operation["operationId"], {"asked": f"{method} {url}"})
        if body is not None:
            seen["request"] = body
        seen.setdefault("answers", {})[str(status)] = response.json
        return response.json

    def examples(self) -> Any:
        """All that was told, without what is another in every run."""
        return stable(self.told, begun=self.begun, named=self.named)


def a_day_at_the_door(story: Story) -> None:
    """Log-in, a sale on site, scans of all kinds, lists, and what goes wrong."""
    session, ask = story.session, story.ask
    registrar = make_user(session, email="ada@example.org", first_name="Ada", last_name="Byron", is_verified=True)
    owner = make_user(session, email="grace@example.org", first_name="Grace", is_verified=True)
    stranger = make_user(session, email="mallory@example.org", is_verified=True)
    event = make_event(
        session,
        name="Conference",
        timezone=where_it_is_noon(),
        starts_at=story.begun - 2 * HOUR,
        ends_at=story.begun + 8 * HOUR,
        identifier="a1b2c3d4",
    )
    grant(session, owner, event, "owner")
    grant(session, registrar, event, "registrar")
    hall = make_microlocation(session, event, name="Hall")
    ticket = make_ticket(session, event, name="Day", type="paid", price=20, quantity=3)

    ask("POST", "/v1/auth/login", None, {"email": registrar.email, "password": PASSWORD})
    nodes = json.dumps([{"name": "state", "op": "eq", "val": "published"}])
    ask("GET", f"/v1/events?filter={nodes}&sort=-starts-at&fields[event]=name,starts-at&include=tickets", registrar)
    ask("GET", f"/v1/events/{event.id}/tickets?page[size]=2", registrar)
    ask("POST", "/v1/orders/calculate-amount", None, {"tickets": [{"id": ticket.id, "quantity": 2}]})

    wanted = {"on-site-tickets": [{"id": str(ticket.id), "quantity": 2}], "payment-mode": "onsite"}
    sale = resource("order", wanted | {"status": "completed"}, event=event)
    sold = ask("POST", "/v1/orders?onsite=true&include=attendees", registrar, sale, status=201)["data"]
    story.named[sold["attributes"]["identifier"]] = "5e6f7a8b-1c2d-4e3f-8a9b-0c1d2e3f4a5b"
    first, second = (guest["id"] for guest in sold["relationships"]["attendees"]["data"])

    url = f"/v1/events/{event.id}/attendees?include=ticket,order&fields[attendee]=firstname,is-checked-in&sort=id"
    ask("GET", url, registrar)
    ask("PATCH", f"/v1/attendees/{first}", registrar, resource("attendee", {"is-checked-in": True}, id_=first))
    ask("GET", f"/v1/attendees/{first}?include=ticket", registrar)
    ask("PATCH", f"/v1/attendees/{first}", registrar, resource("attendee", {"is-checked-out": True}, id_=first))
    scan = resource("movement", {"direction": "in", "gate": "North", "client-uuid": "7-0001"}, microlocation=hall)
    scan["data"]["relationships"]["attendee"] = {"data": {"type": "attendee", "id": second}}
    ask("POST", f"/v1/events/{event.id}/movements", registrar, scan, status=201)
    ask("GET", f"/v1/events/{event.id}/movements?include=attendee", registrar)
    at = {"sent-at": format_instant(story.begun), "device": "Phone 7"}
    kept = [{"client-uuid": "7-0002", "direction": "in", "device-time": at["sent-at"], "attendee-id": second}]
    batch = resource("movement-batch", at | {"scans": kept})
    told = ask("POST", f"/v1/events/{event.id}/movement-batches", registrar, batch)
    story.named[told["data"]["id"]] = "7a8b9c0d-3e4f-4a5b-8c1d-2e3f4a5b6c7d"
    ask("GET", f"/v1/events/{event.id}/occupancy", registrar)
    ask("GET", f"/v1/orders/{sold['id']}?include=attendees,tickets", registrar)
    ask("GET", f"/v1/events/{event.id}/order-statistics", owner)

    until = format_instant(event.ends_at)
    made = resource("door-pass", {"name": "Phone 7", "abilities": ["scan"], "valid-until": until}, event=event)
    code = ask("POST", "/v1/door-passes", owner, made, status=201)["meta"]["pairing-code"]
    story.named[code] = "R4TN-9WHB"
    pairing = resource("door-pass-pairing", {"code": code, "device": "Phone 7"})
    paired = ask("POST", "/v1/door-passes/pair", None, pairing, status=201)
    ask("GET", "/v1/door-passes/me", paired["meta"]["token"])

    terms = resource("event-copyright", {"holder": "Grace"}, event=event)
    ask("POST", "/v1/event-copyrights", owner, terms, status=201)
    call = {"announcement": "Speak", "starts-at": format_instant(story.begun), "ends-at": until}
    ask("POST", "/v1/speakers-calls", owner, resource("speakers-call", call, event=event), status=201)
    another = make_event(session, name="Rehearsal", identifier="b2c3d4e5", state="draft")
    grant(session, owner, another, "owner")
    ask("DELETE", f"/v1/events/{another.id}", owner)

    ask("GET", f"/v1/attendees/{first}?include=friends", registrar, status=400)
    ask("GET", f"/v1/attendees/{first}", status=401)
    ask("PATCH", f"/v1/tickets/{ticket.id}", registrar, resource("ticket", {"price": 1}, id_=ticket.id), status=403)
    ask("GET", "/v1/attendees/9999", stranger, status=404)
    ask("DELETE", f"/v1/orders/{sold['id']}", owner, status=405)
    ask("POST", "/v1/orders?onsite=true", registrar, sale, status=409)
    ask("POST", "/v1/attendees", registrar, {"firstname": "Ada"}, status=415)
    ask("POST", "/v1/attendees", registrar, resource("attendee", {"email": "?"}, event=event), status=422)
    ask("POST", "/v1/auth/logout", registrar)


def test_the_examples_are_what_is_answered(app: Flask, session: scoped_session[Session]):
    number_anew(session)
    story = Story(app, session)
    a_day_at_the_door(story)
    told = story.examples()
    if os.environ.get("WRITE_EXAMPLES"):
        examples.STORY.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    assert told == json.loads(examples.STORY.read_text())
