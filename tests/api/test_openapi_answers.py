"""Every route answers as the OpenAPI document says, to the last member: the requests of the table of rights."""

from collections.abc import Iterable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from tests.factories import World
from tests.http import Api
from tests.openapi import Described
from tests.test_access import LINKAGE, TABLE, Row, answers

EVERY = 8
"""Of the refusals one in so many is looked at: they are all made by one function."""


def each_operation(described: Described) -> Iterator[Row]:
    """The rows of the table without those that ask the same under another address."""
    return iter({(row.method, described.template_of(row.rule)): row for row in reversed(TABLE)}.values())


def differences(
    described: Described, app: Flask, session: scoped_session[Session], actor: str, rows: Iterable[Row]
) -> list[str]:
    """What answers are told otherwise than they are."""
    return [
        f"{row.method} {row.rule} {response.status_code}: {found}"
        for row, response in answers(app, session, rows, actor)
        for found in described.wrong(row.method, row.rule, response)
    ]


def test_every_operation_succeeds_as_it_is_described(
    app: Flask, session: scoped_session[Session], described: Described
):
    wrong = differences(described, app, session, "staff", each_operation(described))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("actor", "first"), [("anonymous", 0), ("stranger", 4)])
def test_operations_are_refused_as_it_is_described(
    app: Flask, session: scoped_session[Session], described: Described, actor: str, first: int
):
    wrong = differences(described, app, session, actor, TABLE[first::EVERY])
    assert not wrong, "\n".join(wrong)


def test_links_come_with_their_rows_as_it_is_described(api: Api, world: World, described: Described):
    rule = "/v1/orders/<id:id>" + LINKAGE
    asked = described.operations["GET", described.template_of(rule)]["parameters"]
    assert {"$ref": "#/components/parameters/OrderInclude"} in asked
    query = "include=attendees.ticket&fields[attendee]=firstname&fields[ticket]=name"
    response = api.get(f"/v1/orders/{world.order.id}/relationships/attendees?{query}", world.staff)
    assert {row["type"] for row in response.json["included"]} == {"attendee", "ticket"}
    assert described.wrong("GET", rule, response) == []
