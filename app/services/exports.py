"""Reports as files, CSV or on paper: which lists there are, and their columns, is said in `reports`.

A report is read with one statement, a batch of rows at a time, and never as objects: the memory it takes does not grow
with the event.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, SQLColumnExpression, Text, case, cast, func, not_, select
from sqlalchemy.dialects.postgresql import array

from app.database import session
from app.errors import Invalid
from app.models import Event
from app.services import spreadsheets
from app.services.reports import REPORTS, Column, Report
from app.services.sheets import LANDSCAPE, Sheet
from app.streaming import streamed

MOST_ROWS_ON_PAPER = 1_000
"""Some 26 pages; nobody prints more, and the PDF is made in memory, in up to two seconds of processor time."""

Stretch = tuple[Column, ...]
"""Columns beside each other that come as one value: those that the database writes, or one that is written here."""


def as_csv(name: str, event: Event) -> Iterator[bytes]:
    """The report as a CSV file, in pieces."""
    report = REPORTS[name]
    stretches = list(_stretches(report.columns))
    values: list[Any] = [_value(stretch).label(f"c{number}") for number, stretch in enumerate(stretches)]
    values.append(_cells_of_odd_rows(report.columns).label("odd"))
    rows = streamed(report.rows(event).with_only_columns(*values, maintain_column_froms=True))
    headings = [column.heading for column in report.columns]
    return spreadsheets.pieces(headings, _lines(rows, stretches, ZoneInfo(event.timezone)))


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


def _stretches(columns: Iterable[Column]) -> Iterator[Stretch]:
    for is_written_here, beside in groupby(columns, key=lambda column: column.shown is not None):
        if is_written_here:
            yield from ((column,) for column in beside)
        else:
            yield tuple(beside)


def _value(stretch: Stretch) -> SQLColumnExpression[Any]:
    return stretch[0].value if stretch[0].shown else spreadsheets.joined(map(_asked, stretch))


def _cells_of_odd_rows(columns: Iterable[Column]) -> SQLColumnExpression[Any]:
    """All cells that the database writes, of the few rows where one of them is not plain."""
    written = [column for column in columns if not column.shown]
    typed = [cast(column.value, Text) for column in written if column.typed]
    return case((not_(spreadsheets.are_plain(typed)), array([_asked(column) for column in written])))


def _lines(rows: Iterable[Row[Any]], stretches: Sequence[Stretch], zone: ZoneInfo) -> Iterator[str]:
    """The lines of rows that hold a value of each stretch, and the cells of odd ones.

    Every call counts here: a line is made of some forty cells, and a file of a hundred thousand lines.
    """
    written = [(place, len(stretch)) for place, stretch in enumerate(stretches) if not stretch[0].shown]
    here = [(place, column.shown, column.typed) for place, (column, *_) in enumerate(stretches) if column.shown]
    cell = spreadsheets.cell
    parts: list[Any]
    for *parts, odd in rows:
        if odd is not None:
            cells = map(cell, odd)
            for place, number in written:
                parts[place] = ",".join(islice(cells, number))
        for place, show, typed in here:
            value = parts[place]
            text = "" if value is None else show(value, zone)
            parts[place] = cell(text) if typed else text
        yield ",".join(parts)
