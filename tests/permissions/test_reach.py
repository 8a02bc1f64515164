"""Nothing that a query string walks over (``include``, ``filter``, ``sort``) reaches more than the caller may read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import or_, select

from app import schemas
from app.api.jsonapi.querystring import MOST_INCLUDED, related_schema, relationship
from app.api.nouns import NOUNS, Place
from app.models import (
    Amendment,
    AuditEntry,
    BadgeForm,
    CheckInConflict,
    CustomForm,
    DoorPass,
    Feedback,
    Movement,
    Order,
    Page,
    Repair,
    Role,
    RoleInvite,
    Session,
    Setting,
    Speaker,
    Station,
    StationStorePax,
    Tag,
    Ticket,
    User,
    UserCheckIn,
    UsersEventsRoles,
)
from app.models.orders import INITIALIZING
from app.permissions import people, visible
from app.schemas import (
    AmendmentSchema,
    AttendeeSchema,
    AuditEntrySchema,
    BadgeFormSchema,
    BuyerSchema,
    CheckInConflictSchema,
    CustomFormSchema,
    DoorPassSchema,
    EventSchema,
    FeedbackSchema,
    MovementSchema,
    OrderSchema,
    PageSchema,
    RepairSchema,
    RoleInviteSchema,
    RoleSchema,
    SessionSchema,
    SettingSchema,
    SpeakerSchema,
    StationSchema,
    StationStorePaxSchema,
    TicketSchema,
    UserCheckInSchema,
    UserSchema,
    UsersEventsRolesSchema,
)
from app.schemas.base import dasherized
from app.schemas.relationships import Later
from tests.factories import make_event, make_order, make_ticket, make_user
from tests.http import Api, error_codes, resource
from tests.permissions.town import READ, Town, is_alive

MODELS = {schema.opts.type_: schema.Meta.model for schema in (getattr(schemas, name) for name in schemas.__all__)}
"""Wire type → model."""

READERS = (
    *("anonymous", "buyer", "seller", "registrar", "moderator", "coorganizer", "foreign_coorganizer"),
    "draft_pass",
)
SCHEMAS = {
    "attendees": AttendeeSchema,
    "custom-forms": CustomFormSchema,
    "role-invites": RoleInviteSchema,
    "badge-forms": BadgeFormSchema,
    "events": EventSchema,
    "orders": OrderSchema,
    "roles": RoleSchema,
    "sessions": SessionSchema,
    "tickets": TicketSchema,
    "users-events-roles": UsersEventsRolesSchema,
    "station-store-paxs": StationStorePaxSchema,
    "stations": StationSchema,
    "user-check-in": UserCheckInSchema,
    "movements": MovementSchema,
    "check-in-conflicts": CheckInConflictSchema,
    "amendments": AmendmentSchema,
    "audit-entries": AuditEntrySchema,
    "repairs": RepairSchema,
    "door-passes": DoorPassSchema,
    "speakers": SpeakerSchema,
    "feedbacks": FeedbackSchema,
    "pages": PageSchema,
    "settings": SettingSchema,
    "users": UserSchema,
    **{noun.path: noun.schema for noun in NOUNS},
}
IN_EVENTS = (
    *visible.EVENT_PARTS, Amendment, AuditEntry, BadgeForm, CheckInConflict, CustomForm, DoorPass, Feedback, Movement,
    Order, Repair, RoleInvite, Session,
    Speaker, Station, StationStorePax, Tag, UserCheckIn, UsersEventsRoles,
)  # fmt: skip


def relationships(schema: Any) -> dict[str, Any]:
    """Wire name → schema behind it, where there can be rows."""
    declared = {name: relationship(schema, name) for name in schema._declared_fields}
    return {
        dasherized(name): related_schema(found)
        for name, found in declared.items()
        if found is not None and not isinstance(found, Later)
    }


def paths(schema: Any, depth: int) -> list[str]:
    """Every include path of so many steps."""
    if depth == 0:
        return [""]
    found = []
    for name, there in relationships(schema).items():
        deeper = paths(there, depth - 1) if relationships(there) else [""]
        found += [f"{name}.{path}".rstrip(".") for path in deeper]
    return found


def includes(schema: Any) -> Iterator[str]:
    """Every include path of two steps, as many in one ``include`` as it may name."""
    together, steps = list[str](), set[str]()
    for path in paths(schema, 2):
        more = {path.partition(".")[0], path}
        if len(steps | more) > MOST_INCLUDED:
            yield ",".join(together)
            together, steps = [], set()
        together.append(path)
        steps |= more
    yield ",".join(together)


def get(api: Api, town: Town, name: str, url: str, **query: str) -> Any:
    return api.get(url, town.as_(name), **{"page_size": "0", **query})


class Reader:
    """What one person may read, as (type, id) and by model."""

    def __init__(self, town: Town, name: str):
        actor = town.actors[name]
        self.ids = {model: town.readable(actor, model) for model in READ}
        known = or_(people.users(actor), people.colleagues(actor))  # with an address, or by name only
        self.ids[User] = set(town.session.scalars(select(User.id).where(known)))

    def check(self, document: dict[str, Any]) -> int:
        """Every resource and every linkage of the document may be read; gives the number of included ones."""
        primary = document["data"] if isinstance(document["data"], list) else [document["data"] or {}]
        included = document.get("included", [])
        for shown in filter(None, [*primary, *included]):
            linked = [link.get("data") for link in shown.get("relationships", {}).values()]
            flat = [part for data in linked for part in (data if isinstance(data, list) else [data]) if part]
            for identifier in [shown, *flat]:
                assert int(identifier["id"]) in self.ids[MODELS[identifier["type"]]], identifier
        for shown in included:
            if shown["type"] == "user":
                assert {name.replace("-", "_") for name in shown["attributes"]} < BuyerSchema._declared_fields.keys()
        return len(included)


@pytest.mark.parametrize("name", READERS)
def test_include_shows_only_what_may_be_read(app: Flask, api: Api, town: Town, name: str):
    reader = Reader(town, name)
    answered = included = 0
    walked = set()
    for url, schema in addresses(app, town, name):
        plain = get(api, town, name, url)
        assert plain.status_code in {200, 401, 403, 404}, plain.json
        data = plain.json.get("data")
        if not data or (schema, shown := str(data)) in walked:
            continue  # nothing is there that anything could be included of, or another address has shown just the same
        walked.add((schema, shown))
        for include in includes(schema):
            response = get(api, town, name, url, include=include)
            assert response.status_code == 200, response.json
            answered += 1
            included += reader.check(response.json)
    assert answered >= 3
    assert included


def test_include_does_not_show_what_was_loaded_to_decide(api: Api, town: Town):
    """To let the buyer see the tickets of his order, the order's event was looked at; he may not see that draft."""
    order = draft_rows(town)["orders"]
    response = get(api, town, "buyer", f"/v1/orders/{order.id}/tickets", include="attendees.order.event")
    assert Reader(town, "buyer").check(response.json)


