"""No request gives a 500: arbitrary bodies and query strings on every route and method, as three kinds of people."""

import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask_jwt_extended import create_access_token
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import create_app
from app.api.jsonapi.querystring import relationship
from app.api.tasks import DOWNLOAD, TASK, Statement, signed
from app.config import Settings
from app.database import db
from app.models.door_passes import ABILITIES
from app.schemas import EventSchema
from app.schemas.base import dasherized
from app.schemas.door_passes import PairingSchema
from app.schemas.movement_batches import MovementBatchSchema
from app.services import hashes
from tests.factories import PASSWORD, World, grant, make_attendee, make_event, make_field, make_invite, make_user
from tests.http import MEDIA_TYPE, error_codes
from tests.moulds import Mould
from tests.programme import (
    make_amendment,
    make_badge_form,
    make_check_in,
    make_conflict,
    make_entry,
    make_feedback,
    make_kinds,
    make_microlocation,
    make_movement,
    make_page,
    make_parts,
    make_pass,
    make_pax,
    make_repair,
    make_session,
    make_speaker,
    make_station,
    make_track,
)
from tests.transactions import rolled_back

NOWHERE = Settings(database_url="postgresql+psycopg2://nobody@localhost/nothing", secret_key="k" * 32)
SERVED = [
    (method, str(rule), rule.endpoint)
    for rule in create_app(NOWHERE).url_map.iter_rules()
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
]
LINKS = {"session_relationship": "speakers", "track_relationship": "sessions", "order_relationship": "event"}
"""Resources whose links are changed here, and which: those that the row itself holds, or others, or nobody changes. All
others are the same code (tests/api/test_relationships.py)."""
RULES = [
    (method, rule if method == "GET" else rule.replace("<relationship>", LINKS.get(endpoint, "")), endpoint)
    for method, rule, endpoint in SERVED
    if method == "GET" or endpoint in LINKS or not endpoint.endswith("_relationship")
]
WRITES = [(method, rule, endpoint) for method, rule, endpoint in RULES if method in {"POST", "PATCH"}]
FILES = {
    "application/pdf": b"%PDF-",
    "text/csv; charset=utf-8": b"\xef\xbb\xbf",
    "text/css": b".swagger-ui",
    "text/event-stream": b"retry: ",
    "text/html; charset=utf-8": b"<!doctype html>",
}
"""How files of a type begin."""

HASHING = {
    "auth.log_in", "auth.log_in_again", "auth.verify_password", "user_list", "accounts.change_password",
    "accounts.reset_password",
}  # fmt: skip  # they take their time, on purpose
TOKEN = "of an invite"
PASS, CODE = "pass.of-the-phone", "of the pass"
PEOPLE = ("anonymous", "buyer", "staff", "pass")

fuzzing = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # without shrinking: a failure shows the request as it was sent
    suppress_health_check=list(HealthCheck),
)

LONG = "<very long>"  # replaced on the way by a text beyond every limit; Hypothesis dislikes to carry it around

# Values that have broken servers: what JSON can hold, and databases, numbers, clocks and URLs cannot.
TEXTS = st.sampled_from(
    [
        "", " ", "\x00", "a\x00b", "\ud800", "x\udfffy", "NaN", "Infinity", "-inf", "1e999", "null", "true", "-1", "0",
        "9" * 18, "9" * 19, "9" * 500, "1.5", "٣", "１２", "0x10", "1_000", "%", "%\\", "_\\\\\\", "'; --", "$1", "{}",
        "é" * 300, LONG, "../../etc/passwd", "Europe", "a.b", "http://[", "https://example.org/\x7f", "a@b",
        "2026-11-21T18:00:00Z", "2026-11-21T18:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00Z", "2026-11-21T18:00:00+99:99", "2026-11-21T24:00:00Z", "1,2,,3", "#abc", "#ab", "\u202e",
    ]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, 1, -1, 1.5, -0.0, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**40, 1e308, 5e-324, math.nan, math.inf]
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.text(max_size=12) | st.integers(-5, 500)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
DEEP = st.integers(20, 2_000).map(lambda levels: "[" * levels + "]" * levels)


