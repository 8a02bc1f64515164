"""Sheets: lines that do not fit go to the next page."""

import time

import pytest

from app.schemas.texts import LONGEST_TEXT
from app.services.sheets import CENTRE, RIGHT, Sheet
from tests.pdfs import qr_codes, texts


def test_what_does_not_fit_goes_to_the_next_page():
    sheet = Sheet("Long")
    for number in range(100):
        sheet.line(f"line {number}")
    first, second = texts(sheet.finish())
    assert "line 0" in first
    assert "line 99" in second


def test_long_paragraphs_end():
    sheet = Sheet("Long")
    sheet.paragraph("\n".join(f"line {number}" for number in range(50)), most_lines=3)
    [page] = texts(sheet.finish())
    assert page.splitlines() == ["line 0", "line 1", "line 2 …"]


@pytest.mark.parametrize("letter", ["x", "é", "م", "山", "नि"])
def test_the_longest_texts_that_can_be_sent_are_written_quickly(letter: str):
    began = time.process_time()
    sheet = Sheet("Long")
    sheet.paragraph(letter * LONGEST_TEXT, 24, most_lines=3)
    sheet.line(letter * LONGEST_TEXT, 20)
    assert len(texts(sheet.finish())) == 1
    assert time.process_time() - began < 2  # seconds of processor time


def test_lists_of_long_names_are_written_quickly():
    """Beside short ones, which take a seventh of the time: a busy machine is slow with both."""
    long, short = ("नमस्ते " * 40, "محمد عبدالله " * 20, "x" * 200), ("नमस्ते", "محمد عبدالله", "x")
    least = {names: min(seconds(names) for _ in range(3)) for names in (long, short)}
    assert least[long] < 14 * least[short], least


def seconds(names: tuple[str, ...]) -> float:
    """Of processor time, for a list of 200 rows with such names."""
    began = time.thread_time()
    sheet = Sheet("Names")
    for number in range(200):
        sheet.require_space(20)
        sheet.row([f"{number} {name}" for name in names], [1, 1, 1], 8)
    assert len(texts(sheet.finish())) > 1
    return time.thread_time() - began


def test_rows_facts_and_codes():
    sheet = Sheet("All")
    sheet.fact("Name", "Ada")
    sheet.row(["a", "b"], [1, 1], stands=[CENTRE, RIGHT])
    sheet.rule()
    sheet.qr("the code: ü", 150)
    pdf = sheet.finish()
    assert qr_codes(pdf) == ["the code: ü"]
    assert texts(pdf)[0].split() == ["Name", "Ada", "a", "b"]
