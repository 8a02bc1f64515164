"""The house rules that nothing else would notice being broken."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from app import schemas
from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.querystring import relationship
from app.api.later import ABSENT
from app.api.routes import ROUTES
from app.api.tickets import Tickets
from app.models import (
    DoorPass,
    EventStatisticsGeneral,
    Microlocation,
    OrderStatisticsEvent,
    OrderStatisticsTicket,
    Setting,
    Track,
)
from app.models import Session as ProgrammeItem
from app.permissions.policy import POLICY, Permission
from app.permissions.predicates import PUBLIC
from app.schemas.base import Schema, dasherized
from app.schemas.relationships import Later
from tests.factories import ROLES, World, grant, make_field, make_invite, make_user
from tests.http import Api
from tests.programme import (
    make_amendment,
    make_badge_form,
    make_check_in,
    make_conflict,
    make_entry,
    make_feedback,
    make_kinds,
    make_movement,
    make_page,
    make_parts,
    make_pass,
    make_pax,
    make_repair,
    make_speaker,
    make_station,
)

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "app").rglob("*.py"))
BESIDE = ("benchmarks", "migrations", "tests")
BY_TYPE = {schema.opts.type_: schema for schema in (getattr(schemas, name) for name in schemas.__all__)}
RELATIONSHIPS = [
    (type_, name) for type_, schema in BY_TYPE.items() for name in schema._declared_fields if relationship(schema, name)
]

TESTED_ELSEWHERE: dict[str, str] = {}
"""Modules of app/services without a test file of their own, each with the reason."""

WITHOUT_RULES = {"statistics": "the database counts, nothing decides"}
"""Nouns without a module in app/services, each with the reason."""


LONGEST, LONGEST_TEST = 300, 500
"""Lines of a file; a file of tests may hold all that is said of its module."""

LONGER = {
    "migrations/versions/2026_11_21_first_tables.py": "a step that was taken is not changed any more",
    "tests/rights/table.py": "the table of rights is one table",
    "tests/test_fuzz.py": "what may be sent is put together from parts that only make sense beside each other",
    "tests/test_races.py": "all races run in two databases, which take longer to make than most of them",
}
"""Files that are longer, each with the reason."""


def test_no_file_is_longer_than_one_can_read():
    """Who comes to the end of a file should still know its beginning: what does several things is cut by them."""
    files = [ROOT / "manage.py", *SOURCES, *(path for name in BESIDE for path in (ROOT / name).rglob("*.py"))]
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in files}
    most = {name: LONGEST_TEST if "/test_" in name else LONGEST for name in lines}
    assert {name for name in lines if lines[name] > most[name]} == LONGER.keys()


def test_no_test_stands_on_another():
    """What several need has a module of its own."""
    files = list((ROOT / "tests").rglob("*.py"))
    lines = {path: re.findall(r"^ *(?:from|import) tests\b.*", path.read_text(), re.MULTILINE) for path in files}
    named = {(word, path) for path in files for line in lines[path] for word in re.findall(r"\btest_\w+", line)}
    assert "test_database_url" in {word for word, _ in named}, "a fixture is called so: imports are found"
    assert {(word, path.name) for word, path in named if word in {each.stem for each in files}} == set()


def test_every_permission_has_a_rule():
    assert POLICY.keys() == set(Permission)
    for permission, clauses in POLICY.items():
        assert clauses, permission
        assert all(clauses), f"{permission}: a clause without a predicate would allow everybody everything"


def test_every_permission_is_asked_for():
    asked = {
        name for path in SOURCES if "api" in path.parts for name in re.findall(r"\bP\.([A-Z_]+)", path.read_text())
    }
    assert asked == {permission.name for permission in Permission}


@pytest.mark.parametrize("resource", [ResourceList, ResourceDetail])
@pytest.mark.parametrize("declared", [{}, {"permissions": {}}, {"permissions": None}])
def test_a_resource_without_permissions_does_not_import(resource: type, declared: dict[str, Any]):
    with pytest.raises(TypeError, match="declares no permissions"):
        type("Forgetful", (resource,), {"data_layer": {"class": Tickets}, **declared})


def test_every_method_of_a_resource_has_its_permission():
    for resource, *_ in ROUTES:
        assert resource.methods == set(resource.permissions), resource
        assert "permissions" in vars(resource), f"{resource} inherits what it should declare"


def test_what_changes_something_is_never_public():
    for resource, *_ in ROUTES:
        for method, permission in resource.permissions.items():
            if method != "GET" and permission is not Permission.USER_CREATE:
                assert not any(PUBLIC.issuperset(clause) for clause in POLICY[permission]), (resource, method)


def test_only_the_database_module_commits():
    commits = [path.relative_to(ROOT).as_posix() for path in SOURCES if ".commit(" in path.read_text()]
    assert commits == ["app/database.py"]


def test_transactions_are_opened_at_the_edge_only():
    """A request has one of its own; a password that is tried, and the use of a door pass, are noted apart from it."""
    opened = {path.relative_to(ROOT).as_posix() for path in SOURCES if re.search(r"\btransaction\(", path.read_text())}
    assert not {path for path in opened if path.startswith(("app/services", "app/models", "app/permissions"))}
    at_the_edge = {"app/api/edge/transactions.py", "app/api/edge/login_attempts.py", "app/api/door_passes.py"}
    assert {path for path in opened if path.startswith("app/api/")} == at_the_edge


def test_every_service_has_its_test():
    services = {path.stem for path in (ROOT / "app" / "services").glob("*.py")} - {"__init__"}
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "services").glob("test_*.py")}
    assert services - tested == TESTED_ELSEWHERE.keys()


def test_every_noun_lines_up_through_the_layers():
    served, shown = stems(resource for resource, *_ in ROUTES), stems(resource.schema for resource, *_ in ROUTES)
    parts = {noun for noun in served if noun.endswith("_parts")}  # many nouns in one declaration
    named = served - parts | shown
    for layer, nouns in (("models", named), ("schemas", named), ("services", served - WITHOUT_RULES.keys())):
        assert nouns <= {path.stem for path in (ROOT / "app" / layer).glob("*.py")}, layer


def stems(classes: Iterable[type]) -> set[str]:
    return {declared.__module__.rsplit(".", 1)[1] for declared in classes}


def test_every_schema_is_compared_here():
    assert {schema.opts.type_ for schema in Schema.__subclasses__() if hasattr(schema.Meta, "self_url")} == set(BY_TYPE)


@pytest.mark.parametrize(("type_", "name"), RELATIONSHIPS)
def test_every_relationship_is_served_under_its_row(api: Api, world: World, type_: str, name: str):
    """The related link of every relationship of every document answers, and with rows of its type."""
    row = one_of_each(world)[type_]
    schema = BY_TYPE[type_]
    template = schema.Meta.self_url
    own = template.format(id=row.id, identifier=getattr(row, "identifier", None))
    shown = api.get(own, world.staff).json["data"]["relationships"][dasherized(name)]["links"]["related"]
    assert shown == f"{own}/{dasherized(name)}"
    response = api.get(shown, world.staff)
    assert response.status_code == 200, response.json
    declared = relationship(schema, name)
    data = response.json["data"]
    assert isinstance(data, list) == declared.many
    if isinstance(declared, Later):
        assert (data, response.json.get("meta")) == (([], {"count": 0}) if declared.many else (None, None))
        return
    related = data if declared.many else [data]
    assert related
    assert {part["type"] for part in related} == {declared.type_}


def test_only_what_comes_later_is_served_as_nothing():
    """Who makes one of these takes it out there."""
    declared = {(type_, dasherized(name)) for type_, name in RELATIONSHIPS if is_later(type_, name)}
    assert {(parents[0].split("/")[2].removesuffix("s"), name) for parents, name, _ in ABSENT} == declared


def is_later(type_: str, name: str) -> bool:
    return isinstance(relationship(BY_TYPE[type_], name), Later)


def test_the_links_of_rows_answer(app: Flask, api: Api, world: World):
    for type_, row in one_of_each(world).items():
        own = BY_TYPE[type_].Meta.self_url.format(id=row.id, identifier=getattr(row, "identifier", None))
        response = api.get(own, world.staff)
        assert response.status_code == 200
        assert response.json["data"]["links"]["self"] == own
        assert (response.json["data"]["type"], str(response.json["data"]["id"])) == (type_, str(row.id))


def test_what_is_kept_for_requests_is_the_same_for_the_next_one(app: Flask, api: Api, world: World):
    """A statement, or whatever else is made once, that a request made for itself alone would fill what keeps them."""
    rows = one_of_each(world)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "stream" not in str(rule)]
    urls = [str(rule) for rule in rules if not rule.arguments]
    urls += [
        str(rule).replace("<id:event_id>", str(world.event.id)) for rule in rules if rule.arguments == {"event_id"}
    ]
    for type_, row in rows.items():
        urls.append(BY_TYPE[type_].Meta.self_url.format(id=row.id, identifier=getattr(row, "identifier", None)))
    kept = functions_that_keep()
    for person in (world.staff, make_user(world.session, is_admin=True, is_verified=True)):
        made = {}
        for url in urls:
            before = {name: found.cache_info().misses for name, found in kept.items()}
            api.get(url, person)
            made[url] = [name for name, found in kept.items() if found.cache_info().misses > before[name]]
    assert (len(urls) > 80, len(kept) > 20) == (True, True)
    assert {url: names for url, names in made.items() if names} == {}


def functions_that_keep() -> dict[str, Any]:
    """The functions of the application that keep what they make."""
    modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
    found = (each for module in modules for each in vars(module).values() if hasattr(type(each), "cache_info"))
    return {f"{each.__module__}.{each.__qualname__}": each for each in found}


def amended(world: World, hall: Microlocation, door_pass: DoorPass) -> dict[str, Any]:
    """A movement, and an amendment and a repair that it is part of."""
    session, author = world.session, {"author_id": world.organizer.id}
    by = {"recorded_by_id": world.registrar.id, "door_pass_id": door_pass.id}
    movement = make_movement(session, world.attendee, microlocation_id=hall.id, **by)
    repair = make_repair(session, world.event, undone_by_id=world.organizer.id, **author)
    links = {"replacement_id": movement.id, "repair_id": repair.id, "door_pass_id": door_pass.id, **author}
    return {"movement": movement, "repair": repair, "amendment": make_amendment(session, movement, **links)}


def one_of_each(world: World) -> dict[str, Any]:
    """A row of each type, each of whose relationships leads somewhere."""
    session: scoped_session[Session] = world.session
    event = {"event_id": world.event.id}
    track, hall = Track(**event, name="Track", color="#102030"), Microlocation(**event, name="Hall")
    session.add_all([track, hall])
    session.flush()
    parts = make_parts(session, world.event)
    place = {"track_id": track.id, "microlocation_id": hall.id, "session_type_id": parts["session-type"].id}
    talk = ProgrammeItem(**event, **place, title="Talk", state="accepted")
    talk.creator_id = world.track_organizer.id
    session.add(talk)
    world.attendee.tag_id = parts["tag"].id
    world.order.sold_by_id = world.registrar.id
    world.attendee.email = world.buyer.email
    for role in ROLES:
        grant(session, world.buyer, world.event, role)
    session.flush()
    desk = make_station(session, world.event, microlocation_id=hall.id)
    granted = world.event.roles[0]
    ends = {"created_by_id": world.organizer.id, "revoked_by_id": world.organizer.id}
    door_pass = make_pass(session, world.event, microlocation_id=hall.id, **ends)
    world.order.sold_by_pass_id = door_pass.id
    return {
        **parts,
        **make_kinds(session, world.event),
        "attendee": world.attendee,
        "audit-entry": make_entry(session, world.event),
        "custom-form": make_field(session, world.event),
        "role-invite": make_invite(session, world.event),
        "badge-form": make_badge_form(session, world.event),
        "event": world.event,
        "feedback": make_feedback(session, world.buyer, talk),
        "microlocation": hall,
        "order": world.order,
        "page": make_page(session),
        "event-statistics-general": session.get(EventStatisticsGeneral, world.event.id),
        "order-statistics-event": session.get(OrderStatisticsEvent, world.event.id),
        "order-statistics-ticket": session.get(OrderStatisticsTicket, world.paid.id),
        "role": granted.role,
        "session": talk,
        "setting": session.get(Setting, 1),
        "speaker": make_speaker(session, world.event, talk, user_id=world.buyer.id),
        "station": desk,
        "station-store-pax": make_pax(session, desk, talk),
        "ticket": world.paid,
        "track": track,
        "user": world.buyer,
        "check-in-conflict": make_conflict(session, world.attendee, resolved_by_id=world.registrar.id),
        **amended(world, hall, door_pass),
        "door-pass": door_pass,
        "user_check_in": make_check_in(session, desk, world.attendee, session_id=talk.id),
        "users-events-roles": granted,
    }