CALLS = {"movement_batches.record": MovementBatchSchema, "door_passes.pair": PairingSchema}
"""Calls that are no resource and read one, by endpoint."""


def schema_of(app: Flask, endpoint: str) -> Any:
    """The schema of a resource's view, or of a call that reads one; None for plain JSON."""
    view_class = getattr(app.view_functions[endpoint], "view_class", None)
    return view_class.schema if view_class else CALLS.get(endpoint)


def members(schema: Any) -> tuple[list[str], list[str]]:
    """Wire names of a schema's attributes, also those that are only read, and of its relationships."""
    relationships = [dasherized(name) for name in schema._declared_fields if relationship(schema, name)]
    attributes = [dasherized(name) for name in schema._declared_fields if not relationship(schema, name)]
    return attributes, relationships


class Requests:
    """Sends generated requests to the application; each is undone, so that the next one meets the same event."""

    def __init__(self, app: Flask, world: World):
        self.app = app
        self.client = app.test_client()
        world.session.flush()
        session, event = world.session, world.event
        track, room = make_track(session, event), make_microlocation(session, event)
        talk = make_session(session, event, track_id=track.id, microlocation_id=room.id)
        station = make_station(session, event, microlocation_id=room.id)
        scanned = [make_check_in(session, station, world.order.attendees[1], session_id=talk.id).id]
        unordered = make_attendee(session, world.free, created_by_id=world.buyer.id)
        parts = make_parts(session, event)
        for type_ in ("event-copyright", "speakers-call"):  # a second one of the event would always be refused
            parts[type_].event = make_event(session)
        self.rows = {
            "event": [world.event.id],
            "ticket": [world.free.id, world.paid.id],
            "order": [world.order.id],
            "attendee": [world.attendee.id, unordered.id],
            "user": [world.buyer.id, world.stranger.id],
            "role": [1, 6],
            "users-events-roles": [grant(session, make_user(session), event, "registrar").id],
            "event-statistics-general": [world.event.id],
            "order-statistics-event": [world.event.id],
            "order-statistics-ticket": [world.free.id],
            "tax": [1],
            "stripe-authorization": [1],
            "discount-code": [1],
            "group": [1],
            "video-stream": [1],
            "track": [track.id],
            "microlocation": [room.id],
            "session": [talk.id],
            "speaker": [make_speaker(session, event, talk).id],
            "feedback": [make_feedback(session, world.staff, event).id],
            "page": [make_page(session).id],
            "setting": [1],
            "station": [station.id],
            "user_check_in": scanned,
            "user-check-in": scanned,  # as addresses name it
            "check-in-conflict": [make_conflict(session, world.order.attendees[1]).id],
            **amended(world),
            "door-pass": [
                make_pass(session, event, pairing_hash=hashes.of_secret(CODE), pairing_until=event.ends_at).id
            ],
            "badge-form": [make_badge_form(session, event).id],
            "station-store-pax": [make_pax(session, station, talk).id],
            "custom-form": [make_field(session, event, form_id="vip").id],
            "form": ["vip"],  # as addresses name it
            "role-invite": [make_invite(session, event, token=TOKEN, email=world.staff.email).id],
            **{type_: [row.id] for type_, row in (parts | make_kinds(session, event)).items()},
        }
        make_pass(session, event, *ABILITIES, token=PASS)
        self.identifiers = {"event": world.event.identifier, "order": world.order.identifier}
        self.links = links_of(world.event.id, world.staff.id)
        self.email = world.staff.email
        self.valid = valid_attributes(world)
        self.tokens = {
            "anonymous": {},
            "buyer": {"Authorization": f"JWT {create_access_token(world.buyer.id, fresh=True)}"},
            "staff": {"Authorization": f"JWT {create_access_token(world.staff.id, fresh=True)}"},
            "pass": {"Authorization": f"JWT {PASS}"},
        }
        world.session.commit()

    def url(self, rule: str, schema: Any) -> str:
        """The address of ``rule`` for rows that exist."""
        return "/".join(self._filled(part, schema) if part.startswith("<") else part for part in rule.split("/"))

    def _filled(self, part: str, schema: Any) -> str:
        if part in self.links:
            return self.links[part]
        declared, _, ending = part.removeprefix("<").partition(">")
        converter, _, name = declared.rpartition(":")
        if name == "relationship":
            return members(schema)[1][0]
        noun = name.removesuffix("_id").removesuffix("_identifier")
        wire = dasherized(noun) if noun not in {"id", "identifier"} else schema.opts.type_
        return self.identifiers[wire] if converter == "identifier" else str(self.rows[wire][0]) + ending

    def valid_document(self, schema: Any, method: str) -> dict[str, Any]:
        """A document that is accepted; its relationships to one row are given."""
        if schema is None:
            order = self.identifiers["order"]
            data = {"email": self.email, "token": TOKEN, "password": PASSWORD, "order": order}
            cart = [{"id": self.rows["ticket"][0]}]
            return {"email": self.email, "password": PASSWORD, "tickets": cart, "order-identifier": order, "data": data}
        type_ = schema.opts.type_
        to_one = {
            dasherized(name): {"data": {"type": declared.type_, "id": str(self.rows[declared.type_][0])}}
            for name in schema._declared_fields
            if (declared := relationship(schema, name)) and not declared.many
        }
        id_ = {"id": str(self.rows[type_][0])} if method == "PATCH" else {}
        attributes = dict(self.valid[type_])
        if method == "PATCH":
            attributes.pop("password", None)  # is changed elsewhere
        return {"data": {"type": type_, **id_, "attributes": attributes, "relationships": to_one}}

    def send(self, method: str, url: str, person: str, body: bytes | None = None, query: str = "") -> Any:
        """Sends and undoes one request. Fails unless it is answered properly."""
        savepoint = db.engines[None].begin_nested()  # type: ignore[attr-defined]  # the test's connection
        try:
            response = self.client.open(
                url,
                method=method,
                data=body and body.replace(LONG.encode(), b"x" * 30_000),
                query_string=query.replace(quote(LONG), "x" * 30_000),
                content_type=MEDIA_TYPE if body is not None else None,
                headers=self.tokens[person],
            )
        finally:
            savepoint.rollback()
        require_proper_answer(response)
        return response


