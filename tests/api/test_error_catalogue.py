"""docs/errors.md is what the code makes of itself, and the code makes every error that it tells of."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.exceptions import HTTPException

import app
from app.api.jsonapi.errors import HTTP, render_plain
from app.api.openapi import error_catalogue
from app.api.openapi.error_advice import ADVICE
from app.commands import documents
from app.commands.documents import PAGES
from app.errors import AmountMismatch, DomainError, FormsNotFilledIn, PassNotInForce, ScanRefused, SoldOut

APP = Path(app.__file__).parent


def called(tree: ast.AST) -> set[str]:
    """The names of what a module calls, itself or by a method of it: `Forbidden(…)`, `NotFound.of(…)`."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [each.value if isinstance(each, ast.Attribute) else each for each in functions]
    return {each.id for each in named if isinstance(each, ast.Name)}


def test_the_page_is_what_the_code_makes():
    assert (PAGES / "errors.md").read_text() == error_catalogue.page(), "python manage.py docs errors"


def test_the_command_writes_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(documents, "PAGES", tmp_path)
    done = CliRunner().invoke(documents.docs_group, ["errors"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "errors.md").read_text() == error_catalogue.page()


def test_every_code_says_what_to_do():
    assert set(error_catalogue.kinds()) == set(ADVICE)
    for kind, advice in ADVICE.items():
        assert (kind.__doc__ or "").partition("\n\n")[0].endswith("."), kind
        assert advice.remedy.endswith("."), kind
        assert advice.arises, kind


def test_every_error_is_made_somewhere():
    """A code that nothing answers would be one more that clients handle for nothing."""
    named = {kind.__name__ for kind in HTTP.values()}  # called by `MEANINGS`, whatever the status
    for path in set(APP.rglob("*.py")) - {APP / "errors.py", APP / "api" / "openapi" / "error_advice.py"}:
        named |= called(ast.parse(path.read_text()))
    assert {kind.__name__ for kind in ADVICE} - named == set()


def test_facts_are_those_that_the_errors_have():
    made: list[DomainError] = [
        SoldOut("", ticket_id=1, requested=2, available=1),
        AmountMismatch("", sent=20.0, computed=30.0),
        FormsNotFilledIn("", missing={1: ["email"]}, pointer="/data"),
        ScanRefused("", reason="unknown", movement_id=1),
        PassNotInForce("", reason="expired"),
    ]
    facts = {kind.code: advice.facts.keys() for kind, advice in ADVICE.items() if advice.facts}
    assert {error.code: (error.meta or {}).keys() for error in made} == facts


def test_addresses_that_are_named_are_served(app: Flask):
    adapter = app.url_map.bind("localhost")
    named = re.findall(r"`(GET|POST|PATCH) (/[^?`]*)`", error_catalogue.page())
    assert len(named) > 15
    wrong = []
    for method, path in named:
        try:
            adapter.match(path.replace("<id>", "1"), method=method)
        except HTTPException:
            wrong.append((method, path))
    assert wrong == []


def test_all_calls_whose_errors_are_plain_are_listed(app: Flask):
    """Those of the blueprints whose handler of errors makes plain ones."""
    plain = {name for name, handlers in app.error_handler_spec.items() if render_plain in _all(handlers)}
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in plain}
    assert rules
    assert rules == set(re.findall(r"^\* `[A-Z]+ ([^`]*)`$", error_catalogue.page(), re.MULTILINE))


def _all(handlers: Any) -> list[Any]:
    return [handler for by_kind in handlers.values() for handler in by_kind.values()]
