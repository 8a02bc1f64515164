"""Lettering: every text can be written, whatever its script."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from app.services import lettering
from app.services.lettering import PLAIN, REPLACEMENT, Run, fitted, runs, width, wrapped
from app.services.sheets import Sheet
from tests.pdfs import texts


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        ("Zażółć gęślą jaźń", [PLAIN]),
        ("Ελληνικά Привет Việt Nam", [PLAIN]),
        ("محمد علي", ["NotoSansArabic"]),
        ("דוד בן גוריון", ["NotoSansHebrew"]),
        ("नरेन्द्र क्षत्रिय", ["NotoSansDevanagari"]),
        ("สมชาย ใจดี", ["NotoSansThai"]),
        ("王小明", ["STSong-Light"]),
        ("山田 カタカナ", ["HeiseiKakuGo-W5"]),
        ("김철수", ["HYGothic-Medium"]),
        ("Ada 😀", [PLAIN, "NotoEmoji"]),
        ("محمد Smith", ["NotoSansArabic", PLAIN, PLAIN]),
        ("", []),
    ],
)
def test_every_script_has_its_font(text: str, fonts: list[str]):
    assert [run.font for run in runs(text)] == fonts
    assert "".join(run.text for run in runs(text)) == text
    assert (width(text, 12) > 0) == bool(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "ab"),  # would turn the order of what follows
        ("a\nb\tc", "a b c"),
        ("Ze\u0301", "Zé"),
        ("𓀀", REPLACEMENT),
        ("\ue000", REPLACEMENT),
        ("\ud800", REPLACEMENT),
        ("❤\ufe0f", "❤"),
    ],
)
def test_what_cannot_be_shown_leaves_a_mark(text: str, shown: str):
    assert "".join(run.text for run in runs(text)) == shown


def test_letters_are_shaped():
    """The letters of an Arabic word have other forms than alone, and their order on the page is the other one."""
    word = Run("NotoSansArabic", "محمد")
    assert word.width(20) != sum(width(letter, 20) for letter in "محمد")
    assert len(word.drawn(20)) == 4
    assert not set(word.drawn(20)) & set(word.text[:-1])


@pytest.mark.parametrize("text", ["Ada", "محمد", "नमस्ते", "山田", "😀"])
def test_what_is_drawn_is_as_wide_as_was_measured(text: str):
    """Widths are measured at one size, and kept; letters are shaped again at the size that they have on the page."""
    (run,) = runs(text)
    drawn = run.drawn(17)
    glyphs = getattr(drawn, "__shapeData__", None)
    on_page = sum(glyph.x_advance for glyph in glyphs) * 17 / 1000 if glyphs else stringWidth(drawn, run.font, 17)
    assert run.width(17) == pytest.approx(on_page)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(st.text(max_size=40))
def test_nothing_that_is_text_breaks_a_page(text: str):
    sheet = Sheet(text)
    sheet.fact("Name", text, 20)
    sheet.paragraph(text)
    assert sheet.finish().startswith(b"%PDF-")


def test_long_text_is_written_smaller_and_then_cut():
    assert fitted("Ada", 20, 200) == ("Ada", 20)
    text, size = fitted("Ada Lovelace", 20, 80)
    assert text == "Ada Lovelace"
    assert lettering.SMALLEST < size < 20
    text, size = fitted("Ada Lovelace " * 20, 20, 80)
    assert text.startswith("Ada Lovelace")
    assert text.endswith("…")
    assert size == lettering.SMALLEST
    assert width(text, size) <= 80


def test_lines_break_between_words_and_words_that_are_too_wide_anywhere():
    lines = list(wrapped("one two three\nfour " + "x" * 60, 10, 60))
    assert lines[:2] == ["one two", "three"]
    assert lines[2] == "four"
    assert "".join(lines[3:]) == "x" * 60
    assert all(width(line, 10) <= 60 for line in lines)
    assert list(wrapped("ab", 10, 1)) == ["a", "b"]  # nothing fits, and it ends all the same


def test_east_asian_text_can_be_copied_out():
    sheet = Sheet("Names")
    for name in ("王小明", "山田カタカナ", "김철수"):
        sheet.line(name)
    [page] = texts(sheet.finish())
    assert [line.strip() for line in page.splitlines()] == ["王小明", "山田カタカナ", "김철수"]