def amended(world: World) -> dict[str, list[int]]:
    """A scan that can be amended, and bare rows of an amendment and a repair."""
    movement = make_movement(world.session, world.attendee, device="Gate 1")
    rows = {"audit-entry": make_entry(world.session, world.event)}
    rows |= {"amendment": make_amendment(world.session, movement), "repair": make_repair(world.session, world.event)}
    return {"movement": [movement.id], **{type_: [row.id] for type_, row in rows.items()}}


def links_of(event_id: int, user_id: int) -> dict[str, str]:
    """What stands for a task, a download and a file of the page at ``/docs`` in addresses."""
    statement = Statement("csv", event_id, user_id, ("attendees",))
    return {"<task>": signed(TASK, statement), "<download>": signed(DOWNLOAD, statement), "<asset>": "swagger-ui.css"}


def require_proper_answer(response: Any) -> None:
    assert response.status_code < 500, response.text
    if response.status_code == 308:  # an empty part of an address, `//`, leads to the address without it
        assert response.location
    elif response.status_code == 204:
        assert response.data == b""
    elif response.status_code < 400 and response.content_type in FILES:
        assert response.data.startswith(FILES[response.content_type])
    elif response.status_code < 400:
        assert isinstance(response.json, dict | list)
    elif response.content_type == "application/json":
        assert list(response.json) == ["error"]
        assert isinstance(response.json["error"], str)
    else:
        assert error_codes(response)


