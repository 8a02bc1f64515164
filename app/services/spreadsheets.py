"""CSV files that people open in spreadsheets: streamed, and harmless there."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from io import StringIO

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the system's old encoding and garbles names; other spreadsheets skip it."""

CHUNK = 16 * 1024
"""Characters that are sent together."""

_FORMULA_SIGNS = "=+-@\u2212"
_FORMULA_CONTROLS = "\t\r\n"
_PARTING = re.compile("([;\t\r\n])")
"""What begins another cell where columns are not parted by commas, quotation marks or not."""


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before everything in it that a spreadsheet could take for a formula: at its
    beginning, and after semicolons, tabs and line breaks.

    Guests type in what organizers open: ``=HYPERLINK(…)`` as a name would run on their computers. Phone numbers that
    begin with a plus get the apostrophe too; spreadsheets do not show it.
    """
    if cell[:1].isalnum() and _PARTING.search(cell) is None:  # nearly all cells
        return cell
    marked = "".join(f"'{part}" if _is_formula(part) else part for part in _PARTING.split(cell))
    return f"'{marked}" if cell and cell[0] in _FORMULA_CONTROLS else marked


def lines(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The file in pieces, the headings at once. An error in ``rows`` is raised on: a file must not look complete when
    it is not."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    text.write(BOM)
    writer.writerow(headings)
    yield _taken(text)
    for row in rows:
        writer.writerow(map(harmless, row))
        if text.tell() >= CHUNK:
            yield _taken(text)
    if text.tell():
        yield _taken(text)


def _is_formula(part: str) -> bool:
    first = part.lstrip(_unseen(part))[:1]
    return bool(first) and unicodedata.normalize("NFKC", first)[0] in _FORMULA_SIGNS


def _unseen(part: str) -> str:
    """The characters of a part of a cell that need not be seen in it: spaces, controls, marks of direction, and
    quotation marks, which may end where one does not expect it."""
    return "".join({character for character in part if character == '"' or unicodedata.category(character)[0] in "ZC"})


def _taken(text: StringIO) -> bytes:
    taken = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return taken
