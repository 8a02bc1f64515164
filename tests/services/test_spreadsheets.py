"""Spreadsheets: what guests have typed does nothing on the organizers' computers."""

import csv
from collections.abc import Iterator

import pytest

from app.services.spreadsheets import harmless, lines


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
    assert 100 < len(asked) < 200


def test_an_error_on_the_way_is_not_swallowed():
    def rows() -> Iterator[list[str]]:
        yield ["1"]
        raise ConnectionError

    pieces = lines(["Number"], rows())
    next(pieces)
    with pytest.raises(ConnectionError):
        list(pieces)