def valid_attributes(world: World) -> dict[str, dict[str, Any]]:
    """Attributes with which a resource of the type is created."""
    starts_at, ends_at = world.event.starts_at.isoformat(), world.event.ends_at.isoformat()
    return {
        "event": {"name": "Fair", "starts-at": starts_at, "ends-at": ends_at, "timezone": "Europe/Berlin"},
        "ticket": {"name": "Early", "type": "free", "sales-starts-at": starts_at, "sales-ends-at": ends_at},
        "track": {"name": "Music", "color": "#a1b2c3"},
        "microlocation": {"name": "Hall"},
        "speaker": {"name": "Hedy", "email": "hedy@example.org"},
        "feedback": {"rating": 4.5, "comment": "Fine"},
        "page": {"name": "Imprint", "url": "/imprint"},
        "setting": {"app-name": "Fairs", "max-complex-custom-fields": 5},
        "session": {"title": "Talk", "starts-at": starts_at, "ends-at": ends_at},
        "attendee": {"firstname": "Ada", "is-checked-in": True, "checkin-times": starts_at},
        "order": {"on-site-tickets": [{"id": str(world.free.id), "quantity": 1}], "status": "completed"},
        "user": {"email": "new@example.org", "password": PASSWORD},
        "users-events-roles": {},
        "role": {},
        "station": {"station-name": "Kiosk 9", "station-type": "registration"},
        "user_check_in": {},
        "movement": {
            "direction": "in",
            "device": "Gate 1",
            "gate": "North",
            "client-uuid": "1",
            "device-time": starts_at,
        },
        "movement-batch": {
            "device": "Phone 1",
            "sent-at": starts_at,
            "backlog": 3,
            "scans": [
                {
                    "client-uuid": "1",
                    "direction": "in",
                    "device-time": starts_at,
                    "attendee-id": "1",
                    "microlocation-id": "1",
                    "gate": "North",
                },
                {"client-uuid": "2", "direction": "out", "device-time": starts_at, "secret": "abc-1"},
            ],
        },
        "door-pass": {"name": "North", "abilities": ["scan"], "valid-from": starts_at, "valid-until": ends_at},
        "door-pass-pairing": {"code": CODE, "device": "Phone 1"},
        "check-in-conflict": {"resolution": "lost-entry", "resolution-reason": "he says so"},
        "amendment": {"reason": "A slip", "occurred-at": starts_at},
        "repair": {
            "device": "Gate 1",
            "from": starts_at,
            "until": ends_at,
            "direction": "out",
            "reason": "Wrong mode",
        },
        "badge-form": {"badge-id": "plain", "badge-fields": [{"field-identifier": "firstname"}]},
        "station-store-pax": {"current-pax": 40},
        "role-invite": {"email": "new@example.org", "role-name": "organizer"},
        "custom-form": {"form": "attendee", "field-identifier": "shirt", "name": "Shirt", "translations": []},
        "event-copyright": {"holder": "Ada", "year": 2026},
        "event-sub-topic": {"name": "Jazz"},
        "event-topic": {"name": "Sounds"},
        "event-type": {"name": "Open air"},
        "faq": {"question": "Where?", "answer": "Here."},
        "session-type": {"name": "Talk", "length": "01:30"},
        "social-link": {"name": "Blog", "link": "https://example.org"},
        "speakers-call": {"starts-at": starts_at, "ends-at": ends_at},
        "sponsor": {"name": "Bakery", "level": 1},
        "tag": {"name": "Speakers", "color": "#ff0000", "is-read-only": True},
    }


def resource_documents(requests: Requests, schema: Any, method: str) -> st.SearchStrategy[Any]:
    """Documents that would be accepted, but for a few members."""
    type_ = schema.opts.type_
    attributes, relationships = members(schema)
    mutated = st.dictionaries(st.sampled_from(attributes) | st.text(max_size=8), ANY_JSON | SCALARS, max_size=4)
    linkage = st.builds(lambda kind, row: {"type": kind, "id": row}, st.sampled_from([*requests.rows]) | TEXTS, SCALARS)
    relinked = st.dictionaries(
        st.sampled_from(relationships or ["nothing"]),
        st.builds(lambda data: {"data": data}, linkage | st.lists(linkage, max_size=3) | ANY_JSON) | ANY_JSON,
        max_size=2,
    )
    rows = st.builds(
        lambda id_, quantity, price: {"id": id_, "quantity": quantity, "price": price},
        SCALARS | st.sampled_from([str(row) for row in requests.rows["ticket"]]),
        SCALARS,
        SCALARS,
    )
    onsite = (
        st.just({})
        if type_ != "order"
        else st.just({})
        | st.builds(
            lambda items: {"on-site-tickets": items},
            st.lists(rows | st.builds(lambda row: {"data": row}, rows | ANY_JSON)),
        )
    )
    valid = requests.valid_document(schema, method)["data"]
    return st.builds(
        lambda changed, changed_links, items, changed_members: {
            "data": {
                **valid,
                "attributes": valid["attributes"] | changed | items,
                "relationships": valid["relationships"] | changed_links,
                **changed_members,
            }
        },
        mutated,
        relinked,
        onsite,
        st.just({}) | st.dictionaries(st.sampled_from([*valid, "id"]), ANY_JSON, max_size=1),
    )  # fmt: skip


