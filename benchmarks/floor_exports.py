"""The floor of an export: PostgreSQL's own COPY of the same columns, sent while it is read."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from types import SimpleNamespace
from typing import Any

import psycopg2
from flask import Blueprint, Response, current_app
from sqlalchemy.dialects import postgresql

from app.services.reports import REPORTS

PIECE = 2**16
"""Bytes that are sent together; as many as a pipe holds."""

export_calls = Blueprint("exports", __name__)


@export_calls.get("/v1/events/<int:event_id>/attendees.csv")
def attendees(event_id: int) -> Response:
    """The columns that our export of attendees has, as they stand in the tables."""
    pieces = _copied(current_app.config["URL"], f"COPY ({_statement(event_id)}) TO STDOUT (FORMAT csv, HEADER)")
    return Response(pieces, content_type="text/csv; charset=utf-8")


def _copied(url: str, statement: str) -> Iterator[bytes]:
    """What a COPY gives. psycopg2 writes it to a file only: that is a pipe, which another thread fills."""
    behind, front = os.pipe()

    def fill() -> None:
        with suppress(BrokenPipeError), os.fdopen(front, "wb") as pipe:  # whoever asked may go
            connection = psycopg2.connect(url)
            with closing(connection), connection.cursor() as statements:
                statements.copy_expert(statement, pipe)

    with ThreadPoolExecutor(1) as beside:
        filled = beside.submit(fill)
        with os.fdopen(behind, "rb") as pipe:
            while piece := pipe.read(PIECE):
                yield piece
        filled.result()  # what went wrong must not look like the end of the file


def _statement(event_id: int) -> str:
    report = REPORTS["attendees"]
    event: Any = SimpleNamespace(id=event_id)
    columns = [column.value.label(column.heading) for column in report.columns]
    statement = report.rows(event).with_only_columns(*columns, maintain_column_froms=True)
    return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