def addresses(app: Flask, town: Town, name: str) -> list[tuple[str, Any]]:
    """Every address with documents, each with its schema, filled in with rows of the draft event that people know of.

    There the buyer and the seller may read a part, but not what it belongs to.
    """
    rows = draft_rows(town)
    rows["users"] = town.people.get(name, town.people["stranger"])
    found = []
    for rule in app.url_map.iter_rules():
        schema = getattr(getattr(app.view_functions[rule.endpoint], "view_class", None), "schema", None)
        if schema is not None and "GET" in rule.methods and "<identifier" not in rule.rule:
            if rule.rule.endswith("<relationship>"):
                continue  # see test_linkage_names_only_what_may_be_read
            url = re.sub(r"([a-z-]+)/<id:\w+>", lambda noun: f"{noun[1]}/{rows[noun[1]].id}", rule.rule)
            found.append((url, schema))
    return found


def draft_rows(town: Town) -> dict[str, Any]:
    """Rows of the draft event by the segment of a URL before their id; the order was bought and sold by people."""
    of_draft = {
        model: [row for row in town.rows(model) if row.event_id == town.draft.id and is_alive(row)]
        for model in IN_EVENTS
    }
    order = next(row for row in of_draft[Order] if row.user_id and row.sold_by_id)
    return {
        "attendees": order.attendees[0],
        "custom-forms": of_draft[CustomForm][0],
        "role-invites": of_draft[RoleInvite][0],
        "badge-forms": of_draft[BadgeForm][0],
        "events": town.draft,
        "orders": order,
        "roles": town.rows(Role)[0],
        "speakers": next(row for row in of_draft[Speaker] if row.name == "Everywhere"),
        "feedbacks": next(row for row in of_draft[Feedback] if row.session and row.session.state == "accepted"),
        "pages": town.rows(Page)[0],
        "settings": town.rows(Setting)[0],
        **{noun.path: of_draft[noun.model][0] for noun in NOUNS if noun.model in of_draft},
        "event-topics": town.draft.event_topic,
        "event-types": town.draft.event_type,
        "event-sub-topics": town.draft.event_sub_topic,
        "sessions": next(row for row in of_draft[Session] if row.state == "accepted"),
        "station-store-paxs": of_draft[StationStorePax][0],
        "stations": of_draft[Station][0],
        "tickets": order.tickets[0],
        "user-check-in": of_draft[UserCheckIn][0],
        "movements": of_draft[Movement][0],
        "check-in-conflicts": of_draft[CheckInConflict][0],
        "amendments": of_draft[Amendment][0],
        "audit-entries": of_draft[AuditEntry][0],
        "repairs": of_draft[Repair][0],
        "door-passes": of_draft[DoorPass][0],
        "users": town.people["buyer"],
        "users-events-roles": next(row for row in of_draft[UsersEventsRoles] if row.role.name == "registrar"),
    }


