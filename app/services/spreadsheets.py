"""CSV files that people open in spreadsheets: streamed, and harmless there."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from io import StringIO

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the system's old encoding and garbles names; other spreadsheets skip it."""

CHUNK = 16 * 1024
"""Characters that are sent together."""

_FORMULA_SIGNS = "=+-@\u2212"
_FORMULA_CONTROLS = "\t\r\n"


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet could take it for a formula.

    Guests type in what organizers open: ``=HYPERLINK(…)`` as a name would run on their computers. Phone numbers that
    begin with a plus get the apostrophe too; spreadsheets do not show it.
    """
    if not cell or cell[0].isalnum():  # nearly all cells
        return cell
    if cell[0] in _FORMULA_CONTROLS:
        return f"'{cell}"
    first = cell.lstrip(_unseen(cell))[:1]
    return f"'{cell}" if first and unicodedata.normalize("NFKC", first)[0] in _FORMULA_SIGNS else cell


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


def _unseen(cell: str) -> str:
    """The characters of a cell that are no signs to be seen: spaces, controls, marks of direction."""
    return "".join({character for character in cell if unicodedata.category(character)[0] in "ZC"})


def _taken(text: StringIO) -> bytes:
    taken = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return taken
