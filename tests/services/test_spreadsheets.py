"""Spreadsheets: what guests have typed does nothing on the organizers' computers."""

import csv
import re
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from app.services import spreadsheets
from app.services.spreadsheets import are_plain, cell, harmless, lines
from tests.factories import World


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+49 30", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\u3000+1", "\ufeff=1",
        "\u200b=1", "\u202e=1", "＝1", "＋1", "－1", "＠x", "﹢1", "−1", "  ＝HYPERLINK(\"http://x\")",
    ],
)  # fmt: skip
def test_what_looks_like_a_formula_gets_an_apostrophe(cell: str):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("x;=1+cmd|'/c calc'!A1", "x;'=1+cmd|'/c calc'!A1"),
        ("x; \u200b＝1;y", "x;' \u200b＝1;y"),
        ("a;b;@c;;-1", "a;b;'@c;;'-1"),
        (';"=1;', ";'\"=1;"),
        ("a\t+1", "a\t'+1"),
        ("a\r\n=1\n\n−2", "a\r\n'=1\n\n'−2"),
        ("\t =1", "'\t' =1"),
        ("=1;=1", "'=1;'=1"),
    ],
)
def test_a_cell_may_become_several(cell: str, shown: str):
    """Where the comma is the decimal sign, spreadsheets part the columns at semicolons, or at tabs."""
    assert harmless(cell) == shown


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("cell", ["x;=1", 'x";=1', 'x;"=1;', "a,b;=1", "x\t=1", "x\n=1", '"\n"=1', ";\n;=1;"])
def test_whatever_parts_the_columns_no_cell_is_a_formula(cell: str, separator: str):
    text = b"".join(lines(["Name", "Word"], [["Ada", cell], [cell, "Ada"]])).decode("utf-8-sig")
    cells = [cell for row in csv.reader(text.splitlines(keepends=True), delimiter=separator) for cell in row]
    assert [cell for cell in cells if cell.startswith("=")] == []


@pytest.mark.parametrize(
    "cell",
    [
        "a; b",
        "Ada; Grace",
        ";",
        "x;y=1",
        "a,=1",
        "",
        " ",
        "Ada",
        "1.50",
        "a=b",
        "a\tb",
        "2026-11-22 10:00:00",
        "'=1",
        "é",
        "山田",
    ],
)
def test_everything_else_stays_as_it_is(cell: str):
    assert harmless(cell) == cell


def test_a_file_is_read_back_as_it_was():
    rows = [["Łukasz", 'says "hi"', "two\nlines"], ["a,b;c", "", "=1"]]
    text = b"".join(lines(["Name", "Word", "Text"], rows)).decode("utf-8-sig")
    assert list(csv.reader(text.splitlines(keepends=True))) == [
        ["Name", "Word", "Text"],
        *([harmless(cell) for cell in row] for row in rows),
    ]


def test_the_headings_do_not_wait_for_the_rows_and_rows_come_in_pieces():
    asked = []

    def rows() -> Iterator[list[str]]:
        for number in range(1000):
            asked.append(number)
            yield [str(number), "x" * 100]

    pieces = lines(["Number", "Text"], rows())
    assert next(pieces) == b"\xef\xbb\xbfNumber,Text\r\n"
    assert asked == []
    next(pieces)
    assert len(asked) == pytest.approx(spreadsheets.CHUNK / len("500," + "x" * 100), rel=0.01)


def test_an_error_on_the_way_is_not_swallowed():
    def rows() -> Iterator[list[str]]:
        yield ["1"]
        raise ConnectionError

    pieces = lines(["Number"], rows())
    next(pieces)
    with pytest.raises(ConnectionError):
        list(pieces)


TYPED = st.text(st.sampled_from("aÅЖ山7'=+-@−＝ ,;\"\t\r\n\x01\u200b\u0378(."), max_size=6)
"""What is worth a second look, and what is not."""


@given(st.lists(TYPED, min_size=2, max_size=4))
@example(["", ""])
def test_lines_are_those_of_the_csv_module_made_harmless(row: list[str]):
    text = StringIO(newline="")
    csv.writer(text).writerow(map(harmless, row))
    assert ",".join(map(cell, row)) + "\r\n" == text.getvalue()


def test_what_begins_as_most_names_do_is_harmless():
    """Every character that is let through unlooked at, at the beginning of a cell and of a part of one."""
    begins = re.compile(f"[{spreadsheets._BEGINNINGS}]").fullmatch
    passed = [character for character in map(chr, range(sys.maxunicode + 1)) if begins(character)]
    assert len(passed) > 30_000
    assert [character for character in passed if harmless(f"x;{character}=1") != f"x;{character}=1"] == []


def test_the_database_calls_no_row_plain_that_is_not(world: World):
    """And most rows are."""
    cells = [bindparam(f"c{number}") for number in range(3)]
    statement = select(are_plain(cells))
    cases = [
        "",
        "Ada",
        "Łukasz",
        "山田",
        "a.b@c.de",
        "7",
        "x y",
        "'+49",
        "+49",
        "=1",
        " x",
        "a,b",
        "a;=1",
        'a"',
        "a\nb",
    ]
    cases += ["\x01=1", "a\x01b", "a\x01=1", "\x01", "\n", "x\t", "\u0378=1", "e\u0301", "\u200b=1", "−1", "(x)"]
    for text in cases:
        for row in ([text, "Ada", ""], ["", text, text], ["x", "", text]):
            said = world.session.scalar(statement, {f"c{number}": text for number, text in enumerate(row)})
            written = [cell(text) for text in row]
            assert not said or written == row, row
            assert said or text not in {"", "Ada", "Łukasz", "山田", "a.b@c.de", "7", "x y", "'+49"}, row
