"""CSV files that people open in spreadsheets: streamed, and harmless there."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, SQLColumnExpression, func

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the system's old encoding and garbles names; other spreadsheets skip it."""

CHUNK = 64 * 1024
"""Characters that are sent together."""

END = "\r\n"
"""Of a line."""

_FORMULA_SIGNS = "=+-@\u2212"
_FORMULA_CONTROLS = "\t\r\n"
_PARTING = re.compile("([;\t\r\n])")
"""What begins another cell where columns are not parted by commas, quotation marks or not."""
_QUOTED = re.compile('[,"\r\n]')

_BEGINNINGS = (
    "'0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u0481\u048a-\u052f"
    "\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
"""Digits, and letters that most names begin with: Latin, Cyrillic, Japanese, Chinese, Korean. What begins with another
one only takes longer; and an apostrophe that has been put before it."""
_PART = "\x01"
_PLAIN = f'[{_BEGINNINGS}][^,;"\t\r\n{_PART}]*'
_is_plain = re.compile(_PLAIN).fullmatch


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


def are_plain(cells: Iterable[SQLColumnExpression[str]]) -> ColumnElement[bool]:
    """Whether the database sees at once that all these cells of a row stand in a file as they are, which is true of
    nearly all rows: `cell` has nothing to do then. Of the others each cell is to be looked at."""
    # Whoever has the mark that parts the cells in one of them is asked more than is needed, and nothing is missed.
    return func.concat_ws(_PART, *cells).regexp_match(f"^({_PLAIN})?({_PART}({_PLAIN})?)*$")


def joined(cells: Iterable[SQLColumnExpression[str]]) -> ColumnElement[str]:
    """Cells as they stand beside each other in a line, if they are plain, and none is NULL."""
    return func.concat_ws(",", *cells)


def cell(text: str) -> str:
    """A cell as it stands in a file: made harmless, and in quotation marks where it needs them."""
    if not text or _is_plain(text):
        return text
    shown = harmless(text)
    return '"' + shown.replace('"', '""') + '"' if _QUOTED.search(shown) else shown


def lines(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[bytes]:
    """The file of these rows in pieces, see `pieces`."""
    return pieces(headings, (",".join(map(cell, row)) for row in rows))


def pieces(headings: Iterable[str], rows: Iterable[str]) -> Iterator[bytes]:
    """The file in pieces, the headings at once; ``rows`` are lines made of `cell`. An error in them is raised on: a
    file must not look complete when it is not."""
    yield (BOM + ",".join(headings) + END).encode()
    gathered: list[str] = []
    characters = 0
    for row in rows:
        gathered.append(row)
        characters += len(row)
        if characters >= CHUNK:
            yield _encoded(gathered)
            gathered.clear()
            characters = 0
    if gathered:
        yield _encoded(gathered)


def _is_formula(part: str) -> bool:
    first = part.lstrip(_unseen(part))[:1]
    return bool(first) and unicodedata.normalize("NFKC", first)[0] in _FORMULA_SIGNS


def _unseen(part: str) -> str:
    """The characters of a part of a cell that need not be seen in it: spaces, controls, marks of direction, and
    quotation marks, which may end where one does not expect it."""
    return "".join({character for character in part if character == '"' or unicodedata.category(character)[0] in "ZC"})


def _encoded(rows: list[str]) -> bytes:
    return (END.join(rows) + END).encode("utf-8", "replace")