def linkages(requests: Requests) -> st.SearchStrategy[Any]:
    """Documents of links, to rows that exist and to others."""
    ids = SCALARS | st.sampled_from([str(requests.rows[type_][0]) for type_ in ("session", "speaker", "event")])
    types = st.sampled_from(["session", "speaker", "event"])
    identifier = st.builds(lambda type_, id_: {"type": type_, "id": id_}, types, ids)
    return st.builds(lambda data: {"data": data}, identifier | st.lists(identifier | ANY_JSON, max_size=3) | ANY_JSON)


def plain_documents(requests: Requests) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["email", "username", "password", "remember-me", "amount", "discount-code"])
    others = st.dictionaries(names, SCALARS | ANY_JSON, max_size=4)
    ids = SCALARS | st.sampled_from(requests.rows["ticket"])
    rows = st.builds(
        lambda id_, quantity, price: {"id": id_, "quantity": quantity, "price": price}, ids, SCALARS, SCALARS
    )
    carts = st.builds(lambda rows: {"tickets": rows}, st.lists(rows | st.fixed_dictionaries({"id": ids}), max_size=3))
    data_names = st.sampled_from(["email", "token", "password", "old-password", "new-password", "order", "user"])
    values = SCALARS | ANY_JSON | st.sampled_from([requests.identifiers["order"], requests.email, PASSWORD])
    data = st.builds(lambda data: {"data": data}, st.dictionaries(data_names, values, max_size=4) | ANY_JSON)
    order = st.builds(lambda value: {"order-identifier": value}, values)
    more = st.just({}) | carts | data | order
    return st.builds(lambda plain, more: plain | more, others, more)