def test_includes_of_a_change_show_only_what_may_be_read(api: Api, town: Town):
    """A change loads rows to decide on, before it answers with them."""
    order = next(
        row for row in town.draft.orders if row.status == INITIALIZING and row.user_id == town.people["buyer"].id
    )
    attendee = order.attendees[0]
    url = f"/v1/attendees/{attendee.id}?include=event,ticket.event,order.event,order.user,order.tickets"
    response = api.patch(url, resource("attendee", {"firstname": "Grace"}, id_=attendee.id), town.people["buyer"])
    assert response.status_code == 200, response.json
    assert Reader(town, "buyer").check(response.json)
    assert response.json["data"]["relationships"]["event"]["data"] is None


@pytest.mark.parametrize("name", READERS)
def test_linkage_names_only_what_may_be_read(api: Api, town: Town, name: str):
    reader = Reader(town, name)
    linked = 0
    for noun, row in [*draft_rows(town).items(), ("events", town.home)]:
        for relation in relationships(SCHEMAS[noun]):
            response = get(api, town, name, f"/v1/{noun}/{row.id}/relationships/{relation}")
            assert response.status_code in {200, 401, 403, 404}, response.json
            if response.status_code == 200:
                data = response.json["data"]
                for identifier in data if isinstance(data, list) else filter(None, [data]):
                    assert int(identifier["id"]) in reader.ids[MODELS[identifier["type"]]], (noun, relation)
                    linked += 1
    assert linked


def test_an_anonymous_reader_of_a_published_event_gets_no_persons(api: Api, town: Town):
    response = get(api, town, "anonymous", f"/v1/events/{town.home.id}", include="orders,attendees,roles.user,tickets")
    assert {shown["type"] for shown in response.json["included"]} == {"ticket"}
    for name in ("orders", "attendees", "roles"):
        assert response.json["data"]["relationships"][name]["data"] == []


@pytest.mark.parametrize(
    ("way", "has_address"), [("roles.user", True), ("orders.sold-by", False), ("orders.user", True)]
)
def test_organizers_get_less_of_accounts(api: Api, town: Town, way: str, has_address: bool):
    """Who has a role has accepted it. Anybody may be named in a sale: who made him known must not learn his address."""
    response = get(api, town, "organizer", f"/v1/events/{town.home.id}", include=way)
    users = [shown for shown in response.json["included"] if shown["type"] == "user"]
    assert users
    for shown in users:
        assert ("email" in shown["attributes"]) == has_address
        assert not shown["attributes"].keys() & {"is-admin", "is-blocked", "contact", "billing-address", "password"}


