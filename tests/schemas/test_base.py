"""One instance of a schema reads for all threads: nothing of a request stays on it."""

import copy
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from marshmallow import ValidationError
from marshmallow_jsonapi.exceptions import IncorrectTypeError

from app import schemas
from app.errors import DomainError
from app.schemas import AttendeeSchema, OrderSchema
from app.schemas.base import _reader

ALL = [getattr(schemas, name) for name in schemas.__all__]


def sent(schema: Any, attributes: dict[str, Any], relationships: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": schema.opts.type_, "attributes": attributes, "relationships": relationships or {}}


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: schema.opts.type_)
def test_nothing_of_what_was_read_or_refused_stays(schema: Any):
    reader = _reader(schema)
    members = {field.data_key for field in reader.fields.values()}
    state = [vars(reader), *(vars(field) for field in reader.fields.values())]
    before = [copy.copy(each) for each in state]
    for value in ("text", "7", 7, None, {}, ["text"], "2026-11-22T10:00:00Z"):
        with suppress(ValidationError, DomainError, IncorrectTypeError):
            schema.load_resource(sent(schema, dict.fromkeys(members, value)), creating=value == "text")
        with suppress(ValidationError, DomainError, IncorrectTypeError):
            linkage = {"data": {"type": "ticket", "id": "7"}}
            schema.load_resource(sent(schema, {}, dict.fromkeys(members, linkage)), creating=False)
    assert state == before
    assert _reader(schema) is reader


def test_threads_read_what_each_was_sent():
    def read(number: int) -> None:
        attributes = {"firstname": f"Ada {number}", "city": None, "is-checked-in": number % 2 == 0}
        assert AttendeeSchema.load_resource(sent(AttendeeSchema, attributes), creating=False) == {
            "firstname": f"Ada {number}",
            "city": None,
            "is_checked_in": number % 2 == 0,
        }
        rows = [{"id": str(number), "quantity": str(1 + number % 5)}, {"id": "x", "quantity": str(number)}]
        linkage = {"event": {"data": {"type": "event", "id": str(number)}}}
        good, bad = (sent(OrderSchema, {"on-site-tickets": each}, linkage) for each in (rows[:1], rows))
        loaded = OrderSchema.load_resource(good, creating=True)
        assert loaded["event_id"] == number
        assert [(item.ticket_id, item.quantity) for item in loaded["on_site_tickets"]] == [(number, 1 + number % 5)]
        with pytest.raises(DomainError, match="numeric id of a ticket"):
            OrderSchema.load_resource(bad, creating=True)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, range(1, 400)))
