"""Who may do what, over HTTP: one table of every route and method, asked by everybody, of published events and drafts.

A route that is added without a row here fails `test_every_route_and_method_is_in_the_table`.
"""

from collections.abc import Iterable

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from tests.rights.answers import ACTORS, ELSEWHERE, Answers
from tests.rights.bodies import links
from tests.rights.rows import LINKAGE, Row, answers
from tests.rights.table import TABLE


def closed(row: Row) -> list[Row]:
    """The methods with which nobody changes the links that a row reads: who may read them is refused, and told why."""
    answers = Answers(" ".join(["401", *row.answers.published.split()[1:]]))
    rows = (Row(method, row.rule, answers, 403, links(), target=row.target) for method in ("POST", "PATCH", "DELETE"))
    return [each for each in rows if (each.method, each.rule) not in {(opened.method, opened.rule) for opened in TABLE}]


CLOSED = [each for row in TABLE if row.method == "GET" and row.rule.endswith(LINKAGE) for each in closed(row)]
"""Links that are not changed at their own address."""


@pytest.mark.parametrize("state", ["published", "draft"])
@pytest.mark.parametrize("actor", [*ACTORS, ELSEWHERE])
def test_who_gets_which_answer(app: Flask, session: scoped_session[Session], actor: str, state: str):
    require_answers(app, session, TABLE, actor, state)


@pytest.mark.parametrize("actor", ["anonymous", "stranger", "owner", "staff"])
def test_links_that_nobody_changes(app: Flask, session: scoped_session[Session], actor: str):
    require_answers(app, session, CLOSED, actor, "published")


def require_answers(app: Flask, session: scoped_session[Session], rows: Iterable[Row], actor: str, state: str) -> None:
    nowhere = state == "draft" or actor == ELSEWHERE
    asked = (row for row in rows if row.answers.draft is not None or not nowhere)
    wrong = []
    for row, response in answers(app, session, asked, actor, state=state):
        status, expected = response.status_code, row.answers.of(actor, state).replace("ok", str(row.ok))
        if str(status) != expected:
            wrong.append(f"{row.method} {row.rule}{row.query} ({row.target or 'as usual'}): {status}, not {expected}")
    assert not wrong, f"{actor}, {state} event:\n" + "\n".join(wrong)


def test_every_route_and_method_is_in_the_table(app: Flask):
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert {(row.method, row.rule) for row in (*TABLE, *CLOSED)} == served