@pytest.mark.parametrize("name", READERS)
def test_filters_walk_only_over_what_may_be_read(api: Api, town: Town, name: str):
    """Asking for the row itself by its id, over one relationship and over two, finds nothing behind a secret."""
    secret = {model: [row.id for row in town.secrets(town.actors[name], model)] for model in READ}
    known = Reader(town, name).ids[User]
    secret[User] = [row.id for row in town.rows(User) if row.id not in known]
    asked = 0
    for url, schema in lists(town):
        for first, there in relationships(schema).items():
            ways = [[first], *([first, second] for second in relationships(there))]
            asked += ask_in_vain(
                api, town, name, url, [behind(schema, way, secret[target(schema, way)]) for way in ways]
            )
    assert asked


def ask_in_vain(api: Api, town: Town, name: str, url: str, conditions: list[Any]) -> int:
    """How many of the conditions were answered; none finds anything. All in one question; where one of them is refused,
    one by one."""
    response = get(api, town, name, url, filter=json.dumps([{"or": conditions}]))
    if response.status_code == 200:
        assert response.json["meta"]["count"] == 0, (url, conditions)
        return len(conditions)
    if response.status_code != 400 or len(conditions) == 1:
        return 0
    return sum(ask_in_vain(api, town, name, url, [condition]) for condition in conditions)


def test_the_same_filters_find_what_may_be_read(api: Api, town: Town):
    found = 0
    for url, schema in lists(town):
        for first in relationships(schema):
            ids = sorted(town.readable(town.actors["staff"], target(schema, [first])))
            response = get(api, town, "staff", url, filter=json.dumps([behind(schema, [first], ids)]))
            found += response.json["meta"]["count"] > 0
    assert found > 10


def lists(town: Town) -> list[tuple[str, Any]]:
    """Lists of every type whose rows have relationships."""
    event = f"/v1/events/{town.home.id}"
    return [
        ("/v1/events", EventSchema),
        ("/v1/orders", OrderSchema),
        (f"{event}/orders", OrderSchema),
        (f"{event}/tickets", TicketSchema),
        (f"{event}/attendees", AttendeeSchema),
        (f"{event}/sessions", SessionSchema),
        (f"{event}/speakers", SpeakerSchema),
        (f"{event}/feedbacks", FeedbackSchema),
        *((f"{event}/{noun.path}", noun.schema) for noun in NOUNS if noun.place is Place.MANY_IN_EVENT),
        *((f"/v1/{noun.path}", noun.schema) for noun in NOUNS if noun.place is Place.WHOLE_SERVER),
        (f"{event}/roles", UsersEventsRolesSchema),
    ]


def target(schema: Any, way: list[str]) -> Any:
    """The model that a way over relationships ends at."""
    for name in way:
        schema = relationships(schema)[name]
    return schema.Meta.model


def behind(schema: Any, way: list[str], ids: list[int]) -> dict[str, Any]:
    """The condition that one of ``ids`` is found at the end of the way."""
    if not way:
        return {"name": "id", "op": "in", "val": ids}
    there = relationships(schema)[way[0]]
    many = relationship(schema, way[0].replace("-", "_")).many
    return {"name": way[0], "op": "any" if many else "has", "val": behind(there, way[1:], ids)}


def test_an_anonymous_filter_is_no_oracle_for_who_attends(api: Api, town: Town):
    email = town.home.attendees[0].email
    guest = {"name": "attendees", "op": "any", "val": {"name": "email", "op": "eq", "val": email}}
    assert get(api, town, "anonymous", "/v1/events", filter=json.dumps([guest])).json["data"] == []
    assert len(get(api, town, "registrar", "/v1/events", filter=json.dumps([guest])).json["data"]) == 1
    nobody = get(api, town, "anonymous", "/v1/events", filter=json.dumps([{"not": guest}])).json
    assert nobody["meta"]["count"] == 2  # both published events: as if nobody attended


