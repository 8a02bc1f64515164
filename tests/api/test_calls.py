"""What is declared beside calls that are no resources: each has a declaration, and it is true."""

import pytest
from apispec import APISpec
from flask import Flask
from msgspec import defstruct

from app import create_app
from app.api.calls import Call, Shape, Success, call, call_of
from app.api.openapi import document, rights
from app.api.openapi.attributes import VERSION
from app.api.openapi.shapes import Shapes
from app.config import Settings
from app.models import Event
from app.permissions.actors import Actor
from app.permissions.policy import POLICY, Permission, needs_login, permits
from tests.rights.answers import ACTORS
from tests.rights.rows import Row
from tests.rights.table import TABLE

DECIDED_BY_ROLE = ("registrar", "track_organizer", "moderator", "coorganizer", "organizer", "owner", "staff")

PUBLISHED = Event(id=1, state="published")


def test_each_is_declared(app: Flask):
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if not hasattr(view, "view_class"):
            assert isinstance(call_of(view), Call)


def test_one_that_is_not_is_noticed(settings: Settings):
    other = create_app(settings)
    other.add_url_rule("/v1/forgotten", "later.forgotten", lambda: "")
    with pytest.raises(LookupError, match="declares no call"):
        document.of(other)


def test_what_a_declaration_does_not_know_is_an_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'give'"):
        call("x", gives=dict, needs=Permission.EVENT_LIST, give=dict)


def test_two_shapes_of_one_name_are_an_error():
    other = defstruct("Success", [("failure", bool)], bases=(Shape,))
    shapes = Shapes(APISpec("", "", VERSION).components)
    shapes.schema(Success)
    with pytest.raises(ValueError, match="two shapes are named Success"):
        shapes.schema(other)


def test_each_needs_what_it_says(app: Flask):
    """The declared permission lets in whom the table of rights does, as far as their roles decide."""
    wrong = []
    for row in TABLE:
        declared = permission_of(app, row)
        if declared is None or row.answers.draft is None or row.target is not None:
            continue
        answers = dict(zip(ACTORS, row.answers.published.split(), strict=True))
        if needs_login(declared) and answers["anonymous"] == "ok":
            wrong.append(f"{row.method} {row.rule}: everybody may, whatever {declared} says")
        for name in DECIDED_BY_ROLE:
            may = permits(actor_as(name), declared, Event(id=1, state="draft"))
            if may and answers[name] in {"401", "403", "404"}:
                wrong.append(f"{row.method} {row.rule}: {declared} is not what keeps {name} out")
            if not may and answers[name] == "ok" and not permits(Actor(), declared, PUBLISHED):
                wrong.append(f"{row.method} {row.rule}: {declared} does not let {name} in")
    assert not wrong, "\n".join(wrong)


def permission_of(app: Flask, row: Row) -> Permission | None:
    """What the call behind a row of the table declares; None of a resource, which asks for what it declares."""
    [rule] = [rule for rule in app.url_map.iter_rules() if rule.rule == row.rule and row.method in rule.methods]
    view = app.view_functions[rule.endpoint]
    return None if hasattr(view, "view_class") else call_of(view).permission


def actor_as(name: str) -> Actor:
    """Somebody with a role at the event 1, or staff."""
    if name == "staff":
        return Actor(user_id=1, is_staff=True)
    return Actor(user_id=1, is_verified=True, roles={1: frozenset({name})})


def test_who_may_is_told_in_the_words_of_the_table():
    told = rights.told(Permission.ORDER_READ, ["order_id"])
    assert told.count("\n* ") == len(POLICY[Permission.ORDER_READ])
    assert "* Sold the order at the door, with his account or his door pass" in told
    assert "(`event-read`)" in rights.told(Permission.ATTENDEE_LIST, ["event_id"])
