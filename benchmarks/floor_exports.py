"""The floor of an export: PostgreSQL's own COPY of the same columns into a file, which is then sent."""

import tempfile
from types import SimpleNamespace
from typing import Any

import psycopg2
from flask import Blueprint, Response, current_app
from sqlalchemy.dialects import postgresql
from werkzeug.wsgi import wrap_file

from app.services.reports import REPORTS

KEPT_IN_MEMORY = 2**20

export_calls = Blueprint("exports", __name__)


@export_calls.get("/v1/events/<int:event_id>/attendees.csv")
def attendees(event_id: int) -> Response:
    """The columns that our export of attendees has, as they stand in the tables."""
    file = tempfile.SpooledTemporaryFile(KEPT_IN_MEMORY)  # noqa: SIM115  # closed when it is sent
    connection = psycopg2.connect(current_app.config["URL"])
    try:
        with connection.cursor() as statements:
            statements.copy_expert(f"COPY ({_statement(event_id)}) TO STDOUT (FORMAT csv, HEADER)", file)
    finally:
        connection.close()
    file.seek(0)
    return Response(wrap_file({}, file), content_type="text/csv; charset=utf-8", direct_passthrough=True)


def _statement(event_id: int) -> str:
    report = REPORTS["attendees"]
    event: Any = SimpleNamespace(id=event_id)
    columns = [column.value.label(column.heading) for column in report.columns]
    statement = report.rows(event).with_only_columns(*columns, maintain_column_froms=True)
    return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