def bodies(documents: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Documents as bytes, other JSON, and what is no JSON at all."""
    as_json = (documents | documents | documents | ANY_JSON).map(lambda value: json.dumps(value).encode())
    return as_json | as_json | as_json | DEEP.map(str.encode) | st.binary(max_size=40)


def names_of(schema: Any) -> st.SearchStrategy[str]:
    """Names that mean something to the schema, in both spellings and over relationships, and some that mean nothing."""
    attributes, relationships = members(schema)
    every = [*attributes, *relationships, "id", *(name.replace("-", "_") for name in attributes)]
    across = [
        "event.name",
        "order.completed_at",
        "ticket.price",
        "event.tickets.attendees",
        "track.event",
        "user",
        "x.y",
    ]
    return st.sampled_from([*every, *across]) | TEXTS


def conditions(schema: Any) -> st.SearchStrategy[Any]:
    """Nodes of the filter grammar, mostly right."""
    operators = st.sampled_from(
        ["eq", "ne", "lt", "le", "gt", "ge", "in_", "notin_", "like", "ilike", "notilike", "contains", "startswith",
         "endswith", "is_", "isnot", "has", "any", "between", "__class__", ""]
    )  # fmt: skip
    names = names_of(schema)
    leaf = st.builds(
        lambda name, op, val: {"name": name, "op": op, "val": val}, names, operators, SCALARS | st.lists(SCALARS)
    )
    compared = st.builds(lambda name, op, other: {"name": name, "op": op, "field": other}, names, operators, names)

    def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        joined = st.builds(
            lambda word, parts: {word: parts}, st.sampled_from(["or", "and"]), st.lists(inner, max_size=3)
        )
        negated = st.builds(lambda part: {"not": part}, inner)
        related = st.builds(
            lambda name, op, val: {"name": name, "op": op, "val": val}, names, st.sampled_from(["has", "any"]), inner
        )
        return joined | negated | related

    return st.recursive(leaf | compared | ANY_JSON, around, max_leaves=6)


def query_strings(schema: Any) -> st.SearchStrategy[str]:
    """Parameters that we read, mostly with values that mean something, and arbitrary ones."""
    names = st.lists(names_of(schema), max_size=3).map(",".join)
    signed = st.builds(lambda sign, name: sign + name, st.sampled_from(["", "-", "--"]), names)
    filters = st.lists(conditions(schema), max_size=3).map(json.dumps)
    parameters = (
        st.tuples(st.sampled_from(["page[size]", "page[number]", "page[x]", "page", "onsite"]), SCALARS.map(str))
        | st.tuples(st.just("sort"), signed)
        | st.tuples(st.just("include"), names)
        | st.tuples(st.sampled_from(["fields[event]", "fields[ticket]", "fields[]", "fields", "fields[x"]), names)
        | st.tuples(st.just("filter"), filters | filters | ANY_JSON.map(json.dumps) | DEEP | TEXTS)
        | st.tuples(st.just("cursor"), st.sampled_from(["", "A" * 32, "_" * 32]) | TEXTS)
        | st.tuples(TEXTS, TEXTS)
    )
    encoded = st.lists(parameters, max_size=4).map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
    return encoded | encoded | encoded | st.binary(max_size=30).map(quote) | st.binary(max_size=30).map(_raw)


def _raw(query: bytes) -> str:
    return query.decode("latin-1")


@pytest.fixture(scope="module")
def stocked(app: Flask, world_mould: Mould) -> Iterator[Requests]:
    """Made once for all tests, since each undoes its requests."""
    with rolled_back(app) as session:
        yield Requests(app, world_mould.cast(session))


@pytest.fixture
def requests(stocked: Requests) -> Requests:
    stocked.client = stocked.app.test_client()  # nobody's cookies
    return stocked


@pytest.mark.parametrize(("method", "rule", "endpoint"), WRITES)
def test_bodies(requests: Requests, method: str, rule: str, endpoint: str):
    schema = schema_of(requests.app, endpoint)
    documents = resource_documents(requests, schema, method) if schema else plain_documents(requests)
    if endpoint in LINKS:
        documents = linkages(requests)
    url = requests.url(rule, schema)

    @settings(fuzzing, max_examples=8 if endpoint in HASHING else 12)
    @given(bodies(documents), st.sampled_from(PEOPLE), st.sampled_from(["", "onsite=true", "include=event"]))
    def send(body: bytes, person: str, query: str) -> None:
        requests.send(method, url, person, body, query)

    send()


@pytest.mark.parametrize(("method", "rule", "endpoint"), RULES)
def test_query_strings(requests: Requests, method: str, rule: str, endpoint: str):
    schema = schema_of(requests.app, endpoint)
    url = requests.url(rule, schema)
    body = None if method in {"GET", "DELETE"} else json.dumps(requests.valid_document(schema, method)).encode()

    @settings(fuzzing, max_examples=4 if endpoint in HASHING else 6)
    @given(query_strings(schema or EventSchema), st.sampled_from(PEOPLE))
    def send(query: str, person: str) -> None:
        requests.send(method, url, person, body, query)

    send()


@pytest.mark.parametrize(("method", "rule", "endpoint"), RULES)
def test_addresses(requests: Requests, method: str, rule: str, endpoint: str):
    """Whatever stands where an id is expected."""

    @settings(fuzzing, max_examples=4)
    @given(st.data(), st.sampled_from(PEOPLE))
    def send(data: st.DataObject, person: str) -> None:
        filled = [data.draw(TEXTS) if part.startswith("<") else part for part in rule.split("/")]
        url = quote("/".join(filled), errors="surrogatepass")
        requests.send(method, url, person, None if method in {"GET", "DELETE"} else b"{}")

    send()


@pytest.mark.parametrize(
    ("method", "rule", "endpoint"),
    [write for write in WRITES if not write[2].startswith(("auth.", "accounts.")) and write[2] not in LINKS],
)
def test_the_valid_requests_that_are_mutated_are_accepted(requests: Requests, method: str, rule: str, endpoint: str):
    """Else the mutations would all be refused for one and the same reason, and reach nothing."""
    schema = schema_of(requests.app, endpoint)
    body = json.dumps(requests.valid_document(schema, method)).encode()
    query = "onsite=true" if rule == "/v1/orders" else ""
    assert requests.send(method, requests.url(rule, schema), "staff", body, query).status_code in {200, 201}
