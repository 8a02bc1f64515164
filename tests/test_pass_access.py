"""What a door pass may do, over HTTP: the same table of every route and method, asked with passes.

Whatever is not named here, and not for everybody, is closed: a route that is added is closed too.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from app.models.door_passes import ABILITIES, SCAN, SEARCH, SELL
from tests.factories import make_event
from tests.http import Api
from tests.programme import make_pass
from tests.rights.place import Place, everybody
from tests.rights.rows import Row
from tests.rights.table import TABLE

TOKEN = "pass.of-the-phone"
CLOSED = {401, 403, 404}

PARTS = "microlocations|tracks|session-types|sponsors|social-links|faqs"
ONLY_PARTS = "speakers-call|event-copyright"
AT_EVENT = "/v1/events/<(id:event_id|identifier:event_identifier)>"
LATER = (
    "tax|stripe-authorization|discount-codes|access-codes|group|video-stream|exhibitors|faq-types|ticket-tags|"
    "speaker-invites|session-favourites"
)

OPENED = {
    "any": (
        "GET /v1/events/<(id:id|identifier:identifier)>(/relationships/<relationship>)?",
        f"GET {AT_EVENT}/({PARTS}|{ONLY_PARTS}|{LATER}|event-type|event-topic|event-sub-topic)",
        rf"GET /v1/({PARTS}|speakers-calls|event-copyrights)/<id:\w+>(/event|/relationships/<relationship>)?",
    ),
    SCAN: (
        f"POST {AT_EVENT}/(movements|movement-batches)",
        f"GET {AT_EVENT}/(occupancy|occupancy/stream|attendees/delta|guests)",
        "POST /v1/movements/<id:movement_id>/(undo|correct) own",
    ),
    SEARCH: (f"GET {AT_EVENT}/guests",),
    SELL: (
        r"POST /v1/orders\?onsite=true",
        f"GET {AT_EVENT}/(tickets|tickets/availability)",
        r"GET /v1/tickets/<id:\w+>(/event|/relationships/<relationship>)?",
        "GET /v1/tickets/<id:ticket_id>/(discount-codes|access-codes)",
        "POST /v1/orders/calculate-amount",
    ),
}
"""What a pass of the event may do, by ability: a method and a rule, of its own scans with «own»."""

KINDS: dict[str, tuple[str, ...]] = {"all": ABILITIES, "scan": (SCAN,), "search": (SEARCH,), "sell": (SELL,)}


def is_opened(row: Row, state: str, abilities: tuple[str, ...]) -> bool:
    """Everybody may do it, or a pass of the event with one of these abilities; none for a pass of another event."""
    if row.answers.of("anonymous", state) == "ok":
        return True
    if not abilities:
        return row.rule == "/v1/door-passes/me"
    own = " own" if row.target == "registrar's scan" else ""
    query = "?onsite=true" if row.query == "?onsite=true" else ""
    asked = f"{row.method} {row.rule}{query}{own}"
    return any(re.fullmatch(rule, asked) for ability in ("any", *abilities) for rule in OPENED[ability])


@pytest.mark.parametrize(
    ("kind", "state"),
    [(kind, "draft") for kind in (*KINDS, "elsewhere")] + [("all", "published"), ("elsewhere", "published")],
)
def test_what_a_pass_opens(app: Flask, session: scoped_session[Session], kind: str, state: str):
    place = Place(session, everybody(session), state=state)
    abilities = KINDS.get(kind, ())
    owned: Any = make_event(session) if kind == "elsewhere" else place.event
    door_pass = make_pass(session, owned, *(abilities or ABILITIES), token=TOKEN)
    own_scan = place.rows["registrar's scan"]
    own_scan.recorded_by_id, own_scan.door_pass_id = None, door_pass.id
    session.commit()
    session.expunge_all()
    api = Api(app.test_client())
    wrong, opened = [], 0
    for row in TABLE:
        if row.answers.draft is None and (kind, state) != ("elsewhere", "published"):
            continue  # it has nothing to do with an event, nor with the pass of one
        url, document = row.request(place, "stranger")
        undone = session.connection().begin_nested()
        status = api.send(row.method, url, TOKEN, document).status_code
        undone.rollback()
        expected = {200 if row.rule == "/v1/door-passes/me" else row.ok} if is_opened(row, state, abilities) else CLOSED
        opened += expected != CLOSED
        if status not in expected:
            wrong.append(f"{row.method} {row.rule}{row.query} ({row.target or 'as usual'}): {status}, not {expected}")
    assert not wrong, f"{kind}, {state} event:\n" + "\n".join(wrong)
    assert opened > 0 or (kind, state) == ("elsewhere", "draft")