def test_a_coorganizer_of_one_event_cannot_ask_about_another(api: Api, town: Town):
    mine, theirs = town.home.orders[0], town.foreign.orders[0]
    for order, found in ((mine, 1), (theirs, 0)):
        asked = {"name": "orders", "op": "any", "val": {"name": "identifier", "op": "eq", "val": order.identifier}}
        response = get(api, town, "coorganizer", "/v1/events", filter=json.dumps([asked]))
        assert response.json["meta"]["count"] == found


@pytest.mark.parametrize("hidden", ["password", "password-hash", "is-admin", "contact", "sold-by-id", "created-by-id"])
def test_what_a_document_does_not_show_cannot_be_asked_for(api: Api, town: Town, hidden: str):
    asked = {"name": "user", "op": "has", "val": {"name": hidden, "op": "isnot", "val": None}}
    for query in ({"filter": json.dumps([asked])}, {"sort": f"user.{hidden}"}):
        response = get(api, town, "organizer", f"/v1/events/{town.home.id}/orders", **query)
        assert (response.status_code, error_codes(response)) == (400, ["bad-request"])


def test_sorting_tells_nothing_of_rows_that_may_not_be_read(api: Api, town: Town):
    """The seller may read the orders that he sold, but neither whose they are nor an event that is a draft again."""
    session, seller = town.session, town.people["seller"]
    for name in ("Zebra", "Aardvark", "Monkey"):
        event = make_event(session, name=name, state="draft")
        customer = make_user(session, email=f"{name}@example.org")
        make_order(session, make_ticket(session, event), user_id=customer.id, sold_by_id=seller.id)
    for column in ("event.name", "user.email"):
        for sign in ("", "-"):
            response = get(api, town, "seller", "/v1/orders", sort=sign + column)
            ids = [int(shown["id"]) for shown in response.json["data"]][-3:]
            assert ids == sorted(ids), sign + column
    known = get(api, town, "staff", "/v1/orders", sort="event.name", page_size="1").json["data"]
    assert session.get(Order, int(known[0]["id"])).event.name == "Aardvark"


def test_sorting_over_many_rows_is_refused(api: Api, town: Town):
    response = get(api, town, "anonymous", "/v1/events", sort="attendees.email")
    assert (response.status_code, error_codes(response)) == (400, ["bad-request"])


def without_id(answer: Any, id_: int) -> str:
    """The document, but for one id; not for the digits of other numbers."""
    return re.sub(rf"(?<!\d){id_}(?!\d|\.0)", "…", answer.get_data(as_text=True))


@pytest.mark.parametrize(
    "noun", ["events", "tickets", "sessions", "tracks", "microlocations", "speakers", "sponsors", "tags"]
)
def test_a_secret_is_not_told_from_what_never_was(api: Api, town: Town, noun: str):
    secret, absent = draft_rows(town)[noun].id, 999_999
    for method in ("GET", "PATCH", "DELETE"):
        documents = []
        for row_id in (secret, absent):
            document = resource(noun.removesuffix("s"), id_=row_id) if method == "PATCH" else None
            answer = api.send(method, f"/v1/{noun}/{row_id}", town.people["stranger"], document)
            assert answer.status_code == 404
            documents.append(without_id(answer, row_id))
        assert documents[0] == documents[1], method


def test_the_identifier_of_a_draft_is_not_told_from_one_that_never_was(api: Api, town: Town):
    documents = []
    for identifier in (town.draft.identifier, "abcdef99"):
        answer = get(api, town, "stranger", f"/v1/events/{identifier}")
        assert answer.status_code == 404
        documents.append(answer.get_data(as_text=True).replace(identifier, "…"))
    assert documents[0] == documents[1]


def test_who_asks_for_a_seat_learns_nothing_of_hidden_tickets(api: Api, town: Town):
    """Else trying ids would tell the names of what is not on sale."""
    hidden = next(ticket for ticket in town.home.tickets if ticket.is_hidden)
    absent = Ticket(id=999_999)
    documents = []
    for ticket in (hidden, absent):
        asked = resource("attendee", {"firstname": "Ada"}, event=town.home, ticket=ticket)
        answer = api.post("/v1/attendees", asked, town.people["stranger"])
        assert answer.status_code == 422
        documents.append(without_id(answer, ticket.id))
    assert documents[0] == documents[1]
