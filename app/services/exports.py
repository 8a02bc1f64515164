"""Reports as files, CSV or on paper: which lists there are, and their columns, is said in `reports`.

A report is read with one statement, a batch of rows at a time, and never as objects: the memory it takes does not grow
with the event.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, SQLColumnExpression, Text, cast, func, select

from app.database import session, streamed
from app.errors import Invalid
from app.models import Event
from app.services import spreadsheets
from app.services.reports import REPORTS, Column, Report
from app.services.sheets import LANDSCAPE, Sheet

MOST_ROWS_ON_PAPER = 1_000
"""Some 26 pages; nobody prints more, and the PDF is made in memory, in up to two seconds of processor time."""


def as_csv(name: str, event: Event) -> Iterator[bytes]:
    """The report as a CSV file, in pieces."""
    report = REPORTS[name]
    statement = _statement(report, report.columns, event)
    texts = [cell for cell, column in zip(statement.selected_columns, report.columns, strict=True) if not column.shown]
    rows = streamed(statement.add_columns(spreadsheets.are_plain(texts)))
    return spreadsheets.pieces([column.heading for column in report.columns], _lines(rows, report.columns, event))


def as_pdf(name: str, event: Event) -> bytes:
    """The report as a table on paper. Raises `Invalid`: see `require_printable`."""
    require_printable(name, event)
    report = REPORTS[name]
    columns = tuple(column for column in report.columns if column.paper)
    headings, shares = [column.heading for column in columns], [column.paper for column in columns]
    sheet = Sheet(f"{event.name}: {name}", size=LANDSCAPE)
    sheet.line(f"{event.name}: {name}", 14)
    sheet.space(6)
    sheet.heading(headings, shares)
    # Few enough to be read at once; a stream would take a second connection while the request holds its own.
    zone = ZoneInfo(event.timezone)
    for row in session().execute(_statement(report, columns, event)):
        if sheet.require_space(16):
            sheet.heading(headings, shares)
        sheet.row([_text(value, column, zone) for value, column in zip(row, columns, strict=True)], shares, 8)
    return sheet.finish()


def require_printable(name: str, event: Event) -> None:
    """Raises `Invalid` for more rows than can be printed."""
    rows = session().scalar(select(func.count()).select_from(REPORTS[name].rows(event).order_by(None).subquery()))
    if rows and rows > MOST_ROWS_ON_PAPER:
        raise Invalid(f"{rows} rows are too many for a PDF (at most {MOST_ROWS_ON_PAPER}). Take the CSV file.")


def _statement(report: Report, columns: tuple[Column, ...], event: Event) -> Select[Any]:
    # Numbered: several columns may be called alike in their tables.
    wanted: list[Any] = [_asked(column).label(f"c{number}") for number, column in enumerate(columns)]
    return report.rows(event).with_only_columns(*wanted, maintain_column_froms=True)


def _asked(column: Column) -> SQLColumnExpression[Any]:
    return column.value if column.shown else func.coalesce(cast(column.value, Text), "")


def _text(value: Any, column: Column, zone: ZoneInfo) -> str:
    if column.shown is not None:
        return "" if value is None else column.shown(value, zone)
    return str(value)


def _lines(rows: Iterable[Row[Any]], columns: tuple[Column, ...], event: Event) -> Iterator[str]:
    """The lines of rows that end with whether what the database has written of them is plain.

    Every call counts here: a line is made of some forty cells, and a file of a hundred thousand lines.
    """
    zone, cell = ZoneInfo(event.timezone), spreadsheets.cell
    shown = [(place, column.shown) for place, column in enumerate(columns) if column.shown]
    texts = [place for place, column in enumerate(columns) if not column.shown]
    cells: list[Any]
    for *cells, are_plain in rows:
        if not are_plain:
            for place in texts:
                text = cells[place]
                if text and not text.isalnum():
                    cells[place] = cell(text)
        for place, show in shown:
            value = cells[place]
            cells[place] = "" if value is None else cell(show(value, zone))
        yield ",".join(cells)
